"""What changed from one run to another, or from one state of the labels to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.summarise import wilson
from labelaudit.audit.tables import label_text
from labelaudit.errors import RunError
from labelaudit.types import Rate, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import Audit

    Rows = NDArray[np.int64]

NEWCOMBE = "95 % Newcombe hybrid score interval"
_NO_LABEL = -1


@dataclass(frozen=True)
class Move:
    """How many rows had one label before and another after; None stands for no label."""

    before: str | None
    after: str | None
    rows: int


@dataclass(frozen=True)
class Movement:
    """What became of the rows and their labels, whatever was flagged.

    Attributes
    ----------
    common, added, removed : int
        Rows on both sides, only after, only before.
    changed_content : int
        Rows on both sides, by their id, whose other cells differ.
    moved : tuple of Move
        Most frequent first, then by the labels.
    """

    common: int
    added: int
    removed: int
    changed_content: int
    moved: tuple[Move, ...]

    @property
    def relabelled(self) -> int:
        """Rows on both sides whose label differs."""
        return sum(one.rows for one in self.moved)


@dataclass(frozen=True)
class Comparison:
    """What changed between two runs.

    Rows are positions in the later run, in its ranking; those of `gone` are positions in
    the earlier one, in the ranking of that.

    Attributes
    ----------
    new : ndarray of int64
        Flagged now, and not before or not there before; the label is the same.
    regressed : ndarray of int64
        Flagged now and not before; the label changed.
    fixed : ndarray of int64
        Flagged before and not now; the label changed.
    cleared : ndarray of int64
        Flagged before and not now; the label is the same.
    still, still_changed : ndarray of int64
        Flagged both times; with the same label, and with another one.
    gone : ndarray of int64
        Flagged before; the row is not there any more.
    twin : ndarray of int64, shape (rows of the later run,)
        Where each row was in the earlier run; -1 where it was not.
    movement : Movement
    before, after : Rate
        Share of the judged rows flagged, with its Wilson interval.
    difference : Rate
        `after` minus `before`, in [-1, 1]; see `newcombe`.
    """

    new: Rows
    regressed: Rows
    fixed: Rows
    cleared: Rows
    still: Rows
    still_changed: Rows
    gone: Rows
    twin: Rows
    movement: Movement
    before: Rate
    after: Rate
    difference: Rate


@dataclass(frozen=True)
class VersionChange:
    """What changed between two versions of labels and weights.

    Attributes
    ----------
    movement : Movement
    reweighted : int
        Rows on both sides whose weight differs.
    mean_before, mean_after : float
        Their mean weight; NaN where there is none.
    """

    movement: Movement
    reweighted: int
    mean_before: float
    mean_after: float


def compare_runs(before: Audit, after: Audit) -> Comparison:
    """Compare two runs row by row.

    Rows are matched by the id column. Without one they are matched by content: first those
    of the same content and label, then those of the same content. The order of the rows has
    no say.

    Parameters
    ----------
    before, after : Audit

    Returns
    -------
    Comparison

    Raises
    ------
    RunError
        When the runs took other columns for the id or the label.
    """
    import numpy as np

    for role in (Role.ID, Role.LABEL):
        _check_same_column(before, after, role)
    names, (then, now) = _codes((before.classes, before.given), (after.classes, after.given))
    by_id = after.schema.one(Role.ID) is not None
    twin = _twins(
        (before.row_id, before.fingerprint, then), (after.row_id, after.fingerprint, now), by_id
    )
    there = twin >= 0
    was, changed = np.zeros((2, len(twin)), dtype=bool)
    was[there] = before.flagged[twin[there]]
    changed[there] = then[twin[there]] != now[there]
    staying = np.zeros(len(then), dtype=bool)
    staying[twin[there]] = True
    flagged = after.flagged

    def ranked(rows: NDArray[np.bool_]) -> Rows:
        return after.order[rows[after.order]]

    return Comparison(
        new=ranked(flagged & ~was & ~changed),
        regressed=ranked(flagged & ~was & changed),
        fixed=ranked(~flagged & was & changed),
        cleared=ranked(~flagged & was & ~changed),
        still=ranked(flagged & was & ~changed),
        still_changed=ranked(flagged & was & changed),
        gone=before.order[(before.flagged & ~staying)[before.order]],
        twin=twin,
        movement=_movement(names, then, now, twin, (before.fingerprint, after.fingerprint)),
        before=wilson(*flagged_of(before)),
        after=wilson(*flagged_of(after)),
        difference=newcombe(*flagged_of(after), *flagged_of(before)),
    )


def compare_versions(before: pa.Table, after: pa.Table) -> VersionChange:
    """Compare two versions of labels and weights row by row.

    Parameters
    ----------
    before, after : pyarrow.Table
        Columns row_id, fingerprint, label (null = missing), weight. Rows are matched as by
        `compare_runs`; they go by content where their ids are made of it.

    Returns
    -------
    VersionChange
    """
    import numpy as np

    def keys(table: pa.Table) -> tuple[NDArray[np.object_], NDArray[np.uint64]]:
        ids = table.column("row_id").to_numpy(zero_copy_only=False)
        return ids, table.column("fingerprint").to_numpy().astype(np.uint64)

    sides = [keys(before), keys(after)]
    encoded = [_encoded(table.column("label")) for table in (before, after)]
    names, (then, now) = _codes(*encoded)
    by_id = not all(_made_of_content(*side) for side in sides)
    twin = _twins((*sides[0], then), (*sides[1], now), by_id)
    there = twin >= 0
    weights = [
        table.column("weight").to_numpy(zero_copy_only=False).astype(np.float64)
        for table in (before, after)
    ]
    first, second = weights[0][twin[there]], weights[1][there]
    differs = (first != second) & ~(np.isnan(first) & np.isnan(second))
    return VersionChange(
        movement=_movement(names, then, now, twin, (sides[0][1], sides[1][1])),
        reweighted=int(differs.sum()),
        mean_before=float(first[differs].mean()) if differs.any() else float("nan"),
        mean_after=float(second[differs].mean()) if differs.any() else float("nan"),
    )


def judged_of(audit: Audit) -> NDArray[np.bool_]:
    """Tell which rows have a label and an opinion, shape (n,)."""
    import numpy as np

    judged: NDArray[np.bool_] = (audit.given >= 0) & np.isfinite(audit.suspicion)
    return judged


def flagged_of(audit: Audit) -> tuple[int, int]:
    """Give how many rows are flagged, and of how many judged."""
    return int(audit.flagged.sum()), int(judged_of(audit).sum())


def newcombe(successes: int, trials: int, other_successes: int, other_trials: int) -> Rate:
    """Give the difference of two shares with its 95 % interval.

    The interval takes the shares as independent. Where the same rows stand behind both, it
    is wider than it need be: it errs on the side of "not shown".

    Parameters
    ----------
    successes, trials : int
        Not negative; `successes` at most `trials`.
    other_successes, other_trials : int
        The same of the share that is taken away.

    Returns
    -------
    Rate
        In [-1, 1]; NaN throughout where either side has no trial.

    References
    ----------
    Newcombe: Interval Estimation for the Difference between Independent Proportions, 1998,
    method 10.
    """
    from math import hypot

    one, other = wilson(successes, trials), wilson(other_successes, other_trials)
    difference = one.estimate - other.estimate
    below = hypot(one.estimate - one.low, other.high - other.estimate)
    above = hypot(one.high - one.estimate, other.estimate - other.low)
    return Rate(difference, difference - below, difference + above, NEWCOMBE)


def _check_same_column(before: Audit, after: Audit, role: Role) -> None:
    then, now = before.schema.one(role), after.schema.one(role)
    if then == now:
        return
    named = ["no column" if one is None else f"column {one!r}" for one in (then, now)]
    raise RunError(
        f"the earlier run took {named[0]} for the {role}, the later one {named[1]}",
        where=f"{before.source.path}, {after.source.path}",
        hint=f"run `labelaudit detect` again with the same --{role}",
    )


def _codes(
    *sides: tuple[Sequence[object], NDArray[np.int32]],
) -> tuple[list[str], list[NDArray[np.int64]]]:
    """Give the labels of all sides one code each, by their text; -1 stays -1."""
    import numpy as np

    names = sorted({label_text(label) for classes, _ in sides for label in classes})  # type: ignore[arg-type]
    place = {name: code for code, name in enumerate(names)}
    coded = []
    for classes, given in sides:
        own = [place[label_text(label)] for label in classes]  # type: ignore[arg-type]
        # The last element is what -1 picks.
        coded.append(np.array([*own, _NO_LABEL], dtype=np.int64)[given])
    return names, coded


def _encoded(labels: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int32]]:
    import numpy as np
    import pyarrow as pa

    chunk = pa.chunked_array(labels.chunks, labels.type).combine_chunks()
    encoded = chunk.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return encoded.dictionary.to_pylist(), codes.astype(np.int32)


def _made_of_content(row_id: NDArray[np.object_], fingerprint: NDArray[np.uint64]) -> bool:
    """Tell whether the ids are those that `row_ids` of the data layer makes."""
    return all(
        name.startswith(f"{content:016x}#")
        for name, content in zip(row_id.tolist(), fingerprint.tolist(), strict=True)
    )


_Side = tuple["NDArray[np.object_]", "NDArray[np.uint64]", "NDArray[np.int64]"]


def _twins(before: _Side, after: _Side, by_id: bool) -> Rows:  # noqa: FBT001
    """Find for each row after its row before; -1 where there is none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if by_id:
        ids = pa.array(after[0], pa.string())
        found = pc.index_in(ids, value_set=pa.array(before[0], pa.string()))
        place: Rows = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return place
    twin = np.full(len(after[0]), -1, dtype=np.int64)
    free_before, free_after = np.arange(len(before[0])), np.arange(len(after[0]))
    for with_label in (True, False):
        ours, theirs = _paired(
            [values[free_before] for values in before],
            [values[free_after] for values in after],
            with_label=with_label,
        )
        twin[free_after[theirs]] = free_before[ours]
        free_before = np.delete(free_before, ours)
        free_after = np.delete(free_after, theirs)
    return twin


