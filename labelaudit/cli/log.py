"""`labelaudit log`: every change ever made."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import open_ledger
from labelaudit.cli.options import Config, Store, settings_from
from labelaudit.report.wording import clean

if TYPE_CHECKING:
    from labelaudit.remedy.ledger import Entry

CHANGE = "change"


def log(
    action: Annotated[
        str | None,
        typer.Argument(help="Show every change of this action.", show_default=False),
    ] = None,
    row: Annotated[
        str | None,
        typer.Option("--row", help="Show the changes of this row id.", show_default=False),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the ledger's lines as JSON.", show_default=False),
    ] = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Show what was changed: when, by whom, from which run, and why.

    Examples:

      labelaudit log

      labelaudit log 3

      labelaudit log --row review-812 --json
    """
    from labelaudit.remedy.ledger import VOID, output_state, voided

    terminal = Terminal.open()
    settings = settings_from(config, store=store).settings
    ledger = open_ledger(RunStore(Path(settings.store)))
    entries = list(ledger.entries(action=action, row_id=row))
    if as_json:
        for entry in entries:
            terminal.write((json.dumps(asdict(entry), ensure_ascii=False) + "\n").encode())
        return
    if not entries:
        terminal.say("the ledger holds no such change")
        return
    if action is None and row is None:
        headers = [entry for entry in entries if entry.kind not in {CHANGE, VOID}]
        gone = voided(entries)
        states = [output_state(one, ledger.base, gone) for one in headers]
        _show_actions(terminal, headers, states)
        return
    _show_changes(terminal, [entry for entry in entries if entry.kind == CHANGE])


def _show_actions(terminal: Terminal, headers: list[Entry], states: list[str]) -> None:
    for header, state in zip(headers, states, strict=True):
        facts = header.facts
        counts = ", ".join(f"{n:,} {kind}" for kind, n in sorted(facts["counts"].items()))
        when = header.time[:16].replace("T", " ")
        terminal.out.print(
            Text(f"{header.action:>4}  {when} UTC  {clean(header.who)}  {facts['strategy']}: ")
            + Text(counts or "no row")
        )
        terminal.out.print(Text(f"      from {clean(facts['input'])}, run {facts['run']}"))
        gone = "" if state == "present" else f" (output {state})"
        terminal.out.print(Text(f"      wrote {clean(str(facts['output']))}{gone}"))


def _show_changes(terminal: Terminal, changes: list[Entry]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("action", "id", "row", "before", "after", "weight", "reason"):
        table.add_column(name, no_wrap=name != "reason")
    for change in changes:
        facts = change.facts
        table.add_row(
            change.action,
            Text(clean(str(facts["row_id"]))),
            str(facts["row"]),
            Text(clean(str(facts["before"]))),
            Text("(dropped)" if facts["after"] is None else clean(str(facts["after"]))),
            str(facts["weight"]),
            Text(clean(str(facts["reason"]))),
        )
    terminal.out.print(table)
