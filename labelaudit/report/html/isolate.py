"""Names of the data within sentences, kept from turning the words around them.

A sentence is read from left to right; an Arabic or Hebrew class in it would take the numbers
beside it along. Isolated, it is one thing that stands where it was put.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labelaudit.audit.opinions import quoted
from labelaudit.report.wording import clean, show_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labelaudit.types import Label

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RUN = re.compile(rf"[{_RIGHT_TO_LEFT}]+(?:[^\w'\"]+[{_RIGHT_TO_LEFT}]+)*")
_PAIR = re.compile(r" given where (?=.* is suggested$)")


class Isolator:
    """Find the names in sentences about a set of classes.

    Parameters
    ----------
    classes : iterable of Label
    """

    def __init__(self, classes: Iterable[Label]) -> None:
        self._quoted = {clean(quoted(label)) for label in classes}
        self._shown = {show_label(label) for label in classes}

    def pieces(self, sentence: str) -> list[tuple[str, bool]]:
        """Cut a sentence into pieces.

        Parameters
        ----------
        sentence : str
            See `labelaudit.report.wording.clean`.

        Returns
        -------
        list of (str, bool)
            Joined they are the sentence; True for a quoted class and for words of a script
            that runs from right to left.
        """
        pieces: list[tuple[str, bool]] = []
        start = at = 0
        while found := _QUOTED.search(sentence, at):
            if found[0] not in self._quoted:
                # An apostrophe is no quote: the class may begin before what it seemed to end at.
                at = found.start() + 1
                continue
            pieces += [*_runs(sentence[start : found.start()]), (found[0], True)]
            start = at = found.end()
        return [*pieces, *_runs(sentence[start:])]

    def pair(self, name: str) -> list[tuple[str, bool]]:
        """Cut the name of a pattern, such as ``"spam given where ham is suggested"``.

        Parameters
        ----------
        name : str

        Returns
        -------
        list of (str, bool)
            As `pieces` does; True for either class, also where it is not quoted.
        """
        for found in _PAIR.finditer(name):
            given = name[: found.start()]
            suggested = name[found.end() :].removesuffix(" is suggested")
            if given in self._shown and suggested in self._shown:
                return [
                    (given, True),
                    (found[0], False),
                    (suggested, True),
                    (" is suggested", False),
                ]
        return self.pieces(name)


def _runs(text: str) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _RUN.finditer(text):
        pieces += [(text[end : found.start()], False), (found[0], True)]
        end = found.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]
