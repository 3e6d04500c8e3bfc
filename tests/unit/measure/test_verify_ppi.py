from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.measure.intervals import Tally, noise_rate
from labelaudit.measure.verify_ppi import (
    FEWEST_REVIEWED,
    Predicted,
    prediction_powered,
    sharpen,
    why_not,
)


def stratum(wrong, prediction=None, *, population=10_000, mean=0.1, name="not flagged"):
    wrong = np.asarray(wrong, dtype=bool)
    prediction = np.full(len(wrong), 0.1) if prediction is None else np.asarray(prediction)
    return Predicted(name, population, mean, wrong, prediction)


def drawn(seed=0, n=400, *, population=10_000, sight=2.0):
    """Draw a stratum of rows that a model sees more or less."""
    random = np.random.default_rng(seed)
    wrong = random.random(population) < 0.1
    error = 1 / (1 + np.exp(4 - sight * (random.normal(size=population) + 2 * wrong)))
    rows = random.choice(population, n, replace=False)
    return wrong, stratum(wrong[rows], error[rows], population=population, mean=float(error.mean()))


def tally(part):
    return Tally(part.population, len(part.wrong), int(part.wrong.sum()))


def test_a_prediction_that_says_nothing_gives_the_plain_estimate():
    wrong = np.arange(400) < 60
    rate = prediction_powered([stratum(wrong)])
    assert rate.estimate == pytest.approx(0.15)
    assert "weighted by 0.00" in rate.basis


def test_a_perfect_prediction_gives_what_is_true():
    truth, part = drawn()
    perfect = stratum(part.wrong, part.wrong.astype(float), mean=float(truth.mean()))
    rate = prediction_powered([perfect])
    assert rate.estimate == pytest.approx(truth.mean())
    assert rate.high - rate.low < 0.02


def test_it_is_narrower_than_the_plain_interval_where_the_model_sees():
    _, part = drawn()
    plain, powered = noise_rate([tally(part)]), prediction_powered([part])
    assert powered.high - powered.low < 0.9 * (plain.high - plain.low)


def test_predictions_far_off_are_corrected_by_the_answers():
    truth, part = drawn()
    shifted = stratum(
        part.wrong, part.prediction * 0.5 + 0.5, mean=part.mean_prediction * 0.5 + 0.5
    )
    rate = prediction_powered([shifted])
    assert rate.low < truth.mean() < rate.high
    assert rate.estimate == pytest.approx(prediction_powered([part]).estimate, abs=0.01)


def test_a_stratum_judged_completely_adds_no_doubt():
    known = stratum(np.arange(50) < 40, population=50, name="flagged")
    _, part = drawn()
    alone, both = prediction_powered([part]), prediction_powered([known, part])
    share = 10_000 / 10_050
    assert both.high - both.low == pytest.approx(share * (alone.high - alone.low))
    assert both.estimate == pytest.approx(share * alone.estimate + 40 / 10_050)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.integers(20, 300))
def test_the_interval_lies_in_0_to_1_and_holds_the_estimate(seed, n):
    _, part = drawn(seed % 7, n, population=1000)
    rate = prediction_powered([part])
    assert 0 <= rate.low <= rate.estimate <= rate.high <= 1


def test_it_covers_what_is_true():
    covered = [
        rate.low <= truth.mean() <= rate.high
        for truth, part in (drawn(seed, 300) for seed in range(200))
        for rate in [prediction_powered([part])]
    ]
    assert np.mean(covered) > 0.95 - 2.5 * np.sqrt(0.95 * 0.05 / 200)


@pytest.mark.parametrize(
    ("n", "wrong", "told"),
    [
        (FEWEST_REVIEWED - 1, 50, "269 rows judged"),
        (400, 4, "4 wrong labels found in the stratum 'not flagged'"),
        (400, 1, "1 wrong label found"),
        (400, 397, "3 right labels found"),
        (FEWEST_REVIEWED, 5, ""),
    ],
)
def test_where_the_rule_refuses_it_says_why(n, wrong, told):
    part = stratum(np.arange(n) < wrong)
    assert told in why_not([part])
    assert bool(why_not([part])) == bool(told)
    shown = sharpen(noise_rate([tally(part)]), [part])
    assert told in shown.basis
    assert ("Clopper-Pearson" in shown.basis) or not told


def test_no_narrower_interval_leaves_the_plain_one():
    part = stratum(np.arange(300) < 150, np.linspace(0, 1, 300) % 0.3)
    plain = noise_rate([Tally(part.population, 300, 150)])
    narrow = type(plain)(plain.estimate, 0.499, 0.501, plain.basis)
    shown = sharpen(narrow, [part])
    assert (shown.low, shown.high) == (0.499, 0.501)
    assert "no narrower" in shown.basis


def test_what_is_certain_bounds_the_interval():
    """Where nearly all rows were judged, labels that are added must not move the rest."""
    truth, part = drawn(n=380, population=400)
    rate = prediction_powered([part])
    found = int(part.wrong.sum())
    assert found / 400 <= rate.low <= truth.mean() <= rate.high <= (found + 20) / 400


def test_coverage_holds_at_a_high_share_judged():
    covered = 0
    for seed in range(400):
        truth, part = drawn(seed, n=350, population=400)
        rate = prediction_powered([part])
        covered += rate.low - 1e-9 <= truth.mean() <= rate.high + 1e-9
    assert covered / 400 > 0.92
