"""Write a CSV file again, untouched cells byte for byte as they were."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from typing import TYPE_CHECKING

from labelaudit.data.csv_records import (
    Tape,
    cell_spans,
    is_blank,
    lines_of,
    long_cells,
    records,
)
from labelaudit.data.dialect import newline_of
from labelaudit.data.rewrite_request import check_request
from labelaudit.data.write import atomic_write
from labelaudit.errors import OutputError, RunError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from labelaudit.types import Dialect


def rewrite_csv(
    source_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    dialect: Dialect,
    *,
    n_rows: int,
    drop: Iterable[int] = (),
    replace: Mapping[tuple[int, str], str] | None = None,
    append: Mapping[str, Sequence[str] | Sequence[float]] | None = None,
) -> str:
    """Write a CSV file again with rows dropped, cells replaced or columns appended.

    The raw text of a record is copied, never written anew. Blank lines stay where they
    are. A new cell is quoted only where it must be, or where the old one was.

    Parameters
    ----------
    source_path : path-like
    output : path-like
        Another file.
    dialect : Dialect
        As `read_table` found it.
    n_rows, drop, replace, append
        As in `labelaudit.data.rewrite.rewrite`.

    Returns
    -------
    str
        SHA-256 of the output.

    Raises
    ------
    OutputError
        When it cannot be written, or the encoding cannot hold a new cell.
    RunError
        When the source has not `n_rows` rows.
    """
    dropped = frozenset(int(row) for row in drop)
    digest = hashlib.sha256()
    with (
        open(source_path, "rb") as source,  # noqa: PTH123
        lines_of(source, dialect.encoding, dialect.bom) as lines,
        long_cells(),
        atomic_write(output) as file,
    ):
        editor = _Editor(lines, dialect, n_rows, dropped, replace or {}, append or {})
        for piece in _encoded(editor, dialect):
            digest.update(piece)
            file.write(piece)
        if editor.row != n_rows:
            raise RunError(
                f"the file has {editor.row} rows where {n_rows} were read",
                where=str(source_path),
                hint="it changed meanwhile; run the command again",
            )
    return digest.hexdigest()


class _Editor:
    """Gives the text of the new file, record by record."""

    def __init__(
        self,
        lines: Iterable[str],
        dialect: Dialect,
        n_rows: int,
        dropped: frozenset[int],
        replace: Mapping[tuple[int, str], str],
        append: Mapping[str, Sequence[str] | Sequence[float]],
    ) -> None:
        self.row = 0
        self._tape = Tape(lines)
        self._reader = records(self._tape, dialect.delimiter, dialect.quotechar)
        self._dialect = dialect
        self._n_rows = n_rows
        self._dropped = dropped
        self._replace = replace
        self._append = append

    def __iter__(self) -> Iterator[str]:
        header: list[str] = []
        for header in self._reader:
            if not is_blank(header, 0):
                break
        check_request(header, self._n_rows, self._dropped, self._replace, self._append)
        yield self._extended(self._tape.cut(), list(self._append))
        changes = self._changes(header)
        columns = list(self._append.values())
        for cells in self._reader:
            raw = self._tape.cut()
            if is_blank(cells, len(header)):
                yield raw
                continue
            row, self.row = self.row, self.row + 1
            if row >= self._n_rows or row in self._dropped:
                continue
            if row in changes:
                raw = self._replaced(raw, cells or [""], changes[row])
            yield self._extended(raw, [_text(column[row]) for column in columns])

    def _changes(self, header: list[str]) -> dict[int, dict[int, str]]:
        position = {name: index for index, name in enumerate(header)}
        changes: dict[int, dict[int, str]] = defaultdict(dict)
        for (row, name), cell in self._replace.items():
            changes[int(row)][position[name]] = cell
        return changes

    def _extended(self, raw: str, cells: list[str]) -> str:
        if not cells:
            return raw
        ending = newline_of(raw)
        body = raw.removesuffix(ending)
        added = (self._dialect.delimiter + _written(cell, self._dialect) for cell in cells)
        return f"{body}{''.join(added)}{ending}"

    def _replaced(self, raw: str, cells: list[str], changes: Mapping[int, str]) -> str:
        spans = cell_spans(raw, self._dialect)
        new = raw
        for index in sorted(changes, reverse=True):
            start, end = spans[index].start, spans[index].end
            quoted = raw.startswith(self._dialect.quotechar, start) or len(cells) == 1
            new = new[:start] + _written(changes[index], self._dialect, quoted=quoted) + new[end:]
        wanted = [changes.get(index, cell) for index, cell in enumerate(cells)]
        if not self._reads_as(new, wanted):
            raise AssertionError(f"replacing a cell spoilt row {self.row - 1}: {new!r}")
        return new

    def _reads_as(self, raw: str, cells: list[str]) -> bool:
        lines = io.StringIO(raw, newline="")
        return list(records(lines, self._dialect.delimiter, self._dialect.quotechar)) == [cells]


def _written(cell: str, dialect: Dialect, *, quoted: bool = False) -> str:
    quote = dialect.quotechar
    if quoted or any(mark in cell for mark in (dialect.delimiter, quote, "\r", "\n")):
        return f"{quote}{cell.replace(quote, quote * 2)}{quote}"
    return cell


def _text(cell: str | float) -> str:
    return cell if isinstance(cell, str) else repr(float(cell))


def _encoded(pieces: Iterable[str], dialect: Dialect) -> Iterator[bytes]:
    yield dialect.bom
    for piece in pieces:
        try:
            yield piece.encode(dialect.encoding)
        except UnicodeEncodeError as error:
            raise OutputError(
                f"{error.object[error.start : error.end]!r} cannot be written in the encoding"
                f" of the file, {dialect.encoding}",
                hint="save the data as UTF-8 and run again",
            ) from error
