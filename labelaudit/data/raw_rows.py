"""Take single rows of a CSV file as they are written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.csv_records import Tape, is_blank, lines_of, long_cells, records

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from labelaudit.types import Dialect


def raw_rows(
    path: str | os.PathLike[str], dialect: Dialect, rows: Collection[int]
) -> dict[int, str]:
    """Give the text of some rows.

    Parameters
    ----------
    path : path-like
        A file that was read before without a fault.
    dialect : Dialect
    rows : collection of int
        0-based positions among the data rows.

    Returns
    -------
    dict of int to str
        To the letter, with the line ending.
    """
    wanted = frozenset(rows)
    found: dict[int, str] = {}
    with (
        open(path, "rb") as source,  # noqa: PTH123
        lines_of(source, dialect.encoding, dialect.bom) as lines,
        long_cells(),
    ):
        tape = Tape(lines)
        reader = records(tape, dialect.delimiter, dialect.quotechar)
        header = next((cells for cells in reader if not is_blank(cells, 0)), [])
        tape.cut()
        row = 0
        for cells in reader:
            raw = tape.cut()
            if is_blank(cells, len(header)):
                continue
            if row in wanted:
                found[row] = raw
            row += 1
    return found
