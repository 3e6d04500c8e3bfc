from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from noisy_example import bare_dataset, noisy

from labelaudit.audit.rank import calibration_of, raises, rank
from labelaudit.detectors import CATALOG, Spec
from labelaudit.detectors.label_posterior import LabelPosterior, calibrate
from labelaudit.types import SEVERITIES, Evidence, Scores

NAN = float("nan")
FOUR = bare_dataset(np.array([0, 1, 0, 1]), 2)
BARE = Evidence()


def scores(code, suspicion, flagged, suggested, errors=None):
    return Scores(
        code,
        np.array(suspicion, dtype=np.float32),
        np.array(flagged, dtype=bool),
        np.array(suggested, dtype=np.int32),
        error_probability=None if errors is None else np.array(errors, dtype=np.float32),
    )


CHIEF = scores(
    "label-posterior", [0.9, 0.6, 0.8, NAN], [1, 0, 1, 0], [1, -1, 1, -1], [0.95, 0.1, 0.6, NAN]
)
CL = scores("confident-learning", [0.2, 0.9, 0.6, NAN], [0, 1, 1, 0], [-1, 0, 1, -1])
LOSS = scores("loss-percentile", [0.8, 0.9, 0.4, NAN], [1, 1, 0, 0], [1, 0, -1, -1])
NEAR = scores("neighbor-agreement", [1, 1, 1, 1], [1, 1, 1, 1], [1, 0, 1, 0])
NO_COPIES = scores("duplicates", [NAN] * 4, [0] * 4, [-1] * 4)


def copies(suspicion, flagged, suggested=(-1, -1, -1, -1)):
    return scores("duplicates", suspicion, flagged, suggested)


def ranked(*opinions, data=FOUR, evidence=BARE):
    return rank(data, evidence, opinions, CATALOG)


def named(ranking):
    return [None if code < 0 else SEVERITIES[code].value for code in ranking.severity]


def test_the_chief_decides_and_the_others_corroborate():
    alone = ranked(CHIEF)
    together = ranked(CHIEF, CL, LOSS, NEAR, NO_COPIES)
    assert together.flagged.tolist() == [True, False, True, False]
    assert together.suspicion.tolist()[:3] == pytest.approx([0.9, 0.6, 0.8])
    for one in ("suspicion", "error_probability", "flagged", "severity", "order"):
        left, right = getattr(alone, one), getattr(together, one)
        assert np.array_equal(left, right, equal_nan=True), one


def test_severity_goes_by_the_error_probability():
    chief = replace(
        CHIEF,
        flagged=np.array([1, 1, 1, 1], dtype=bool),
        suggested=np.array([1, 0, 1, 0], dtype=np.int32),
        suspicion=np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32),
        error_probability=np.array([0.9, 0.5, 0.4999, 0.01], dtype=np.float32),
    )
    assert named(ranked(chief)) == ["high", "medium", "low", "low"]
    unflagged = replace(chief, flagged=np.zeros(4, dtype=bool))
    assert named(ranked(unflagged)) == [None] * 4


def test_two_chiefs_have_the_same_say():
    other = replace(CHIEF, error_probability=np.array([0.55, 0.3, NAN, NAN], dtype=np.float32))
    found = ranked(CHIEF, other)
    assert found.error_probability[:3].tolist() == pytest.approx([0.75, 0.2, 0.6])


def test_rows_without_an_opinion_come_last():
    found = ranked(CHIEF, CL)
    assert np.isnan(found.suspicion[3])
    assert np.isnan(found.error_probability[3])
    assert found.order.tolist() == [0, 2, 1, 3]


def test_ties_are_ordered_by_id_and_not_by_position():
    level = scores("label-posterior", [0.5] * 4, [0] * 4, [-1] * 4, [0.2] * 4)
    turned = replace(FOUR, row_id=FOUR.row_id[::-1].copy())
    assert ranked(level, data=turned).order.tolist() == [3, 2, 1, 0]


