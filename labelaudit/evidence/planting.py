"""Errors planted into the user's own data, to see whether a run would find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.evidence.probabilities import judged_rows, row_chunks, sum_by_class
from labelaudit.progress import SILENT
from labelaudit.types import PlantedEvidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.evidence.collect import Collector
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, Evidence, FloatArray, IntArray

FEWEST = 20
"""Fewer planted errors than this tell nothing."""

PLANTED_SHARE = 0.1
"""Share of the judged rows that get a wrong label."""


@dataclass(frozen=True)
class PlantedErrors:
    """Labels of which some are known to be wrong.

    Attributes
    ----------
    y : ndarray of int32, shape (n,)
    planted : ndarray of bool, shape (n,)
        Where `y` was changed. The other labels may be wrong too, as they came.
    """

    y: IntArray
    planted: BoolArray


def plant_errors(
    y: IntArray, pred_probs: FloatArray, judged: BoolArray, *, seed: int = 0
) -> PlantedErrors:
    """Give a tenth of the labels another class.

    Half of them go where the models' own confusions point, class by class, half to any
    other class: people confuse what is alike, and they slip.

    Parameters
    ----------
    y : ndarray of int32, shape (n,)
        -1 for no label.
    pred_probs : ndarray of float32, shape (n, K)
        Out-of-fold; no NaN where `judged`.
    judged : ndarray of bool, shape (n,)
        Rows that may be changed; all have a label.
    seed : int

    Returns
    -------
    PlantedErrors
        Nothing planted with fewer than two judged classes.
    """
    import numpy as np

    random = np.random.default_rng([seed, 9])
    rows = np.flatnonzero(judged)
    alive = np.unique(y[rows])
    changed = y.copy()
    if len(alive) > 1:
        picked = rows[random.random(len(rows)) < PLANTED_SHARE]
        given = np.searchsorted(alive, y[picked])
        step = random.integers(1, len(alive), len(picked))
        anywhere = (given + step) % len(alive)
        cumulative = np.cumsum(_confusions(y, pred_probs, rows, alive), axis=1)
        drawn = random.random(len(picked))
        alike = np.fromiter(
            (
                np.searchsorted(cumulative[code], at, side="right")
                for code, at in zip(given, drawn, strict=True)
            ),
            dtype=np.int64,
            count=len(picked),
        )
        target = np.where(random.random(len(picked)) < 0.5, alike, anywhere)  # noqa: PLR2004
        target = np.minimum(target, len(alive) - 1)
        # Rounding at the end of a cumulative sum can point back to the class itself.
        target = np.where(target == given, anywhere, target)
        changed[picked] = alive[target]
    return PlantedErrors(changed, changed != y)


def _confusions(
    y: IntArray, pred_probs: FloatArray, rows: NDArray[np.intp], alive: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Give for each class where its rows would go, (k, k) with rows that sum to 1."""
    import numpy as np

    k = len(alive)
    sums = np.full((k, k), 1e-9)
    for chunk in row_chunks(rows, pred_probs.shape[1]):
        given = np.searchsorted(alive, y[chunk])
        sums += sum_by_class(given, pred_probs[chunk][:, alive].astype(np.float64), k)
    np.fill_diagonal(sums, 0)
    shares: NDArray[np.float64] = sums / sums.sum(axis=1, keepdims=True)
    return shares


def judge_planted(
    collector: Collector,
    evidence: Evidence,
    *,
    enough: int,
    left_out: BoolArray | None = None,
    progress: Progress = SILENT,
) -> PlantedEvidence | None:
    """Plant errors and have the models judge rows with them, fold by fold.

    Parameters
    ----------
    collector : Collector
    evidence : Evidence
        What it gave for the labels as they are.
    enough : int
        Folds are judged until they hold this many rows.
    left_out : ndarray of bool, shape (n,), optional
        Rows that nobody learns from.
    progress : Progress

    Returns
    -------
    PlantedEvidence or None
        None where too few errors could be planted to tell anything.
    """
    import numpy as np

    if evidence.pred_probs is None:
        return None
    y, plan = collector.data.y, collector.plans[0]
    judged = judged_rows(y, evidence.pred_probs)
    sizes = np.bincount(plan.fold[judged], minlength=plan.n_folds).cumsum()
    last = int(np.searchsorted(sizes, min(enough, int(sizes[-1]))))
    only = judged & (plan.fold <= last)
    changed = plant_errors(y, evidence.pred_probs, judged, seed=collector.seed)
    if (changed.planted & only).sum() < FEWEST:
        return None
    again = collector.judge(changed.y, only=only, left_out=left_out, once=True, progress=progress)
    if again.pred_probs is None:
        return None
    rows = np.flatnonzero(only & judged_rows(changed.y, again.pred_probs))
    return PlantedEvidence(
        rows=rows,
        y=changed.y[rows],
        planted=changed.planted[rows],
        pred_probs=again.pred_probs[rows],
    )
