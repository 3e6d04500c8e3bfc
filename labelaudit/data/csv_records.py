"""The one tokenizer that reading and rewriting a CSV file share.

Both must cut a file into the same records and cells, or a rewritten file would differ
from what was audited: Python's csv.reader decides in either case.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.errors import InputError

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Dialect

_LARGEST_CELL = 2**31 - 1
_LINE_END = re.compile(r"\r\n|\r|\n")


@contextmanager
def long_cells() -> Iterator[None]:
    """Let csv read cells of any length (embeddings), and leave its limit as it was."""
    before = csv.field_size_limit(_LARGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def lines_of(stream: BinaryIO, encoding: str, bom: bytes) -> Iterator[Iterable[str]]:
    r"""Read a file line by line from its start; the file stays open.

    Parameters
    ----------
    stream : BinaryIO
        Seekable.
    encoding : str
    bom : bytes
        Skipped.

    Yields
    ------
    iterable of str
        Lines end in ``\n``, ``\r\n`` or ``\r``, which they keep.
    """
    stream.seek(len(bom))
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def records(lines: Iterable[str], delimiter: str, quotechar: str = '"') -> Reader:
    """Cut lines into records of cells; a broken quote raises csv.Error.

    Parameters
    ----------
    lines : iterable of str
    delimiter, quotechar : str

    Returns
    -------
    csv.reader
    """
    return csv.reader(lines, delimiter=delimiter, quotechar=quotechar, strict=True)


def is_blank(row: list[str], n_columns: int) -> bool:
    """Tell whether a record is a blank line, which is no row.

    In a file of one column a blank line is a row with an empty cell.

    Parameters
    ----------
    row : list of str
        As csv.reader gives it.
    n_columns : int

    Returns
    -------
    bool
    """
    if n_columns == 1:
        return False
    return not row or (len(row) == 1 and row[0].isspace())


def first_lines(chunk: Sequence[list[str]], before: int, after: int) -> NDArray[np.int64]:
    """Find the line that each of some records in a row starts on.

    Parameters
    ----------
    chunk : sequence of list of str
        m records, blank lines included.
    before, after : int
        Lines that the reader had taken before the first of them and after the last.

    Returns
    -------
    ndarray of int64, shape (m,)
        From 1.
    """
    import numpy as np

    if after - before == len(chunk):
        return np.arange(before + 1, after + 1, dtype=np.int64)
    # A record takes a line more for each line break in its cells. No cell holds a NUL, so
    # a \r at the end of one and a \n at the start of the next stay two line breaks.
    texts = list(map("\0".join, chunk))
    taken = 1 + _count(texts, "\n")
    if any("\r" in text for text in texts):
        taken += _count(texts, "\r") - _count(texts, "\r\n")
    last = before + np.cumsum(taken)
    return np.concatenate(([before], last[:-1])) + 1


def _count(texts: list[str], part: str) -> NDArray[np.int64]:
    import numpy as np

    return np.fromiter(map(str.count, texts, repeat(part)), np.int64, len(texts))


class Tape:
    """Lines on their way to csv.reader, kept until the record they make is cut off.

    Parameters
    ----------
    lines : iterable of str
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._taken: list[str] = []

    def __iter__(self) -> Tape:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        return line

    def cut(self) -> str:
        """Give the raw text read since the last cut.

        Returns
        -------
        str
        """
        raw = "".join(self._taken)
        self._taken.clear()
        return raw


@dataclass(frozen=True)
class Span:
    """Where a cell lies in the raw text of its record, quotes included."""

    start: int
    end: int


def cell_spans(raw: str, dialect: Dialect) -> list[Span]:
    """Find the cells of one record in its raw text.

    Parameters
    ----------
    raw : str
        With or without its line ending.
    dialect : Dialect

    Returns
    -------
    list of Span
        In order. It ends early where a quote is broken.
    """
    cell = _cell_pattern(dialect.delimiter, dialect.quotechar)
    spans: list[Span] = []
    position = 0
    while (match := cell.match(raw, position)) is not None:
        spans.append(Span(match.start(1), match.end(1)))
        if match[2] != dialect.delimiter:
            break
        position = match.end()
    return spans


@lru_cache(maxsize=8)
def _cell_pattern(delimiter: str, quotechar: str) -> re.Pattern[str]:
    mark, quote = re.escape(delimiter), re.escape(quotechar)
    quoted = rf"{quote}[^{quote}]*(?:{quote}{quote}[^{quote}]*)*{quote}"
    bare = rf"[^{mark}{quote}\r\n][^{mark}\r\n]*"
    return re.compile(rf"({quoted}|{bare}|)({mark}|\r\n|\r|\n|\Z)")


def raise_first_fault(lines: Iterable[str], dialect: Dialect, where: str, n_columns: int) -> None:
    """Find the first record that is ragged or broken, and name its line.

    Parameters
    ----------
    lines : iterable of str
        From the start of the file.
    dialect : Dialect
    where : str
        The file as the user knows it.
    n_columns : int
        Cells of the header.

    Raises
    ------
    InputError
    """
    tape = Tape(lines)
    reader = records(tape, dialect.delimiter, dialect.quotechar)
    while True:
        first_line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _broken(tape.cut(), dialect, where, first_line, str(error)) from error
        if row is None:
            return
        tape.cut()
        if len(row) != n_columns and row and not is_blank(row, n_columns):
            raise _ragged(row, n_columns, dialect, f"{where}:{first_line}")


def _broken(raw: str, dialect: Dialect, where: str, line: int, error: str) -> InputError:
    spans = cell_spans(raw, dialect)
    start = spans[-1].end + len(dialect.delimiter) if spans else 0
    line += len(_LINE_END.findall(raw, 0, start))
    if "unexpected end" in error:
        what = "a quote that opens here is never closed"
    elif "expected after" in error:
        what = "a cell that opens with a quote here goes on after the quote closes"
    else:
        what = f"the line cannot be read: {error}"
    return InputError(
        what,
        where=f"{where}:{line}",
        hint='close the quote, and write a quote inside of a quoted cell twice: "5"" pipe"',
    )


def _ragged(row: list[str], n_columns: int, dialect: Dialect, where: str) -> InputError:
    name = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}[dialect.delimiter]
    if n_columns == 1:
        hint = f"if the cells are not split by {name}, or the header comes later, mend that"
    elif len(row) > n_columns:
        hint = f"put cells that contain {name} in double quotes"
    else:
        hint = f"cells are split by {name}; put cells that contain line breaks in double quotes"
    return InputError(
        f"the line has {_cells(len(row))}, the header has {n_columns}", where=where, hint=hint
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
