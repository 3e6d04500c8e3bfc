"""Duplicates: rows with identical features and different labels cannot all be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.errors import SettingError
from labelaudit.types import Scores

if TYPE_CHECKING:
    from labelaudit.types import Dataset, Evidence


@dataclass(frozen=True)
class Duplicates:
    """Rows outvoted by, or tied with, rows of identical features.

    Suspicion is the share of the copies (the row itself included) that carry another
    label; rows without a copy abstain. A row is flagged when another label has at least
    as many votes as its own.

    Parameters
    ----------
    max_conflicting : float
        In [0, 1]. When a greater share of all labelled rows sits in groups of conflicting
        copies, identical features say nothing about labels here (a table of few
        categories, say): the detector then abstains, and says so in its details.

    Raises
    ------
    SettingError
        For a share outside [0, 1].
    """

    max_conflicting: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.max_conflicting <= 1:
            raise SettingError(f"max_conflicting {self.max_conflicting} is not between 0 and 1")

    def score(self, data: Dataset, evidence: Evidence) -> Scores:  # noqa: ARG002
        """Judge every labelled row that has a copy; see `Detector.score`."""
        import numpy as np

        suspicion = np.full(data.n_rows, np.nan, dtype=np.float32)
        flagged = np.zeros(data.n_rows, dtype=bool)
        suggested = np.full(data.n_rows, -1, dtype=np.int32)
        details: dict[str, float | int | bool] = {"conflicting_rows": 0, "ties": 0}
        if data.feature_key is not None:
            rows = np.flatnonzero(data.y >= 0)
            _, group, size = np.unique(
                data.feature_key[rows], return_inverse=True, return_counts=True
            )
            copied = size[group] > 1
            rows, group = rows[copied], group[copied]
            if rows.size:
                labels = data.y[rows].astype(np.int64)
                votes = _Votes(group, labels, len(data.classes))
                conflicting = votes.own < votes.total
                share = conflicting.sum() / max(1, (data.y >= 0).sum())
                details["conflicting_rows"] = int(conflicting.sum())
                details["uninformative"] = bool(share > self.max_conflicting)
                if share <= self.max_conflicting:
                    suspicion[rows] = 1 - votes.own / votes.total
                    outvoted = conflicting & (votes.best_other_count >= votes.own)
                    tied = outvoted & (votes.best_other_count == votes.own)
                    details["ties"] = int(tied.sum())
                    flagged[rows] = outvoted
                    suggested[rows[outvoted & ~tied]] = votes.best_other[outvoted & ~tied]
        return Scores(
            code="duplicates",
            suspicion=suspicion,
            flagged=flagged,
            suggested=suggested,
            details=details,
        )


class _Votes:
    """How often each label stands in each group of copies, seen from every row."""

    def __init__(self, group, labels, n_classes) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        import numpy as np

        pair, row_pair, count = np.unique(
            group * n_classes + labels, return_inverse=True, return_counts=True
        )
        pair_group, pair_label = pair // n_classes, pair % n_classes
        # Within a group the fuller label comes first, and of equal ones the smaller code,
        # so that the order of the rows has no say.
        by_count = np.lexsort((pair_label, -count, pair_group))
        _, start, width = np.unique(pair_group[by_count], return_index=True, return_counts=True)
        first = by_count[start]
        second = by_count[np.minimum(start + 1, start + width - 1)]
        _, place = np.unique(group, return_inverse=True)
        is_first = row_pair == first[place]
        other = np.where(is_first, second[place], first[place])
        alone = other == row_pair
        self.own = count[row_pair]
        self.total = np.bincount(group)[group]
        self.best_other = np.where(alone, -1, pair_label[other]).astype(np.int32)
        self.best_other_count = np.where(alone, 0, count[other])
