"""`labelaudit verify-ledger`: whether the record of changes is as it was written."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal, harmless
from labelaudit.cli.kept import open_recorder
from labelaudit.cli.options import Config, Store, settings_from

if TYPE_CHECKING:
    from labelaudit.remedy.ledger_check import LedgerCheck

_DAMAGED = 1
_QUIET_STATES = ("present", "removed", "void")


def verify_ledger(
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print what was found as JSON.", show_default=False),
    ] = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Check the ledger line by line, and the versions that undoing needs.

    Exit 1 when a line was edited, removed or cut off, or a version is damaged: the line is named.

    So it is where `ledger.head`, by which an end that was cut off is noticed, is gone.

    Outputs that changed since are told, and are no fault.

    Examples:

      labelaudit verify-ledger

      labelaudit verify-ledger --json
    """
    from labelaudit.remedy.ledger_check import check_ledger

    terminal = Terminal.open()
    settings = settings_from(config, store=store).settings
    recorder = open_recorder(RunStore(Path(settings.store)))
    with terminal.step("verify the ledger"):
        found = check_ledger(recorder)
    if as_json:
        told = {"ledger": str(recorder.ledger.path), "intact": not found.faults, **asdict(found)}
        told["outputs"] = [
            {"action": action, "output": path, "state": state}
            for action, (path, state) in found.outputs.items()
        ]
        terminal.write((json.dumps(told, indent=2) + "\n").encode())
    else:
        _print(terminal, found, recorder.ledger.path)
    if found.faults:
        raise typer.Exit(_DAMAGED)


def _print(terminal: Terminal, found: LedgerCheck, path: Path) -> None:
    counted = f"{_counted(found.lines, 'line')}, {_counted(found.actions, 'action')}"
    broken = next((fault for fault in found.faults if not fault.action), None)
    if broken is None:
        terminal.out.print(Text(f"{counted}, chain intact"))
    else:
        where = f"{path}, line {broken.line}" if broken.line else str(path)
        rest = "before it are intact" if broken.line else "are there, chain intact"
        terminal.out.print(Text(f"{where}: {broken.what}; {counted} {rest}"))
    for fault in found.faults:
        if fault.action:
            terminal.out.print(
                Text(harmless(f"line {fault.line}, action {fault.action}: {fault.what}"))
            )
    for action, (output, state) in found.outputs.items():
        if not state.startswith((*_QUIET_STATES, "undone", "replaced")):
            terminal.say(f"action {action}: {output} is {state}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
