"""From pred_probs to the probability that a given label is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray, IntArray

SHARPNESS = 2.0
"""The power pred_probs are raised to before the EM (the "2" of EM-2)."""
_ROUNDS = 60
_TOLERANCE = 1e-4
_LEAST = 1e-20
_CHUNK = 1 << 20


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
    transition = np.full((n_classes, n_classes), 0.1 / max(1, n_classes - 1))
    np.fill_diagonal(transition, 0.9)
    for _ in range(_ROUNDS):
        counts = np.full((n_classes, n_classes), 1 / n_classes)
        for rows in _chunks(n, n_classes):
            members = csr_matrix(
                (np.ones(len(y[rows])), (y[rows], np.arange(len(y[rows])))),
                shape=(n_classes, len(y[rows])),
            )
            counts += (members @ _posterior(prior[rows], transition, y[rows])).T
        updated = counts / counts.sum(axis=1, keepdims=True)
        change = float(np.abs(updated - transition).max())
        transition = updated
        if change < _TOLERANCE:
            break
    wrong: FloatArray = np.empty(n, dtype=np.float32)
    for rows in _chunks(n, n_classes):
        posterior = _posterior(prior[rows], transition, y[rows])
        wrong[rows] = np.clip(1 - posterior[np.arange(len(posterior)), y[rows]], 0, 1)
    return wrong


def _chunks(n: int, n_classes: int) -> Iterator[slice]:
    step = max(1, _CHUNK // n_classes)
    for first in range(0, n, step):
        yield slice(first, min(first + step, n))


def _posterior(
    prior: FloatArray, transition: NDArray[np.float64], y: IntArray
) -> NDArray[np.float64]:
    joint: NDArray[np.float64] = prior * transition.T[y]
    joint /= joint.sum(axis=1, keepdims=True)
    return joint


def _sharpen(pred_probs: FloatArray, power: float) -> FloatArray:
    import numpy as np

    from labelaudit.evidence.probabilities import sharpen

    sharp = np.empty_like(pred_probs)
    for rows in _chunks(*pred_probs.shape):
        # No class is ever ruled out for good, or a row could be left with none.
        sharp[rows] = np.maximum(sharpen(pred_probs[rows], power), _LEAST)
    return sharp
