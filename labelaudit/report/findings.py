"""The findings of a run in sentences: the headline, and what stands below it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.audit.expected import flags_wrong
from labelaudit.audit.noise_rate import BLURRED, WIDE, disagree
from labelaudit.evidence.planting import FEWEST, PLANTED_SHARE
from labelaudit.report.verified import people_found
from labelaudit.report.wording import count, counted, percent, percent_range
from labelaudit.types import SEVERITIES, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.types import Audit, Measured, Rate, Summary

_CALIBRATED = "label-posterior"
_OWN_MODEL = "pred-probs"
_KINDS = {
    Verdict.MISLABELLED: (Verdict.MISLABELLED.value,) * 2,
    Verdict.AMBIGUOUS: (Verdict.AMBIGUOUS.value,) * 2,
    Verdict.OUTLIER: ("outlier", "outliers"),
    Verdict.DUPLICATE: ("duplicate conflict", "duplicate conflicts"),
}


def headline(audit: Audit) -> str:
    """Say in a few sentences what the run found and would find, and when it could not see.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    str
    """
    return " ".join(sentences(audit))


def sentences(audit: Audit) -> list[str]:
    """Give the headline in parts, each of a sentence or two that belong together.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    list of str
        The first says what was found; the others how far that goes.
    """
    summary = audit.summary
    if summary.blind:
        return _blind(summary)
    if summary.flagged == 0:
        return _nothing_flagged(audit)
    if summary.verified is not None:
        return [f"{_flagged(summary)}.", people_found(summary.verified)]
    found = [
        f"{_flagged(summary)}; {_by_probability(audit)}{_reservation(summary)}.",
        f"{_noise(summary.noise_rate).capitalize()}.",
    ]
    return [*found, _planted(audit, summary.measured)] if summary.measured else found


def context(audit: Audit) -> list[str]:
    """Give the sentences that stand below the headline.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    list of str
        Issues by severity and kind, labels that stand by the baseline, what the run by itself
        had expected, accuracy, rows set aside, why nothing was measured; only what there is.
    """
    summary = audit.summary
    lines = []
    if summary.flagged:
        lines.append(f"By severity: {_severities(summary)}. By kind: {_kinds(summary.by_verdict)}.")
    if summary.accepted:
        stand = "stands" if summary.accepted == 1 else "stand"
        lines.append(f"{counted(summary.accepted, 'label')} {stand} by the baseline.")
    if summary.verified is not None and not summary.blind:
        lines.append(_by_itself(audit))
    if summary.flagged or summary.blind:
        lines.append(_agreement(summary))
    if summary.missing:
        lines.append(f"{counted(summary.missing, 'row')} without a label set aside.")
    unjudged = summary.labelled - summary.judged
    if unjudged:
        lines.append(f"{counted(unjudged, 'labelled row')} not judged by any model.")
    if summary.verified is None and unmeasured(audit):
        lines.append(unmeasured(audit))
    return lines


def unmeasured(audit: Audit) -> str:
    """Say why no planted errors tell how many go unseen.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    str
        A sentence; empty where they do, and of a blind run.
    """
    if audit.summary.measured is not None or audit.summary.blind:
        return ""
    return f"How many errors go unseen was not measured: {_why_not_measured(audit)}."


def doubtful(summary: Summary) -> bool:
    """Tell whether only people could say how many labels are wrong, and nobody did yet.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    bool
    """
    return not summary.blind and summary.verified is None and disagree(summary.noise_rate)


def _blind(summary: Summary) -> list[str]:
    listed = (
        f"The {counted(summary.flagged, 'row')} marked below are no better than guesses."
        if summary.flagged
        else "That no row is marked says nothing about the labels."
    )
    told = [f"BLIND: this run cannot see label errors: {summary.blind.rstrip('. ')}.", listed]
    return told if summary.verified is None else [*told, people_found(summary.verified)]


def _nothing_flagged(audit: Audit) -> list[str]:
    summary = audit.summary
    nothing = f"No label was flagged among the {count(summary.judged)} judged."
    if summary.verified is not None:
        return [nothing, people_found(summary.verified), _agreement(summary)]
    reach = f"{_missed(audit)}; {_noise(summary.noise_rate)}"
    return [
        nothing,
        f"That does not prove every label right: {reach}.",
        _agreement(summary),
    ]


def _flagged(summary: Summary) -> str:
    rate = summary.flagged_rate
    verb = "is" if summary.flagged == 1 else "are"
    return (
        f"{count(summary.flagged)} of {counted(summary.judged, 'label')} "
        f"({percent(rate.estimate)}, 95 % interval {percent_range(rate.low, rate.high)}) "
        f"{verb} flagged"
    )


def _by_probability(audit: Audit) -> str:
    wrong = flags_wrong(audit)
    told = f"by their error probability {percent(wrong.estimate)} of those are wrong"
    if math.isnan(wrong.low):
        return told
    # Whole numbers: a tenth of a percent would claim to know more than such a range does.
    return f"{told} ({100 * wrong.low:.0f}\u2013{100 * wrong.high:.0f} %, {wrong.basis})"


def _by_itself(audit: Audit) -> str:
    """Tell what the run had expected before anybody looked, for comparison."""
    summary = audit.summary
    expected = f"{_by_probability(audit)}, " if summary.flagged else ""
    told = f"Before anybody looked: {expected}{_noise(summary.noise_rate)}."
    return f"{told} {_planted(audit, summary.measured)}" if summary.measured else told


def _planted(audit: Audit, measured: Measured) -> str:
    precision = _precision(measured, calibrated=_CALIBRATED in audit.by_detector)
    return f"Of {_recall(audit, measured)}{precision}."


def _missed(audit: Audit) -> str:
    measured = audit.summary.measured
    if measured is None:
        return (
            f"at most {percent(audit.summary.flagged_rate.high)} would be flagged in data like "
            "this (95 % interval)"
        )
    sentence = f"of {_recall(audit, measured)}"
    some = 0 < measured.recall < 1
    return f"{sentence}, {percent(1 - measured.recall)} would not" if some else sentence


def _recall(audit: Audit, measured: Measured) -> str:
    share = percent(measured.recall) if measured.recall else "none"
    reached = (
        "be flagged"
        if _CALIBRATED in audit.by_detector
        else f"reach an error probability of {measured.bands[-1].low:g}"
    )
    planted = counted(measured.planted, "error")
    return f"{planted} planted into this data, {share} would {reached}"


def _precision(measured: Measured, *, calibrated: bool) -> str:
    if math.isnan(measured.precision):
        return ""
    reached = "flagged" if calibrated else "that reach it"
    return f"; of all labels {reached} then, {percent(measured.precision)} are planted ones"


def _reservation(summary: Summary) -> str:
    if summary.measured is None:
        return " (not checked on planted errors)"
    if summary.noise_rate.basis == WIDE:
        return " (planted errors do not bear that out: it may be far fewer)"
    if summary.noise_rate.basis == BLURRED:
        return " (planted errors hardly stand out from the rest here: it may be far fewer)"
    return ""


def _why_not_measured(audit: Audit) -> str:
    if math.isnan(audit.summary.accuracy):
        return "no model took part"
    if [model.name for model in audit.models] == [_OWN_MODEL]:
        return "the probabilities were given, so that no model could be fitted to planted errors"
    fewest = math.ceil(FEWEST / PLANTED_SHARE)
    if audit.summary.judged < 2 * fewest:
        return f"too few rows to plant errors into (it takes about {fewest})"
    return "no errors were planted"


def _noise(rate: Rate) -> str:
    if math.isnan(rate.low) or math.isnan(rate.high):
        return "the noise rate could not be estimated"
    return f"estimated noise rate {percent_range(rate.low, rate.high)}"


def _agreement(summary: Summary) -> str:
    if math.isnan(summary.accuracy):
        return "No model took part."
    return (
        f"The models agree with {percent(summary.accuracy)} of the labels out of fold "
        f"({percent(summary.balanced_accuracy)} balanced over the classes; "
        f"always guessing the largest class: {percent(summary.majority)})."
    )


def _severities(summary: Summary) -> str:
    counts = summary.by_severity
    names = [name.value for name in reversed(SEVERITIES)]
    return ", ".join(f"{count(counts[name])} {name}" for name in names if counts.get(name))


def _kinds(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{count(counts[kind.value])} {one if counts[kind.value] == 1 else many}"
        for kind, (one, many) in _KINDS.items()
        if counts.get(kind.value)
    )
