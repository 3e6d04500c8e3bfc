"""Label posterior: how likely each given label is wrong, by models and label noise together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.config import Settings
from labelaudit.detectors.noise_channel import (
    RANKING_SHARPNESS,
    calibrated_sharpness,
    fit_channel,
    follow,
    sharpness_for_rate,
    suspicion_of,
)
from labelaudit.detectors.noise_rates import (
    LEAST_TRUST,
    agreement,
    borne_out,
    central_rate,
    estimate_noise_rates,
    rank_planted,
    trust,
)
from labelaudit.detectors.shared import best_other_class, need_pred_probs
from labelaudit.errors import SettingError
from labelaudit.evidence.probabilities import fit_temperature, judged_rows
from labelaudit.types import Scores

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.detectors.noise_channel import Channel
    from labelaudit.types import Dataset, Evidence, FloatArray, IntArray, PlantedEvidence

THRESHOLD: float = Settings.threshold
"""Flagged from here: of four rows that just reach it one is expected to be wrong."""


@dataclass(frozen=True)
class LabelPosterior:
    """Rows whose given label is probably wrong, with the probability.

    The pred_probs are a prior over the true label, the noise transition matrix found by
    expectation maximisation says how true labels come out as given ones: see
    `labelaudit.detectors.noise_channel`. Where planted errors bear the estimated noise rate
    out, the mean probability is that rate; where they do not, or hardly stand out from the
    rest, it is reduced.

    Parameters
    ----------
    threshold : float
        Flag from this error probability on, in (0, 1].

    Raises
    ------
    SettingError
        For a threshold outside (0, 1].

    References
    ----------
    Dawid and Skene: Maximum Likelihood Estimation of Observer Error-Rates Using the EM
    Algorithm, 1979.
    """

    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise SettingError(f"a threshold of {self.threshold} is not above 0 and at most 1")

    def score(self, data: Dataset, evidence: Evidence) -> Scores:
        """Judge every row that has a label and pred_probs; see `Detector.score`."""
        import numpy as np

        pred_probs = need_pred_probs("label-posterior", evidence)
        rows = np.flatnonzero(judged_rows(data.y, pred_probs))
        suspicion = np.full(data.n_rows, np.nan, dtype=np.float32)
        error_probability = np.full(data.n_rows, np.nan, dtype=np.float32)
        flagged = np.zeros(data.n_rows, dtype=bool)
        suggested = np.full(data.n_rows, -1, dtype=np.int32)
        details: dict[str, object] = {"threshold": self.threshold}
        if rows.size:
            y, judged = data.y[rows], pred_probs[rows]
            found = calibrate(judged, y, evidence.planted)
            suspicion[rows] = suspicion_of(found.log_odds)
            error_probability[rows] = found.error_probability
            flagged[rows] = found.error_probability >= self.threshold
            other = best_other_class(judged, y)
            at = np.arange(rows.size)
            ahead = judged[at, other] >= judged[at, y]
            suggested[rows] = np.where(flagged[rows] | ahead, other, -1)
            details |= {
                "noise_rates": found.noise_rates,
                "sharpness": found.sharpness,
                "borne_out": found.borne_out,
                "separation": found.separation,
            }
        return Scores(
            code="label-posterior",
            suspicion=suspicion,
            flagged=flagged,
            suggested=suggested,
            details=details,
            error_probability=error_probability,
        )


@dataclass(frozen=True)
class Calibrated:
    """A ranking of labels and the probability that each is wrong.

    Attributes
    ----------
    log_odds : ndarray of float64, shape (m,)
        The ranking: higher is worse.
    error_probability : ndarray of float64, shape (m,)
        In [0, 1]; never falls where `log_odds` rises.
    sharpness : float
        The power of pred_probs that the probability rests on.
    borne_out : float
        What the posterior was multiplied by, in (0, 1]: how far planted errors bear it out
        (`noise_rates.borne_out`), can be told from the rest (`noise_rates.trust`) and are
        found among what it calls wrong.
    noise_rates : dict of str to float
        By estimator, see `estimate_noise_rates`.
    separation : float
        How often a planted error outranks a right label; NaN where none were planted.
    """

    log_odds: NDArray[np.float64]
    error_probability: NDArray[np.float64]
    sharpness: float
    borne_out: float
    noise_rates: dict[str, float]
    separation: float = math.nan


def calibrate(
    pred_probs: FloatArray, y: IntArray, planted: PlantedEvidence | None = None
) -> Calibrated:
    """Rank labels by how likely they are wrong, and say how likely that is.

    The ranking is the posterior at one sharpness, the probability that at another, made
    to follow the order of the ranking.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, no NaN.
    y : ndarray of int32, shape (m,)
        No -1.
    planted : PlantedEvidence, optional

    Returns
    -------
    Calibrated
    """
    import numpy as np

    temperature = fit_temperature(pred_probs, y)

    def channel(sharpness: float) -> Channel:
        return fit_channel(pred_probs, y, sharpness=sharpness, temperature=temperature)

    ranking = channel(RANKING_SHARPNESS).log_odds
    sharpness = calibrated_sharpness(len(y), len(np.unique(y)))
    posterior = channel(sharpness).error_probability
    again = None if planted is None else rank_planted(planted)
    rates = estimate_noise_rates(pred_probs, y, posterior, again, temperature=temperature)
    centre, agreed = central_rate(rates), agreement(rates)
    if centre is None or planted is None or again is None:
        return Calibrated(ranking, follow(ranking, posterior), sharpness, 1.0, rates)
    suspected = rates["em-calibrated"]
    if agreed > 0:
        rate = agreed * centre + (1 - agreed) * suspected
        sharpness = sharpness_for_rate(pred_probs, y, rate)
        posterior = channel(sharpness).error_probability
    factor = borne_out(rates)
    followed = follow(ranking, posterior)
    wrong = agreed * centre + (1 - agreed) * max(centre, suspected)
    found = _found(factor * followed, wrong, lambda share: again.recall(planted.planted, share))
    trusted = trust(again.separation)
    blurred = (1 - trusted) / (1 - LEAST_TRUST)
    factor *= trusted * (1 - agreed * blurred * (1 - found))
    return Calibrated(ranking, factor * followed, sharpness, factor, rates, again.separation)


def _found(
    probability: NDArray[np.float64], rate: float, recall: Callable[[float], float]
) -> float:
    """Say how much of what is called wrong can be, if errors are found like planted ones.

    No greater share of the wrong labels is among the suspicious rows than of the planted ones.
    """
    suspicious = probability >= THRESHOLD
    if not suspicious.any():
        return 1.0
    there = rate * len(probability) * recall(float(suspicious.mean()))
    return min(1.0, there / float(probability[suspicious].sum()))
