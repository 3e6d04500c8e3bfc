from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from labelaudit.measure.impact_stats import (
    Design,
    Judged,
    calibration_error,
    detectable,
    difference,
    estimate,
    holm,
    score,
)


def design_of(truth, *, passes=1, apart=True, folds=5, weight=None, cluster=None, fit=None):
    truth = np.asarray(truth, dtype=np.int32)
    m = len(truth)
    if fit is None:
        fit = np.repeat(np.arange(passes, dtype=np.int32)[:, None], m, axis=1)
    return Design(
        truth=truth,
        weight=np.ones(m) if weight is None else np.asarray(weight, dtype=np.float64),
        fit=np.asarray(fit, dtype=np.int32),
        cluster=np.arange(m) if cluster is None else np.asarray(cluster),
        n_folds=folds,
        apart=apart,
    )


def judged_of(hit, confidence=0.75, loss=0.5):
    hit = np.atleast_2d(np.asarray(hit, dtype=bool))
    return Judged(
        hit,
        np.full(hit.shape, loss, dtype=np.float32),
        np.full(hit.shape, confidence, dtype=np.float32),
    )


def test_scores_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    truth = random.choice(4, 200, p=[0.6, 0.2, 0.15, 0.05])
    hit = random.random((3, 200)) < 0.7
    predicted = np.where(hit, truth, (truth + 1) % 4)
    found = score(judged_of(hit), design_of(truth, passes=3))
    assert found.accuracy == pytest.approx(hit.mean())
    balanced = [balanced_accuracy_score(truth, one) for one in predicted]
    assert found.balanced_accuracy == pytest.approx(np.mean(balanced))
    assert found.log_loss == pytest.approx(0.5)


def test_a_row_that_stands_for_two_counts_as_two():
    truth, hit = [0, 1, 1, 0], [1, 0, 1, 0]
    doubled = score(judged_of([1, 1, 0, 1, 0]), design_of([0, 0, 1, 1, 0]))
    weighed = score(judged_of(hit), design_of(truth, weight=[2, 1, 1, 1]))
    assert weighed.accuracy == pytest.approx(doubled.accuracy)
    assert weighed.balanced_accuracy == pytest.approx(doubled.balanced_accuracy)


def test_the_calibration_error_of_one_confidence_is_its_distance_from_the_accuracy():
    hit = np.arange(200) % 2 == 0
    assert calibration_error(np.full(200, 0.9, np.float32), hit) == pytest.approx(0.4)
    assert calibration_error(np.full(200, 0.5, np.float32), hit) == pytest.approx(0.0, abs=1e-7)
    assert np.isnan(calibration_error(np.empty(0, np.float32), np.empty(0, bool)))


def test_bins_show_what_the_average_hides():
    confidence = np.repeat(np.array([0.6, 0.9], np.float32), 100)
    hit = np.r_[np.arange(100) < 90, np.arange(100) < 60]
    assert confidence.mean() == pytest.approx(hit.mean())
    assert calibration_error(confidence, hit) == pytest.approx(0.3, abs=1e-6)


@given(st.integers(0, 1000))
def test_the_calibration_error_does_not_depend_on_the_order_of_rows(seed):
    random = np.random.default_rng(seed)
    confidence = (random.integers(10, 21, 150) / 20).astype(np.float32)
    hit = random.random(150) < 0.7
    order = random.permutation(150)
    assert calibration_error(confidence[order], hit[order]) == pytest.approx(
        calibration_error(confidence, hit)
    )


def test_the_interval_is_about_that_of_bonett_and_price():
    won, lost, n = 12, 4, 200
    change = np.zeros((1, n))
    change[0, :won], change[0, won : won + lost] = 1, -1
    found = estimate(change, design_of(np.zeros(n, int)))
    p12, p21 = (won + 1) / (n + 2), (lost + 1) / (n + 2)
    expected = ((p12 + p21 - (p12 - p21) ** 2) / (n + 2)) ** 0.5
    assert found.estimate == pytest.approx(0.04)
    assert found.standard_error == pytest.approx(expected, rel=0.02)
    assert found.low < found.estimate < found.high
    assert found.high - found.estimate == pytest.approx(found.estimate - found.low)


