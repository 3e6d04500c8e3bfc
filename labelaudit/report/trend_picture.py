"""The trend over the runs of a file as a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.pictures import INK, draw, plain_text
from labelaudit.report.grid import cut_middle
from labelaudit.report.trend import trend_headline
from labelaudit.report.wording import counted, show_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from labelaudit.audit.history import Point, Trend
    from labelaudit.types import Rate

MOST_CLASSES = 30
"""Classes that are drawn, the most flagged of the newest run."""

NAMED = 5
"""Those of them that are named."""

_LONGEST = 12
_WIDEST = 16
_TICKS = 6
_PANEL, _LINE = 180, 10
"""Height of the panel, about, and of a line of text, in points."""

_DATE = len("2026-03-14")
_MINUTE, _SECOND = len("2026-03-14T12:00"), len("2026-03-14T12:00:00")


def draw_trend(
    trend: Trend,
    class_name: str | None = None,
    *,
    written: Callable[[str], str] = plain_text,
) -> str:
    """Draw the flagged share over the runs of a file, with its interval.

    Runs made with other settings, columns or versions than the run before are marked by a
    dotted line, since a jump there need not be one of the labels. A blind run has no share;
    a cross at the bottom stands for it. Beside it stand the classes, the most flagged of the
    newest run named.

    Parameters
    ----------
    trend : Trend
    class_name : str, optional
        Of this class alone, by its text.
    written : callable
        Makes the name of a class fit to stand at its line.

    Returns
    -------
    str
        An SVG document; the same for the same trend.
    """
    marks = sum(bool(point.changes) for point in trend.points)
    description = (
        f"{trend_headline(trend, class_name)} {counted(len(trend.points), 'run')}, "
        f"{marks} of them made in another way than the run before."
    )
    title = f"Share of labels flagged over the runs of {trend.source}"
    if class_name is not None:
        return draw(
            7,
            3.6,
            lambda axes: _paint_share(axes, trend, class_name),
            title=f"{title}, class {class_name}",
            description=description,
        )

    def paint(share: Axes, classes: Axes) -> None:
        _paint_share(share, trend, None)
        _paint_classes(classes, trend, written)

    return draw(9, 3.6, paint, title=title, description=description, panels=2, ratios=(1.6, 1.0))


def _paint_share(axes: Axes, trend: Trend, class_name: str | None) -> None:
    points = trend.points
    across = range(len(points))
    middle, low, high = zip(*(_ends(one.rate(class_name)) for one in points), strict=True)
    axes.fill_between(across, low, high, color=INK, alpha=0.15, linewidth=0, gid="interval")
    # A run between two blind ones has no width to be filled.
    axes.vlines(across, low, high, color=INK, alpha=0.3, linewidth=1, gid="intervals")
    axes.plot(across, middle, color=INK, linewidth=2.5, marker="o", gid="flagged")
    if class_name is None:
        _paint_noise(axes, points)
    for place, point in enumerate(points):
        if point.changes:
            axes.axvline(place, color=INK, linestyle=":", linewidth=1.5, gid=f"changed-{place}")
        if point.blind:
            axes.plot(place, 0, color=INK, marker="x", markersize=9, clip_on=False, gid="blind")
    whose = "" if class_name is None else f" of {plain_text(class_name[:_LONGEST])}"
    _finish(axes, points, f"labels{whose} flagged, %", _legend(points, whole=class_name is None))


def _legend(points: tuple[Point, ...], *, whole: bool) -> str:
    signs = {
        "bars: noise rate": whole and not all(math.isnan(one.noise_rate.low) for one in points),
        "dotted: other settings or versions": any(one.changes for one in points),
        "cross: blind": any(one.blind for one in points),
    }
    return "; ".join(text for text, there in signs.items() if there)


def _paint_noise(axes: Axes, points: tuple[Point, ...]) -> None:
    known = [
        (place, _ends(point.noise_rate))
        for place, point in enumerate(points)
        if not math.isnan(point.noise_rate.low)
    ]
    # Beside the dot of the run, so that neither hides the other.
    axes.vlines(
        [place + 0.08 for place, _ in known],
        [ends[1] for _, ends in known],
        [ends[2] for _, ends in known],
        color=INK,
        alpha=0.55,
        linewidth=4,
        gid="noise-rate",
    )


def _paint_classes(axes: Axes, trend: Trend, written: Callable[[str], str]) -> None:
    newest = sorted(trend.points[-1].classes, key=lambda one: -one.flagged)[:MOST_CLASSES]
    across = range(len(trend.points))
    ends: list[tuple[float, str]] = []
    for place, found in enumerate(newest):
        name = label_text(found.label)
        shares = [_ends(point.rate(name))[0] for point in trend.points]
        named = place < NAMED
        if named and not math.isnan(shares[-1]):
            ends.append((shares[-1], written(cut_middle(show_label(found.label), _WIDEST))))
        axes.plot(
            across,
            shares,
            color=INK,
            alpha=0.7 if named else 0.25,
            linewidth=1.2,
            marker=".",
            gid=f"class-{place}",
        )
    _finish(axes, trend.points, "by class, %", "")
    _name_lines(axes, across[-1], ends)


def _name_lines(axes: Axes, across: int, ends: Sequence[tuple[float, str]]) -> None:
    """Write names at the ends of their lines, one above the other where lines meet."""
    scale = _PANEL / axes.get_ylim()[1]
    # The first stays clear of the axis, along which lines of nothing flagged run.
    free = 0.6 * _LINE
    for share, shown in sorted(ends, key=lambda end: end[0]):
        height = max(share * scale, free)
        free = height + _LINE
        axes.annotate(
            shown,
            (across, share),
            (5, height - share * scale),
            textcoords="offset points",
            fontsize=8,
            va="center",
        )


def _finish(axes: Axes, points: tuple[Point, ...], title: str, legend: str) -> None:
    step = max(1, math.ceil(len(points) / _TICKS))
    # Counted from the newest, which is always named.
    ticks = list(range(len(points) - 1, -1, -step))[::-1]
    axes.set_xticks(ticks, list(map(plain_text, _times([points[at].created for at in ticks]))))
    axes.tick_params(axis="x", labelsize=8, rotation=30)
    axes.set_xlim(-0.5, len(points) - 0.5)
    axes.set_ylim(bottom=0)
    axes.set_title(title)
    axes.set_xlabel(legend, fontsize=8)
    axes.grid(axis="y")


def _times(created: Sequence[str]) -> list[str]:
    """Write times no finer than it takes to tell them apart: days, minutes, or seconds."""
    one_day = len({time[:_DATE] for time in created}) == 1 < len(created)
    start = _DATE + 1 if one_day else 0
    written = [time.replace("T", " ") for time in created]
    for end in (*([] if one_day else [_DATE]), _MINUTE, _SECOND):
        told = [time[start:end] for time in written]
        if len(set(told)) == len(told):
            break
    return told


def _ends(rate: Rate) -> tuple[float, float, float]:
    return 100 * rate.estimate, 100 * rate.low, 100 * rate.high
