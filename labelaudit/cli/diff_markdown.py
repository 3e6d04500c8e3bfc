"""A comparison of two runs as Markdown, fit for a pull-request comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.cli.diff_view import (
    LISTED,
    MEANINGS,
    SHOWN,
    change_in,
    flagged_in,
    labels_of,
    rows_in,
    rows_of,
)
from labelaudit.report.markdown import MAX_EXCERPT, code, prose
from labelaudit.report.trend import tell_changes
from labelaudit.report.wording import arrow, clean, count, decimal, show_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labelaudit.audit.compare import Comparison
    from labelaudit.audit.history import Change
    from labelaudit.cli.diff_view import Row, Side


def runs_markdown(
    before: Side,
    after: Side,
    comparison: Comparison,
    *,
    changes: Sequence[Change] = (),
    limit: int | None = None,
    with_text: bool = True,
) -> bytes:
    """Write how two runs differ as Markdown.

    Parameters
    ----------
    before, after : Side
    comparison : Comparison
    changes : sequence of Change
        What besides rows and labels differs.
    limit : int or None
        List as many rows of a kind; None for 20.
    with_text : bool
        Whether the text of rows may be told.

    Returns
    -------
    bytes
    """
    most = SHOWN if limit is None else limit
    lines = [
        f"before: {flagged_in(before, comparison.before)}",
        f"after: {flagged_in(after, comparison.after)}",
        f"change: {change_in(comparison)}" if change_in(comparison) else "",
        f"made in another way: {tell_changes(changes)}" if changes else "",
        f"rows: {rows_in(comparison.movement)}",
    ]
    counts = (
        (name.replace("_", ", "), count(len(getattr(comparison, name))), meaning)
        for name, meaning in MEANINGS.items()
    )
    sections = [
        f"# Two audits of {code(after.audit.source.path)}",
        "\n".join(f"- {prose(line)}" for line in lines if line),
        _table(("issues", "rows", "meaning"), counts),
        _moved(comparison, most),
        *(_listed(name, before, after, comparison, most, with_text) for name in LISTED),
    ]
    return ("\n\n".join(section for section in sections if section) + "\n").encode("utf-8")


def _moved(comparison: Comparison, most: int) -> str:
    moved = comparison.movement.moved
    if not moved or not most:
        return ""
    rows = (
        (code(arrow(show_label(one.before), show_label(one.after))), count(one.rows))
        for one in moved[:most]
    )
    return _section("Labels moved", _table(("label", "rows"), rows), len(moved) - most)


def _listed(
    name: str,
    before: Side,
    after: Side,
    comparison: Comparison,
    most: int,
    with_text: bool,  # noqa: FBT001
) -> str:
    rows = rows_of(name, before, after, comparison)
    if not rows or not most:
        return ""
    header = ("id", "label", "suggested", "p(wrong)", "kind", *["excerpt"] * with_text)
    table = _table(header, (_row(one, with_text=with_text) for one in rows[:most]))
    title = f"{name.replace('_', ', ').capitalize()}: {MEANINGS[name]}"
    return _section(title, table, len(rows) - most)


def _row(row: Row, *, with_text: bool) -> Sequence[str]:
    excerpt = clean(row.issue.excerpt)
    if len(excerpt) > MAX_EXCERPT:
        excerpt = excerpt[: MAX_EXCERPT - 1].rstrip() + "…"
    return (
        code(row.row_id),
        code(labels_of(row)),
        code(show_label(row.issue.suggested)),
        prose(decimal(row.issue.error_probability)),
        row.issue.verdict.value,
        *[code(excerpt)] * with_text,
    )


def _section(title: str, table: str, hidden: int) -> str:
    more = f"\n\n… and {count(hidden)} more." if hidden > 0 else ""
    return f"## {title}\n\n{table}{more}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---:" if name in {"rows", "p(wrong)"} else "---" for name in header]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows))
