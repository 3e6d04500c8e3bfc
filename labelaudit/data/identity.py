"""Row identity: content fingerprints that outlive reordering, new rows and file formats.

The hash of a row is a sum over its columns, so that neither the order of the columns nor
that of the rows has a say in it. A cell that is a number, or a list of numbers, is hashed
by its value and any other by its text, so that a CSV file and a Parquet file of the same
values agree.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from labelaudit.data import cells
from labelaudit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

_MISSING = 0x6D697373696E6731
_TEXT = 0x746578742D2D2D31
_LIST = 0x6C6973742D2D2D31
_GOLDEN = 0x9E3779B97F4A7C15
_EXACT_INTEGERS = 2**53
_LIST_CELLS_AT_ONCE = 1 << 20
_ARROW_NUMBER = (
    r"^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|(?i:nan)(?:\([A-Za-z0-9_]*\))?|(?i:inf(?:inity)?))$"
)
_PLAIN_NUMBER = cells.PLAIN_NUMBER.pattern
_LIST_OF_NUMBERS = rf"^\s*\[\s*(?:{_PLAIN_NUMBER})(?:\s*,\s*(?:{_PLAIN_NUMBER}))*\s*\]\s*$"
_ISO_DATE = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)?(?:Z|\+00:?00)?$"
)
_MOST_NAMED = 3
_BY_CONTENT = "identify rows by their content: `labelaudit detect --id none`"


def fingerprints(table: pa.Table, columns: Iterable[str]) -> Hashes:
    """Hash what rows hold in some columns.

    Parameters
    ----------
    table : pyarrow.Table
        n rows.
    columns : iterable of str
        Their order does not matter.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Equal where all cells are equal as numbers, or else as text.
    """
    return _combine(table.num_rows, ((name, hash_cells(table.column(name))) for name in columns))


def feature_keys(
    table: pa.Table, columns: Sequence[tuple[str, Callable[[pa.ChunkedArray], NDArray[Any]]]]
) -> Hashes:
    """Hash rows as models see them.

    Parameters
    ----------
    table : pyarrow.Table
        n rows.
    columns : sequence of (str, callable)
        Name, and what turns the column into what models see: an array of shape (n,) of
        floats, datetimes or objects (str or None), or (n, d) of floats.

    Returns
    -------
    ndarray of uint64, shape (n,)
    """
    return _combine(
        table.num_rows, ((name, _hash_values(view(table.column(name)))) for name, view in columns)
    )


def row_ids(fingerprint: Hashes, y: NDArray[Any]) -> NDArray[np.object_]:
    """Name rows by their content.

    Rows of equal content are numbered by label, then by file order, so that reordering the
    file moves numbers only among rows that cannot be told apart.

    Parameters
    ----------
    fingerprint : ndarray of uint64, shape (n,)
    y : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of str, shape (n,), dtype object
        ``"00c3…5f#0"``.
    """
    import numpy as np

    rows = len(fingerprint)
    order = np.lexsort((np.arange(rows), y, fingerprint))
    ordered = fingerprint[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if rows else np.arange(0)
    counts = np.diff(np.r_[starts, rows])
    occurrence = np.empty(rows, dtype=np.int64)
    occurrence[order] = np.arange(rows) - np.repeat(starts, counts)
    named = zip(fingerprint.tolist(), occurrence.tolist(), strict=True)
    ids = np.empty(rows, dtype=object)
    ids[:] = [f"{content:016x}#{number}" for content, number in named]
    return ids


def ids_from_column(column: pa.ChunkedArray, name: str, *, where: str) -> NDArray[np.object_]:
    """Take row ids from the id column.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n
    name : str
        Of the column, for messages.
    where : str
        What to call the table in an error.

    Returns
    -------
    ndarray of str, shape (n,), dtype object
        Unique.

    Raises
    ------
    InputError
        When ids are missing or occur twice; it names the first ones.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = ids_as_written(column, name, where=where)
    texts = pa.array(ids, pa.large_string())
    if texts.null_count:
        rows = np.flatnonzero(cells.as_numpy(texts.is_null())) + 1
        raise InputError(
            f"{len(rows)} of {len(column)} ids are missing in column {name!r}, the first "
            f"in data row {rows[0]}",
            where=where,
            hint=f"fill them in, or {_BY_CONTENT}",
        )
    if pc.count_distinct(texts).as_py() < len(ids):
        raise _duplicates(ids, name, where)
    return ids


