"""The lines of a ledger: how they are written, chained and checked.

Each line carries the hash of the one before, which shows a line that was edited, inserted
or removed. The head, a small file beside the ledger, holds the number and the hash of the
last line: it shows an end that was cut off. It is written after the ledger, so that after a
crash the ledger may be ahead of it, but never behind. The first head is written before there
is a ledger: one that has none lost it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.data.write import write_bytes
from labelaudit.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

GENESIS = "0" * 64
"""What the first line carries in place of the hash of a line before."""

CHANGE = "change"
"""The kind of every line that is not a header."""

VOID = "void"
"""The kind of a header that takes another batch back: its file never got its name."""

UNDO = "undo"
"""The kind of a header that undoes another action."""

OWN_KEYS = frozenset({"seq", "time", "who", "action", "kind", "prev", "hash"})
"""What the ledger itself writes in a line."""

# ASCII escapes: a file name that is no UTF-8 must not stop the record of a change.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


class LedgerDamageError(RunError):
    """A ledger was changed by something else than labelaudit.

    Parameters
    ----------
    what : str
    path : Path
        Of the ledger.
    line : int
        The first bad one, from 1; 0 where it is the head that is not as it was.
    """

    def __init__(self, what: str, path: Path, line: int) -> None:
        in_ledger = "restore it from a backup, or move it and ledger.head aside to begin a new one"
        in_head = (
            "restore ledger.head from a backup, or move the ledger aside to begin a new one "
            "(files as they were before each change stay in versions/ beside it)"
        )
        super().__init__(
            what,
            where=f"{path}, line {line}" if line else str(path),
            hint=in_ledger if line else in_head,
        )
        self.line = line


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
        ``"fix"``, ``"apply"``, ``"undo"`` or ``"void"`` for a header, else ``"change"``. A
        void header says what the one it takes back says, whose action it names as
        ``voids``; an undo header names the action it undoes as ``undoes``.
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


@dataclass(frozen=True)
class Tail:
    """Where a ledger ends: its last line, and how many actions there were."""

    seq: int = 0
    hash: str = GENESIS
    actions: int = 0

    def after(self, entry: Entry) -> Tail:
        """Give the tail once another line is there."""
        return Tail(entry.seq, entry.hash, self.actions + (entry.kind != CHANGE))


def head_path(path: Path) -> Path:
    """Give where the head of a ledger is."""
    return path.with_name("ledger.head")


def write_head(path: Path, last: Tail) -> None:
    """Note where a ledger ends now.

    Parameters
    ----------
    path : Path
        Of the ledger.
    last : Tail

    Raises
    ------
    OutputError
    """
    write_bytes(head_path(path), _canonical({"seq": last.seq, "hash": last.hash}) + b"\n")


def chained(
    bodies: Iterable[tuple[str, Mapping[str, Any]]], own: Mapping[str, str], last: Tail
) -> tuple[bytes, Tail]:
    """Write lines that follow on others.

    Parameters
    ----------
    bodies : iterable of (kind, facts)
        JSON values.
    own : mapping
        ``time``, ``who`` and ``action`` of all of them.
    last : Tail

    Returns
    -------
    bytes
    Tail
        After them.
    """
    lines = []
    for kind, facts in bodies:
        if clash := OWN_KEYS & facts.keys():
            raise ValueError(f"the ledger itself writes {sorted(clash)}")
        body = {**facts, **own, "seq": last.seq + 1, "kind": kind, "prev": last.hash}
        digest = _digest(body)
        lines.append(_canonical({**body, "hash": digest}) + b"\n")
        last = Tail(last.seq + 1, digest, last.actions + (kind != CHANGE))
    return b"".join(lines), last


def scan(path: Path) -> Iterator[tuple[Entry, int]]:
    """Read a ledger and check every line on the way.

    Parameters
    ----------
    path : Path
        A ledger that is not there is empty.

    Yields
    ------
    Entry
    int
        Where its line ends in the file, in bytes.

    Raises
    ------
    LedgerDamageError
        At the first bad line, and after the last one where the head is gone.
    RunError
        When it cannot be read.
    """
    # The head before the ledger: whoever writes meanwhile only takes the ledger further.
    head = _read_head(path)
    last = Tail()
    # How many changes of the batch being read are still to come.
    due, action, end = 0, "", 0
    try:
        file = path.open("rb")
    except FileNotFoundError:
        if head is not None and head.seq:
            raise _cut(path, 0, head.seq) from None
        return
    except OSError as error:
        raise _unreadable(path, error) from error
    # One that was made meanwhile was there before the ledger was.
    lost = head is None and not head_path(path).exists()
    head = head or Tail()
    with file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                raise _torn(path, number)
            entry = parse_line(path, number, line)
            is_change = entry.kind == CHANGE
            if (
                entry.prev != last.hash
                or entry.seq != last.seq + 1
                or is_change != (due > 0)
                or (is_change and entry.action != action)
                or (entry.seq == head.seq and entry.hash != head.hash)
            ):
                raise _altered(path, number)
            if is_change:
                due -= 1
            else:
                due, action = int(entry.facts["changes"]), entry.action
            last = last.after(entry)
            end += len(line)
            yield entry, end
    if due:
        raise _torn(path, last.seq)
    _check_end(path, last, head, lost=lost)


def parse_line(path: Path, number: int, line: bytes) -> Entry:
    """Read one line, and check that it is as it was written.

    Parameters
    ----------
    path : Path
        Of the ledger.
    number : int
        Of the line, from 1.
    line : bytes

    Returns
    -------
    Entry

    Raises
    ------
    LedgerDamageError
    """
    try:
        body = json.loads(line)
        found = body.pop("hash")
        facts = {key: value for key, value in body.items() if key not in OWN_KEYS}
        own = {key: body[key] for key in OWN_KEYS - {"hash"}}
        same = _digest(body) == found
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise _altered(path, number) from error
    if not same:
        raise _altered(path, number)
    return Entry(**own, hash=found, facts=facts)


def read_part(path: Path, start: int, end: int, number: int) -> Iterator[Entry]:
    """Read some lines of a ledger that was checked as a whole.

    Parameters
    ----------
    path : Path
    start, end : int
        Where they begin and end, in bytes.
    number : int
        Of the first of them, from 1.

    Yields
    ------
    Entry

    Raises
    ------
    RunError
        When a line is none, or the ledger cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            lines = file.read(end - start).splitlines(keepends=True)
    except OSError as error:
        raise _unreadable(path, error) from error
    for place, line in enumerate(lines, start=number):
        yield parse_line(path, place, line)


