from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from audit_example import CASES
from hypothesis import given, settings
from hypothesis import strategies as st
from patterns_example import draw, flagged, rows_of

from labelaudit.audit.conditions import parse_condition
from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.patterns import FAMILIES, Q
from labelaudit.audit.patterns_judged import judged_rows_of
from labelaudit.audit.patterns_pairs import expected_pairs, find_pairs, pair_p_values
from labelaudit.audit.patterns_rows import ids_of_patterns, rows_of_pattern
from labelaudit.config import Settings
from labelaudit.errors import SettingError
from labelaudit.testing import example
from labelaudit.types import Pattern

N = 2400


def planted(seed=0, *, n=N):
    """Bad source, bad months, and pairs that are no pattern."""
    random = np.random.default_rng([seed, 9])
    source = random.integers(0, 8, n)
    days = random.integers(0, 300, n)
    when = np.datetime64("2024-01-01") + days.astype("timedelta64[D]")
    columns, y = rows_of(n, 3, seed, source=[f"s{one}" for one in source], when=when)
    rate = np.where(source == 2, 0.25, np.where(days > 240, 0.2, 0.05))
    flags = draw(seed, rate)
    return flagged(columns, flags, (y + 1 + random.integers(0, 2, n)) % 3, time="when")


def test_each_kind_is_found_and_the_greatest_excess_comes_first():
    case = planted()
    found = case.patterns(time="when")
    assert [one.kind for one in found[:2]] in (["slice", "time"], ["time", "slice"])
    assert ("source", "s2") in [one.conditions[0] for one in found if one.kind == "slice"]
    excess = [one.flagged - one.expected for one in found]
    assert excess == sorted(excess, reverse=True)
    for one in found:
        assert one.flagged == len(set(one.row_ids)) <= one.rows
        assert one.low <= one.lift <= one.high
        assert one.lift == pytest.approx(one.flagged / one.expected)
        assert 0 <= one.q_value <= Q


def test_the_rows_of_a_pattern_are_flagged_and_in_rank_order():
    case = planted()
    place = np.argsort(case.ranking.order)
    row = {name: at for at, name in enumerate(case.data.row_id)}
    for one in case.patterns(time="when"):
        rows = [row[name] for name in one.row_ids]
        assert case.ranking.flagged[rows].all()
        assert (np.diff(place[rows]) > 0).all()


@settings(max_examples=5)
@given(st.integers(0, 2**31))
def test_the_order_of_rows_has_no_say(seed):
    case = planted()
    assert case.shuffled(seed).patterns(time="when") == case.patterns(time="when")


def test_flags_at_random_make_no_pattern():
    random = np.random.default_rng(0)
    when = np.datetime64("2024-01-01") + random.integers(0, 300, 1200).astype("timedelta64[D]")
    found = 0
    for seed in range(20):
        columns, y = rows_of(1200, 4, seed, when=when)
        flags = draw(seed, np.array([0.02, 0.05, 0.1, 0.2])[y])
        suggested = (y + random.integers(1, 4, 1200)) % 4
        found += bool(flagged(columns, flags, suggested, time="when").patterns(time="when"))
    # Of 20, each at 5 %: more than 4 once in 400.
    assert found <= 4


def test_few_flags_make_no_pattern():
    columns, _ = rows_of(200, 3, 0)
    assert flagged(columns, np.arange(200) < 2).patterns() == ()
    assert flagged(columns, np.zeros(200)).patterns() == ()


def test_slices_can_be_left_out_and_chosen():
    case = planted()
    kinds = {one.kind for one in case.patterns(slice=("none",))}
    assert "slice" not in kinds
    chosen = case.patterns(slice=("shape",))
    assert not [one for one in chosen if one.kind == "slice"]
    found = [one.conditions for one in case.patterns(slice=("source",)) if one.kind == "slice"]
    assert found == [(("source", "s2"),)]


def test_a_slice_says_how_the_gate_holds_it():
    found = next(one for one in planted().patterns() if one.kind == "slice")
    text = found.note.partition("--fail-on '")[2].rstrip("'")
    condition = parse_condition(text)
    assert condition.slices == found.conditions
    assert condition.limit >= found.expected / found.rows
    assert condition.limit < found.flagged / found.rows


