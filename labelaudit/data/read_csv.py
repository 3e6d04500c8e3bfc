"""Read CSV strictly: every cell is text, and what does not fit is named by its line."""

from __future__ import annotations

import csv
from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.data.csv_records import (
    first_lines,
    is_blank,
    lines_of,
    long_cells,
    raise_first_fault,
    records,
)
from labelaudit.data.dialect import QUOTECHAR, newline_of, sniff_delimiter
from labelaudit.data.raw_table import RawTable
from labelaudit.data.text_encoding import examine
from labelaudit.errors import InputError
from labelaudit.progress import SILENT
from labelaudit.types import Dialect, Notice, Source

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.progress import Progress, Step

_FIRST_CHUNK = 256
_MOST_ROWS = 20_000
_CHUNK_CELLS = 62_000
_CHUNK_CHARACTERS = 8_000_000


def read_csv(
    stream: BinaryIO, where: str, *, prefer: str = ",", progress: Progress = SILENT
) -> RawTable:
    """Read a CSV file with a header.

    Encoding, delimiter and line ending are found out and kept in ``source.dialect``.
    Blank lines are no rows, except in a file of one column, where a blank line is an
    empty cell.

    Parameters
    ----------
    stream : BinaryIO
        Seekable.
    where : str
        The file as the user knows it.
    prefer : str
        The delimiter the file's name speaks for.
    progress : Progress
        Advances by bytes.

    Returns
    -------
    RawTable
        Text columns without nulls.

    Raises
    ------
    InputError
        For what is no table: no rows, ragged rows, a broken quote, column names that are
        missing or used twice, NUL characters, text that its encoding forbids.
    """
    found = examine(stream, where)
    open_lines = partial(lines_of, stream, found.encoding, found.bom)
    with long_cells():
        delimiter = sniff_delimiter(open_lines, prefer)
        with open_lines() as lines:
            newline = _first_newline(lines)
        dialect = Dialect(found.encoding, found.bom, delimiter, QUOTECHAR, newline)
        with progress.step("reading", total=found.size) as step:
            header, columns, line = _parse(open_lines, dialect, where, _Meter(stream, step))
    if not columns[0]:
        raise InputError(
            "the file has a header and no rows", where=where, hint="add rows of data below it"
        )
    source = Source(where, "csv", found.size, found.sha256, dialect)
    notices = (*found.notices, *_unnamed(header))
    return RawTable(_as_table(header, columns), source, notices, line)


def _parse(
    open_lines: Callable[[], AbstractContextManager[Iterable[str]]],
    dialect: Dialect,
    where: str,
    meter: _Meter,
) -> tuple[list[str], list[list[pa.Array]], NDArray[np.int64]]:
    import numpy as np

    header: list[str] = []
    starts = [np.empty(0, dtype=np.int64)]
    try:
        with open_lines() as lines:
            reader = records(lines, dialect.delimiter, dialect.quotechar)
            header = read_header(reader)
            _check_header(header, where)
            columns: list[list[pa.Array]] = [[] for _ in header]
            for chunk, line in _chunks(reader, len(header)):
                _store(chunk, columns)
                starts.append(line)
                meter.advance()
    except (csv.Error, _RaggedError):
        # Counting lines is slow, so only a faulty file is read again to find where.
        with open_lines() as lines:
            raise_first_fault(lines, dialect, where, len(header))
        raise
    return header, columns, np.concatenate(starts)


class _Meter:
    """Tells how far the file has been read."""

    def __init__(self, stream: BinaryIO, step: Step) -> None:
        self._stream = stream
        self._step = step
        self._done = 0

    def advance(self) -> None:
        now = self._stream.tell()
        self._step.advance(now - self._done)
        self._done = now


def read_header(reader: Iterator[list[str]]) -> list[str]:
    """Read the first record that is not blank.

    Parameters
    ----------
    reader : csv.reader

    Returns
    -------
    list of str
        Empty at the end of the file.
    """
    return next((row for row in reader if not is_blank(row, 0)), [])


class _RaggedError(Exception):
    """A record has not as many cells as the header."""


def _first_newline(lines: Iterable[str]) -> str:
    return newline_of(next((line for line in lines if line.strip()), "")) or "\n"


def _check_header(header: list[str], where: str) -> None:
    if not header:
        raise InputError(
            "the file is empty", where=where, hint="check how it was written, or name another"
        )
    unnamed = [number for number, name in enumerate(header, 1) if not name.strip()]
    if unnamed and (unnamed != [1] or len(header) == 1):
        raise InputError(
            f"columns without a name: {', '.join(map(str, unnamed))}, counted from 1",
            where=where,
            hint="give each column a name in the first line",
        )
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise InputError(
            f"column names used more than once: {', '.join(map(repr, twice))}",
            where=where,
            hint="give each column its own name in the first line",
        )


def _unnamed(header: list[str]) -> tuple[Notice, ...]:
    if header[0].strip():
        return ()
    return (
        Notice(
            "unnamed-column",
            "the first column has no name; it looks like an index that pandas wrote along",
            "write it with to_csv(..., index=False), or name it",
        ),
    )


def _chunks(reader: Reader, n_columns: int) -> Iterator[tuple[list[list[str]], NDArray[np.int64]]]:
    size, before = _FIRST_CHUNK, reader.line_num
    while chunk := list(islice(reader, size)):
        line = first_lines(chunk, before, reader.line_num)
        before = reader.line_num
        if set(map(len, chunk)) != {n_columns}:
            line = line[[not is_blank(row, n_columns) for row in chunk]]
            chunk = _rows(chunk, n_columns)
        if chunk:
            yield chunk, line
            size = _next_size(chunk, n_columns)


def _rows(chunk: list[list[str]], n_columns: int) -> list[list[str]]:
    rows = [row for row in chunk if not is_blank(row, n_columns)]
    if n_columns == 1:
        rows = [row or [""] for row in rows]
    if any(len(row) != n_columns for row in rows):
        raise _RaggedError
    return rows


def _next_size(chunk: list[list[str]], n_columns: int) -> int:
    mean = sum(len(cell) for row in chunk for cell in row) / len(chunk) + 1
    fitting = min(_CHUNK_CELLS // n_columns, int(_CHUNK_CHARACTERS / mean), _MOST_ROWS)
    return max(fitting, 1)


def _store(chunk: list[list[str]], columns: list[list[pa.Array]]) -> None:
    import pyarrow as pa

    for column, cells in zip(columns, zip(*chunk, strict=True), strict=True):
        column.append(pa.array(cells, pa.string()))


def _as_table(header: list[str], columns: list[list[pa.Array]]) -> pa.Table:
    import pyarrow as pa

    return pa.table([pa.chunked_array(column) for column in columns], names=header)
