from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from audit_example import CASES, Flag, example_audit
from evidence_example import BINS, evidence_audit
from measured_example import measured_audit, verified_audit

from labelaudit.report.html import figures as drawn
from labelaudit.types import Rate


def texts(figure):
    return re.findall(r"<text[^>]*>([^<]*)</text>", figure.svg)


def test_each_picture_has_its_own_ids():
    every = drawn.figures(evidence_audit(measured_audit()))
    ids = [one for figure in every for one in re.findall(r'\bid="([^"]*)"', figure.svg)]
    assert len(ids) == len(set(ids))
    assert len({figure.key for figure in every}) == len(every) == 5


def test_confusion_counts_each_pair_once():
    figure = drawn.confusion(measured_audit())
    assert {"neg", "pos", "3", "1"} <= set(texts(figure))
    assert "neg is given where pos is suggested: 3" in figure.svg


def test_confusion_shows_the_most_confused_twenty():
    classes = tuple(f"c{number:03d}" for number in range(150))
    flags = [Flag(row, classes[row % 50], classes[row % 50 + 50], 0.5, "") for row in range(75)]
    figure = drawn.confusion(example_audit(flags, classes=classes, n=1500))
    assert len(set(texts(figure)) & set(classes)) == 20
    assert "The 20 most confused of 100 classes with flags." in figure.caption
    # The first 25 are given twice.
    assert {"c000", "c009", "c050", "c059"} <= set(texts(figure))


def test_the_threshold_of_the_loss_is_that_of_the_detector():
    audit = replace(example_audit(), settings={"loss_percentile": 90.0, "loss_scope": "overall"})
    loss = -np.log(audit.self_confidence.astype(float).clip(1e-7, 1))
    figure = drawn.losses(audit)
    assert f"percentile 90 of the losses: {np.percentile(loss, 90):.2f}." in figure.caption
    assert "percentile 90" in texts(figure)
    assert "threshold" not in texts(figure)
    by_class = replace(audit, settings={"loss_percentile": 90.0, "loss_scope": "class"})
    assert "percentile" not in drawn.losses(by_class).caption
    without = replace(audit, by_detector={})
    assert "percentile" not in drawn.losses(without).caption


@pytest.mark.parametrize(
    "labels", [("customer_complaint", "customer_satisfied"), ("天气与自然环境", "财经")]
)
def test_two_long_labels_leave_the_matrix_its_size_and_stand_apart(labels):
    flags = [Flag(row, labels[row % 2], labels[1 - row % 2], 0.9, "") for row in range(6)]
    figure = drawn.confusion(example_audit(flags, classes=labels, n=60))
    assert set(labels) <= set(texts(figure))
    # The diagonal, in px: as large as a thumb at least, which is where the picture stays readable.
    sides = [abs(float(x)) for x in re.findall(r'<path d="M ([\d.]+) ', figure.svg)]
    assert max(sides) - min(sides) > 70
    across = re.findall(r"<text[^>]*rotate\(-90[^>]*>([^<]*)</text>", figure.svg)
    assert set(labels) <= set(across) or not max(map(len, labels)) > 10


def test_nothing_is_drawn_of_less_than_half_an_error():
    audit = example_audit(n=400)
    dust = replace(audit, error_probability=np.full(400, 1e-25, np.float32))
    assert drawn.noise(dust) is None
    assert drawn.found(dust) is None
    few = replace(audit, error_probability=np.full(400, 0.002, np.float32))
    assert drawn.noise(few) is not None


def test_expected_errors_add_up():
    audit = measured_audit()
    caption = drawn.found(audit).caption
    total = float(audit.error_probability.astype(float).sum())
    among = float(audit.error_probability[audit.flagged].astype(float).sum())
    assert f"about {round(total)} errors among 800 rows, {round(among)} of them among" in caption
    assert "Nobody has checked that yet." in caption


def test_what_people_found_stands_beside_what_was_expected():
    figure = drawn.found(verified_audit())
    assert "by people" in texts(figure)
    assert "for the flagged rows: 3 (3 to 3)" in figure.caption
    assert "there are 25 to 69 errors in all" in figure.caption


def test_unknown_precision_is_not_drawn():
    nan = float("nan")
    audit = verified_audit()
    verified = replace(audit.summary.verified, precision=Rate(nan, nan, nan, "nothing judged"))
    unknown = replace(audit, summary=replace(audit.summary, verified=verified))
    assert "by people" not in texts(drawn.found(unknown))


def test_reliability_has_its_table():
    figure = drawn.reliability(evidence_audit(measured_audit()))
    assert [row[1] for row in figure.table.rows] == ["40", "260", "500"]
    gaps = [abs(one.confidence - one.agreed) for one in BINS]
    mean = sum(gap * one.rows for gap, one in zip(gaps, BINS, strict=True)) / 800
    assert f"Mean gap: {100 * mean:.1f} %" in figure.caption
    assert drawn.reliability(measured_audit()) is None


def test_nothing_is_drawn_of_nothing():
    assert drawn.losses(CASES["clean"]()) is not None
    unknown = replace(
        CASES["clean"](),
        self_confidence=np.full(40, np.nan, np.float32),
        error_probability=np.full(40, np.nan, np.float32),
    )
    assert drawn.figures(unknown) == []
