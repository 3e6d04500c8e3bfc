from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.noise_rate import NARROW, WIDE, disagree, noise_range
from labelaudit.detectors.noise_rates import CENTRAL

BORNE_OUT = {
    "planted-strict": 0.05,
    "planted-wide": 0.09,
    "label-issues": 0.04,
    "em": 0.07,
    "confident-joint": 0.06,
    "em-calibrated": 0.08,
    "disagreement": 0.3,
}
shares = st.floats(0, 1)
complete = st.fixed_dictionaries(dict.fromkeys((*CENTRAL, "em-calibrated", "disagreement"), shares))
some = st.dictionaries(st.sampled_from([*BORNE_OUT, "flagged"]), shares, min_size=1)


def test_estimators_that_planted_errors_bear_out_give_a_narrow_range_around_their_median():
    rate = noise_range(BORNE_OUT)
    assert rate.estimate == 0.06
    assert rate.low < 0.06 < rate.high
    assert rate.high == pytest.approx(2 * rate.low)
    assert rate.basis == NARROW
    assert not disagree(rate)


def test_where_planted_errors_explain_little_the_range_covers_both_readings():
    rate = noise_range(BORNE_OUT | {"em-calibrated": 0.2})
    assert rate.basis == WIDE
    assert 0 < rate.low < BORNE_OUT["planted-strict"]
    assert rate.high == BORNE_OUT["disagreement"]
    assert rate.estimate == 0.06
    assert disagree(rate)


def test_planted_errors_that_find_hardly_any_others_allow_for_none():
    rate = noise_range(BORNE_OUT | {"planted-strict": 0.004, "em-calibrated": 0.2})
    assert rate.low == 0
    assert rate.high == 0.3


def test_the_upper_end_is_never_below_what_planted_errors_tell():
    low = {"planted-strict": 0.3, "em-calibrated": 0.9, "disagreement": 0.0, "confident-joint": 0.0}
    rate = noise_range(BORNE_OUT | low)
    assert rate.low == rate.estimate == rate.high == pytest.approx(0.24)


def test_without_planted_errors_the_range_is_that_of_the_estimators_that_model_noise():
    rate = noise_range({"a": 0.1, "b": 0.02, "c": 0.04, "disagreement": 0.5})
    assert (rate.estimate, rate.low, rate.high, rate.basis) == (0.04, 0.02, 0.1, WIDE)
    assert disagree(rate)
    assert not disagree(noise_range({"a": 0.1, "b": 0.06}))


def test_a_single_estimator_is_its_own_range():
    for name in ("flagged", "disagreement"):
        rate = noise_range({name: 0.25})
        assert (rate.estimate, rate.low, rate.high) == (0.25, 0.25, 0.25)


def test_nothing_known_stays_unknown():
    assert math.isnan(noise_range({"flagged": math.nan}).estimate)


@given(complete | some)
def test_the_estimate_lies_in_its_range_and_the_range_in_what_a_share_can_be(estimates):
    rate = noise_range(estimates)
    assert 0 <= rate.low <= rate.estimate <= rate.high <= 1
    assert rate.basis in {NARROW, WIDE}


@given(complete)
def test_a_narrow_range_is_no_disagreement_unless_it_is_cut(estimates):
    rate = noise_range(estimates)
    if rate.basis == NARROW:
        assert not disagree(rate)
