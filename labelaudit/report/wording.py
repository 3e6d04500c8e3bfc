"""How every report for people writes things: harmless text, numbers, rates, short names."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from labelaudit.audit.opinions import share
from labelaudit.audit.tables import label_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.types import Label

NONE = "\u2013"
"""What stands where a value is unknown or absent."""

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (0x00AD, 0x200B, *range(0x2060, 0x2065), 0xFEFF, *range(0xE0000, 0xE0080))
HARMLESS = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\u2421",
    **{code: f"[U+{code:04X}]" for code in (*range(0x80, 0xA0), *_BIDI, *_INVISIBLE)},
    # Bytes that were no text in the first place.
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
"""What stands for a character that would act on a terminal or cannot be seen, by its code."""


def clean(text: str) -> str:
    """Make text of a data file fit to be shown on one line of a terminal.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        White space is one space; control characters, bidirectional overrides and
        invisible characters are visible signs that do nothing, such as ``[U+FEFF]``.
    """
    return " ".join(text.split()).translate(HARMLESS)


def show_label(label: Label | None) -> str:
    """Write a class for people.

    Parameters
    ----------
    label : Label or None

    Returns
    -------
    str
        A dash for None; quotes around a label that is empty or white space.
    """
    if label is None:
        return NONE
    return clean(label_text(label)) or f'"{label}"'


def count(number: int) -> str:
    """Write a count with thousands separators, such as ``2,706``."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """Write a count with its noun, such as ``1 row`` or ``2,706 rows``."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def percent(part: float) -> str:
    """Write a share in [0, 1] as ``8.0 %``, never as 0 or 100 when it is neither."""
    return NONE if math.isnan(part) else f"{_percentage(part)} %"


def percent_range(low: float, high: float) -> str:
    """Write two shares in [0, 1] as a range in percent, or as one where they look the same."""
    if math.isnan(low) or math.isnan(high):
        return NONE
    ends = list(dict.fromkeys((_percentage(low), _percentage(high))))
    return "\u2013".join(ends) + " %"


def decimal(value: float) -> str:
    """Write a probability as `share` does, such as ``0.93``; a dash for NaN."""
    return NONE if math.isnan(value) else share(value)


def figure(value: float) -> str:
    """Write a number that is no probability with two decimals; a dash for NaN."""
    return NONE if math.isnan(value) else f"{value:.2f}"


def arrow(given: str, suggested: str) -> str:
    """Write what becomes what, as ``given → suggested``."""
    return f"{given} → {suggested}"


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Abbreviate detector names, so that each abbreviation stands for one of them.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict of str to str
        Name to abbreviation, in the order given: initials such as ``CL`` for
        ``confident-learning``; where two names share them, the first two letters of each
        word, such as ``LaPo`` and ``LoPe``; where those are shared, too, the names. The
        order has no say.
    """
    ways = {name: _abbreviations(name) for name in names}
    chosen = dict.fromkeys(ways, 0)
    while True:
        shown = {name: ways[name][way].casefold() for name, way in chosen.items()}
        taken = Counter(shown.values())
        shared = [
            name
            for name, way in chosen.items()
            if taken[shown[name]] > 1 and way + 1 < len(ways[name])
        ]
        if not shared:
            return {name: ways[name][way] for name, way in chosen.items()}
        for name in shared:
            chosen[name] += 1


def legend(shorts: Mapping[str, str]) -> str:
    """Spell abbreviations out, such as ``CL confident-learning, D duplicates``."""
    return ", ".join(f"{short} {name}" for name, short in shorts.items() if short != name)


def _abbreviations(name: str) -> tuple[str, str, str]:
    words = name.replace("_", "-").split("-")
    initials = "".join(word[:1] for word in words).upper()
    return initials, "".join(word[:2].capitalize() for word in words), name


def _percentage(part: float) -> str:
    text = f"{100 * part:.1f}"
    if text == "0.0" and part > 0:
        return "<0.1"
    return ">99.9" if text == "100.0" and part < 1 else text
