from __future__ import annotations

import math

import numpy as np
import pytest
from cleanlab.count import estimate_joint, num_label_issues
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_example import noisy
from sklearn.metrics import roc_auc_score

from labelaudit.detectors.noise_channel import fit_channel
from labelaudit.detectors.noise_rates import (
    AGREE,
    CENTRAL,
    PlantedRanking,
    agreement,
    borne_out,
    central_rate,
    estimate_noise_rates,
    rank_planted,
    trust,
)
from labelaudit.types import PlantedEvidence


def rates(data, planted=None):
    posterior = fit_channel(data.pred_probs, data.y, sharpness=3.0).error_probability
    return estimate_noise_rates(data.pred_probs, data.y, posterior, planted)


def evidence_of(data, share, seed=0):
    """Plant errors into labels that a model saw through."""
    random = np.random.default_rng(seed)
    planted = random.random(len(data.y)) < share
    k = data.pred_probs.shape[1]
    y = np.where(planted, (data.y + random.integers(1, k, len(data.y))) % k, data.y)
    rows = np.arange(len(y))
    return PlantedEvidence(rows, y.astype(np.int32), planted, data.pred_probs)


def test_noise_rates_are_those_of_cleanlab():
    data = noisy(2)
    found = rates(data)
    exact = data.pred_probs.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    joint = estimate_joint(data.y, exact)
    assert found["confident-joint"] == pytest.approx(1 - np.trace(joint))
    assert found["label-issues"] == pytest.approx(num_label_issues(data.y, exact) / len(data.y))


def test_the_other_rates_are_means():
    data = noisy(2)
    posterior = np.linspace(0, 0.5, len(data.y))
    found = estimate_noise_rates(data.pred_probs, data.y, posterior)
    assert found["em-calibrated"] == pytest.approx(0.25)
    assert found["disagreement"] == (data.pred_probs.argmax(axis=1) != data.y).mean()
    em = fit_channel(data.pred_probs, data.y, sharpness=2.0).error_probability
    assert found["em"] == em.mean()
    assert list(found) == sorted(found)


def test_a_class_that_is_absent_or_alone_is_no_trouble():
    data = noisy(3, k=4)
    some = np.where(data.y == 3, 0, data.y).astype(np.int32)
    posterior = np.zeros(len(some))
    assert set(estimate_noise_rates(data.pred_probs, some, posterior)) == {
        *("confident-joint", "disagreement", "em", "em-calibrated", "label-issues"),
    }
    one = np.zeros(len(some), np.int32)
    assert set(estimate_noise_rates(data.pred_probs, one, posterior)) == {
        *("disagreement", "em", "em-calibrated"),
    }


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    n=st.sampled_from([1, 2, 3, 30]),
    k=st.integers(2, 5),
    alpha=st.sampled_from([0.02, 1.0]),
)
def test_any_data_gives_rates(seed, n, k, alpha):
    random = np.random.default_rng(seed)
    probs = random.dirichlet(np.full(k, alpha), n).astype(np.float32)
    y = random.integers(0, k, n).astype(np.int32)
    found = estimate_noise_rates(probs, y, np.zeros(n))
    assert all(0 <= rate <= 1 for rate in found.values())


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_planted_errors_tell_the_rate_of_errors_like_them(noise):
    data = noisy(4, n=4000, noise=noise, sharp=5)
    ranking = rank_planted(evidence_of(data, 0.1))
    assert ranking.log_odds.shape == (4000,)
    assert ranking.strict == pytest.approx(noise, abs=0.03)
    # Right labels reach a cut that lies lower, too.
    assert noise - 0.03 < ranking.wide < noise + 0.06


def test_planted_errors_find_nothing_where_nothing_is_wrong():
    ranking = rank_planted(evidence_of(noisy(5, noise=0.0, sharp=8), 0.1))
    assert ranking.strict < 0.01
    assert ranking.wide < 0.01


