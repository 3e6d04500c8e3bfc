"""Show a plan before, or instead of, carrying it out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from labelaudit.report.wording import clean, counted, show_label
from labelaudit.types import Kind, Safety

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.cli.console import Terminal
    from labelaudit.remedy.effect import Effect
    from labelaudit.types import Action, Dataset, Plan

_LISTED = 20


def show_plan(
    terminal: Terminal,
    plan: Plan,
    data: Dataset,
    *,
    listing: bool,
    train_values: Iterable[str] | None = None,
) -> None:
    """Print what a plan does per class, and row by row where that is asked for.

    Parameters
    ----------
    terminal : Terminal
    plan : Plan
    data : Dataset
    listing : bool
        Whether to list the first actions, on stdout.
    train_values : iterable of str, optional
        What the split column calls the rows that class weights are for.
    """
    from labelaudit.remedy.effect import summarise
    from labelaudit.remedy.rows import TRAIN_VALUES

    effect = summarise(plan, data, train_values=train_values or TRAIN_VALUES)
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(effect.by_kind.items()))
    if plan.class_weights:
        kinds = f"{kinds}, classes balanced" if kinds else "classes balanced"
    terminal.say(
        f"plan {plan.strategy}, from run {plan.run_id}: {kinds or 'nothing to do'} "
        f"({counted(effect.rows_before, 'row')}, {effect.rows_after:,} afterwards)"
    )
    if plan.actions:
        terminal.say(f"  {_by_safety(effect.by_safety)}")
    for notice in plan.notices:
        terminal.say(f"  {notice.message}", style="yellow")
        if notice.hint:
            terminal.say(f"    {notice.hint}")
    if listing:
        _print_classes(terminal, effect)
        _print_actions(terminal, plan)


def _print_classes(terminal: Terminal, effect: Effect) -> None:
    classes = Table(box=None, pad_edge=False)
    classes.add_column("class")
    for name in ("rows before", "rows after", "sum of weights"):
        classes.add_column(name, justify="right", no_wrap=True)
    for one in effect.classes:
        classes.add_row(
            Text(show_label(one.label)), f"{one.before:,}", f"{one.after:,}", f"{one.weight:,.1f}"
        )
    terminal.out.print(classes)


def _print_actions(terminal: Terminal, plan: Plan) -> None:
    if not plan.actions:
        return
    terminal.out.print()
    for action in plan.actions[:_LISTED]:
        head = f"{action.kind.value}{_to_what(action)} ({action.safety.value})"
        terminal.out.print(
            Text(f"{head}  row {action.row}, id {clean(action.row_id)}: {clean(action.reason)}"),
            no_wrap=True,
            overflow="ellipsis",
        )
    if len(plan.actions) > _LISTED:
        terminal.out.print(f"and {len(plan.actions) - _LISTED:,} more")


def _by_safety(counts: Mapping[str, int]) -> str:
    meaning = {
        Safety.SAFE: "safe",
        Safety.UNSAFE: "unsafe: rows go, or what models learn of them changes",
    }
    return ", ".join(f"{counts[one]:,} {text}" for one, text in meaning.items() if one in counts)


def _to_what(action: Action) -> str:
    if action.kind is Kind.DOWNWEIGHT:
        return f" to {action.weight:.3g}"
    if action.probabilities is not None:
        return " to a soft label"
    if action.kind is Kind.CORRECT and action.after is not None:
        return f" to {show_label(action.after)}"
    return ""


_DONE = {"drop": "dropped", "downweight": "downweighted", "correct": "corrected", "keep": "kept"}


def what_was_done(plan: Plan) -> str:
    """Say in words what became of how many rows."""
    soft = sum(action.probabilities is not None for action in plan.actions)
    counts = Counter(action.kind.value for action in plan.actions if action.probabilities is None)
    told = [f"{counted(number, 'row')} {_DONE[kind]}" for kind, number in sorted(counts.items())]
    if soft:
        told.append(f"{counted(soft, 'row')} given a soft label")
    if plan.class_weights:
        told.append("classes balanced")
    return ", ".join(told) or "no row changed"


def say_skipped(terminal: Terminal, plan: Plan) -> None:
    """Say which rows are left alone, and why."""
    for reason, number in sorted(plan.skipped.items()):
        terminal.say(f"  left alone: {counted(number, 'row')}, {clean(reason)}")
