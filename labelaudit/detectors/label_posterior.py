"""Label posterior: how likely each given label is wrong, by models and label noise together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.detectors.noise_channel import calibrate, suspicion_of
from labelaudit.detectors.shared import best_other_class, judged_rows, need_pred_probs
from labelaudit.errors import SettingError
from labelaudit.types import Scores

if TYPE_CHECKING:
    from labelaudit.types import Dataset, Evidence

THRESHOLD = 0.33
"""Flagged from here: of three rows that just reach it one is expected to be wrong."""


@dataclass(frozen=True)
class LabelPosterior:
    """Rows whose given label is probably wrong, with the probability.

    The pred_probs are a prior over the true label, the noise transition matrix found by
    expectation maximisation says how true labels come out as given ones: see
    `labelaudit.detectors.noise_channel`.

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
        rows = np.flatnonzero(judged_rows(data, pred_probs))
        suspicion = np.full(data.n_rows, np.nan, dtype=np.float32)
        error_probability = np.full(data.n_rows, np.nan, dtype=np.float32)
        flagged = np.zeros(data.n_rows, dtype=bool)
        suggested = np.full(data.n_rows, -1, dtype=np.int32)
        if rows.size:
            y, judged = data.y[rows], pred_probs[rows]
            log_odds, probability = calibrate(judged, y)
            suspicion[rows] = suspicion_of(log_odds)
            error_probability[rows] = probability
            flagged[rows] = probability >= self.threshold
            other = best_other_class(judged, y)
            at = np.arange(rows.size)
            ahead = judged[at, other] >= judged[at, y]
            suggested[rows] = np.where(flagged[rows] | ahead, other, -1)
        return Scores(
            code="label-posterior",
            suspicion=suspicion,
            flagged=flagged,
            suggested=suggested,
            details={"threshold": self.threshold},
            error_probability=error_probability,
        )
