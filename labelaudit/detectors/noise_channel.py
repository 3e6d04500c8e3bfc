"""The given label as the output of a noisy channel whose input is the true one.

The models' probabilities say which true label a row is likely to have, a transition matrix
how often each true label comes out as which given one. Expectation maximisation finds the
matrix; the posterior of each row then says how likely its given label is wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray, IntArray

RANKING_SHARPNESS = 1.5
"""The power pred_probs are raised to for the ranking."""

_FEWEST, _STEEPNESS, _LOWEST, _HIGHEST = 25.0, 2.0, 1.1, 4.0
_PSEUDO_ROWS = 10.0
_ROUNDS = 60
_TOLERANCE = 1e-4
_SAMPLE, _SAMPLE_OF_A_CLASS = 20_000, 300
_LEAST = 1e-20
_CHUNK = 1 << 20
_HALF = 4.0
_SEARCHED, _HALVINGS = (1.05, 6.0), 7
_SEARCH_ROWS, _SEARCH_CELLS, _FEW_ROWS = 20_000, 1_000_000, 2_000


@dataclass(frozen=True)
class Channel:
    """What expectation maximisation found.

    Attributes
    ----------
    transition : ndarray of float64, shape (K, K)
        Row: true class, column: given one; rows sum to 1.
    log_odds : ndarray of float64, shape (m,)
        Of the given label being wrong, in nats.
    """

    transition: NDArray[np.float64]
    log_odds: NDArray[np.float64]

    @property
    def error_probability(self) -> NDArray[np.float64]:
        """The posterior probability (m,) that the given label is wrong."""
        from scipy.special import expit

        probability: NDArray[np.float64] = expit(self.log_odds)
        return probability


def fit_channel(
    pred_probs: FloatArray, y: IntArray, *, sharpness: float, temperature: float | None = None
) -> Channel:
    """Find the noise transition matrix and each row's posterior (EM-alpha).

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, no NaN. They learned from noisy labels and are therefore too flat;
        they are temperature-scaled, then raised to the power `sharpness`.
    y : ndarray of int32, shape (m,)
        No -1.
    sharpness : float
        The alpha, above 0.
    temperature : float, optional
        Of these probabilities, where it is known already; fitted otherwise.

    Returns
    -------
    Channel

    References
    ----------
    Dawid and Skene: Maximum Likelihood Estimation of Observer Error-Rates Using the EM
    Algorithm, 1979, with the models as a prior and the given label as the only observer.
    """
    import numpy as np

    from labelaudit.evidence.probabilities import fit_temperature
    from labelaudit.evidence.sampling import sample_rows

    n, n_classes = pred_probs.shape
    power = sharpness / (temperature or fit_temperature(pred_probs, y))
    rows = sample_rows(n, max(_SAMPLE, _SAMPLE_OF_A_CLASS * n_classes))
    prior = _sharpen(pred_probs[rows], power)
    transition = _fit_transition(prior, y[rows], n_classes)
    log_odds = np.empty(n)
    for part in _chunks(n, n_classes):
        own_prior = prior[part] if len(rows) == n else _sharpen(pred_probs[part], power)
        joint = own_prior * transition.T[y[part]]
        own = joint[np.arange(len(joint)), y[part]]
        joint[np.arange(len(joint)), y[part]] = 0
        others = np.maximum(joint.sum(axis=1), _LEAST**2)
        log_odds[part] = np.log(others) - np.log(np.maximum(own, _LEAST**2))
    return Channel(transition, log_odds)


def _fit_transition(prior: FloatArray, y: IntArray, n_classes: int) -> NDArray[np.float64]:
    import numpy as np

    from labelaudit.evidence.probabilities import sum_by_class

    transition = np.full((n_classes, n_classes), 0.1 / max(1, n_classes - 1))
    np.fill_diagonal(transition, 0.9)
    for _ in range(_ROUNDS):
        counts = np.zeros((n_classes, n_classes))
        for part in _chunks(len(y), n_classes):
            given = y[part]
            joint = prior[part] * transition.T[given]
            joint /= joint.sum(axis=1, keepdims=True)
            counts += sum_by_class(given, joint, n_classes).T
        counts += _PSEUDO_ROWS * _even(counts)
        updated = counts / counts.sum(axis=1, keepdims=True)
        change = float(np.abs(updated - transition).max())
        transition = updated
        if change < _TOLERANCE:
            break
    return transition


def _even(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the matrix of the same noise rate that treats all classes alike.

    A class of few rows cannot have its own confusions estimated; it borrows these.
    """
    import numpy as np

    n_classes = len(counts)
    rate = (counts.sum() - np.trace(counts) + 0.5) / (counts.sum() + 1)
    even = np.full_like(counts, rate / max(1, n_classes - 1))
    np.fill_diagonal(even, 1 - rate)
    return even


