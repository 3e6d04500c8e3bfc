"""`labelaudit runs`: what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from labelaudit.audit.runs import Run, RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.options import Config, Quiet, Store, settings_from
from labelaudit.errors import RunError
from labelaudit.report.wording import clean


def runs(
    store: Store = None,
    config: Config = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the manifests as JSON.", show_default=False)
    ] = False,
    quiet: Quiet = False,
) -> None:
    """List the runs that are kept, oldest first.

    Examples:

      labelaudit runs

      labelaudit runs --json
    """
    settings = settings_from(config, store=store).settings
    terminal = Terminal.open(quiet=quiet)
    kept = _load(terminal, RunStore(Path(settings.store)))
    if as_json:
        listed = [{"id": run.id, **run.manifest} for run in kept]
        terminal.write((json.dumps(listed, indent=2) + "\n").encode())
        return
    if not kept:
        terminal.say(f"no run is kept in {settings.store}: begin with `labelaudit detect DATA`")
        return
    table = Table(box=None, pad_edge=False)
    # The id is there to be copied: it is never cut, the path gives way.
    table.add_column("run", no_wrap=True, min_width=max(len(run.id) for run in kept))
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("flagged", justify="right", no_wrap=True)
    table.add_column("data", overflow="fold")
    for run in kept:
        blind = " (blind)" if run.manifest["blind"] else ""
        table.add_row(
            Text(run.id),
            Text(f"{run.manifest['rows']:,}"),
            Text(f"{run.manifest['flagged']:,}{blind}"),
            Text(clean(str(run.manifest["source"]["path"]))),
        )
    terminal.out.print(table)


def _load(terminal: Terminal, store: RunStore) -> list[Run]:
    kept = []
    for run_id in store.ids():
        try:
            kept.append(store.load(run_id))
        except RunError as error:
            # One damaged run must not hide the others.
            terminal.say(f"left out: {error}", style="yellow")
    return kept
