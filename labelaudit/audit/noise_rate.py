"""How many labels are wrong: several estimators, and a range that says how far they agree."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from labelaudit.detectors.noise_channel import calibrated_sharpness, fit_channel
from labelaudit.detectors.shared import present_classes
from labelaudit.types import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.types import FloatArray, IntArray, Measured

NARROW, WIDE = "range where estimators agree", "range over estimators that differ"
_AGREE = 0.45
_LOW, _HIGH = 0.65, 1.3
_NOTHING = 0.01
_CAUTION = 0.8


def estimate_noise_rates(
    pred_probs: FloatArray, y: IntArray, measured: Measured | None = None
) -> dict[str, float]:
    """Estimate the share of wrong labels in several ways.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, no NaN.
    y : ndarray of int32, shape (m,)
        No -1.
    measured : Measured, optional
        What planted errors told.

    Returns
    -------
    dict of str to float
        ``"confident-joint"`` (one minus the trace of the calibrated joint),
        ``"label-issues"`` (cleanlab's count of label issues over m), ``"em"`` (mean
        posterior at sharpness 2), ``"em-calibrated"`` (at that of `calibrate`),
        ``"disagreement"`` (labels that are not the most probable class), and with planted
        errors ``"planted-strict"`` and ``"planted-wide"``; each in [0, 1].

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning, JAIR 2021; the library cleanlab.
    """
    import numpy as np
    from cleanlab.count import estimate_joint, num_label_issues

    n_classes = len(np.unique(y))
    rates = {
        "em": _mean_posterior(pred_probs, y, 2.0),
        "em-calibrated": _mean_posterior(pred_probs, y, calibrated_sharpness(len(y), n_classes)),
        "disagreement": float((pred_probs.argmax(axis=1) != y).mean()),
    }
    compact, codes, n_present = present_classes(pred_probs, y)
    if n_present > 1:
        joint = estimate_joint(codes, compact)
        rates["confident-joint"] = float(np.clip(1 - np.trace(joint), 0, 1))
        rates["label-issues"] = float(num_label_issues(codes, compact) / len(codes))
    if measured is not None:
        rates |= {"planted-strict": measured.strict, "planted-wide": measured.wide}
    return dict(sorted(rates.items()))


def _mean_posterior(pred_probs: FloatArray, y: IntArray, sharpness: float) -> float:
    return float(fit_channel(pred_probs, y, sharpness=sharpness).error_probability.mean())


def noise_range(estimates: Mapping[str, float]) -> Rate:
    """Sum the estimates up as one rate and a range.

    Where the strict estimate from planted errors comes near that of the posterior, wrong
    labels look like planted ones and the range is a factor of 2 around the median. Where
    it falls short, either the classes overlap or the errors depend on the features; no
    estimator can tell which, and the range covers both.

    Parameters
    ----------
    estimates : mapping of str to float
        From `estimate_noise_rates`, or any others; at least one.

    Returns
    -------
    Rate
        The limits were chosen on planted noise, see docs/decisions.
    """
    strict = estimates.get("planted-strict")
    if strict is None or "label-issues" not in estimates:
        inner = [rate for name, rate in estimates.items() if name != "disagreement"]
        values = inner or list(estimates.values())
        return Rate(median(values), min(values), max(values), WIDE)
    centre = median(
        estimates[name]
        for name in ("planted-strict", "planted-wide", "label-issues", "em", "confident-joint")
    )
    if strict >= _AGREE * estimates["em-calibrated"]:
        return Rate(centre, _LOW * centre, min(1.0, _HIGH * centre), NARROW)
    low = 0.0 if strict < _NOTHING else _CAUTION * strict
    high = max(estimates["disagreement"], estimates["confident-joint"])
    return Rate(min(max(centre, low), high), low, high, WIDE)


def disagree(rate: Rate) -> bool:
    """Tell whether the ends of a range lie more than a factor of 2 apart."""
    return rate.high > 2 * rate.low + 1e-12
