"""What `detect` and `report` have in common: reports on stdout and in files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.cli.console import drop
from labelaudit.cli.step_summary import add_to_page, is_step_summary, page_unasked
from labelaudit.config import Settings
from labelaudit.data.write import same_file
from labelaudit.errors import OutputError, SettingError
from labelaudit.report import ForCI, Kept, find_format, parse_report, render, write_report
from labelaudit.report.csv import formula_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labelaudit.audit.gate import Gate
    from labelaudit.audit.history import Trend
    from labelaudit.audit.runs import Run, RunStore
    from labelaudit.cli.console import Terminal
    from labelaudit.types import Audit


def check_formats(
    terminal: Terminal,
    output_format: str,
    reports: Sequence[str] | None,
    inputs: Iterable[str | Path],
) -> None:
    """Refuse, before any work is done, what could not be printed or written after it.

    Parameters
    ----------
    terminal : Terminal
    output_format : str
    reports : sequence of str or None
        ``FMT=PATH`` each.
    inputs : iterable of str or Path
        Files that no report may replace.

    Raises
    ------
    SettingError
    OutputError
    """
    form = find_format(output_format)
    if form.binary and terminal.out.is_terminal:
        raise SettingError(
            f"{form.name} is not for a terminal",
            where="--output-format",
            hint=f"send it to a file, or use --report {form.name}=PATH",
        )
    taken: dict[str, str] = {}
    for spec in reports or ():
        _, path = parse_report(spec)
        check_writable(path)
        real = os.path.realpath(path)
        # What goes to the summary page is added to what is there.
        if real in taken and not is_step_summary(path):
            raise SettingError(
                "two reports go to one file, and the second would replace the first",
                where=f"--report {taken[real]} and --report {spec}",
                hint="give each a path of its own",
            )
        taken[real] = spec
        for given in inputs:
            if same_file(path, Path(given)):
                raise OutputError(
                    "the report would replace the input",
                    where=f"--report {spec}",
                    hint="give another path",
                )


def check_writable(path: Path) -> None:
    """Refuse a path whose directory is absent or closed to us.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OutputError
    """
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(
            "there is no such directory", where=str(folder), hint="make it first, or choose another"
        )
    if path.is_dir():
        raise OutputError("the path is a directory", where=str(path), hint="add a file name")
    if not os.access(folder, os.W_OK):
        raise OutputError(
            "the directory cannot be written to",
            where=str(folder),
            hint="choose another, or change its permissions",
        )


def check_store(root: Path) -> None:
    """Refuse, before any work is done, a store that no run could be kept in.

    Parameters
    ----------
    root : Path

    Raises
    ------
    OutputError
    """
    standing = next(path for path in (root.absolute(), *root.absolute().parents) if path.exists())
    if standing.is_dir() and os.access(standing, os.W_OK):
        return
    raise OutputError(
        "no run can be kept there",
        where=str(standing),
        hint="choose another directory with --store, or change its permissions",
    )


def trend_shown(
    store: RunStore, run: Run, output_format: str, reports: Sequence[str] | None
) -> Trend | None:
    """Give the runs of the same file and label up to this one, where a report shows them.

    Parameters
    ----------
    store : RunStore
        Where `run` is kept.
    run : Run
        The last of them.
    output_format : str
    reports : sequence of str or None
        ``FMT=PATH`` each.

    Returns
    -------
    Trend or None
        None where no report shows it, so that nothing is read in vain.
    """
    formats = {output_format, *(parse_report(spec)[0].name for spec in reports or ())}
    if "html" not in formats:
        return None
    from labelaudit.audit.history import trend_of
    from labelaudit.report.trend import MAX_RUNS

    return trend_of(store, run, limit=MAX_RUNS, same_label=True)


def kept_as(run: Run, store: str) -> Kept:
    """Tell where a run is kept, as reports name it.

    Parameters
    ----------
    run : Run
    store : str
        The setting.

    Returns
    -------
    Kept
    """
    created = str(run.manifest.get("created") or "")
    return Kept(run.id, created, "" if store == Settings().store else store)


def write_reports(
    terminal: Terminal,
    audit: Audit,
    reports: Sequence[str] | None,
    *,
    limit: int | None,
    safe_cells: bool,
    include_text: bool = False,
    gate: Gate | None = None,
    trend: Trend | None = None,
    kept: Kept | None = None,
    for_ci: ForCI = ForCI(),  # noqa: B008 - it is frozen
    output_format: str = "full",
) -> None:
    """Write the copies asked for by ``--report``, and the summary page of GitHub Actions."""
    chosen: dict[str, Any] = {
        "limit": limit,
        "safe_cells": safe_cells,
        "include_text": include_text,
        "gate": gate,
        "trend": trend,
        "kept": kept,
        "for_ci": for_ci,
    }
    for spec in reports or ():
        form, path = parse_report(spec)
        if is_step_summary(path):
            add_to_page(terminal, path, audit, form.name, **chosen)
        else:
            write_report(audit, spec, **chosen)
        terminal.say(f"wrote {path}")
        if spec.startswith("csv=") and not safe_cells:
            warn_of_formulas(terminal, formula_cells(audit))

    page = page_unasked(output_format, reports or ())
    if page is not None:
        try:
            add_to_page(terminal, page, audit, "markdown", **chosen)
        except OutputError as error:
            # Nobody asked for it, so that it is no reason to fail.
            terminal.say(f"{error.what}: {page}", style="yellow")


def warn_of_formulas(terminal: Terminal, cells: int) -> None:
    """Say how many cells of a CSV file a spreadsheet would run, if any."""
    if cells:
        terminal.say(
            f"  {cells:,} cells begin like a spreadsheet formula; --safe-cells makes them harmless",
            style="yellow",
        )


def show(
    terminal: Terminal,
    audit: Audit,
    output_format: str,
    *,
    limit: int | None,
    safe_cells: bool,
    include_text: bool = False,
    gate: Gate | None = None,
    trend: Trend | None = None,
    kept: Kept | None = None,
    for_ci: ForCI = ForCI(),  # noqa: B008 - it is frozen
    next_steps: Sequence[str] = (),
) -> None:
    """Print a report on stdout; a reader that goes away half-way is no error."""
    try:
        if output_format == "full":
            from labelaudit.report.terminal import print_full

            run_id = None if kept is None else kept.run
            print_full(audit, terminal.out, limit=limit, run_id=run_id, next_steps=next_steps)
        elif output_format == "concise":
            from labelaudit.report.terminal import print_concise

            print_concise(audit, terminal.out, limit=limit)
        else:
            terminal.write(
                render(
                    audit,
                    output_format,
                    limit=limit,
                    safe_cells=safe_cells,
                    include_text=include_text,
                    gate=gate,
                    trend=trend,
                    kept=kept,
                    for_ci=for_ci,
                )
            )
        terminal.out.file.flush()
    except BrokenPipeError:
        drop(terminal.out.file)
