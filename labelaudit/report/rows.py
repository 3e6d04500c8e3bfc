"""The small tables of a report as plain text: what the terminal and Markdown both show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.report.wording import count, decimal, percent, show_label

if TYPE_CHECKING:
    from labelaudit.types import Audit

DEFAULT_ISSUES = 20
"""Issues shown where nobody asked for a number."""

MAX_CLASSES = 20
MAX_PAIRS = 10


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
    optional : tuple of str
        Headers of columns that may go where there is no room, the first to go first.
    hidden : int
        Rows left out.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int
    optional: tuple[str, ...] = ()
    hidden: int = 0


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
            decimal(model.log_loss),
            decimal(model.temperature),
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
    estimates = {} if audit.summary.blind else audit.summary.noise_rate_estimates
    rows = tuple((show_label(name), percent(estimates[name])) for name in sorted(estimates))
    return Rows(
        title="Noise rate, by estimator", header=("estimator", "noise rate"), rows=rows, names=1
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
