from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from audit_example import example_audit
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.report.html.class_noise import noise, noise_by_class
from labelaudit.types import Rate


def audit_of(wrong, overall=(0.1, 0.05, 0.2)):
    audit = example_audit([], n=len(wrong))
    summary = replace(audit.summary, noise_rate=Rate(*overall, "a range"))
    return replace(audit, error_probability=np.asarray(wrong, np.float32), summary=summary)


def test_the_estimate_is_the_mean_error_probability():
    audit = example_audit(n=400)
    found = {one.label: one for one in noise_by_class(audit)}
    for code, label in enumerate(audit.classes):
        wrong = audit.error_probability[audit.given == code].astype(float)
        assert found[label].rate.estimate == pytest.approx(wrong.mean())
        assert found[label].judged == len(wrong)


@given(
    st.lists(st.floats(0, 1, width=32), min_size=4, max_size=60),
    st.tuples(*[st.floats(0.01, 0.9)] * 3).map(sorted),
)
def test_the_range_has_a_width_and_holds_the_estimate(wrong, ends):
    low, estimate, high = ends
    for one in noise_by_class(audit_of(wrong, (estimate, low, high))):
        assert 0 <= one.rate.low <= one.rate.estimate <= one.rate.high <= 1
        assert one.rate.high - one.rate.low > 0.01


def test_sure_models_are_given_no_narrower_range_than_sampling_leaves():
    # All p(wrong) are 0 or 1: by themselves they would leave no doubt.
    wrong = np.zeros(400)
    wrong[:40] = 1
    (one, other) = noise_by_class(audit_of(wrong, (0.1, 0.1, 0.1)))
    for found in (one, other):
        assert found.rate.estimate == pytest.approx(0.1, abs=0.02)
        assert found.rate.low < 0.07
        assert found.rate.high > 0.14


def test_the_run_s_own_range_widens_that_of_a_class():
    wrong = np.full(400, 0.1)
    narrow = noise_by_class(audit_of(wrong, (0.1, 0.1, 0.1)))[0].rate
    wide = noise_by_class(audit_of(wrong, (0.1, 0.02, 0.3)))[0].rate
    unknown = noise_by_class(audit_of(wrong, (float("nan"),) * 3))[0].rate
    assert wide.low < narrow.low < narrow.high < wide.high
    assert (unknown.low, unknown.high) == (narrow.low, narrow.high)


def test_the_truth_of_planted_errors_lies_within_it():
    generator = np.random.default_rng(0)
    held = []
    for _ in range(60):
        rate = generator.uniform(0.02, 0.3)
        truth = generator.random(200) < rate
        # What a run knows is off by up to the factor that its own range allows for.
        said = np.full(200, min(1.0, rate * generator.uniform(0.7, 1.4)))
        audit = audit_of(said, (rate, 0.7 * rate, 1.4 * rate))
        for one in noise_by_class(audit):
            mine = truth[audit.given == audit.classes.index(one.label)]
            held.append(one.rate.low <= mine.mean() <= one.rate.high)
    assert np.mean(held) > 0.9


def test_it_does_not_depend_on_the_order_of_rows():
    audit = example_audit(n=400)
    turned = replace(
        audit,
        error_probability=audit.error_probability[::-1].copy(),
        given=audit.given[::-1].copy(),
    )
    assert noise_by_class(audit) == noise_by_class(turned)


def test_what_is_left_out_is_said():
    classes = tuple(f"c{number:03d}" for number in range(30))
    audit = example_audit([], classes=classes, n=600)
    audit = replace(audit, error_probability=np.full(600, 0.1, np.float32))
    figure = noise(audit)
    assert figure.caption.startswith("The 20 highest of 30 classes. ")
    assert len(figure.table.rows) == 20
    assert "range" in figure.table.header
    assert "95 %" not in figure.caption
