from __future__ import annotations

import warnings

import numpy as np
import pytest
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_normalized_margin_for_each_label
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.config import FILTER_BY
from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.detectors.confident_learning import ConfidentLearning
from labelaudit.types import Evidence


def planted(seed, n, k, noise=0.15):
    generator = np.random.default_rng(seed)
    true = np.r_[np.arange(k), np.arange(k), generator.integers(0, k, n)]
    logits = generator.normal(size=(len(true), k)) + 2 * np.eye(k)[true]
    probs = np.exp(logits)
    probs = (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32)
    y = np.where(generator.random(len(true)) < noise, generator.integers(0, k, len(true)), true)
    y[:k] = np.arange(k)
    return y, probs


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(20, 150), k=st.integers(2, 6))
@pytest.mark.parametrize("filter_by", FILTER_BY)
def test_flags_what_cleanlab_flags(filter_by, seed, n, k):
    y, probs = planted(seed, n, k)
    data = dataset_from_arrays(
        [f"c{code}" for code in y], None, [f"{i:05d}" for i in range(len(y))]
    )
    scores = ConfidentLearning(filter_by=filter_by).score(data, Evidence(pred_probs=probs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = find_label_issues(y, probs.astype(np.float64), filter_by=filter_by, n_jobs=1)
    assert np.array_equal(scores.flagged, expected)


def test_suspicion_is_cleanlabs_normalized_margin_turned_round():
    y, probs = planted(3, 80, 4)
    data = dataset_from_arrays(y, None)
    scores = ConfidentLearning().score(data, Evidence(pred_probs=probs))
    quality = get_normalized_margin_for_each_label(y, probs)
    assert np.allclose(scores.suspicion, 1 - quality, atol=1e-6)


def test_abstains_without_a_label_or_an_opinion():
    y, probs = planted(4, 60, 3)
    probs[5] = np.nan
    labels = [None if place == 7 else f"c{code}" for place, code in enumerate(y)]
    data = dataset_from_arrays(labels, None)
    scores = ConfidentLearning().score(data, Evidence(pred_probs=probs))
    assert np.flatnonzero(np.isnan(scores.suspicion)).tolist() == [5, 7]
    assert not scores.flagged[[5, 7]].any()
    assert (scores.suggested[[5, 7]] == -1).all()


def test_suggests_the_other_class_where_it_is_more_probable():
    probs = np.array([[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.8, 0.2]] * 10, dtype=np.float32)
    y = np.array([0, 1, 1, 0] * 10)
    y[0] = 1
    scores = ConfidentLearning().score(dataset_from_arrays(y, None), Evidence(pred_probs=probs))
    assert scores.flagged[0]
    assert scores.suggested[0] == 0
    assert (scores.suggested[1:] == -1).all()
