"""Confident learning: labels that the joint of given and true labels puts in doubt."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.detectors.shared import (
    best_other_class,
    need_pred_probs,
    present_classes,
)
from labelaudit.evidence.probabilities import judged_rows
from labelaudit.types import Scores

if TYPE_CHECKING:
    from labelaudit.types import Dataset, Evidence


@dataclass(frozen=True)
class ConfidentLearning:
    """Rows that cleanlab's confident learning calls label issues.

    Suspicion is cleanlab's normalized margin turned round: ``(1 - (p_given - p_other)) / 2``
    with the most probable other class, so 0.5 is a tie.

    Parameters
    ----------
    filter_by : str
        Passed to `cleanlab.filter.find_label_issues`.

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels,
    JAIR 2021; the library cleanlab.
    """

    filter_by: str = "prune_by_noise_rate"

    def score(self, data: Dataset, evidence: Evidence) -> Scores:
        """Judge every row that has a label and pred_probs; see `Detector.score`."""
        import numpy as np
        from cleanlab.filter import find_label_issues

        pred_probs = need_pred_probs("confident-learning", evidence)
        rows = np.flatnonzero(judged_rows(data.y, pred_probs))
        # cleanlab breaks ties by position; sorted by name, the order of the file has no say.
        rows = rows[np.argsort(data.row_id[rows], kind="stable")]
        suspicion = np.full(data.n_rows, np.nan, dtype=np.float32)
        flagged = np.zeros(data.n_rows, dtype=bool)
        suggested = np.full(data.n_rows, -1, dtype=np.int32)
        said: list[str] = []
        if rows.size:
            y = data.y[rows]
            judged = pred_probs[rows]
            other = best_other_class(judged, y)
            at = np.arange(rows.size)
            margin = judged[at, y] - judged[at, other]
            suspicion[rows] = np.clip((1 - margin) / 2, 0, 1)
            compact, codes, n_present = present_classes(judged, y)
            if n_present > 1:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    found = find_label_issues(codes, compact, filter_by=self.filter_by, n_jobs=1)
                said = sorted({" ".join(str(one.message).split()) for one in caught})
                flagged[rows] = np.asarray(found, dtype=bool)
            suggested[rows] = np.where(flagged[rows] | (margin <= 0), other, -1)
        return Scores(
            code="confident-learning",
            suspicion=suspicion,
            flagged=flagged,
            suggested=suggested,
            details={"filter_by": self.filter_by, "warnings": said},
        )
