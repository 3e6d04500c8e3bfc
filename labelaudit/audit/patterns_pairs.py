"""Pairs of classes that are taken for each other more often than chance has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.patterns_excess import q_values
from labelaudit.audit.patterns_judged import without_copies
from labelaudit.types import Pattern

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.patterns_judged import Judged

LEAST_CLASSES = 3
"""With two classes there is only one other to suggest."""
MOST_PAIRS = 20

_LEAST_FLAGGED = 3
_LEAST_LIFT = 1.25
_STEPS = 500
_CLOSE = 1e-8


def find_pairs(judged: Judged, *, families: int, q: float) -> tuple[Pattern, ...]:
    """Find pairs of given and suggested label with more flagged rows than independence has.

    Parameters
    ----------
    judged : Judged
    families : int
        Of tests, in all; see `q_values`.
    q : float
        The highest q-value reported.

    Returns
    -------
    tuple of Pattern
        The greatest excess first, at most `MOST_PAIRS`.
    """
    import numpy as np

    k = judged.n_classes
    if k < LEAST_CLASSES:
        return ()
    meant = judged.flagged & (judged.suggested >= 0) & (judged.suggested != judged.y)
    cell = judged.y.astype(np.int64) * k + judged.suggested
    once = without_copies(judged, np.where(meant, cell, k * k))
    once = once[meant[once]]
    counts = np.bincount(cell[once], minlength=k * k).reshape(k, k)
    every = np.bincount(cell[meant], minlength=k * k).reshape(k, k)
    if not once.size:
        return ()
    expected = expected_pairs(counts)
    p = pair_p_values(counts, expected)
    tested = np.argwhere(np.isfinite(p))
    if not len(tested):
        return ()
    adjusted = q_values(p[tested[:, 0], tested[:, 1]], families)
    sizes = np.bincount(judged.y, minlength=k)
    found = []
    for (given, suggested), value in zip(tested.tolist(), adjusted.tolist(), strict=True):
        observed = int(counts[given, suggested])
        mean = float(expected[given, suggested])
        if value > q or observed < _LEAST_FLAGGED or observed < _LEAST_LIFT * mean:
            continue
        low, high = _interval(observed, int(counts[given].sum()))
        ratio, share = observed / mean, observed / counts[given].sum()
        flagged = int(every[given, suggested])
        one, other = judged.classes[given], judged.classes[suggested]
        found.append(
            Pattern(
                kind="pair",
                name=f"{one} given where {other} is suggested",
                conditions=(),
                rows=int(sizes[given]),
                flagged=flagged,
                expected=flagged / ratio,
                lift=ratio,
                low=ratio * low / share,
                high=ratio * high / share,
                q_value=value,
                row_ids=judged.flagged_ids(meant & (cell == given * k + suggested)),
                note=f"{100 * share:.0f} % of the flagged {one} rows, against "
                f"{100 * mean / counts[given].sum():.0f} % if the suggestion did not depend on "
                "the given label.",
            )
        )
    found.sort(key=lambda one: (one.expected - one.flagged, one.name))
    return tuple(found[:MOST_PAIRS])


def expected_pairs(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Fit quasi-independence: no label is suggested in place of itself, else margins decide.

    Parameters
    ----------
    counts : ndarray of int64, shape (K, K)
        Flagged rows by given and suggested label; the diagonal is 0.

    Returns
    -------
    ndarray of float64, shape (K, K)
        With the same margins; the diagonal is 0.

    References
    ----------
    Goodman: The Analysis of Cross-Classified Data: Independence, Quasi-Independence, and
    Interactions in Contingency Tables, 1968.
    """
    import numpy as np

    fitted = 1.0 - np.eye(len(counts))
    rows, columns = counts.sum(axis=1).astype(float), counts.sum(axis=0).astype(float)
    for _ in range(_STEPS):
        fitted *= _scale(rows, fitted.sum(axis=1))[:, None]
        fitted *= _scale(columns, fitted.sum(axis=0))
        if np.abs(fitted.sum(axis=1) - rows).max() < _CLOSE * max(1.0, rows.max()):
            break
    return fitted


def _scale(wanted: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.divide(wanted, there, out=np.zeros_like(wanted), where=there > 0)


def pair_p_values(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Test each pair for more rows than expected.

    Fisher's exact test, its margins held fixed. The impossible diagonal is
    allowed for by a total that gives the expected number: without the diagonal it is the
    total itself.

    Parameters
    ----------
    counts : ndarray of int64, shape (K, K)
    expected : ndarray of float64, shape (K, K)
        From `expected_pairs`.

    Returns
    -------
    ndarray of float64, shape (K, K)
        One-sided; NaN where the margins hold too little to tell anything.
    """
    import numpy as np
    from scipy.stats import hypergeom

    rows = np.broadcast_to(counts.sum(axis=1)[:, None], counts.shape)
    columns = np.broadcast_to(counts.sum(axis=0), counts.shape)
    p = np.full(counts.shape, np.nan)
    testable = (
        (np.minimum(rows, columns) >= _LEAST_FLAGGED)
        & (expected > 0)
        & ~np.eye(len(counts), dtype=bool)
    )
    p[testable] = 1.0
    # A single row makes no pattern, whatever its chance.
    telling = testable & (counts >= _LEAST_FLAGGED)
    r, c, x, e = rows[telling], columns[telling], counts[telling], expected[telling]
    total = np.maximum(np.ceil(r * c / e - _CLOSE), np.maximum(r, c)).astype(np.int64)
    total = np.maximum(total, r + c - x)
    null = hypergeom(total, r, c)
    p[telling] = null.sf(x - 1)
    return p


def _interval(successes: int, trials: int) -> tuple[float, float]:
    """Give the 95 % Wilson interval of a share."""
    from labelaudit.audit.summarise import wilson

    rate = wilson(successes, trials)
    return rate.low, rate.high
