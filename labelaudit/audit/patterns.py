"""Issues that belong together beyond chance: pairs, slices, times and groups of rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.audit.groups import LEAST_FLAGGED_ROWS, find_groups
from labelaudit.audit.patterns_compare import LEAST_FLAGGED, refine
from labelaudit.audit.patterns_judged import judged_rows_of
from labelaudit.audit.patterns_pairs import find_pairs
from labelaudit.audit.patterns_rows import gate_condition
from labelaudit.audit.patterns_within import Located, without_echoes
from labelaudit.audit.periods import check_time, periods_of
from labelaudit.audit.periods_changes import find_times
from labelaudit.audit.slices import find_slices
from labelaudit.audit.slices_columns import NONE, check_slices, slice_columns
from labelaudit.types import Pattern, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.patterns_judged import Judged
    from labelaudit.audit.rank import Ranking
    from labelaudit.audit.slices import Slice
    from labelaudit.audit.slices_columns import SliceColumn
    from labelaudit.config import Settings
    from labelaudit.types import BoolArray, Dataset, FloatArray

Q = 0.05
"""Of all patterns reported, the share that may be chance."""

FAMILIES = 5
"""Pairs, slices by one column, slices by two, times, groups: each is tested by itself."""

WORTH = 1.1
"""The least that the low end of a pattern's lift has to be."""

_THE_SAME = 0.8


def check_patterns(data: Dataset, settings: Settings) -> None:
    """Refuse columns that patterns cannot be sought by, before models are fitted.

    Parameters
    ----------
    data : Dataset
    settings : Settings

    Raises
    ------
    SettingError
        For what `time` and `slice` name.
    """
    check_slices(settings.slice, data)
    check_time(data, settings.time)


def find_patterns(
    data: Dataset,
    ranking: Ranking,
    judged: BoolArray,
    settings: Settings,
    pred_probs: FloatArray | None = None,
) -> tuple[Pattern, ...]:
    """Find what flagged rows have in common, beyond chance and beyond their classes.

    Parameters
    ----------
    data : Dataset
        n rows.
    ranking : Ranking
        Which are flagged.
    judged : ndarray of bool, shape (n,)
        Rows with a label and an opinion.
    settings : Settings
        `time`, `slice` and `seed` have a say.
    pred_probs : ndarray of float32, shape (n, K), optional
        Out-of-fold: rows are compared with others that models are as sure of, too.

    Returns
    -------
    tuple of Pattern
        Those with most flagged rows beyond the expected ones first; changes of labels,
        which say nothing about errors, last. One whose flagged rows are those of a stronger
        one is left out, or names it. The order of rows has no say.
    """
    rows = judged_rows_of(data, ranking, judged, pred_probs)
    if rows.flagged.sum() < LEAST_FLAGGED:
        return ()
    wanted = () if settings.slice == (NONE,) else settings.slice
    columns = slice_columns(data, rows.rows, wanted)
    found = [Located(one) for one in find_pairs(rows, families=FAMILIES, q=Q)]
    slices: tuple[Slice, ...] = ()
    if settings.slice != (NONE,):
        slices = find_slices(rows, columns, families=FAMILIES, q=Q)
    found += [Located(_pattern(one, columns, rows), one.mask) for one in slices]
    found += _times(data, rows, settings)
    if rows.flagged.sum() >= LEAST_FLAGGED_ROWS:
        strata = rows.strata
        for known in slices:
            strata = refine(strata, known.mask)
        compared = slice_columns(data, rows.rows) if settings.slice else columns
        groups = find_groups(
            data,
            rows,
            compared,
            families=FAMILIES,
            q=Q,
            seed=settings.seed,
            strata=strata,
        )
        told = [one.pattern for one in found]
        found += [Located(one) for one in groups if not _told(one, told)]
    found = sorted(
        (one for one in found if _worth_a_look(one.pattern)),
        key=lambda one: _most_telling_first(one.pattern),
    )
    errors = [one for one in found if not one.pattern.of_labels]
    shifts = [one.pattern for one in found if one.pattern.of_labels]
    kept = without_echoes(rows, errors, most_p=Q / FAMILIES)
    return tuple(sorted([*kept, *shifts], key=_most_telling_first))


def _times(data: Dataset, rows: Judged, settings: Settings) -> tuple[Located, ...]:
    name = settings.time or data.schema.one(Role.TIME)
    cut = None if name is None else periods_of(data, rows.rows, name)
    if cut is None:
        return ()
    return find_times(rows, cut, families=FAMILIES, q=Q, seed=settings.seed)


def _pattern(one: Slice, columns: Sequence[SliceColumn], rows: Judged) -> Pattern:
    parts = [(columns[column], columns[column].values[value]) for column, value in one.parts]
    conditions = tuple((column.name, value) for column, value in parts)
    size = int(one.mask.sum())
    note = "More than rows of the same labels have, and rows that models are as sure of."
    if all(column.exact for column, _ in parts):
        usual = min(1.0, math.ceil(100 * one.lift.expected / size) / 100)
        note += f" The gate can hold it: --fail-on '{gate_condition(conditions, usual)}'"
    return Pattern(
        kind="slice",
        name=", ".join(
            f"{name} = {value}" if value else f"{name} is missing" for name, value in conditions
        ),
        conditions=conditions,
        rows=size,
        flagged=int((rows.flagged & one.mask).sum()),
        expected=one.lift.expected,
        lift=one.lift.ratio,
        low=one.lift.low,
        high=one.lift.high,
        q_value=one.q_value,
        row_ids=rows.flagged_ids(one.mask),
        note=note,
    )


def _told(group: Pattern, others: Sequence[Pattern]) -> bool:
    """Tell whether a pattern with a better name is about the same flagged rows."""
    own = set(group.row_ids)
    return any(
        len(own & set(one.row_ids)) >= _THE_SAME * len(own | set(one.row_ids)) for one in others
    )


def _worth_a_look(one: Pattern) -> bool:
    """Leave out what is certain and small: two thirds of a file, flagged a little more."""
    return not one.low < WORTH or one.of_labels


def _most_telling_first(one: Pattern) -> tuple[bool, float, bool, str]:
    excess = one.flagged - one.expected
    # Of two names for the same rows, the slice: the gate can hold it.
    return excess <= 0 or one.of_labels, -excess, one.kind != "slice", one.name
