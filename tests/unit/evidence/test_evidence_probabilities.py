from __future__ import annotations

import numpy as np
import pytest

from labelaudit.evidence.probabilities import (
    apply_temperature,
    fit_temperature,
    judged_rows,
    normalise,
    row_chunks,
    sharpen,
    softmax,
)


def test_softmax_of_one_column_is_the_logistic_function():
    probs = softmax(np.array([0.0, np.log(3)]))
    assert probs == pytest.approx(np.array([[0.5, 0.5], [0.25, 0.75]]))


def test_softmax_bears_large_values():
    assert softmax(np.array([[1e4, 0.0, -1e4]])).tolist() == [[1, 0, 0]]


def test_normalised_rows_sum_to_one_and_hold_no_zero():
    probs = normalise(np.array([[0.0, 2.0], [3.0, 1.0]]))
    assert probs.dtype == np.float32
    assert probs.sum(axis=1) == pytest.approx([1, 1])
    assert (probs > 0).all()


def test_the_temperature_of_an_over_confident_model_is_found():
    random = np.random.default_rng(0)
    true = normalise(random.dirichlet([1, 1, 1], 4000))
    y = np.array([random.choice(3, p=row / row.sum()) for row in true.astype(float)])
    over_confident = apply_temperature(true, 1 / 3)
    assert fit_temperature(over_confident, y) == pytest.approx(3, rel=0.1)
    assert fit_temperature(true, y) == pytest.approx(1, rel=0.1)


def test_temperature_one_changes_nothing():
    probs = normalise(np.random.default_rng(0).dirichlet([1, 1, 1], 20))
    assert apply_temperature(probs, 1.0) == pytest.approx(probs, abs=1e-6)


def test_the_order_of_the_rows_does_not_sway_the_temperature():
    random = np.random.default_rng(0)
    y = np.tile([0, 1], 20_000)
    # Sure of class 0, and wrong about every second row: what every k-th row never shows.
    sure = random.beta(8, 2, 40_000)
    probs = normalise(np.column_stack([sure, 1 - sure]))
    shuffled = random.permutation(40_000)
    in_order = fit_temperature(probs, y)
    assert in_order == pytest.approx(fit_temperature(probs[shuffled], y[shuffled]), rel=0.05)


def test_power_one_changes_nothing_and_higher_powers_sharpen():
    probs = normalise(np.array([[0.6, 0.3, 0.1]]))
    assert sharpen(probs, 1) == pytest.approx(probs, abs=1e-6)
    sharp = sharpen(probs, 2)
    assert sharp.dtype == np.float64
    assert sharp == pytest.approx(np.array([[36, 9, 1]]) / 46, abs=1e-6)


def test_no_power_makes_a_probability_undefined():
    probs = np.array([[1.0, 0.0], [0.5, 0.5]], dtype=np.float32)
    for power in (0.05, 20, 1e4):
        sharp = sharpen(probs, power)
        assert sharp.sum(axis=1) == pytest.approx([1, 1], abs=1e-12)


def test_a_row_is_judged_that_has_a_label_and_all_its_probabilities():
    probs = np.array([[0.5, 0.5], [0.5, 0.5], [np.nan, np.nan], [np.inf, 0]])
    assert judged_rows(np.array([0, -1, 1, 1]), probs).tolist() == [True, False, False, False]


def test_chunks_hold_each_row_once_however_many_columns():
    rows = np.arange(0, 14, 2)
    for n_columns in (1, 3, 10**9):
        assert np.concatenate(list(row_chunks(rows, n_columns))).tolist() == rows.tolist()
    assert max(map(len, row_chunks(rows, 10**9))) == 1
