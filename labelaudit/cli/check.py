"""`labelaudit check`: the gate for CI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.gate import report_gate
from labelaudit.cli.kept import protected, source_path
from labelaudit.cli.options import (
    AllowInconclusive,
    Config,
    IncludeText,
    Limit,
    MaxAmbiguous,
    MaxClassFlagged,
    MaxDuplicate,
    MaxFlagged,
    MaxHigh,
    MaxMislabelled,
    MaxOutlier,
    Report,
    SafeCells,
    Store,
    settings_from,
)
from labelaudit.cli.show import check_formats, write_reports
from labelaudit.data.digest import file_sha256
from labelaudit.errors import RunError

if TYPE_CHECKING:
    from labelaudit.audit.gate import Gate
    from labelaudit.audit.runs import Run


def check(
    run: Annotated[
        str | None,
        typer.Argument(
            help="A run, or the beginning of its name; the newest if left out.", show_default=False
        ),
    ] = None,
    max_flagged: MaxFlagged = None,
    max_high: MaxHigh = None,
    max_mislabelled: MaxMislabelled = None,
    max_ambiguous: MaxAmbiguous = None,
    max_outlier: MaxOutlier = None,
    max_duplicate: MaxDuplicate = None,
    max_class_flagged: MaxClassFlagged = None,
    allow_inconclusive: AllowInconclusive = None,
    allow_stale: Annotated[
        bool,
        typer.Option(
            "--allow-stale",
            help="Judge the run even when its data file changed or is gone.",
            show_default=False,
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as JSON.", show_default=False)
    ] = False,
    report: Report = None,
    limit: Limit = None,
    safe_cells: SafeCells = False,
    include_text: IncludeText = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Exit with 1 when more labels are flagged than agreed.

    Exit codes: 0 the data passes; 1 it does not, or the run is blind;

    2 the question could not be asked. Without a threshold: --max-flagged 5%.

    A flagged row is mislabelled, ambiguous, an outlier or a duplicate conflict;

    each can have a threshold of its own.

    Examples:

      labelaudit check --max-flagged 5%

      labelaudit check --max-mislabelled 2% --max-duplicate 0%

      labelaudit check --max-high 1% --max-class-flagged 10% --report markdown=issues.md
    """
    from labelaudit.audit.gate import judge

    terminal = Terminal.open()
    settings = settings_from(
        config,
        max_flagged=max_flagged,
        max_high=max_high,
        max_mislabelled=max_mislabelled,
        max_ambiguous=max_ambiguous,
        max_outlier=max_outlier,
        max_duplicate=max_duplicate,
        max_class_flagged=max_class_flagged,
        allow_inconclusive=allow_inconclusive,
        store=store,
    ).settings
    kept = RunStore(Path(settings.store)).load(run)
    check_formats(terminal, "full", report, protected(kept))
    if not allow_stale:
        _refuse_stale(kept)
    audit = kept.audit()
    gate = judge(
        audit,
        max_flagged=settings.max_flagged,
        max_high=settings.max_high,
        max_mislabelled=settings.max_mislabelled,
        max_ambiguous=settings.max_ambiguous,
        max_outlier=settings.max_outlier,
        max_duplicate=settings.max_duplicate,
        max_class_flagged=settings.max_class_flagged,
    )
    write_reports(
        terminal,
        audit,
        report,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        gate=gate,
    )
    if as_json:
        terminal.write(_as_json(gate, kept.id))
    return report_gate(terminal, gate, allow_inconclusive=settings.allow_inconclusive)


def _refuse_stale(kept: Run) -> None:
    path = source_path(kept)
    if path is None:
        return
    stale = "is gone" if not path.is_file() else "has changed"
    if path.is_file() and file_sha256(path) == kept.manifest["source"]["sha256"]:
        return
    raise RunError(
        f"the data of run {kept.id} {stale} since the run",
        where=str(path),
        hint="run `labelaudit detect` again, or judge the old run with --allow-stale",
    )


def _as_json(gate: Gate, run_id: str) -> bytes:
    answer = {
        "schema_version": 1,
        "outcome": gate.outcome.value,
        "reason": gate.reason or None,
        "run": run_id,
        "checks": [
            {
                "name": one.name,
                "count": one.count,
                "of": one.of,
                "limit": one.limit,
                "failed": one.failed,
            }
            for one in gate.checks
        ],
    }
    return (json.dumps(answer, indent=2, ensure_ascii=False) + "\n").encode()
