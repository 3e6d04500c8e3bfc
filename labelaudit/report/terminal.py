"""The report on a terminal: the whole of it, or one line per issue.

Text of the data is only ever put in `rich.text.Text`, so that it is never read as markup.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from labelaudit.report.beside import (
    MAX_FINDINGS,
    MAX_PATTERNS,
    finding_place,
    pattern_rows,
)
from labelaudit.report.findings import context, doubtful, headline
from labelaudit.report.gate_told import gate_lines
from labelaudit.report.glossary import CONFIDENCE, NOT_IDENTIFIABLE, P_WRONG, ROW, SEVERITY, kinds
from labelaudit.report.grid import Column, cut, cut_middle, fit, print_grid, wrap
from labelaudit.report.rows import (
    DEFAULT_ISSUES,
    Rows,
    class_rows,
    measured_rows,
    model_rows,
    noise_rows,
    pair_rows,
    round_rows,
)
from labelaudit.report.verified import verified_rows
from labelaudit.report.wording import (
    arrow,
    clean,
    count,
    counted,
    decimal,
    legend,
    short_names,
    show_label,
)
from labelaudit.types import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from labelaudit.report import Options
    from labelaudit.types import Audit, Issue

LEAST_EXCERPT = 20
"""Cells below which an excerpt says too little: other columns give way first."""

_LEAST_NAME = 24
_LONGEST_NAME = 160
_NUMBERS = 24
_SEVERITY_STYLE = {Severity.HIGH: "bold red", Severity.MEDIUM: "yellow", Severity.LOW: "cyan"}


def print_full(
    audit: Audit,
    console: Console,
    *,
    limit: int | None = None,
    run_id: str | None = None,
    next_steps: Sequence[str] = (),
) -> None:
    """Print the whole report, cut to the width of the console.

    Parameters
    ----------
    audit : Audit
    console : rich.console.Console
    limit : int or None
        Issues listed; None for 20.
    run_id : str or None
        The run it is kept as.
    next_steps : sequence of str
        Commands, or sentences, one a line.
    """
    _print_headline(audit, console)
    _print_findings(audit, console)
    _print_notices(audit, console)
    _print_rows(pattern_rows(audit, MAX_PATTERNS), console)
    _print_issues(audit, console, DEFAULT_ISSUES if limit is None else limit)
    for rows in (verified_rows, measured_rows, class_rows, pair_rows, noise_rows):
        _print_rows(rows(audit), console)
    if doubtful(audit.summary):
        _print_text(NOT_IDENTIFIABLE, console, "yellow")
    for rows in (round_rows, model_rows):
        _print_rows(rows(audit), console)
    _print_closing(audit, console, run_id, next_steps)


def print_concise(audit: Audit, console: Console, *, limit: int | None = None) -> None:
    """Print one line per issue, then a summary line.

    Parameters
    ----------
    audit : Audit
    console : rich.console.Console
        Lines are cut to its width only when it is a terminal.
    limit : int or None
        Issues listed; None for all.
    """
    for issue in audit.issues[:limit]:
        chance = decimal(issue.error_probability)
        line = (
            f"{issue.row} {clean(issue.row_id)}: {show_label(issue.given)} -> "
            f"{show_label(issue.suggested)} (p{'' if chance[0] in '<>' else '='}{chance}, "
            f"{issue.severity.value}, {issue.verdict.value}) {clean(issue.excerpt)}"
        )
        shown = cut(line, console.width) if console.is_terminal else line
        console.print(Text(shown.rstrip()), soft_wrap=True, highlight=False)
    console.print(Text(clean(headline(audit))), soft_wrap=True, highlight=False)


def render_full(audit: Audit, options: Options) -> bytes:
    """Give the whole report as text without colours.

    Parameters
    ----------
    audit : Audit
    options : Options
        `limit`, `width` and `gate` are heeded.

    Returns
    -------
    bytes
    """
    report = _on_paper(lambda paper: print_full(audit, paper, limit=options.limit), options.width)
    return b"".join([*_gate(options), b"\n" * (options.gate is not None), report])


def render_concise(audit: Audit, options: Options) -> bytes:
    """Give one line per issue and a summary line as text, uncut.

    Parameters
    ----------
    audit : Audit
    options : Options
        `limit` and `gate` are heeded.

    Returns
    -------
    bytes
    """
    report = _on_paper(
        lambda paper: print_concise(audit, paper, limit=options.limit), options.width
    )
    return b"".join([report, *_gate(options)])


def _gate(options: Options) -> list[bytes]:
    lines = [] if options.gate is None else gate_lines(options.gate)
    return [f"{line}\n".encode() for line in lines]


def _on_paper(draw: Callable[[Console], None], width: int) -> bytes:
    paper = StringIO()
    # An empty environment, so that no terminal setting of whoever runs it shows in the file.
    draw(
        Console(
            file=paper,
            width=width,
            force_terminal=False,
            force_jupyter=False,
            color_system=None,
            legacy_windows=False,
            _environ={},
        )
    )
    return paper.getvalue().encode("utf-8")


def _print_text(text: str, console: Console, style: str = "", indent: int = 0) -> None:
    for line in wrap(clean(text), console.width - indent):
        console.print(" " * indent, Text(line, style), sep="", highlight=False)


def _print_title(title: str, console: Console) -> None:
    console.print()
    console.print(Text(title, "bold underline"), highlight=False)


def _print_findings(audit: Audit, console: Console) -> None:
    if audit.findings:
        console.print()
    for finding in audit.findings[:MAX_FINDINGS]:
        place = finding_place(finding)
        where = f" ({place})" if place else ""
        style = "bold red" if finding.grave else "yellow"
        _print_text(f"put right first: {finding.message}{where}", console, style)
        _print_text(f"remedy: {finding.remedy}", console, indent=2)
    hidden = len(audit.findings) - MAX_FINDINGS
    if hidden > 0:
        _print_text(f"… and {count(hidden)} more; the HTML and JSON reports hold all.", console)


def _print_headline(audit: Audit, console: Console) -> None:
    style = "bold white on red" if audit.summary.blind else "bold"
    _print_text(headline(audit), console, style)
    for line in context(audit):
        _print_text(line, console)


def _print_notices(audit: Audit, console: Console) -> None:
    if audit.notices:
        console.print()
    for notice in audit.notices:
        _print_text(f"warning: {notice.message}", console, "yellow")
        if notice.hint:
            _print_text(f"hint: {notice.hint}", console, indent=2)


def _print_issues(audit: Audit, console: Console, limit: int) -> None:
    issues = audit.issues[:limit]
    if not issues:
        return
    of_all = f"{count(len(issues))} of {count(len(audit.issues))}"
    kind = "Rows marked by a blind run" if audit.summary.blind else "Issues"
    _print_title(f"{kind}, the most suspicious first ({of_all})", console)
    shorts = short_names(name for issue in issues for name in issue.detectors)
    columns = _issue_columns(audit, issues, shorts, _label_width(console.width))
    shown = fit(columns, console.width)
    print_grid(shown, console)
    _print_text(_caption(columns, shown, legend(shorts)), console, "dim")
    _print_text(f"{SEVERITY} {kinds(audit.summary.by_verdict)}", console, "dim")


def _label_width(width: int) -> int:
    return max(12, min(32, (width - 36) * 2 // 5))


def _issue_columns(
    audit: Audit, issues: Sequence[Issue], shorts: dict[str, str], label_width: int
) -> list[Column]:
    columns = [
        Column("#", tuple(str(issue.rank) for issue in issues), right=True),
        Column("row", tuple(str(issue.row) for issue in issues), right=True),
        Column("id", tuple(clean(issue.row_id) for issue in issues), expendable=3),
        Column("given → suggested", _changes(issues, label_width)),
        Column("p(wrong)", tuple(decimal(issue.error_probability) for issue in issues), right=True),
        Column(
            "severity",
            tuple(issue.severity.value for issue in issues),
            styles=tuple(_SEVERITY_STYLE[issue.severity] for issue in issues),
            expendable=2,
        ),
    ]
    if len({issue.verdict for issue in audit.issues}) > 1:
        columns.append(Column("kind", tuple(issue.verdict.value for issue in issues), expendable=1))
    columns += [
        Column("confidence", _confidences(issues), expendable=5),
        Column(
            "found by",
            tuple("+".join(clean(shorts[name]) for name in issue.detectors) for issue in issues),
            expendable=4,
        ),
    ]
    excerpts = tuple(clean(issue.excerpt) for issue in issues)
    if any(excerpts):
        columns.append(Column("excerpt", excerpts, least=LEAST_EXCERPT))
    return columns


def _changes(issues: Sequence[Issue], label_width: int) -> tuple[str, ...]:
    given = [cut_middle(show_label(issue.given), label_width) for issue in issues]
    suggested = [cut_middle(show_label(issue.suggested), label_width) for issue in issues]
    width = max(Text(label).cell_len for label in given)
    padded = [label + " " * (width - Text(label).cell_len) for label in given]
    return tuple(map(arrow, padded, suggested))


def _confidences(issues: Sequence[Issue]) -> tuple[str, ...]:
    given = [decimal(issue.given_confidence) for issue in issues]
    width = max(map(len, given))
    return tuple(
        arrow(before.rjust(width), decimal(issue.suggested_confidence))
        for before, issue in zip(given, issues, strict=True)
    )


def _caption(columns: Sequence[Column], shown: Sequence[Column], detectors: str) -> str:
    meanings = {
        "row": ROW,
        "p(wrong)": P_WRONG,
        "confidence": CONFIDENCE,
        "found by": f"found by: {detectors}." if detectors else "",
    }
    sentences = [meanings.get(column.header, "") for column in shown]
    dropped = [column.header for column in columns if column not in shown]
    if dropped:
        sentences.append(f"No room here for: {', '.join(dropped)}.")
    return " ".join(sentence for sentence in sentences if sentence)


def _print_rows(table: Rows, console: Console) -> None:
    if not table.rows:
        return
    _print_title(table.title, console)
    columns = [
        _small_column(table, position, console.width) for position in range(len(table.header))
    ]
    print_grid(fit(columns, console.width), console)
    if table.hidden:
        _print_text(f"… and {count(table.hidden)} more.", console, "dim")
    _print_text(table.caption, console, "dim")


def _small_column(table: Rows, position: int, width: int) -> Column:
    header = table.header[position]
    cells = tuple(row[position] for row in table.rows)
    if position < table.names and table.folds:
        cells = tuple(cut_middle(cell, _LONGEST_NAME) for cell in cells)
        return Column(header, cells, least=_LEAST_NAME, fold=True)
    if position < table.names:
        cells = tuple(cut_middle(cell, (width - _NUMBERS) // table.names) for cell in cells)
        return Column(header, cells, least=_LEAST_NAME, middle=True)
    if position >= len(table.header) - table.sentences:
        return Column(header, cells, expendable=len(table.header))
    keep = len(table.optional) - table.optional.index(header) if header in table.optional else 0
    return Column(header, cells, right=True, expendable=keep)


def _print_closing(
    audit: Audit, console: Console, run_id: str | None, next_steps: Sequence[str]
) -> None:
    if run_id or next_steps:
        console.print()
    if run_id:
        issues = counted(len(audit.issues), "issue")
        _print_text(
            f"Kept as run {run_id} with all {issues}; labelaudit report {run_id} shows it again.",
            console,
        )
    for step in next_steps:
        _print_text(f"next: {step}", console)