def test_planted_errors_that_rank_like_the_others_make_any_rate_possible():
    random = np.random.default_rng(0)
    data = noisy(6, n=2000, noise=0.0)
    blind = PlantedEvidence(
        np.arange(2000),
        data.y,
        random.random(2000) < 0.1,
        random.dirichlet(np.ones(3), 2000).astype(np.float32),
    )
    ranking = rank_planted(blind)
    assert 0.8 < ranking.strict <= 1
    assert 0.8 < ranking.wide <= 1


def test_rates_of_planted_errors_are_told_where_there_are_any():
    data = noisy(2)
    planted = rank_planted(evidence_of(data, 0.1))
    found = rates(data, planted)
    assert (found["planted-strict"], found["planted-wide"]) == (planted.strict, planted.wide)
    assert set(CENTRAL) <= set(found)


ESTIMATES = {
    "planted-strict": 0.05,
    "planted-wide": 0.09,
    "label-issues": 0.04,
    "em": 0.07,
    "confident-joint": 0.06,
    "em-calibrated": 0.08,
    "disagreement": 0.3,
}


def test_the_central_rate_is_the_median_of_the_central_estimators():
    assert central_rate(ESTIMATES) == 0.06


@pytest.mark.parametrize("name", CENTRAL)
def test_without_one_of_them_there_is_no_central_rate(name):
    assert central_rate({key: rate for key, rate in ESTIMATES.items() if key != name}) is None


@pytest.mark.parametrize(
    ("explained", "agreed"), [(0.0, 0), (0.4, 0), (0.45, 0.5), (AGREE, 1), (2.0, 1)]
)
def test_estimators_are_believed_as_far_as_planted_errors_explain_the_posterior(explained, agreed):
    strict = {"planted-strict": explained * ESTIMATES["em-calibrated"]}
    assert agreement(ESTIMATES | strict) == pytest.approx(agreed)


def test_without_planted_errors_nothing_agrees():
    assert agreement({"em-calibrated": 0.1}) == 0


@pytest.mark.parametrize(
    ("separation", "left"), [(0.5, 0.5), (0.75, 0.5), (0.825, 0.75), (0.9, 1.0), (1.0, 1.0)]
)
def test_the_posterior_counts_as_far_as_planted_errors_stand_out(separation, left):
    assert trust(separation) == pytest.approx(left)


@pytest.mark.parametrize(("noise", "sharp"), [(0.0, 6), (0.1, 6), (0.3, 6), (0.0, 1), (0.2, 1)])
def test_separation_is_how_often_a_planted_error_outranks_a_right_label(noise, sharp):
    data = noisy(8, n=6000, noise=noise, sharp=sharp)
    planted = evidence_of(data, 0.1)
    ranking = rank_planted(planted)
    right = ~planted.planted & ~data.wrong
    truth = roc_auc_score(
        planted.planted[right | planted.planted], ranking.log_odds[right | planted.planted]
    )
    assert ranking.separation == pytest.approx(truth, abs=0.04)


@given(share=st.floats(0.001, 1))
def test_recall_is_the_share_of_planted_errors_among_as_many_as_are_flagged(share):
    random = np.random.default_rng(0)
    planted = random.random(200) < 0.2
    log_odds = random.normal(0, 1, 200) + planted
    ranking = PlantedRanking(log_odds, strict=0, wide=0, separation=1)
    others = np.sort(log_odds[~planted])
    reached = others[-math.ceil(share * len(others))]
    assert ranking.recall(planted, share) == (log_odds[planted] >= reached).mean()
    assert ranking.recall(planted, 1.0) >= ranking.recall(planted, share)


@pytest.mark.parametrize(("strict", "factor"), [(0.0, 0.5), (0.02, 0.7), (0.05, 1.0), (0.3, 1.0)])
def test_the_posterior_counts_as_far_as_planted_errors_explain_it(strict, factor):
    rates = {"planted-strict": strict, "em-calibrated": 0.1}
    assert borne_out(rates) == pytest.approx(factor)


@pytest.mark.parametrize(
    "rates", [{"em-calibrated": 0.1}, {"planted-strict": 0, "em-calibrated": 0}]
)
def test_without_planted_errors_or_suspicion_nothing_is_taken_off(rates):
    assert borne_out(rates) == 1
