"""How the run stands to the runs of the same file before it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.report.grid import cut_middle
from labelaudit.report.html.figure import Figure
from labelaudit.report.html.inline import Names, inline
from labelaudit.report.trend import (
    MAX_RUNS,
    class_trend_rows,
    tell_changes,
    trend_headline,
    trend_rows,
)
from labelaudit.report.trend_picture import MOST_CLASSES, NAMED, draw_trend
from labelaudit.report.wording import clean, count, counted

if TYPE_CHECKING:
    from labelaudit.audit.history import Trend
    from labelaudit.report.rows import Rows

_FEW_CLASSES = 8
_LEAST = 2
_LABEL = 60
_CHANGES = 300
_UTC = "The name of a run begins with its time, in UTC."


@dataclass(frozen=True)
class OverTime:
    """The section on the runs of a file, ready for the template.

    Attributes
    ----------
    headline : str
    figure : Figure
    runs : Rows
        Oldest first.
    changes : tuple of (str, str)
        A run, and what besides rows and labels differs from the run before.
    classes : Rows or None
    folded : bool
        Whether there are so many classes that their table waits to be opened.
    left_out : tuple of str
        What is not shown, and where it is.
    """

    headline: str
    figure: Figure
    runs: Rows
    changes: tuple[tuple[str, str], ...]
    classes: Rows | None
    folded: bool
    left_out: tuple[str, ...]


def over_time(trend: Trend | None, in_store: str = "") -> OverTime | None:
    """Tell how the flagged share and the noise rate went over the runs of a file.

    Parameters
    ----------
    trend : Trend or None
        Up to the run of the page. Its newest `MAX_RUNS` runs are shown.
    in_store : str
        What commands need to find them: ``" --store DIR"``, or nothing.

    Returns
    -------
    OverTime or None
        None where fewer than two runs could see errors: nothing is there to compare.
    """
    if trend is None:
        return None
    trend = _newest(trend)
    seeing = [point for point in trend.points if not math.isnan(point.rate().estimate)]
    if len(seeing) < _LEAST:
        return None
    classes = class_trend_rows(trend)
    hidden_classes = classes.hidden
    named = tuple((cut_middle(row[0], _LABEL), *row[1:]) for row in classes.rows)
    runs = trend_rows(trend)
    return OverTime(
        headline=clean(trend_headline(trend)),
        figure=_figure(trend),
        runs=replace(runs, hidden=0, sentences=1, caption=f"{runs.caption} {_UTC}".strip()),
        changes=tuple(
            (clean(point.run), _cut(tell_changes(point.changes)))
            for point in trend.points
            if point.changes
        ),
        classes=replace(classes, rows=named, hidden=0) if named else None,
        folded=len(named) > _FEW_CLASSES,
        left_out=_left_out(trend, hidden_classes, in_store),
    )


def _newest(trend: Trend) -> Trend:
    shown = trend.points[-MAX_RUNS:]
    return replace(trend, points=shown, earlier=trend.earlier + len(trend.points) - len(shown))


def _figure(trend: Trend) -> Figure:
    names = Names()
    svg = draw_trend(trend, written=names.stand_in)
    classes = len(trend.points[-1].classes)
    drawn = f"the {MOST_CLASSES} most flagged of {count(classes)} classes"
    beside = drawn if classes > MOST_CLASSES else "the classes"
    if classes > NAMED:
        beside += f", the {NAMED} most flagged of this run named"
    return Figure(
        "trend",
        "Share of labels flagged",
        "Left, the share of all judged labels with its 95 % interval and the noise rate; right, "
        f"{beside}.",
        inline(svg, "trend", names),
        whole=True,
    )


def _left_out(trend: Trend, hidden_classes: int, in_store: str) -> tuple[str, ...]:
    told = []
    if trend.earlier:
        told.append(
            f"{counted(trend.earlier, 'earlier run')} of the file not shown; "
            f"`labelaudit history{in_store}` shows every run."
        )
    if trend.of_other_labels:
        told.append(
            f"{counted(trend.of_other_labels, 'run')} of another label column left out: they "
            "cannot be compared with this one."
        )
    if hidden_classes:
        told.append(
            f"{count(hidden_classes)} more {'class' if hidden_classes == 1 else 'classes'} not "
            f"shown; `labelaudit history --class LABEL{in_store}` shows any of them."
        )
    if trend.skipped:
        told.append(
            f"{counted(len(trend.skipped), 'kept run')} cannot be read, and may be of this file."
        )
    return tuple(told)


def _cut(text: str) -> str:
    return text if len(text) <= _CHANGES else text[: _CHANGES - 1].rstrip() + "…"
