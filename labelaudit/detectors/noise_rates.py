"""How many labels are wrong, by several estimators that can err in different ways."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from labelaudit.detectors.noise_channel import RANKING_SHARPNESS, fit_channel
from labelaudit.detectors.shared import present_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, FloatArray, IntArray, PlantedEvidence

CENTRAL = ("planted-strict", "planted-wide", "label-issues", "em", "confident-joint")
"""The estimators whose median is the estimate, where errors were planted."""

AGREE = 0.5
"""Where planted errors explain at least this share of the posterior, wrong labels look like
planted ones; where they do not, classes overlap or errors depend on the features."""

_STRICT, _WIDE = 0.3, 0.7
_EM_SHARPNESS = 2.0


@dataclass(frozen=True)
class PlantedRanking:
    """How the rows rank among which errors were planted.

    Attributes
    ----------
    log_odds : ndarray of float64, shape (m,)
        Higher is worse.
    strict, wide : float
        Estimated noise rate of the rows that were left alone: the share of them that rank
        among the worst 30 % (70 %) of the planted errors, over 0.3 (0.7). If the errors they
        hold rank like planted ones, that is their noise rate plus what right labels add.
    """

    log_odds: NDArray[np.float64]
    strict: float
    wide: float


def rank_planted(planted: PlantedEvidence) -> PlantedRanking:
    """Rank rows with planted errors among them, as the given labels are ranked.

    Parameters
    ----------
    planted : PlantedEvidence
        At least one planted error and one other row.

    Returns
    -------
    PlantedRanking
    """
    channel = fit_channel(planted.pred_probs, planted.y, sharpness=RANKING_SHARPNESS)
    ranking = channel.log_odds
    return PlantedRanking(
        ranking,
        strict=_mixture(ranking, planted.planted, _STRICT),
        wide=_mixture(ranking, planted.planted, _WIDE),
    )


def _mixture(ranking: NDArray[np.float64], planted: BoolArray, share: float) -> float:
    import numpy as np

    ordered = np.sort(ranking[planted])[::-1]
    cut = ordered[min(int(share * len(ordered)), len(ordered) - 1)]
    reached = (ordered >= cut).mean()
    return float(min(1.0, (ranking[~planted] >= cut).mean() / reached))


def estimate_noise_rates(
    pred_probs: FloatArray,
    y: IntArray,
    posterior: NDArray[np.floating],
    planted: PlantedRanking | None = None,
    *,
    temperature: float | None = None,
) -> dict[str, float]:
    """Estimate the share of wrong labels in several ways.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, no NaN.
    y : ndarray of int32, shape (m,)
        No -1.
    posterior : ndarray, shape (m,)
        Of the label being wrong, as the number of rows calibrates it.
    planted : PlantedRanking, optional
    temperature : float, optional
        See `fit_channel`.

    Returns
    -------
    dict of str to float
        ``"confident-joint"`` (one minus the trace of the calibrated joint),
        ``"label-issues"`` (cleanlab's count of label issues over m), ``"em"`` (mean
        posterior at sharpness 2), ``"em-calibrated"`` (that of `posterior`),
        ``"disagreement"`` (labels that are not the most probable class), and with planted
        errors ``"planted-strict"`` and ``"planted-wide"``; each in [0, 1].

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning, JAIR 2021; the library cleanlab.
    """
    import numpy as np
    from cleanlab.count import estimate_joint, num_label_issues

    channel = fit_channel(pred_probs, y, sharpness=_EM_SHARPNESS, temperature=temperature)
    rates = {
        "em": float(channel.error_probability.mean()),
        "em-calibrated": float(np.mean(posterior)),
        "disagreement": float((pred_probs.argmax(axis=1) != y).mean()),
    }
    compact, codes, n_present = present_classes(pred_probs, y)
    if n_present > 1:
        joint = estimate_joint(codes, compact)
        rates["confident-joint"] = float(np.clip(1 - np.trace(joint), 0, 1))
        rates["label-issues"] = float(num_label_issues(codes, compact) / len(codes))
    if planted is not None:
        rates |= {"planted-strict": planted.strict, "planted-wide": planted.wide}
    return dict(sorted(rates.items()))


def central_rate(estimates: Mapping[str, float]) -> float | None:
    """Give the median of the central estimators where planted errors bear them out.

    Parameters
    ----------
    estimates : mapping of str to float
        From `estimate_noise_rates`.

    Returns
    -------
    float or None
        None without planted errors, or where they explain too little.
    """
    if any(name not in estimates for name in CENTRAL):
        return None
    if estimates["planted-strict"] < AGREE * estimates["em-calibrated"]:
        return None
    return median(estimates[name] for name in CENTRAL)


def borne_out(estimates: Mapping[str, float]) -> float:
    """Say how far planted errors bear the posterior out.

    Where they explain little of it, half of the suspicious rows are taken for right labels
    where classes overlap: measured over clean data and real errors alike, of rows that the
    posterior is sure of some half to three quarters are wrong then.

    Parameters
    ----------
    estimates : mapping of str to float
        From `estimate_noise_rates`.

    Returns
    -------
    float
        What the posterior is multiplied by: from 0.5 where planted errors explain none of
        it to 1 where they explain half, and where none were planted.
    """
    if "planted-strict" not in estimates or estimates["em-calibrated"] <= 0:
        return 1.0
    explained = estimates["planted-strict"] / estimates["em-calibrated"]
    return min(1.0, 1 - AGREE + explained)
