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
    """Finds values by their text, else by what is left of it after a spreadsheet or a person.

    Outer spaces are lost or added. A spreadsheet turns ``1`` into ``1.0``, ``007`` into ``7``
    and ``true`` into ``TRUE``, and keeps the apostrophe that made a cell harmless.

    Parameters
    ----------
    values : iterable of (str, T)
        Each value with the text it is known by.
    """

    def __init__(self, values: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, T] = dict(values)
        self._loose: dict[float | str, list[str]] = defaultdict(list)
        for text in self._exact:
            if text.strip():
                self._loose[_loose_key(text)].append(text)

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
        for candidate in (bare, bare.removeprefix("'")):
            if known := self._loose.get(_loose_key(candidate)):
                return [self._exact[one] for one in known]
        return []


def _loose_key(text: str) -> float | str:
    bare = text.strip()
    if bare.casefold() in _TRUTH:
        return bare.casefold()
    if not PLAIN_NUMBER.fullmatch(bare):
        return bare
    number = float(bare)
    return number if math.isfinite(number) else bare
