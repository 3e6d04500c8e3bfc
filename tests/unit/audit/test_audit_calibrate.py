from __future__ import annotations

import numpy as np
import pytest
from cleanlab.count import estimate_joint, num_label_issues
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.audit.calibrate import error_probability
from labelaudit.audit.noise_rate import disagree, estimate_noise_rates, span


def planted(seed, n=2000, k=3, noise=0.1, sharp=4.0):
    generator = np.random.default_rng(seed)
    true = generator.integers(0, k, n)
    logits = sharp * np.eye(k)[true] + generator.normal(size=(n, k))
    probs = np.exp(logits)
    probs = (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32)
    wrong = generator.random(n) < noise
    y = np.where(wrong, (true + 1 + generator.integers(0, k - 1, n)) % k, true).astype(np.int32)
    return probs, y, y != true


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(2, 5), noise=st.sampled_from([0.0, 0.1, 0.3]))
def test_it_is_a_probability_for_any_data(seed, k, noise):
    probs, y, _ = planted(seed, n=80, k=k, noise=noise)
    found = error_probability(probs, y)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_its_mean_is_near_the_noise_rate_of_separable_classes(noise):
    probs, y, wrong = planted(1, noise=noise)
    found = error_probability(probs, y)
    assert found.mean() == pytest.approx(wrong.mean(), rel=0.3)
    assert found[wrong].mean() > 0.7
    assert found[~wrong].mean() < 0.05


def test_extreme_probabilities_are_no_trouble():
    probs = np.eye(2, dtype=np.float32)[np.array([0, 1] * 20)]
    y = np.array([0, 1] * 20, dtype=np.int32)
    y[0] = 1
    found = error_probability(probs, y)
    assert np.isfinite(found).all()
    assert found[0] > 0.5
    assert (found[1:] < 0.5).all()


def test_noise_rates_are_those_of_cleanlab():
    probs, y, _ = planted(2)
    errors = error_probability(probs, y)
    rates = estimate_noise_rates(probs, y, errors)
    exact = probs.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    assert rates["confident-joint"] == pytest.approx(1 - np.trace(estimate_joint(y, exact)))
    assert rates["label-issues"] == pytest.approx(num_label_issues(y, exact) / len(y))
    assert rates["em"] == pytest.approx(errors.mean())


def test_a_class_that_is_absent_is_no_trouble():
    probs, y, _ = planted(3, k=4)
    y[y == 3] = 0
    assert set(estimate_noise_rates(probs, y, error_probability(probs, y))) == {
        "confident-joint",
        "em",
        "label-issues",
    }


def test_the_span_is_median_and_range():
    rate = span({"a": 0.1, "b": 0.02, "c": 0.04})
    assert (rate.estimate, rate.low, rate.high) == (0.04, 0.02, 0.1)
    assert disagree(rate)
    assert not disagree(span({"a": 0.1, "b": 0.06}))
