"""A sample as a file that people fill in: the rows as they are, and nothing the run thinks."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.tables import count_formula_cells, csv_bytes
from labelaudit.data.cells import is_list, plain
from labelaudit.data.write import aside, check_output
from labelaudit.errors import OutputError
from labelaudit.remedy.rows import RowMatcher
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.measure.sample import Sample
    from labelaudit.types import Audit, Dataset

SAMPLE_COLUMN, NUMBER_COLUMN = "sample", "number"
ANSWER_COLUMNS = ("answer", "reviewer", "note")
"""The columns that are empty, for people to fill."""

MOST_COLUMNS = 50
"""Columns of the data that are shown, besides all text; nobody reads more."""

_OWN = (SAMPLE_COLUMN, NUMBER_COLUMN, "row_id", "given_label", *ANSWER_COLUMNS)
_SHOWN = (Role.NUMERIC, Role.CATEGORICAL, Role.DATETIME)
_CSV = ".csv"
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Drawn:
    """What writing a sample left behind.

    Attributes
    ----------
    n_rows : int
        Rows to judge.
    left_out : tuple of str
        Columns with features that the file does not show.
    risky_cells : int
        Cells that a spreadsheet would run as a formula: made harmless with `safe_cells`,
        else written as they are. Always 0 for Parquet.
    """

    n_rows: int
    left_out: tuple[str, ...]
    risky_cells: int


def find_rows(audit: Audit, data: Dataset) -> NDArray[np.int64]:
    """Find the rows of a run in the file as it is now.

    Parameters
    ----------
    audit : Audit
        n rows.
    data : Dataset

    Returns
    -------
    ndarray of int64, shape (n,)
        0-based position in the data; -1 where the row is gone or has changed.

    Raises
    ------
    RunError
        When the run is not one of this data.
    """
    import numpy as np

    if len(audit.row_id) == data.n_rows and np.array_equal(audit.row_id, data.row_id):
        same = (audit.fingerprint == data.fingerprint).all() and audit.classes == data.classes
        if same and np.array_equal(audit.given, data.y):
            return np.arange(data.n_rows)
    matcher = RowMatcher(audit, data)
    found = np.full(len(audit.row_id), -1, dtype=np.int64)
    for row in np.flatnonzero(audit.given >= 0).tolist():
        place = matcher.find(row)
        found[row] = -1 if isinstance(place, str) else place
    return found


def sample_table(
    sample: Sample, audit: Audit, data: Dataset, place: NDArray[np.int64]
) -> tuple[pa.Table, tuple[str, ...]]:
    """Lay the sample out for people.

    Parameters
    ----------
    sample : Sample
    audit : Audit
        The run that it was drawn from.
    data : Dataset
        The file as it is now.
    place : ndarray of int64, shape (n rows of the run,)
        From `find_rows`.

    Returns
    -------
    table : pyarrow.Table
        A row for each of the sample, in the order of their numbers: the sample's id, number,
        row_id, given_label, the text columns in full, the other columns that models learned
        from (and names such as paths where there is no text), and `ANSWER_COLUMNS`, empty.
        No suggestion, no score and no flag.
    left_out : tuple of str
        Columns that models learned from and that are not shown.
    """
    import pyarrow as pa

    at = {str(row_id): row for row, row_id in enumerate(audit.row_id)}
    rows = sample.rows
    where = pa.array([int(place[at[row.row_id]]) for row in rows], type=pa.int64())
    columns: dict[str, pa.Array] = {
        SAMPLE_COLUMN: pa.array([sample.id] * len(rows), pa.string()),
        NUMBER_COLUMN: pa.array([row.number for row in rows], pa.int64()),
        "row_id": pa.array([row.row_id for row in rows], pa.string()),
        "given_label": pa.array([row.given for row in rows], pa.string()),
    }
    shown, left_out = _shown_columns(audit, data)
    for name in shown:
        unlike = name
        # Names are compared as whoever reads the answers compares them.
        while unlike in columns or unlike.strip().casefold() in _OWN:
            unlike = f"data.{unlike}"
        columns[unlike] = plain(data.table.column(name)).take(where).combine_chunks()
    for name in ANSWER_COLUMNS:
        columns[name] = pa.nulls(len(rows), pa.string())
    return pa.table(columns), left_out


def write_sample(
    sample: Sample,
    audit: Audit,
    data: Dataset,
    place: NDArray[np.int64],
    output: Path,
    *,
    safe_cells: bool = False,
    overwrite: bool = False,
) -> Drawn:
    """Write the sample as CSV or Parquet, by the suffix of its name.

    A CSV file is UTF-8; it begins with a byte order mark when it holds anything beyond
    ASCII, without which spreadsheets misread it.

    Parameters
    ----------
    sample : Sample
    audit : Audit
    data : Dataset
    place : ndarray of int64, shape (n rows of the run,)
        From `find_rows`.
    output : Path
    safe_cells : bool
        Whether to make cells harmless that a spreadsheet would run.
    overwrite : bool
        Whether an existing file may be replaced. It may hold answers.

    Returns
    -------
    Drawn

    Raises
    ------
    OutputError
        When the output is the input, exists, cannot be written or has another suffix.
    """
    check_sample_output(output, data.source.path, overwrite=overwrite)
    table, left_out = sample_table(sample, audit, data, place)
    as_csv = output.suffix.lower() == _CSV
    table = _as_text(table) if as_csv else table
    content = _csv(table, safe_cells=safe_cells) if as_csv else _parquet(table)
    with aside(output) as staged:
        staged.file.write(content)
        staged.commit(overwrite=overwrite)
    return Drawn(table.num_rows, left_out, count_formula_cells(table) if as_csv else 0)


def check_sample_output(output: Path, source: str, *, overwrite: bool) -> None:
    """Refuse an output that no sample can be written to.

    Parameters
    ----------
    output : Path
    source : str
        The data, which is never replaced.
    overwrite : bool

    Raises
    ------
    OutputError
    """
    suffix = output.suffix.lower()
    if suffix not in (_CSV, *_PARQUET):
        raise OutputError(
            f"a sample cannot be written as {suffix or 'a file without a suffix'}",
            where=str(output),
            hint=f"name it {output.stem}.csv or {output.stem}.parquet",
        )
    check_output(output, source, overwrite=overwrite)


def _shown_columns(audit: Audit, data: Dataset) -> tuple[list[str], tuple[str, ...]]:
    """Choose columns by what the run took them for: it may have been told to leave some out."""
    there = set(data.table.column_names)
    texts = [name for name in audit.schema.names(Role.TEXT) if name in there]
    roles = _SHOWN if texts else (*_SHOWN, Role.IDENTIFIER)
    others = [
        name
        for name in audit.schema.names(*roles)
        if name in there and not is_list(data.table.column(name).type)
    ]
    chosen = {*texts, *others[:MOST_COLUMNS]}
    left_out = tuple(name for name in audit.schema.features if name in there and name not in chosen)
    return [name for name in data.table.column_names if name in chosen], left_out


def _as_text(table: pa.Table) -> pa.Table:
    """Write numbers with all their digits: csv_bytes would round 32-bit floats, as scores."""
    import pyarrow as pa

    columns = [
        pa.array(_texts(column), pa.string()) if pa.types.is_floating(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _texts(column: pa.ChunkedArray) -> Sequence[str | None]:
    import pyarrow as pa

    text = column.cast(pa.string()).to_pylist()
    return [None if value == "nan" else value for value in text]


def _csv(table: pa.Table, *, safe_cells: bool) -> bytes:
    content = csv_bytes(table, safe_cells=safe_cells)
    return content if content.isascii() else codecs.BOM_UTF8 + content


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()
