"""An Audit as a notebook shows it: HTML that needs nothing but itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from labelaudit.report.findings import context, headline
from labelaudit.report.rows import DEFAULT_ISSUES
from labelaudit.report.wording import clean, count, decimal, show_label

if TYPE_CHECKING:
    from labelaudit.types import Audit, Issue

MAX_EXCERPT = 120
"""Characters of an excerpt; `Audit.issues` holds all of it."""

_HEADER = ("#", "row", "id", "given", "suggested", "p(wrong)", "severity", "kind", "excerpt")
_NUMBERS = frozenset({"#", "row", "p(wrong)"})
# Colours are those of the notebook, so that light and dark both stay readable.
_BOX = "color:inherit;background:transparent;font-size:13px;line-height:1.4;max-width:100%"
_TABLE = "font-size:13px;border-collapse:collapse;color:inherit;background:transparent;margin:6px 0"
_CELL = (
    "padding:2px 8px;color:inherit;background:transparent;"
    "border-bottom:1px solid rgba(128,128,128,.35);vertical-align:top;text-align:"
)


def as_html(audit: Audit) -> str:
    """Show an Audit in a notebook: the headline, warnings and the first 20 issues.

    `labelaudit.Audit` calls it by its method ``_repr_html_``.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    str
        HTML without scripts, classes and addresses. Text of the data is escaped, and stands
        by itself where it runs from right to left.
    """
    issues = audit.issues[:DEFAULT_ISSUES]
    parts = [
        f"<p><strong>Label audit of {_data(audit.source.path)}</strong></p>",
        f"<p>{_ours(headline(audit))}</p>",
        *(f"<p>{_ours(line)}</p>" for line in context(audit)),
        _notices(audit),
        _table(issues) if issues else "",
        _rest(len(audit.issues) - len(issues)),
    ]
    return f'<div style="{_BOX}">{"".join(parts)}</div>'


def _notices(audit: Audit) -> str:
    lines = (
        f"<li>{_ours(notice.message)} {_ours(notice.hint)}</li>".replace(" </li>", "</li>")
        for notice in audit.notices
    )
    listed = "".join(lines)
    return f"<ul>{listed}</ul>" if listed else ""


def _table(issues: tuple[Issue, ...]) -> str:
    head = "".join(
        f'<th scope="col" style="{_cell(name)};font-weight:600">{name}</th>' for name in _HEADER
    )
    body = "".join(f"<tr>{_row(issue)}</tr>" for issue in issues)
    return (
        f'<div style="overflow-x:auto"><table style="{_TABLE}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(issue: Issue) -> str:
    excerpt = clean(issue.excerpt)
    if len(excerpt) > MAX_EXCERPT:
        excerpt = excerpt[: MAX_EXCERPT - 1].rstrip() + "…"
    cells = (
        str(issue.rank),
        str(issue.row),
        _data(issue.row_id),
        _data(show_label(issue.given)),
        _data(show_label(issue.suggested)),
        _ours(decimal(issue.error_probability)),
        issue.severity.value,
        issue.verdict.value,
        _data(excerpt),
    )
    return "".join(
        f'<td style="{_cell(name)}">{cell}</td>' for name, cell in zip(_HEADER, cells, strict=True)
    )


def _cell(name: str) -> str:
    return _CELL + ("right" if name in _NUMBERS else "left")


def _rest(number: int) -> str:
    if not number:
        return ""
    return f"<p>… and {count(number)} more in <code>audit.issues</code>.</p>"


def _ours(text: str) -> str:
    # A notebook sets what stands between dollars or backslash brackets as mathematics.
    escaped = escape(clean(text))
    return escaped.replace("$", "<span>&#36;</span>").replace("\\", "<span>&#92;</span>")


def _data(text: str) -> str:
    return f"<bdi>{_ours(text)}</bdi>"
