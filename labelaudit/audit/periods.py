"""Points in time, cut into periods that hold enough rows to compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.errors import SettingError, did_you_mean
from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, Dataset, IntArray

    Times = NDArray[np.datetime64]
    Numbers = NDArray[np.int64]

LEAST_ROWS = 30
"""Judged rows of a period; neighbouring ones are joined until they have them."""
MOST_PERIODS = 60
LEAST_PERIODS = 2

_STRETCHES = 24
_SHOWN = 5
_READABLE = 0.5
_MOSTLY = 0.8
_YEARS = (1000, 3000)
_SECONDS = (1e8, 1e11)
_MILLISECONDS = (1e11, 1e14)
_EPOCH_MONDAY = 3
"""1 January 1970 was a Thursday."""
_MONTHS_OF_QUARTER = 3


@dataclass(frozen=True)
class Periods:
    """Rows by period.

    Attributes
    ----------
    column : str
    unit : str
        ``"hour"``, ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"year"``, or
        ``"stretch"`` where numbers stand for time.
    codes : ndarray of int32, shape (m,)
        In order of time; -1 where a row has no time.
    first, last : tuple of str
        What the first and the last unit of each period is called.
    """

    column: str
    unit: str
    codes: IntArray
    first: tuple[str, ...]
    last: tuple[str, ...]

    def name(self, start: int, end: int) -> str:
        """Call the stretch from period `start` to `end`, included."""
        one, other = self.first[start], self.last[end]
        return one if one == other else f"{one} to {other}"


def check_time(data: Dataset, name: str | None) -> None:
    """Refuse a column that holds no times, before models are fitted.

    Parameters
    ----------
    data : Dataset
    name : str or None
        What the setting `time` names.

    Raises
    ------
    SettingError
        When it is not there, or less than half its filled cells can be read.
    """
    if name is None:
        return
    known = data.table.column_names
    if name not in known:
        raise SettingError(
            f"there is no column {name!r}",
            where="--time",
            hint=did_you_mean(name, known) or f"there are {', '.join(known[:_SHOWN])}",
        )
    column = data.table.column(name)
    filled, readable = _filled(column), _readable(column)
    if readable < _READABLE * max(1, filled):
        only = f"only {readable:,} of {filled:,} cells of column {name!r} are points in time"
        raise SettingError(
            only if readable else f"column {name!r} holds no points in time",
            where="--time",
            hint="write them like 2024-05-31 or 2024-05-31 13:00, or name another column",
        )


def _filled(column: pa.ChunkedArray) -> int:
    """Count the cells that something stands in: a CSV file has no other null than blanks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = cells.plain(column)
    if not cells.is_text(plain.type):
        number = pa.types.is_floating(plain.type)
        return len(plain) - int(pc.sum(plain.is_null(nan_is_null=number)).as_py() or 0)
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(plain.drop_null()))
    missing = pa.array(sorted(cells.NUMBER_TOKENS_FOR_MISSING), texts.type)
    return len(texts) - int(pc.sum(pc.is_in(texts, value_set=missing)).as_py() or 0)


def _readable(column: pa.ChunkedArray) -> int:
    """Count the cells that are times, or numbers in their order."""
    import numpy as np

    times, numbers = times_of(column), _numbers(column)
    known = 0 if times is None else int((~np.isnat(times)).sum())
    return max(known, 0 if numbers is None else int((~np.isnan(numbers)).sum()))


def periods_of(data: Dataset, rows: NDArray[np.int64], name: str) -> Periods | None:
    """Cut rows into periods by a column of times, or of numbers that count onwards.

    Parameters
    ----------
    data : Dataset
    rows : ndarray of int64, shape (m,)
        Of the judged rows.
    name : str

    Returns
    -------
    Periods or None
        None where they make no two periods.
    """
    column = data.table.column(name).take(rows)
    times = times_of(column)
    if times is not None:
        return periods(name, times)
    numbers = _numbers(column)
    return None if numbers is None else stretches(name, numbers)


def time_notices(data: Dataset, judged: BoolArray, name: str | None) -> tuple[Notice, ...]:
    """Say how many rows are left out where changes over time are looked for.

    Parameters
    ----------
    data : Dataset
        n rows.
    judged : ndarray of bool, shape (n,)
    name : str or None
        The column of times; None where there is none.

    Returns
    -------
    tuple of Notice
        None where every judged row has a time, or no row has one.
    """
    import numpy as np

    if name is None:
        return ()
    rows = np.flatnonzero(judged)
    undated = len(rows) - _readable(data.table.column(name).take(rows))
    if undated in (0, len(rows)):
        return ()
    have = "has" if undated == 1 else "have"
    return (
        Notice(
            "rows-without-time",
            f"{undated:,} of {len(rows):,} judged rows {have} no time in column {name!r}: they "
            "are left out where changes over time are looked for.",
        ),
    )


