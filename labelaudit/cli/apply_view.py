"""Say what became of each decision."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.report.wording import clean, counted
from labelaudit.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from labelaudit.audit.baseline_write import Merged
    from labelaudit.cli.console import Terminal
    from labelaudit.remedy.apply import Applied
    from labelaudit.review.decisions import Decision, Settled
    from labelaudit.types import Plan

_LABELS = 10
_DONE = {Kind.KEEP: "kept", Kind.CORRECT: "relabelled", Kind.DROP: "dropped"}


def say_done(
    terminal: Terminal, plan: Plan, baseline: Path | None, merged: Merged | None = None
) -> None:
    """Say how many rows were relabelled to what, dropped and kept.

    Parameters
    ----------
    terminal : Terminal
    plan : Plan
    baseline : Path or None
        Where kept labels are on record now; None where they are not.
    merged : Merged or None
        What became of that file.
    """
    kinds = Counter(action.kind for action in plan.actions)
    to = Counter(
        label_text(action.after)
        for action in plan.actions
        if action.kind is Kind.CORRECT and action.after is not None
    )
    if to:
        named = [f"{number:,} to {clean(label)!r}" for label, number in _most_frequent(to)]
        more = len(to) - _LABELS
        rest = f" and {more:,} more labels" if more > 0 else ""
        terminal.say(f"  relabelled: {', '.join(named[:_LABELS])}{rest}")
    if kinds[Kind.DROP]:
        terminal.say(f"  dropped: {counted(kinds[Kind.DROP], 'row')}")
    say_kept(terminal, plan, baseline, merged)


def say_kept(
    terminal: Terminal, plan: Plan, baseline: Path | None, merged: Merged | None = None
) -> None:
    """Say how many labels were kept, and what that changed in the baseline.

    Parameters
    ----------
    terminal, plan, baseline, merged
        As for `say_done`.
    """
    kept = sum(action.kind is Kind.KEEP for action in plan.actions)
    if not kept:
        return
    where = "" if baseline is None else f", on record as right in {clean(str(baseline))}"
    terminal.say(f"  kept: {counted(kept, 'label')}{where}")
    if merged is None:
        return
    for entries, told in (
        (merged.confirmed, "known until now"),
        (merged.renewed, "expired before, and right again"),
        (merged.standing, "on record before, and left as it was"),
    ):
        if entries:
            terminal.say(f"    {len(entries):,} of them {told}")


def outcome_json(
    decisions: Iterable[Decision],
    settled: Settled,
    *,
    applied: Applied | None,
    baseline: Path | None,
    written: bool,
) -> bytes:
    """Give what became of each decision as JSON.

    Parameters
    ----------
    decisions : iterable of Decision
    settled : Settled
    applied : Applied or None
        None where no data was written.
    baseline : Path or None
        Where labels were put on record.
    written : bool
        False for what would happen.

    Returns
    -------
    bytes
    """
    actions = {action.row_id: action for action in settled.plan.actions}
    listed: list[dict[str, Any]] = []
    for one in decisions:
        action = actions.get(one.row_id)
        listed.append(
            {
                "row_id": one.row_id,
                "outcome": "left" if action is None else _DONE[action.kind],
                "why": settled.left.get(one.row_id),
                "before": None if action is None else action.before,
                "after": None if action is None else action.after,
                "reviewer": one.reviewer or None,
                "note": one.note or None,
                "place": one.place,
            }
        )
    answer = {
        "schema_version": 1,
        "run": settled.plan.run_id,
        "written": written,
        "output": None if applied is None else str(applied.output),
        "action": None if applied is None else applied.action or None,
        "already": applied is not None and applied.already,
        "baseline": None if baseline is None else str(baseline),
        "decisions": listed,
    }
    return (json.dumps(answer, indent=2, ensure_ascii=False) + "\n").encode()


def _most_frequent(counts: Counter[str]) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
