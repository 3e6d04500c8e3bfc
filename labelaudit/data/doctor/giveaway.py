"""How well a single column tells the label, on rows that it was not learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.data.doctor.hits import Hit
from labelaudit.types import Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.doctor.view import Decoded, View
    from labelaudit.types import BoolArray

    Codes = NDArray[np.int64]

FEWEST_ROWS = 50
"""Labelled rows below which a column can tell the label by chance."""

_GIVES_AWAY, _RENAMES, _WORTH_A_CLOSER_LOOK = 0.98, 0.9, 0.4
_SETTLED, _FEWEST_CLASSES, _FEWEST_VALUES = 0.995, 5, 3
_COUNTED_CLASS = 10
_SMALLEST_BIN, _MOST_BINS = 16, 512
_MOST_TABLE = 4_000_000


@dataclass(frozen=True)
class Telling:
    """How well codes tell labels.

    Attributes
    ----------
    accuracy : float
        Share of rows whose label is the majority label of their code in the other half.
    skill : float
        The share of errors of always guessing the largest class that is avoided; 1 for
        none left, 0 or below where the column tells nothing.
    recall : float
        Mean recall of the classes with 10 rows or more.
    """

    accuracy: float
    skill: float
    recall: float

    @property
    def least(self) -> float:
        """The worse of the two figures that a large class cannot make look good."""
        return min(self.skill, self.recall)


def cross_fitted(codes: Codes, y: NDArray[np.integer], half: BoolArray, n_classes: int) -> Telling:
    """Have each half of the rows tell the labels of the other by the majority of each code.

    Parameters
    ----------
    codes : ndarray of int, shape (m,)
        Not negative. A code that the other half does not hold tells its largest class.
    y : ndarray of int, shape (m,)
    half : ndarray of bool, shape (m,)
    n_classes : int

    Returns
    -------
    Telling
    """
    import numpy as np

    size = int(codes.max(initial=0)) + 1
    place = half * size + codes
    table = np.bincount(place * n_classes + y, minlength=2 * size * n_classes)
    table = table.reshape(2, size, n_classes)
    largest = table.sum(axis=1).argmax(axis=1)[:, None]
    told = np.where(table.any(axis=2), table.argmax(axis=2), largest)
    return _judge(told[::-1].ravel()[place] == y, y, n_classes)


def _nearest(
    values: NDArray[np.float64], y: NDArray[np.integer], half: BoolArray, n_classes: int
) -> Telling:
    """Have the nearest row of the other half tell each label; bins blur where classes meet."""
    import numpy as np

    order = np.lexsort((y, values))
    hit = np.zeros(len(y), dtype=bool)
    first, second = order[half[order]], order[~half[order]]
    for rows, others in ((first, second), (second, first)):
        if not len(others):
            continue
        known = values[others]
        after = np.searchsorted(known, values[rows]).clip(max=len(others) - 1)
        before = (after - 1).clip(min=0)
        nearer = known[after] - values[rows] < values[rows] - known[before]
        hit[rows] = y[others[np.where(nearer, after, before)]] == y[rows]
    return _judge(hit, y, n_classes)


def _judge(hit: BoolArray, y: NDArray[np.integer], n_classes: int) -> Telling:
    import numpy as np

    counts = np.bincount(y, minlength=n_classes)
    accuracy, majority = float(hit.mean()), float(counts.max() / len(y))
    enough = counts >= _COUNTED_CLASS
    recalls = np.bincount(y[hit], minlength=n_classes)[enough] / counts[enough]
    return Telling(
        accuracy=accuracy,
        skill=(accuracy - majority) / max(1 - majority, 1e-12),
        recall=float(recalls.mean()) if recalls.size else 0.0,
    )


def giveaways(view: View, one: Decoded) -> list[Hit]:
    """Tell whether a column gives the label away.

    Three things are looked for, on the sample of `View.sample`: that the column alone tells
    nearly every label (``gives-label-away``); that it has one value for each class and
    nearly always the one of its class (``renames-label``); that the label alone tells the
    column, as a coarser label does (``coarse-label``).

    Parameters
    ----------
    view : View
    one : Decoded
        A column that models learn from; texts and embeddings are not looked at.

    Returns
    -------
    list of Hit
        At most one; `share` is the accuracy of the column, out of sample.
    """
    import numpy as np

    rows = view.sample
    if len(rows) < FEWEST_ROWS or one.role in (Role.TEXT, Role.EMBEDDING):
        return []
    y, half, n_classes = view.data.y[rows].astype(np.int64), view.half[rows], len(view.data.classes)
    by_value = one.role == Role.CATEGORICAL and one.is_text
    codes = _repeated(one.codes[rows]) if by_value else _bins(one.numbers[rows])
    size = int(codes.max()) + 1
    if size < 2 or 2 * size * n_classes > _MOST_TABLE:  # noqa: PLR2004 - one value tells nothing
        return []
    told = cross_fitted(codes, y, half, n_classes)
    if not by_value and _WORTH_A_CLOSER_LOOK <= told.least < _GIVES_AWAY:
        closer = _nearest(_lowest_if_missing(one.numbers[rows]), y, half, n_classes)
        told = max(told, closer, key=lambda telling: telling.least)
    if told.least >= _GIVES_AWAY:
        return [Hit("gives-label-away", one.name, share=told.accuracy)]
    if told.least < _RENAMES and n_classes < _FEWEST_CLASSES:
        return []
    n_values = np.unique(codes[codes > 0] if by_value else one.numbers[rows]).size
    if n_values == n_classes and told.least >= _RENAMES:
        return [Hit("renames-label", one.name, share=told.accuracy)]
    coarse = by_value and n_classes >= _FEWEST_CLASSES and _FEWEST_VALUES <= n_values < n_classes
    return _coarse_label(one.name, codes, y, half) if coarse else []


def _coarse_label(name: str, codes: Codes, y: Codes, half: BoolArray) -> list[Hit]:
    settled = cross_fitted(y, codes, half, int(codes.max()) + 1)
    if settled.least < _SETTLED:
        return []
    return [Hit("coarse-label", name, share=settled.accuracy)]


def _repeated(codes: Codes) -> Codes:
    """Give values that occur twice or more a number from 1, and 0 to all others."""
    import numpy as np

    distinct, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    kept = (counts > 1) & (distinct >= 0)
    number = np.where(kept, np.cumsum(kept), 0)
    # Missing cells can tell a label too; a single value cannot.
    number[(distinct < 0) & (counts > 1)] = kept.sum() + 1
    return np.asarray(number[inverse], dtype=np.int64)


def _lowest_if_missing(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    missing = np.isnan(values)
    if not missing.any():
        return values
    lowest, highest = np.nanmin(values), np.nanmax(values)
    return np.where(missing, lowest - (highest - lowest) - 1, values)


def _bins(values: NDArray[np.float64]) -> Codes:
    """Cut numbers into bins of about equally many rows; missing ones are a bin of their own."""
    import numpy as np

    missing = np.isnan(values)
    present = np.sort(values[~missing])
    if not present.size:
        return np.zeros(len(values), dtype=np.int64)
    width = max(_SMALLEST_BIN, -(-len(present) // _MOST_BINS))
    distinct = present[np.r_[True, present[1:] != present[:-1]]]
    repeated = len(distinct) <= min(_MOST_BINS, len(present) / _SMALLEST_BIN)
    edges = distinct if repeated else np.unique(present[::width])
    codes = np.searchsorted(edges, values, "right").astype(np.int64)
    codes[missing] = 0
    return codes
