"""Show a plan before, or instead of, carrying it out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from labelaudit.report.wording import clean, counted, show_label
from labelaudit.types import Kind

if TYPE_CHECKING:
    from labelaudit.cli.console import Terminal
    from labelaudit.types import Dataset, Plan

_LISTED = 20


def show_plan(terminal: Terminal, plan: Plan, data: Dataset, *, listing: bool) -> None:
    """Print what a plan does per class, and row by row where that is asked for.

    Parameters
    ----------
    terminal : Terminal
    plan : Plan
    data : Dataset
    listing : bool
        Whether to list the first actions, on stdout.
    """
    from labelaudit.remedy.plan import summarise

    effect = summarise(plan, data)
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(effect.by_kind.items()))
    terminal.say(
        f"plan {plan.strategy}, from run {plan.run_id}: {kinds or 'nothing to do'} "
        f"({counted(effect.rows_before, 'row')}, {effect.rows_after:,} afterwards)"
    )
    for notice in plan.notices:
        terminal.say(f"  {notice.message}", style="yellow")
    if not listing:
        return
    classes = Table(box=None, pad_edge=False)
    classes.add_column("class")
    for name in ("rows before", "rows after", "sum of weights"):
        classes.add_column(name, justify="right", no_wrap=True)
    for one in effect.classes:
        classes.add_row(
            Text(show_label(one.label)), f"{one.before:,}", f"{one.after:,}", f"{one.weight:,.1f}"
        )
    terminal.out.print(classes)
    if not plan.actions:
        return
    terminal.out.print()
    for action in plan.actions[:_LISTED]:
        weight = f" to {action.weight:.3g}" if action.kind is Kind.DOWNWEIGHT else ""
        head = f"{action.kind.value}{weight} ({action.safety.value})"
        terminal.out.print(
            Text(f"{head}  row {action.row}, id {clean(action.row_id)}: {clean(action.reason)}"),
            no_wrap=True,
            overflow="ellipsis",
        )
    if len(plan.actions) > _LISTED:
        terminal.out.print(f"and {len(plan.actions) - _LISTED:,} more")


_DONE = {"drop": "dropped", "downweight": "downweighted", "correct": "corrected", "keep": "kept"}


def what_was_done(plan: Plan) -> str:
    """Say in words what became of how many rows."""
    counts = Counter(action.kind.value for action in plan.actions)
    told = [f"{counted(number, 'row')} {_DONE[kind]}" for kind, number in sorted(counts.items())]
    return ", ".join(told) or "no row changed"


def say_skipped(terminal: Terminal, plan: Plan) -> None:
    """Say which rows are left alone, and why."""
    for reason, number in sorted(plan.skipped.items()):
        terminal.say(f"  left alone: {counted(number, 'row')}, {clean(reason)}")
