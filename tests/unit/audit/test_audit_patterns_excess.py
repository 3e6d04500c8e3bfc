from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, false_discovery_control, hypergeom

from labelaudit.audit.patterns_excess import (
    Tally,
    evidence,
    exact_p,
    lift,
    moments,
    p_values,
    q_values,
    tally,
)

STRATUM = st.integers(1, 60).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))
)
STRATA = st.lists(STRATUM, min_size=1, max_size=4)


def counts_of(strata, observed):
    """One cell; `observed` flags are put into it as the strata allow."""
    n, f, r = (np.array(part) for part in zip(*strata, strict=True))
    inside = np.minimum(r, f)
    for at in range(len(n)):
        most = int(observed - inside[:at].sum())
        inside[at] = int(np.clip(most, max(0, r[at] + f[at] - n[at]), min(r[at], f[at])))
    return Tally(r[None], inside[None], n, f)


@given(STRATUM, st.integers(0, 60))
def test_one_stratum_is_the_hypergeometric_tail(stratum, observed):
    n, f, r = stratum
    found = exact_p(observed, np.array([r]), np.array([n]), np.array([f]))
    assert found == pytest.approx(hypergeom(n, f, r).sf(observed - 1), abs=1e-9)


@given(STRATA, st.integers(0, 30))
def test_strata_add_up(strata, observed):
    n, f, r = (np.array(part) for part in zip(*strata, strict=True))
    pmf = np.ones(1)
    for one in strata:
        pmf = np.convolve(pmf, hypergeom(*one).pmf(np.arange(min(one[1:]) + 1)))
    found = exact_p(observed, r, n, f)
    assert found == pytest.approx(pmf[observed:].sum(), abs=1e-9)


def test_a_large_stratum_loses_nothing_by_cutting_its_tails():
    n, f, r = 200_000, 9_000, 5_000
    for observed in (225, 260, 300, 340):
        found = exact_p(observed, np.array([r]), np.array([n]), np.array([f]))
        assert found == pytest.approx(hypergeom(n, f, r).sf(observed - 1), rel=1e-6)


@given(STRATA, st.integers(0, 60))
def test_moments_are_those_of_the_hypergeometric(strata, observed):
    counts = counts_of(strata, observed)
    mean, variance = moments(counts)
    means, variances = [], []
    for n, f, r in strata:
        x = np.arange(min(f, r) + 1)
        pmf = hypergeom(n, f, r).pmf(x)
        means.append(pmf @ x)
        variances.append(pmf @ (x - means[-1]) ** 2)
    assert mean[0] == pytest.approx(sum(means), abs=1e-9)
    assert variance[0] == pytest.approx(sum(variances), abs=1e-9)
    assert 0 <= p_values(counts)[0] <= 1


def test_a_cell_is_tested_exactly_where_it_matters():
    n, f, r, observed = 1000, 50, 40, 9
    counts = Tally(*(np.array(part) for part in ([[r]], [[observed]], [n], [f])))
    assert p_values(counts)[0] == pytest.approx(hypergeom(n, f, r).sf(observed - 1))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_values_are_those_of_benjamini_and_hochberg(p):
    p = np.array(p)
    assert q_values(p) == pytest.approx(false_discovery_control(p, method="bh"))
    assert q_values(p, 3) == pytest.approx(np.minimum(1, 3 * q_values(p)))


def test_q_values_by_hand():
    assert q_values(np.array([0.04, 0.01, 0.5])) == pytest.approx([0.06, 0.03, 0.5])


def test_a_lift_compares_with_the_same_classes_elsewhere():
    # All of it of the noisy class, as noisy as that class elsewhere: no excess.
    counts = Tally(*(np.array(x) for x in ([[0, 100]], [[0, 20]], [900, 1100], [9, 220])))
    found = lift(counts, 0)
    assert found.expected == pytest.approx(20, rel=0.01)
    assert found.ratio == pytest.approx(1, rel=0.01)
    assert found.low < 1 < found.high


def test_the_interval_of_a_lift_covers_the_truth():
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        inside, outside = random.binomial(200, 0.15), random.binomial(2000, 0.05)
        counts = Tally(*(np.array(x) for x in ([[200]], [[inside]], [2200], [inside + outside])))
        found = lift(counts, 0)
        covered += found.low <= 3 <= found.high
    # 380 of 400 on average; a range that chance leaves once in a million.
    assert binom(400, 0.95).ppf(1e-6) <= covered


def test_a_stratum_without_rows_elsewhere_has_a_rate_all_the_same():
    counts = Tally(*(np.array(x) for x in ([[50]], [[10]], [50], [10])))
    found = lift(counts, 0)
    assert np.isfinite([found.expected, found.ratio, found.low, found.high]).all()
    assert found.expected > 0


def test_evidence_is_none_without_an_excess():
    assert evidence(np.array([5.0, 4.0, 20.0]), np.array([5.0, 8.0, 5.0]), 40.0) == pytest.approx(
        [0, 0, 20 * np.log(4) + 20 * np.log(20 / 35)]
    )


def test_a_tally_counts_rows_and_flags():
    cell = np.array([0, 0, 1, -1, 1])
    found = tally(cell, 2, np.array([0, 1, 1, 0, 1]), np.array([1, 0, 1, 1, 0], dtype=bool))
    assert found.rows.tolist() == [[1, 1], [0, 2]]
    assert found.flagged.tolist() == [[1, 0], [0, 1]]
    assert (found.all_rows.tolist(), found.all_flagged.tolist()) == ([2, 3], [2, 1])
    assert found.observed.tolist() == [1, 1]
