from __future__ import annotations

import numpy as np
import pytest

from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.detectors.loss_percentile import LossPercentile
from labelaudit.errors import InputError, SettingError
from labelaudit.types import Evidence


def evidence_for(y, self_confidence):
    probs = np.empty((len(y), 2), dtype=np.float32)
    at = np.arange(len(y))
    probs[at, y] = self_confidence
    probs[at, 1 - y] = 1 - np.asarray(self_confidence)
    return Evidence(pred_probs=probs)


def test_flags_the_rows_above_the_overall_percentile():
    y = np.array([0, 1] * 50)
    confidence = np.linspace(0.99, 0.01, 100)
    scores = LossPercentile(percentile=90).score(
        dataset_from_arrays(y, None), evidence_for(y, confidence)
    )
    assert np.flatnonzero(scores.flagged).tolist() == list(range(90, 100))


def test_per_class_each_class_has_its_own_threshold():
    y = np.array([0] * 50 + [1] * 50)
    confidence = np.r_[np.linspace(0.99, 0.9, 50), np.linspace(0.6, 0.1, 50)]
    data, evidence = dataset_from_arrays(y, None), evidence_for(y, confidence)
    overall = LossPercentile(percentile=80).score(data, evidence)
    by_class = LossPercentile(percentile=80, scope="class").score(data, evidence)
    assert overall.flagged[:50].sum() == 0
    assert by_class.flagged[:50].sum() == 10
    assert by_class.flagged[50:].sum() == 10
    assert set(by_class.details["loss"]) == {"0", "1"}


def test_suspicion_orders_rows_as_their_loss_does():
    y = np.array([0, 1] * 20)
    confidence = np.random.default_rng(0).random(40)
    scores = LossPercentile().score(dataset_from_arrays(y, None), evidence_for(y, confidence))
    assert np.array_equal(np.argsort(-scores.suspicion), np.argsort(confidence))


def test_bad_options_and_missing_evidence_are_said():
    with pytest.raises(SettingError, match="percentile"):
        LossPercentile(percentile=101)
    with pytest.raises(SettingError, match="scope"):
        LossPercentile(scope="row")
    with pytest.raises(InputError, match="needs pred_probs"):
        LossPercentile().score(dataset_from_arrays([0, 1], None), Evidence())
