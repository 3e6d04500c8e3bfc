"""What to do after a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.report.wording import counted
from labelaudit.types import Severity

if TYPE_CHECKING:
    from labelaudit.types import Audit

_NO_FILE = {"-", "<memory>"}


@dataclass(frozen=True)
class Step:
    """One thing to do: a sentence, and the command that does it or nothing."""

    sentence: str
    command: str = ""


def next_steps(audit: Audit) -> list[Step]:
    """Give what to do next, the most pressing first.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    list of Step
    """
    summary = audit.summary
    steps = []
    if any(finding.grave for finding in audit.findings):
        steps.append(
            Step("Put right what is marked grave below and run again: these results rest on it.")
        )
    if summary.blind:
        steps.append(Step("Change no label by this run."))
    elif summary.flagged:
        steps.append(_look(audit))
        if audit.source.path not in _NO_FILE:
            steps.append(
                Step(
                    "Make a review queue of the flagged rows, the most valuable first.",
                    "labelaudit fix --strategy relabel",
                )
            )
    if summary.verified is None:
        steps.append(
            Step(
                "To know how many labels are wrong, let people judge a random sample.",
                "labelaudit sample",
            )
        )
    return steps


def _look(audit: Audit) -> Step:
    high = audit.summary.by_severity.get(Severity.HIGH.value, 0)
    if high == 0:
        return Step("Look through the issues from the top: the most suspicious come first.")
    return Step(f"Look at the {counted(high, 'issue')} of high severity first.")
