"""The pictures of the page, each with its text alternative."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from labelaudit.audit.summarise import wilson
from labelaudit.pictures import INK, draw
from labelaudit.report.html.class_noise import noise
from labelaudit.report.html.confusion import confusion
from labelaudit.report.html.figure import ACCENT, FEWEST_ERRORS, WIDTH, Figure
from labelaudit.report.html.inline import Names, inline
from labelaudit.report.rows import Rows
from labelaudit.report.wording import count, counted, figure, percent, percent_range

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from labelaudit.types import Audit, Verified

_SEEN = 5
_LEAST_CONFIDENCE = 1e-7
_BARS = 40
_LINEAR = 50
_POINTS = 200


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
    percentile = f"percentile {float(audit.settings.get('loss_percentile') or 0):g}"
    line = (
        "" if threshold is None else f" The line is {percentile} of the losses: {_loss(threshold)}."
    )
    title = "Loss of the given labels"

    def paint(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator, NullFormatter

        every: Any = {"color": INK, "alpha": 0.25, "label": "all judged labels"}
        axes.stairs(counts, edges, fill=True, **every)
        if flagged.size:
            axes.stairs(of_flagged, edges, fill=True, color=ACCENT, alpha=0.9, label="flagged")
        if threshold is not None:
            axes.axvline(threshold, color=INK, linestyle="--", linewidth=1.2, label=percentile)
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
        WIDTH,
        3.2,
        paint,
        title=title,
        description=(
            f"Histogram of {counted(int(judged.sum()), 'label')}. Half of all losses lie below "
            f"{_loss(float(np.median(loss)))}"
            + (
                f", half of those of flagged labels below {_loss(float(np.median(flagged)))}"
                if flagged.size
                else ""
            )
            + f".{line}"
        ),
    )
    scale = "; rows on a logarithmic scale" if logarithmic else ""
    caption = f"Cross-entropy of each label by models that did not learn from it{scale}.{line}"
    if threshold is not None:
        caption += " loss-percentile names what lies above it; that by itself flags no row."
    return Figure("losses", title, caption, inline(svg, "losses", Names()))


def _loss(nats: float) -> str:
    """Write a loss, never as 0 when it is not: with sure models most are next to nothing."""
    text = figure(nats)
    return "less than 0.01" if text == "0.00" and nats > 0 else text


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
        WIDTH,
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


def found(audit: Audit) -> Figure | None:
    """Draw how many errors are expected among the rows reviewed in rank order."""
    import numpy as np

    wrong = audit.error_probability[audit.order].astype(np.float64)
    wrong = wrong[np.isfinite(wrong)]
    sums = np.cumsum(wrong)
    if audit.summary.blind or not wrong.size or sums[-1] < FEWEST_ERRORS:
        return None
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
    svg = draw(WIDTH, 3.2, paint, title=title, description=told)
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
