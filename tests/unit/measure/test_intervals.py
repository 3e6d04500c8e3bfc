from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from labelaudit.measure.intervals import (
    CONFIDENCE,
    Tally,
    clopper_pearson,
    missed,
    noise_rate,
    precision,
)

CONFIDENCES = st.sampled_from([0.8, 0.95, 0.975, 0.9875, 0.999])


@st.composite
def tallies(draw, least=0):
    population = draw(st.integers(least, 5000))
    reviewed = draw(st.integers(0, min(population, 400)))
    return Tally(population, reviewed, draw(st.integers(0, reviewed)))


@given(st.integers(1, 500), st.data(), CONFIDENCES)
def test_clopper_pearson_is_that_of_scipy(trials, data, confidence):
    successes = data.draw(st.integers(0, trials))
    ours = clopper_pearson(successes, trials, confidence)
    theirs = binomtest(successes, trials).proportion_ci(confidence, method="exact")
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(tallies(least=1), CONFIDENCES)
def test_bounds_hold_the_share_and_what_is_certain(tally, confidence):
    low, high = tally.bounds(confidence)
    assert 0 <= low <= high <= 1
    assert low >= tally.wrong / tally.population - 1e-12
    assert high <= 1 - (tally.reviewed - tally.wrong) / tally.population + 1e-12
    if tally.reviewed:
        assert low - 1e-12 <= tally.share <= high + 1e-12


@given(st.integers(1, 300), st.data())
def test_a_stratum_judged_completely_is_known(population, data):
    wrong = data.draw(st.integers(0, population))
    tally = Tally(population, population, wrong)
    assert tally.complete
    assert tally.bounds(CONFIDENCE) == pytest.approx((wrong / population,) * 2)


def test_far_from_complete_the_bounds_are_clopper_pearson():
    theirs = binomtest(30, 150).proportion_ci(CONFIDENCE, method="exact")
    assert Tally(100_000, 150, 30).bounds(CONFIDENCE) == pytest.approx((theirs.low, theirs.high))


@given(st.integers(1, 60), st.integers(2, 5), st.data())
def test_more_answers_of_the_same_kind_make_it_narrower(reviewed, times, data):
    wrong = data.draw(st.integers(0, reviewed))
    few = precision(Tally(10_000, reviewed, wrong))
    many = precision(Tally(10_000, times * reviewed, times * wrong))
    assert many.high - many.low < few.high - few.low


@given(tallies(least=1), st.lists(tallies(), min_size=1, max_size=3))
def test_every_rate_holds_its_estimate(flagged, unflagged):
    rates = [precision(flagged), missed(flagged, unflagged), noise_rate([flagged, *unflagged])]
    for rate in rates:
        if rate.basis == "no label is wrong":
            assert math.isnan(rate.low)
            continue
        assert 0 <= rate.low <= rate.high <= 1
        if not math.isnan(rate.estimate):
            assert rate.low - 1e-9 <= rate.estimate <= rate.high + 1e-9


@given(tallies(least=1), tallies(least=1))
def test_combined_bounds_are_those_of_the_parts_by_bonferroni(flagged, unflagged):
    rate = missed(flagged, [unflagged])
    open_parts = [part for part in (flagged, unflagged) if not part.complete]
    confidence = 1 - (1 - CONFIDENCE) / max(1, len(open_parts))
    f_low, f_high = (flagged.population * end for end in flagged.bounds(confidence))
    u_low, u_high = (unflagged.population * end for end in unflagged.bounds(confidence))
    if u_high or f_high:
        assert rate.low == pytest.approx(u_low / (u_low + f_high) if u_low else 0)
        assert rate.high == pytest.approx(u_high / (u_high + f_low) if u_high else 0)
    else:
        assert math.isnan(rate.low)
        assert math.isnan(rate.high)
    noise = noise_rate([flagged, unflagged])
    total = flagged.population + unflagged.population
    assert noise.low == pytest.approx((f_low + u_low) / total)
    assert noise.high == pytest.approx((f_high + u_high) / total)


def test_figures_worked_out_by_hand():
    flagged, unflagged = Tally(100, 50, 25), Tally(900, 100, 10)
    assert precision(flagged).estimate == 0.5
    assert missed(flagged, [unflagged]).estimate == pytest.approx(90 / 140)
    assert noise_rate([flagged, unflagged]).estimate == pytest.approx(0.14)
    assert "Bonferroni: conservative" in missed(flagged, [unflagged]).basis


def test_everything_judged_leaves_points_and_says_so():
    flagged, unflagged = Tally(20, 20, 15), Tally(80, 80, 5)
    for rate, value in (
        (precision(flagged), 0.75),
        (missed(flagged, [unflagged]), 0.25),
        (noise_rate([flagged, unflagged]), 0.2),
    ):
        assert (rate.low, rate.estimate, rate.high) == pytest.approx((value,) * 3)
        assert rate.basis.startswith("every ")


def test_a_part_that_is_known_takes_no_share_of_the_error():
    rate = missed(Tally(20, 20, 15), [Tally(80, 40, 4)])
    low, high = Tally(80, 40, 4).bounds(CONFIDENCE)
    assert rate.low == pytest.approx(80 * low / (80 * low + 15))
    assert rate.high == pytest.approx(80 * high / (80 * high + 15))
    assert rate.basis == "95 % Clopper-Pearson interval"


def test_nothing_or_everything_flagged():
    nothing, everything = Tally(0, 0, 0), Tally(50, 10, 5)
    assert math.isnan(precision(nothing).low)
    assert missed(nothing, [everything]).low == 1
    assert missed(everything, [nothing]).high == 0
    assert noise_rate([nothing, everything]).estimate == 0.5


def test_no_wrong_label_found_leaves_the_share_missed_open():
    rate = missed(Tally(100, 20, 0), [Tally(900, 20, 0)])
    assert math.isnan(rate.estimate)
    assert (rate.low, rate.high) == (0, 1)


def test_a_stratum_nobody_looked_at_may_hold_anything():
    rate = noise_rate([Tally(100, 0, 0), Tally(900, 300, 0)])
    assert math.isnan(rate.estimate)
    assert rate.high >= 0.1
