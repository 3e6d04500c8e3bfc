"""How far the models' confidence can be taken at its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.types import ReliabilityBin

if TYPE_CHECKING:
    from labelaudit.types import FloatArray, IntArray

BINS = 10


def reliability(pred_probs: FloatArray, y: IntArray) -> tuple[ReliabilityBin, ...]:
    """Compare the probability of the first choice with how often it is the given label.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (n, K)
        Rows sum to 1; none of NaN.
    y : ndarray of int32, shape (n,)
        Given labels, none missing.

    Returns
    -------
    tuple of ReliabilityBin
        Of equal width, the lowest first; those without a row are left out.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks, ICML 2017,
    section 2.
    """
    import numpy as np

    confidence = pred_probs.max(axis=1).astype(np.float64)
    agreed = pred_probs.argmax(axis=1) == y
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    rows = np.bincount(bins, minlength=BINS)
    # Sorted before they are added: the order of the rows has no say in the last digit.
    order = np.lexsort((confidence, bins))
    summed = np.bincount(bins[order], weights=confidence[order], minlength=BINS)
    agreeing = np.bincount(bins, weights=agreed, minlength=BINS)
    return tuple(
        ReliabilityBin(
            low=place / BINS,
            high=(place + 1) / BINS,
            rows=int(rows[place]),
            confidence=float(min(summed[place] / rows[place], 1.0)),
            agreed=float(agreeing[place] / rows[place]),
        )
        for place in np.flatnonzero(rows).tolist()
    )