def test_rows_that_models_are_as_sure_of_are_compared_too():
    columns, y = rows_of(N, 2, 0)
    hard = np.random.default_rng(3).random(N) < 0.2
    columns["level"] = np.where(hard, "hard", "easy")
    case = flagged(columns, draw(0, np.where(hard, 0.3, 0.04)))
    assert [one.kind for one in case.patterns()][:1] == ["slice"]
    sure = np.where(hard, 0.6, 0.95).astype(np.float32)
    probs = np.column_stack([np.where(y == 0, sure, 1 - sure), np.where(y == 1, sure, 1 - sure)])
    judged = judged_rows_of(case.data, case.ranking, np.ones(N, dtype=bool), probs)
    assert len(judged.strata) == 2
    from labelaudit.audit.patterns import find_patterns

    everything = np.ones(N, dtype=bool)
    assert find_patterns(case.data, case.ranking, everything, Settings(), probs) == ()


# Pairs.


def test_pairs_are_fitted_with_their_margins_and_an_empty_diagonal():
    counts = np.array([[0, 30, 5, 6], [8, 0, 7, 9], [4, 5, 0, 6], [12, 8, 10, 0]])
    fitted = expected_pairs(counts)
    assert np.allclose(fitted.sum(axis=0), counts.sum(axis=0), atol=1e-4)
    assert np.allclose(fitted.sum(axis=1), counts.sum(axis=1), atol=1e-4)
    assert (np.diag(fitted) == 0).all()
    # Quasi-independence: odds ratios off the diagonal are 1.
    assert fitted[0, 2] * fitted[1, 3] == pytest.approx(fitted[0, 3] * fitted[1, 2], rel=1e-4)


def test_a_pair_is_found_and_others_are_not():
    random = np.random.default_rng(0)
    columns, y = rows_of(3000, 6, 0)
    flags = draw(0, np.full(3000, 0.15))
    suggested = (y + random.integers(1, 6, 3000)) % 6
    suggested = np.where((y == 1) & (random.random(3000) < 0.6), 4, suggested)
    found = find_pairs(flagged(columns, flags, suggested).judged, families=FAMILIES, q=Q)
    assert [one.name for one in found] == ["k1 given where k4 is suggested"]
    (one,) = found
    assert one.flagged == int((flags & (y == 1) & (suggested == 4)).sum())
    assert one.rows == int((y == 1).sum())
    assert one.low > 1
    assert one.lift == pytest.approx(one.flagged / one.expected)


def test_two_classes_have_no_pair_beyond_chance():
    columns, _ = rows_of(1000, 2, 0)
    assert find_pairs(flagged(columns, draw(0, np.full(1000, 0.2))).judged, families=5, q=Q) == ()


@pytest.mark.parametrize("k", [3, 5, 12])
def test_pairs_at_random_are_seldom_reported(k):
    random = np.random.default_rng(k)
    low = 0
    for _ in range(200):
        rows, columns = random.dirichlet(np.full(k, 3.0)), random.dirichlet(np.full(k, 3.0))
        cells = np.outer(rows, columns)
        np.fill_diagonal(cells, 0)
        counts = random.multinomial(150, (cells / cells.sum()).ravel()).reshape(k, k)
        p = pair_p_values(counts, expected_pairs(counts))
        tests = np.isfinite(p).sum()
        low += bool(tests) and bool(np.nanmin(p) * tests <= Q)
    # 10 of 200 on average, were the tests exact; 24 is beyond chance.
    assert low <= 23


# In a run.


def test_a_run_holds_its_patterns_and_a_blind_one_has_none():
    data, evidence = example(400)
    audit = audit_dataset(data, evidence=evidence)
    assert isinstance(audit.patterns, tuple)
    random = np.random.default_rng(0)
    blind = replace(evidence, pred_probs=random.dirichlet(np.ones(len(data.classes)), 400))
    blind = replace(blind, pred_probs=blind.pred_probs.astype(np.float32))
    audit = audit_dataset(data, evidence=blind)
    assert audit.summary.blind
    assert audit.patterns == ()


def test_columns_that_are_not_there_are_refused_before_anything_is_fitted():
    data, evidence = example(100)
    for wrong in (Settings(time="then"), Settings(slice=("sauce",))):
        with pytest.raises(SettingError, match="no column"):
            audit_dataset(data, wrong, evidence=evidence)


def pattern(*row_ids):
    return Pattern(
        "slice", "a = b", (("a", "b"),), 9, len(row_ids), 1.0, 2.0, 1.1, 3.0, 0.01, row_ids
    )


def test_the_rows_of_patterns_by_their_number():
    audit = CASES["plain"]()
    ids = [audit.row_id[row] for row in audit.order[audit.flagged[audit.order]]]
    audit = replace(audit, patterns=(pattern(*ids[:2]), pattern(ids[-1])))
    assert ids_of_patterns(audit, [1, 2]) == {*ids[:2], ids[-1]}
    assert [audit.row_id[row] for row in rows_of_pattern(audit, audit.patterns[0])] == ids[:2]
    with pytest.raises(SettingError, match="no pattern 3"):
        ids_of_patterns(audit, [3])
