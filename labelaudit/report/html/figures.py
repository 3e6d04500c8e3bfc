"""The pictures of the page, each with its text alternative."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.summarise import wilson
from labelaudit.pictures import INK, draw
from labelaudit.report.grid import cut_middle
from labelaudit.report.html.inline import Names, inline
from labelaudit.report.rows import Rows
from labelaudit.report.wording import count, counted, figure, percent, percent_range, show_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from labelaudit.types import Audit, Label, Verified

MOST_CLASSES = 20
"""Classes that a picture shows."""

ACCENT = "#e8590c"
"""Stands out against a white and against a black page alike."""

_NAME = 18
_NARROW = 8
_SEEN = 5
_WIDTH = 5.2
_LEAST_CONFIDENCE = 1e-7
_BARS = 40
_LINEAR = 50
_POINTS = 200
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Figure:
    """A picture of the page.

    Attributes
    ----------
    key : str
        Unique in the page; part of its ids.
    title, caption : str
    svg : str
        Markup.
    table : Rows or None
        The same as a table.
    whole : bool
        Whether it takes the whole width of the page.
    """

    key: str
    title: str
    caption: str
    svg: str
    table: Rows | None = None
    whole: bool = False


def figures(audit: Audit) -> list[Figure]:
    """Draw all pictures that an audit has the figures for.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    list of Figure
        Of a blind run only those that show the models, not what they would find.
    """
    drawn: list[Callable[[Audit], Figure | None]] = [confusion, losses, reliability, noise, found]
    return [one for one in (paint(audit) for paint in drawn) if one is not None]


def confusion(audit: Audit) -> Figure | None:
    """Draw how often one class is given where another is suggested."""
    pairs = () if audit.summary.blind else audit.summary.pairs
    if not pairs:
        return None
    place = {label: index for index, label in enumerate(audit.classes)}
    every = {label for pair in pairs for label in (pair.given, pair.suggested)}
    most: set[Label] = set()
    for pair in pairs:
        both = most | {pair.given, pair.suggested}
        most = both if len(both) <= MOST_CLASSES else most
    shown = sorted(most, key=lambda label: place[label])
    at = {label: index for index, label in enumerate(shown)}
    cells = {
        (at[pair.given], at[pair.suggested]): pair.flagged
        for pair in pairs
        if pair.given in at and pair.suggested in at
    }
    names = Names()
    side = 1.9 + 0.36 * max(4, len(shown))
    title = "Classes taken for each other"
    first = pairs[0]
    svg = draw(
        side,
        side,
        lambda axes: _paint_cells(axes, cells, shown, names),
        title=title,
        description=(
            f"Heat map of {counted(sum(pair.flagged for pair in pairs), 'flagged row')}: the given "
            f"class down, the suggested one across. Most often {show_label(first.given)} is given "
            f"where {show_label(first.suggested)} is suggested: {count(first.flagged)}."
        ),
    )
    cut = ""
    if len(shown) < len(every):
        cut = f" The {len(shown)} most confused of {count(len(every))} classes."
    return Figure(
        "confusion",
        title,
        f"Flagged rows by given and suggested class.{cut}",
        inline(svg, "confusion", names),
        whole=len(shown) > _NARROW,
    )


def _paint_cells(
    axes: Axes, cells: dict[tuple[int, int], int], classes: Sequence[Label], names: Names
) -> None:
    from matplotlib.patches import Rectangle

    most = max(cells.values(), default=1)
    size = len(classes)
    for spot in range(size):
        axes.add_patch(Rectangle((spot, spot), 1, 1, facecolor=INK, alpha=0.08))
    for (row, column), flagged in sorted(cells.items()):
        strength = 0.12 + 0.58 * flagged / most
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=ACCENT, alpha=strength))
        axes.text(
            column + 0.5, row + 0.5, str(flagged), ha="center", va="center_baseline", fontsize=8
        )
    shown = [names.stand_in(cut_middle(show_label(label), _NAME)) for label in classes]
    middle = [spot + 0.5 for spot in range(size)]
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    axes.set_aspect("equal")
    axes.set_xticks(middle, shown, rotation=90 if size > 3 else 0)  # noqa: PLR2004
    axes.set_yticks(middle, shown)
    axes.tick_params(length=0)
    axes.set_xlabel("suggested")
    axes.set_ylabel("given")
    for spine in axes.spines.values():
        spine.set_visible(False)


def losses(audit: Audit) -> Figure | None:
    """Draw the out-of-fold loss of all labels and of the flagged ones."""
    import numpy as np

    judged = np.isfinite(audit.self_confidence)
    if not judged.any():
        return None
    confidence = audit.self_confidence[judged].astype(np.float64)
    loss = -np.log(np.clip(confidence, _LEAST_CONFIDENCE, 1))
    flagged = loss[audit.flagged[judged]]
    threshold = _loss_threshold(audit, loss)
    edges = np.linspace(0, max(float(loss.max()), 0.5), _BARS + 1).tolist()
    # A few wrong labels would not be seen beside thousands of others.
    counts, of_flagged = (np.histogram(values, edges)[0] for values in (loss, flagged))
    logarithmic = int(counts.max()) > _LINEAR
    line = "" if threshold is None else f" The line is the threshold: {figure(threshold)}."
    title = "Loss of the given labels"

    def paint(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator, NullFormatter

        every: Any = {"color": INK, "alpha": 0.25, "label": "all judged labels"}
        axes.stairs(counts, edges, fill=True, **every)
        if flagged.size:
            axes.stairs(of_flagged, edges, fill=True, color=ACCENT, alpha=0.9, label="flagged")
        if threshold is not None:
            axes.axvline(threshold, color=INK, linestyle="--", linewidth=1.2, label="threshold")
        if logarithmic:
            axes.set_yscale("log")
            axes.set_ylim(bottom=0.7)
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.set_xlabel("loss of the given label, nats")
        axes.set_ylabel("rows")
        axes.legend(fontsize=8)

    svg = draw(
        _WIDTH,
        3.2,
        paint,
        title=title,
        description=(
            f"Histogram of {counted(int(judged.sum()), 'label')}. Half of all losses lie below "
            f"{figure(float(np.median(loss)))}"
            + (
                f", half of those of flagged labels below {figure(float(np.median(flagged)))}"
                if flagged.size
                else ""
            )
            + f".{line}"
        ),
    )
    scale = "; rows on a logarithmic scale" if logarithmic else ""
    caption = f"Cross-entropy of each label by models that did not learn from it{scale}.{line}"
    if threshold is not None:
        share = 100 - float(audit.settings["loss_percentile"])
        caption += f" {share:g} % of all losses lie above it; loss-percentile names those."
    return Figure("losses", title, caption, inline(svg, "losses", Names()))


def _loss_threshold(audit: Audit, loss: NDArray[np.float64]) -> float | None:
    """Give the one threshold of the loss there is; with one per class there is none to draw."""
    import numpy as np

    percentile = audit.settings.get("loss_percentile")
    overall = audit.settings.get("loss_scope") == "overall"
    if "loss-percentile" not in audit.by_detector or percentile is None or not overall:
        return None
    return float(np.percentile(loss, float(percentile)))


def reliability(audit: Audit) -> Figure | None:
    """Draw the models' confidence against how often the label is their first choice."""
    bins = audit.summary.reliability
    if not bins:
        return None
    rows = sum(one.rows for one in bins)
    gap = math.fsum(one.rows * abs(one.confidence - one.agreed) for one in bins) / rows
    rates = [wilson(round(one.agreed * one.rows), one.rows) for one in bins]
    title = "Reliability of the probabilities"

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=INK, alpha=0.5, linestyle="--", linewidth=1)
        across = [one.confidence for one in bins]
        up = [one.agreed for one in bins]
        below = [max(0.0, rate.estimate - rate.low) for rate in rates]
        above = [max(0.0, rate.high - rate.estimate) for rate in rates]
        axes.errorbar(
            across, up, yerr=[below, above], color=ACCENT, marker="o", markersize=4, capsize=2
        )
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("probability of the models' first choice")
        axes.set_ylabel("share given that label")
        axes.grid()

    svg = draw(
        _WIDTH,
        3.2,
        paint,
        title=title,
        description=(
            "Mean probability of the models' first choice against the share of rows given that "
            f"label, in {counted(len(bins), 'bin')}. On average they are {percent(gap)} apart."
        ),
    )
    table = Rows(
        title,
        ("probability", "rows", "mean", "given that label", "95 % interval"),
        tuple(
            (
                f"{one.low:.1f} to {one.high:.1f}",
                count(one.rows),
                percent(one.confidence),
                percent(one.agreed),
                percent_range(rate.low, rate.high),
            )
            for one, rate in zip(bins, rates, strict=True)
        ),
    )
    caption = (
        "On the dashed line the out-of-fold probabilities can be taken at their word; below it the "
        f"models are too sure, or labels are wrong. Mean gap: {percent(gap)}."
    )
    return Figure("reliability", title, caption, inline(svg, "reliability", Names()), table)


