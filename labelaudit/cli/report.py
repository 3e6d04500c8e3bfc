"""`labelaudit report`: a kept run, told again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import protected
from labelaudit.cli.options import (
    Config,
    IncludeText,
    Limit,
    OutputFormat,
    Quiet,
    Report,
    SafeCells,
    Store,
    settings_from,
)
from labelaudit.cli.show import check_formats, show, write_reports


def report(
    run: Annotated[
        str | None,
        typer.Argument(
            help="A run, or the beginning of its name; the newest if left out.", show_default=False
        ),
    ] = None,
    output_format: OutputFormat = "full",
    report: Report = None,
    limit: Limit = None,
    safe_cells: SafeCells = False,
    include_text: IncludeText = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Show the report of a kept run again, in any format.

    Examples:

      labelaudit report

      labelaudit report 20260314-0915 --output-format markdown

      labelaudit report --report csv=issues.csv --report json=issues.json
    """
    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, store=store).settings
    kept = RunStore(Path(settings.store)).load(run)
    check_formats(terminal, output_format, report, protected(kept))
    audit = kept.audit()
    write_reports(
        terminal,
        audit,
        report,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        output_format=output_format,
    )
    show(
        terminal,
        audit,
        output_format,
        run_id=kept.id,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
    )
