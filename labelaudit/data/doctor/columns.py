"""What is the matter with single columns: ids, constants, groups, odd cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.data.column_kinds import names_an_id
from labelaudit.data.doctor.giveaway import FEWEST_ROWS, cross_fitted
from labelaudit.data.doctor.hits import Hit
from labelaudit.data.doctor.telling import counted, quoted, some
from labelaudit.data.doctor.view import stem
from labelaudit.types import Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.doctor.giveaway import Telling
    from labelaudit.data.doctor.view import Decoded, View
    from labelaudit.types import Column

_SURPRISING_COLLISIONS = 15.0
_COLLISIONS_LEFT = 0.1
_NEARLY_ALL_DISTINCT = 0.95
_FEWEST_DISTINCT = 30
_FEWEST_ALIKE = 100
_LARGE_FAMILY = 30
_FEWEST_GROUPS, _GROUPS_PER_CLASS = 20, 3
_IN_GROUPS, _SAME_LABEL = 0.5, 0.95
_MOST_ODDLY_WRITTEN = 1000
_MOST_ODD_TEXTS = 10
_MOST_NUMBERS, _FEWEST_NUMBERS = 0.5, 20
_SILENTLY_MISSING = frozenset({"", "nan", "na", "null", "none", "<na>"})
_EXAMPLES = 3


def constants(view: View, column: Column, one: Decoded) -> list[Hit]:
    """Tell of a column that holds one value, or one value in all rows but one.

    Those of a large numbered family (pixels, sensors) are what they are.
    """
    import numpy as np

    if view.families[stem(column.name)] >= _LARGE_FAMILY:
        return []
    if one.role == Role.CONSTANT:
        return [Hit("constant-column", one.name, note=column.reason)]
    plain = one.is_text or one.role == Role.NUMERIC
    if not plain or one.role == Role.TEXT or view.data.n_rows < _FEWEST_ALIKE:
        return []
    values = one.codes if one.is_text and one.role != Role.NUMERIC else one.numbers
    usual = values[:3][np.argsort(values[:3])[len(values[:3]) // 2]]
    differs = values != usual if usual == usual else ~np.isnan(values)  # noqa: PLR0124 - NaN
    if np.count_nonzero(differs) != 1:
        return []
    rows = np.flatnonzero(differs)
    value = one.cells[int(rows[0])].as_py()
    return [Hit("one-row-differs", one.name, rows, note=quoted(value))]


def ids(one: Decoded) -> list[Hit]:
    """Tell of an id that is learned from.

    Whole numbers are one when they were drawn without repetition, though by chance many
    would repeat: of n numbers out of R, n squared / 2R pairs. Strings are one when nearly
    every row has its own.
    """
    import numpy as np

    if one.role == Role.NUMERIC:
        values = one.numbers[~np.isnan(one.numbers)]
        if len(values) < _FEWEST_DISTINCT or (values != np.floor(values)).any():
            return []
        span = float(np.ptp(values)) + 1
        expected = len(values) ** 2 / (2 * span)
        if expected < _SURPRISING_COLLISIONS:
            return []
        repeated = len(values) - np.unique(values).size
        found = repeated <= _COLLISIONS_LEFT * min(expected, len(values) / 10)
        return [Hit("id-column-learned-from", one.name)] if found else []
    if one.role != Role.CATEGORICAL or not one.is_text:
        return []
    present = int((one.codes >= 0).sum())
    distinct = len(one.distinct)
    if present >= _FEWEST_DISTINCT and distinct >= _NEARLY_ALL_DISTINCT * present:
        return [Hit("id-column-learned-from", one.name)]
    return []


def groups(view: View, one: Decoded) -> list[Hit]:
    """Tell of a column whose rows of one value share their label, in many small groups."""
    import numpy as np

    named = names_an_id(one.name)
    categories = one.role == Role.CATEGORICAL and one.is_text
    if not named and (not categories or len(one.distinct) < _FEWEST_GROUPS):
        return []
    rows, n_classes = view.by_content, len(view.data.classes)
    if one.is_text:
        codes = one.codes[rows]
    else:
        codes = np.unique(one.numbers[rows], return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(codes + 1)
    repeated = (codes >= 0) & (sizes[codes + 1] > 1)
    n_groups = int((sizes[1:] > 1).sum())
    telling = n_groups >= max(
        _FEWEST_GROUPS, _GROUPS_PER_CLASS * n_classes
    ) and repeated.sum() >= max(FEWEST_ROWS, _IN_GROUPS * len(rows))
    if telling:
        y = view.data.y[rows[repeated]].astype(np.int64)
        told = _told_by_groups(codes[repeated], y, n_classes)
        if told is not None and told.least >= _SAME_LABEL:
            note = f"{counted(n_groups, 'value')}, {told.accuracy:.0%}"
            return [Hit("group-leak", one.name, note=note, share=told.accuracy)]
    # Schema asks about such names, but not about those that the user chose as features.
    asked = any(notice.code == "maybe-group" for notice in view.data.notices)
    if named and asked and one.role in (Role.NUMERIC, Role.CATEGORICAL):
        return [Hit("maybe-group", one.name)]
    return []


def _told_by_groups(
    codes: NDArray[np.int64], y: NDArray[np.int64], n_classes: int
) -> Telling | None:
    """Tell labels by groups whose rows are dealt to both halves in turn; None if not purely."""
    import numpy as np

    pairs, size = np.unique(codes * n_classes + y, return_counts=True)
    largest = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    np.maximum.at(largest, pairs // n_classes, size)
    if largest.sum() < _SAME_LABEL * len(y):
        return None
    half = np.zeros(len(y), dtype=bool)
    half[np.argsort(codes, kind="stable")[1::2]] = True
    return cross_fitted(np.unique(codes, return_inverse=True)[1], y, half, n_classes)


def odd_cells(one: Decoded) -> list[Hit]:
    """Tell of cells that are no number or date in a column of such."""
    import numpy as np

    if not one.is_text:
        return []
    if one.role in (Role.NUMERIC, Role.DATETIME):
        unread = np.isnat(one.dates) if one.role == Role.DATETIME else np.isnan(one.numbers)
        return _unread(one, np.flatnonzero(unread))
    if one.role != Role.CATEGORICAL or len(one.distinct) < _FEWEST_NUMBERS:
        return []
    return _mostly_numbers(one)


def _unread(one: Decoded, rows: NDArray[np.intp]) -> list[Hit]:
    import numpy as np

    if not rows.size:
        return []
    texts = one.cells.take(rows).combine_chunks().dictionary_encode()
    distinct = [text.strip() for text in texts.dictionary.to_pylist()]
    codes = cells.as_numpy(texts.indices.fill_null(len(distinct))).astype(np.int64)
    folded = [text.casefold() for text in distinct]
    junk = np.array([f not in cells.NUMBER_TOKENS_FOR_MISSING for f in folded] + [False])
    marks = np.array([f not in _SILENTLY_MISSING for f in folded] + [False]) & ~junk
    hits = []
    for code, wanted in (("mixed-types", junk), ("missing-marks", marks)):
        if wanted[codes].any():
            examples = sorted({distinct[at] for at in np.flatnonzero(wanted[:-1])})
            note = some([quoted(text) for text in examples], most=_EXAMPLES)
            hits.append(Hit(code, one.name, rows[wanted[codes]], note=note))
    return hits


def _mostly_numbers(one: Decoded) -> list[Hit]:
    """Tell of numbers that a few kinds of text keep from being read as such."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pc.match_substring_regex(one.distinct, f"^(?:{cells.PLAIN_NUMBER.pattern})$")
    written = pc.sum(plain).as_py() or 0
    if written < _FEWEST_NUMBERS or len(one.distinct) - written > _MOST_ODDLY_WRITTEN:
        return []
    read = cells.numbers(pa.chunked_array([one.distinct]))
    texts = one.distinct.to_pylist()
    blank = np.array([text.strip().casefold() in cells.NUMBER_TOKENS_FOR_MISSING for text in texts])
    odd = np.isnan(read) & ~blank
    if np.count_nonzero(~np.isnan(read)) < _FEWEST_NUMBERS:
        return []
    if not 0 < np.count_nonzero(odd) <= _MOST_ODD_TEXTS or any(map(cells.is_zero_led, texts)):
        return []
    rows = one.rows_with(odd)
    present = int((~np.append(blank, [True])[one.codes]).sum())
    if len(rows) > _MOST_NUMBERS * present:
        return []
    examples = sorted(text for text, is_odd in zip(texts, odd.tolist(), strict=True) if is_odd)
    note = some([quoted(text) for text in examples], most=_EXAMPLES)
    return [Hit("numbers-as-categories", one.name, rows, note=note)]