def test_without_a_chief_the_mean_of_the_models_ranks_and_their_flags_hold():
    data = noisy(n=300)
    dataset = bare_dataset(data.y, 3)
    evidence = Evidence(pred_probs=data.pred_probs)
    one = scores("confident-learning", np.linspace(0, 1, 300), data.wrong, np.full(300, -1))
    other = scores("loss-percentile", np.linspace(1, 0, 300), ~data.wrong, np.full(300, -1))
    found = ranked(one, other, data=dataset, evidence=evidence)
    assert found.suspicion == pytest.approx(np.full(300, 0.5), abs=1e-6)
    assert np.array_equal(found.flagged, data.wrong)
    expected = calibrate(data.pred_probs, data.y).error_probability
    assert found.error_probability == pytest.approx(expected, abs=1e-6)


def test_a_flag_of_copies_raises_a_row_to_where_its_share_is_the_error_probability():
    found = ranked(CHIEF, copies([NAN, 0.5, NAN, NAN], [0, 1, 0, 0]))
    assert found.error_probability.tolist()[:3] == pytest.approx([0.95, 0.5, 0.6])
    assert found.order.tolist() == [0, 2, 1, 3]
    assert found.flagged.tolist() == [True, True, True, False]
    above = ranked(CHIEF, copies([NAN, 0.75, NAN, NAN], [0, 1, 0, 0]))
    assert above.order.tolist() == [0, 1, 2, 3]
    most = ranked(CHIEF, copies([NAN, 0.99, NAN, NAN], [0, 1, 0, 0]))
    assert most.order.tolist() == [1, 0, 2, 3]
    assert most.suspicion[1] == 1


def test_copies_lower_no_row_and_raise_none_they_do_not_flag():
    lower = ranked(CHIEF, copies([0.5, NAN, NAN, NAN], [1, 0, 0, 0]))
    assert lower.error_probability[0] == pytest.approx(0.95)
    assert lower.suspicion[0] == pytest.approx(0.9)
    unflagged = ranked(CHIEF, copies([NAN, 0.4, NAN, NAN], [0, 0, 0, 0]))
    assert unflagged.error_probability[1] == pytest.approx(0.1)
    assert not unflagged.flagged[1]


def test_a_row_that_no_model_judged_has_the_opinion_of_copies():
    found = ranked(CHIEF, copies([NAN, NAN, NAN, 0.5], [0, 0, 0, 1]))
    assert found.error_probability[3] == 0.5
    assert found.order.tolist() == [0, 2, 3, 1]
    harmless = ranked(CHIEF, copies([NAN, NAN, NAN, 0.0], [0, 0, 0, 0]))
    assert harmless.error_probability[3] == 0
    assert harmless.order.tolist() == [0, 2, 1, 3]


def test_copies_alone_rank_by_their_share():
    found = ranked(copies([0.5, 0.25, NAN, 0.75], [1, 0, 0, 1]))
    assert found.suspicion.tolist()[:2] == [0.5, 0.25]
    assert found.order.tolist() == [3, 0, 1, 2]
    assert found.flagged.tolist() == [True, False, False, True]


def test_a_tie_of_copies_is_of_low_severity_and_an_outvoted_row_is_not():
    tie = ranked(copies([0.95, 0.95, NAN, NAN], [1, 1, 0, 0]))
    assert named(tie) == ["low", "low", None, None]
    outvoted = ranked(copies([0.95, 0.5, NAN, NAN], [1, 1, 0, 0], [1, 0, -1, -1]))
    assert named(outvoted) == ["high", "medium", None, None]
    also_by_models = ranked(CHIEF, copies([0.5, NAN, NAN, NAN], [1, 0, 0, 0]))
    assert named(also_by_models)[0] == "high"


def test_agreeing_neighbours_raise_nothing_although_they_need_no_pred_probs():
    assert not raises(CATALOG["neighbor-agreement"])
    assert raises(CATALOG["duplicates"])
    assert not raises(CATALOG["label-posterior"])
    found = ranked(CHIEF, NEAR)
    assert np.isnan(found.suspicion[3])
    assert not found.flagged[1]
    assert found.error_probability[1] == pytest.approx(0.1)


def test_a_stranger_that_needs_no_model_raises_too():
    spec = Spec("theirs", "of another package", ("features",), "preview", "x:Y")
    theirs = scores("theirs", [NAN, 0.7, NAN, NAN], [0, 1, 0, 0], [-1, 0, -1, -1])
    found = rank(FOUR, BARE, [CHIEF, theirs], {**CATALOG, "theirs": spec})
    assert found.flagged[1]
    assert found.error_probability[1] == pytest.approx(0.7)


