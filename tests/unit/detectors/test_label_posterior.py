from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_example import bare_dataset, noisy, noisy_by

from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.detectors import label_posterior as module
from labelaudit.detectors.label_posterior import THRESHOLD, LabelPosterior, calibrate
from labelaudit.detectors.noise_rates import rank_planted
from labelaudit.errors import InputError, SettingError
from labelaudit.types import Evidence, PlantedEvidence


def scored(probs, y, *, planted=None, **options):
    data = bare_dataset(np.asarray(y, np.int32), probs.shape[1])
    evidence = Evidence(pred_probs=probs, planted=planted)
    return LabelPosterior(**options).score(data, evidence)


def planted_into(data, share=0.1, seed=0):
    random = np.random.default_rng(seed)
    wrong = random.random(len(data.y)) < share
    k = data.pred_probs.shape[1]
    y = np.where(wrong, (data.y + random.integers(1, k, len(data.y))) % k, data.y)
    return PlantedEvidence(np.arange(len(y)), y.astype(np.int32), wrong, data.pred_probs)


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_the_mean_probability_is_near_the_noise_rate_of_separable_classes(noise):
    data = noisy(1, noise=noise, sharp=6)
    found = scored(data.pred_probs, data.y).error_probability
    assert found.dtype == np.float32
    assert found.mean() == pytest.approx(data.wrong.mean(), abs=0.02)


def test_most_wrong_labels_are_flagged_and_their_class_is_suggested():
    data = noisy(2, noise=0.1, sharp=6)
    found = scored(data.pred_probs, data.y)
    assert found.flagged[data.wrong].mean() > 0.9
    assert found.flagged[~data.wrong].mean() < 0.02
    caught = found.flagged & data.wrong
    assert (found.suggested[caught] == data.true[caught]).mean() > 0.95


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n=st.sampled_from([1, 2, 10, 60]),
    k=st.integers(2, 5),
    present=st.integers(1, 5),
    kind=st.sampled_from(["one-hot", "even", "mirrored", "any"]),
    threshold=st.sampled_from([0.01, 0.33, 1.0]),
)
def test_the_probability_rises_with_suspicion_for_any_data(seed, n, k, present, kind, threshold):
    random = np.random.default_rng(seed)
    probs = {
        "one-hot": lambda: np.eye(k)[random.integers(0, k, n)],
        "even": lambda: np.full((n, k), 1 / k),
        "mirrored": lambda: np.eye(k)[random.integers(0, k, n)] * 0.5 + 0.5 / k,
        "any": lambda: random.dirichlet(np.ones(k), n),
    }[kind]().astype(np.float32)
    y = random.integers(0, min(k, present), n).astype(np.int32)
    found = scored(probs, y, threshold=threshold)
    assert np.isfinite(found.error_probability).all()
    assert ((found.error_probability >= 0) & (found.error_probability <= 1)).all()
    order = np.lexsort((found.error_probability, found.suspicion))
    assert (np.diff(found.error_probability[order]) >= -1e-6).all()
    assert not (found.suggested == y).any()
    assert (found.suggested[found.flagged] >= 0).all()
    assert (found.error_probability[found.flagged] >= threshold - 1e-6).all()
    assert (found.error_probability[~found.flagged] <= threshold + 1e-6).all()


def test_a_row_without_label_or_opinion_has_no_say():
    data = noisy(3, n=200)
    probs, y = data.pred_probs.copy(), data.y.copy()
    probs[5] = np.nan
    y[7] = -1
    found = scored(probs, y)
    assert np.flatnonzero(np.isnan(found.suspicion)).tolist() == [5, 7]
    assert np.flatnonzero(np.isnan(found.error_probability)).tolist() == [5, 7]
    assert not found.flagged[[5, 7]].any()
    keep = np.delete(np.arange(200), [5, 7])
    alone = scored(data.pred_probs[keep], data.y[keep])
    assert np.array_equal(found.suspicion[keep], alone.suspicion)


def test_nothing_judged_is_no_trouble():
    found = scored(np.full((4, 2), np.nan, np.float32), [0, 1, 0, 1])
    assert np.isnan(found.suspicion).all()
    assert np.isnan(found.error_probability).all()
    assert "sharpness" not in found.details


