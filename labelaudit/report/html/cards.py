"""Each issue as the page shows it: its row of the table, and its card."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.audit.verdicts import outlier_reason
from labelaudit.report.glossary import KINDS
from labelaudit.report.html.next_steps import explain
from labelaudit.report.wording import HARMLESS, clean, decimal, percent, show_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.report import Kept
    from labelaudit.types import Audit, Card, Issue, Label, Neighbor, Sign

MAX_TEXT = 1200
"""Characters of a row's text that a card shows."""

_MOST_PROBABILITIES = 3
_MOST_NEIGHBORS = 5
_MOST_SIGNS = 8
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
"""Thai and Lao, Burmese, Khmer."""

_LINES = {key: value for key, value in HARMLESS.items() if key not in (0x09, 0x0A)}


@dataclass(frozen=True)
class Bar:
    """How probable the models hold a class; `role` is ``given``, ``suggested`` or empty."""

    label: str
    share: float
    shown: str
    role: str


@dataclass(frozen=True)
class Beside:
    """A similar row."""

    row: int
    label: str
    similarity: str
    excerpt: str


@dataclass(frozen=True)
class Sight:
    """A column that is unusual; see `Sign`."""

    name: str
    value: str
    usual: str
    label: str


@dataclass(frozen=True)
class View:
    """An issue, ready to be put into the page.

    Attributes
    ----------
    issue : Issue
    given, suggested : str
    given_code, suggested_code : int
        -1 where nothing is suggested.
    wrong, order : str
        p(wrong), for people and for sorting.
    row_id, excerpt, explanation, kind : str
    patterns : str
        Numbers of the patterns it belongs to, joined by blanks.
    bars : tuple of Bar
    carded : bool
        Whether there is a card; the rest is empty without.
    opinions : tuple of str
    agree, disagree : tuple of Beside
    words : tuple of (str, tuple of str)
        A class, and the words that speak for it.
    columns : tuple of Sight
    basis, would_change : str
    text : tuple of (str, str)
        Pieces of the row's text, and ``given``, ``other`` or empty for what they speak for.
    command : str
        What tells the evidence that is not here; empty with a card, and where no run is kept.
    """

    issue: Issue
    given: str
    suggested: str
    given_code: int
    suggested_code: int
    wrong: str
    order: str
    row_id: str
    excerpt: str
    explanation: str
    kind: str
    patterns: str = ""
    bars: tuple[Bar, ...] = ()
    carded: bool = False
    opinions: tuple[str, ...] = ()
    agree: tuple[Beside, ...] = ()
    disagree: tuple[Beside, ...] = ()
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: tuple[Sight, ...] = ()
    basis: str = ""
    would_change: str = ""
    text: tuple[tuple[str, str], ...] = ()
    command: str = ""


class Views:
    """Make views of the issues of an audit.

    Parameters
    ----------
    audit : Audit
    kept : Kept or None
        Where commands find the run.
    """

    def __init__(self, audit: Audit, kept: Kept | None = None) -> None:
        self._audit, self._kept = audit, kept
        self._cards = {card.row_id: card for card in audit.cards}
        self._codes = {label: code for code, label in enumerate(audit.classes)}
        self._patterns: dict[str, list[str]] = {}
        for number, pattern in enumerate(() if audit.summary.blind else audit.patterns):
            for row_id in () if pattern.of_labels else pattern.row_ids:
                self._patterns.setdefault(row_id, []).append(str(number))

    def view(self, place: int, *, with_card: bool) -> View:
        """Make the view of the issue at a place of the ranking, from 0.

        Parameters
        ----------
        place : int
        with_card : bool
            Show the card where there is one; else only what the issue says.

        Returns
        -------
        View
        """
        issue = self._audit.issues[place]
        card = self._cards.get(issue.row_id) if with_card else None
        suggested = -1 if issue.suggested is None else self._codes[issue.suggested]
        plain = View(
            issue=issue,
            given=show_label(issue.given),
            suggested=show_label(issue.suggested),
            given_code=self._codes[issue.given],
            suggested_code=suggested,
            wrong=decimal(issue.error_probability),
            order=f"{issue.error_probability:.4f}",
            row_id=clean(issue.row_id),
            excerpt=clean(issue.excerpt),
            explanation=clean(issue.explanation).rstrip("."),
            kind=clean(outlier_reason(issue.explanation)) or KINDS[issue.verdict],
            patterns=" ".join(self._patterns.get(issue.row_id, ())),
            bars=self._bars(place, issue, card),
            command="" if card or self._kept is None else explain(self._kept, issue.rank),
        )
        return plain if card is None else _with(plain, card)

    def _bars(self, place: int, issue: Issue, card: Card | None) -> tuple[Bar, ...]:
        known = self._probabilities(place, issue) if card is None else card.probabilities
        return tuple(
            Bar(show_label(label), max(0.0, min(1.0, share)), percent(share), _role(label, issue))
            for label, share in known
            if not math.isnan(share)
        )

    def _probabilities(self, place: int, issue: Issue) -> list[tuple[Label, float]]:
        """Give the most probable classes, the given and the suggested one always among them."""
        probs = self._audit.issue_pred_probs[place].tolist()
        order = sorted(range(len(probs)), key=lambda code: (-_known(probs[code]), code))
        wanted = {issue.given, issue.suggested}
        classes = self._audit.classes
        return [
            (classes[code], probs[code])
            for rank, code in enumerate(order)
            if rank < _MOST_PROBABILITIES or classes[code] in wanted
        ]


