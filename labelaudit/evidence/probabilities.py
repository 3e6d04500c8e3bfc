"""Probabilities: made from decision values, kept proper, brought to one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, FloatArray, IntArray

LOWEST, HIGHEST = 0.05, 20.0
SAMPLE = 20_000
CHUNK_CELLS = 1_000_000

FLOOR = 1e-7
"""No class is ever impossible: below this a probability says nothing about a row."""


def judged_rows(y: IntArray, pred_probs: NDArray[np.floating[Any]]) -> BoolArray:
    """Tell which rows have a label and a finite probability of every class.

    Parameters
    ----------
    y : ndarray of int32, shape (n,)
        -1 for no label.
    pred_probs : ndarray, shape (n, K)

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    import numpy as np

    judged: BoolArray = (y >= 0) & np.isfinite(pred_probs).all(axis=1)
    return judged


def sum_by_class(y: NDArray[Any], values: NDArray[Any], n_classes: int) -> NDArray[np.float64]:
    """Add up the rows of each class.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        In [0, n_classes).
    values : ndarray of float64, shape (n, d)
    n_classes : int

    Returns
    -------
    ndarray of float64, shape (n_classes, d)
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    members = csr_matrix((np.ones(len(y)), (y, np.arange(len(y)))), shape=(n_classes, len(y)))
    sums: NDArray[np.float64] = members @ values
    return sums


def row_chunks(rows: NDArray[np.intp], n_columns: int) -> Iterator[NDArray[np.intp]]:
    """Cut rows in pieces whose float64 copies need little memory.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
    n_columns : int
        How many values each row has.

    Yields
    ------
    ndarray of int
        At least one row, at most a million values.
    """
    size = max(1, CHUNK_CELLS // max(1, n_columns))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


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
        In [0.05, 20]; above 1 the model was over-confident. At most 20,000 rows, drawn at
        random, are looked at.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar

    from labelaudit.evidence.sampling import sample_rows

    rows = sample_rows(len(y), SAMPLE)
    logs = np.log(np.maximum(probs[rows].astype(np.float64), FLOOR))
    given = y[rows]
    at = np.arange(len(given))

    def loss(log_temperature: float) -> float:
        scaled = logs / np.exp(log_temperature)
        top = scaled.max(axis=1)
        total = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float((total - scaled[at, given]).mean())

    best = minimize_scalar(loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    return round(float(np.exp(best.x)), 4)


def sharpen(probs: NDArray[np.floating[Any]], power: float) -> NDArray[np.float64]:
    """Raise probabilities to a power.

    Parameters
    ----------
    probs : ndarray, shape (n, K)
        What lies below `FLOOR` counts as `FLOOR`.
    power : float
        Above 0; 1 changes nothing, more makes them more certain.

    Returns
    -------
    ndarray of float64, shape (n, K)
        Rows sum to 1.
    """
    import numpy as np

    powers = np.maximum(probs.astype(np.float64), FLOOR)
    np.log(powers, out=powers)
    powers *= power
    powers -= powers.max(axis=1, keepdims=True)
    np.exp(powers, out=powers)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def apply_temperature(probs: FloatArray, temperature: float) -> FloatArray:
    """Divide log-probabilities by a temperature.

    Parameters
    ----------
    probs : ndarray of float32, shape (n, K)
    temperature : float
        Above 0; 1 changes nothing.

    Returns
    -------
    ndarray of float32, shape (n, K)
        Rows sum to 1.
    """
    return normalise(sharpen(probs, 1 / temperature))
