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
    assert "The 20 most confused of 100 classes." in figure.caption
    # The first 25 are given twice.
    assert {"c000", "c009", "c050", "c059"} <= set(texts(figure))


def test_the_threshold_of_the_loss_is_that_of_the_detector():
    audit = replace(example_audit(), settings={"loss_percentile": 90.0, "loss_scope": "overall"})
    loss = -np.log(audit.self_confidence.astype(float).clip(1e-7, 1))
    assert f"threshold: {np.percentile(loss, 90):.2f}" in drawn.losses(audit).caption
    by_class = replace(audit, settings={"loss_percentile": 90.0, "loss_scope": "class"})
    assert "threshold" not in drawn.losses(by_class).caption
    without = replace(audit, by_detector={})
    assert "threshold" not in drawn.losses(without).caption


def test_noise_of_a_class_is_the_mean_error_probability():
    audit = example_audit(n=400)
    rates = {row[0]: row for row in drawn._noise_by_class(audit)}
    for code, label in enumerate(audit.classes):
        wrong = audit.error_probability[audit.given == code].astype(float)
        _, mean, low, high, judged = rates[label]
        assert mean == pytest.approx(wrong.mean())
        assert judged == len(wrong)
        # Drawn over and over, the share of errors lies within it 95 times in 100.
        generator = np.random.default_rng(0)
        shares = (generator.random((4000, len(wrong))) < wrong).mean(axis=1)
        inside = ((shares >= low) & (shares <= high)).mean()
        assert 0.92 < inside < 0.98


def test_noise_does_not_depend_on_the_order_of_rows():
    audit = example_audit(n=400)
    turned = replace(
        audit,
        error_probability=audit.error_probability[::-1].copy(),
        given=audit.given[::-1].copy(),
    )
    assert drawn._noise_by_class(audit) == drawn._noise_by_class(turned)


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
