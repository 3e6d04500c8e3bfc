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
from labelaudit.data.rewrite_request import Request
from labelaudit.data.write import atomic_write
from labelaudit.errors import OutputError, RunError

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from labelaudit.data.rewrite_request import Columns
    from labelaudit.types import Dialect


def rewrite_csv(
    source_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    dialect: Dialect,
    *,
    n_rows: int,
    drop: Iterable[int] = (),
    replace: Mapping[tuple[int, str], str] | None = None,
    append: Columns | None = None,
    remove: Collection[str] = (),
    add: Sequence[str] = (),
) -> str:
    """Write a CSV file again with rows or columns added or taken out, or cells replaced.

    The raw text of a record is copied, never written anew. Blank lines stay where they
    are. A new cell is quoted only where it must be, or where the old one was.

    Parameters
    ----------
    source_path : path-like
    output : path-like
        Another file.
    dialect : Dialect
        As `read_table` found it.
    n_rows, drop, replace, append, remove
        As in `labelaudit.data.rewrite.rewrite`.
    add : sequence of str
        Records as text, with or without their line ending, put at the end.

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
        request = Request(n_rows, dropped, replace or {}, append or {}, frozenset(remove))
        editor = _Editor(lines, dialect, request, add)
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
        request: Request,
        add: Sequence[str],
    ) -> None:
        self.row = 0
        self._tape = Tape(lines)
        self._reader = records(self._tape, dialect.delimiter, dialect.quotechar)
        self._dialect = dialect
        self._request = request
        self._add = add

    def __iter__(self) -> Iterator[str]:
        last = ""
        for last in self._edited():
            yield last
        ending = self._dialect.newline
        ended = bool(newline_of(last))
        if self._add and not ended:
            yield ending
        for place, record in enumerate(self._add, start=1):
            body = record.removesuffix(newline_of(record))
            yield body if place == len(self._add) and not ended else body + ending

    def _edited(self) -> Iterator[str]:
        request = self._request
        header, raw = [""], ""
        for header in self._reader:
            raw = self._tape.cut()
            if not is_blank(header, 0):
                break
            yield raw
        request.check(header)
        position = {name: index for index, name in enumerate(header)}
        gone = sorted((position[name] for name in request.remove), reverse=True)
        changes = self._changes(position)
        yield self._extended(self._without(raw, gone), list(request.append))
        columns = list(request.append.values())
        for cells in self._reader:
            raw = self._tape.cut()
            if is_blank(cells, len(header)):
                yield raw
                continue
            row, self.row = self.row, self.row + 1
            if row >= request.n_rows or row in request.drop:
                continue
            if row in changes:
                raw = self._replaced(raw, cells or [""], changes[row])
            yield self._extended(self._without(raw, gone), [_text(cell[row]) for cell in columns])

    def _changes(self, position: Mapping[str, int]) -> dict[int, dict[int, str]]:
        changes: dict[int, dict[int, str]] = defaultdict(dict)
        for (row, name), cell in self._request.replace.items():
            changes[int(row)][position[name]] = cell
        return changes

    def _without(self, raw: str, gone: list[int]) -> str:
        """Cut cells out, each with the delimiter before it, or after it if it is the first."""
        for index in gone:
            spans = cell_spans(raw, self._dialect)
            start = spans[index - 1].end if index else spans[0].start
            end = spans[index].end if index else spans[1].start
            raw = raw[:start] + raw[end:]
        return raw

    def _extended(self, raw: str, cells: list[str]) -> str:
        if not cells:
            return raw
        ending = newline_of(raw)
        body = raw.removesuffix(ending)
        added = (self._dialect.delimiter + written_cell(cell, self._dialect) for cell in cells)
        return f"{body}{''.join(added)}{ending}"

    def _replaced(self, raw: str, cells: list[str], changes: Mapping[int, str]) -> str:
        spans = cell_spans(raw, self._dialect)
        new = raw
        for index in sorted(changes, reverse=True):
            start, end = spans[index].start, spans[index].end
            quoted = raw.startswith(self._dialect.quotechar, start) or len(cells) == 1
            new = (
                new[:start] + written_cell(changes[index], self._dialect, quoted=quoted) + new[end:]
            )
        wanted = [changes.get(index, cell) for index, cell in enumerate(cells)]
        if not self._reads_as(new, wanted):
            raise AssertionError(f"replacing a cell spoilt row {self.row - 1}: {new!r}")
        return new

    def _reads_as(self, raw: str, cells: list[str]) -> bool:
        lines = io.StringIO(raw, newline="")
        return list(records(lines, self._dialect.delimiter, self._dialect.quotechar)) == [cells]


def written_cell(cell: str, dialect: Dialect, *, quoted: bool = False) -> str:
    """Write a cell, in quotes where it must be.

    Parameters
    ----------
    cell : str
    dialect : Dialect
    quoted : bool
        Whether to quote it in any case.

    Returns
    -------
    str
    """
    quote = dialect.quotechar
    if quoted or any(mark in cell for mark in (dialect.delimiter, quote, "\r", "\n")):
        return f"{quote}{cell.replace(quote, quote * 2)}{quote}"
    return cell


def _text(cell: str | float | None) -> str:
    if cell is None:
        return ""
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
