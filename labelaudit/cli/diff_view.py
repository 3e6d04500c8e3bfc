"""How a comparison is shown: tables on stdout, or JSON; as Markdown in diff_markdown."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.compare import flagged_of
from labelaudit.audit.plain import to_plain
from labelaudit.audit.tables import label_text
from labelaudit.data.schema import SOFT_LABEL_PREFIX
from labelaudit.report.gate_words import points
from labelaudit.report.grid import Column, fit, print_grid
from labelaudit.report.trend import tell_changes
from labelaudit.report.wording import arrow, clean, counted, decimal, percent, show_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.compare import Comparison, Movement, VersionChange
    from labelaudit.audit.history import Change
    from labelaudit.cli.console import Terminal
    from labelaudit.types import Audit, Issue, Rate

SHOWN = 20
"""Rows listed of a kind where nobody asks for a number."""
_LEAST_EXCERPT = 20
_LEAST_NAME = 12
_LEAST_LABELS = 24
MEANINGS = {
    "new": "flagged now, not before; the label is the same",
    "regressed": "flagged now, not before; the label changed",
    "fixed": "flagged before, not now; the label changed",
    "cleared": "flagged before, not now; the label is the same",
    "still": "flagged both times",
    "still_changed": "flagged both times; the label changed",
    "gone": "flagged before; the row is not there any more",
}
"""What each field of a Comparison that holds issues means."""
LISTED = ("new", "regressed", "fixed", "still_changed")
"""Those whose rows are named to people."""


@dataclass(frozen=True)
class Side:
    """A run that is compared, and its name."""

    run: str
    audit: Audit


@dataclass(frozen=True)
class SoftLabels:
    """How many rows an action gave a probability for each class, and took it from."""

    given: int
    taken: int


def show_runs(
    terminal: Terminal,
    before: Side,
    after: Side,
    comparison: Comparison,
    *,
    limit: int | None,
    changes: Sequence[Change] = (),
) -> None:
    """Print how two runs differ, on stdout.

    Parameters
    ----------
    terminal : Terminal
    before, after : Side
    comparison : Comparison
    limit : int or None
        List as many rows of a kind.
    changes : sequence of Change
        What besides rows and labels differs.
    """
    most = SHOWN if limit is None else limit
    _line(terminal, f"before  {flagged_in(before, comparison.before)}")
    _line(terminal, f"after   {flagged_in(after, comparison.after)}")
    change = change_in(comparison)
    if change:
        _line(terminal, f"change  {change}")
    if changes:
        _line(terminal, f"made    in another way: {tell_changes(changes)}")
    _show_movement(terminal, comparison.movement, most)
    _line(terminal)
    names = [name.replace("_", ", ") for name in MEANINGS]
    sizes = [len(getattr(comparison, name)) for name in MEANINGS]
    _print(
        terminal,
        Column("issues", tuple(names)),
        Column("rows", tuple(f"{size:,}" for size in sizes), right=True),
        Column("", tuple(MEANINGS.values()), least=_LEAST_EXCERPT),
    )
    for name in LISTED:
        _show_rows(terminal, name, before, after, comparison, most)


def flagged_in(side: Side, rate: Rate) -> str:
    """Say how many labels a run flags, and whether it is blind."""
    count, of = flagged_of(side.audit)
    blind = " (blind)" if side.audit.summary.blind else ""
    return f"{side.run}: {count:,} of {of:,} flagged ({percent(rate.estimate)}){blind}"


def change_in(comparison: Comparison) -> str:
    """Say by how much the share flagged changed; empty where nothing was judged."""
    change = comparison.difference
    if math.isnan(change.estimate):
        return ""
    interval = f"{points(change.low)} to {points(change.high)}"
    return f"{points(change.estimate)} points ({change.basis}: {interval})"


def rows_in(movement: Movement) -> str:
    """Say what became of the rows, whatever was flagged."""
    told = [
        f"{movement.common:,} in both",
        f"{movement.added:,} added",
        f"{movement.removed:,} removed",
        f"{movement.relabelled:,} with another label",
    ]
    if movement.changed_content:
        told.append(f"{movement.changed_content:,} with other content")
    return ", ".join(told)


def show_versions(
    terminal: Terminal,
    before: str,
    after: str,
    change: VersionChange,
    *,
    soft: SoftLabels | None = None,
    limit: int | None,
) -> None:
    """Print how two versions of labels and weights differ, on stdout.

    Parameters
    ----------
    terminal : Terminal
    before, after : str
        What the versions are called.
    change : VersionChange
    soft : SoftLabels or None
        Those of the action between them; None where no action is named.
    limit : int or None
        List as many pairs of classes.
    """
    _line(terminal, f"before  version {clean(before)}")
    _line(terminal, f"after   version {clean(after)}")
    _show_movement(terminal, change.movement, SHOWN if limit is None else limit)
    if change.reweighted:
        _line(
            terminal,
            f"weights {counted(change.reweighted, 'row')} changed, "
            f"mean {change.mean_before:.3g} before, {change.mean_after:.3g} after",
        )
    if soft is not None:
        for number, told in ((soft.given, "got a soft label"), (soft.taken, "lost a soft label")):
            if number:
                columns = f"columns {SOFT_LABEL_PREFIX}CLASS of the file"
                _line(terminal, f"soft    {counted(number, 'row')} {told}: {columns}")


def runs_json(
    before: Side, after: Side, comparison: Comparison, *, changes: Sequence[Change] = ()
) -> bytes:
    """Put how two runs differ in JSON: every row by its id.

    Parameters
    ----------
    before, after : Side
    comparison : Comparison
    changes : sequence of Change
        What besides rows and labels differs.

    Returns
    -------
    bytes
    """

    def side(one: Side, rate: object) -> dict[str, Any]:
        count, of = flagged_of(one.audit)
        told: dict[str, Any] = to_plain(rate, exact=True)
        blind = one.audit.summary.blind or None
        return {"run": one.run, "flagged": count, "judged": of, "blind": blind, "share": told}

    return _as_json(
        {
            "compared": "runs",
            "before": side(before, comparison.before),
            "after": side(after, comparison.after),
            "difference": to_plain(comparison.difference, exact=True),
            "changes": [to_plain(one) for one in changes],
            **_movement_json(comparison.movement),
            "counts": {name: len(getattr(comparison, name)) for name in MEANINGS},
            "issues": {
                name: [_row_json(one) for one in rows_of(name, before, after, comparison)]
                for name in MEANINGS
            },
        }
    )


def versions_json(
    before: str, after: str, change: VersionChange, *, soft: SoftLabels | None = None
) -> bytes:
    """Put how two versions differ in JSON.

    Parameters
    ----------
    before, after : str
        What the versions are called.
    change : VersionChange
    soft : SoftLabels or None
        As for `show_versions`.

    Returns
    -------
    bytes
    """
    weights = {
        "changed": change.reweighted,
        "mean_before": change.mean_before,
        "mean_after": change.mean_after,
    }
    return _as_json(
        {
            "compared": "versions",
            "before": before,
            "after": after,
            **_movement_json(change.movement),
            "weights": to_plain(weights, exact=True),
            "soft_labels": None if soft is None else {"given": soft.given, "taken": soft.taken},
        }
    )


@dataclass(frozen=True)
class Row:
    """A row that differs; `issue` is that of the later run where it is flagged there."""

    row_id: str
    label_before: str | None
    label_after: str | None
    issue: Issue


def rows_of(name: str, before: Side, after: Side, comparison: Comparison) -> list[Row]:
    """Give the rows of one kind, a key of `MEANINGS`, in the order of their ranking."""
    positions = getattr(comparison, name).tolist()
    flagged_after = name not in {"fixed", "cleared", "gone"}
    audit = after.audit if flagged_after else before.audit
    issues = {issue.row: issue for issue in audit.issues}
    rows = []
    for row in positions:
        now = None if name == "gone" else row
        then = row if name == "gone" else int(comparison.twin[row])
        issue = issues[row if flagged_after or now is None else then]
        rows.append(
            Row(
                row_id=str((before if now is None else after).audit.row_id[row]),
                label_before=_label(before.audit, then),
                label_after=None if now is None else _label(after.audit, now),
                issue=issue,
            )
        )
    return rows


def _label(audit: Audit, row: int) -> str | None:
    code = int(audit.given[row]) if row >= 0 else -1
    return label_text(audit.classes[code]) if code >= 0 else None


def _row_json(row: Row) -> dict[str, Any]:
    issue = row.issue
    return {
        "row_id": row.row_id,
        "label_before": row.label_before,
        "label_after": row.label_after,
        "suggested": None if issue.suggested is None else label_text(issue.suggested),
        "error_probability": to_plain(issue.error_probability, exact=True),
        "verdict": issue.verdict.value,
    }


def _movement_json(movement: Movement) -> dict[str, Any]:
    return {
        "rows": {
            "common": movement.common,
            "added": movement.added,
            "removed": movement.removed,
            "content_changed": movement.changed_content,
            "label_changed": movement.relabelled,
        },
        "moved": [to_plain(one, exact=True) for one in movement.moved],
    }


def _as_json(answer: dict[str, Any]) -> bytes:
    text = json.dumps({"schema_version": 1, **answer}, indent=2, ensure_ascii=False)
    return (text + "\n").encode("utf-8", "surrogateescape")


def _show_movement(terminal: Terminal, movement: Movement, most: int) -> None:
    _line(terminal, f"rows    {rows_in(movement)}")
    if not movement.common:
        terminal.say("no row is in both: they may be of different files", style="yellow")
    if not movement.moved or not most:
        return
    shown = movement.moved[:most]
    _line(terminal)
    pairs = tuple(arrow(show_label(one.before), show_label(one.after)) for one in shown)
    _print(
        terminal,
        Column("labels moved", pairs, least=_LEAST_LABELS, fold=True),
        Column("rows", tuple(f"{one.rows:,}" for one in shown), right=True),
    )
    _more(terminal, len(movement.moved) - len(shown))


def _show_rows(
    terminal: Terminal, name: str, before: Side, after: Side, comparison: Comparison, most: int
) -> None:
    rows = rows_of(name, before, after, comparison)
    if not rows or not most:
        return
    shown = rows[:most]
    _line(terminal)
    _line(terminal, f"{name.replace('_', ', ')}: {MEANINGS[name]}")
    _print(
        terminal,
        Column("id", tuple(clean(one.row_id) for one in shown), least=_LEAST_NAME, middle=True),
        Column("label", tuple(map(labels_of, shown)), least=_LEAST_LABELS, fold=True),
        Column(
            "suggested",
            tuple(show_label(one.issue.suggested) for one in shown),
            expendable=1,
            least=_LEAST_NAME,
            fold=True,
        ),
        Column(
            "p(wrong)", tuple(decimal(one.issue.error_probability) for one in shown), right=True
        ),
        Column("kind", tuple(one.issue.verdict.value for one in shown), expendable=2),
        Column("excerpt", tuple(clean(one.issue.excerpt) for one in shown), least=_LEAST_EXCERPT),
    )
    _more(terminal, len(rows) - len(shown))


def labels_of(row: Row) -> str:
    """Write the label of a row, and what it was where that is another."""
    if row.label_before == row.label_after or row.label_before is None:
        return show_label(row.label_after)
    return arrow(show_label(row.label_before), show_label(row.label_after))


def _print(terminal: Terminal, *columns: Column) -> None:
    print_grid(fit(columns, terminal.out.width), terminal.out)


def _more(terminal: Terminal, number: int) -> None:
    if number > 0:
        _line(terminal, f"and {number:,} more")


def _line(terminal: Terminal, text: str = "") -> None:
    terminal.out.print(text, markup=False, highlight=False, soft_wrap=True)