def stretches(column: str, numbers: NDArray[np.float64]) -> Periods | None:
    """Cut numbers that count onwards into stretches of equally many rows.

    Parameters
    ----------
    column : str
    numbers : ndarray of float64, shape (m,)
        NaN where there is none.

    Returns
    -------
    Periods or None
        None where they make no two.
    """
    import numpy as np

    known = ~np.isnan(numbers)
    present = np.sort(numbers[known])
    n = min(_STRETCHES, len(present) // LEAST_ROWS)
    if n < LEAST_PERIODS:
        return None
    edges = np.unique(present[np.arange(1, n) * len(present) // n])
    codes = np.full(len(numbers), -1, dtype=np.int32)
    place = np.searchsorted(edges, numbers[known], side="right")
    codes[known] = np.unique(place, return_inverse=True)[1]
    parts = [numbers[codes == code] for code in range(int(codes.max()) + 1)]
    if len(parts) < LEAST_PERIODS:
        return None
    first = tuple(f"{part.min():.10g}" for part in parts)
    return Periods(column, "stretch", codes, first, tuple(f"{part.max():.10g}" for part in parts))


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64] | None:
    import pyarrow as pa

    kind = cells.plain(column).type
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return cells.numbers(column) if number or cells.is_text(kind) else None


def times_of(column: pa.ChunkedArray) -> Times | None:
    """Read points in time: dates, years, or seconds and milliseconds since 1970.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n

    Returns
    -------
    ndarray of datetime64[us], shape (n,), or None
        NaT where there is none; None where the column holds something else.
    """
    import pyarrow as pa

    plain = cells.plain(column)
    kind = plain.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return cells.dates(plain)
    numbers = _numbers(plain)
    read = cells.dates(plain) if cells.is_text(kind) else None
    return None if numbers is None else _of_numbers(numbers, read)


def _of_numbers(values: NDArray[np.float64], read: Times | None) -> Times | None:
    """Take numbers for years or times since 1970, where they are that throughout."""
    import numpy as np

    known = ~np.isnan(values)
    present = values[known]
    if read is not None and (~np.isnat(read)).sum() >= max(1, present.size):
        return read
    if not present.size:
        return None
    low, high = float(present.min()), float(present.max())
    times = np.full(len(values), "NaT", dtype="datetime64[us]")
    if _YEARS[0] <= low and high <= _YEARS[1] and (present == np.floor(present)).all():
        times[known] = (present.astype(np.int64) - 1970).astype("datetime64[Y]")
    elif _SECONDS[0] <= low and high < _SECONDS[1]:
        times[known] = (present * 1e6).astype(np.int64).astype("datetime64[us]")
    elif _MILLISECONDS[0] <= low and high < _MILLISECONDS[1]:
        times[known] = (present * 1e3).astype(np.int64).astype("datetime64[us]")
    else:
        return None
    return times


def periods(column: str, times: Times) -> Periods | None:
    """Cut time into the finest periods that hold enough rows.

    Of years, quarters, months, weeks, days and hours, the last is taken that makes at most
    `MOST_PERIODS` and gives most rows a period of `LEAST_ROWS` rows; units with fewer are
    joined with those after them.

    Parameters
    ----------
    column : str
    times : ndarray of datetime64[us], shape (m,)
        Of the judged rows.

    Returns
    -------
    Periods or None
        None where they make no two periods.
    """
    import numpy as np

    known = ~np.isnat(times)
    best: Periods | None = None
    for unit, (number, name) in _UNITS.items():
        numbers = number(times[known])
        if not numbers.size:
            return None
        units, place, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
        joined = _join(sizes)
        n = int(joined[-1]) + 1
        thin = sizes[sizes >= LEAST_ROWS].sum() < _MOSTLY * len(numbers)
        if n > MOST_PERIODS or (best is not None and thin):
            break
        if n < LEAST_PERIODS or (best is not None and n == len(best.first)):
            continue
        codes = np.full(len(times), -1, dtype=np.int32)
        codes[known] = joined[place]
        bounds = [np.flatnonzero(joined == period)[[0, -1]] for period in range(n)]
        names = [(name(int(units[a])), name(int(units[b]))) for a, b in bounds]
        best = Periods(column, unit, codes, tuple(a for a, _ in names), tuple(b for _, b in names))
    return best


def _join(sizes: Numbers) -> Numbers:
    """Join units into periods of enough rows; a thin end joins the period before."""
    import numpy as np

    joined = np.zeros(len(sizes), dtype=np.int64)
    period, held = 0, 0
    for at, size in enumerate(sizes.tolist()):
        joined[at] = period
        held += size
        if held >= LEAST_ROWS:
            period, held = period + 1, 0
    if held and period:
        joined[joined == period] = period - 1
    return joined


def _by(code: str) -> Callable[[Times], Numbers]:
    def number(times: Times) -> Numbers:
        import numpy as np

        return times.astype(f"datetime64[{code}]").astype(np.int64)

    return number


def _text(code: str) -> Callable[[int], str]:
    def name(number: int) -> str:
        import numpy as np

        return str(np.array([number]).astype(f"datetime64[{code}]")[0]).replace("T", " ")

    return name


def _week(times: Times) -> Numbers:
    return (_by("D")(times) + _EPOCH_MONDAY) // 7


def _quarter_name(number: int) -> str:
    return f"{1970 + number // 4}-Q{number % 4 + 1}"


_UNITS: dict[str, tuple[Callable[[Times], Numbers], Callable[[int], str]]] = {
    "year": (_by("Y"), _text("Y")),
    "quarter": (lambda times: _by("M")(times) // _MONTHS_OF_QUARTER, _quarter_name),
    "month": (_by("M"), _text("M")),
    "week": (_week, lambda number: _text("D")(7 * number - _EPOCH_MONDAY)),
    "day": (_by("D"), _text("D")),
    "hour": (_by("h"), lambda number: _text("h")(number) + ":00"),
}
