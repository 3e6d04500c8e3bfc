from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score


@pytest.fixture(scope="module")
def metrics(load):
    return load("quality_metrics")


@pytest.fixture(scope="module")
def peers(load):
    return load("peers")


rankings = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=40)


def split(ranking):
    score, wrong = zip(*ranking, strict=True)
    return np.array(score, dtype=float), np.array(wrong, dtype=bool)


@given(ranking=st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=5))
def test_ties_count_as_the_mean_over_their_orders(metrics, ranking):
    score, wrong = split(ranking)
    for reviewed in range(len(score) + 1):
        orders = [
            order
            for order in permutations(range(len(score)))
            if all(score[a] >= score[b] for a, b in pairwise(order))
        ]
        found = [wrong[list(order[:reviewed])].sum() for order in orders]
        assert metrics.errors_found(score, wrong, reviewed) == pytest.approx(np.mean(found))


def test_reviewing_more_rows_than_there_are_finds_all(metrics):
    assert metrics.errors_found(np.array([0.1, 0.2]), np.array([True, False]), 9) == 1


def test_a_ranking_is_scored_as_scikit_learn_does(metrics):
    random = np.random.default_rng(0)
    wrong = random.random(200) < 0.2
    score = random.random(200) + 0.3 * wrong
    figures = metrics.rank_figures(score, wrong)
    assert figures["auprc"] == average_precision_score(wrong, score)
    assert figures["auroc"] == roc_auc_score(wrong, score)
    first = np.argsort(-score)
    assert figures["precision_at_50"] == pytest.approx(wrong[first[:50]].mean())
    at_errors = wrong[first[: wrong.sum()]].mean()
    assert figures["precision_at_errors"] == pytest.approx(at_errors)
    assert figures["missed"] == pytest.approx(1 - at_errors)


def test_the_curve_begins_at_none_and_goes_through_precision_at_errors(metrics):
    wrong = np.arange(40) % 4 == 0
    figures = metrics.rank_figures(np.arange(40, 0, -1), wrong)
    assert len(figures["curve"]) == len(metrics.REVIEWED)
    assert figures["curve"][0] == 0
    at_one = int(np.flatnonzero(metrics.REVIEWED == 1)[0])
    assert figures["curve"][at_one] == pytest.approx(figures["precision_at_errors"])
    assert np.all(np.diff(figures["curve"]) >= 0)


def test_rows_that_were_not_judged_come_last(metrics):
    wrong = np.array([True] * 5 + [False] * 5)
    score = np.array([np.nan] * 5 + [0.0] * 5)
    assert metrics.rank_figures(score, wrong)["precision_at_errors"] == 0
    assert metrics.rank_figures(score, ~wrong)["precision_at_errors"] == 1


@pytest.mark.parametrize("errors", [0, 4, 10])
def test_too_few_errors_or_nothing_else_score_no_ranking(metrics, errors):
    wrong = np.arange(10) < errors
    assert set(metrics.rank_figures(np.arange(10), wrong).values()) == {None}


@given(ranking=rankings)
def test_the_best_f1_is_that_of_the_best_threshold(metrics, ranking):
    score, wrong = split(ranking)
    tried = [f1_score(wrong, score >= cut, zero_division=0.0) for cut in np.unique(score)]
    assert metrics.best_f1(score, wrong) == pytest.approx(max(tried))


@given(ranking=rankings)
def test_f1_is_that_of_scikit_learn_and_the_best_is_no_worse(metrics, ranking):
    score, wrong = split(ranking)
    flagged = score >= 2
    figures = metrics.flag_figures(flagged, score, wrong)
    assert figures["flagged"] == flagged.mean()
    if wrong.sum() < metrics.FEWEST_ERRORS:
        assert figures["f1"] is None
        return
    assert figures["f1"] == pytest.approx(f1_score(wrong, flagged, zero_division=0.0))
    assert figures["f1_gap"] >= -1e-12


def test_calibration_error_by_hand(metrics):
    wrong = np.array([True, False, True, True])
    assert metrics.calibration_error(np.array([0.75] * 4), wrong) == pytest.approx(0)
    assert metrics.calibration_error(np.array([0.5] * 4), wrong) == pytest.approx(0.25)
    apart = np.array([1.0, 0.0, 1.0, 0.6])
    assert metrics.calibration_error(apart, wrong) == pytest.approx(0.1)


def test_rows_that_were_not_judged_have_no_say_in_calibration(metrics):
    wrong = np.array([True, False])
    assert metrics.calibration_error(np.array([1.0, np.nan]), wrong) == 0
    assert metrics.calibration_error(np.array([np.nan, np.nan]), wrong) is None


def test_suggestions_count_on_errors_only(metrics):
    truth = np.array(["a", "b", "b", "c"])
    suggested = np.array(["a", "b", "", "a"])
    wrong = np.array([False, True, True, True])
    flagged = np.array([True, True, False, True])
    figures = metrics.suggestion_figures(suggested, flagged, truth, wrong)
    assert figures == {
        "suggestion_flagged": pytest.approx(1 / 2),
        "suggestion_all": pytest.approx(1 / 3),
    }
    none = metrics.suggestion_figures(suggested, flagged, truth, np.zeros(4, dtype=bool))
    assert none == {"suggestion_flagged": None, "suggestion_all": None}


@pytest.mark.parametrize(
    ("low", "high", "inside", "ratio"),
    [(0.4, 0.6, True, 1.5), (0.1, 0.4, False, 4.0), (0.0, 0.5, True, None)],
)
def test_the_range_of_the_noise_rate(metrics, peers, low, high, inside, ratio):
    truth = np.array(["a", "b"] * 10)
    given = np.array(["a", "a"] * 10)
    found = peers.Found(
        suspicion=np.linspace(0, 1, 20),
        self_confidence=np.linspace(1, 0, 20),
        flagged=given != truth,
        suggested=truth,
        noise_rate=0.3,
        error_probability=(given != truth).astype(float),
        facts={"noise_rate_low": low, "noise_rate_high": high},
    )
    figures = metrics.measure(found, given, truth)
    assert figures["in_range"] is inside
    assert figures["range_ratio"] == (None if ratio is None else pytest.approx(ratio))
    assert figures["noise_rate_error"] == pytest.approx(0.2)
    assert (figures["f1"], figures["ece"], figures["suggestion_all"]) == (1, 0, 1)
    assert figures["auprc_self_confidence"] == pytest.approx(figures["auprc"])
