"""How findings about the data are shown, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from labelaudit.report.wording import clean, counted
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.cli.console import Terminal
    from labelaudit.types import Dataset, Finding

SCHEMA_VERSION = 1
SHOWN_FIRST = 3
"""Findings shown before models are fitted; the report has all."""


def as_lines(data: Dataset, findings: Sequence[Finding]) -> bytes:
    """Write each finding, its rows and its remedy.

    Parameters
    ----------
    data : Dataset
    findings : sequence of Finding

    Returns
    -------
    bytes
        UTF-8. No character of the data acts on a terminal.
    """
    lines = []
    for finding in findings:
        lines.append(f"{_weight(finding)}{finding.code}: {clean(finding.message)}")
        if finding.rows:
            lines.append(f"  {_places(data, finding)}")
        lines.append(f"  remedy: {clean(finding.remedy)}")
    return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")


def as_json_bytes(data: Dataset, findings: Sequence[Finding]) -> bytes:
    """Write the findings as JSON.

    Parameters
    ----------
    data : Dataset
    findings : sequence of Finding

    Returns
    -------
    bytes
        ASCII. `row` counts data rows from 0, `line` lines from 1.
    """
    answer = {
        "schema_version": SCHEMA_VERSION,
        "path": data.source.path,
        "rows": data.n_rows,
        "label": data.schema.one(Role.LABEL),
        "grave": any(finding.grave for finding in findings),
        "findings": [
            {
                "code": finding.code,
                "grave": finding.grave,
                "message": finding.message,
                "remedy": finding.remedy,
                "count": finding.count,
                "columns": list(finding.columns),
                "rows": [
                    {
                        "row": row,
                        "line": None if data.line is None else int(data.line[row]),
                        "row_id": data.row_id[row],
                    }
                    for row in finding.rows
                ],
            }
            for finding in findings
        ],
    }
    return (json.dumps(answer, indent=2) + "\n").encode()


def say_gravest(terminal: Terminal, findings: Sequence[Finding], *, with_text: bool = True) -> None:
    """Say on stderr what is gravest, before models are fitted.

    Parameters
    ----------
    terminal : Terminal
    findings : sequence of Finding
        The gravest first.
    with_text : bool
        Whether cells may be quoted.
    """
    for finding in findings[:SHOWN_FIRST]:
        style = "bold red" if finding.grave else "yellow"
        told = finding.message if with_text else finding.without_text
        terminal.say(f"{_weight(finding)}{finding.code}: {told}", style=style)
        terminal.say(f"  remedy: {finding.remedy}")
    more = len(findings) - SHOWN_FIRST
    if more > 0:
        terminal.say(
            f"and {counted(more, 'finding')} more about the data; the report has all of them, "
            "`labelaudit doctor` too"
        )


def _weight(finding: Finding) -> str:
    return "grave: " if finding.grave else ""


def _places(data: Dataset, finding: Finding) -> str:
    what, numbers = "rows", [str(row) for row in finding.rows]
    if data.line is not None:
        what, numbers = "lines", [str(data.line[row]) for row in finding.rows]
    more = finding.count - len(numbers)
    told = f"{what if len(numbers) > 1 else what[:-1]} {', '.join(numbers)}"
    return f"{told} and {more:,} more" if more > 0 else told