def calibrated_sharpness(n_rows: int, n_classes: int) -> float:
    """Give the power under which the posterior is a probability.

    With few rows a class, models differ from right labels because they know too little;
    with many, because the labels are wrong.

    Parameters
    ----------
    n_rows, n_classes : int
        Rows judged; classes among them.

    Returns
    -------
    float
        From 1.1 at 25 rows a class to 4 above some 800.
    """
    rows = n_rows / max(1, n_classes)
    grown = 1 + _STEEPNESS * math.log10(max(rows, 1) / _FEWEST)
    return min(max(grown, _LOWEST), _HIGHEST)


def sharpness_for_rate(pred_probs: FloatArray, y: IntArray, rate: float) -> float:
    """Give the power under which the mean posterior is a given noise rate.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, no NaN; a sample of at most some 20,000 rows is looked at.
    y : ndarray of int32, shape (m,)
        No -1.
    rate : float
        In [0, 1].

    Returns
    -------
    float
        From 1.05 to 6; the end of that range where the rate is beyond it.
    """
    from labelaudit.evidence.probabilities import fit_temperature
    from labelaudit.evidence.sampling import sample_rows

    affordable = min(_SEARCH_ROWS, _SEARCH_CELLS // pred_probs.shape[1])
    rows = sample_rows(len(y), max(_FEW_ROWS, affordable))
    probs, given = pred_probs[rows], y[rows]
    temperature = fit_temperature(probs, given)
    low, high = _SEARCHED
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = fit_channel(probs, given, sharpness=middle, temperature=temperature)
        too_few = found.error_probability.mean() < rate
        low, high = (middle, high) if too_few else (low, middle)
    return round((low + high) / 2, 4)


def follow(ranking: NDArray[np.float64], posterior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make a probability follow the order of a ranking, by isotonic regression.

    Parameters
    ----------
    ranking, posterior : ndarray of float64, shape (m,)

    Returns
    -------
    ndarray of float64, shape (m,)
        In [0, 1]; never falls where `ranking` rises.
    """
    from sklearn.isotonic import IsotonicRegression

    # Values closer than 1e-15 count as one: without clipping, the greatest of several at the
    # end would lie beyond what was fitted, and be NaN.
    regression = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    fitted: NDArray[np.float64] = regression.fit_transform(ranking, posterior)
    return fitted


def suspicion_of(log_odds: NDArray[np.float64]) -> FloatArray:
    """Squeeze log-odds into [0, 1] without losing their order where they are extreme.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (m,)

    Returns
    -------
    ndarray of float32, shape (m,)
        0.5 at even odds.
    """
    import numpy as np

    squeezed: FloatArray = (0.5 * (1 + log_odds / (_HALF + np.abs(log_odds)))).astype(np.float32)
    return squeezed


def _chunks(n: int, n_classes: int) -> Iterator[slice]:
    step = max(1, _CHUNK // n_classes)
    for first in range(0, n, step):
        yield slice(first, min(first + step, n))


def _sharpen(pred_probs: FloatArray, power: float) -> FloatArray:
    import numpy as np

    from labelaudit.evidence.probabilities import sharpen

    sharp = np.empty_like(pred_probs)
    for part in _chunks(*pred_probs.shape):
        # No class is ever ruled out for good, or a row could be left with none.
        sharp[part] = np.maximum(sharpen(pred_probs[part], power), _LEAST)
    return sharp
