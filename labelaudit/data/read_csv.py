"""Read CSV strictly: every cell is text, and what does not fit is named by its line."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.data.csv_records import (
    is_blank,
    line_source,
    long_cells,
    raise_first_fault,
    records,
)
from labelaudit.data.dialect import QUOTECHAR, newline_of, sniff_delimiter
from labelaudit.data.read import RawTable
from labelaudit.data.text_encoding import examine
from labelaudit.errors import InputError
from labelaudit.progress import SILENT
from labelaudit.types import Dialect, Notice, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from labelaudit.progress import Progress

_FIRST_CHUNK = 256
_MOST_ROWS = 20_000
_CHUNK_CELLS = 620_000
_CHUNK_CHARACTERS = 32_000_000


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
    lines = line_source(stream, found.encoding, found.bom)
    with long_cells():
        delimiter = sniff_delimiter(lines, prefer)
        dialect = Dialect(
            encoding=found.encoding,
            bom=found.bom,
            delimiter=delimiter,
            quotechar=QUOTECHAR,
            newline=_first_newline(lines()),
        )
        header = _header(lines(), dialect, where)
        with progress.step("reading", total=found.size) as step:
            table = None
            try:
                table = _body(lines(), dialect, header, lambda: step.advance(_moved(stream)))
            except (csv.Error, _RaggedError):
                raise_first_fault(lines(), dialect, where, len(header))
                raise
    source = Source(where, "csv", found.size, found.sha256, dialect)
    return RawTable(table, source, (*found.notices, *_unnamed(header)))
