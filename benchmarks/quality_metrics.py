"""How good a ranking of suspects, a set of flags and an estimate are, given the truth.

Ties count as what they are: rows that share a suspicion come in random order, and a figure
is its mean over those orders. Rows that were not judged share the last place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

if TYPE_CHECKING:
    from peers import Found

FEWEST_ERRORS = 5
"""With fewer errors than this a ranking is not scored: one row would decide."""

BINS = 10
REVIEWED = np.linspace(0, 3, 61)
"""Where the curve of errors found is taken, in multiples of the number of errors."""

Figures = dict[str, float | bool | list[float] | None]


def measure(found: Found, given: np.ndarray, truth: np.ndarray) -> Figures:
    """Score what a pipeline found.

    Parameters
    ----------
    found : Found
        Of n rows.
    given, truth : ndarray of str, shape (n,)

    Returns
    -------
    dict
        Figures by name; None where one has no meaning for these rows.
    """
    wrong = given != truth
    true_rate = float(wrong.mean())
    figures: Figures = {
        **rank_figures(found.suspicion, wrong),
        "auprc_self_confidence": rank_figures(1 - found.self_confidence, wrong)["auprc"],
        **flag_figures(found.flagged, found.suspicion, wrong),
        **suggestion_figures(found.suggested, found.flagged, truth, wrong),
        "noise_rate": found.noise_rate,
        "noise_rate_error": abs(found.noise_rate - true_rate),
        "ece": None,
        "in_range": None,
        "range_ratio": None,
    }
    if found.error_probability is not None:
        figures["ece"] = calibration_error(found.error_probability, wrong)
    low = found.facts.get("noise_rate_low")
    # A blind run gives no range, which neither holds the rate nor misses it.
    if low is not None and not np.isnan(low):
        high = found.facts["noise_rate_high"]
        figures["in_range"] = bool(low <= true_rate <= high)
        figures["range_ratio"] = high / low if low > 0 else None
    return figures


def rank_figures(suspicion: np.ndarray, wrong: np.ndarray) -> Figures:
    """Score a ranking.

    Parameters
    ----------
    suspicion : ndarray of float, shape (n,)
        NaN where not judged.
    wrong : ndarray of bool, shape (n,)

    Returns
    -------
    dict
        ``auprc`` (average precision), ``auroc``, ``precision_at_50``,
        ``precision_at_errors``, ``missed`` (share of the errors not found when as many rows
        are reviewed as there are errors) and ``curve`` (share found, at `REVIEWED`). All in
        [0, 1]; None for fewer than `FEWEST_ERRORS` errors, or nothing but errors.
    """
    errors = int(wrong.sum())
    names = ("auprc", "auroc", "precision_at_50", "precision_at_errors", "missed", "curve")
    if errors < FEWEST_ERRORS or errors == len(wrong):
        return dict.fromkeys(names)
    score = judged_first(suspicion)
    at_errors = float(errors_found(score, wrong, errors)) / errors
    few = min(50, len(wrong))
    return {
        "auprc": float(average_precision_score(wrong, score)),
        "auroc": float(roc_auc_score(wrong, score)),
        "precision_at_50": float(errors_found(score, wrong, few)) / few,
        "precision_at_errors": at_errors,
        "missed": 1 - at_errors,
        "curve": (errors_found(score, wrong, REVIEWED * errors) / errors).tolist(),
    }


def judged_first(suspicion: np.ndarray) -> np.ndarray:
    """Put rows that were not judged behind all others."""
    score = np.asarray(suspicion, dtype=np.float64)
    return np.where(np.isfinite(score), score, -1.0)


def errors_found(
    score: np.ndarray, wrong: np.ndarray, reviewed: float | np.ndarray
) -> float | np.ndarray:
    """Count the errors expected among the rows reviewed first.

    Parameters
    ----------
    score : ndarray of float, shape (n,)
        Higher is reviewed sooner; equal ones in random order.
    wrong : ndarray of bool, shape (n,)
    reviewed : float or ndarray
        How many rows; more than n count as n.

    Returns
    -------
    float or ndarray
    """
    _, level = np.unique(-score, return_inverse=True)
    rows = np.concatenate([[0], np.cumsum(np.bincount(level))])
    errors = np.concatenate([[0], np.cumsum(np.bincount(level, weights=wrong))])
    return np.interp(reviewed, rows, errors)


def flag_figures(flagged: np.ndarray, suspicion: np.ndarray, wrong: np.ndarray) -> Figures:
    """Score a set of flags, beside the best that any threshold of the ranking would give.

    Returns
    -------
    dict
        ``flagged`` (share of the rows), ``f1``, ``best_f1`` and ``f1_gap`` (best minus
        own, below 0 where flags use more than the ranking); the last three None for fewer
        than `FEWEST_ERRORS` errors.
    """
    share = float(flagged.mean())
    if wrong.sum() < FEWEST_ERRORS:
        return {"flagged": share, "f1": None, "best_f1": None, "f1_gap": None}
    f1 = f1_of(int((flagged & wrong).sum()), int(flagged.sum()), int(wrong.sum()))
    best = best_f1(judged_first(suspicion), wrong)
    return {"flagged": share, "f1": f1, "best_f1": best, "f1_gap": best - f1}


def f1_of(hits: int, flagged: int, errors: int) -> float:
    """Give the harmonic mean of precision and recall; 0 where nothing is hit."""
    return 2 * hits / (flagged + errors) if flagged + errors else 0.0


def best_f1(score: np.ndarray, wrong: np.ndarray) -> float:
    """Give the best F1 that flagging all rows above some threshold would reach."""
    _, level = np.unique(-score, return_inverse=True)
    flagged = np.cumsum(np.bincount(level))
    hits = np.cumsum(np.bincount(level, weights=wrong))
    return float((2 * hits / (flagged + wrong.sum())).max())


def calibration_error(probability: np.ndarray, wrong: np.ndarray) -> float | None:
    """Give the expected calibration error: mean gap of promise and fact over equal bins.

    Parameters
    ----------
    probability : ndarray of float, shape (n,)
        That a label is wrong, in [0, 1]; NaN where not judged, which is left out.
    wrong : ndarray of bool, shape (n,)

    Returns
    -------
    float or None
        In [0, 1]; None when nothing was judged.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks, ICML 2017.
    """
    judged = np.isfinite(probability)
    if not judged.any():
        return None
    promised, fact = probability[judged].astype(np.float64), wrong[judged]
    at = np.minimum((promised * BINS).astype(int), BINS - 1)
    gaps = np.bincount(at, weights=promised - fact, minlength=BINS)
    return float(np.abs(gaps).sum() / len(promised))


def suggestion_figures(
    suggested: np.ndarray, flagged: np.ndarray, truth: np.ndarray, wrong: np.ndarray
) -> Figures:
    """Score the suggested labels of the rows that are wrong.

    Returns
    -------
    dict
        Share of right suggestions among the errors that are flagged
        (``suggestion_flagged``) and among all (``suggestion_all``); None without any.
    """
    right = suggested == truth
    return {
        "suggestion_flagged": _share(right, wrong & flagged),
        "suggestion_all": _share(right, wrong),
    }


def _share(right: np.ndarray, among: np.ndarray) -> float | None:
    return float(right[among].mean()) if among.any() else None
