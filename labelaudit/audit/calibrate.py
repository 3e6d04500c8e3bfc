"""From pred_probs to the probability that a given label is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray, IntArray

SHARPNESS = 2.0
"""The power pred_probs are raised to before the EM (the "2" of EM-2)."""
_ROUNDS = 60
_TOLERANCE = 1e-4
_FLOOR = 1e-7


def error_probability(pred_probs: FloatArray, y: IntArray) -> FloatArray:
    """Estimate for each row the probability that its given label is wrong (EM-2).

    The pred_probs are temperature-scaled, sharpened and taken as a prior over the true
    label; EM then finds the noise transition matrix and each row's posterior. An estimate
    that rests on the models alone.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, no NaN.
    y : ndarray of int32, shape (m,)
        No -1.

    Returns
    -------
    ndarray of float32, shape (m,)
        In [0, 1].

    References
    ----------
    Dawid and Skene: Maximum Likelihood Estimation of Observer Error-Rates Using the EM
    Algorithm, 1979, with the models as a sharpened prior and the given label as the only
    observer.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    from labelaudit.evidence.probabilities import fit_temperature

    n, n_classes = pred_probs.shape
    prior = _sharpen(pred_probs, SHARPNESS / fit_temperature(pred_probs, y))
    given = csr_matrix((np.ones(n), (np.arange(n), y)), shape=(n, n_classes)).T.tocsr()
    transition = np.full((n_classes, n_classes), 0.1 / max(1, n_classes - 1))
    np.fill_diagonal(transition, 0.9)
    for _ in range(_ROUNDS):
        posterior = prior * transition.T[y]
        posterior /= posterior.sum(axis=1, keepdims=True)
        counts = (given @ posterior).T + 1 / n_classes
        updated = counts / counts.sum(axis=1, keepdims=True)
        change = float(np.abs(updated - transition).max())
        transition = updated
        if change < _TOLERANCE:
            break
    wrong: FloatArray = np.clip(1 - posterior[np.arange(n), y], 0, 1).astype(np.float32)
    return wrong


def _sharpen(pred_probs: FloatArray, power: float) -> NDArray[np.float64]:
    import numpy as np

    log_probs = power * np.log(np.clip(pred_probs.astype(np.float64), _FLOOR, 1))
    log_probs -= log_probs.max(axis=1, keepdims=True)
    probs = np.exp(log_probs)
    probs /= probs.sum(axis=1, keepdims=True)
    return probs
