"""A small file of rows, the run that flags some of them, and a ledger with a still clock."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from audit_example import Flag, example_audit

from labelaudit.remedy.ledger import JsonlLedger
from labelaudit.types import Column, Dataset, Dialect, Role, Schema, Severity, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from labelaudit.types import Audit, Label

TOOL = {"labelaudit": "0.0.0"}
ROLES = {"id": Role.ID, "text": Role.TEXT, "split": Role.SPLIT, "label": Role.LABEL}


def flags_of(
    rows: Sequence[int], *, given: Label = "neg", suggested: Label | None = "pos", **kinds: object
) -> tuple[Flag, ...]:
    """Flag rows with falling error probabilities, from 0.9375 on."""
    return tuple(
        Flag(row, given, suggested, 0.9375 - place / 64, f"text {row}", **kinds)
        for place, row in enumerate(rows)
    )


@dataclass(frozen=True)
class Rows:
    """What a file holds; changed copies of it stand for what became of it since the run."""

    ids: tuple[str, ...]
    labels: tuple[Label | None, ...]
    fingerprints: tuple[int, ...]
    split: tuple[str | None, ...] | None = None
    extra: Mapping[str, tuple[str, ...]] | None = None

    def picked(self, order: Sequence[int]) -> Rows:
        """Give the rows of these positions, in this order."""
        return Rows(
            tuple(self.ids[row] for row in order),
            tuple(self.labels[row] for row in order),
            tuple(self.fingerprints[row] for row in order),
            None if self.split is None else tuple(self.split[row] for row in order),
            None
            if self.extra is None
            else {name: tuple(cells[row] for row in order) for name, cells in self.extra.items()},
        )


def rows_of(audit: Audit, **changes: object) -> Rows:
    """Give the rows that the run saw."""
    labels = tuple(audit.classes[code] if code >= 0 else None for code in audit.given.tolist())
    rows = Rows(tuple(audit.row_id.tolist()), labels, tuple(audit.fingerprint.tolist()))
    return replace(rows, **changes)


def with_split(audit: Audit) -> Audit:
    """Give the same run of a file with a split column."""
    columns = (*audit.schema.columns, Column("split", Role.SPLIT, "name"))
    return replace(audit, schema=Schema(columns))


def write_data(
    path: Path,
    rows: Rows,
    *,
    classes: tuple[Label, ...] = ("neg", "pos"),
    spelled: Callable[[Label, int], str] = lambda label, _: str(label),
) -> Dataset:
    """Write rows as CSV or Parquet, by the suffix, and give them as they would be read."""
    cells: dict[str, list[str | None]] = {
        "id": list(rows.ids),
        "text": [f"text, {mark}" for mark in rows.fingerprints],
        "label": [
            "" if label is None else spelled(label, row) for row, label in enumerate(rows.labels)
        ],
    }
    if rows.split is not None:
        cells["split"] = list(rows.split)
    cells |= {name: list(values) for name, values in (rows.extra or {}).items()}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in cells.items()})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
        path.write_bytes(buffer.getvalue().encode())
    content = path.read_bytes()
    code = {label: index for index, label in enumerate(classes)}
    return Dataset(
        table=table,
        row_id=np.array(rows.ids, dtype=object),
        fingerprint=np.array(rows.fingerprints, dtype=np.uint64),
        feature_key=None,
        y=np.array([code.get(label, -1) for label in rows.labels], dtype=np.int32),
        classes=classes,
        schema=Schema(
            tuple(Column(name, ROLES.get(name, Role.CATEGORICAL), "name") for name in cells)
        ),
        source=Source(
            str(path),
            path.suffix[1:],
            len(content),
            hashlib.sha256(content).hexdigest(),
            Dialect(newline="\r\n") if path.suffix == ".csv" else None,
        ),
    )


def still_clock() -> datetime:
    return datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def ledger_in(folder: Path) -> JsonlLedger:
    return JsonlLedger(folder / ".labelaudit" / "ledger.jsonl", "anna", still_clock)


def read_csv(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


__all__ = [
    "TOOL",
    "Flag",
    "Rows",
    "Severity",
    "example_audit",
    "flags_of",
    "ledger_in",
    "read_csv",
    "rows_of",
    "still_clock",
    "with_split",
    "write_data",
]
