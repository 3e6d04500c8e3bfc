from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_example import noisy, noisy_by
from sklearn.metrics import roc_auc_score

from labelaudit.detectors import noise_channel as module
from labelaudit.detectors.noise_channel import (
    calibrated_sharpness,
    fit_channel,
    follow,
    sharpness_for_rate,
    suspicion_of,
)


@pytest.mark.parametrize("k", [2, 3, 7])
@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_the_mean_posterior_is_near_the_noise_rate_of_separable_classes(noise, k):
    data = noisy(1, k=k, noise=noise, sharp=6)
    sharpness = calibrated_sharpness(len(data.y), k)
    found = fit_channel(data.pred_probs, data.y, sharpness=sharpness).error_probability
    assert found.mean() == pytest.approx(data.wrong.mean(), abs=0.02)
    assert found[data.wrong].mean() > 0.8
    assert found[~data.wrong].mean() < 0.05


def test_noise_that_depends_on_the_class_is_found_in_the_transition_matrix():
    planted = np.array([[0.95, 0.05, 0.0], [0.0, 1.0, 0.0], [0.3, 0.0, 0.7]])
    data = noisy_by(planted, n=4000, sharp=6)
    found = fit_channel(data.pred_probs, data.y, sharpness=2.0).transition
    assert found.sum(axis=1) == pytest.approx(np.ones(3))
    assert np.abs(found - planted).max() < 0.04


def test_what_is_known_of_the_noise_has_a_say():
    """A label often given in place of another is suspect where the models see both alike."""
    data = noisy_by(np.array([[1.0, 0.0], [0.35, 0.65]]), n=3000, sharp=6)
    undecided = np.array([[0.5, 0.5], [0.5, 0.5]], dtype=np.float32)
    probs = np.concatenate([data.pred_probs, undecided])
    y = np.concatenate([data.y, np.array([0, 1], dtype=np.int32)])
    of_zero, of_one = fit_channel(probs, y, sharpness=1.5).error_probability[-2:]
    assert of_zero > of_one


def test_wrong_labels_rank_first():
    data = noisy_by(np.array([[0.98, 0.02], [0.3, 0.7]]), n=3000, sharp=3)
    found = fit_channel(data.pred_probs, data.y, sharpness=1.5).log_odds
    assert roc_auc_score(data.wrong, found) > 0.95


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n=st.sampled_from([1, 2, 5, 40]),
    k=st.integers(1, 6),
    present=st.integers(1, 6),
    kind=st.sampled_from(["one-hot", "even", "spiky", "any"]),
    sharpness=st.sampled_from([1.05, 1.5, 6.0]),
)
def test_any_data_gives_probabilities(seed, n, k, present, kind, sharpness):
    random = np.random.default_rng(seed)
    probs = {
        "one-hot": lambda: np.eye(k)[random.integers(0, k, n)],
        "even": lambda: np.full((n, k), 1 / k),
        "spiky": lambda: random.dirichlet(np.full(k, 0.05), n),
        "any": lambda: random.dirichlet(np.ones(k), n),
    }[kind]().astype(np.float32)
    y = random.integers(0, min(k, present), n).astype(np.int32)
    found = fit_channel(probs, y, sharpness=sharpness)
    assert found.transition.shape == (k, k)
    assert found.transition.sum(axis=1) == pytest.approx(np.ones(k))
    assert (found.transition >= 0).all()
    assert np.isfinite(found.log_odds).all()
    assert ((found.error_probability >= 0) & (found.error_probability <= 1)).all()


def test_one_label_against_certain_models_stands_out():
    y = np.array([0, 1] * 20, dtype=np.int32)
    probs = np.eye(2, dtype=np.float32)[y]
    y[0] = 1
    found = fit_channel(probs, y, sharpness=1.5).error_probability
    assert found[0] > 0.5
    assert (found[1:] < 0.5).all()


def test_a_single_class_is_beyond_doubt():
    found = fit_channel(np.ones((5, 1), np.float32), np.zeros(5, np.int32), sharpness=1.5)
    assert (found.error_probability < 1e-6).all()


def test_a_class_of_no_rows_borrows_the_noise_of_the_others():
    data = noisy(k=3, noise=0.2, sharp=6)
    probs = np.column_stack([data.pred_probs, np.zeros(len(data.y), np.float32)])
    found = fit_channel(probs, data.y, sharpness=2.0).transition
    assert found[3, 3] == pytest.approx(0.8, abs=0.05)
    assert found[3, :3] == pytest.approx(np.full(3, found[3, 0]), abs=0.01)


