"""`labelaudit detectors`: the catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from labelaudit.cli.console import Terminal
from labelaudit.detectors import catalog


def detectors(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the catalogue as JSON.", show_default=False)
    ] = False,
) -> None:
    """List the detectors there are, those of installed packages too.

    Where label-posterior takes part, others that need pred_probs only corroborate it.

    Examples:

      labelaudit detectors

      labelaudit detectors --json
    """
    terminal = Terminal.open()
    specs = catalog()
    if as_json:
        listed = [asdict(spec) for spec in specs.values()]
        terminal.write((json.dumps(listed, indent=2) + "\n").encode())
        return
    table = Table(box=None, pad_edge=False)
    for name in ("detector", "status", "needs", "flags", "what it flags"):
        table.add_column(name, no_wrap=name != "what it flags")
    for spec in specs.values():
        table.add_row(
            Text(spec.name),
            spec.status,
            ", ".join(spec.needs),
            "with others" if spec.corroborates else "alone",
            Text(spec.summary),
        )
    terminal.out.print(table)
