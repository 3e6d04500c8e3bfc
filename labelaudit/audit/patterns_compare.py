"""Compare flags in some rows with flags in others like them: by label, and by certainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.patterns_excess import evidence, lift, moments, p_values, tally
from labelaudit.audit.patterns_judged import without_copies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.patterns_excess import Lift
    from labelaudit.audit.patterns_judged import Judged, Strata
    from labelaudit.types import BoolArray

LEAST_FLAGGED = 3
"""Flagged rows that make a pattern."""
LEAST_LIFT = 1.25
"""Lift from which a pattern is worth telling, however certain it is."""

_LOOKED_AT_AGAIN = 0.011
"""No p-value above is ever reported: 5 families of tests share a q-value of 0.05."""


def compare(
    judged: Judged,
    cell: NDArray[np.int64],
    n_cells: int,
    strata: Strata | None = None,
    among: BoolArray | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Test cells for more flags than rows like theirs have elsewhere.

    An excess counts only where it is one in each way of saying which rows are alike: the
    greater p-value holds (an intersection-union test).

    Parameters
    ----------
    judged : Judged
        m rows.
    cell : ndarray of int64, shape (m,)
        In [-1, n_cells).
    n_cells : int
    strata : tuple of ndarray of int64, shape (m,), optional
        Ways of saying which rows are alike; those of `judged` by default.
    among : ndarray of bool, shape (m,), optional
        Look at these rows only.

    Returns
    -------
    p, told : ndarray of float64, shape (n_cells,)
        One-sided p-values, and how much evidence there is; see `evidence`.

    References
    ----------
    Berger: Multiparameter Hypothesis Testing and Acceptance Sampling, 1982.
    """
    import numpy as np

    p, told = np.zeros(n_cells), np.full(n_cells, np.inf)
    for stratum in judged.strata if strata is None else strata:
        open_ = np.flatnonzero(p <= _LOOKED_AT_AGAIN)
        if not open_.size:
            break
        number = np.full(n_cells + 1, -1)
        number[open_] = np.arange(len(open_))
        one_p, one_told = _compare(judged, number[cell], len(open_), stratum, among)
        p[open_] = np.maximum(p[open_], one_p)
        told[open_] = np.minimum(told[open_], one_told)
    return p, told


def _compare(
    judged: Judged,
    cell: NDArray[np.int64],
    n_cells: int,
    stratum: NDArray[np.int64],
    among: BoolArray | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kept = without_copies(judged, stratum * (n_cells + 1) + cell + 1)
    kept = kept if among is None else kept[among[kept]]
    counts = tally(cell[kept], n_cells, stratum[kept], judged.flagged[kept])
    mean, _ = moments(counts)
    return p_values(counts), evidence(counts.observed, mean, float(counts.all_flagged.sum()))


def compare_rows(
    judged: Judged, mask: BoolArray, strata: Strata, among: BoolArray | None = None
) -> float:
    """Test the rows of a mask (m,) as one cell; see `compare`."""
    p, _ = compare(judged, mask.astype("int64") - 1, 1, strata, among)
    return float(p[0])


def lift_of(judged: Judged, mask: BoolArray, among: BoolArray | None = None) -> Lift:
    """Give the flagged rate of rows against that of rows like them elsewhere.

    Parameters
    ----------
    judged : Judged
        m rows.
    mask : ndarray of bool, shape (m,)
        The rows.
    among : ndarray of bool, shape (m,), optional
        Look at these rows only.

    Returns
    -------
    Lift
        Of the ways of saying which rows are alike, the one that makes it least.
    """
    import numpy as np

    cell = mask.astype(np.int64) - 1
    rows = np.arange(len(judged)) if among is None else np.flatnonzero(among)
    found = []
    for stratum in judged.strata:
        kept = without_copies(judged, 2 * stratum + mask)
        kept = kept if among is None else kept[among[kept]]
        every, once = (
            tally(cell[some], 1, stratum[some], judged.flagged[some]) for some in (rows, kept)
        )
        found.append(lift(every, 0, once))
    return min(found, key=lambda one: one.ratio)


def worth_telling(judged: Judged, mask: BoolArray, found: Lift) -> bool:
    """Tell whether rows hold enough flags to act on, and certainly more than others."""
    enough = int((judged.flagged & mask).sum()) >= LEAST_FLAGGED
    return enough and found.ratio >= LEAST_LIFT and found.low > 1


def refine(strata: Strata, mask: BoolArray) -> Strata:
    """Part each stratum in rows inside and outside a mask (m,)."""
    import numpy as np

    return tuple(
        np.unique(2 * one + mask, return_inverse=True)[1].astype(np.int64) for one in strata
    )