def test_the_order_of_rows_has_no_say():
    data = noisy(n=500)
    order = np.random.default_rng(0).permutation(500)
    one = fit_channel(data.pred_probs, data.y, sharpness=1.5)
    other = fit_channel(data.pred_probs[order], data.y[order], sharpness=1.5)
    assert one.log_odds[order] == pytest.approx(other.log_odds, abs=1e-6)


def test_chunks_and_samples_make_little_difference(monkeypatch):
    data = noisy(n=3000)
    whole = fit_channel(data.pred_probs, data.y, sharpness=1.5)
    monkeypatch.setattr(module, "_CHUNK", 700)
    chunked = fit_channel(data.pred_probs, data.y, sharpness=1.5)
    assert chunked.log_odds == pytest.approx(whole.log_odds, abs=1e-6)
    monkeypatch.setattr(module, "_SAMPLE", 1500)
    sampled = fit_channel(data.pred_probs, data.y, sharpness=1.5)
    assert len(sampled.log_odds) == 3000
    assert sampled.error_probability == pytest.approx(whole.error_probability, abs=0.1)
    assert (sampled.log_odds != whole.log_odds).any()


def test_suspicion_rises_strictly_with_the_log_odds():
    log_odds = np.arange(-40, 40, 1e-3)
    suspicion = suspicion_of(log_odds)
    assert suspicion.dtype == np.float32
    assert (np.diff(suspicion) > 0).all()
    assert suspicion_of(np.zeros(1))[0] == 0.5
    assert suspicion_of(np.array([-1.0, 1.0])).sum() == pytest.approx(1)


def test_suspicion_tells_the_most_extreme_log_odds_apart():
    # No class is ever ruled out: log-odds end at those of 1e-40.
    suspicion = suspicion_of(np.linspace(-93, 93, 20_000))
    assert (np.diff(suspicion) > 0).all()
    assert 0 < suspicion[0] < suspicion[-1] < 1


@given(n=st.integers(1, 10**7), k=st.integers(1, 500))
def test_sharpness_is_bounded_and_grows_with_rows_a_class(n, k):
    found = calibrated_sharpness(n, k)
    assert 1.1 <= found <= 4.0
    assert calibrated_sharpness(2 * n, k) >= found
    assert calibrated_sharpness(n, k + 1) <= found


def test_sharpness_at_its_ends():
    assert calibrated_sharpness(50, 2) == 1.1
    assert calibrated_sharpness(1, 3) == 1.1
    assert calibrated_sharpness(0, 0) == 1.1
    assert calibrated_sharpness(2000, 2) == 4.0
    assert 1.1 < calibrated_sharpness(400, 2) < 4.0


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_sharpness_hits_the_rate_it_is_asked_for(share):
    data = noisy(3, n=1500, noise=0.15, sharp=2.5)
    middle = fit_channel(data.pred_probs, data.y, sharpness=2.0).error_probability.mean()
    sharpness = sharpness_for_rate(data.pred_probs, data.y, share * middle)
    found = fit_channel(data.pred_probs, data.y, sharpness=sharpness).error_probability.mean()
    assert found == pytest.approx(share * middle, rel=0.03)


def test_a_rate_out_of_reach_gives_the_end_of_the_range():
    data = noisy(3, n=400, sharp=2.5)
    assert sharpness_for_rate(data.pred_probs, data.y, 0.0) == pytest.approx(1.05, abs=0.05)
    assert sharpness_for_rate(data.pred_probs, data.y, 1.0) == pytest.approx(6.0, abs=0.05)


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(0, 1)), min_size=1, max_size=40))
def test_what_follows_a_ranking_never_falls_where_it_rises(pairs):
    ranking, posterior = (np.array(one) for one in zip(*pairs, strict=True))
    found = follow(ranking, posterior)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found[np.argsort(ranking, kind="stable")]) >= -1e-9).all()
    assert found.mean() == pytest.approx(posterior.mean(), abs=1e-6)


def test_a_posterior_that_follows_already_is_left_alone():
    ranking = np.array([3.0, -1.0, 0.5])
    assert follow(ranking, np.array([0.9, 0.1, 0.4])) == pytest.approx([0.9, 0.1, 0.4])


def test_the_greatest_of_values_that_differ_in_the_last_bit_is_no_gap():
    top = np.nextafter(3.0, 4.0)
    found = follow(np.array([0.0, 3.0, top]), np.array([0.1, 0.8, 0.9]))
    assert np.isfinite(found).all()
    assert found[1] == found[2]
