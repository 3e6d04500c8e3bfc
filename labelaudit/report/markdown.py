"""The report as GitHub-flavoured Markdown, fit for a pull-request comment.

Text of the data stands in code spans: nothing in them is a link, a mention, a reference
or HTML, wherever the comment is shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labelaudit.report.beside import (
    MAX_FINDINGS,
    MAX_PATTERNS,
    finding_place,
    pattern_rows,
)
from labelaudit.report.findings import context, doubtful, headline
from labelaudit.report.gate_told import gate_lines
from labelaudit.report.glossary import CONFIDENCE, NOT_IDENTIFIABLE, P_WRONG, ROW, SEVERITY, kinds
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
    NONE,
    arrow,
    clean,
    count,
    decimal,
    show_label,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labelaudit.audit.gate import Gate
    from labelaudit.report import Options
    from labelaudit.types import Audit, Issue

MAX_EXCERPT = 160
"""Characters of an excerpt; the files hold all of it."""

_ISSUE_HEADER = (
    "#",
    "row",
    "id",
    "given",
    "suggested",
    "p(wrong)",
    "severity",
    "kind",
    "confidence",
    "found by",
    "excerpt",
)
_ISSUE_NUMBERS = frozenset({"#", "row", "p(wrong)"})
_CAPTION = f"{ROW} {P_WRONG} {CONFIDENCE} {SEVERITY}"


def render(audit: Audit, options: Options) -> bytes:
    """Write summary, findings, notices, patterns, top issues and the small tables as Markdown.

    Parameters
    ----------
    audit : Audit
    options : Options
        `limit` is heeded, and None lists 20 issues; `gate`, which comes first.

    Returns
    -------
    bytes
    """
    limit = DEFAULT_ISSUES if options.limit is None else options.limit
    sections = [
        f"# Label audit of {code(audit.source.path)}",
        "" if options.gate is None else gate_section(options.gate),
        _summary(audit),
        _findings(audit),
        _notices(audit),
        _section(pattern_rows(audit, MAX_PATTERNS)),
        _issues(audit, limit),
        *(
            _section(rows(audit))
            for rows in (verified_rows, measured_rows, class_rows, pair_rows, noise_rows)
        ),
        prose(NOT_IDENTIFIABLE) if doubtful(audit.summary) else "",
        *(_section(rows(audit)) for rows in (round_rows, model_rows)),
    ]
    return ("\n\n".join(section for section in sections if section) + "\n").encode("utf-8")


def gate_section(gate: Gate, *, title: str = "") -> str:
    """Write what the gate answers as Markdown.

    Parameters
    ----------
    gate : Gate
    title : str
        A heading above it; empty for none.

    Returns
    -------
    str
        The outcome in bold, its numbers as a list.
    """
    first, *others = gate_lines(gate)
    outcome = f"> **Gate: {prose(first)}**"
    listed = "\n".join(f"- {prose(line.strip())}" for line in others)
    return "\n\n".join(part for part in (title, outcome, listed) if part)


def code(text: str) -> str:
    """Put text of the data in a code span that holds in a table cell, too.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Empty for text that is empty or white space.
    """
    shown = clean(text)
    if not shown:
        return ""
    runs = re.findall("`+", shown)
    fence = "`" * (1 + max(map(len, runs), default=0))
    padding = " " if runs else ""
    return f"{fence}{padding}{shown}{padding}{fence}".replace("|", "\\|")


def prose(text: str) -> str:
    """Escape a sentence of ours, which may quote the data.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Without markup, HTML, links and mentions.
    """
    escaped = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"([\\`*_\[\]|~#])", r"\\\1", escaped)
    # An entity alone would not do for mentions: they are looked for in the rendered text.
    return escaped.replace("@", "@&#8288;").replace("://", ":&#47;/").replace("www.", "www&#46;")


def _summary(audit: Audit) -> str:
    mark = "> " if audit.summary.blind else ""
    return "\n\n".join([f"{mark}**{prose(headline(audit))}**", *map(prose, context(audit))])


def _findings(audit: Audit) -> str:
    if not audit.findings:
        return ""
    lines = ["## Put right first", ""]
    for finding in audit.findings[:MAX_FINDINGS]:
        grave = "grave: " if finding.grave else ""
        place = finding_place(finding)
        where = f" ({prose(place)})" if place else ""
        lines.append(
            f"- {grave}{code(finding.code)} {prose(finding.message)}{where} "
            f"Remedy: {prose(finding.remedy.rstrip('.'))}."
        )
    hidden = len(audit.findings) - MAX_FINDINGS
    return "\n".join([*lines, *[f"\n… and {count(hidden)} more."] * (hidden > 0)])


def _notices(audit: Audit) -> str:
    if not audit.notices:
        return ""
    lines = []
    for notice in audit.notices:
        hint = f" Hint: {prose(notice.hint.rstrip('.'))}." if notice.hint else ""
        lines.append(f"- {code(notice.code)} {prose(notice.message)}{hint}")
    return "\n".join(["## Warnings", "", *lines])


def _issues(audit: Audit, limit: int) -> str:
    issues = audit.issues[:limit]
    if not issues:
        return ""
    title = "Rows marked by a blind run" if audit.summary.blind else "Issues"
    heading = f"## {title} ({count(len(issues))} of {count(len(audit.issues))})"
    table = _table(_ISSUE_HEADER, map(_issue_row, issues), _ISSUE_NUMBERS)
    meaning = f"{_CAPTION} {kinds(audit.summary.by_verdict)}"
    return "\n\n".join([heading, table, prose(meaning)])


def _issue_row(issue: Issue) -> list[str]:
    excerpt = clean(issue.excerpt)
    if len(excerpt) > MAX_EXCERPT:
        excerpt = excerpt[: MAX_EXCERPT - 1].rstrip() + "…"
    return [
        str(issue.rank),
        str(issue.row),
        code(issue.row_id),
        code(show_label(issue.given)),
        NONE if issue.suggested is None else code(show_label(issue.suggested)),
        _number(decimal(issue.error_probability)),
        issue.severity.value,
        issue.verdict.value,
        _number(arrow(decimal(issue.given_confidence), decimal(issue.suggested_confidence))),
        ", ".join(map(code, issue.detectors)),
        code(excerpt),
    ]


def _section(rows: Rows) -> str:
    if not rows.rows:
        return ""
    numbers = range(rows.names, len(rows.header) - rows.sentences)
    cells = [
        [_number(cell) if index in numbers else _text(cell, rows, index) for index, cell in line]
        for line in map(enumerate, rows.rows)
    ]
    right = frozenset(rows.header[index] for index in numbers)
    parts = [f"## {rows.title}", _table(rows.header, cells, right)]
    if rows.hidden:
        parts.append(f"… and {count(rows.hidden)} more.")
    if rows.caption:
        parts.append(prose(rows.caption))
    return "\n\n".join(parts)


def _text(cell: str, rows: Rows, index: int) -> str:
    return code(cell) if index < rows.names else prose(cell)


def _number(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _table(
    header: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[str] = frozenset()
) -> str:
    rule = ["---:" if name in right else "---" for name in header]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows))
