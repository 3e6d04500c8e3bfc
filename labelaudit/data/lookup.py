"""Matching what came back from a spreadsheet to what went out."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from labelaudit.data.cells import PLAIN_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

T = TypeVar("T")

_TRUTH = frozenset({"true", "false"})
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?", re.ASCII)
_TIME = re.compile(
    r"(?P<day>\S+?)(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?)?", re.ASCII
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})", re.ASCII)
_CENTURY = 2000


class Lookup(Generic[T]):
    """Finds values by their text, else by what is left of it after a spreadsheet or a person.

    Outer spaces are lost or added. A spreadsheet turns ``1`` into ``1.0``, ``1.5`` into
    ``1,5``, ``007`` into ``7``, ``100000`` into ``1E+05``, ``2024-01-31`` into ``31.01.2024``
    or ``1/31/24`` and ``true`` into ``TRUE``, and keeps the apostrophe that made a cell
    harmless.

    Parameters
    ----------
    values : iterable of (str, T)
        Each value with the text it is known by.
    """

    def __init__(self, values: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, T] = dict(values)
        self._loose: dict[object, list[str]] | None = None

    def find(self, text: str) -> list[T]:
        """Give the values a text can mean.

        Parameters
        ----------
        text : str

        Returns
        -------
        list of T
            One when it is clear, none when it is unknown, several when it is ambiguous.
        """
        bare = text.strip()
        for candidate in (text, text.removeprefix("'"), bare, bare.removeprefix("'")):
            if candidate in self._exact:
                return [self._exact[candidate]]
        loose = self._by_loose_key()
        for candidate in dict.fromkeys((bare, bare.removeprefix("'"))):
            known = dict.fromkeys(
                one for key in _loose_keys(candidate) for one in loose.get(key, ())
            )
            if known:
                return [self._exact[one] for one in known]
        return []

    def _by_loose_key(self) -> Mapping[object, list[str]]:
        """Read every value once, and only when a text is not found as it is."""
        if self._loose is None:
            self._loose = defaultdict(list)
            for text in self._exact:
                if text.strip():
                    # A value itself is read one way only: it went out as it was.
                    self._loose[next(_loose_keys(text))].append(text)
        return self._loose


def _loose_keys(text: str) -> Iterator[object]:
    """Give what a text may stand for, the likeliest first; at least one."""
    bare = text.strip()
    if bare.casefold() in _TRUTH:
        yield bare.casefold()
        return
    plain = bare.replace(",", ".") if _DECIMAL_COMMA.fullmatch(bare) else bare
    if PLAIN_NUMBER.fullmatch(plain):
        number = float(plain)
        yield number if math.isfinite(number) else bare
        return
    dates: list[object] = list(_dates(bare))
    yield from dates or [bare]


def _dates(text: str) -> Iterator[datetime]:
    """Read a date in each way that a spreadsheet may write it, seconds left out."""
    found = _TIME.fullmatch(text)
    if found is None:
        return
    hour, minute = int(found["hour"] or 0), int(found["minute"] or 0)
    if year_first := _YEAR_FIRST.fullmatch(found["day"]):
        orders = [tuple(map(int, year_first.groups()))]
    elif year_last := _YEAR_LAST.fullmatch(found["day"]):
        one, two, year = map(int, year_last.groups())
        year += _CENTURY if year < 100 else 0  # noqa: PLR2004
        orders = [(year, one, two), (year, two, one)] if one != two else [(year, one, two)]
    else:
        return
    for year, month, day in orders:
        try:
            yield datetime(year, month, day, hour, minute)  # noqa: DTZ001 - as the text has it
        except ValueError:
            continue
