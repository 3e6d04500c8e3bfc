from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon


@pytest.fixture(scope="module")
def compare(load):
    return load("quality_compare")


def test_holm_by_hand(compare):
    assert compare.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert compare.holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert compare.holm([]) == []


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_value_nor_changes_their_order(compare, p):
    corrected = compare.holm(p)
    assert all(p_value <= new <= 1 for p_value, new in zip(p, corrected, strict=True))
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(np.array(corrected)[order]) >= 0)
    assert corrected[order[0]] == min(1, len(p) * min(p))


def test_the_interval_holds_the_ratio_and_narrows_with_the_spread(compare):
    other = np.linspace(0.2, 0.8, 12)
    wide = compare.bootstrap_ratio(other * np.tile([1.0, 1.6], 6), other)
    narrow = compare.bootstrap_ratio(other * np.tile([1.28, 1.32], 6), other)
    ratio = (other * np.tile([1.0, 1.6], 6)).mean() / other.mean()
    assert wide[0] < ratio < wide[1]
    assert narrow[1] - narrow[0] < (wide[1] - wide[0]) / 4
    assert compare.bootstrap_ratio(other * 1.25, other) == pytest.approx((1.25, 1.25))


def test_the_interval_is_the_same_every_time(compare):
    ours, other = np.array([0.3, 0.5, 0.9]), np.array([0.2, 0.6, 0.7])
    assert compare.bootstrap_ratio(ours, other) == compare.bootstrap_ratio(ours, other)


def test_there_is_no_interval_without_spread_or_ratio(compare):
    assert compare.bootstrap_ratio(np.array([1.0]), np.array([1.0])) == (None, None)
    assert compare.bootstrap_ratio(np.ones(3), np.zeros(3)) == (None, None)


def test_the_test_is_wilcoxons(compare):
    difference = np.array([0.1, 0.2, -0.05, 0.3, 0.4, 0.15])
    assert compare.signed_rank(difference) == wilcoxon(difference).pvalue
    assert compare.signed_rank(np.zeros(4)) == 1


def test_a_set_counts_once_however_many_settings_it_has(compare, record):
    records = [
        record("one", "labelaudit", rate=rate, auprc=0.9) for rate in (0.05, 0.1, 0.2, 0.4)
    ] + [record("two", "labelaudit", auprc=0.5)]
    assert compare.mean_over_sets(records, "labelaudit", "auprc") == pytest.approx(0.7)


def test_only_what_both_have_is_compared(compare, record):
    records = [
        record("one", "labelaudit", auprc=0.9),
        record("one", "labelaudit", rate=0.4, auprc=0.1),
        record("one", "tutorial-lr", auprc=0.6),
        record("two", "labelaudit", auprc=0.4),
        record("two", "tutorial-lr", auprc=0.5),
        record("three", "labelaudit", auprc=0.0),
    ]
    (found,) = compare.compare(records, "auprc", others=["tutorial-lr", "datalab"])
    assert (found.sets, found.mean_ours, found.mean_other) == pytest.approx((2, 0.65, 0.55))
    assert found.ratio == pytest.approx(0.65 / 0.55)
    assert found.mean_ratio == pytest.approx((0.9 / 0.6 + 0.4 / 0.5) / 2)
    assert (found.worst_set, found.worst_ratio) == ("two", pytest.approx(0.8))


def test_each_peer_is_corrected_for_the_others(compare, record):
    records = [
        record(f"set-{at}", pipeline, auprc=0.5 + lead * (1 + at / 10))
        for at in range(8)
        for pipeline, lead in (("labelaudit", 0.2), ("tutorial-lr", 0.0), ("tutorial-rf", 0.1))
    ]
    found = compare.compare(records, "auprc")
    assert [one.other for one in found] == ["tutorial-lr", "tutorial-rf"]
    assert [one.p for one in found] == pytest.approx([2 / 2**8] * 2)
    assert [one.p_holm for one in found] == pytest.approx([4 / 2**8] * 2)


def test_rate_0_has_no_errors_to_find(compare, record):
    records = [record("one", "labelaudit", rate=0.0), record("two", "labelaudit", "real text")]
    assert [one["set"] for one in compare.with_errors(records)] == ["two"]
