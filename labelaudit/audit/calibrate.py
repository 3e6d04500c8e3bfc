"""From pred_probs to the probability that a given label is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray, IntArray

SHARPNESS = 3.0
"""The power pred_probs are raised to before the EM (the "3" of EM-3)."""
_TEMPERATURE_ROWS = 20_000
_ROUNDS = 60
_TOLERANCE = 1e-4
_FLOOR = 1e-7


def fit_temperature(pred_probs: FloatArray, y: IntArray) -> float:
    """Find the temperature at which the pred_probs fit the given labels best.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
    y : ndarray of int32, shape (m,)

    Returns
    -------
    float
        In [0.05, 20]; the log-probabilities are to be divided by it.

    References
    ----------
    Guo et al.: On Calibration of Modern Neural Networks, ICML 2017.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    step = max(1, len(y) // _TEMPERATURE_ROWS)
    log_probs = np.log(np.clip(pred_probs[::step].astype(np.float64), _FLOOR, 1))
    rows, labels = np.arange(len(log_probs)), y[::step]

    def loss(log_temperature: float) -> float:
        scaled = log_probs / np.exp(log_temperature)
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[rows, labels]))

    best = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(best.x))


def error_probability(pred_probs: FloatArray, y: IntArray) -> FloatArray:
    """Estimate for each row the probability that its given label is wrong (EM-3).

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
