"""Finding the rows that an action changed in the file as it is now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.errors import RunError
from labelaudit.remedy.rows import GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pyarrow as pa

    from labelaudit.types import Source

CONTENT_CHANGED = "content changed since"
LABEL_CHANGED = "label changed since"
WEIGHT_CHANGED = "weight changed since"
NOT_ONE = "is in the file more than once"


@dataclass(frozen=True)
class FileNow:
    """The rows of a file and what they are known by.

    Attributes
    ----------
    source : Source
    table : pyarrow.Table
        n rows.
    columns : mapping
        As `labelaudit.remedy.columns.columns_of` gave them when the file was changed.
    """

    source: Source
    table: pa.Table
    columns: Mapping[str, Any]
    _taken: set[int] = field(default_factory=set)

    @cached_property
    def fingerprint(self) -> list[int]:
        """Content hash of every row."""
        from labelaudit.data.identity import fingerprints

        return [int(one) for one in fingerprints(self.table, self.columns["content"])]

    @cached_property
    def labels(self) -> list[str | None]:
        """The class of every row as text; None where it is missing."""
        from labelaudit.data.labels import label_values

        name = self.columns["label"]
        encoded = label_values(self.table.column(name), name, where=self.source.path)
        names = [label_text(label) for label in encoded.classes]
        return [names[code] if code >= 0 else None for code in encoded.y.tolist()]

    @cached_property
    def row_id(self) -> list[str]:
        """The id of every row: of its column, or made of its content where that is not its own."""
        own = {row_id for row_id, rows in self._by_id.items() if len(rows) == 1}
        if len(own) == self.table.num_rows:
            return self._ids
        of_content = self._ids_of_content()
        given = self._ids or [""] * len(of_content)
        return [one if one in own else other for one, other in zip(given, of_content, strict=True)]

    def _ids_of_content(self) -> list[str]:
        import numpy as np

        from labelaudit.data.identity import row_ids

        named = sorted({label for label in self.labels if label is not None})
        order = {label: code for code, label in enumerate(named)}
        codes = [-1 if label is None else order[label] for label in self.labels]
        content = np.array(self.fingerprint, dtype=np.uint64)
        return [str(one) for one in row_ids(content, np.array(codes, dtype=np.int64))]

    def cells(self, column: str) -> list[str]:
        """Give the cells of a column as text; empty where there is none."""
        return ["" if one is None else str(one) for one in self.table.column(column).to_pylist()]

    def find(self, change: Mapping[str, Any], fits: Callable[[int], bool]) -> int | None:
        """Find the row that a change in the ledger is about; no row is found twice.

        Parameters
        ----------
        change : mapping
            The facts of its line.
        fits : callable
            Whether a row still is as the change left it.

        Returns
        -------
        int or None
            Where it is. None where it is gone, its content changed or it is there more than
            once, see `why_not`. Of rows of the same content one that fits is preferred.
        """
        if self.columns["id"]:
            rows = self._named(change)
            return rows[0] if len(rows) == 1 else None
        free = [one for one in self.twins(change["fingerprint"]) if one not in self._taken]
        row = next((one for one in free if fits(one)), free[0] if free else None)
        if row is not None:
            self._taken.add(row)
        return row

    def why_not(self, change: Mapping[str, Any]) -> str:
        """Say why a row was not found."""
        if not (self.columns["id"] and self.has_id(str(change["row_id"]))):
            return GONE
        return NOT_ONE if self._named(change) else CONTENT_CHANGED

    def twins(self, fingerprint: str) -> list[int]:
        """Give the rows of this content."""
        return self._by_content.get(fingerprint, [])

    def has_id(self, row_id: str) -> bool:
        """Tell whether a row has this id."""
        return row_id in self._by_id

    def _named(self, change: Mapping[str, Any]) -> list[int]:
        """Give the rows that have the id and the content of a change."""
        rows = self._by_id.get(str(change["row_id"]), ())
        return [row for row in rows if f"{self.fingerprint[row]:016x}" == change["fingerprint"]]

    @cached_property
    def _ids(self) -> list[str]:
        """What the id column says, empty where it says nothing; empty where there is none."""
        from labelaudit.data.identity import ids_as_written

        name = self.columns["id"]
        if not name:
            return []
        ids = ids_as_written(self.table.column(name), name, where=self.source.path)
        return ["" if one is None else str(one) for one in ids]

    @cached_property
    def _by_id(self) -> dict[str, list[int]]:
        # Somebody else edited the file: an id may be missing or there twice.
        rows: dict[str, list[int]] = defaultdict(list)
        for row, row_id in enumerate(self._ids):
            if row_id:
                rows[row_id].append(row)
        return dict(rows)

    @cached_property
    def _by_content(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = defaultdict(list)
        for row, content in enumerate(self.fingerprint):
            rows[f"{content:016x}"].append(row)
        return dict(rows)


def read_now(path: Path, columns: Mapping[str, Any] | None) -> FileNow:
    """Read a file in which rows are to be found.

    Parameters
    ----------
    path : Path
    columns : mapping or None
        From the ledger.

    Returns
    -------
    FileNow

    Raises
    ------
    InputError
        When it cannot be read.
    RunError
        When the ledger does not tell of the columns, or one of them is gone.
    """
    from labelaudit.data.read import read_table

    if columns is None:
        raise RunError(
            "the ledger does not tell by what rows are found again: an older version wrote it",
            where=str(path),
            hint="restore the file from a backup",
        )
    read = read_table(path)
    wanted = [columns["label"], *filter(None, [columns["id"]]), *columns["content"]]
    gone = [name for name in wanted if name not in read.table.column_names]
    if gone:
        raise RunError(
            f"the file has not the column {gone[0]!r} any more, by which rows are found again",
            where=str(path),
            hint="put the column back, or restore the file from a backup",
        )
    return FileNow(read.source, read.table, columns)


def same_text(cell: str | None, label: object) -> bool:
    """Tell whether a cell holds a label; numbers are compared as such."""
    text = "" if label is None else label_text(label)  # type: ignore[arg-type]
    if (cell or "") == text:
        return True
    try:
        return float(cell or "") == float(text)
    except ValueError:
        return False
