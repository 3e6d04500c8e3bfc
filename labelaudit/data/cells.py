"""Read single cells: which are missing, which are numbers, dates or lists of numbers.

What one cell means never depends on the cells beside it, except where a whole column is
needed to tell ``3,14`` from ``3,140``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

NUMBER_TOKENS_FOR_MISSING = frozenset(
    {"", "na", "n/a", "nan", "<na>", "null", "none", "?", "-", "--", "nil", "missing", "#n/a"}
    | {"inf", "-inf", "+inf", "infinity", "-infinity"},
)
"""What stands for a missing number, in lower case; a category may be called so."""

PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CURRENCY = "$€£¥₹"
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+", re.ASCII)
_ZERO_LED = re.compile(r"0\d+", re.ASCII)
_FORMAT_SAMPLE = 2000
DATE_FORMATS = (
    "ISO8601",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
)
"""The ways of writing a date that are understood, tried in this order."""

_DATE_LIKE = re.compile(
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4})"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?:Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Undo dictionary encoding and give every kind of text one Arrow type.

    Parameters
    ----------
    column : pyarrow.ChunkedArray

    Returns
    -------
    pyarrow.ChunkedArray
        Text as ``large_string``; anything else as it was.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if is_text(kind) and not pa.types.is_large_string(kind):
        column = column.cast(pa.large_string())
    elif pa.types.is_binary_view(kind):
        column = column.cast(pa.large_binary())
    return column


def is_text(kind: pa.DataType) -> bool:
    """Tell whether an Arrow type holds text."""
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_list(kind: pa.DataType) -> bool:
    """Tell whether an Arrow type holds lists, of fixed length or not."""
    import pyarrow as pa

    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def is_blank(text: str | None) -> bool:
    """Tell whether a cell of text holds nothing but white space."""
    return text is None or not text.strip()


def text_values(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """Give a text column as Python strings.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of text, length n

    Returns
    -------
    ndarray of object, shape (n,)
        str, or None where the cell is null or blank.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = plain(column)
    blank = pc.equal(pc.utf8_trim_whitespace(column), "")
    kept = pc.if_else(blank, pa.scalar(None, column.type), column)
    return as_numpy(kept)


