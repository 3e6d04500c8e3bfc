"""Columns that rows can be sliced by: their values, or ranges of their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.data.labels import looks_like_second_label
from labelaudit.data.schema import WRITTEN_BY_US
from labelaudit.errors import SettingError, did_you_mean
from labelaudit.types import FEATURE_ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import Column, Dataset, IntArray

LEAST_ROWS = 30
"""Judged rows that a value must have."""
MOST_VALUES = 200
"""Values of a column that are looked at, the most frequent ones."""
FEW_NUMBERS = 50
"""Distinct numbers up to which each is a value by itself."""
BINS = 5
NONE = "none"
"""What stands for no slices in place of a column's name."""

_KINDS = (Role.CATEGORICAL, Role.NUMERIC, Role.GROUP, Role.ANNOTATOR, Role.SPLIT, Role.IGNORED)
_SHOWN = 5


@dataclass(frozen=True)
class SliceColumn:
    """One column, cut into values.

    Attributes
    ----------
    name : str
    codes : ndarray of int32, shape (m,)
        Index into `values` for each judged row; -1 where the value is too rare.
    values : tuple of str
        As in the file, or ranges such as ``"17 to 25"``; empty for a missing one.
    exact : bool
        Whether `values` are the cells themselves, as the gate can name them.
    learned : bool
        Whether models learn from the column.
    """

    name: str
    codes: IntArray
    values: tuple[str, ...]
    exact: bool
    learned: bool


def check_slices(names: Sequence[str], data: Dataset) -> None:
    """Refuse columns that are not there, before models are fitted.

    Parameters
    ----------
    names : sequence of str
        What the setting `slice` names.
    data : Dataset

    Raises
    ------
    SettingError
    """
    known = data.table.column_names
    for name in names:
        if name == NONE and len(names) > 1:
            raise SettingError(
                "there are columns to slice by, and there are none",
                where="--slice",
                hint="leave 'none' or the others out",
            )
        if name == NONE:
            continue
        if name not in known:
            raise SettingError(
                f"there is no column {name!r}",
                where="--slice",
                hint=did_you_mean(name, known) or f"there are {', '.join(known[:_SHOWN])}",
            )
        kind = data.table.schema.field(name).type
        if name in data.schema.names(Role.LABEL) or cells.is_list(kind):
            raise SettingError(
                f"column {name!r} cannot be sliced by",
                where="--slice",
                hint="name a column of texts, numbers or truth values that is not the label",
            )


def slice_columns(
    data: Dataset, rows: NDArray[np.int64], names: Sequence[str] = ()
) -> tuple[SliceColumn, ...]:
    """Cut columns into values that enough judged rows have.

    Texts of few words, truth values and numbers of few values are taken as they are, other
    numbers by fifths. Ids, constants, texts and embeddings are left out, and so are columns
    with the classes of labels in them. Those that the user keeps models from are looked at:
    who labelled, and where rows come from, is kept from them for good reasons.

    Parameters
    ----------
    data : Dataset
        n rows.
    rows : ndarray of int64, shape (m,)
        The judged ones.
    names : sequence of str
        Only these columns, whatever they are; empty for all that qualify.

    Returns
    -------
    tuple of SliceColumn
        Those models do not learn from first, then in file order; only those with two
        values or more.
    """
    found = []
    for column in data.schema.columns:
        if column.name in names if names else _qualifies(column, data):
            cut = _cut(column, data.table.column(column.name).take(rows))
            if cut is not None:
                found.append(cut)
    return tuple(sorted(found, key=lambda one: one.learned))


def _qualifies(column: Column, data: Dataset) -> bool:
    if column.role is not Role.IGNORED:
        return column.role in _KINDS
    return column.reason != WRITTEN_BY_US and not _holds_labels(column.name, data)


def _holds_labels(name: str, data: Dataset) -> bool:
    """Tell whether a column that is not learned from is another label."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if looks_like_second_label(name, data.classes):
        return True
    texts = cell_texts(data.table.column(name))
    if texts is None:
        return True
    known = pa.array([str(label) for label in data.classes], texts.type)
    present = pc.unique(texts.filter(pc.not_equal(texts, "")))
    shared = pc.sum(pc.is_in(present, value_set=known)).as_py() or 0
    return bool(2 * shared > len(present))


def cell_texts(column: pa.ChunkedArray) -> pa.Array | None:
    """Give the cells of a column as the gate names them.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n

    Returns
    -------
    pyarrow.Array of str, length n, or None
        An empty text for null; None where the cells have no text, such as lists.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = cells.plain(column).combine_chunks()
    try:
        return pc.fill_null(pc.cast(plain, pa.large_string()), "")
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return None


def _cut(column: Column, taken: pa.ChunkedArray) -> SliceColumn | None:
    import pyarrow.compute as pc

    texts = cell_texts(taken)
    if texts is None:
        return None
    encoded = pc.dictionary_encode(texts)
    numeric = column.role is Role.NUMERIC or _holds_numbers(taken)
    by_range = numeric and len(encoded.dictionary) > FEW_NUMBERS
    codes, values = _ranges(taken) if by_range else _values(encoded)
    if len(values) < 2:  # noqa: PLR2004 - one value parts nothing
        return None
    learned = column.role in FEATURE_ROLES
    return SliceColumn(column.name, codes, values, exact=not by_range, learned=learned)


def _holds_numbers(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    kind = column.type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _values(encoded: pa.DictionaryArray) -> tuple[IntArray, tuple[str, ...]]:
    import numpy as np

    index = encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(index, minlength=len(encoded.dictionary))
    frequent = np.flatnonzero(counts >= LEAST_ROWS).tolist()
    texts = {at: encoded.dictionary[at].as_py() for at in frequent}
    kept = sorted(frequent, key=lambda at: (-counts[at], texts[at]))[:MOST_VALUES]
    code = np.full(len(encoded.dictionary), -1, dtype=np.int32)
    code[kept] = np.arange(len(kept))
    return code[index], tuple(texts[at] for at in kept)


def _ranges(column: pa.ChunkedArray) -> tuple[IntArray, tuple[str, ...]]:
    """Part numbers into fifths, as far as ties allow."""
    import numpy as np

    numbers = cells.numbers(column)
    present = np.sort(numbers[~np.isnan(numbers)])
    codes = np.full(len(numbers), -1, dtype=np.int32)
    if not present.size:
        return codes, ()
    inner = present[(np.arange(1, BINS) * present.size) // BINS]
    edges = np.unique(inner)
    known = ~np.isnan(numbers)
    raw = np.searchsorted(edges, numbers[known], side="right")
    codes[known] = np.unique(raw, return_inverse=True)[1]
    values = [_range_name(numbers[codes == code]) for code in range(int(codes.max(initial=-1)) + 1)]
    if (~known).sum() >= LEAST_ROWS:
        codes[~known] = len(values)
        values.append("")
    small = np.bincount(codes[codes >= 0], minlength=len(values)) < LEAST_ROWS
    codes[(codes >= 0) & small[codes]] = -1
    return codes, tuple(values)


def _range_name(numbers: NDArray[np.float64]) -> str:
    low, high = f"{numbers.min():.6g}", f"{numbers.max():.6g}"
    return low if low == high else f"{low} to {high}"
