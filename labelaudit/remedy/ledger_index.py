"""What one reading of a ledger showed: checking its chain takes the time, so it is done once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.remedy.ledger_chain import (
    CHANGE,
    Entry,
    Tail,
    head_path,
    parse_line,
    read_part,
    scan,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Mark = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class LedgerIndex:
    """The headers of a ledger whose every line was checked, and where the rest is.

    Attributes
    ----------
    path : Path
    mark : tuple
        Of the files as they were read; see `mark_of`.
    headers : tuple of Entry
        Oldest first.
    ends : tuple of int
        Where the batch of each header ends, in bytes.
    last : Tail
    """

    path: Path
    mark: Mark
    headers: tuple[Entry, ...]
    ends: tuple[int, ...]
    last: Tail

    def batch(self, action: str) -> Iterator[Entry]:
        """Read the lines of an action again; none where there is no such action."""
        for place, header in enumerate(self.headers):
            if header.action == action:
                start = self.ends[place - 1] if place else 0
                yield from read_part(self.path, start, self.ends[place], header.seq)

    def extended(self, lines: bytes, last: Tail) -> LedgerIndex:
        """Give the index after a batch was written, while nobody else may write.

        Parameters
        ----------
        lines : bytes
            Of the batch.
        last : Tail
            After it.

        Returns
        -------
        LedgerIndex
        """
        header = parse_line(self.path, self.last.seq + 1, lines.partition(b"\n")[0])
        end = (self.ends[-1] if self.ends else 0) + len(lines)
        mark = mark_of(self.path)
        return LedgerIndex(self.path, mark, (*self.headers, header), (*self.ends, end), last)


def read_index(path: Path) -> LedgerIndex:
    """Read a ledger and check every line.

    Parameters
    ----------
    path : Path
        A ledger that is not there is empty.

    Returns
    -------
    LedgerIndex

    Raises
    ------
    RunError
        At the first bad line, or when it cannot be read.
    """
    # Before it is read: what is written meanwhile makes the mark a wrong one.
    mark = mark_of(path)
    headers: list[Entry] = []
    ends: list[int] = []
    last = Tail()
    for entry, end in scan(path):
        last = last.after(entry)
        if entry.kind != CHANGE:
            headers.append(entry)
            ends.append(end)
        else:
            ends[-1] = end
    return LedgerIndex(path, mark, tuple(headers), tuple(ends), last)


def mark_of(path: Path) -> Mark:
    """Tell a ledger and its head from what they were or will be, without reading them.

    Parameters
    ----------
    path : Path
        Of the ledger.

    Returns
    -------
    tuple
        Another one when either was written, replaced or removed.
    """
    return tuple(_mark(one) for one in (path, head_path(path)))


def _mark(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