def test_a_lower_threshold_flags_no_row_less():
    data = noisy(4, noise=0.1, sharp=2)
    loose, usual, strict = (
        scored(data.pred_probs, data.y, threshold=one).flagged for one in (0.1, THRESHOLD, 0.8)
    )
    assert strict.sum() < usual.sum() < loose.sum()
    assert not (strict & ~usual).any()
    assert not (usual & ~loose).any()


def test_a_flagged_row_has_a_suggestion_although_models_prefer_its_label():
    data = noisy_by(np.array([[1.0, 0.0], [0.45, 0.55]]), n=3000, sharp=6)
    doubtful = np.tile(np.array([[0.51, 0.49]], np.float32), (20, 1))
    probs = np.concatenate([data.pred_probs, doubtful])
    y = np.concatenate([data.y, np.zeros(20, np.int32)])
    found = scored(probs, y, threshold=0.2)
    assert found.flagged[-20:].all()
    assert (found.suggested[-20:] == 1).all()


def test_planted_errors_that_bear_the_rate_out_set_the_mean():
    data = noisy(5, n=3000, noise=0.1, sharp=4)
    found = calibrate(data.pred_probs, data.y, planted_into(data))
    central = module.central_rate(found.noise_rates)
    assert central is not None
    assert found.error_probability.mean() == pytest.approx(central, rel=0.05)
    assert {"planted-strict", "planted-wide"} <= set(found.noise_rates)
    without = calibrate(data.pred_probs, data.y)
    assert np.array_equal(found.log_odds, without.log_odds)
    assert found.sharpness != without.sharpness


def test_planted_errors_that_explain_nothing_halve_the_probability():
    data = noisy(6, n=2000, noise=0.2, sharp=4)
    planted = planted_into(data)
    certain = np.eye(3, dtype=np.float32)[data.y]
    found = calibrate(data.pred_probs, data.y, replace(planted, pred_probs=certain))
    plain = calibrate(data.pred_probs, data.y)
    assert found.noise_rates["planted-strict"] == 0
    assert (found.borne_out, plain.borne_out) == (0.5, 1.0)
    assert found.error_probability == pytest.approx(plain.error_probability / 2)
    assert found.sharpness == plain.sharpness


def test_planted_errors_that_hardly_stand_out_take_from_the_probability():
    clear, hard = (
        noisy_by(np.array([[0.9, 0.1], [0.1, 0.9]]), n=2000, seed=9, sharp=sharp)
        for sharp in (6, 0.6)
    )
    stands_out = calibrate(clear.pred_probs, clear.y, planted_into(clear))
    hardly = calibrate(hard.pred_probs, hard.y, planted_into(hard))
    assert stands_out.separation > 0.9
    assert stands_out.borne_out == 1
    assert hardly.separation < 0.8
    assert hardly.borne_out < 0.7
    assert math.isnan(calibrate(hard.pred_probs, hard.y).separation)


def test_no_more_is_called_wrong_than_is_found_of_planted_errors():
    data = noisy_by(np.array([[0.9, 0.1], [0.1, 0.9]]), n=2000, seed=9, sharp=0.6)
    planted = planted_into(data)
    found = calibrate(data.pred_probs, data.y, planted)
    suspicious = found.error_probability >= THRESHOLD
    ranking = rank_planted(planted)
    recall = ranking.recall(planted.planted, suspicious.mean())
    rate = module.central_rate(found.noise_rates)
    assert found.error_probability[suspicious].sum() <= rate * recall * len(data.y)


def test_what_it_rests_on_is_told():
    data = noisy(7, n=300)
    details = scored(data.pred_probs, data.y, threshold=0.5).details
    found = calibrate(data.pred_probs, data.y)
    assert details["threshold"] == 0.5
    assert details["sharpness"] == found.sharpness
    assert details["noise_rates"] == found.noise_rates


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01, float("nan")])
def test_a_threshold_that_is_none_is_refused(threshold):
    with pytest.raises(SettingError, match="threshold"):
        LabelPosterior(threshold)


def test_without_pred_probs_it_says_so():
    with pytest.raises(InputError, match="needs pred_probs"):
        LabelPosterior().score(dataset_from_arrays(["a", "b"] * 3, None), Evidence())
