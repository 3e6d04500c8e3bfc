"""Matching what came back from a spreadsheet to what went out."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

from labelaudit.data.cells import PLAIN_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_TRUTH = frozenset({"true", "false"})


class Lookup(Generic[T]):
    """Finds values by their text, and by their number where that is unambiguous.

    A spreadsheet turns ``1`` into ``1.0``, ``007`` into ``7`` and ``true`` into ``TRUE``,
    and keeps the apostrophe that made a cell harmless.

    Parameters
    ----------
    values : iterable of (str, T)
        Each value with the text it is known by.
    """

    def __init__(self, values: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, T] = dict(values)
        self._loose: dict[float | str, list[str]] = defaultdict(list)
        for text in self._exact:
            key = _loose_key(text)
            if key is not None:
                self._loose[key].append(text)

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
        for candidate in (text, bare, bare.removeprefix("'")):
            if candidate in self._exact:
                return [self._exact[candidate]]
        key = _loose_key(bare.removeprefix("'"))
        return [] if key is None else [self._exact[known] for known in self._loose.get(key, ())]


def _loose_key(text: str) -> float | str | None:
    bare = text.strip()
    if bare.casefold() in _TRUTH:
        return bare.casefold()
    if not PLAIN_NUMBER.fullmatch(bare):
        return None
    number = float(bare)
    return number if math.isfinite(number) else None
