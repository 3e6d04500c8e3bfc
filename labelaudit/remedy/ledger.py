"""The append-only record of every change: what, which row, why, by whom, from which run.

One JSON object a line. A batch is a header line followed by a line for each change; each
line carries the hash of the one before. The chain shows a line that was edited, inserted,
removed or cut short; it cannot show that whole batches were cut off at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from labelaudit.data.digest import file_sha256
from labelaudit.errors import OutputError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

GENESIS = "0" * 64
"""What the first line carries in place of the hash of a line before."""

CHANGE = "change"
"""The kind of every line that is not a header."""

VOID = "void"
"""The kind of a header that takes another batch back: its file never got its name."""

_OWN_KEYS = frozenset({"seq", "time", "who", "action", "kind", "prev", "hash"})
_LOCK_SECONDS = 30.0
# ASCII escapes: a file name that is no UTF-8 must not stop the record of a change.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Batch:
    """What is appended in one go.

    Attributes
    ----------
    kind : str
        Of the header line: ``"fix"``, ``"apply"`` or ``"void"``.
    facts : mapping
        What the header says; JSON values.
    changes : sequence of mapping
        A line each; JSON values.
    """

    kind: str
    facts: Mapping[str, Any]
    changes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes
    ----------
    seq : int
        From 1, without gaps.
    time : str
        UTC, ISO 8601.
    who : str
    action : str
        The batch it belongs to: ``"1"``, ``"2"``, …
    kind : str
        ``"fix"``, ``"apply"`` or ``"void"`` for a header, else ``"change"``. A void header
        says what the one it takes back says, whose action it names as ``voids``.
    facts : mapping
        Everything else the line says.
    prev, hash : str
        SHA-256 of the line before and of this one.
    """

    seq: int
    time: str
    who: str
    action: str
    kind: str
    facts: Mapping[str, Any]
    prev: str
    hash: str


class Ledger(Protocol):
    """Where changes are recorded."""

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
    """

    path: Path
    who: str
    clock: Callable[[], datetime] = field(default=_now)

    @property
    def base(self) -> Path:
        """The folder that holds the store, to which paths in the ledger are relative."""
        return self.path.parent.parent

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
            raise _unwritable(self.path, error) from error
        with self._locked():
            yield self._append

    def _append(self, batch: Batch) -> str:
        last = _Tail()
        for entry in _scan(self.path):
            last = last.after(entry)
        action = str(last.actions + 1)
        _write_durably(self.path, b"".join(self._lines(batch, action, last)))
        return action

    def entries(
        self, *, action: str | None = None, kind: str | None = None, row_id: str | None = None
    ) -> Iterator[Entry]:
        """Give the lines that match, oldest first, checking each on the way.

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
        for entry in _scan(self.path):
            if (
                action in (None, entry.action)
                and kind in (None, entry.kind)
                and row_id in (None, entry.facts.get("row_id"))
            ):
                yield entry

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
        return sum(1 for _ in _scan(self.path))

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
            raise _unwritable(self.path, error) from error
        try:
            yield
        finally:
            lock.release()

    def _lines(self, batch: Batch, action: str, last: _Tail) -> Iterator[bytes]:
        time = self.clock().astimezone(UTC).isoformat(timespec="seconds")
        header = {**batch.facts, "changes": len(batch.changes)}
        bodies = ((batch.kind, header), *((CHANGE, change) for change in batch.changes))
        prev = last.hash
        for seq, (kind, facts) in enumerate(bodies, start=last.seq + 1):
            if clash := _OWN_KEYS & facts.keys():
                raise ValueError(f"the ledger itself writes {sorted(clash)}")
            body = {
                **facts,
                "seq": seq,
                "time": time,
                "who": self.who,
                "action": action,
                "kind": kind,
                "prev": prev,
            }
            prev = _digest(body)
            yield _canonical({**body, "hash": prev}) + b"\n"


@dataclass(frozen=True)
class _Tail:
    seq: int = 0
    hash: str = GENESIS
    actions: int = 0

    def after(self, entry: Entry) -> _Tail:
        return _Tail(entry.seq, entry.hash, self.actions + (entry.kind != CHANGE))


def voided(entries: Iterable[Entry]) -> frozenset[str]:
    """Give the actions that were taken back, because their file never got its name.

    Parameters
    ----------
    entries : iterable of Entry

    Returns
    -------
    frozenset of str
    """
    return frozenset(str(entry.facts["voids"]) for entry in entries if entry.kind == VOID)


def output_state(header: Entry, base: Path, taken_back: Collection[str] = ()) -> str:
    """Tell what became of the file a batch wrote.

    Parameters
    ----------
    header : Entry
        Of any kind but ``"change"``.
    base : Path
        `Ledger.base`.
    taken_back : collection of str
        As `voided` gives them.

    Returns
    -------
    str
        ``"present"``, ``"changed"`` (another content now), ``"void"`` (it could not be
        given its name, or the header says so of another), or ``"missing"``: moved away, or
        the run was interrupted between the entry and the file.
    """
    if header.kind == VOID or header.action in taken_back:
        return VOID
    path = base / str(header.facts["output"])
    if not path.is_file():
        return "missing"
    return "present" if file_sha256(path) == header.facts["output_sha256"] else "changed"


def relative_to_base(path: Path, base: Path) -> str:
    """Write a path as the ledger keeps it: relative where it can be, so that a project moves."""
    absolute = path.resolve()
    try:
        return absolute.relative_to(base.resolve()).as_posix()
    except ValueError:
        return absolute.as_posix()


def _canonical(body: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode(body).encode("ascii")


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


def _scan(path: Path) -> Iterator[Entry]:
    last = _Tail()
    # Of the batch being read: where it starts, and how many changes are still to come.
    first_line, due, action = 1, 0, ""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(
            f"the ledger cannot be read: {error.strerror or error}",
            where=str(path),
            hint="make it a file that you may read and write",
        ) from error
    with file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                raise _torn(path, number, first_line if due else number)
            entry = _parse(path, number, line)
            is_change = entry.kind == CHANGE
            if (
                entry.prev != last.hash
                or entry.seq != last.seq + 1
                or is_change != (due > 0)
                or (is_change and entry.action != action)
            ):
                raise _altered(path, number)
            if is_change:
                due -= 1
            else:
                first_line, due, action = number, int(entry.facts["changes"]), entry.action
            last = last.after(entry)
            yield entry
    if due:
        raise _torn(path, last.seq, first_line)


def _parse(path: Path, number: int, line: bytes) -> Entry:
    try:
        body = json.loads(line)
        found = body.pop("hash")
        facts = {key: value for key, value in body.items() if key not in _OWN_KEYS}
        own = {key: body[key] for key in _OWN_KEYS - {"hash"}}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise _altered(path, number) from error
    if _digest(body) != found:
        raise _altered(path, number)
    return Entry(**own, hash=found, facts=facts)


def _altered(path: Path, number: int) -> RunError:
    return RunError(
        "the ledger was altered after it was written",
        where=f"{path}, line {number}",
        hint="restore it from a backup, or move it aside to begin a new one",
    )


def _torn(path: Path, number: int, first: int) -> RunError:
    return RunError(
        "the ledger ends in the middle of an entry: writing it was interrupted",
        where=f"{path}, line {number}",
        hint=f"delete line {first} and all below it; the file they tell of was not written",
    )


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the ledger cannot be written: {error.strerror or error}",
        where=str(path),
        hint="make its folder writable, or free some space; nothing was changed",
    )


def _write_durably(path: Path, content: bytes) -> None:
    size = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), size)
                raise
    except OSError as error:
        raise _unwritable(path, error) from error
