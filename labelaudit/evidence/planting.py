"""Errors planted into the user's own data, to see whether a run would find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.evidence.probabilities import row_chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, FloatArray, IntArray

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
    from scipy.sparse import csr_matrix

    k = len(alive)
    sums = np.full((k, k), 1e-9)
    for chunk in row_chunks(rows, pred_probs.shape[1]):
        given = np.searchsorted(alive, y[chunk])
        members = csr_matrix(
            (np.ones(len(chunk)), (given, np.arange(len(chunk)))), shape=(k, len(chunk))
        )
        sums += members @ pred_probs[chunk][:, alive].astype(np.float64)
    np.fill_diagonal(sums, 0)
    shares: NDArray[np.float64] = sums / sums.sum(axis=1, keepdims=True)
    return shares
