"""The small tables of a report as plain text: what the terminal and Markdown both show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.noise_rate import ALONE
from labelaudit.audit.summarise import wilson
from labelaudit.report.glossary import ESTIMATORS, ROUNDS
from labelaudit.report.wording import (
    clean,
    count,
    counted,
    figure,
    percent,
    percent_range,
    show_label,
)

if TYPE_CHECKING:
    from labelaudit.types import Audit, Band, Rate

DEFAULT_ISSUES = 20
"""Issues shown where nobody asked for a number."""

MAX_CLASSES = 20
MAX_PAIRS = 10

_UNCHECKED = (
    "these estimators rest on the same probabilities, and without planted errors nothing tells how "
    "far off they are"
)
_CAVEAT = (
    "Real errors that follow a rule are harder to find, and where the data holds fewer errors "
    "than were planted, less of what is flagged is wrong."
)


@dataclass(frozen=True)
class Rows:
    """A small table, ready to be drawn.

    Attributes
    ----------
    title : str
    header : tuple of str
    rows : tuple of tuple of str
    names : int
        How many of the first columns hold names; the others hold numbers.
    sentences : int
        How many of the last columns hold sentences instead; they go first where there is no
        room.
    optional : tuple of str
        Headers of columns that may go where there is no room, the first to go first.
    hidden : int
        Rows left out.
    caption : str
        What stands below it.
    folds : bool
        Whether names go on in the next line instead of being cut.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 0
    sentences: int = 0
    optional: tuple[str, ...] = ()
    hidden: int = 0
    caption: str = ""
    folds: bool = False


def class_rows(audit: Audit) -> Rows:
    """Give what was found per class of given labels, the most flagged first.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rows
        Of a blind run, without what it flagged.
    """
    if audit.summary.blind:
        return _blind_class_rows(audit)
    classes = sorted(audit.summary.classes, key=lambda found: -found.flagged)
    rows = tuple(
        (
            show_label(found.label),
            count(found.n),
            count(found.judged),
            count(found.flagged),
            percent(found.flagged / found.judged if found.judged else float("nan")),
            count(found.high),
            percent(found.accuracy),
        )
        for found in classes[:MAX_CLASSES]
    )
    header = ("class", "rows", "judged", "flagged", "share", "high", "accuracy")
    return Rows(
        title="Classes, the most flagged first",
        header=header,
        rows=rows,
        names=1,
        optional=("judged", "high"),
        hidden=len(classes) - len(rows),
    )


def pair_rows(audit: Audit) -> Rows:
    """Give how often one class is given where another is suggested, most frequent first.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rows
    """
    pairs = audit.summary.pairs
    rows = tuple(
        (
            show_label(pair.given),
            show_label(pair.suggested),
            count(pair.flagged),
            percent(pair.share_of_given),
        )
        for pair in pairs[:MAX_PAIRS]
    )
    return Rows(
        title="Classes taken for each other",
        header=("given", "suggested", "flagged", "of given"),
        rows=rows,
        names=2,
        hidden=len(pairs) - len(rows),
    )


def model_rows(audit: Audit) -> Rows:
    """Give how each model did out of fold.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rows
    """
    rows = tuple(
        (
            show_label(model.name),
            percent(model.accuracy),
            figure(model.log_loss),
            figure(model.temperature),
        )
        for model in audit.models
    )
    return Rows(
        title="Models, out of fold",
        header=("model", "accuracy", "log loss", "temperature"),
        rows=rows,
        names=1,
        optional=("temperature",),
    )


def noise_rows(audit: Audit) -> Rows:
    """Give the estimated share of wrong labels by estimator.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rows
        None of a blind run.
    """
    summary = audit.summary
    estimates = {} if summary.blind else summary.noise_rate_estimates
    explained = any(name in ESTIMATORS for name in estimates)
    rows = tuple(
        (show_label(name), percent(estimates[name]), *[ESTIMATORS.get(name, "")] * explained)
        for name in sorted(estimates)
    )
    rate = summary.noise_rate
    return Rows(
        title="Noise rate, by estimator",
        header=("estimator", "noise rate", *["what it is"] * explained),
        rows=rows,
        names=1,
        sentences=int(explained),
        caption=f"Together: {_told(rate, checked=summary.measured is not None)}.",
    )


def _told(rate: Rate, *, checked: bool) -> str:
    estimate, low, high = map(percent, (rate.estimate, rate.low, rate.high))
    if rate.basis == ALONE:
        return f"{estimate}, {ALONE}"
    range_told = "" if low == high == estimate else f", between {low} and {high}"
    if not checked:
        return f"{estimate}{range_told}; {_UNCHECKED}"
    return f"{estimate}{range_told} ({clean(rate.basis)})" if range_told else estimate


def measured_rows(audit: Audit) -> Rows:
    """Give what became of planted errors, by band of error probability, highest first.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rows
        None where nothing was planted, and of a blind run.
    """
    measured = audit.summary.measured
    header = ("p(wrong)", "flagged", "were planted", "95 % interval", "found")
    title = "Measured on errors planted into this data"
    if measured is None or audit.summary.blind:
        return Rows(title, header, ())
    return Rows(
        title=title,
        header=header,
        rows=tuple(map(_band_row, measured.bands)),
        optional=("95 % interval", "flagged"),
        caption=(
            f"{counted(measured.planted, 'error')} planted among {counted(measured.rows, 'label')},"
            " half as the models' own confusions, half at random. flagged: in the data as it is. "
            "were planted: of the rows in a band once errors were planted, the share that was "
            "planted; errors that the data held before count as not planted, so that at least "
            "this share of the band was wrong. found: share of the planted errors down to here. "
            f"{_CAVEAT}"
        ),
    )


def round_rows(audit: Audit) -> Rows:
    """Give what each round of fitting without the flagged rows changed.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rows
        None of a blind run, nor without rounds.
    """
    rounds = () if audit.summary.blind else audit.summary.rounds
    rows = tuple(
        (
            count(number),
            count(one.left_out),
            count(one.flagged),
            count(one.entered),
            count(one.left),
            percent(one.overlap),
        )
        for number, one in enumerate(rounds, start=1)
    )
    return Rows(
        title="Rounds of fitting without what was flagged",
        header=("round", "left out", "flagged", "newly", "no longer", "same top"),
        rows=rows,
        optional=("same top", "left out"),
        caption=ROUNDS,
    )


def _band_row(band: Band) -> tuple[str, ...]:
    precision = wilson(band.planted, band.rows)
    if band.low >= 1:
        reach = "1"
    elif band.high >= 1:
        reach = f"{band.low:g} and above"
    else:
        reach = f"{band.low:g} to {band.high:g}"
    return (
        reach,
        count(band.flagged),
        percent(precision.estimate),
        percent_range(precision.low, precision.high),
        percent(band.found),
    )


def _blind_class_rows(audit: Audit) -> Rows:
    classes = audit.summary.classes
    rows = tuple(
        (show_label(found.label), count(found.n), count(found.judged), percent(found.accuracy))
        for found in classes[:MAX_CLASSES]
    )
    return Rows(
        title="Classes",
        header=("class", "rows", "judged", "accuracy"),
        rows=rows,
        names=1,
        hidden=len(classes) - len(rows),
    )
