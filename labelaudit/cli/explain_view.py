"""A card on the terminal, and as JSON."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from rich.text import Text

from labelaudit.audit.cards_kept import issue_of
from labelaudit.audit.plain import to_plain
from labelaudit.report.findings import sentences
from labelaudit.report.grid import Column, fit, print_grid, wrap
from labelaudit.report.json import json_bytes
from labelaudit.report.wording import NONE, arrow, clean, count, decimal, show_label
from labelaudit.types import SEVERITIES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from labelaudit.types import Audit, Card, Label, Neighbor, Sign

SCHEMA_VERSION = 1
"""Raised when a key is renamed, removed, or means something else."""

AGAINST, FOR = "bold red", "bold green"
"""How words are shown that speak against the given label, and for it."""

_GUESSES = "What it says of one row is no reason to change its label or to trust it."
_BAR = 20
_MARKS = {AGAINST: ("[", "]"), FOR: ("{", "}")}


def card_json(audit: Audit, row: int, card: Card, *, run_id: str) -> bytes:
    """Write a card as JSON.

    Parameters
    ----------
    audit : Audit
    row : int
        0-based position in the run.
    card : Card
    run_id : str

    Returns
    -------
    bytes
        UTF-8; floats have 6 significant digits, NaN is null. ``blind`` tells whether the
        run cannot see errors, so that nothing else here is a reason to change a label or to
        trust one; ``blind_reason`` why, null where it can.
    """
    issue = issue_of(audit, row)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "blind": bool(audit.summary.blind),
        "blind_reason": audit.summary.blind or None,
        "run": run_id,
        "row_id": str(audit.row_id[row]),
        "row": row,
        "line": None if issue is None else issue.line,
        "given": _label(audit, int(audit.given[row])),
        "suggested": _label(audit, int(audit.suggested[row])),
        "flagged": bool(audit.flagged[row]),
        "accepted": bool(audit.accepted[row]),
        "rank": None if issue is None else issue.rank,
        "severity": None if issue is None else issue.severity,
        "verdict": None if issue is None else issue.verdict,
        "error_probability": float(audit.error_probability[row]),
        "suspicion": float(audit.suspicion[row]),
        "detectors": [] if issue is None else issue.detectors,
        "explanation": None if issue is None else issue.explanation,
        "card": card,
    }
    return json_bytes({name: to_plain(value) for name, value in document.items()}, indent=2)


def print_card(console: Console, audit: Audit, row: int, card: Card) -> None:
    """Print a card, cut to the width of the console; of a blind run, that first.

    Parameters
    ----------
    console : rich.console.Console
    audit : Audit
    row : int
        0-based position in the run.
    card : Card
    """
    given = _label(audit, int(audit.given[row]))
    if audit.summary.blind:
        _say(f"{sentences(audit)[0]} {_GUESSES}", console, "bold white on red")
        console.print()
    _say(_title(audit, row), console, "bold")
    _say(_state(audit, row), console)
    if card.text:
        _heading("Text", console)
        _print_text(card, given, console)
    if any(math.isfinite(share) for _, share in card.probabilities):
        _heading("Probabilities, held out", console)
        _print_probabilities(card, given, console)
    _heading("Opinions", console)
    for opinion in card.opinions:
        _item(opinion, console)
    suggested = _label(audit, int(audit.suggested[row]))
    labels = {one.label for one in card.agree} if suggested is None else {suggested}
    other = f"labelled {show_label(*labels)}" if len(labels) == 1 else "with other labels"
    _print_neighbors(f"Most similar rows {other}", card.agree, console)
    _print_neighbors(f"Most similar rows labelled {show_label(given)}", card.disagree, console)
    _print_signs(card, given, console)
    if card.would_change:
        _heading("What would change this", console)
        _say(card.would_change, console, indent=2)


def _label(audit: Audit, code: int) -> Label | None:
    return audit.classes[code] if code >= 0 else None


def _title(audit: Audit, row: int) -> str:
    issue = issue_of(audit, row)
    place = f"row {count(row)} of {audit.source.path}"
    if issue is not None and issue.line is not None:
        place += f", line {count(issue.line)}"
    rank = "" if issue is None else f"#{issue.rank}, "
    return f"{audit.row_id[row]} ({rank}{place})"


def _state(audit: Audit, row: int) -> str:
    given = show_label(_label(audit, int(audit.given[row])))
    issue = issue_of(audit, row)
    if issue is None:
        why = "its label is on record as right" if audit.accepted[row] else "not flagged"
        error = float(audit.error_probability[row])
        return f"{given}: {why}; p(wrong) {NONE if math.isnan(error) else decimal(error)}"
    severity = SEVERITIES[audit.severity[row]].value
    change = arrow(given, show_label(issue.suggested))
    return (
        f"{change}: p(wrong) {decimal(issue.error_probability)}, "
        f"{severity}, {VERDICTS[audit.verdict[row]].value}"
    )


def _heading(title: str, console: Console) -> None:
    console.print()
    _say(title, console, "bold underline")


def _say(text: str, console: Console, style: str = "", *, indent: int = 0) -> None:
    for line in wrap(clean(text), console.width - indent):
        console.print(" " * indent, Text(line, style), sep="", highlight=False)


def _item(text: str, console: Console) -> None:
    for at, line in enumerate(wrap(clean(text), console.width - 4)):
        console.print("    " if at else "  - ", Text(line), sep="", highlight=False)


def _print_text(card: Card, given: Label | None, console: Console) -> None:
    """Print the text with the words that speak, marked by signs where there is no colour."""
    styles = {
        clean(sign.name).lower(): FOR if sign.label == given else AGAINST
        for sign in card.signs
        if not sign.value
    }
    pieces = _pieces(clean(card.text), styles)
    if console.color_system is None:
        marked = "".join(
            f"{before}{piece}{after}"
            for piece, style in pieces
            for before, after in [_MARKS.get(style, ("", ""))]
        )
        _say(marked, console, indent=2)
        if any(style for _, style in pieces):
            own = show_label(given)
            _say(f"[words] speak against {own}, {{words}} for it.", console, indent=2)
        return
    for line in wrap(clean(card.text), console.width - 2):
        shown = Text()
        for piece, style in _pieces(line, styles):
            shown.append(piece, style)
        console.print("  ", shown, sep="", highlight=False)


def _pieces(line: str, styles: dict[str, str]) -> list[tuple[str, str]]:
    if not styles:
        return [(line, "")]
    longest_first = sorted(styles, key=lambda word: (-len(word), word))
    # Within a longer word a sign is no word; scripts without spaces have no such bounds.
    bounded = [
        re.escape(word) if _unspaced(word) else rf"(?<!\w){re.escape(word)}(?!\w)"
        for word in longest_first
    ]
    pieces = []
    done = 0
    for found in re.finditer("|".join(bounded), line, re.IGNORECASE):
        pieces += [(line[done : found.start()], ""), (found[0], styles.get(found[0].lower(), ""))]
        done = found.end()
    return [*pieces, (line[done:], "")]


def _unspaced(word: str) -> bool:
    from labelaudit.evidence.encode_text import UNSPACED

    return UNSPACED.search(word) is not None


def _print_probabilities(card: Card, given: Label | None, console: Console) -> None:
    labels = tuple(show_label(label) for label, _ in card.probabilities)
    shares = [share for _, share in card.probabilities]
    print_grid(
        fit(
            [
                Column("  class", tuple(f"  {label}" for label in labels), least=14, middle=True),
                Column("p", tuple(map(decimal, shares)), right=True),
                Column("", tuple("█" * round(_BAR * share) for share in shares), expendable=1),
                Column(
                    "",
                    tuple("given" if label == given else "" for label, _ in card.probabilities),
                ),
            ],
            console.width,
        ),
        console,
    )


def _print_neighbors(title: str, neighbors: Sequence[Neighbor], console: Console) -> None:
    if not neighbors:
        return
    _heading(title, console)
    columns = [
        Column("  alike", tuple(f"   {decimal(one.similarity)}" for one in neighbors)),
        Column("id", tuple(clean(one.row_id) for one in neighbors), least=8, middle=True),
        Column("label", tuple(show_label(one.label) for one in neighbors), least=8, middle=True),
        Column("excerpt", tuple(clean(one.excerpt) for one in neighbors), least=20),
    ]
    if len({one.label for one in neighbors}) == 1:
        del columns[2]
    print_grid(fit(columns, console.width), console)


def _print_signs(card: Card, given: Label | None, console: Console) -> None:
    words = [sign for sign in card.signs if not sign.value]
    cells = [sign for sign in card.signs if sign.value]
    if not card.signs:
        return
    _heading("What speaks for which class", console)
    for label in dict.fromkeys(sign.label for sign in words):
        told = ", ".join(clean(sign.name) for sign in words if sign.label == label)
        style = FOR if label == given else AGAINST
        _say(f"{show_label(label)}: {told}", console, style, indent=2)
    if cells:
        print_grid(fit(_sign_columns(cells, given), console.width), console)
    _say(f"({card.signs_basis})", console, "dim", indent=2)


def _sign_columns(cells: Sequence[Sign], given: Label | None) -> list[Column]:
    return [
        Column("  column", tuple(f"  {clean(one.name)}" for one in cells), least=12, middle=True),
        Column("value", tuple(clean(one.value) for one in cells), least=10, middle=True),
        Column(
            f"usual for {show_label(given)}",
            tuple(clean(one.usual) for one in cells),
            least=14,
            middle=True,
        ),
        Column(
            "speaks for",
            tuple(show_label(one.label) for one in cells),
            least=10,
            middle=True,
            styles=tuple(FOR if one.label == given else AGAINST for one in cells),
        ),
        Column("weight", tuple(f"{one.weight:.2f}" for one in cells), right=True, expendable=1),
    ]