def _check_end(path: Path, last: Tail, head: Tail, *, lost: bool) -> None:
    if last.seq < head.seq:
        raise _cut(path, last.seq, head.seq)
    if lost:
        raise LedgerDamageError(
            "ledger.head is not there, so an end that was cut off would not be noticed", path, 0
        )


def _canonical(body: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode(body).encode("ascii")


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


def _read_head(path: Path) -> Tail | None:
    try:
        found = json.loads(head_path(path).read_bytes())
        return Tail(int(found["seq"]), str(found["hash"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            "the head of the ledger cannot be read",
            where=str(head_path(path)),
            hint="restore it from a backup; without it an end that was cut off is not noticed",
        ) from error


def _unreadable(path: Path, error: OSError) -> RunError:
    return RunError(
        f"the ledger cannot be read: {error.strerror or error}",
        where=str(path),
        hint="make it a file that you may read and write",
    )


def _altered(path: Path, number: int) -> RunError:
    return LedgerDamageError("the ledger was altered after it was written", path, number)


def _torn(path: Path, number: int) -> RunError:
    return LedgerDamageError("the ledger was cut off in the middle of an entry", path, number)


def _cut(path: Path, lines: int, wanted: int) -> RunError:
    return LedgerDamageError(
        f"the end of the ledger was cut off: {lines} of at least {wanted} lines are there",
        path,
        lines + 1,
    )
