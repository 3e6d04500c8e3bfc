"""The estimated noise rate of each class, with a range that says how far it may be off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.summarise import wilson
from labelaudit.pictures import draw
from labelaudit.report.html.figure import ACCENT, FEWEST_ERRORS, MOST_CLASSES, WIDTH, Figure, name
from labelaudit.report.html.inline import Names, inline
from labelaudit.report.rows import Rows
from labelaudit.report.wording import count, percent, percent_range, show_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labelaudit.types import Audit, Label, Rate

_BASIS = "sampling error within the run's range"


@dataclass(frozen=True)
class ClassNoise:
    """The estimated share of wrong labels of a class, over its judged rows."""

    label: Label
    judged: int
    rate: Rate


def noise(audit: Audit) -> Figure | None:
    """Draw the estimated noise rate of each class of given labels.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Figure or None
        None of a blind run, and where less than half an error is expected in all.
    """
    estimates = noise_by_class(audit)
    errors = math.fsum(one.rate.estimate * one.judged for one in estimates)
    if audit.summary.blind or errors < FEWEST_ERRORS:
        return None
    shown = estimates[:MOST_CLASSES]
    names = Names()
    title = "Noise rate of each class, estimated"

    def paint(axes: Axes) -> None:
        places = list(range(len(shown)))
        rates = [one.rate for one in shown]
        below = [100 * (rate.estimate - rate.low) for rate in rates]
        above = [100 * (rate.high - rate.estimate) for rate in rates]
        values = [100 * rate.estimate for rate in rates]
        axes.errorbar(values, places, xerr=[below, above], color=ACCENT, fmt="o", capsize=2)
        axes.set_yticks(places, [names.stand_in(name(one.label)) for one in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.set_xlabel("% of its labels that are wrong, estimated")
        axes.grid(axis="x")

    first, last = shown[0], shown[-1]
    svg = draw(
        WIDTH,
        1.2 + 0.28 * max(4, len(shown)),
        paint,
        title=title,
        description=(
            f"Highest for {show_label(first.label)}: {percent(first.rate.estimate)} "
            f"({percent_range(first.rate.low, first.rate.high)}); lowest shown for "
            f"{show_label(last.label)}: {percent(last.rate.estimate)}."
        ),
    )
    table = Rows(
        title,
        ("class", "judged", "estimate", "range"),
        tuple(
            (
                show_label(one.label),
                count(one.judged),
                percent(one.rate.estimate),
                percent_range(one.rate.low, one.rate.high),
            )
            for one in shown
        ),
        names=1,
    )
    hidden = len(estimates) - len(shown)
    cut = f"The {len(shown)} highest of {count(len(estimates))} classes. " if hidden else ""
    caption = (
        f"{cut}Mean p(wrong) of the labels of a class. The range joins the sampling error of "
        "its rows with the run's own range of the noise rate; on data with planted errors it held "
        "the truth for 9 in 10 classes."
    )
    return Figure("noise", title, caption, inline(svg, "noise", names), table)


def noise_by_class(audit: Audit) -> list[ClassNoise]:
    """Estimate the noise rate of each class of given labels.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    list of ClassNoise
        The highest first. The range is the lower end of the 95 % Wilson interval of the
        fewest wrong labels that the run's range of the noise rate leaves the class, to the
        upper end of that of the most.
    """
    import numpy as np

    overall = audit.summary.noise_rate
    judged = np.isfinite(audit.error_probability) & (audit.given >= 0)
    estimates = []
    for code, label in enumerate(audit.classes):
        # Sorted, so that the order of the rows has no say in the last digit.
        wrong = np.sort(audit.error_probability[judged & (audit.given == code)].astype(np.float64))
        if wrong.size:
            rate = _range(float(wrong.mean()), int(wrong.size), overall)
            estimates.append(ClassNoise(label, int(wrong.size), rate))
    return sorted(estimates, key=lambda one: -one.rate.estimate)


def _range(mean: float, rows: int, overall: Rate) -> Rate:
    from labelaudit.types import Rate

    fewest = math.floor(mean * rows * min(1.0, _against(overall.low, overall.estimate)))
    most = math.ceil(mean * rows * max(1.0, _against(overall.high, overall.estimate)))
    # Whole errors: of a handful of rows even the range of none is wide, and holds none.
    low, high = wilson(fewest, rows).low, wilson(min(most, rows), rows).high
    return Rate(mean, min(low, mean), max(high, mean), _BASIS)


def _against(end: float, estimate: float) -> float:
    return end / estimate if estimate > 0 and math.isfinite(end) else 1.0
