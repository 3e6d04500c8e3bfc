from __future__ import annotations

import numpy as np
import pytest

from labelaudit.evidence.probabilities import (
    apply_temperature,
    fit_temperature,
    normalise,
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
