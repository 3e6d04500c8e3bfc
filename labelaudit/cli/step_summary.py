"""The summary page of a step in GitHub Actions: reports are added to it, never put in its place.

Actions name the file of the page in ``$GITHUB_STEP_SUMMARY``; what a step wrote there before
must stay.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.cli.in_ci import in_actions
from labelaudit.data.write import same_file
from labelaudit.errors import OutputError
from labelaudit.report import parse_report, render
from labelaudit.report.without_text import without_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.gate import Gate
    from labelaudit.cli.console import Terminal
    from labelaudit.types import Audit

_VARIABLE = "GITHUB_STEP_SUMMARY"
_MOST = 1 << 20
"""Bytes; GitHub shows nothing of a page that is larger."""


def is_step_summary(path: Path) -> bool:
    """Tell whether a path is the step's summary page.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    page = os.environ.get(_VARIABLE)
    if not page:
        return False
    return same_file(path, page) or path.absolute() == Path(page).absolute()


def page_unasked(output_format: str, reports: Sequence[str]) -> Path | None:
    """Give the page where a report belongs on it, though nobody asked for a copy there.

    Parameters
    ----------
    output_format : str
    reports : sequence of str
        ``FMT=PATH`` each.

    Returns
    -------
    Path or None
        Only for the format ``github``, within GitHub Actions, where no copy goes there.
    """
    page = os.environ.get(_VARIABLE)
    if output_format != "github" or not in_actions() or not page:
        return None
    return None if _asked(reports) else Path(page)


def tell_gate(terminal: Terminal, gate: Gate, reports: Sequence[str]) -> None:
    """Put what the gate answers on the page, where no report of this command does.

    Parameters
    ----------
    terminal : Terminal
    gate : Gate
    reports : sequence of str
        ``FMT=PATH`` each.
    """
    from labelaudit.report.markdown import gate_section

    page = os.environ.get(_VARIABLE)
    if not in_actions() or not page or _asked(reports):
        return
    content = gate_section(gate, title="# Label gate") + "\n"
    try:
        append_to_page(terminal, Path(page), content.encode("utf-8"))
    except OutputError as error:
        # Nobody asked for it, so that it is no reason to fail.
        terminal.say(f"{error.what}: {page}", style="yellow")


def add_to_page(
    terminal: Terminal,
    page: Path,
    audit: Audit,
    format_name: str,
    *,
    include_text: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    """Add a report at the end of the page.

    Parameters
    ----------
    terminal : Terminal
    page : Path
    audit : Audit
    format_name : str
    include_text : bool
        Whether the text of rows may be told: who may read the page is not who may read the
        data.
    **options
        As for `render`.

    Raises
    ------
    OutputError
    """
    shown = audit if include_text else without_text(audit)
    content = render(shown, format_name, include_text=include_text, **options)
    append_to_page(terminal, page, content)


def append_to_page(terminal: Terminal, page: Path, content: bytes) -> None:
    """Add Markdown at the end of the page, whoever made it.

    Parameters
    ----------
    terminal : Terminal
        Told when the page grows beyond what GitHub shows.
    page : Path
    content : bytes

    Raises
    ------
    OutputError
    """
    try:
        with page.open("ab") as file:
            if file.tell():
                file.write(b"\n")
            file.write(content)
            size = file.tell()
    except OSError as error:
        raise OutputError(
            f"the step summary cannot be written: {error.strerror or error}",
            where=str(page),
            hint=f"${_VARIABLE} must name a file that can be written",
        ) from error
    if size > _MOST:
        terminal.say(
            "  the step summary is larger than 1 MiB: GitHub will not show it; lower --limit",
            style="yellow",
        )


def _asked(reports: Sequence[str]) -> bool:
    return any(is_step_summary(parse_report(spec)[1]) for spec in reports)
