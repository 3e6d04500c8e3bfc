"""Probabilities: made from decision values, kept proper, brought to one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray, IntArray

LOWEST, HIGHEST = 0.05, 20.0
SAMPLE = 20_000

FLOOR = 1e-7
"""No class is ever impossible: below this a probability says nothing about a row."""


def softmax(decision: NDArray[Any]) -> NDArray[np.float64]:
    """Turn decision values into probabilities.

    Parameters
    ----------
    decision : ndarray, shape (n,) for two classes, else (n, K)

    Returns
    -------
    ndarray of float64, shape (n, K)
    """
    import numpy as np

    values = np.asarray(decision, dtype=np.float64)
    if values.ndim == 1:
        values = np.column_stack([np.zeros_like(values), values])
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    probs: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probs


def normalise(probs: NDArray[Any]) -> FloatArray:
    """Make rows sum to 1 and no probability 0.

    Parameters
    ----------
    probs : ndarray, shape (n, K)
        Not negative, no row of zeros.

    Returns
    -------
    ndarray of float32, shape (n, K)
    """
    import numpy as np

    shares = np.asarray(probs, dtype=np.float64)
    shares = np.maximum(shares / shares.sum(axis=1, keepdims=True), FLOOR)
    result: FloatArray = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def fit_temperature(probs: FloatArray, y: IntArray) -> float:
    """Find the temperature under which given labels are the most likely.

    Temperature scaling, Guo et al. 2017, on probabilities instead of logits.

    Parameters
    ----------
    probs : ndarray of float32, shape (n, K)
        Out-of-fold.
    y : ndarray of int32, shape (n,)

    Returns
    -------
    float
        In [0.05, 20]; above 1 the model was over-confident. At most 20,000 evenly spaced
        rows are looked at.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar

    every = -(-len(y) // SAMPLE)
    logs = np.log(np.maximum(probs[::every].astype(np.float64), FLOOR))
    given = y[::every]
    at = np.arange(len(given))

    def loss(log_temperature: float) -> float:
        scaled = logs / np.exp(log_temperature)
        top = scaled.max(axis=1)
        total = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float((total - scaled[at, given]).mean())

    best = minimize_scalar(loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    return round(float(np.exp(best.x)), 4)


def apply_temperature(probs: FloatArray, temperature: float) -> FloatArray:
    """Divide log-probabilities by a temperature.

    Parameters
    ----------
    probs : ndarray of float32, shape (n, K)
        Above 0.
    temperature : float
        Above 0; 1 changes nothing.

    Returns
    -------
    ndarray of float32, shape (n, K)
        Rows sum to 1.
    """
    import numpy as np

    logs: NDArray[np.float64] = np.log(probs.astype(np.float64)) / temperature
    return normalise(np.exp(logs - logs.max(axis=1, keepdims=True)))