def _known(share: float) -> float:
    return -1.0 if math.isnan(share) else share


def _role(label: Label, issue: Issue) -> str:
    if label == issue.given:
        return "given"
    return "suggested" if label == issue.suggested else ""


def _with(plain: View, card: Card) -> View:
    words = [sign for sign in card.signs if not sign.value and not sign.usual]
    columns = [sign for sign in card.signs if sign.value or sign.usual]
    return replace(
        plain,
        carded=True,
        opinions=tuple(map(clean, card.opinions)),
        agree=_beside(card.agree),
        disagree=_beside(card.disagree),
        words=_by_class(words[:_MOST_SIGNS]),
        columns=tuple(
            Sight(clean(one.name), clean(one.value), clean(one.usual), show_label(one.label))
            for one in columns[:_MOST_SIGNS]
        ),
        basis=clean(card.signs_basis),
        would_change=clean(card.would_change),
        text=highlight(card.text, words[:_MOST_SIGNS], plain.issue.given),
    )


def _beside(neighbors: Sequence[Neighbor]) -> tuple[Beside, ...]:
    return tuple(
        Beside(one.row, show_label(one.label), decimal(one.similarity), clean(one.excerpt))
        for one in neighbors[:_MOST_NEIGHBORS]
    )


def _by_class(signs: Sequence[Sign]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    words: dict[str, list[str]] = {}
    for sign in signs:
        words.setdefault(show_label(sign.label), []).append(clean(sign.name))
    return tuple((label, tuple(names)) for label, names in words.items())


def highlight(text: str, signs: Sequence[Sign], given: Label) -> tuple[tuple[str, str], ...]:
    """Cut a text into pieces, so that the words that speak for a class can be marked.

    Parameters
    ----------
    text : str
    signs : sequence of Sign
        Words as they stand in the text.
    given : Label

    Returns
    -------
    tuple of (str, str)
        Each piece, and ``"given"``, ``"other"`` or ``""``; joined they are the text, cut
        to `MAX_TEXT` and made harmless.
    """
    shown = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    harmless = shown.replace("\r\n", "\n").translate(_LINES)
    side: dict[str, str] = {}
    for sign in signs:
        word = sign.name.translate(_LINES).casefold()
        if word.strip():
            side.setdefault(word, "given" if sign.label == given else "other")
    if not side or not harmless:
        return ((harmless, ""),) if harmless else ()
    longest_first = sorted(side, key=lambda word: (-len(word), word))
    either = "|".join(_bounded(word) for word in longest_first)
    pieces: list[tuple[str, str]] = []
    end = 0
    for found in re.finditer(either, harmless, re.IGNORECASE):
        kind = side.get(found[0].casefold())
        if kind is None:
            continue
        pieces += [(harmless[end : found.start()], ""), (found[0], kind)]
        end = found.end()
    pieces.append((harmless[end:], ""))
    return tuple(piece for piece in pieces if piece[0])


def _bounded(word: str) -> str:
    """Match a whole word; scripts that write without blanks have no bounds to look for."""
    spaced = not any(map(_unspaced, word))
    left = r"(?<!\w)" if spaced and word[0].isalnum() else ""
    right = r"(?!\w)" if spaced and word[-1].isalnum() else ""
    return f"{left}{re.escape(word)}{right}"


def _unspaced(character: str) -> bool:
    wide = unicodedata.east_asian_width(character) == "W"
    return wide or any(low <= ord(character) <= high for low, high in _UNSPACED)
