"""The words and numbers of every report for people: sentences, rates, harmless text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.types import SEVERITIES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.types import Audit, Label, Rate, Summary

NONE = "\u2013"
"""What stands where a value is unknown or absent."""

NOT_IDENTIFIABLE = (
    "The estimates differ by more than 2x: the noise rate is not identifiable "
    "without reviewing some rows."
)

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (0x00AD, 0x200B, *range(0x2060, 0x2065), 0xFEFF, *range(0xE0000, 0xE0080))
_HARMLESS = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\u2421",
    **dict.fromkeys((*range(0x80, 0xA0), *_BIDI, *_INVISIBLE, *range(0xD800, 0xE000)), "\ufffd"),
}


def clean(text: str) -> str:
    """Make text of a data file fit to be shown on one line of a terminal.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        White space is one space; control characters, bidirectional overrides and
        invisible characters are visible signs that do nothing.
    """
    return " ".join(text.split()).translate(_HARMLESS)


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


def percent(share: float) -> str:
    """Write a share in [0, 1] as ``8.0 %``, never as 0 or 100 when it is neither."""
    return NONE if math.isnan(share) else f"{_percentage(share)} %"


def percent_range(low: float, high: float) -> str:
    """Write two shares in [0, 1] as a range in percent, or as one where they look the same."""
    if math.isnan(low) or math.isnan(high):
        return NONE
    ends = list(dict.fromkeys((_percentage(low), _percentage(high))))
    return "\u2013".join(ends) + " %"


def decimal(value: float) -> str:
    """Write a probability as ``0.93``, never as 0 when it is not, nor as 1; a dash for NaN."""
    if math.isnan(value):
        return NONE
    text = f"{value:.2f}"
    if text == "0.00" and value > 0:
        return "<0.01"
    return ">0.99" if text == "1.00" and value <= 1 else text


def arrow(given: str, suggested: str) -> str:
    """Write what becomes what, as ``given → suggested``."""
    return f"{given} → {suggested}"


def headline(audit: Audit) -> str:
    """Say in one or two sentences what the run found, and when it could not see.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    str
    """
    summary = audit.summary
    if summary.blind:
        return _blind(summary)
    if summary.flagged == 0:
        return _nothing_flagged(summary)
    rate = summary.flagged_rate
    verb = "is" if summary.flagged == 1 else "are"
    return (
        f"{count(summary.flagged)} of {counted(summary.judged, 'label')} "
        f"({percent(rate.estimate)}, 95 % interval {percent_range(rate.low, rate.high)}) "
        f"{verb} flagged; by the models' own estimate {percent(_expected(audit))} of those "
        f"are wrong. {_noise(summary.noise_rate).capitalize()}."
    )


def context(audit: Audit) -> list[str]:
    """Give the sentences that stand below the headline.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    list of str
        Issues by severity and kind, accuracy, rows set aside; only what there is.
    """
    summary = audit.summary
    lines = []
    if summary.flagged:
        severities = _tally(summary.by_severity, [name.value for name in reversed(SEVERITIES)])
        verdicts = _tally(summary.by_verdict, [name.value for name in VERDICTS])
        lines.append(f"By severity: {severities}. By kind: {verdicts}.")
    if summary.flagged or summary.blind:
        lines.append(_agreement(summary))
    if summary.missing:
        lines.append(f"{counted(summary.missing, 'row')} without a label set aside.")
    unjudged = summary.labelled - summary.judged
    if unjudged:
        lines.append(f"{counted(unjudged, 'labelled row')} not judged by any model.")
    return lines


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Abbreviate detector names to their initials, where that stays unambiguous.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict of str to str
        Name to abbreviation, in the order given: ``confident-learning`` to ``CL``.
    """
    full = list(dict.fromkeys(names))
    initials = [
        "".join(part[:1] for part in name.replace("_", "-").split("-")).upper() for name in full
    ]
    return {
        name: short if initials.count(short) == 1 else name
        for name, short in zip(full, initials, strict=True)
    }


def legend(shorts: Mapping[str, str]) -> str:
    """Spell abbreviations out, such as ``CL confident-learning, D duplicates``."""
    return ", ".join(f"{short} {name}" for name, short in shorts.items() if short != name)


def _expected(audit: Audit) -> float:
    errors = [issue.error_probability for issue in audit.issues]
    return math.fsum(errors) / len(errors)


def _percentage(share: float) -> str:
    text = f"{100 * share:.1f}"
    if text == "0.0" and share > 0:
        return "<0.1"
    return ">99.9" if text == "100.0" and share < 1 else text


def _noise(rate: Rate) -> str:
    if math.isnan(rate.low) or math.isnan(rate.high):
        return "the noise rate could not be estimated"
    return f"estimated noise rate {percent_range(rate.low, rate.high)}"


def _blind(summary: Summary) -> str:
    listed = (
        f"The {counted(summary.flagged, 'row')} marked below are no better than guesses."
        if summary.flagged
        else "That no row is marked says nothing about the labels."
    )
    return f"BLIND: this run cannot see label errors: {summary.blind.rstrip('. ')}. {listed}"


def _nothing_flagged(summary: Summary) -> str:
    return (
        f"No label was flagged among the {count(summary.judged)} judged. "
        f"{_agreement(summary)} That does not prove every label right: at most "
        f"{percent(summary.flagged_rate.high)} would be flagged in data like this "
        f"(95 % interval); {_noise(summary.noise_rate)}."
    )


def _agreement(summary: Summary) -> str:
    if math.isnan(summary.accuracy):
        return "No model took part."
    return (
        f"The models agree with {percent(summary.accuracy)} of the labels out of fold "
        f"({percent(summary.balanced_accuracy)} balanced over the classes; "
        f"always guessing the largest class: {percent(summary.majority)})."
    )


def _tally(counts: Mapping[str, int], order: Iterable[str]) -> str:
    return ", ".join(f"{count(counts[name])} {name}" for name in order if counts.get(name))