def noise(audit: Audit) -> Figure | None:
    """Draw the estimated noise rate of each class of given labels."""
    estimates = _noise_by_class(audit)
    if audit.summary.blind or not estimates:
        return None
    shown = estimates[:MOST_CLASSES]
    names = Names()
    title = "Noise rate of each class, estimated"

    def paint(axes: Axes) -> None:
        places = list(range(len(shown)))
        values = [100 * one[1] for one in shown]
        below = [100 * (one[1] - one[2]) for one in shown]
        above = [100 * (one[3] - one[1]) for one in shown]
        axes.errorbar(values, places, xerr=[below, above], color=ACCENT, fmt="o", capsize=2)
        labels = [names.stand_in(cut_middle(show_label(one[0]), _NAME)) for one in shown]
        axes.set_yticks(places, labels)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.set_xlabel("% of its labels that are wrong, estimated")
        axes.grid(axis="x")

    first = shown[0]
    svg = draw(
        _WIDTH,
        1.2 + 0.28 * max(4, len(shown)),
        paint,
        title=title,
        description=(
            f"Highest for {show_label(first[0])}: {percent(first[1])} "
            f"({percent_range(first[2], first[3])}); lowest shown for "
            f"{show_label(shown[-1][0])}: {percent(shown[-1][1])}."
        ),
    )
    table = Rows(
        title,
        ("class", "judged", "estimate", "95 % interval"),
        tuple(
            (show_label(label), count(judged), percent(rate), percent_range(low, high))
            for label, rate, low, high, judged in shown
        ),
        names=1,
        hidden=len(estimates) - len(shown),
    )
    caption = (
        "Mean p(wrong) of the labels of a class. The interval holds as far as p(wrong) does: it "
        "tells how the number of errors varies by chance, not whether the models are right."
    )
    return Figure("noise", title, caption, inline(svg, "noise", names), table)


