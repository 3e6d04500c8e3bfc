"""Draw the errors found against the rows reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from peers import OURS, PIPELINES
from quality_compare import MAIN, Record
from quality_metrics import REVIEWED
from quality_sets import PLANTED

if TYPE_CHECKING:
    from pathlib import Path

# Okabe and Ito's colours, told apart by most colour-blind people.
COLOURS = {
    "labelaudit": "#0072B2",
    "labelaudit-fast": "#56B4E9",
    "labelaudit-thorough": "#000000",
    "tutorial-lr": "#D55E00",
    "tutorial-rf": "#009E73",
    "tutorial-hgb": "#CC79A7",
    "datalab": "#E69F00",
}
STYLE = {
    "svg.hashsalt": "labelaudit",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def mean_curves(records: list[Record]) -> tuple[dict[str, np.ndarray], int]:
    """Average the curves over the sets whose errors are real.

    Parameters
    ----------
    records : list of dict

    Returns
    -------
    curves : dict of str to ndarray
        Share of the errors found, at `REVIEWED`, by pipeline. Only sets on which every
        pipeline that ran anywhere has a curve count, so that all are of the same sets.
    sets : int
        How many that are.
    """
    curves: dict[str, dict[str, list[float]]] = {}
    for one in records:
        curve = one.get("figures", {}).get("curve")
        if one["group"] != PLANTED and one["folder"] == "real_noise" and curve:
            curves.setdefault(one["pipeline"], {})[one["set"]] = curve
    if not curves:
        return {}, 0
    common = sorted(set.intersection(*(set(by_set) for by_set in curves.values())))
    if not common:
        return {}, 0
    return {
        name: np.mean([curves[name][one] for one in common], axis=0)
        for name in PIPELINES
        if name in curves
    }, len(common)


def draw(records: list[Record], path: Path) -> bool:
    """Draw the mean curves as SVG, the same bytes for the same records.

    Returns
    -------
    bool
        False, and nothing drawn, where no set with real errors was measured.
    """
    curves, sets = mean_curves(records)
    if not curves:
        return False
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.4), layout="constrained")
        axes = figure.add_subplot()
        for name, curve in sorted(curves.items(), key=lambda item: -item[1].mean()):
            axes.plot(
                REVIEWED,
                curve,
                label=name,
                color=COLOURS.get(name),
                linewidth=2.6 if name == MAIN else 1.5,
                linestyle="-" if name in OURS else "--",
                zorder=3 if name == MAIN else 2,
            )
        axes.set_xlabel("rows reviewed, in multiples of the number of errors")
        axes.set_ylabel("share of the errors found")
        axes.set_xlim(0, REVIEWED[-1])
        axes.set_ylim(0, 1)
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        plural = "s" if sets > 1 else ""
        axes.set_title(f"mean over {sets} data set{plural} with errors made by people and rules")
        axes.legend(frameon=False, loc="lower right")
        figure.savefig(path, format="svg", metadata={"Date": None})
    return True
