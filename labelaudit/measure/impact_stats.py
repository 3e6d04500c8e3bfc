"""Scores of what models made of rows, and how sure a difference between two ways is."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, FloatArray, IntArray

METRICS = ("accuracy", "balanced-accuracy", "log-loss")
"""What a difference can be told in."""

LEVEL = 0.95
BINS = 12
FEWEST_IN_BIN = 20
POWER = 0.8

METHOD = (
    "Intervals are for 95 %. They add two variances: that of the scored rows, each row's "
    "difference averaged over the fits, with one more row won and lost than seen (Bonett and "
    "Price 2012) and copies and groups counted as one; and that of the fits, corrected for "
    "their training rows in common (Nadeau and Bengio 2003)."
)
"""How the intervals are made, in words."""


@dataclass(frozen=True)
class Difference:
    """How much higher one way scores than another.

    Attributes
    ----------
    estimate : float
        In the unit of the score: 0.01 of accuracy is one point.
    low, high : float
        95 % interval.
    standard_error : float
    p_value : float
        That chance alone makes it this large, two-sided.
    """

    estimate: float
    low: float
    high: float
    standard_error: float
    p_value: float


NO_DIFFERENCE = Difference(0.0, 0.0, 0.0, 0.0, 1.0)
"""Of a way to itself."""


@dataclass(frozen=True)
class Design:
    """Which rows are scored, and by which fit in which pass.

    A pass scores every row once: with test rows apart each fit is one, with held-out folds
    the fits of one repeat are.

    Attributes
    ----------
    truth : ndarray of int32, shape (m,)
        The labels scored against.
    weight : ndarray of float64, shape (m,)
        How many rows each stands for; 1 where it stands for itself.
    fit : ndarray of int32, shape (passes, m)
        Number of the fit that judges a row.
    cluster : ndarray of int, shape (m,)
        Rows that share a value are no independent witnesses.
    n_folds : int
        Each fit learns from all training rows but one of so many folds.
    apart : bool
        Whether every fit judges the same rows.
    """

    truth: IntArray
    weight: NDArray[np.float64]
    fit: IntArray
    cluster: NDArray[np.integer[Any]]
    n_folds: int
    apart: bool


@dataclass(frozen=True)
class Judged:
    """What the models of one way made of the scored rows.

    Attributes
    ----------
    hit : ndarray of bool, shape (passes, m)
    loss : ndarray of float32, shape (passes, m)
        Cross-entropy, in nats.
    confidence : ndarray of float32, shape (passes, m)
        Probability of the class predicted.
    """

    hit: BoolArray
    loss: FloatArray
    confidence: FloatArray


@dataclass(frozen=True)
class Scoring:
    """How good the models are, averaged over the fits.

    Attributes
    ----------
    accuracy, balanced_accuracy : float
        In [0, 1].
    log_loss : float
        In nats.
    calibration_error : float
        Mean distance of confidence and accuracy over bins of equally many rows, in [0, 1]
        (expected calibration error).
    """

    accuracy: float
    balanced_accuracy: float
    log_loss: float
    calibration_error: float


def score(judged: Judged, design: Design) -> Scoring:
    """Score the models of one way.

    Parameters
    ----------
    judged : Judged
    design : Design

    Returns
    -------
    Scoring
    """
    import numpy as np

    hit, loss = judged.hit.mean(axis=0), judged.loss.mean(axis=0, dtype=np.float64)
    errors = [
        calibration_error(judged.confidence[at], judged.hit[at], design.weight)
        for at in range(len(judged.hit))
    ]
    return Scoring(
        accuracy=float(np.average(hit, weights=design.weight)),
        balanced_accuracy=float((_by_class(design) * hit).sum()),
        log_loss=float(np.average(loss, weights=design.weight)),
        calibration_error=float(np.mean(errors)),
    )


def calibration_error(
    confidence: FloatArray, hit: BoolArray, weight: NDArray[np.float64] | None = None
) -> float:
    """Give the expected calibration error over bins of equally many rows.

    Equal-mass bins after Nixon et al. 2019; at most 12 bins, at least 20 rows in each.

    Parameters
    ----------
    confidence : ndarray of float32, shape (m,)
        Probability of the class predicted.
    hit : ndarray of bool, shape (m,)
    weight : ndarray of float64, shape (m,), optional

    Returns
    -------
    float
        In [0, 1]; NaN without rows.
    """
    import numpy as np

    m = len(hit)
    if not m:
        return nan
    mass = np.ones(m) if weight is None else weight
    order = np.argsort(confidence, kind="stable")
    n_bins = max(1, min(BINS, m // FEWEST_IN_BIN))
    place = np.empty(m, dtype=np.intp)
    place[order] = np.arange(m) * n_bins // m
    # Equal confidences are one bin, whatever the order of the rows.
    _, level = np.unique(confidence, return_inverse=True)
    first = np.full(level.max() + 1, n_bins)
    np.minimum.at(first, level, place)
    gap = mass * (confidence.astype(np.float64) - hit)
    total = np.bincount(first[level], weights=gap, minlength=n_bins)
    return float(np.abs(total).sum() / mass.sum())


def _by_class(design: Design) -> NDArray[np.float64]:
    """Weigh rows (m,) so that each class counts alike and all sum to 1."""
    import numpy as np

    totals = np.bincount(design.truth, weights=design.weight)
    return design.weight / totals[design.truth] / np.count_nonzero(totals)


def difference(one: Judged, other: Judged, design: Design, metric: str) -> Difference:
    """Say how much more one way scores than another on the same rows.

    Parameters
    ----------
    one, other : Judged
    design : Design
    metric : str
        One of `METRICS`.

    Returns
    -------
    Difference
        Of the score itself: of the log loss, less is better.
    """
    import numpy as np

    if metric == "log-loss":
        return estimate(one.loss.astype(np.float64) - other.loss, design, unit=0.0)
    change = one.hit.astype(np.float64) - other.hit
    return estimate(change, design, balanced=metric == "balanced-accuracy")


def estimate(
    change: NDArray[np.float64],
    design: Design,
    *,
    among: BoolArray | None = None,
    balanced: bool = False,
    unit: float = 1.0,
) -> Difference:
    """Average a figure over rows and fits, with an interval.

    Parameters
    ----------
    change : ndarray of float64, shape (passes, m)
        Of every row in every pass.
    design : Design
    among : ndarray of bool, shape (m,), optional
        These rows alone.
    balanced : bool
        Whether each class counts alike.
    unit : float
        How far apart the values of a row can be where it counts outcomes: their variance is
        not to be taken for 0 because few rows differ. 0 where it measures.

    Returns
    -------
    Difference
        All NaN without rows.

    References
    ----------
    Bonett and Price 2012, "Adjusted Wald confidence interval for a difference of binomial
    proportions based on paired data"; Nadeau and Bengio 2003, "Inference for the
    generalization error".
    """
    import numpy as np

    every = _by_class(design) if balanced else design.weight / design.weight.sum()
    rows = np.arange(len(every)) if among is None else np.flatnonzero(among)
    if not rows.size:
        return Difference(nan, nan, nan, nan, nan)
    weight = every[rows] / every[rows].sum()
    values, fit = change[:, rows], design.fit[:, rows]
    by_row = values.mean(axis=0)
    stratum = design.truth[rows] if balanced else np.zeros(len(rows), dtype=np.int32)
    of_rows, witnesses = _variance_of_rows(
        by_row, weight, stratum, design.cluster[rows], pseudo=2 * unit**2
    )
    of_fits, n_fits = _variance_of_fits(values, weight, fit, design)
    mean = float((weight * by_row).sum())
    return _interval(mean, of_rows, of_fits, witnesses - 1, n_fits - 1)


def _variance_of_rows(
    by_row: NDArray[np.float64],
    weight: NDArray[np.float64],
    stratum: IntArray,
    cluster: NDArray[np.integer[Any]],
    *,
    pseudo: float,
) -> tuple[float, int]:
    import numpy as np

    mass = np.bincount(stratum, weights=weight)
    sums = np.bincount(stratum, weights=weight * by_row)
    centre = sums / np.where(mass > 0, mass, 1)
    _, member = np.unique(cluster, return_inverse=True)
    pulls = np.bincount(member, weights=weight * (by_row - centre[stratum]))
    n = len(pulls)
    seen = float((pulls**2).sum()) * (n / (n - 1) if n > 1 else 1.0)
    # In each stratum one row more is won and one lost than was seen.
    squares = np.bincount(stratum, weights=weight**2)
    unseen = pseudo * float(((squares / np.where(mass > 0, mass, 1)) ** 2).sum())
    return seen + unseen, n


def _variance_of_fits(
    values: NDArray[np.float64], weight: NDArray[np.float64], fit: IntArray, design: Design
) -> tuple[float, int]:
    import numpy as np

    flat = fit.ravel()
    weights = np.broadcast_to(weight, fit.shape).ravel()
    mass = np.bincount(flat, weights=weights)
    used = mass > 0
    n_fits = int(used.sum())
    if n_fits < 2:  # noqa: PLR2004
        return 0.0, 1
    scale = np.where(used, mass, 1)
    means = np.bincount(flat, weights=weights * values.ravel(), minlength=len(mass)) / scale
    spread = float(means[used].var(ddof=1))
    if not design.apart:
        # Each fit has rows of its own: what they alone would make the fits differ by.
        off = weights * (values.ravel() - means[flat])
        noise = np.bincount(flat, weights=off**2, minlength=len(mass)) / scale**2
        spread = max(0.0, spread - float(noise[used].mean()))
    return spread * (1 / n_fits + 1 / (design.n_folds - 1)), n_fits


def _interval(
    mean: float, of_rows: float, of_fits: float, df_rows: int, df_fits: int
) -> Difference:
    """Make an interval of two variances (Welch and Satterthwaite)."""
    from scipy.stats import t

    total = of_rows + of_fits
    if total <= 0:
        return Difference(mean, mean, mean, 0.0, 1.0 if mean == 0 else 0.0)
    parts = of_rows**2 / max(1, df_rows) + of_fits**2 / max(1, df_fits)
    freedom = total**2 / parts if parts > 0 else inf
    error = float(total**0.5)
    half = float(t.ppf((1 + LEVEL) / 2, freedom)) * error
    p_value = float(2 * t.sf(abs(mean) / error, freedom))
    return Difference(mean, mean - half, mean + half, error, p_value)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Correct p-values for how many were looked at (Holm 1979).

    Parameters
    ----------
    p_values : mapping of str to float

    Returns
    -------
    dict of str to float
        Each at most 1 and never below its own.
    """
    adjusted: dict[str, float] = {}
    largest = 0.0
    ordered = sorted(p_values.items(), key=lambda item: item[1])
    for place, (name, p_value) in enumerate(ordered):
        largest = max(largest, min(1.0, p_value * (len(ordered) - place)))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def detectable(standard_error: float, tried: int) -> float:
    """Give the difference that would be seen four times out of five.

    Parameters
    ----------
    standard_error : float
    tried : int
        How many differences are looked at.

    Returns
    -------
    float
    """
    from scipy.stats import norm

    needed = norm.ppf(1 - (1 - LEVEL) / 2 / max(1, tried)) + norm.ppf(POWER)
    return float(needed * standard_error)
