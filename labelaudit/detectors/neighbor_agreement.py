"""Neighbor agreement: labels that the rows most like a row do not share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.errors import SettingError
from labelaudit.types import Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, Dataset, Evidence, FloatArray, IntArray

# What the vote of the farthest neighbour has lost against one at no distance.
_FADES = 0.9
_CLEAR_SHARE = 0.6
_FEWEST = 3
_CELLS = 4_000_000
_DECIMALS = 9


@dataclass(frozen=True)
class NeighborAgreement:
    """Rows whose nearest neighbours carry another label.

    Each neighbour votes for its given label; its weight falls linearly with its distance,
    from 1 at none to 0.1 for the farthest that votes. With shares of the votes, suspicion
    is the normalized margin turned round: ``(1 - (share_given - share_other)) / 2`` with
    the strongest other class, so 0.5 is a tie. A row is flagged when another class has at
    least 60 % of the votes of three or more neighbours.

    It knows no model, which is its worth: it errs elsewhere than they do. It corroborates
    and never flags alone, since near a boundary and in classes of fewer rows than there
    are neighbours right labels are outvoted too. Without `Evidence.neighbors` (your own
    pred_probs come without features) it abstains everywhere; so does every row without a
    labelled neighbour.

    Parameters
    ----------
    m : int
        How many of the nearest neighbours vote, at least 1; all when there are fewer.

    Raises
    ------
    SettingError
        For fewer than one neighbour.

    References
    ----------
    Zhu, Dong, Liu: Detecting Corrupted Labels Without Training a Model to Predict, ICML
    2022 (SimiFeat, whose local voting this is, without its resampling); Dudani: The
    Distance-Weighted k-Nearest-Neighbor Rule, 1976 (the weights).
    """

    m: int = 20

    def __post_init__(self) -> None:
        if self.m < 1:
            raise SettingError(f"{self.m} neighbours cannot vote", hint="let m be 1 or more")

    def score(self, data: Dataset, evidence: Evidence) -> Scores:
        """Judge every labelled row that has labelled neighbours; see `Detector.score`."""
        import numpy as np

        suspicion = np.full(data.n_rows, np.nan, dtype=np.float32)
        flagged = np.zeros(data.n_rows, dtype=bool)
        suggested = np.full(data.n_rows, -1, dtype=np.int32)
        labelled = np.flatnonzero(data.y >= 0)
        n_judged = 0
        if evidence.neighbors is not None:
            near = evidence.neighbors[:, : self.m]
            far = None if evidence.distances is None else evidence.distances[:, : self.m]
            chunk = max(1, _CELLS // max(1, len(data.classes)))
            for begin in range(0, len(labelled), chunk):
                rows = labelled[begin : begin + chunk]
                labels = np.where(near[rows] >= 0, data.y[near[rows]], -1)
                weights = _weights(labels >= 0, None if far is None else far[rows])
                judged = (labels >= 0).any(axis=1)
                rows, labels, weights = rows[judged], labels[judged], weights[judged]
                n_judged += len(rows)
                shares = _shares(labels, weights, len(data.classes))
                at = np.arange(len(rows))
                given = shares[at, data.y[rows]]
                shares[at, data.y[rows]] = 0
                other = shares.argmax(axis=1)
                best = shares[at, other]
                suspicion[rows] = np.clip((1 - (given - best)) / 2, 0, 1)
                suggested[rows] = np.where(best > given, other, -1)
                enough = (labels >= 0).sum(axis=1) >= _FEWEST
                flagged[rows] = enough & (best >= _CLEAR_SHARE)
        return Scores(
            code="neighbor-agreement",
            suspicion=suspicion,
            flagged=flagged,
            suggested=suggested,
            details={"m": self.m, "share": _CLEAR_SHARE, "judged": n_judged},
        )


def _weights(votes: BoolArray, distances: FloatArray | None) -> NDArray[np.float64]:
    """Let votes fade with distance, on the scale of the farthest one of each row."""
    import numpy as np

    if distances is None:
        return votes.astype(np.float64)
    known = np.where(votes, distances, 0).astype(np.float64)
    farthest = known.max(axis=1, keepdims=True, initial=0)
    weights: NDArray[np.float64] = votes * (
        1 - _FADES * known / np.where(farthest > 0, farthest, 1)
    )
    return weights


def _shares(labels: IntArray, weights: NDArray[np.float64], n_classes: int) -> NDArray[np.float64]:
    """Give each class's share of the votes of each row, (rows, K)."""
    import numpy as np

    row = np.broadcast_to(np.arange(len(labels))[:, None], labels.shape)
    cast = labels >= 0
    cell = row[cast] * n_classes + labels[cast]
    sums = np.bincount(cell, weights=weights[cast], minlength=len(labels) * n_classes)
    shares = sums.reshape(len(labels), n_classes)
    # Rounded, so that equal votes tie whatever order they were added in.
    rounded: NDArray[np.float64] = np.round(shares / shares.sum(axis=1, keepdims=True), _DECIMALS)
    return rounded
