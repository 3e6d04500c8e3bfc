"""Put entries into a baseline file: what people put on record is not undone in passing."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.baseline import COLUMNS, KNOWN, RIGHT, read_baseline
from labelaudit.audit.tables import csv_bytes
from labelaudit.data.write import write_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from labelaudit.audit.baseline import Accepted


@dataclass(frozen=True)
class Merged:
    """A baseline with entries put into it, and what became of each of them.

    Attributes
    ----------
    entries : tuple of Accepted
        What it holds now, sorted by fingerprint, label and row id.
    added : tuple of Accepted
        Those that speak of a row and label nothing was on record of.
    confirmed : tuple of Accepted
        Those that say right of what was known.
    renewed : tuple of Accepted
        Those that take the place of one that had expired.
    standing : tuple of Accepted
        Entries that were there and stay as they were, reason and expiry too, although
        another was to be put in for the same row and label.
    """

    entries: tuple[Accepted, ...]
    added: tuple[Accepted, ...] = ()
    confirmed: tuple[Accepted, ...] = ()
    renewed: tuple[Accepted, ...] = ()
    standing: tuple[Accepted, ...] = ()

    @property
    def put(self) -> tuple[Accepted, ...]:
        """The entries that were put in."""
        return self.added + self.confirmed + self.renewed


def merge(
    held: Iterable[Accepted],
    entries: Iterable[Accepted],
    *,
    without: Collection[Accepted] = (),
) -> Merged:
    """Put entries into a baseline.

    Parameters
    ----------
    held : iterable of Accepted
        What it holds.
    entries : iterable of Accepted
        One takes the place of another for the same row and label only where that has
        expired, or says known and this one right; and never where that is newer.
    without : collection of Accepted
        Taken out first, where they are there just so.

    Returns
    -------
    Merged
    """
    leaving = set(without)
    now = {entry.key: entry for entry in held if entry not in leaving}
    added, confirmed, renewed, standing = [], [], [], []
    for entry in {entry.key: entry for entry in entries}.values():
        there = now.get(entry.key)
        if there is None:
            added.append(entry)
        elif there.when > entry.when:
            standing.append(there)
            continue
        elif there.expires and there.expires < entry.when:
            renewed.append(entry)
        elif (there.decision, entry.decision) == (KNOWN, RIGHT):
            confirmed.append(entry)
        else:
            standing.append(there)
            continue
        now[entry.key] = entry
    return Merged(
        tuple(now[key] for key in sorted(now)),
        tuple(added),
        tuple(confirmed),
        tuple(renewed),
        tuple(standing),
    )


def write_baseline(
    path: Path, entries: Iterable[Accepted] = (), *, without: Collection[Accepted] = ()
) -> Merged:
    r"""Put entries into a baseline file, whole or not at all.

    Parameters
    ----------
    path : Path
        Made where it is absent; what it holds is kept. UTF-8, ``\n``, sorted by
        fingerprint and label, so that changes are small to look at and to merge.
    entries, without
        As for `merge`.

    Returns
    -------
    Merged

    Raises
    ------
    InputError
        When what is there cannot be used.
    OutputError
        When it cannot be written; it is then as it was.
    """
    held = read_baseline(path) if path.exists() else ()
    merged = merge(held, entries, without=without)
    content = _as_csv(merged.entries)
    if not path.exists() or path.read_bytes() != content:
        write_bytes(path, content)
    return merged


def _as_csv(entries: Sequence[Accepted]) -> bytes:
    import pyarrow as pa

    values = list(zip(*map(astuple, entries), strict=True)) or [()] * len(COLUMNS)
    columns = [pa.array(column, pa.string()) for column in values]
    return csv_bytes(pa.table(columns, names=list(COLUMNS)))
