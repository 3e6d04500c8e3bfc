"""What those that read pred_probs have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Evidence, FloatArray, IntArray


def need_pred_probs(detector: str, evidence: Evidence) -> FloatArray:
    """Give the pred_probs, or say which detector cannot do without.

    Parameters
    ----------
    detector : str
    evidence : Evidence

    Returns
    -------
    ndarray of float32, shape (n, K)

    Raises
    ------
    InputError
    """
    if evidence.pred_probs is None:
        raise InputError(
            f"the detector {detector!r} needs pred_probs",
            hint="collect them with labelaudit.evidence.collect_evidence, or pass your own",
        )
    return evidence.pred_probs


def best_other_class(pred_probs: FloatArray, y: IntArray) -> IntArray:
    """Give the most probable class other than the given label.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
    y : ndarray of int32, shape (m,)
        No -1.

    Returns
    -------
    ndarray of int32, shape (m,)
    """
    import numpy as np

    others = pred_probs.copy()
    others[np.arange(len(y)), y] = -1
    best: IntArray = others.argmax(axis=1).astype(np.int32)
    return best


def present_classes(
    pred_probs: FloatArray, y: IntArray
) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
    """Take out the classes that no row carries, which cleanlab has no threshold for.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
    y : ndarray of int32, shape (m,)
        No -1.

    Returns
    -------
    pred_probs : ndarray of float64, shape (m, K')
        Rows sum to 1 again.
    codes : ndarray of int64, shape (m,)
    n_classes : int
        K'.
    """
    import numpy as np

    present, codes = np.unique(y, return_inverse=True)
    compact = pred_probs[:, present].astype(np.float64)
    totals = compact.sum(axis=1, keepdims=True)
    compact /= np.where(totals > 0, totals, 1)
    return compact, codes.astype(np.int64), len(present)
