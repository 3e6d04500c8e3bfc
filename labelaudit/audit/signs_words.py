"""The words of a text that speak for one class or for another, by how often either holds them."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from labelaudit.evidence.encode_text import UNSPACED, WORD
from labelaudit.types import Sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labelaudit.types import Label

WORDS_OF_A_CLASS = 6
"""Words that are told for either class."""

PRIOR = 0.1
"""The prior counts every row of any class as this much of a row of either."""

LEAST = 0.2
"""Words that lean less than this, in nats, are not told."""

BASIS = "by how many rows of either class hold each word, not by the models themselves"

_WORD = re.compile(WORD)
_READ = 20_000  # characters of a row


class WordCounts:
    """How many rows of each class hold each word.

    Parameters
    ----------
    texts : sequence of str
    codes : sequence of int
        The class of each; rows of -1 are not counted.
    asked : sequence of str
        Only their words are counted.
    """

    def __init__(self, texts: Sequence[str], codes: Sequence[int], asked: Sequence[str]) -> None:
        known = {key for text in asked for key in _keys(text)}
        self._rows: dict[int, Counter[str]] = {}
        self._total: Counter[int] = Counter()
        for text, code in zip(texts, codes, strict=True):
            if code >= 0:
                keys = _keys(text)
                self._total[code] += len(keys)
                self._rows.setdefault(code, Counter()).update(keys & known)
        self._everywhere: Counter[str] = Counter()
        for counted in self._rows.values():
            self._everywhere.update(counted)
        self._all = sum(self._total.values())

    def lean(self, word: str, given: int, rival: int, own: int) -> float:
        """Give how far a word leans to the rival, in nats.

        Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn:
        Fightin' Words, 2008), over rows that hold a word instead of occurrences; one
        standard error nearer to 0, so that neither frequent nor rare words prevail.

        Parameters
        ----------
        word : str
            As counted, in lower case.
        given, rival : int
            Classes.
        own : int
            How many different words the row itself has, which is left out of its class; 0
            where it is not among those counted.

        Returns
        -------
        float
            Negative where it leans to the given class; 0 where that is not sure.
        """
        out = own > 0
        prior = PRIOR * (self._everywhere[word] - out)
        all_prior = PRIOR * (self._all - own)
        logits, variance = [], 0.0
        for code, left_out in ((rival, 0), (given, own)):
            here = self._rows.get(code, Counter())[word] - (out if left_out else 0) + prior
            rest = self._total[code] - left_out + all_prior - here
            if here <= 0 or rest <= 0:
                return 0.0
            logits.append(math.log(here / rest))
            variance += 1 / here
        ratio = logits[0] - logits[1]
        return math.copysign(max(0.0, abs(ratio) - math.sqrt(variance)), ratio)


def word_signs(
    counts: WordCounts,
    text: str,
    shown: str,
    given: int,
    rival: int,
    names: Mapping[int, Label],
) -> tuple[Sign, ...]:
    """Tell which words of a text speak for the given class and which for another.

    Parameters
    ----------
    counts : WordCounts
        Over rows among which the text itself stands, under the given class.
    text : str
        All of it.
    shown : str
        The beginning of it that the signs must stand in.
    given, rival : int
    names : mapping of int to Label

    Returns
    -------
    tuple of Sign
        At most `WORDS_OF_A_CLASS` for either class, the strongest first.
    """
    own = len(_keys(text))
    as_written: dict[str, str] = {}
    for written, key in _words(shown):
        as_written.setdefault(key, written)
    scored = sorted(
        ((round(counts.lean(key, given, rival, own), 6), key) for key in as_written),
        key=lambda one: (-abs(one[0]), one[1]),
    )
    told: list[tuple[float, str]] = []
    left = {True: WORDS_OF_A_CLASS, False: WORDS_OF_A_CLASS}
    for score, key in scored:
        if abs(score) >= LEAST and left[score > 0]:
            left[score > 0] -= 1
            told.append((score, key))
    most = max((abs(score) for score, _ in told), default=1.0)
    return tuple(
        Sign(
            name=as_written[key],
            value="",
            usual="",
            weight=round(abs(score) / most, 3),
            label=names[rival if score > 0 else given],
        )
        for score, key in told
    )


def _keys(text: str) -> set[str]:
    """Give the different words of a text as they are counted."""
    if UNSPACED.search(text):
        return {key for _, key in _words(text)}
    found = map(str.lower, _WORD.findall(text[:_READ]))
    return {word for word in found if len(word) > 1 and not word.isdigit()}


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Give each word as it is written and as it is counted.

    Scripts without spaces are cut into pairs of characters; single letters are left out.
    """
    for found in _WORD.finditer(text[:_READ]):
        written = found[0]
        if UNSPACED.search(written):
            for at in range(max(1, len(written) - 1)):
                yield written[at : at + 2], written[at : at + 2]
        elif len(lower := written.lower()) > 1 and not lower.isdigit():
            yield written, lower
