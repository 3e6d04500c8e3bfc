"""A file and a kept run of it that flags some rows, with no model fitted."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from audit_example import Flag, example_audit

from labelaudit.audit.runs import RunStore
from labelaudit.data.dataset import load_dataset
from labelaudit.data.schema import NO_ID, SchemaChoices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.runs import Run
    from labelaudit.types import Audit, Dataset

FLAGGED = (0, 4, 9, 14)
ROWS = 40


def table_of(rows: int = ROWS, *, with_id: bool = True) -> pa.Table:
    """Give rows whose labels take turns."""
    columns = {
        "id": [f"r-{row}" for row in range(rows)],
        "text": [f'text, "{row}"\nof many words {row % 7}' for row in range(rows)],
        "label": [("neg", "pos")[row % 2] for row in range(rows)],
        "note": [f"note {row}" if row % 3 else "" for row in range(rows)],
    }
    if not with_id:
        del columns["id"]
    return pa.table(columns)


def write_table(table: pa.Table, path: Path) -> None:
    """Write a file: CSV with a byte order mark, odd quotes and both kinds of line ends."""
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=16, compression="gzip")
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    path.write_bytes(b"\xef\xbb\xbf" + buffer.getvalue().encode())


def dataset_of(path: Path) -> Dataset:
    with_id = "id" in _columns(path)
    return load_dataset(path, SchemaChoices(label="label", id="id" if with_id else NO_ID))


def audit_of(data: Dataset, flagged: Sequence[int] = FLAGGED) -> Audit:
    """Give a run that saw this data; it suggests the other class for what it flags."""
    names = [data.classes[code] for code in data.y]
    other = dict(zip(data.classes, reversed(data.classes), strict=True))
    flags = tuple(
        Flag(
            row,
            names[row],
            other[names[row]],
            0.9375 - place / 64,
            f"text {row}",
            detectors=("confident-learning", "label-posterior"),
            row_id=str(data.row_id[row]),
        )
        for place, row in enumerate(flagged)
    )
    audit = example_audit(flags, classes=data.classes, n=data.n_rows)
    return replace(
        audit,
        source=data.source,
        schema=data.schema,
        row_id=data.row_id,
        fingerprint=data.fingerprint,
        given=data.y,
        settings={**audit.settings, "missing_label": (), "pred_probs": None},
        suggested=np.where(audit.flagged, 1 - data.y, data.y).astype(np.int32),
    )


def prepare(
    folder: Path,
    name: str = "data.csv",
    *,
    rows: int = ROWS,
    with_id: bool = True,
    flagged: Sequence[int] = FLAGGED,
) -> Run:
    """Write a file and keep a run of it in ``.labelaudit`` beside it."""
    write_table(table_of(rows, with_id=with_id), folder / name)
    return keep_run(folder, name, flagged)


def keep_run(folder: Path, name: str, flagged: Sequence[int] = FLAGGED) -> Run:
    """Keep a run of a file as it is."""
    data = dataset_of(folder / name)
    audit = audit_of(replace(data, source=replace(data.source, path=name)), flagged)
    return RunStore(folder / ".labelaudit").save(
        audit, command=["detect", name], directory=folder, seconds={}
    )


def _columns(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return pq.read_schema(path).names
    return path.read_bytes().decode("utf-8-sig").partition("\r\n")[0].split(",")


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), sys.argv[2])
