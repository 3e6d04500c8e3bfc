from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from labelaudit.audit.reliability import BINS, reliability


def drawn(n=2000, seed=0):
    generator = np.random.default_rng(seed)
    probs = generator.dirichlet([0.4, 0.4, 0.4], n).astype(np.float32)
    return probs, generator.integers(0, 3, n).astype(np.int32)


def test_bins_are_those_of_scikit_learn():
    probs, y = drawn()
    first, right = probs.max(axis=1), probs.argmax(axis=1) == y
    agreed, confidence = calibration_curve(right, first, n_bins=BINS)
    bins = reliability(probs, y)
    assert [one.agreed for one in bins] == pytest.approx(agreed)
    assert [one.confidence for one in bins] == pytest.approx(confidence, rel=1e-5)
    assert sum(one.rows for one in bins) == len(y)


def test_each_mean_lies_in_its_bin_and_certainty_in_the_last():
    probs, y = drawn()
    probs[0] = (1, 0, 0)
    for one in reliability(probs, y):
        assert one.low <= one.confidence <= one.high
        assert 0 <= one.agreed <= 1
    assert reliability(probs[:1], y[:1])[0].high == 1


def test_the_order_of_rows_has_no_say():
    probs, y = drawn()
    order = np.random.default_rng(1).permutation(len(y))
    assert reliability(probs[order], y[order]) == reliability(probs, y)


def test_no_rows_have_no_bins():
    assert reliability(np.empty((0, 2), np.float32), np.empty(0, np.int32)) == ()