def test_no_row_that_differs_is_no_proof_that_none_ever_does():
    found = estimate(np.zeros((1, 100)), design_of(np.zeros(100, int)))
    assert found.estimate == 0
    assert found.low == pytest.approx(-found.high)
    assert 0.02 < found.high < 0.04
    assert found.p_value == 1


def test_the_spread_of_fits_widens_the_interval_as_nadeau_and_bengio_say():
    n, steps = 400, np.array([0.0, 0.1, 0.2, 0.1])
    change = np.repeat(steps[:, None], n, axis=1)
    found = estimate(change, design_of(np.zeros(n, int), passes=4, folds=5), unit=0.0)
    expected = (steps.var(ddof=1) * (1 / 4 + 1 / 4)) ** 0.5
    assert found.estimate == pytest.approx(0.1)
    assert found.standard_error == pytest.approx(expected)


def test_folds_of_their_own_rows_differ_by_those_rows_already():
    random = np.random.default_rng(3)
    change = (random.random((1, 600)) < 0.3).astype(float)
    fold = np.arange(600)[None, :] % 5
    by_fold = estimate(change, design_of(np.zeros(600, int), fit=fold, apart=False))
    alone = estimate(change, design_of(np.zeros(600, int)))
    assert by_fold.standard_error == pytest.approx(alone.standard_error, rel=0.15)
    moved = change + np.array([-0.3, -0.1, 0.0, 0.1, 0.3])[fold]
    wider = estimate(moved, design_of(np.zeros(600, int), fit=fold, apart=False))
    assert wider.standard_error > 2 * alone.standard_error


def test_copies_are_no_further_witnesses():
    random = np.random.default_rng(1)
    change = random.integers(-1, 2, (1, 150)).astype(float)
    once = estimate(change, design_of(np.zeros(150, int)), unit=0.0)
    twice = estimate(
        np.repeat(change, 2, axis=1),
        design_of(np.zeros(300, int), cluster=np.repeat(np.arange(150), 2)),
        unit=0.0,
    )
    assert twice.estimate == pytest.approx(once.estimate)
    assert twice.standard_error == pytest.approx(once.standard_error)


def test_intervals_hold_what_they_promise():
    random = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        kind = random.random((1, 150))
        change = (kind < 0.10).astype(float) - (kind > 0.95)
        found = estimate(change, design_of(np.zeros(150, int)))
        held += found.low <= 0.05 <= found.high
    assert 0.92 <= held / 400 <= 0.99


def test_a_difference_in_log_loss_is_that_of_the_means():
    one, other = judged_of(np.ones(50)), judged_of(np.ones(50))
    one.loss[:] = np.linspace(0, 2, 50)
    found = difference(one, other, design_of(np.zeros(50, int)), "log-loss")
    assert found.estimate == pytest.approx(one.loss.mean() - 0.5)


def test_balanced_accuracy_gives_a_rare_class_its_say():
    truth = np.r_[np.zeros(90, int), np.ones(10, int)]
    better = np.r_[np.zeros(90, bool), np.ones(10, bool)]
    design = design_of(truth)
    one, other = judged_of(better), judged_of(np.zeros(100, bool))
    assert difference(one, other, design, "accuracy").estimate == pytest.approx(0.1)
    assert difference(one, other, design, "balanced-accuracy").estimate == pytest.approx(0.5)


def test_some_rows_alone():
    change = np.array([[1.0, 1.0, 0.0, 0.0]])
    design = design_of([0, 0, 1, 1])
    assert estimate(change, design, among=np.array([1, 1, 0, 0], bool)).estimate == 1
    assert np.isnan(estimate(change, design, among=np.zeros(4, bool)).estimate)


def test_holm_by_hand():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06}
    )
    assert holm({}) == {}


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_never_lowers_and_keeps_the_order(p_values):
    given_values = {str(at): value for at, value in enumerate(p_values)}
    found = holm(given_values)
    assert all(given_values[name] <= value <= 1 for name, value in found.items())
    ordered = sorted(given_values, key=given_values.__getitem__)
    assert [found[name] for name in ordered] == sorted(found[name] for name in ordered)


def test_what_would_have_been_seen_grows_with_the_error_and_with_what_is_tried():
    assert detectable(0.01, 1) == pytest.approx(0.028, abs=1e-3)
    assert detectable(0.01, 3) > detectable(0.01, 1)
    assert detectable(0.02, 1) == pytest.approx(2 * detectable(0.01, 1))
