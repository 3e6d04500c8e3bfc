"""The review queue: the rows a plan queues, with what a person needs to judge them."""

from __future__ import annotations

import codecs
import hashlib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import count_formula_cells, csv_bytes, label_text
from labelaudit.data.write import check_output
from labelaudit.errors import OutputError
from labelaudit.remedy.apply import commit, header
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pyarrow as pa

    from labelaudit.data.write import Staged
    from labelaudit.remedy.apply import Applied
    from labelaudit.remedy.ledger import Ledger
    from labelaudit.types import Audit, Dataset, Issue, Label, Plan

DECISION_COLUMNS = ("decision", "new_label", "reviewer", "note")
"""The columns that are empty, for people to fill."""

RUN_COLUMN = "run"
"""The column that names the run a queue was made from, for whoever hands it back."""

_CSV = ".csv"
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Queued:
    """What writing a queue left behind.

    Attributes
    ----------
    applied : Applied
        The file, its hash and its entry in the ledger.
    n_rows : int
        Rows to judge.
    risky_cells : int
        Cells that a spreadsheet would run as a formula: made harmless with `safe_cells`,
        else written as they are. Always 0 for Parquet.
    """

    applied: Applied
    n_rows: int
    risky_cells: int


def queue_table(plan: Plan, audit: Audit, data: Dataset) -> pa.Table:
    """Lay out the queue.

    Parameters
    ----------
    plan : Plan
        Of queue actions, most valuable first: by error probability, which is the chance
        that looking at the row mends a label, then by suspicion and row id.
    audit : Audit
        The run that the plan rests on.
    data : Dataset
        What the plan was made for.

    Returns
    -------
    pyarrow.Table
        A row for each action. The columns before the text are named and meant as in the
        issues report: `rank` is the rank in the run, not the place in the queue. The full
        text columns follow, and last `DECISION_COLUMNS`, empty.
    """
    import pyarrow as pa

    issues = {issue.row_id: issue for issue in audit.issues}
    queued = [(issues[action.row_id], action.row) for action in plan.actions]
    columns: dict[str, pa.Array] = {
        name: pa.array([read(issue, row) for issue, row in queued], type=getattr(pa, kind)())
        for name, (kind, read) in _COLUMNS.items()
    }
    columns[RUN_COLUMN] = pa.array([plan.run_id] * len(queued), type=pa.string())
    where = pa.array([row for _, row in queued], type=pa.int64())
    for name in data.schema.names(Role.TEXT):
        texts = data.table.column(name).take(where).cast(pa.large_string()).combine_chunks()
        taken = name in columns or name in DECISION_COLUMNS
        columns[f"data.{name}" if taken else name] = texts
    for name in DECISION_COLUMNS:
        columns[name] = pa.nulls(len(queued), pa.string())
    return pa.table(columns)


def write_queue(
    plan: Plan,
    audit: Audit,
    data: Dataset,
    output: Path,
    *,
    ledger: Ledger,
    tool: Mapping[str, str],
    safe_cells: bool = False,
    overwrite: bool = False,
) -> Queued:
    """Write the queue as CSV or Parquet, by the suffix of its name.

    A CSV file is UTF-8; it begins with a byte order mark when it holds anything beyond
    ASCII, without which spreadsheets misread it.

    Parameters
    ----------
    plan : Plan
    audit : Audit
    data : Dataset
    output : Path
    ledger : Ledger
        Gets one line: a queue changes no label.
    tool : mapping of str to str
        Recorded with it: versions.
    safe_cells : bool
        Whether to make cells harmless that a spreadsheet would run.
    overwrite : bool
        Whether an existing file may be replaced. It may hold decisions.

    Returns
    -------
    Queued

    Raises
    ------
    OutputError
        When the output is the input, exists, cannot be written or has another suffix.
    RunError
        When the ledger is damaged.
    """
    suffix = output.suffix.lower()
    if suffix not in (_CSV, *_PARQUET):
        raise OutputError(
            f"a queue cannot be written as {suffix or 'a file without a suffix'}",
            where=str(output),
            hint=f"name it {output.stem}.csv or {output.stem}.parquet",
        )
    check_output(output, data.source.path, overwrite=overwrite)
    table = queue_table(plan, audit, data)
    risky = 0 if suffix in _PARQUET else count_formula_cells(table)
    content = _as_parquet(table) if suffix in _PARQUET else _as_csv(table, safe_cells=safe_cells)

    def produce(staged: Staged) -> str:
        staged.file.write(content)
        return hashlib.sha256(content).hexdigest()

    applied = commit(
        produce,
        output=output,
        ledger=ledger,
        kind="fix",
        facts=header(plan, data, ledger, tool),
        changes=(),
        n_changed=0,
        overwrite=overwrite,
    )
    return Queued(applied, table.num_rows, risky)


def _text(label: Label | None) -> str | None:
    return None if label is None else label_text(label)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


_COLUMNS: dict[str, tuple[str, Callable[[Issue, int], Any]]] = {
    "rank": ("int64", lambda issue, _: issue.rank),
    "row_id": ("string", lambda issue, _: issue.row_id),
    "row": ("int64", lambda _, row: row),
    "given_label": ("string", lambda issue, _: _text(issue.given)),
    "suggested_label": ("string", lambda issue, _: _text(issue.suggested)),
    "given_confidence": ("float32", lambda issue, _: _known(issue.given_confidence)),
    "suggested_confidence": ("float32", lambda issue, _: _known(issue.suggested_confidence)),
    "error_probability": ("float32", lambda issue, _: _known(issue.error_probability)),
    "severity": ("string", lambda issue, _: issue.severity.value),
    "verdict": ("string", lambda issue, _: issue.verdict.value),
    "detectors": ("string", lambda issue, _: ";".join(issue.detectors)),
    "reason": ("string", lambda issue, _: issue.explanation),
    "excerpt": ("string", lambda issue, _: issue.excerpt),
}


def _as_parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _as_csv(table: pa.Table, *, safe_cells: bool) -> bytes:
    content = csv_bytes(table, safe_cells=safe_cells)
    return content if content.isascii() else codecs.BOM_UTF8 + content
