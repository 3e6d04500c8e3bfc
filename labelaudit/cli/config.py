"""`labelaudit config`: every setting, its value, and where it came from."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from labelaudit.cli.console import Terminal
from labelaudit.cli.options import Config, settings_from
from labelaudit.config import specs


def config(
    config: Config = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the settings as JSON.", show_default=False)
    ] = False,
) -> None:
    """Show each setting, its value and where it came from.

    Settings come from the command line, else the environment (LABELAUDIT_FOLDS=10),

    else the nearest labelaudit.toml or [tool.labelaudit] of pyproject.toml.

    Examples:

      labelaudit config

      LABELAUDIT_FOLDS=10 labelaudit config --json
    """
    terminal = Terminal.open()
    resolved = settings_from(config)
    values = {name: getattr(resolved.settings, name) for name in specs()}
    if as_json:
        listed = {
            name: {"value": value, "origin": resolved.origin[name]}
            for name, value in values.items()
        }
        terminal.write((json.dumps(listed, indent=2, ensure_ascii=False) + "\n").encode())
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", overflow="fold")
    for name, value in values.items():
        origin = resolved.origin[name]
        table.add_row(
            name.replace("_", "-"),
            Text(_show(value)),
            Text(origin, style="dim" if origin == "default" else ""),
        )
    terminal.out.print(table)


def _show(value: object) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
