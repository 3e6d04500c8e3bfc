"""The rows of a run that patterns are sought among."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.rank import Ranking
    from labelaudit.types import BoolArray, Dataset, FloatArray, IntArray, Label

    Strata = tuple[NDArray[np.int64], ...]

_BANDS = 10
"""Bands of certainty within each class, at most."""
_ROWS_A_BAND = 50


@dataclass(frozen=True)
class Judged:
    """Rows with a label and an opinion, m of them.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Where they stand in the data.
    y, suggested : ndarray of int32, shape (m,)
        Index into `classes`; -1 for no suggestion.
    flagged : ndarray of bool, shape (m,)
    strata : tuple of ndarray of int64, shape (m,)
        Ways of saying which rows are alike: by given label; and, where models took part, by
        the class that they hold for most probable and how sure of it they are.
    unit : ndarray of int64, shape (m,)
        The same for exact copies with the same label: models cannot tell them apart, so
        that they are one observation however many there are.
    copied : ndarray of bool, shape (m,)
        Whether the row has such a copy.
    key : ndarray of uint64, shape (m,)
        Content hash, the same for copies.
    place : ndarray of int64, shape (m,)
        Place in the ranking, 0 for the most suspicious row.
    row_id : ndarray of str, shape (m,), dtype object
    classes : tuple of Label, length K
    """

    rows: NDArray[np.int64]
    y: IntArray
    suggested: IntArray
    flagged: BoolArray
    strata: Strata
    unit: NDArray[np.int64]
    copied: BoolArray
    key: NDArray[np.uint64]
    place: NDArray[np.int64]
    row_id: NDArray[np.object_]
    classes: tuple[Label, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    def flagged_ids(self, mask: BoolArray) -> tuple[str, ...]:
        """Give the ids of the flagged rows of a mask (m,), the most suspicious first."""
        import numpy as np

        found = np.flatnonzero(mask & self.flagged)
        return tuple(self.row_id[found[np.argsort(self.place[found])]].tolist())


def judged_rows_of(
    data: Dataset,
    ranking: Ranking,
    judged: BoolArray,
    pred_probs: FloatArray | None = None,
) -> Judged:
    """Take the judged rows out of a run.

    Parameters
    ----------
    data : Dataset
        n rows.
    ranking : Ranking
    judged : ndarray of bool, shape (n,)
    pred_probs : ndarray of float32, shape (n, K), optional
        Out-of-fold.

    Returns
    -------
    Judged
    """
    import numpy as np

    rows = np.flatnonzero(judged)
    key = (data.fingerprint if data.feature_key is None else data.feature_key)[rows]
    y = data.y[rows]
    unit, copied = np.arange(len(rows)), np.zeros(len(rows), dtype=bool)
    if data.feature_key is not None and len(rows):
        content = np.unique(key, return_inverse=True)[1].astype(np.int64)
        unit, sizes = np.unique(
            content * len(data.classes) + y, return_inverse=True, return_counts=True
        )[1:]
        copied = sizes[unit] > 1
    place = np.empty(data.n_rows, dtype=np.int64)
    place[ranking.order] = np.arange(data.n_rows)
    return Judged(
        rows=rows,
        y=y,
        suggested=ranking.suggested[rows],
        flagged=ranking.flagged[rows],
        strata=_strata(y, None if pred_probs is None else pred_probs[rows]),
        unit=unit,
        copied=copied,
        key=key,
        place=place[rows],
        row_id=data.row_id[rows],
        classes=data.classes,
    )


def _strata(y: IntArray, pred_probs: FloatArray | None) -> Strata:
    """Say which rows are alike.

    Where models waver there are more flags, whoever labelled. How sure they are does not
    depend on the given label of the row, so that rows as sure are fair to compare.
    """
    import numpy as np

    given = y.astype(np.int64)
    if pred_probs is None or not len(y):
        return (given,)
    probs = np.nan_to_num(pred_probs, nan=-1.0)
    best, sure = probs.argmax(axis=1), probs.max(axis=1)
    band = np.zeros(len(y), dtype=np.int64)
    for code in np.unique(best):
        rows = np.flatnonzero(best == code)
        bands = min(_BANDS, len(rows) // _ROWS_A_BAND)
        if bands > 1:
            ordered = np.sort(sure[rows])
            edges = ordered[np.arange(1, bands) * len(rows) // bands]
            band[rows] = np.searchsorted(edges, sure[rows], side="right")
    return (given, np.unique(best * _BANDS + band, return_inverse=True)[1].astype(np.int64))


def without_copies(judged: Judged, cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keep one of the copies of a row that fall into the same cell.

    Parameters
    ----------
    judged : Judged
        m rows.
    cell : ndarray of int64, shape (m,)
        0 or more.

    Returns
    -------
    ndarray of int64
        Which of the m rows are kept.
    """
    import numpy as np

    copies = np.flatnonzero(judged.copied)
    if not copies.size:
        return np.arange(len(judged))
    width = int(cell.max()) + 1
    # A copy that is flagged stands for the others: which one is kept must not depend on
    # the order of rows.
    copies = copies[np.argsort(~judged.flagged[copies], kind="stable")]
    first = np.unique(judged.unit[copies] * width + cell[copies], return_index=True)[1]
    return np.sort(np.concatenate([np.flatnonzero(~judged.copied), copies[first]]))
