"""The review queue: the rows a plan queues, with what a person needs to judge them."""

from __future__ import annotations

import codecs
import hashlib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import count_formula_cells, csv_bytes, label_text
from labelaudit.data.write import check_output, write_bytes
from labelaudit.errors import OutputError
from labelaudit.remedy.apply import commit, header
from labelaudit.review.argilla import records_json
from labelaudit.review.exchange import Sheet
from labelaudit.review.label_studio import labeling_config, tasks_json
from labelaudit.review.read_filled import RUN_COLUMN
from labelaudit.types import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from labelaudit.data.write import Staged
    from labelaudit.remedy.apply import Applied
    from labelaudit.remedy.record import Recorder
    from labelaudit.types import Audit, Dataset, Issue, Label, Plan

DECISION_COLUMNS = ("decision", "new_label", "reviewer", "note")
"""The columns that are empty, for people to fill."""

_FORMS = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".label-studio.json": "label-studio",
    ".argilla.json": "argilla",
    ".argilla.jsonl": "argilla-lines",
}


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
        else written as they are. Always 0 but for CSV.
    beside : Path or None
        The labelling configuration that goes with the file, where there is one.
    next_step : str
        What people do with it.
    """

    applied: Applied
    n_rows: int
    risky_cells: int
    beside: Path | None = None
    next_step: str = ""


def queue_table(plan: Plan, audit: Audit, data: Dataset) -> pa.Table:
    """Lay out the queue.

    Parameters
    ----------
    plan : Plan
        Its queue actions are laid out in their order, the most valuable first; others are
        passed over.
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
    queued = [
        (issues[action.row_id], action.row) for action in plan.actions if action.kind is Kind.QUEUE
    ]
    columns: dict[str, pa.Array] = {
        name: pa.array([read(issue, row) for issue, row in queued], type=getattr(pa, kind)())
        for name, (kind, read) in _COLUMNS.items()
    }
    columns[RUN_COLUMN] = pa.array([plan.run_id] * len(queued), type=pa.string())
    where = pa.array([row for _, row in queued], type=pa.int64())
    for name, column in _texts(data).items():
        columns[name] = (
            data.table.column(column).take(where).cast(pa.large_string()).combine_chunks()
        )
    for name in DECISION_COLUMNS:
        columns[name] = pa.nulls(len(queued), pa.string())
    return pa.table(columns)


def write_queue(
    plan: Plan,
    audit: Audit,
    data: Dataset,
    output: Path,
    *,
    recorder: Recorder,
    safe_cells: bool = False,
    overwrite: bool = False,
) -> Queued:
    """Write the queue, as what its name says.

    A CSV file is UTF-8; it begins with a byte order mark when it holds anything beyond
    ASCII, without which spreadsheets misread it.

    Parameters
    ----------
    plan : Plan
    audit : Audit
    data : Dataset
    output : Path
        Ending in ``.csv``, ``.parquet``, ``.label-studio.json`` (the labelling
        configuration is then written beside it, as ``.label-studio.xml``),
        ``.argilla.json`` or ``.argilla.jsonl``.
    recorder : Recorder
        Its ledger gets one line: a queue changes no label.
    safe_cells : bool
        Whether to make cells of CSV harmless that a spreadsheet would run.
    overwrite : bool
        Whether existing files may be replaced. They may hold decisions.

    Returns
    -------
    Queued

    Raises
    ------
    OutputError
        When an output is the input, exists with another content, cannot be written or has
        another ending.
    RunError
        When the ledger is damaged.
    """
    form = form_of(output)
    beside = output.with_suffix(".xml") if form == "label-studio" else None
    for path in filter(None, (output, beside)):
        check_output(path, data.source.path, overwrite=True)
    table = queue_table(plan, audit, data)
    sheet = Sheet(table, _texts(data), audit.classes)
    content = _WRITERS[form](sheet, safe_cells)
    config = labeling_config(sheet)
    if beside is not None and not overwrite and beside.exists() and beside.read_bytes() != config:
        check_output(beside, data.source.path, overwrite=False)

    def produce(staged: Staged) -> str:
        staged.file.write(content)
        return hashlib.sha256(content).hexdigest()

    applied = commit(
        produce,
        output=output,
        recorder=recorder,
        kind="fix",
        facts=header(plan, data, recorder),
        changes=(),
        n_changed=0,
        overwrite=overwrite,
    )
    if beside is not None:
        write_bytes(beside, config)
    risky = count_formula_cells(table) if form == "csv" else 0
    return Queued(applied, table.num_rows, risky, beside, _next_step(form, output, beside))


def form_of(output: Path) -> str:
    """Tell what kind of queue a file name asks for.

    Parameters
    ----------
    output : Path

    Returns
    -------
    {"csv", "parquet", "label-studio", "argilla", "argilla-lines"}

    Raises
    ------
    OutputError
        When it ends otherwise.
    """
    name = output.name.lower()
    for ending, form in _FORMS.items():
        if name.endswith(ending):
            return form
    suffix = output.suffix.lower()
    stem = output.stem
    if suffix in (".json", ".jsonl", ".ndjson"):
        raise OutputError(
            f"{suffix} does not say which tool the queue is for",
            where=str(output),
            hint=f"name it {stem}.label-studio.json or {stem}.argilla.jsonl",
        )
    raise OutputError(
        f"a queue cannot be written as {suffix or 'a file without a suffix'}",
        where=str(output),
        hint=f"name it {stem}.csv or {stem}.parquet; for a labelling tool "
        f"{stem}.label-studio.json or {stem}.argilla.jsonl",
    )


def _next_step(form: str, output: Path, beside: Path | None) -> str:
    if form == "label-studio":
        return (
            f"in Label Studio, set up a project with {beside}, import {output}, label, and "
            "export JSON; then: labelaudit apply EXPORT.json"
        )
    if form.startswith("argilla"):
        return (
            "log the records to Argilla, answer the questions label, decision (drop) and note, "
            "and export them with to_list or to_json; then: labelaudit apply EXPORT.json"
        )
    return f"fill in `decision` or `new_label`, then: labelaudit apply {output}"


def _texts(data: Dataset) -> dict[str, str]:
    """Give the queue's columns of text, and the column of the data each is."""
    taken = {name.casefold() for name in (*_COLUMNS, RUN_COLUMN, *DECISION_COLUMNS)}
    return {
        f"data.{name}" if name.strip().casefold() in taken else name: name
        for name in data.schema.names(Role.TEXT)
    }


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


_WRITERS: dict[str, Callable[[Sheet, bool], bytes]] = {
    "csv": lambda sheet, safe: _as_csv(sheet.table, safe_cells=safe),
    "parquet": lambda sheet, _: _as_parquet(sheet.table),
    "label-studio": lambda sheet, _: tasks_json(sheet),
    "argilla": lambda sheet, _: records_json(sheet, lines=False),
    "argilla-lines": lambda sheet, _: records_json(sheet, lines=True),
}
