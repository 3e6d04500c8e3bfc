"""What someone should know before a plan is carried out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.audit.noise_rate import BLURRED
from labelaudit.detectors.noise_rates import borne_out
from labelaudit.types import Kind, Notice, Safety

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labelaudit.types import Action, Audit, Band, Summary

_NEEDED = {"planted-strict", "em-calibrated"}


def plan_notices(audit: Audit, actions: Iterable[Action]) -> tuple[Notice, ...]:
    """Say how far the run can be relied on for what a plan would do.

    Parameters
    ----------
    audit : Audit
    actions : iterable of Action

    Returns
    -------
    tuple of Notice
        None where rows are only queued. Before unsafe actions, the precision that people
        measured; without it, what planted errors tell.
    """
    actions = tuple(actions)
    summary = audit.summary
    if summary.blind and any(action.kind is not Kind.QUEUE for action in actions):
        return (
            Notice(
                "blind-run",
                f"The run cannot tell wrong labels from right ones: {summary.blind}.",
                "Look at the rows before you use the result: --strategy relabel queues them.",
            ),
        )
    unsafe = {action.row_id for action in actions if action.safety is Safety.UNSAFE}
    if not unsafe or summary.blind:
        return ()
    if summary.verified is not None:
        return _verified(summary)
    chances = [one.error_probability for one in audit.issues if one.row_id in unsafe]
    return (*_planted(summary, chances), *_not_borne_out(summary))


def _verified(summary: Summary) -> tuple[Notice, ...]:
    if summary.verified is None:
        return ()
    rate = summary.verified.precision
    message = (
        f"In sample {summary.verified.sample} people found {100 * rate.estimate:.0f} % of the "
        f"flagged labels wrong ({100 * rate.low:.0f} to {100 * rate.high:.0f} %; {rate.basis})."
    )
    return (Notice("measured-precision", message),)


def _planted(summary: Summary, chances: Sequence[float]) -> tuple[Notice, ...]:
    """Say how many rows of such error probabilities were planted errors."""
    bands = summary.measured.bands if summary.measured is not None else ()
    shares = [
        band.planted / band.rows
        for chance in chances
        for band in bands
        if band.rows and _lies_in(chance, band)
    ]
    if not shares:
        return ()
    share = 100 * math.fsum(shares) / len(shares)
    message = (
        f"Where errors were planted to measure the run, {share:.0f} % of the rows with such "
        "error probabilities were planted; the others may be right or wrong."
    )
    hint = "To know more, judge a random sample: labelaudit sample, then labelaudit verify."
    return (Notice("planted-precision", message, hint),)


def _not_borne_out(summary: Summary) -> tuple[Notice, ...]:
    estimates = summary.noise_rate_estimates
    message = (
        "Planted errors do not bear the error probabilities of this run out: part of what it "
        "flags may be right labels where classes overlap."
    )
    if summary.noise_rate.basis == BLURRED:
        message = (
            "Planted errors hardly stand out from the rest in this run: much of what it flags "
            "may be right labels of hard rows."
        )
    elif not estimates.keys() >= _NEEDED or borne_out(estimates) >= 1:
        return ()
    return (Notice("not-borne-out", message, "Judge a sample first, or keep to --safe-only."),)


def _lies_in(chance: float, band: Band) -> bool:
    return band.low <= chance < band.high or chance == band.high == 1
