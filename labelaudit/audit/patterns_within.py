"""Patterns within stronger ones: the same flagged rows are not told as two findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.audit.patterns_compare import compare_rows, lift_of, refine, worth_telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.patterns_judged import Judged
    from labelaudit.types import BoolArray, Pattern

WITHIN = 0.8
"""Share of a pattern's flagged rows among those of a stronger one from which they are one."""


@dataclass(frozen=True)
class Located:
    """A pattern and where it lies.

    Attributes
    ----------
    pattern : Pattern
    mask : ndarray of bool, shape (m,), or None
        Its judged rows; None where they cannot be held against others as a slice can, such as
        a pair of classes, or a group, which is measured on half of the rows.
    among : ndarray of bool, shape (m,), or None
        The judged rows it was found among, such as those with a time; None for all.
    """

    pattern: Pattern
    mask: BoolArray | None = None
    among: BoolArray | None = None


def without_echoes(
    judged: Judged, found: Sequence[Located], *, most_p: float
) -> tuple[Pattern, ...]:
    """Leave out patterns that a stronger one explains, and name it in those that it does not.

    Where most flagged rows of a pattern are among those of stronger ones, it is tested again:
    its rows against rows like them, apart inside and outside of each of these. Without more
    flags there, the stronger ones tell all there is to tell.

    Parameters
    ----------
    judged : Judged
        m rows.
    found : sequence of Located
        The strongest first.
    most_p : float
        The highest p-value of the second test at which a pattern stays.

    Returns
    -------
    tuple of Pattern
        In the same order. A pair or a group within a stronger pattern always stays.
    """
    kept: list[Located] = []
    for one in found:
        holders = [other for other in kept if _shared(one, other) >= WITHIN]
        tested = one.mask is not None and any(other.mask is not None for other in holders)
        if tested and not _tells_more(judged, one, holders, most_p):
            continue
        kept.append(_noted(one, holders, tested=tested) if holders else one)
    return tuple(one.pattern for one in kept)


def _shared(one: Located, other: Located) -> float:
    own = set(one.pattern.row_ids)
    return len(own & set(other.pattern.row_ids)) / max(1, len(own))


def _tells_more(judged: Judged, one: Located, holders: Sequence[Located], most_p: float) -> bool:
    """Tell whether rows hold more flags than others of the patterns they lie in."""
    mask, strata = one.mask, judged.strata
    if mask is None:
        return True
    for other in holders:
        if other.mask is not None:
            strata = refine(strata, other.mask)
    lifted = lift_of(replace(judged, strata=strata), mask, one.among)
    sure = compare_rows(judged, mask, strata, one.among) <= most_p
    return sure and worth_telling(judged, mask, lifted)


def _noted(one: Located, holders: Sequence[Located], *, tested: bool) -> Located:
    """Name the strongest pattern that holds the flagged rows of another."""
    holder = next(other for other in holders if other.mask is not None or not tested)
    flagged = set(one.pattern.row_ids)
    shared = len(flagged & set(holder.pattern.row_ids))
    rows = "All its flagged rows"
    if shared < len(flagged):
        rows = f"{shared:,} of its {len(flagged):,} flagged rows"
    more = ", more of them than its size accounts for" if tested else ""
    # First, since a command may end the note.
    note = f"{rows} are among those of {holder.pattern.name}{more}. {one.pattern.note}".rstrip()
    return replace(one, pattern=replace(one.pattern, note=note))
