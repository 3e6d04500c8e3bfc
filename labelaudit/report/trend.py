"""The trend over the runs of a file in words and small tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.audit.compare import newcombe
from labelaudit.audit.history import COLUMN, VERSION
from labelaudit.audit.tables import label_text
from labelaudit.report.gate_words import points as in_points
from labelaudit.report.rows import MAX_CLASSES, Rows
from labelaudit.report.wording import (
    NONE,
    clean,
    count,
    counted,
    percent,
    percent_range,
    show_label,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.history import Change, Point, Trend

MAX_RUNS = 30
"""Runs that a page shows."""

_LONGEST = 60
_DATA, _SETTINGS, _VERSIONS = "data", "settings", "versions"
_MARKED = (
    "changed: what differs from the run before. After other settings or versions a jump need "
    "not be one of the labels."
)
_FOUND = "noise rate: the range over estimators; where a * stands, what people found."


def trend_headline(trend: Trend, class_name: str | None = None) -> str:
    """Say where the newest run stands, and how that compares with the run before.

    Parameters
    ----------
    trend : Trend
    class_name : str, optional
        Of this class alone, by its text.

    Returns
    -------
    str
        One to three sentences.
    """
    newest = trend.points[-1]
    if newest.blind:
        return f"The newest run is blind, so that it says nothing about labels: {newest.blind}."
    _, of, flagged, _ = _counts(newest, class_name)
    rate = newest.rate(class_name)
    whose = "" if class_name is None else f" of class {show_label(class_name)}"
    told = (
        f"{count(flagged)} of {counted(of, 'judged label')}{whose} flagged "
        f"({percent(rate.estimate)}, {rate.basis} {percent_range(rate.low, rate.high)})"
    )
    before = trend.points[-2] if len(trend.points) > 1 else None
    if before is None or before.blind:
        return f"{told}; no earlier run to compare with." if before is None else f"{told}."
    _, before_of, before_flagged, _ = _counts(before, class_name)
    change = newcombe(flagged, of, before_flagged, before_of)
    if math.isnan(change.estimate):
        return f"{told}."
    told += (
        f", {in_points(change.estimate)} points since the run before "
        f"({in_points(change.low)} to {in_points(change.high)})."
    )
    if newest.changes:
        named = ", ".join(dict.fromkeys(_name(one) for one in newest.changes))
        told += f" It was made in another way ({named}): not all of that need be the labels."
    elif not newest.data_changed and change.estimate:
        told += " The file is the same."
    return told


def trend_rows(trend: Trend, class_name: str | None = None) -> Rows:
    """Give one row for each run, the oldest first.

    Parameters
    ----------
    trend : Trend
    class_name : str, optional
        Of this class alone, by its text.

    Returns
    -------
    Rows
        The id of a run begins with its time, in UTC. `hidden` counts the runs before those
        of the trend.
    """
    whole = class_name is None
    rows = []
    for point in trend.points:
        n, _, flagged, high = _counts(point, class_name)
        rate = point.rate(class_name)
        rows.append(
            (
                point.run,
                count(n),
                count(flagged),
                "blind" if point.blind else percent(rate.estimate),
                percent_range(rate.low, rate.high),
                *([_noise(point)] if whole else []),
                count(high),
                changed(point),
            )
        )
    noise = ("noise rate",) if whole else ()
    captions = []
    if any(map(changed, trend.points)):
        captions.append(_MARKED)
    if whole and any(point.by_people for point in trend.points):
        captions.append(_FOUND)
    of_class = "" if whole else f", class {show_label(class_name)}"
    return Rows(
        title=f"Runs of {clean(trend.source)}{of_class}",
        header=("run", "rows", "flagged", "share", "95 % interval", *noise, "high", "changed"),
        rows=tuple(rows),
        names=1,
        optional=("95 % interval", "rows", "high"),
        hidden=trend.earlier,
        caption=" ".join(captions),
    )


def class_trend_rows(trend: Trend) -> Rows:
    """Give one row for each class: its share flagged in the newest run and before.

    Parameters
    ----------
    trend : Trend

    Returns
    -------
    Rows
        The most flagged class first; none where the newest run is blind.
    """
    newest = trend.points[-1]
    classes = [] if newest.blind else sorted(newest.classes, key=lambda one: -one.flagged)
    rows = []
    for found in classes[:MAX_CLASSES]:
        name = label_text(found.label)
        rates = [point.rate(name) for point in trend.points]
        seen = [rate.estimate for rate in rates if not math.isnan(rate.estimate)]
        rate = rates[-1]
        rows.append(
            (
                show_label(found.label),
                count(found.n),
                count(found.flagged),
                percent(rate.estimate),
                percent_range(rate.low, rate.high),
                percent(rates[-2].estimate) if len(rates) > 1 else NONE,
                percent_range(min(seen), max(seen)) if seen else NONE,
            )
        )
    return Rows(
        title="Classes in the newest run, the most flagged first",
        header=("class", "rows", "flagged", "share", "95 % interval", "before", "over all runs"),
        rows=tuple(rows),
        names=1,
        optional=("over all runs", "95 % interval", "rows"),
        hidden=len(classes) - len(rows),
    )


def changed(point: Point) -> str:
    """Name in a word or two what differs from the run before; empty where nothing does."""
    kinds = [_DATA] if point.data_changed else []
    if any(one.kind != VERSION for one in point.changes):
        kinds.append(_SETTINGS)
    if any(one.kind == VERSION for one in point.changes):
        kinds.append(_VERSIONS)
    return ", ".join(kinds)


def tell_changes(changes: Sequence[Change]) -> str:
    """Say what differs besides rows and labels, such as ``seed 0 → 1; effort fast → default``.

    Parameters
    ----------
    changes : sequence of Change

    Returns
    -------
    str
        Empty where nothing does; long values are cut.
    """
    return "; ".join(f"{_name(one)} {_short(one.before)} → {_short(one.after)}" for one in changes)


def _short(text: str) -> str:
    shown = clean(text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1].rstrip() + "…"


def _name(change: Change) -> str:
    name = clean(change.name).replace("_", "-")
    return f"{name} column" if change.kind == COLUMN and name != "features" else name


def _counts(point: Point, class_name: str | None) -> tuple[int, int, int, int]:
    """Give rows, judged, flagged and of high severity, of all or of a class."""
    if class_name is None:
        return point.rows, point.judged, point.flagged, point.high
    found = point.of_class(class_name)
    return (0, 0, 0, 0) if found is None else (found.n, found.judged, found.flagged, found.high)


def _noise(point: Point) -> str:
    rate = point.noise_rate
    star = "*" if point.by_people else ""
    reach = percent_range(rate.low, rate.high)
    return reach if reach == NONE else reach + star
