"""The columns of a row that are unusual for its class, against another class."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.evidence.encode import LARGEST
from labelaudit.types import Sign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from labelaudit.types import Label

COLUMNS_TOLD = 8
LEAST = 0.5
"""Columns that speak less than this, in nats, are not told."""

FEWEST = 5
"""Values of a class below which it has nothing usual."""

CELLS = 5_000_000
"""Numbers that are looked at; fewer rows of wide tables."""

BASIS = (
    "by how usual each value is in rows of either class, column by column, not by the models "
    "themselves"
)

_MOST = 10.0
_PRIOR_ROWS = 5.0
_LAPLACE = math.log(2)
_WIDTH = 60


@dataclass(frozen=True)
class _Numbers:
    """What is usual in one class, for each number column (d,)."""

    known: NDArray[np.intp]
    low: NDArray[np.float64]
    middle: NDArray[np.float64]
    high: NDArray[np.float64]
    spread: NDArray[np.float64]


class ColumnHabits:
    """What the columns of a table usually hold in each class.

    Parameters
    ----------
    table : DataFrame, r rows
        Numbers, dates and text with None, as models see them.
    codes : ndarray of int32, shape (r,)
        -1 for no label.
    classes : sequence of int
        Those that are asked for.
    """

    def __init__(
        self, table: pd.DataFrame, codes: NDArray[np.int32], classes: Sequence[int]
    ) -> None:
        import numpy as np
        from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

        self._table = table
        kinds = list(table.dtypes)
        self._dates = [is_datetime64_any_dtype(kind) for kind in kinds]
        numeric = [
            date or is_numeric_dtype(kind) or is_bool_dtype(kind)
            for date, kind in zip(self._dates, kinds, strict=True)
        ]
        self._number_at = [at for at, one in enumerate(numeric) if one]
        self._text_at = [at for at, one in enumerate(numeric) if not one]
        self._values = np.empty((len(table), len(self._number_at)))
        for place, at in enumerate(self._number_at):
            self._values[:, place] = _as_floats(table.iloc[:, at], date=self._dates[at])
        self._rows = {code: np.flatnonzero(codes == code) for code in classes}
        overall = _usual(self._values[codes >= 0])
        self._least_spread = np.where(overall.spread > 0, overall.spread * 1e-3, np.inf)
        self._numbers = {code: _usual(self._values[rows]) for code, rows in self._rows.items()}
        self._texts: dict[tuple[int, int], Counter[str]] = {}
        self._everywhere: dict[int, Counter[str]] = {}
        self._columns: dict[int, NDArray[Any]] = {}
        for at in self._text_at:
            column = self._columns[at] = table.iloc[:, at].to_numpy()
            self._everywhere[at] = Counter(one for one in column[codes >= 0] if one is not None)
            for code, rows in self._rows.items():
                self._texts[at, code] = Counter(one for one in column[rows] if one is not None)

    def signs(
        self, row: int, given: int, rival: int, names: Mapping[int, Label]
    ) -> tuple[Sign, ...]:
        """Tell which columns of a row speak for which class.

        Numbers and dates: the log-ratio of two Laplace densities, with the median and the
        median absolute deviation of either class. Categories: the log-ratio of their
        frequencies, the row itself left out, with a prior of five rows spread as in all.

        Parameters
        ----------
        row : int
            Position in the table.
        given, rival : int
        names : mapping of int to Label

        Returns
        -------
        tuple of Sign
            At most `COLUMNS_TOLD`, the strongest first; weights relative to the strongest.
        """
        found = [
            *self._number_signs(row, given, rival),
            *self._text_signs(row, given, rival),
        ]
        found = [one for one in found if abs(one[0]) >= LEAST]
        found.sort(key=lambda one: (-abs(one[0]), one[1]))
        told = found[:COLUMNS_TOLD]
        most = max((abs(score) for score, *_ in told), default=1.0)
        return tuple(
            Sign(
                name=name,
                value=value,
                usual=usual,
                weight=round(abs(score) / most, 3),
                label=names[rival if score > 0 else given],
            )
            for score, name, value, usual in told
        )

    def _number_signs(self, row: int, given: int, rival: int) -> list[tuple[float, str, str, str]]:
        import numpy as np

        own, other = self._numbers[given], self._numbers[rival]
        values = self._values[row]
        fits = np.isfinite(values) & (own.known >= FEWEST) & (other.known >= FEWEST)
        fits &= np.isfinite(self._least_spread)
        score = np.zeros(len(values))
        for one, sign in ((own, 1), (other, -1)):
            spread = np.maximum(one.spread, self._least_spread)
            apart = np.abs(values - one.middle) / spread
            score[fits] += sign * (apart + np.log(spread))[fits]
        score = np.clip(score, -_MOST, _MOST).round(6)
        told = []
        for place in np.flatnonzero(np.abs(score) >= LEAST).tolist():
            at = self._number_at[place]
            written = [
                _written(number, date=self._dates[at])
                for number in (values[place], own.middle[place], own.low[place], own.high[place])
            ]
            usual = f"{written[1]} ({written[2]} to {written[3]})"
            told.append((float(score[place]), str(self._table.columns[at]), written[0], usual))
        return told

    def _text_signs(self, row: int, given: int, rival: int) -> list[tuple[float, str, str, str]]:
        told = []
        for at in self._text_at:
            value = self._columns[at][row]
            own, other = self._texts[at, given], self._texts[at, rival]
            own_rows, other_rows = sum(own.values()) - 1, sum(other.values())
            if value is None or own_rows < FEWEST or other_rows < FEWEST:
                continue
            everywhere = self._everywhere[at]
            # The row itself is no witness, nor is a value that no other row holds.
            share = (everywhere[value] - 1) / max(1, sum(everywhere.values()) - 1)
            if share <= 0:
                continue
            prior = _PRIOR_ROWS * share
            score = math.log((other[value] + prior) / (other_rows + _PRIOR_ROWS)) - math.log(
                (own[value] - 1 + prior) / (own_rows + _PRIOR_ROWS)
            )
            common, often = min(own.items(), key=lambda one: (-one[1], one[0]))
            usual = f"{_short(common)} ({100 * often / (own_rows + 1):.0f} %)"
            name = str(self._table.columns[at])
            told.append((round(score, 6), name, _short(str(value)), usual))
        return told


def _usual(values: NDArray[np.float64]) -> _Numbers:
    """Describe rows (r, d) whose gaps are NaN."""
    import numpy as np

    # NaN is sorted to the end.
    ordered = np.sort(values, axis=0)
    known = np.isfinite(ordered).sum(axis=0)
    low, middle, high = (_at_share(ordered, known, share) for share in (0.25, 0.5, 0.75))
    apart = np.sort(np.abs(values - middle), axis=0)
    spread = _at_share(apart, known, 0.5) / _LAPLACE
    mean = np.nansum(apart, axis=0) / np.maximum(known, 1)
    # Most values are one and the same: the others tell how far apart values are.
    return _Numbers(known, low, middle, high, np.where(spread > 0, spread, mean))


def _at_share(
    ordered: NDArray[np.float64], known: NDArray[np.intp], share: float
) -> NDArray[np.float64]:
    """Give the value at a share of the known ones of each column; NaN without any."""
    import numpy as np

    if not len(ordered):
        return np.full(ordered.shape[1], np.nan)
    place = share * np.maximum(known - 1, 0)
    below, above = np.floor(place).astype(np.intp), np.ceil(place).astype(np.intp)
    columns = np.arange(ordered.shape[1])
    value = (ordered[below, columns] + ordered[above, columns]) / 2
    shared: NDArray[np.float64] = np.where(known > 0, value, np.nan)
    return shared


def _as_floats(column: pd.Series[Any], *, date: bool) -> NDArray[np.float64]:
    import numpy as np

    if not date:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), np.clip(values, -LARGEST, LARGEST), np.nan)
    stamps = column.to_numpy(dtype="datetime64[us]")
    seconds: NDArray[np.float64] = stamps.astype(np.int64) / 1e6
    return np.where(np.isnat(stamps), np.nan, seconds)


def _written(number: float, *, date: bool) -> str:
    import numpy as np

    if not date:
        return f"{number:.6g}"
    text = str(np.datetime64(round(number), "s")).replace("T", " ")
    return text.removesuffix(" 00:00:00")


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
