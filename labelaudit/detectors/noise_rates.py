"""How many labels are wrong, by several estimators that can err in different ways."""

from __future__ import annotations

import math
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

_BEFORE = 0.1
"""From that share less this on, one gives way to the other bit by bit: a run with another
seed does not jump between them."""

_STRICT, _WIDE = 0.3, 0.7
_CLEAR, _CLEAR_PLANTED = 0.1, 12
_MOST_WRONG = 0.8
_EM_SHARPNESS = 2.0
_SEPARATED, _BLURRED = 0.9, 0.75
LEAST_TRUST = 0.5
"""What is left of the posterior where wrong labels cannot be told from hard rows."""


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
    separation : float
        How often a planted error outranks a right label, in [0, 1]; 0.5 is guessing. The
        rows left alone are not all right. As many of them are taken for errors, which tie
        with planted ones, as reach the worst 10 % of those (or as many as it takes to count
        12) - all of them where the share that reaches a lower cut is the same, fewer the
        more it rises, since right labels reach such a cut, too.
    """

    log_odds: NDArray[np.float64]
    strict: float
    wide: float
    separation: float

    def recall(self, planted: BoolArray, share: float) -> float:
        """Tell how many planted errors are found when a share of the others is flagged.

        Parameters
        ----------
        planted : ndarray of bool, shape (m,)
            Which rows they are.
        share : float
            In (0, 1].

        Returns
        -------
        float
            In [0, 1].
        """
        import numpy as np

        others = np.sort(self.log_odds[~planted])[::-1]
        last = min(max(math.ceil(share * len(others)), 1), len(others)) - 1
        return float((self.log_odds[planted] >= others[last]).mean())


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
    wide = _mixture(ranking, planted.planted, _WIDE)
    return PlantedRanking(
        ranking,
        strict=_mixture(ranking, planted.planted, _STRICT),
        wide=wide,
        separation=_separation(ranking, planted.planted, wide),
    )


def _mixture(ranking: NDArray[np.float64], planted: BoolArray, share: float) -> float:
    import numpy as np

    ordered = np.sort(ranking[planted])[::-1]
    cut = ordered[min(int(share * len(ordered)), len(ordered) - 1)]
    reached = (ordered >= cut).mean()
    return float(min(1.0, (ranking[~planted] >= cut).mean() / reached))


def _separation(ranking: NDArray[np.float64], planted: BoolArray, wide: float) -> float:
    from sklearn.metrics import roc_auc_score

    share = min(max(_CLEAR, _CLEAR_PLANTED / int(planted.sum())), _STRICT)
    clear = min(_mixture(ranking, planted, share), _MOST_WRONG)
    wrong = clear * min(1.0, clear / wide) if wide else 0.0
    outranks = float(roc_auc_score(planted, ranking))
    return min(1.0, max(0.0, (outranks - wrong / 2) / (1 - wrong)))


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
    """Give the median of the central estimators.

    Parameters
    ----------
    estimates : mapping of str to float
        From `estimate_noise_rates`.

    Returns
    -------
    float or None
        None without planted errors.
    """
    if any(name not in estimates for name in CENTRAL):
        return None
    return median(estimates[name] for name in CENTRAL)


def agreement(estimates: Mapping[str, float]) -> float:
    """Say whether wrong labels look like planted ones.

    Parameters
    ----------
    estimates : mapping of str to float
        From `estimate_noise_rates`.

    Returns
    -------
    float
        From 0 where planted errors explain at most 0.4 of the posterior, or none were
        planted, to 1 from 0.5 on; in a straight line between.
    """
    if central_rate(estimates) is None:
        return 0.0
    return min(1.0, max(0.0, 1 + (_explained(estimates) - AGREE) / _BEFORE))


def _explained(estimates: Mapping[str, float]) -> float:
    suspected = estimates.get("em-calibrated", 0.0)
    if "planted-strict" not in estimates or suspected <= 0:
        return 1.0
    return estimates["planted-strict"] / suspected


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
    return min(1.0, 1 - AGREE + _explained(estimates))


def trust(separation: float) -> float:
    """Say how far wrong labels can be told from right ones of hard rows.

    Where planted errors rank little above the rest, every estimator takes hard rows for
    wrong labels: on small samples of data whose classes overlap, a quarter to a half of
    what they called wrong was. See docs/decisions/0016-claims-within-reach.md.

    Parameters
    ----------
    separation : float
        Of `PlantedRanking`.

    Returns
    -------
    float
        From 0.5 up to a separation of 0.75 to 1 from 0.9 on.
    """
    reached = (separation - _BLURRED) / (_SEPARATED - _BLURRED)
    return LEAST_TRUST + (1 - LEAST_TRUST) * min(1.0, max(0.0, reached))
