"""Whether the models see anything at all: without that, nothing flagged means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.evidence.sampling import sample_rows

if TYPE_CHECKING:
    from labelaudit.types import FloatArray, IntArray, Measured

WORTHLESS = 0.55
"""A mean area under the ROC curve below this is as good as chance for finding errors."""

NOT_FOUND = 0.6
"""Planted errors that rank above other rows with less than this chance are not found."""

_ROWS = 50_000


def mean_auroc(pred_probs: FloatArray, y: IntArray) -> tuple[float, float]:
    """Measure how well the pred_probs tell each class from the rest.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
    y : ndarray of int32, shape (m,)

    Returns
    -------
    auroc : float
        Mean over the classes present of the one-against-rest area under the ROC curve,
        weighted by class size, in [0, 1]; 0.5 is chance. NaN for fewer than two classes.
    error : float
        Its standard error under chance (Mann-Whitney), taking classes as independent.
    """
    import numpy as np
    from scipy.stats import rankdata

    rows = sample_rows(len(y), _ROWS)
    pred_probs, y = pred_probs[rows], y[rows]
    present, counts = np.unique(y, return_counts=True)
    if present.size < 2:  # noqa: PLR2004
        return float("nan"), float("nan")
    n = len(y)
    areas, variances = [], []
    for code, inside in zip(present, counts, strict=True):
        outside = n - inside
        ranks = rankdata(pred_probs[:, code])
        areas.append((ranks[y == code].sum() - inside * (inside + 1) / 2) / (inside * outside))
        variances.append(_variance(inside, outside))
    weights = counts / n
    # With two classes the two areas are one and the same number.
    error = np.sqrt(np.sum(weights**2 * variances)) * (np.sqrt(2) if present.size == 2 else 1)  # noqa: PLR2004
    return float(np.sum(weights * areas)), float(error)


def why_blind(pred_probs: FloatArray, y: IntArray, measured: Measured | None = None) -> str:
    """Say why no error could be found in these rows, or nothing when one could.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
    y : ndarray of int32, shape (m,)
    measured : Measured, optional
        What planted errors told.

    Returns
    -------
    str
        Empty when the models do better than chance and planted errors are found.
    """
    if len(y) == 0:
        return "no row could be judged"
    auroc, error = mean_auroc(pred_probs, y)
    if auroc != auroc:  # noqa: PLR0124 - NaN alone differs from itself
        return "the rows that could be judged are all of one class"
    if not auroc > max(WORTHLESS, 0.5 + 2 * error):
        return (
            "the models tell the classes apart no better than chance "
            f"(mean one-against-rest AUROC {auroc:.2f})"
        )
    if measured is not None and measured.auroc + 2 * _spread(measured) < NOT_FOUND:
        return (
            f"of {measured.planted:,} errors planted into this data, one ranks above another row "
            f"in {100 * measured.auroc:.0f} of 100 cases; guessing gives 50"
        )
    return ""


def _spread(measured: Measured) -> float:
    """Give the standard error under chance of the area under the ROC curve."""
    others = max(1, measured.rows - measured.planted)
    return float(_variance(max(1, measured.planted), others) ** 0.5)


def _variance(inside: int, outside: int) -> float:
    """Give the variance under chance of the area under the ROC curve (Mann-Whitney)."""
    return (inside + outside + 1) / (12 * inside * outside)
