"""A file of 40 rows, and kept runs of it that flag what a test wants, without any model."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from audit_example import Flag, example_audit

from labelaudit.audit.runs import Run, RunStore
from labelaudit.config import Settings, result_settings
from labelaudit.data.dataset import load_dataset
from labelaudit.data.schema import SchemaChoices

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from labelaudit.types import Audit

CLASSES = ("neg", "pos")
N = 40
COLUMNS = ("id", "text", "my source", "label")


def write_rows(
    path: Path,
    *,
    relabelled: Mapping[int, str] | None = None,
    without: Collection[int] = (),
    order: Sequence[int] = range(N),
    extra: int = 0,
) -> Path:
    """Write rows r-0 to r-39, labels taking turns; every fourth is from the app store."""
    new = relabelled or {}
    lines = [
        (
            f"r-{row}",
            f"the words of row {row}",
            "app store" if row % 4 == 0 else "web",
            new.get(row, CLASSES[row % 2]),
        )
        for row in (*order, *range(N, N + extra))
        if row not in without
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(lines)
    return path


def audit_of(
    path: Path,
    flagged: Mapping[str, Flag] | Collection[str] = (),
    *,
    blind: str = "",
    id_column: str = "id",
) -> Audit:
    """Give a run of a file that flags these row ids, in this order."""
    data = load_dataset(path, SchemaChoices(label="label", id=id_column))
    names = data.table.column("id").to_pylist()
    flags = [
        replace(
            flagged[name] if isinstance(flagged, dict) else Flag(0, "", None, 0.9375, name),
            row=names.index(name),
            given=data.classes[data.y[names.index(name)]],
            suggested=data.classes[1 - data.y[names.index(name)]],
            row_id=data.row_id[names.index(name)],
        )
        for name in flagged
    ]
    audit = example_audit(flags, classes=data.classes, n=data.n_rows, blind=blind)
    opinion = np.asarray(audit.suspicion)
    return replace(
        audit,
        source=data.source,
        schema=data.schema,
        settings=result_settings(Settings()),
        row_id=data.row_id,
        fingerprint=data.fingerprint,
        given=data.y,
        by_detector={"label-posterior": opinion, "duplicates": opinion},
    )


def keep(audit: Audit, day: int, store: str = ".labelaudit") -> Run:
    """Keep a run as one of this day, called from the current directory."""
    from pathlib import Path

    clock = lambda: datetime(2026, 3, day, 12, tzinfo=UTC)  # noqa: E731
    return RunStore(Path(store), clock=clock).save(
        audit, command=["detect"], directory=Path.cwd(), seconds={}
    )
