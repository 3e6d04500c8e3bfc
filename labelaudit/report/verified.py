"""What people found in a random sample of a run, in a sentence and in a small table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.report.rows import Rows
from labelaudit.report.wording import clean, count, counted, percent, percent_range

if TYPE_CHECKING:
    from labelaudit.types import Audit, Rate, Verified


def people_found(verified: Verified) -> str:
    """Say what people found, with the intervals.

    Parameters
    ----------
    verified : Verified

    Returns
    -------
    str
        One sentence, with its full stop.
    """
    parts = [
        part
        for part in (
            _told(verified.precision, "of the flagged labels are wrong"),
            _told(verified.missed, "of the wrong labels are not flagged"),
        )
        if part
    ]
    noise = _figure(verified.noise_rate)
    parts.append(f"the noise rate is {noise}" if noise else "the noise rate stays unknown")
    rates = (verified.precision, verified.missed, verified.noise_rate)
    level = " (95 % intervals)" if any(rate.low < rate.high for rate in rates) else ""
    judged = f"People judged {counted(verified.reviewed, 'row')} drawn at random"
    return f"{judged}: {_listed(parts)}{level}."


def verified_rows(audit: Audit) -> Rows:
    """Give what people found, and what each interval stands for.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rows
        None where nobody judged a sample.
    """
    verified = audit.summary.verified
    title, header = "Found by people in a random sample", ("share", "estimate", "95 % interval")
    if verified is None:
        return Rows(title, header, ())
    figures = {
        "flagged labels that are wrong": verified.precision,
        "wrong labels not flagged": verified.missed,
        "noise rate": verified.noise_rate,
    }
    bases = " ".join(f"{name}: {clean(rate.basis)}." for name, rate in figures.items())
    return Rows(
        title=title,
        header=header,
        rows=tuple(
            (name, percent(rate.estimate), percent_range(rate.low, rate.high))
            for name, rate in figures.items()
        ),
        names=1,
        caption=(
            f"{counted(verified.reviewed, 'row')} of sample {clean(verified.sample)} judged, "
            f"{count(verified.flagged_reviewed)} of them flagged. Every figure rests on what "
            f"people answered, none on a model alone. {bases}"
        ),
    )


def _told(rate: Rate, of_what: str) -> str:
    figure = _figure(rate)
    return f"{figure} {of_what}" if figure else ""


def _figure(rate: Rate) -> str:
    """Write a rate with its interval; empty where nothing is known."""
    if math.isnan(rate.low) or math.isnan(rate.high):
        return ""
    ends = percent_range(rate.low, rate.high)
    if math.isnan(rate.estimate):
        return "" if rate.high - rate.low >= 1 else ends
    point = percent(rate.estimate)
    return point if point == ends else f"{point} ({ends})"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
