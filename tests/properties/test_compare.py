"""Comparing runs: counts add up, the order of rows has no say, a run equals itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from audit_example import example_audit
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.compare import compare_runs
from labelaudit.data.identity import row_ids
from labelaudit.types import Column, Role, Schema

CLASSES = ("a", "b", "c")
KINDS = ("new", "regressed", "fixed", "cleared", "still", "still_changed", "gone")


@st.composite
def audits(draw, *, by_id):
    """A small run; the content of rows repeats, ids do not."""
    n = draw(st.integers(1, 12))
    content = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    names = draw(st.lists(st.integers(0, 15), min_size=n, max_size=n, unique=True))
    given = draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n))
    flags = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    y = np.array(given, dtype=np.int32)
    fingerprint = np.array(content, dtype=np.uint64)
    columns = [Column("label", Role.LABEL, "name"), Column("id", Role.ID, "name")]
    named = np.array([f"r{name}" for name in names], dtype=object)
    row_id = named if by_id else row_ids(fingerprint, y)
    order = np.argsort(row_id, kind="stable")
    return replace(
        example_audit((), classes=CLASSES, n=n),
        schema=Schema(tuple(columns[: 1 + by_id])),
        row_id=row_id,
        fingerprint=fingerprint,
        given=y,
        suspicion=np.where(y < 0, np.nan, 0.5).astype(np.float32),
        flagged=np.array(flags) & (y >= 0),
        order=order,
    )


PAIRS = st.booleans().flatmap(lambda by_id: st.tuples(audits(by_id=by_id), audits(by_id=by_id)))


def told(before, after):
    """What a comparison says, without positions."""
    found = compare_runs(before, after)
    rows = {
        kind: sorted((before if kind == "gone" else after).row_id[getattr(found, kind)])
        for kind in KINDS
    }
    # As text, in which NaN equals itself.
    return rows, found.movement, repr([found.before, found.after, found.difference])


@given(PAIRS)
def test_a_run_does_not_differ_from_itself(pair):
    run = pair[0]
    found = compare_runs(run, run)
    assert {kind for kind in KINDS if len(getattr(found, kind))} <= {"still"}
    assert len(found.still) == run.flagged.sum()
    assert found.movement.moved == ()
    assert (found.movement.added, found.movement.removed) == (0, 0)
    assert not found.difference.estimate > 0


@given(PAIRS)
def test_counts_add_up(pair):
    before, after = pair
    found = compare_runs(before, after)
    size = {kind: len(getattr(found, kind)) for kind in KINDS}
    staying = size["still"] + size["still_changed"]
    assert staying + size["fixed"] + size["cleared"] + size["gone"] == before.flagged.sum()
    assert staying + size["new"] + size["regressed"] == after.flagged.sum()
    movement = found.movement
    assert movement.common + movement.added == len(after.given)
    assert movement.common + movement.removed == len(before.given)
    assert (found.twin >= 0).sum() == movement.common
    twins = found.twin[found.twin >= 0]
    assert len(set(twins.tolist())) == len(twins)


@given(PAIRS)
def test_forth_is_back_the_other_way_round(pair):
    forth, back = compare_runs(*pair), compare_runs(*reversed(pair))
    assert len(forth.fixed) == len(back.regressed)
    assert len(forth.still_changed) == len(back.still_changed)
    moved = Counter({(one.before, one.after): one.rows for one in forth.movement.moved})
    assert moved == Counter({(one.after, one.before): one.rows for one in back.movement.moved})


@given(audits(by_id=True), audits(by_id=True), st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_say(before, after, random):
    expected = told(before, after)
    for _turn in range(2):
        order = list(range(len(after.given)))
        random.shuffle(order)
        mixed = replace(
            after,
            row_id=after.row_id[order],
            fingerprint=after.fingerprint[order],
            given=after.given[order],
            suspicion=after.suspicion[order],
            flagged=after.flagged[order],
            order=np.argsort(after.row_id[order], kind="stable"),
        )
        assert told(before, mixed) == expected
        before, after = mixed, before
        expected = told(before, after)


@given(audits(by_id=False), audits(by_id=False), st.randoms(use_true_random=False))
def test_without_ids_neither(before, after, random):
    order = list(range(len(after.given)))
    random.shuffle(order)
    # A row keeps its number, as a file sorted otherwise gives it to a row just like it.
    mixed = replace(
        after,
        row_id=after.row_id[order],
        fingerprint=after.fingerprint[order],
        given=after.given[order],
        suspicion=after.suspicion[order],
        flagged=after.flagged[order],
        order=np.argsort(after.row_id[order], kind="stable"),
    )
    assert told(before, mixed) == told(before, after)


@given(audits(by_id=False), audits(by_id=False))
def test_no_label_moves_that_can_stay(before, after):
    """Of rows of one content, as many as can are matched with one of the same label."""
    moved = sum(one.rows for one in compare_runs(before, after).movement.moved)
    sides = []
    for run in (before, after):
        keys = list(zip(run.fingerprint.tolist(), run.given.tolist(), strict=True))
        sides.append((Counter(keys), Counter(run.fingerprint.tolist())))
    staying = sum((sides[0][0] & sides[1][0]).values())
    assert moved == sum((sides[0][1] & sides[1][1]).values()) - staying