def _noise_by_class(audit: Audit) -> list[tuple[Label, float, float, float, int]]:
    """Give label, estimate, lower and upper end and rows, the highest estimate first."""
    import numpy as np

    judged = np.isfinite(audit.error_probability) & (audit.given >= 0)
    estimates = []
    for code, label in enumerate(audit.classes):
        # Sorted, so that the order of the rows has no say in the last digit.
        wrong = np.sort(audit.error_probability[judged & (audit.given == code)].astype(np.float64))
        if not wrong.size:
            continue
        mean = float(wrong.mean())
        spread = _NORMAL_95 * math.sqrt(float((wrong * (1 - wrong)).sum())) / wrong.size
        low, high = max(0.0, mean - spread), min(1.0, mean + spread)
        estimates.append((label, mean, low, high, int(wrong.size)))
    return sorted(estimates, key=lambda one: -one[1])


def found(audit: Audit) -> Figure | None:
    """Draw how many errors are expected among the rows reviewed in rank order."""
    import numpy as np

    wrong = audit.error_probability[audit.order].astype(np.float64)
    wrong = wrong[np.isfinite(wrong)]
    if audit.summary.blind or not wrong.size or not wrong.sum() > 0:
        return None
    sums = np.cumsum(wrong)
    total, flagged = float(sums[-1]), audit.summary.flagged
    # Beyond that nobody goes on reviewing, and the beginning would be lost in a corner.
    reach = min(wrong.size, _SEEN * flagged) if flagged else wrong.size
    spots = np.unique(np.rint(np.geomspace(1, reach, _POINTS)).astype(np.int64))
    across = np.concatenate([[0], spots])
    expected = np.concatenate([[0.0], sums[spots - 1]])
    title = "Errors found against rows reviewed"
    found_by_people = _found_by_people(audit)

    def paint(axes: Axes) -> None:
        axes.plot(across, expected, color=ACCENT, linewidth=2, label="in rank order, expected")
        ends = [0, reach], [0, total * reach / wrong.size]
        axes.plot(*ends, color=INK, alpha=0.5, linestyle="--", linewidth=1, label="in any order")
        if flagged:
            axes.axvline(flagged, color=INK, alpha=0.5, linewidth=1, linestyle=":", label="flagged")
        if found_by_people is not None:
            low, value, high = found_by_people
            error: Any = [[value - low], [high - value]]
            axes.errorbar(
                [flagged], [value], yerr=error, color=INK, fmt="s", capsize=3, label="by people"
            )
        axes.set_xlabel("rows reviewed")
        axes.set_ylabel("errors found")
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.grid()
        axes.legend(fontsize=8)

    told = (
        f"p(wrong) adds up to about {counted(round(total), 'error')} among "
        f"{counted(int(wrong.size), 'row')}"
    )
    if flagged:
        among = round(float(sums[min(flagged, wrong.size) - 1]))
        told += f", {count(among)} of them among the {counted(flagged, 'flagged row')}"
    told += "."
    svg = draw(_WIDTH, 3.2, paint, title=title, description=told)
    basis = "Nobody has checked that yet."
    if audit.summary.verified is not None:
        basis = _told_by_people(audit, audit.summary.verified, found_by_people)
    return Figure("found", title, f"{told} {basis}".strip(), inline(svg, "found", Names()))


def _found_by_people(audit: Audit) -> tuple[float, float, float] | None:
    """Give the interval and the number of errors among the flagged rows, as people found it."""
    verified, flagged = audit.summary.verified, audit.summary.flagged
    if verified is None or not flagged:
        return None
    rate = verified.precision
    point = flagged * rate.low, flagged * rate.estimate, flagged * rate.high
    return None if math.isnan(math.fsum(point)) else point


def _told_by_people(
    audit: Audit, verified: Verified, found_by_people: tuple[float, float, float] | None
) -> str:
    basis = ""
    if found_by_people is not None:
        low, value, high = map(round, found_by_people)
        basis = (
            f"The square is what people's answers give for the flagged rows: {count(value)} "
            f"({count(low)} to {count(high)})."
        )
    noise = verified.noise_rate
    if not math.isnan(noise.low + noise.high):
        low, high = (
            round(noise.low * audit.summary.judged),
            round(noise.high * audit.summary.judged),
        )
        basis += f" By the same answers there are {count(low)} to {count(high)} errors in all."
    return basis
