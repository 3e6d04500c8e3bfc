"""More flags than the classes of rows explain: tests, lifts, false-discovery control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

_EXACT_FROM = 2.3
"""Standard errors that leave a p-value of 0.011."""
_CERTAIN = 1e-12
"""Variance from which a number of flags is not settled by the margins."""
_NORMAL_FROM = 1e4
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Tally:
    """Rows and flags in c cells, by s strata.

    Attributes
    ----------
    rows, flagged : ndarray of int64, shape (c, s)
        In each cell.
    all_rows, all_flagged : ndarray of int64, shape (s,)
        In and outside of the cells.
    """

    rows: Counts
    flagged: Counts
    all_rows: Counts
    all_flagged: Counts

    @property
    def observed(self) -> Counts:
        """Flagged rows of each cell, (c,)."""
        found: Counts = self.flagged.sum(axis=1)
        return found


@dataclass(frozen=True)
class Lift:
    """Flagged rate of a cell against that of rows of the same classes elsewhere.

    Attributes
    ----------
    expected : float
        Flagged rows there would be at the rates elsewhere; above 0.
    ratio, low, high : float
        Observed over expected, with its 95 % interval.
    """

    expected: float
    ratio: float
    low: float
    high: float


def tally(cell: Counts, n_cells: int, stratum: Counts, flagged: BoolArray) -> Tally:
    """Count rows and flags.

    Parameters
    ----------
    cell : ndarray of int64, shape (m,)
        In [-1, n_cells); -1 is in no cell.
    n_cells : int
    stratum : ndarray of int64, shape (m,)
        0 or more; usually the given label.
    flagged : ndarray of bool, shape (m,)

    Returns
    -------
    Tally
    """
    import numpy as np

    s = int(stratum.max(initial=-1)) + 1
    inside = cell >= 0
    place = cell[inside].astype(np.int64) * s + stratum[inside]

    def table(places: Counts) -> Counts:
        return np.bincount(places, minlength=n_cells * s).reshape(n_cells, s)

    return Tally(
        table(place),
        table(place[flagged[inside]]),
        np.bincount(stratum, minlength=s),
        np.bincount(stratum[flagged], minlength=s),
    )


def moments(counts: Tally) -> tuple[Floats, Floats]:
    """Give mean and variance of the flagged rows of each cell, were flags dealt at random.

    Within each stratum the number of flags is held fixed: the Cochran-Mantel-Haenszel
    test's moments.

    Parameters
    ----------
    counts : Tally
        c cells.

    Returns
    -------
    mean, variance : ndarray of float64, shape (c,)

    References
    ----------
    Mantel and Haenszel: Statistical Aspects of the Analysis of Data from Retrospective
    Studies of Disease, 1959.
    """
    import numpy as np

    n, f = counts.all_rows.astype(float), counts.all_flagged.astype(float)
    share = np.divide(f, n, out=np.zeros_like(f), where=n > 0)
    spread = np.divide(share * (n - f), n * (n - 1), out=np.zeros_like(f), where=n > 1)
    rows = counts.rows.astype(float)
    return rows @ share, (rows * (n - rows)) @ spread


def p_values(counts: Tally) -> Floats:
    """Test each cell for more flags than its strata explain.

    Parameters
    ----------
    counts : Tally
        c cells.

    Returns
    -------
    ndarray of float64, shape (c,)
        One-sided. Exact where that may matter, else from the normal approximation.
    """
    import numpy as np
    from scipy.special import ndtr

    mean, variance = moments(counts)
    observed = counts.observed
    open_ = variance > _CERTAIN
    z = np.divide(observed - mean, np.sqrt(variance), out=np.zeros_like(mean), where=open_)
    p: Floats = ndtr(-z)
    # What is not even close to unusual needs no exact answer: it will not be reported.
    for at in np.flatnonzero((z > _EXACT_FROM) & (variance < _NORMAL_FROM)):
        p[at] = exact_p(int(observed[at]), counts.rows[at], counts.all_rows, counts.all_flagged)
    return p


def exact_p(observed: int, rows: Counts, all_rows: Counts, all_flagged: Counts) -> float:
    """Give the exact probability that a cell holds so many flags or more.

    The number of flags in the cell is a sum of independent hypergeometric numbers, one a
    stratum. Not the mid-p value: far out in the tail, where thousands of tests make the
    cutoff lie, that one is too small by up to a half.

    Parameters
    ----------
    observed : int
        Flagged rows of the cell.
    rows : ndarray of int64, shape (s,)
        Rows of the cell.
    all_rows, all_flagged : ndarray of int64, shape (s,)

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    Gart: Point and Interval
    Estimation of the Common Odds Ratio in the Combination of 2 x 2 Tables, 1970.
    """
    import numpy as np

    start, pmf = 0, np.ones(1)
    for r, n, f in zip(rows.tolist(), all_rows.tolist(), all_flagged.tolist(), strict=True):
        if r and f:
            low, part = _hypergeometric(n, f, r)
            start += low
            pmf = np.convolve(pmf, part)
    at = observed - start
    return 1.0 if at <= 0 else min(1.0, float(pmf[at:].sum()))


def _hypergeometric(n: int, f: int, r: int) -> tuple[int, Floats]:
    """Give the probabilities of f flags among n rows falling into r, and the first number."""
    import numpy as np
    from scipy.special import gammaln

    low, high = max(0, r + f - n), min(r, f)
    if high - low > 100:  # noqa: PLR2004 - below, cutting tails off saves nothing
        mean = r * f / n
        sd = (mean * (1 - f / n) * (n - r) / (n - 1)) ** 0.5
        low, high = max(low, int(mean - 12 * sd - 12)), min(high, int(mean + 12 * sd + 12))
    x = np.arange(low, high + 1)
    ways = gammaln(x + 1) + gammaln(f - x + 1) + gammaln(r - x + 1) + gammaln(n - f - r + x + 1)
    weights = np.exp(ways.min() - ways)
    return low, weights / weights.sum()


def lift(counts: Tally, at: int, copies: Tally | None = None) -> Lift:
    """Compare a cell with rows of the same strata elsewhere.

    The rates elsewhere are drawn a little towards the overall one, so that a stratum
    with hardly a row elsewhere has one, too.

    Parameters
    ----------
    counts : Tally
        Of all rows.
    at : int
        Which cell.
    copies : Tally, optional
        Of rows without their copies, where there are any: they say how wide the interval
        is.

    Returns
    -------
    Lift

    References
    ----------
    Rothman, Greenland and Lash: Modern Epidemiology, 2008, chapter 14, for the interval of
    a standardised rate ratio on the scale of logarithms.
    """
    import numpy as np

    expected, _ = _expected(counts, at)
    ratio = float(counts.observed[at]) / expected
    base = counts if copies is None else copies
    expected_once, variance = _expected(base, at)
    observed, n = float(base.observed[at]), float(base.rows[at].sum())
    hits = max(observed, 0.5)
    error = _Z95 * float(
        np.sqrt(max(0.0, 1 - observed / max(n, 1.0)) / hits + variance / expected_once**2)
    )
    return Lift(expected, ratio, ratio * float(np.exp(-error)), ratio * float(np.exp(error)))


def _expected(counts: Tally, at: int) -> tuple[float, float]:
    """Give the flags a cell would hold at the rates elsewhere, and the variance of that."""
    rows = counts.rows[at]
    overall = (counts.all_flagged.sum() + 0.5) / (counts.all_rows.sum() + 1)
    elsewhere = counts.all_rows - rows + 1
    rates = (counts.all_flagged - counts.flagged[at] + overall) / elsewhere
    return float(rows @ rates), float(rows**2 @ (rates * (1 - rates) / elsewhere))


def evidence(observed: Floats | Counts, mean: Floats, total: float) -> Floats:
    """Say how much an excess tells: the log-likelihood ratio of a higher Poisson rate inside.

    Parameters
    ----------
    observed, mean : ndarray, any shape
        Flags inside, and how many were to be expected.
    total : float
        Flags inside and outside.

    Returns
    -------
    ndarray of float64
        0 where there is no excess.

    References
    ----------
    Kulldorff: A Spatial Scan Statistic, 1997.
    """
    import numpy as np
    from scipy.special import xlogy

    o, e = np.asarray(observed, dtype=float), np.maximum(np.asarray(mean, dtype=float), 1e-12)
    rest, rest_e = total - o, np.maximum(total - e, 1e-12)
    ratio = xlogy(o, o / e) + xlogy(rest, rest / rest_e)
    return np.where(o > e, ratio, 0.0)


def q_values(p: Floats, families: int = 1) -> Floats:
    """Control the share of false discoveries among all that is reported.

    Benjamini and Hochberg's step-up procedure within a family of tests, times the number
    of families: what is strong in one lends no weight to what is weak in another. Their
    procedure holds for tests that are positively dependent, which slices that share rows
    are; Benjamini and Yekutieli's holds for any dependence and costs a factor of
    ``log(number of tests)``, which simulation shows to be needless here.

    Parameters
    ----------
    p : ndarray of float64, shape (t,)
    families : int

    Returns
    -------
    ndarray of float64, shape (t,)
        In [0, 1].

    References
    ----------
    Benjamini and Hochberg: Controlling the False Discovery Rate, 1995. Efron: Simultaneous
    Inference: When Should Hypothesis Testing Problems Be Combined?, 2008.
    """
    import numpy as np

    order = np.argsort(p, kind="stable")
    steps = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(steps[::-1])[::-1]
    adjusted: Floats = np.minimum(1.0, q * families)
    return adjusted
