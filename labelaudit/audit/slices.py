"""Slices of rows, by one column or two, that hold more flags than rows like theirs elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from labelaudit.audit.patterns_compare import compare, compare_rows, lift_of, refine, worth_telling
from labelaudit.audit.patterns_excess import q_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.patterns_excess import Lift
    from labelaudit.audit.patterns_judged import Judged
    from labelaudit.audit.slices_columns import SliceColumn
    from labelaudit.types import BoolArray

PAIRED_COLUMNS = 20
"""Columns that are combined with each other: metadata first, then in file order."""
MOST_SLICES = 20

_LEAST_ROWS_OF_TWO = 50
_LEAST_SHARE_OF_TWO = 0.01
_MOST_CONSIDERED = 300
_BETTER_THAN_PART = 0.01

Parts = tuple[tuple[int, int], ...]
"""Column and value, by number; one or two."""


@dataclass(frozen=True)
class Slice:
    """A slice with more flags than expected.

    Attributes
    ----------
    parts : tuple of (int, int)
        Which columns, and which of their values.
    mask : ndarray of bool, shape (m,)
    lift : Lift
    q_value : float
    """

    parts: Parts
    mask: BoolArray
    lift: Lift
    q_value: float


@dataclass(frozen=True)
class _Candidate:
    parts: Parts
    evidence: float
    q_value: float
    cutoff: float


def find_slices(
    judged: Judged, columns: Sequence[SliceColumn], *, families: int, q: float
) -> tuple[Slice, ...]:
    """Find the slices whose flagged rate is higher than rows like theirs have elsewhere.

    All values of all columns are tested, and all pairs of values of two columns that
    enough rows have; which, is settled before any flag is looked at. Of those that pass,
    one is kept only where it tells something that those kept before, which have more
    evidence, do not.

    Parameters
    ----------
    judged : Judged
        m rows.
    columns : sequence of SliceColumn
    families : int
        Of tests, in all; see `q_values`.
    q : float
        The highest q-value reported.

    Returns
    -------
    tuple of Slice
        The most evidence first, at most `MOST_SLICES`.
    """
    candidates = _passing(_singles(judged, columns), families, q)
    candidates += _passing(_doubles(judged, columns), families, q)
    candidates.sort(key=lambda one: (-one.evidence, len(one.parts), one.parts))
    return _select(judged, columns, candidates[:_MOST_CONSIDERED])


def mask_of(columns: Sequence[SliceColumn], parts: Parts) -> BoolArray:
    """Mark the rows (m,) that have all these values."""
    import numpy as np

    mask = np.ones(len(columns[0].codes), dtype=bool)
    for column, value in parts:
        mask &= columns[column].codes == value
    return mask


_Tested = tuple[list[Parts], "NDArray[np.float64]", "NDArray[np.float64]"]


def _singles(judged: Judged, columns: Sequence[SliceColumn]) -> Iterator[_Tested]:
    for at, column in enumerate(columns):
        p, told = compare(judged, column.codes.astype("int64"), len(column.values))
        yield [((at, value),) for value in range(len(column.values))], p, told


def _doubles(judged: Judged, columns: Sequence[SliceColumn]) -> Iterator[_Tested]:
    import numpy as np

    least = max(_LEAST_ROWS_OF_TWO, int(np.ceil(_LEAST_SHARE_OF_TWO * len(judged))))
    paired = []
    for at, column in enumerate(columns[:PAIRED_COLUMNS]):
        sizes = np.bincount(column.codes + 1, minlength=len(column.values) + 1)
        paired.append((at, np.where((sizes >= least)[column.codes + 1], column.codes, -1)))
    for (one, left), (other, right) in combinations(paired, 2):
        width = len(columns[other].values)
        cell = np.where((left < 0) | (right < 0), -1, left.astype(np.int64) * width + right)
        sizes = np.bincount(cell + 1, minlength=len(columns[one].values) * width + 1)[1:]
        supported = np.flatnonzero(sizes >= least)
        if not supported.size:
            continue
        number = np.full(len(sizes) + 1, -1)
        number[supported] = np.arange(len(supported))
        p, told = compare(judged, number[cell], len(supported))
        pairs: list[Parts] = [
            ((one, place // width), (other, place % width)) for place in supported.tolist()
        ]
        yield pairs, p, told


def _passing(tests: Iterator[_Tested], families: int, q: float) -> list[_Candidate]:
    """Keep what passes false-discovery control within its family."""
    import numpy as np

    every = list(tests)
    if not every:
        return []
    p = np.concatenate([one[1] for one in every])
    told = np.concatenate([one[2] for one in every])
    parts = [part for one in every for part in one[0]]
    adjusted = q_values(p, families)
    passing = np.flatnonzero(adjusted <= q)
    cutoff = float(p[passing].max(initial=0.0))
    return [_Candidate(parts[at], float(told[at]), float(adjusted[at]), cutoff) for at in passing]


def _select(
    judged: Judged, columns: Sequence[SliceColumn], candidates: Sequence[_Candidate]
) -> tuple[Slice, ...]:

    chosen: list[Slice] = []
    strata = judged.strata
    for one in candidates:
        if len(chosen) == MOST_SLICES:
            break
        mask = mask_of(columns, one.parts)
        found = lift_of(judged, mask)
        if not worth_telling(judged, mask, found):
            continue
        if chosen and compare_rows(judged, mask, strata) > one.cutoff:
            continue
        if len(one.parts) > 1 and not _beats_its_parts(judged, columns, one.parts):
            continue
        chosen.append(Slice(one.parts, mask, found, one.q_value))
        strata = refine(strata, mask)
    return tuple(chosen)


def _beats_its_parts(judged: Judged, columns: Sequence[SliceColumn], parts: Parts) -> bool:
    """Tell whether two values together hold more flags than the rest of either has."""
    both = mask_of(columns, parts)
    for part in parts:
        inside = mask_of(columns, (part,))
        if compare_rows(judged, both, judged.strata, among=inside) > _BETTER_THAN_PART:
            return False
    return True