def as_numpy(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """Give an Arrow column as a NumPy array, copied where it must be."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        values: NDArray[Any] = column.to_numpy()
    else:
        values = column.to_numpy(zero_copy_only=False)
    return values


def is_zero_led(text: str) -> bool:
    """Tell whether a cell is a code such as ``007``: digits that are no number."""
    return _ZERO_LED.fullmatch(text.strip()) is not None


@lru_cache(maxsize=1)
def _strip_signs() -> dict[int, None]:
    return {ord(sign): None for sign in _CURRENCY}


def _number(text: str, *, decimal_comma: bool) -> float:
    """Read one cell; NaN where it is no number.

    A percent sign is dropped and does not divide: a column is compared with itself only.
    """
    bare = text.strip().translate(_strip_signs()).removesuffix("%").strip()
    if decimal_comma and _DECIMAL_COMMA.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    if not PLAIN_NUMBER.fullmatch(bare):
        return float("nan")
    return float(bare)


def _writes_decimal_comma(texts: list[str]) -> bool:
    """Tell whether some cell can be read with a decimal comma only, and none without."""
    seen = False
    for text in texts:
        bare = text.strip()
        if "," not in bare:
            if "." in bare:
                return False
            continue
        if not _DECIMAL_COMMA.fullmatch(bare):
            return False
        seen = seen or not _THOUSANDS.fullmatch(bare)
    return seen


def numbers_of_text(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Read a text column as numbers.

    Understands ``$1,000``, ``12%``, ``1.5e3`` and decimal commas; infinities and what is
    no number become NaN.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of text, length n

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    column = plain(column)
    empty = pc.equal(column, "")
    if pc.any(empty).as_py():
        column = pc.if_else(empty, pa.scalar(None, column.type), column)
    try:
        fast: NDArray[np.float64] = column.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        fast = _numbers_by_distinct_text(column)
    finite = np.isfinite(fast)
    return fast if finite.all() else np.where(finite, fast, np.nan)


def _numbers_by_distinct_text(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Read each distinct text once, and only those one by one that need a closer look."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = column.combine_chunks().dictionary_encode()
    texts = encoded.dictionary
    is_plain = pc.match_substring_regex(texts, f"^(?:{PLAIN_NUMBER.pattern})$")
    plain_texts = texts.filter(is_plain)
    others: list[str] = texts.filter(pc.invert(is_plain)).to_pylist()
    no_point = not pc.any(pc.match_substring(plain_texts, ".")).as_py()
    decimal_comma = no_point and _writes_decimal_comma(
        [text for text in others if text.strip().casefold() not in NUMBER_TOKENS_FOR_MISSING]
    )
    read = np.full(len(texts) + 1, np.nan)
    mask = as_numpy(is_plain).astype(bool)
    read[:-1][mask] = as_numpy(plain_texts.cast(pa.float64()))
    read[:-1][~mask] = [_number(text, decimal_comma=decimal_comma) for text in others]
    values: NDArray[np.float64] = read[as_numpy(encoded.indices.fill_null(len(texts)))]
    return values


def numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Give a column as numbers: booleans as 0 and 1, durations in their own unit.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n
        Numbers, booleans, durations, times of day or text.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where missing, infinite or no number.
    """
    import numpy as np
    import pyarrow as pa

    column = plain(column)
    if is_text(column.type):
        return numbers_of_text(column)
    if pa.types.is_time(column.type):
        width = pa.int32() if pa.types.is_time32(column.type) else pa.int64()
        column = column.cast(width)
    elif pa.types.is_duration(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    values = as_numpy(column.cast(pa.float64(), safe=False))
    finite = np.isfinite(values)
    return values if finite.all() else np.where(finite, values, np.nan)


def spread(values: list[str], most: int) -> list[str]:
    """Take at most `most` values, evenly spaced."""
    if len(values) <= most:
        return values
    return [values[index * len(values) // most] for index in range(most)]


def date_format(texts: list[str]) -> tuple[str, float] | None:
    """Find the way that dates are written.

    Parameters
    ----------
    texts : list of str
        A sample without missing cells.

    Returns
    -------
    (str, float) or None
        One of `DATE_FORMATS` and the share of the sample it reads; None when hardly
        anything looks like a date.
    """
    if not texts or not any(_DATE_LIKE.fullmatch(text.strip()) for text in texts[:20]):
        return None
    best: tuple[str, float] | None = None
    for style in DATE_FORMATS:
        read = dates_of_text(texts, style)
        share = 1.0 - float(_count_not_a_time(read)) / len(texts)
        if best is None or share > best[1]:
            best = (style, share)
        if share == 1.0:
            break
    return best


def _count_not_a_time(values: NDArray[np.datetime64]) -> int:
    import numpy as np

    return int(np.isnat(values).sum())


def dates_of_text(texts: Sequence[str | None], style: str) -> NDArray[np.datetime64]:
    """Read text as points in time.

    Parameters
    ----------
    texts : list of (str or None), length n
    style : str
        One of `DATE_FORMATS`.

    Returns
    -------
    ndarray of datetime64[us], shape (n,)
        In UTC where a zone was given; NaT where it is no date.
    """
    import pandas as pd

    kept = [text.strip() if text and _DATE_LIKE.fullmatch(text.strip()) else None for text in texts]
    read = pd.to_datetime(pd.Series(kept, dtype=object), format=style, errors="coerce", utc=True)
    return read.dt.tz_localize(None).to_numpy().astype("datetime64[us]")


def dates(column: pa.ChunkedArray) -> NDArray[np.datetime64]:
    """Give a column as points in time.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n
        Dates, timestamps or text.

    Returns
    -------
    ndarray of datetime64[us], shape (n,)
        NaT where missing or no date.
    """
    import pyarrow as pa

    column = plain(column)
    if not is_text(column.type):
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp(column.type.unit))
        return as_numpy(column.cast(pa.timestamp("us"), safe=False)).astype("datetime64[us]")
    encoded = column.combine_chunks().dictionary_encode()
    texts: list[str] = encoded.dictionary.to_pylist()
    found = date_format(
        spread(sorted(text for text in texts if not is_blank(text)), _FORMAT_SAMPLE)
    )
    read = dates_of_text([*texts, None], found[0] if found else DATE_FORMATS[0])
    values: NDArray[np.datetime64] = read[as_numpy(encoded.indices.fill_null(len(texts)))]
    return values


def lists_of_text(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Read text such as ``[0.1, 0.2]`` or ``[0.1 0.2]`` as lists of numbers.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of text, length n

    Returns
    -------
    pyarrow.ChunkedArray of list of float, length n, or None
        None when some cell is neither such a list nor blank.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(plain(column))
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    shaped = pc.and_(pc.starts_with(trimmed, "["), pc.ends_with(trimmed, "]"))
    if not pc.all(shaped).as_py():
        return None
    inner = pc.utf8_trim_whitespace(pc.utf8_trim(trimmed, "[]"))
    parts = pc.split_pattern_regex(inner, r"\s*,\s*|\s+")
    try:
        return parts.cast(pa.large_list(pa.float32()))
    except pa.ArrowInvalid:
        return None


def list_length(column: pa.ChunkedArray) -> int | None:
    """Give the length that all lists of a column share.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of lists

    Returns
    -------
    int or None
        None when they differ, or every one is missing.
    """
    import pyarrow.compute as pc

    ends = pc.min_max(pc.list_value_length(column)).as_py()
    shortest, longest = ends["min"], ends["max"]
    return shortest if shortest is not None and shortest == longest else None
