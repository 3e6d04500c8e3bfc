from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.noise_rate import ALONE, BLURRED, NARROW, WIDE, disagree, noise_range
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
    low = {"planted-strict": 0.3, "em-calibrated": 1.0, "disagreement": 0.0, "confident-joint": 0.0}
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


def test_between_both_readings_the_range_goes_over_bit_by_bit():
    rates = [
        noise_range(BORNE_OUT | {"em-calibrated": 0.05 / explained})
        for explained in (0.35, 0.4, 0.42, 0.45, 0.48, 0.5, 0.51)
    ]
    highs = [one.high for one in rates]
    assert highs == sorted(highs, reverse=True)
    assert rates[0].high == pytest.approx(rates[1].high)
    assert rates[-2].high == rates[-1].high == pytest.approx(0.078)
    assert max(one - two for one, two in pairwise(highs)) < 0.08
    assert [one.basis for one in rates] == [WIDE] * 5 + [NARROW] * 2


def test_planted_errors_that_hardly_stand_out_lower_the_rate_and_its_low_end():
    rates = [noise_range(BORNE_OUT, separation) for separation in (0.95, 0.86, 0.8, 0.75, 0.6)]
    assert rates[0] == noise_range(BORNE_OUT)
    assert [one.basis for one in rates] == [NARROW, NARROW, BLURRED, BLURRED, BLURRED]
    for better, worse in pairwise(rates):
        assert worse.low <= better.low
        assert worse.estimate <= better.estimate
        assert worse.high == better.high
    assert rates[-1].estimate == pytest.approx(0.03)
    assert rates[-1].low < 0.01
    assert disagree(rates[-1])


separations = st.floats(0, 1) | st.just(math.nan)


@given(complete | some, separations)
def test_the_estimate_lies_in_its_range_and_the_range_in_what_a_share_can_be(estimates, separation):
    rate = noise_range(estimates, separation)
    assert 0 <= rate.low <= rate.estimate <= rate.high <= 1
    assert rate.basis in {NARROW, WIDE, BLURRED, ALONE}


def test_one_estimator_gives_no_range():
    for alone in ({"em": 0.04}, {"em": 0.04, "disagreement": 0.3}, {"disagreement": 0.04}):
        rate = noise_range(alone)
        assert (rate.estimate, rate.low, rate.high, rate.basis) == (0.04, 0.04, 0.04, ALONE)


@given(complete, separations)
def test_a_narrow_range_is_no_disagreement_unless_it_is_cut(estimates, separation):
    rate = noise_range(estimates, separation)
    if rate.basis == NARROW:
        assert not disagree(rate)
