"""What an action added to a file, and rows that come back into one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from labelaudit.data.schema import SOFT_LABEL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from labelaudit.remedy.undo_match import FileNow
    from labelaudit.types import Source


def number(cell: str) -> float | None:
    """Read a cell as a number; None where it is none."""
    try:
        return float(cell)
    except ValueError:
        return None


def is_one_hot(columns: Sequence[Sequence[str]]) -> bool:
    """Tell whether each row says 1 of one class and 0 of the others, or nothing at all."""
    for cells in zip(*columns, strict=True):
        if any(cells) and sorted(number(cell) or 0.0 for cell in cells) != [
            *[0.0] * (len(cells) - 1),
            1.0,
        ]:
            return False
    return True


def cells_of_added(
    weights: str | None, soft: Sequence[str], labels: Sequence[str | None]
) -> dict[str, list[str]]:
    """Give rows that come back their cells in the columns that labelaudit added.

    Parameters
    ----------
    weights : str or None
        The column of weights.
    soft : sequence of str
        The columns of soft labels.
    labels : sequence of str or None
        Of the rows.

    Returns
    -------
    dict of str to list of str
    """
    cells = {} if weights is None else {weights: ["1"] * len(labels)}
    for name in soft:
        hard = [("1" if name == f"{SOFT_LABEL_PREFIX}{one}" else "0") for one in labels]
        cells[name] = ["" if one is None else bit for one, bit in zip(labels, hard, strict=True)]
    return cells


def rows_to_add(
    source: Source,
    names: Sequence[str],
    original: FileNow,
    rows: Sequence[int],
    extra: Mapping[str, Sequence[str]],
) -> list[str] | pa.Table:
    """Take rows of another file for the end of this one.

    Parameters
    ----------
    source : Source
        This one.
    names : sequence of str
        The columns it is to have.
    original : FileNow
        Where the rows come from.
    rows : sequence of int
        0-based positions there.
    extra : mapping of str to sequence of str
        Cells of columns that are not there, which are else empty.

    Returns
    -------
    list of str or pyarrow.Table
        As `labelaudit.data.rewrite.rewrite` takes them.
    """
    if source.dialect is None:
        return _table(names, original, rows, extra)
    blank = [""] * len(rows)
    theirs = original.table.column_names
    then = original.source.dialect
    if then is not None and (then.delimiter, then.quotechar, theirs) == (
        source.dialect.delimiter,
        source.dialect.quotechar,
        list(names[: len(theirs)]),
    ):
        from labelaudit.data.dialect import newline_of
        from labelaudit.data.raw_rows import raw_rows

        raw = raw_rows(original.source.path, then, rows)
        return [
            source.dialect.delimiter.join(
                [
                    raw[row].removesuffix(newline_of(raw[row])),
                    *(extra.get(name, blank)[place] for name in names[len(theirs) :]),
                ]
            )
            for place, row in enumerate(rows)
        ]
    from labelaudit.data.rewrite_csv import written_cell

    cells = {name: original.cells(name) for name in names if name in theirs}
    columns = defaultdict(lambda: blank, extra) | {
        name: [every[row] for row in rows] for name, every in cells.items()
    }
    return [
        source.dialect.delimiter.join(
            written_cell(columns[name][place], source.dialect) for name in names
        )
        for place in range(len(rows))
    ]


def _table(
    names: Sequence[str],
    original: FileNow,
    rows: Sequence[int],
    extra: Mapping[str, Sequence[str]],
) -> pa.Table:
    import pyarrow as pa

    taken = original.table.take(pa.array(rows, pa.int64()))
    columns = {}
    for name in names:
        if name in taken.column_names:
            columns[name] = taken.column(name)
        elif name in extra:
            numbers = [number(cell) for cell in extra[name]]
            columns[name] = pa.chunked_array([pa.array(numbers, pa.float64())])
        else:
            columns[name] = pa.chunked_array([pa.nulls(len(rows))])
    return pa.table(columns)
