"""How many labels are wrong: several estimators, and the range they span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.detectors.shared import present_classes
from labelaudit.types import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.types import FloatArray, IntArray


def estimate_noise_rates(
    pred_probs: FloatArray, y: IntArray, error_probability: FloatArray
) -> dict[str, float]:
    """Estimate the share of wrong labels in three ways.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, no NaN.
    y : ndarray of int32, shape (m,)
        No -1.
    error_probability : ndarray of float32, shape (m,)

    Returns
    -------
    dict of str to float
        ``"confident-joint"`` (one minus the trace of the calibrated joint),
        ``"label-issues"`` (cleanlab's count of label issues over m) and ``"em"`` (mean
        error probability), each in [0, 1].

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning, JAIR 2021; the library cleanlab.
    """
    import numpy as np
    from cleanlab.count import estimate_joint, num_label_issues

    rates = {"em": float(np.mean(error_probability))}
    compact, codes, n_present = present_classes(pred_probs, y)
    if n_present > 1:
        joint = estimate_joint(codes, compact)
        rates["confident-joint"] = float(np.clip(1 - np.trace(joint), 0, 1))
        rates["label-issues"] = float(num_label_issues(codes, compact) / len(codes))
    return dict(sorted(rates.items()))


def span(estimates: Mapping[str, float]) -> Rate:
    """Sum the estimates up as their median and range.

    Parameters
    ----------
    estimates : mapping of str to float
        At least one.

    Returns
    -------
    Rate
    """
    from statistics import median

    values = list(estimates.values())
    return Rate(median(values), min(values), max(values), "range over estimators")


def disagree(rate: Rate) -> bool:
    """Tell whether the ends of a range lie more than a factor of 2 apart."""
    return rate.high > 2 * rate.low