def test_the_suggestion_of_copies_comes_first_then_the_chiefs_then_whoevers():
    voted = copies([NAN, 0.9, NAN, NAN], [0, 1, 0, 0], [-1, 0, -1, -1])
    three = replace(FOUR, classes=("a", "b", "c"))
    chief = replace(
        CHIEF,
        flagged=np.array([1, 1, 1, 0], dtype=bool),
        suggested=np.array([2, 2, -1, -1], dtype=np.int32),
    )
    found = ranked(CL, chief, LOSS, NEAR, voted, data=three)
    assert found.suggested.tolist() == [2, 0, 1, 0]


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(2, 60),
    share=st.floats(0, 1),
    judged=st.floats(0, 1),
    levels=st.sampled_from([2, 5, 1000]),
)
def test_the_order_is_that_of_the_error_probability_whatever_copies_say(
    seed, n, share, judged, levels
):
    """A row further down is never more probably wrong."""
    random = np.random.default_rng(seed)
    log_odds = np.sort(random.normal(size=n))
    errors = np.sort(random.integers(0, levels + 1, n) / levels)
    shuffle = random.permutation(n)
    suspicion = (0.5 + log_odds / (4 + np.abs(log_odds)) / 2)[shuffle]
    errors = errors[shuffle]
    unjudged = random.random(n) > judged
    suspicion[unjudged], errors[unjudged] = NAN, NAN
    chief = scores("label-posterior", suspicion, errors > 0.33, np.full(n, -1), errors)
    copied = random.random(n) < share
    votes = np.where(copied, random.integers(0, 8, n) / 8, NAN)
    duplicates = scores("duplicates", votes, copied & (votes >= 0.5), np.full(n, -1))
    found = ranked(chief, duplicates, data=bare_dataset(np.zeros(n, np.int32), 2))
    known = np.isfinite(found.suspicion)
    assert np.array_equal(known, np.isfinite(found.error_probability))
    assert sorted(found.order.tolist()) == list(range(n))
    in_order = found.order[: known.sum()]
    assert known[in_order].all()
    assert (np.diff(found.suspicion[in_order]) <= 0).all()
    assert (np.diff(found.error_probability[in_order]) <= 0).all()
    assert ((found.suspicion[known] >= 0) & (found.suspicion[known] <= 1)).all()
    flagged_copies = duplicates.flagged
    assert (found.error_probability[flagged_copies] >= duplicates.suspicion[flagged_copies]).all()
    assert found.flagged[flagged_copies].all()


def test_what_the_probabilities_rest_on_is_that_of_the_chief():
    data = noisy(n=300)
    dataset, evidence = bare_dataset(data.y, 3), Evidence(pred_probs=data.pred_probs)
    chief = LabelPosterior().score(dataset, evidence)
    told = calibration_of([CL, chief], dataset, evidence)
    assert told.sharpness == chief.details["sharpness"]
    assert told.noise_rates == chief.details["noise_rates"]
    worked_out = calibration_of([CL], dataset, evidence)
    assert worked_out.noise_rates == told.noise_rates
    assert worked_out.sharpness == told.sharpness


def test_without_pred_probs_the_probabilities_rest_on_nothing():
    assert calibration_of([NO_COPIES], FOUR, BARE) is None
    unjudged = Evidence(pred_probs=np.full((4, 2), NAN, np.float32))
    assert calibration_of([NO_COPIES], FOUR, unjudged) is None


def test_without_models_the_neighbours_rank_and_copies_flag():
    near = scores("neighbor-agreement", [0.9, 0.2, NAN, 0.4], [1, 0, 0, 0], [1, -1, -1, -1])
    tied = scores("duplicates", [NAN, 0.5, NAN, NAN], [0, 1, 0, 0], [-1, 0, -1, -1])
    ranking = rank(FOUR, BARE, [near, tied], CATALOG)
    assert np.isfinite(ranking.suspicion).tolist() == [True, True, False, True]
    assert ranking.flagged.tolist() == [False, True, False, False]