def _paired(
    before: Sequence[NDArray[np.generic]],
    after: Sequence[NDArray[np.generic]],
    *,
    with_label: bool,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair the k-th row of a content (and label) before with the k-th of it after."""
    import numpy as np

    n = len(before[0])
    row_id, content, label = (
        np.concatenate([one, other]) for one, other in zip(before, after, strict=True)
    )
    later = np.arange(len(row_id)) >= n
    label = label if with_label else np.zeros_like(label)
    place = np.empty(len(row_id), dtype=np.int64)
    place[np.argsort(row_id, kind="stable")] = np.arange(len(row_id))
    order = np.lexsort((place, later, label, content))
    fresh = np.ones((2, len(order)), dtype=bool)
    same = (content[order][1:] == content[order][:-1]) & (label[order][1:] == label[order][:-1])
    fresh[0, 1:] = ~same
    fresh[1, 1:] = ~same | (later[order][1:] != later[order][:-1])
    starts = np.flatnonzero(fresh[1])
    lengths = np.diff(np.append(starts, len(order)))
    number = np.arange(len(order)) - np.repeat(starts, lengths)
    key = np.empty(len(order), dtype=np.int64)
    key[order] = (np.cumsum(fresh[0]) - 1) * (len(order) + 1) + number
    _, ours, theirs = np.intersect1d(key[:n], key[n:], assume_unique=True, return_indices=True)
    return ours, theirs


def _movement(
    names: Sequence[str],
    then: NDArray[np.int64],
    now: NDArray[np.int64],
    twin: Rows,
    content: tuple[NDArray[np.uint64], NDArray[np.uint64]],
) -> Movement:
    import numpy as np

    there = np.flatnonzero(twin >= 0)
    pairs = np.stack([then[twin[there]], now[there]], axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    kinds, counts = np.unique(pairs, axis=0, return_counts=True)
    moved = [
        Move(names[one] if one >= 0 else None, names[other] if other >= 0 else None, int(number))
        for (one, other), number in zip(kinds.tolist(), counts.tolist(), strict=True)
    ]
    return Movement(
        common=len(there),
        added=len(now) - len(there),
        removed=len(then) - len(there),
        changed_content=int((content[0][twin[there]] != content[1][there]).sum()),
        # The pairs come in the order of their labels, which a stable sort keeps.
        moved=tuple(sorted(moved, key=lambda one: -one.rows)),
    )