def ids_as_written(column: pa.ChunkedArray, name: str, *, where: str) -> NDArray[np.object_]:
    """Read the id column, and ask nothing of the ids.

    Parameters
    ----------
    column, name, where
        As for `ids_from_column`.

    Returns
    -------
    ndarray of str or None, shape (n,), dtype object
        None where there is none.

    Raises
    ------
    InputError
        When the column holds lists or the like, or bytes that are no text.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = cells.plain(column)
    if pa.types.is_floating(column.type):
        column = _whole_as_integers(column)
    try:
        texts = column.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _no_ids(column, name, where) from error
    if pa.types.is_nested(column.type):
        raise _no_ids(column, name, where)
    blank = pc.equal(pc.utf8_trim_whitespace(texts), "")
    return cells.as_numpy(pc.if_else(blank, pa.scalar(None, texts.type), texts))


def may_name_rows(column: pa.ChunkedArray) -> bool:
    """Tell whether a column holds something that can be written as ids.

    Parameters
    ----------
    column : pyarrow.ChunkedArray

    Returns
    -------
    bool
        False for lists and the like, and for bytes that are no text.
    """
    try:
        ids_as_written(column if _unclear(column) else column.slice(0, 0), "", where="")
    except InputError:
        return False
    return True


def _unclear(column: pa.ChunkedArray) -> bool:
    """Tell whether it takes a look at the cells to say if they can be written as text."""
    import pyarrow as pa

    kind = column.type
    return not (cells.is_text(kind) or pa.types.is_primitive(kind))


def _whole_as_integers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column


def _no_ids(column: pa.ChunkedArray, name: str, where: str) -> InputError:
    return InputError(
        f"the id column {name!r} holds {column.type}",
        where=where,
        hint=f"name another column with --id, or {_BY_CONTENT}",
    )


def _duplicates(ids: NDArray[np.object_], name: str, where: str) -> InputError:
    rows: dict[str, list[int]] = {}
    for row, value in enumerate(ids.tolist(), start=1):
        rows.setdefault(value, []).append(row)
    twice = {value: found for value, found in rows.items() if len(found) > 1}
    listed = "; ".join(
        f"{value!r} in data rows {', '.join(map(str, found[:_MOST_NAMED]))}"
        + (", …" if len(found) > _MOST_NAMED else "")
        for value, found in list(twice.items())[:_MOST_NAMED]
    )
    return InputError(
        f"{len(twice)} {'id occurs' if len(twice) == 1 else 'ids occur'} more than once "
        f"in column {name!r}: {listed}",
        where=where,
        hint=f"make them unique, or {_BY_CONTENT}",
    )


def _combine(rows: int, columns: Iterable[tuple[str, Hashes]]) -> Hashes:
    import numpy as np

    total = np.zeros(rows, dtype=np.uint64)
    for name, hashed in columns:
        total += _mixed(hashed ^ np.uint64(_salt(name)))
    return _mixed(total)


def _salt(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _mixed(values: Hashes) -> Hashes:
    """Spread every bit of the input over the output, in place (splitmix64's finaliser)."""
    import numpy as np

    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        values ^= values >> np.uint64(shift)
        values *= np.uint64(factor)
    values ^= values >> np.uint64(31)
    return values


def hash_cells(column: pa.ChunkedArray) -> Hashes:
    """Hash cells one by one.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n

    Returns
    -------
    ndarray of uint64, shape (n,)
        A cell's hash depends on nothing but the cell.
    """
    import numpy as np

    hashed = [_hash_chunk(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(hashed) if hashed else np.zeros(0, dtype=np.uint64)


def _hash_chunk(chunk: pa.Array) -> Hashes:
    import pyarrow as pa

    kind = chunk.type
    if pa.types.is_dictionary(kind):
        return _by_distinct(chunk, _hash_chunk)
    if cells.is_text(kind):
        return _hash_strings(chunk)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _hash_numbers(chunk)
    if cells.is_list(kind) and _is_number(kind.value_type):
        return _hash_lists(chunk)
    if pa.types.is_null(kind):
        return _hash_floats(cells.as_numpy(chunk.cast(pa.float64())))
    return _by_distinct(_as_text(chunk).dictionary_encode(), _hash_texts)


def _is_number(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _by_distinct(encoded: pa.DictionaryArray, hashing: Callable[[pa.Array], Hashes]) -> Hashes:
    """Hash distinct values once, then hand them out to the rows."""
    import numpy as np

    distinct = encoded.dictionary
    hashed = hashing(distinct) if len(distinct) else np.zeros(0, dtype=np.uint64)
    codes = cells.as_numpy(encoded.indices.fill_null(len(distinct)))
    handed_out: Hashes = np.append(hashed, np.uint64(_MISSING))[codes]
    return handed_out


def _hash_floats(values: NDArray[np.float64]) -> Hashes:
    import numpy as np

    # Adding zero turns -0.0 into 0.0: they are equal, and so must their hashes be.
    hashed = _mixed((values + 0.0).view(np.uint64))
    hashed[np.isnan(values)] = _MISSING
    return hashed


def _hash_numbers(chunk: pa.Array) -> Hashes:
    import numpy as np
    import pyarrow as pa

    if pa.types.is_float32(chunk.type):
        # The shortest decimal that gives the float back is what a CSV file would hold.
        return _hash_floats(cells.as_numpy(chunk.cast(pa.string()).cast(pa.float64())))
    values = cells.as_numpy(chunk.cast(pa.float64(), safe=False))
    hashed = _hash_floats(values)
    if pa.types.is_integer(chunk.type):
        large = np.flatnonzero(np.abs(values) >= _EXACT_INTEGERS)
        if large.size:
            hashed[large] = _hash_plain_texts(
                cells.as_numpy(chunk.take(pa.array(large)).cast(pa.string()))
            )
    return hashed


def _hash_strings(chunk: pa.Array) -> Hashes:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    chunk = pc.if_else(pc.equal(chunk, ""), pa.scalar(None, chunk.type), chunk)
    try:
        values = cells.as_numpy(chunk.cast(pa.float64()))
    except pa.ArrowInvalid:
        return _by_distinct(chunk.dictionary_encode(), _hash_texts)
    hashed = _hash_floats(values)
    large = np.flatnonzero(np.abs(values) >= _EXACT_INTEGERS)
    if large.size:
        hashed[large] = _hash_large(chunk.take(pa.array(large)), values[large])
    return hashed


def _hash_large(texts: pa.Array, values: NDArray[np.float64]) -> Hashes:
    """Hash numbers that a float cannot tell from their neighbours by their digits."""
    import numpy as np

    hashed = _hash_floats(values)
    for index, text in enumerate(texts.to_pylist()):
        bare = text.lstrip("+")
        if bare.lstrip("-").isdigit():
            hashed[index] = _hash_plain_texts(np.array([str(int(bare))], dtype=object))[0]
    return hashed


def _hash_texts(distinct: pa.Array) -> Hashes:
    """Hash distinct texts: numbers by value, dates in one spelling, others to the letter."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    distinct = distinct.cast(pa.large_string())
    number = cells.as_numpy(pc.match_substring_regex(distinct, _ARROW_NUMBER)).astype(bool)
    listed = cells.as_numpy(pc.match_substring_regex(distinct, _LIST_OF_NUMBERS)).astype(bool)
    others = np.flatnonzero(~(number | listed))
    hashed = np.empty(len(distinct), dtype=np.uint64)
    if number.any():
        hashed[number] = _hash_strings(distinct.filter(pa.array(number)))
    if listed.any():
        hashed[listed] = _hash_list_texts(distinct.filter(pa.array(listed)))
    hashed[others] = _hash_plain_texts(
        cells.as_numpy(_one_spelling(distinct.take(pa.array(others))))
    )
    return hashed


def _hash_list_texts(texts: pa.Array) -> Hashes:
    """Hash ``[1, 2]`` as the list it spells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    inner = pc.replace_substring_regex(texts, r"[\[\]\s]", "")
    return _hash_lists(pc.split_pattern(inner, ",").cast(pa.large_list(pa.float64())))


def _one_spelling(texts: pa.Array) -> pa.Array:
    """Spell dates and truth values as one, whatever wrote them."""
    import pyarrow.compute as pc

    texts = pc.if_else(
        pc.match_substring_regex(texts, "^(?i:true|false)$"), pc.utf8_lower(texts), texts
    )
    dated = pc.match_substring_regex(texts, _ISO_DATE)
    if not pc.any(dated).as_py():
        return texts
    spelled = texts
    for pattern, replacement in (
        (r"(?:Z|\+00:?00)$", ""),
        (r"^(.{10})T", r"\1 "),
        (r"^(.{10} [0-9]{2}:[0-9]{2})$", r"\1:00"),
        (r"(\.[0-9]*?)0+$", r"\1"),
        (r"\.$", ""),
        (r" 00:00:00$", ""),
    ):
        spelled = pc.replace_substring_regex(spelled, pattern, replacement)
    return pc.if_else(dated, spelled, texts)


def _hash_plain_texts(texts: NDArray[np.object_]) -> Hashes:
    import numpy as np
    from pandas.util import hash_array

    hashed = hash_array(texts.astype(object), categorize=False).astype(np.uint64)
    return _mixed(hashed ^ np.uint64(_TEXT))


def _as_text(chunk: pa.Array) -> pa.Array:
    """Spell what is neither number, text nor list of numbers."""
    import pyarrow as pa

    kind = chunk.type
    if pa.types.is_timestamp(kind):
        return chunk.cast(pa.timestamp(kind.unit)).cast(pa.large_string())
    try:
        return chunk.cast(pa.large_string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        spelled = [None if v is None else json.dumps(v, default=str) for v in chunk.to_pylist()]
        return pa.array(spelled, pa.large_string())


def _hash_lists(chunk: pa.Array) -> Hashes:
    """Hash lists of numbers, some rows at a time: a hash takes as much room as a number."""
    import numpy as np

    width = max(1, len(chunk.flatten()) // max(1, len(chunk)))
    step = max(1, _LIST_CELLS_AT_ONCE // width)
    parts = [_hash_some_lists(chunk.slice(at, step)) for at in range(0, len(chunk), step)]
    return np.concatenate(parts)


def _hash_some_lists(chunk: pa.Array) -> Hashes:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = cells.as_numpy(pc.list_value_length(chunk).fill_null(0)).astype(np.int64)
    values = cells.as_numpy(chunk.flatten().cast(pa.float64(), safe=False))
    ends = np.cumsum(lengths)
    position = np.arange(len(values)) - np.repeat(ends - lengths, lengths)
    hashed = _mixed(_hash_floats(values) ^ (position.astype(np.uint64) * np.uint64(_GOLDEN)))
    sums = np.append(np.uint64(0), np.cumsum(hashed, dtype=np.uint64))
    total = sums[ends] - sums[ends - lengths]
    total = _mixed(total ^ np.uint64(_LIST) ^ lengths.astype(np.uint64))
    total[cells.as_numpy(chunk.is_null())] = _MISSING
    return total


def _hash_values(values: NDArray[Any]) -> Hashes:
    """Hash what models see of one column."""
    import numpy as np

    if values.dtype == object:
        return _hash_objects(values)
    if values.dtype.kind == "M":
        present = values.astype("datetime64[us]").view(np.int64).astype(np.float64)
        return _hash_floats(np.where(np.isnat(values), np.nan, present))
    if values.ndim == 1:
        return _hash_floats(values.astype(np.float64))
    step = max(1, _LIST_CELLS_AT_ONCE // max(1, values.shape[1]))
    position = np.arange(values.shape[1], dtype=np.uint64) * np.uint64(_GOLDEN)
    parts = [
        _mixed(_hash_floats(values[at : at + step].astype(np.float64)) ^ position).sum(
            axis=1, dtype=np.uint64
        )
        for at in range(0, len(values), step)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def _hash_objects(values: NDArray[np.object_]) -> Hashes:
    import pyarrow as pa

    encoded = pa.array(values, pa.large_string()).dictionary_encode()
    return _by_distinct(encoded, lambda texts: _hash_plain_texts(cells.as_numpy(texts)))
