"""Loss percentile: labels that cost the models most, out of fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.detectors.shared import best_other_class, need_pred_probs
from labelaudit.errors import SettingError
from labelaudit.evidence.probabilities import judged_rows
from labelaudit.types import Scores

if TYPE_CHECKING:
    from labelaudit.types import Dataset, Evidence

_FLOOR = 1e-7


@dataclass(frozen=True)
class LossPercentile:
    """Rows whose out-of-fold cross-entropy lies above a percentile.

    It flags a fixed share of any data, clean or not: it is for ranking and for
    corroborating other detectors, never for flagging alone. Suspicion is one minus the
    self-confidence, which orders rows as their loss does.

    Parameters
    ----------
    percentile : float
        In [0, 100].
    scope : str
        ``"overall"``, or ``"class"`` for the percentile within each given class.

    Raises
    ------
    SettingError
        For a percentile or a scope that does not exist.
    """

    percentile: float = 95.0
    scope: str = "overall"

    def __post_init__(self) -> None:
        if not 0 <= self.percentile <= 100:  # noqa: PLR2004
            raise SettingError(f"the percentile {self.percentile} is not between 0 and 100")
        if self.scope not in {"overall", "class"}:
            raise SettingError(f"there is no scope {self.scope!r}", hint="use 'overall' or 'class'")

    def score(self, data: Dataset, evidence: Evidence) -> Scores:
        """Judge every row that has a label and pred_probs; see `Detector.score`."""
        import numpy as np

        pred_probs = need_pred_probs("loss-percentile", evidence)
        rows = np.flatnonzero(judged_rows(data.y, pred_probs))
        suspicion = np.full(data.n_rows, np.nan, dtype=np.float32)
        flagged = np.zeros(data.n_rows, dtype=bool)
        suggested = np.full(data.n_rows, -1, dtype=np.int32)
        thresholds: dict[str, float] = {}
        if rows.size:
            y = data.y[rows]
            judged = pred_probs[rows]
            self_confidence = judged[np.arange(rows.size), y].astype(np.float64)
            loss = -np.log(np.clip(self_confidence, _FLOOR, 1))
            suspicion[rows] = np.clip(1 - self_confidence, 0, 1)
            if self.scope == "overall":
                threshold = float(np.percentile(loss, self.percentile))
                thresholds["overall"] = threshold
                flagged[rows] = loss > threshold
            else:
                for code in np.unique(y):
                    of_class = y == code
                    threshold = float(np.percentile(loss[of_class], self.percentile))
                    thresholds[str(data.classes[code])] = threshold
                    flagged[rows[of_class]] = loss[of_class] > threshold
            other = best_other_class(judged, y)
            surer = judged[np.arange(rows.size), other] >= self_confidence
            suggested[rows] = np.where(flagged[rows] | surer, other, -1)
        return Scores(
            code="loss-percentile",
            suspicion=suspicion,
            flagged=flagged,
            suggested=suggested,
            details={"percentile": self.percentile, "scope": self.scope, "loss": thresholds},
        )
