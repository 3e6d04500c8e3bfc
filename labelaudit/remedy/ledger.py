"""The append-only record of every change: what, which row, why, by whom, from which run.

One JSON object a line. A batch is a header line followed by a line for each change. The
ledger is written whole, aside, and takes the place of the old one: no crash leaves half a
line, and one that is found is somebody's doing.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from labelaudit.data.write import atomic_write
from labelaudit.errors import OutputError, RunError
from labelaudit.remedy.ledger_chain import (
    CHANGE,
    UNDO,
    VOID,
    Entry,
    Tail,
    chained,
    head_path,
    scan,
    write_head,
)
from labelaudit.remedy.ledger_index import LedgerIndex, mark_of, read_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

__all__ = [
    "CHANGE",
    "UNDO",
    "VOID",
    "Batch",
    "Entry",
    "JsonlLedger",
    "Ledger",
    "relative_to_base",
]

_LOCK_SECONDS = 30.0


@dataclass(frozen=True)
class Batch:
    """What is appended in one go.

    Attributes
    ----------
    kind : str
        Of the header line: ``"fix"``, ``"apply"``, ``"undo"`` or ``"void"``.
    facts : mapping
        What the header says; JSON values.
    changes : sequence of mapping
        A line each; JSON values.
    """

    kind: str
    facts: Mapping[str, Any]
    changes: Sequence[Mapping[str, Any]] = ()


class Ledger(Protocol):
    """Where changes are recorded."""

    @property
    def path(self) -> Path:
        """Where it is kept; what lies beside it is its own."""

    @property
    def base(self) -> Path:
        """The folder that paths in the ledger are relative to."""

    def append(self, batch: Batch) -> str:
        """Record a batch, durably and wholly or not at all; give the id of its action."""

    def exclusive(self) -> AbstractContextManager[Callable[[Batch], str]]:
        """Give `append`, and keep every other process from recording meanwhile."""

    def entries(
        self, *, action: str | None = None, kind: str | None = None, row_id: str | None = None
    ) -> Iterator[Entry]:
        """Give the lines that match, oldest first."""

    def headers(self) -> tuple[Entry, ...]:
        """Give the header of every batch, oldest first."""

    def verify(self) -> int:
        """Check every line; give their number, or raise naming the first bad one."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class JsonlLedger:
    """A ledger in a file of JSON lines.

    Parameters
    ----------
    path : Path
        Made, with its folder, by the first batch.
    who : str
        Who is recorded as the author of what is appended.
    clock : callable, optional
        Gives the time as an aware datetime.

    Notes
    -----
    What was read and checked is remembered, until the file is another one.
    """

    path: Path
    who: str
    clock: Callable[[], datetime] = field(default=_now)
    _read: list[LedgerIndex] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def base(self) -> Path:
        """The folder that holds the store, to which paths in the ledger are relative."""
        return Path(os.path.normpath(self.path.parent / os.pardir))

    def append(self, batch: Batch) -> str:
        """Record a batch, durably and wholly or not at all.

        Parameters
        ----------
        batch : Batch

        Returns
        -------
        str
            The id of the action.

        Raises
        ------
        RunError
            When the ledger is damaged, or another process keeps it locked.
        OutputError
            When it cannot be written; it is then as it was before.
        """
        with self.exclusive() as append:
            return append(batch)

    @contextmanager
    def exclusive(self) -> Iterator[Callable[[Batch], str]]:
        """Keep every other process from recording, so that a check stays true until `append`.

        Yields
        ------
        callable
            As `append`.

        Raises
        ------
        RunError
            When another process keeps the ledger locked.
        OutputError
            When there is no place for it.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self.path, error.strerror or str(error)) from error
        with self._locked():
            yield self._append

    def _append(self, batch: Batch) -> str:
        index = self._index()
        action = str(index.last.actions + 1)
        time = self.clock().astimezone(UTC).isoformat(timespec="seconds")
        header = {**batch.facts, "changes": len(batch.changes)}
        bodies = [(batch.kind, header), *((CHANGE, change) for change in batch.changes)]
        lines, last = chained(bodies, {"time": time, "who": self.who, "action": action}, index.last)
        try:
            if not head_path(self.path).exists():
                # Before the first line: a ledger without a head has lost it.
                write_head(self.path, Tail())
            _extend(self.path, lines)
        except OutputError as error:
            raise _unwritable(self.path, error.what) from error
        # The batch is on record by now, and a head that lags behind is no damage.
        with suppress(OutputError):
            write_head(self.path, last)
        self._read[:] = [index.extended(lines, last)]
        return action

    def entries(
        self, *, action: str | None = None, kind: str | None = None, row_id: str | None = None
    ) -> Iterator[Entry]:
        """Give the lines that match, oldest first, all of them checked.

        Parameters
        ----------
        action, kind, row_id : str, optional
            Only lines of this action, of this kind, about this row.

        Yields
        ------
        Entry

        Raises
        ------
        RunError
            At the first bad line.
        """
        found = _every(self.path) if action is None else self._index().batch(action)
        for entry in found:
            if kind in (None, entry.kind) and row_id in (None, entry.facts.get("row_id")):
                yield entry

    def headers(self) -> tuple[Entry, ...]:
        """Give the header of every batch, oldest first.

        Returns
        -------
        tuple of Entry

        Raises
        ------
        RunError
            Naming the first bad line, of whatever kind.
        """
        return self._index().headers

    def verify(self) -> int:
        """Check every line.

        Returns
        -------
        int
            The number of lines.

        Raises
        ------
        RunError
            Naming the first bad line.
        """
        return sum(1 for _ in scan(self.path))

    def _index(self) -> LedgerIndex:
        if not self._read or self._read[0].mark != mark_of(self.path):
            self._read[:] = [read_index(self.path)]
        return self._read[0]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise RunError(
                "another process keeps the ledger locked",
                where=str(self.path),
                hint="wait for it to finish and try again",
            ) from error
        except OSError as error:
            raise _unwritable(self.path, error.strerror or str(error)) from error
        try:
            yield
        finally:
            lock.release()


def _every(path: Path) -> Iterator[Entry]:
    for entry, _ in scan(path):
        yield entry


def relative_to_base(path: Path, base: Path) -> str:
    """Write a path as the ledger keeps it: relative where it can be, so that a project moves."""
    absolute = path.resolve()
    try:
        return absolute.relative_to(base.resolve()).as_posix()
    except ValueError:
        return absolute.as_posix()


def _extend(path: Path, lines: bytes) -> None:
    """Put a longer ledger in the place of the old one, whole or not at all."""
    with atomic_write(path) as file:
        if path.exists():
            with path.open("rb") as old:
                shutil.copyfileobj(old, file)
        file.write(lines)


def _unwritable(path: Path, what: str) -> OutputError:
    return OutputError(
        f"the ledger cannot be written: {what}",
        where=str(path),
        hint="make its folder writable, or free some space; nothing was changed",
    )
