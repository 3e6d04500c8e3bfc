"""The noise curve as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.pictures import INK, draw, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labelaudit.measure.curve import Curve

_MOST_CLASSES = 30
_NAMED = 5
_LONGEST = 12
_ACROSS = "% of labels made wrong on top"


def draw_picture(curve: Curve, *, title: str, description: str) -> str:
    """Draw accuracy and calibration error over the rate of planted errors.

    Left of 0, where nothing is planted, lies the data without the errors it is estimated
    to hold: the curve is carried on to there.

    Parameters
    ----------
    curve : Curve
    title, description : str
        What a screen reader reads out.

    Returns
    -------
    str
        An SVG document; the same for the same curve.
    """

    def paint(accuracy: Axes, calibration: Axes) -> None:
        _paint_accuracy(accuracy, curve)
        _paint_calibration(calibration, curve)

    return draw(9, 4, paint, title=title, description=description, panels=2, ratios=(2.4, 1.0))


def _paint_accuracy(axes: Axes, curve: Curve) -> None:
    across = [100 * point.rate for point in curve.points]
    classes = list(curve.points[0].classes)[:_MOST_CLASSES]
    for place, label in enumerate(classes):
        values = [100 * point.classes[label] for point in curve.points]
        axes.plot(across, values, color=INK, alpha=0.35, linewidth=1, gid=f"class-{place}")
        if len(classes) <= _NAMED:
            name = plain_text(label_text(label)[:_LONGEST])
            axes.annotate(
                name, (across[-1], values[-1]), (4, 0), textcoords="offset points", fontsize=8
            )
    values = [100 * point.scores.accuracy for point in curve.points]
    axes.plot(across, values, color=INK, linewidth=2.5, marker="o", gid="all-rows")
    _mark_noise(axes, curve)
    axes.set_title("accuracy on the scored rows, %")
    axes.set_xlabel(_ACROSS)
    axes.grid(axis="y")


def _mark_noise(axes: Axes, curve: Curve) -> None:
    """Mark the estimated rate, and what the slope promises of removing it."""
    rate = curve.noise_rate
    if rate is None:
        return
    axes.axvspan(-100 * rate.high, -100 * rate.low, color=INK, alpha=0.12, gid="noise-rate")
    now = curve.points[0].scores.accuracy
    axes.plot(
        [0, -100 * rate.estimate],
        [100 * now, 100 * min(1.0, now + curve.gain.estimate)],
        color=INK,
        linestyle="--",
        gid="without-the-errors-there-are",
    )
    whose = "found by people" if curve.verified else "estimated"
    axes.text(
        0.01,
        0.02,
        f"{100 * rate.estimate:.1f} % wrong now ({whose})",
        transform=axes.transAxes,
        fontsize=8,
    )


def _paint_calibration(axes: Axes, curve: Curve) -> None:
    across = [100 * point.rate for point in curve.points]
    errors = [100 * point.scores.calibration_error for point in curve.points]
    axes.plot(across, errors, color=INK, linewidth=2.5, marker="o", gid="calibration-error")
    axes.set_ylim(bottom=0)
    axes.set_title("calibration error, %")
    axes.set_xlabel(_ACROSS)
    axes.grid(axis="y")
