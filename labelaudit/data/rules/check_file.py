"""Hold a file against rules: nothing is decided of it but where its labels are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.data import labels, schema
from labelaudit.data.csv_records import is_blank, lines_of, long_cells, records
from labelaudit.data.read import STDIN, read_table
from labelaudit.data.read_csv import read_header
from labelaudit.data.rules.check import GivenLabels, check
from labelaudit.data.rules.keys import label_text
from labelaudit.errors import InputError
from labelaudit.progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pyarrow as pa

    from labelaudit.data.rules.check import Checked
    from labelaudit.data.rules.rule import Rules
    from labelaudit.data.schema import SchemaChoices
    from labelaudit.progress import Progress
    from labelaudit.types import Source


@dataclass(frozen=True)
class CheckedFile:
    """A file and which rules it breaks.

    Attributes
    ----------
    source : Source
    n_rows : int
    labels : GivenLabels
    id : str or None
        The column that names each row.
    checked : Checked
    """

    source: Source
    n_rows: int
    labels: GivenLabels
    id: str | None
    checked: Checked


def check_file(
    path: str,
    rules: Rules,
    choices: SchemaChoices,
    *,
    progress: Progress = SILENT,
    stdin: BinaryIO | None = None,
) -> CheckedFile:
    """Read a file and find the rows that break rules.

    Parameters
    ----------
    path : str
        CSV or Parquet; ``"-"`` reads CSV from `stdin`.
    rules : Rules
    choices : SchemaChoices
        The label column is found as `labelaudit detect` finds it.
    progress : Progress
    stdin : BinaryIO, optional

    Returns
    -------
    CheckedFile

    Raises
    ------
    InputError
        When the file cannot be read, or no column is named like a label and a rule is
        about labels.
    SettingError
        When `choices` or `rules` name columns that are not there.
    """
    raw = read_table(path, progress=progress, stdin=stdin)
    label, identity = _parts(raw.table, rules, choices, path)
    given = _given(raw.table, label, choices, path)
    return CheckedFile(
        source=raw.source,
        n_rows=raw.table.num_rows,
        labels=given,
        id=identity,
        checked=check(rules, raw.table, given),
    )


def _parts(
    table: pa.Table, rules: Rules, choices: SchemaChoices, where: str
) -> tuple[str | None, str | None]:
    try:
        assigned = schema.assign(table, choices, where=where)
    except InputError:
        if rules.about_labels:
            raise
        return None, None
    return assigned.label, assigned.id


def _given(table: pa.Table, label: str | None, choices: SchemaChoices, where: str) -> GivenLabels:
    import numpy as np

    if label is None:
        return GivenLabels(np.full(table.num_rows, -1, dtype=np.int32), (), None)
    found = labels.label_values(
        table.column(label), label, where=where, missing=choices.missing_label
    )
    return GivenLabels(found.y, tuple(map(label_text, found.classes)), label)


def line_numbers(source: Source, rows: Collection[int]) -> dict[int, int]:
    """Find the lines of a CSV file on which rows begin.

    The file is read again, up to the last of the rows: only who shows rows needs lines.

    Parameters
    ----------
    source : Source
    rows : collection of int
        0-based.

    Returns
    -------
    dict of int to int
        The line by row, from 1. Empty where there are none to tell: for Parquet, and for
        standard input, which cannot be read twice.
    """
    if source.dialect is None or source.path == STDIN or not rows:
        return {}
    dialect = source.dialect
    with (
        Path(source.path).open("rb") as stream,
        lines_of(stream, dialect.encoding, dialect.bom) as lines,
        long_cells(),
    ):
        return _numbered(lines, dialect.delimiter, dialect.quotechar, frozenset(rows))


def _numbered(
    lines: Iterable[str], delimiter: str, quotechar: str, rows: frozenset[int]
) -> dict[int, int]:
    reader = records(lines, delimiter, quotechar)
    width = len(read_header(reader))
    found: dict[int, int] = {}
    row, last, first_line = 0, max(rows), reader.line_num + 1
    for record in reader:
        if not is_blank(record, width):
            if row in rows:
                found[row] = first_line
            if row == last:
                break
            row += 1
        first_line = reader.line_num + 1
    return found
