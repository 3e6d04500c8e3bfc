"""`labelaudit report`: a kept run, told again, or two of them held against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.run_source import source_path
from labelaudit.audit.runs import RunStore, now
from labelaudit.cli import complete
from labelaudit.cli.console import Terminal
from labelaudit.cli.in_ci import path_in_repository
from labelaudit.cli.kept import protected
from labelaudit.cli.options import (
    Config,
    IncludeText,
    Limit,
    OutputFormat,
    Quiet,
    Report,
    RunArgument,
    SafeCells,
    Store,
    settings_from,
)
from labelaudit.cli.show import check_formats, kept_as, show, trend_shown, write_reports
from labelaudit.report import CI_FORMATS, ForCI, parse_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.runs import Run
    from labelaudit.config import Settings
    from labelaudit.types import Audit


def report(
    run: RunArgument = None,
    after: Annotated[
        str | None,
        typer.Argument(
            help="A later run, to show what changed; in full, json or markdown.",
            show_default=False,
            autocompletion=complete.runs,
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
    """Show the report of a kept run again, in any format, or compare two runs.

    Of two runs: issues that are new, fixed or regressed, labels that moved, and what else

    differs, such as the seed.

    Examples:

      labelaudit report

      labelaudit report 20260314-0915 --output-format markdown

      labelaudit report --report csv=issues.csv --report json=issues.json

      labelaudit report 20260314-0915 20260321-1004 --output-format markdown
    """
    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, store=store).settings
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    check_formats(terminal, output_format, report, protected(kept))
    if after is not None:
        later = runs.load(after)
        check_formats(terminal, output_format, report, protected(later))
        _compare(terminal, kept, later, output_format, report, limit, include_text=include_text)
        return
    audit = kept.audit()
    trend = trend_shown(runs, kept, output_format, report)
    for_ci = _for_ci(kept, audit, settings, output_format, report)
    write_reports(
        terminal,
        audit,
        report,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        trend=trend,
        kept=kept_as(kept, settings.store),
        for_ci=for_ci,
        output_format=output_format,
    )
    show(
        terminal,
        audit,
        output_format,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        trend=trend,
        kept=kept_as(kept, settings.store),
        for_ci=for_ci,
    )


def _for_ci(
    run: Run, audit: Audit, settings: Settings, output_format: str, reports: Sequence[str] | None
) -> ForCI:
    """Name the file and the known issues, where a format is asked for that tells them."""
    from labelaudit.audit.baseline import load_baseline
    from labelaudit.audit.gate_uncounted import leave_out

    asked = {output_format, *(parse_report(spec)[0].name for spec in reports or ())}
    if asked.isdisjoint(CI_FORMATS):
        return ForCI()
    baseline = load_baseline(settings.baseline, today=now().date())
    known = None if baseline is None else leave_out(audit, baseline)
    return ForCI(path_in_repository(source_path(run)), known)


def _compare(
    terminal: Terminal,
    before: Run,
    after: Run,
    output_format: str,
    reports: Sequence[str] | None,
    limit: int | None,
    *,
    include_text: bool,
) -> None:
    from labelaudit.cli.step_summary import append_to_page, is_step_summary
    from labelaudit.cli.two_runs import TwoRuns, check_comparable
    from labelaudit.data.write import write_bytes

    check_comparable(output_format, reports)
    found = TwoRuns.of(before, after)
    for spec in reports or ():
        form, path = parse_report(spec)
        page = is_step_summary(path)
        content = found.render(form.name, limit=limit, with_text=include_text or not page)
        if page:
            append_to_page(terminal, path, content)
        else:
            write_bytes(path, content)
        terminal.say(f"wrote {path}")
    found.show(terminal, output_format, limit=limit)
