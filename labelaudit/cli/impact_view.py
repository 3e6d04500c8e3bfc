"""What `labelaudit impact` prints for people: the answer first, then the figures."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from labelaudit.measure.impact_words import amount
from labelaudit.report.wording import NONE, clean, counted, percent, show_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.cli.console import Terminal
    from labelaudit.measure.curve import Curve
    from labelaudit.measure.impact import Impact
    from labelaudit.measure.impact_effects import Effect, PartEffect
    from labelaudit.measure.impact_stats import Difference

_MOST_PARTS = 20


def show_impact(terminal: Terminal, impact: Impact) -> None:
    """Print the answers, then the tables, on stdout.

    Parameters
    ----------
    terminal : Terminal
    impact : Impact
    """
    for line in first_lines(impact):
        terminal.out.print(Text(clean(line)))
    out = terminal.out
    out.print()
    n_fits = impact.folds * impact.repeats
    out.print(
        Text(
            f"Scored on {counted(impact.labels.rows, 'row')} ({impact.labels.kind}) with the model "
            f"{clean(impact.model)}: {n_fits} fits ({impact.folds} folds x {impact.repeats}), each "
            f"on all but a fold of {counted(impact.training_rows, 'training row')}. Accuracy in "
            "%; changes are to doing nothing; ± is the 95 % interval; ECE is the expected "
            "calibration error."
        )
    )
    if impact.effects:
        out.print(Text(_what_rows_are(impact)))
        out.print()
        out.print(_ways(impact))
        for of in dict.fromkeys(part.of for part in impact.effects[0].parts):
            out.print()
            _show_parts(terminal, impact.effects, of)
    if impact.curve is not None:
        out.print()
        out.print(_points(impact.curve))


def _what_rows_are(impact: Impact) -> str:
    """Say why a way changes another number of rows than `fix` would."""
    if impact.searched_again:
        return (
            "Rows are those changed of what one fit learns from, on average, which is searched "
            "for errors by itself: fix goes by the run's own flags, so it changes another number."
        )
    return (
        "Rows are those changed of what one fit learns from, on average: fix changes more, for "
        "no fold is left out."
    )


def first_lines(impact: Impact) -> list[str]:
    """Give the sentences that the answer consists of.

    Parameters
    ----------
    impact : Impact

    Returns
    -------
    list of str
    """
    blind = ""
    if impact.blind:
        blind = (
            f"The run is blind: {impact.blind}. What it flags is no better than a guess, and so "
            "is what is measured of it here."
        )
    return [line for line in (blind, impact.answer, impact.bottleneck) if line]


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(columns[0], no_wrap=True)
    for name in columns[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _ways(impact: Impact) -> Table:
    named = "" if impact.metric == "accuracy" else f" in {impact.metric}"
    table = _table(
        "way", "rows", f"change{named}", "p (Holm)", "accuracy", "balanced", "log loss", "ECE"
    )
    for one in impact.effects:
        scores = one.scores
        table.add_row(
            one.way,
            f"{_changed(one)}",
            _plus_minus(one.changes[impact.metric], impact.metric),
            NONE if isnan(one.p_corrected) else _p(one.p_corrected),
            amount(scores.accuracy, "accuracy"),
            amount(scores.balanced_accuracy, "accuracy"),
            amount(scores.log_loss, "log-loss"),
            amount(scores.calibration_error, "accuracy"),
        )
    return table


def _changed(effect: Effect) -> str:
    done = effect.touched
    return f"{round(done.dropped + done.downweighted + done.corrected):,}"


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004


def _plus_minus(change: Difference, metric: str) -> str:
    if isnan(change.estimate):
        return NONE
    half = (change.high - change.low) / 2
    if not half and not change.estimate:
        return NONE
    text = amount(change.estimate, metric)
    sign = "+" if change.estimate > 0 and not text.startswith("0.0") else ""
    return f"{sign}{text} ± {amount(half, metric)}"


def _show_parts(terminal: Terminal, effects: Sequence[Effect], of: str) -> None:
    others = effects[1:]
    by_value: dict[object, list[PartEffect]] = {}
    for effect in effects:
        for part in effect.parts:
            if part.of == of:
                by_value.setdefault(part.value, []).append(part)
    shown = list(by_value.values())
    hidden = len(shown) - _MOST_PARTS
    if hidden > 0:
        # Those that something happens to; in the order they had.
        kept = sorted(shown, key=_largest_change, reverse=True)[:_MOST_PARTS]
        shown = [parts for parts in shown if parts in kept]
    table = _table(of, "rows", "accuracy", *(one.way for one in others))
    for parts in shown:
        table.add_row(
            Text(show_label(parts[0].value)),
            f"{parts[0].rows:,}",
            amount(parts[0].accuracy, "accuracy"),
            *(_plus_minus(part.change, "accuracy") for part in parts[1:]),
        )
    terminal.out.print(table)
    if hidden > 0:
        terminal.out.print(f"and {hidden:,} more that change less; --json has all")


def _largest_change(parts: Sequence[PartEffect]) -> float:
    return max((abs(part.change.estimate) for part in parts[1:]), default=0.0)


def _points(curve: Curve) -> Table:
    table = _table("planted", "rows", "change", "accuracy", "balanced", "log loss", "ECE")
    for point in curve.points:
        scores = point.scores
        table.add_row(
            percent(point.rate),
            f"{round(point.planted):,}",
            _plus_minus(point.change, "accuracy"),
            amount(scores.accuracy, "accuracy"),
            amount(scores.balanced_accuracy, "accuracy"),
            amount(scores.log_loss, "log-loss"),
            amount(scores.calibration_error, "accuracy"),
        )
    return table
