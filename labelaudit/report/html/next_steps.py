"""What to do after a run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.report.wording import counted
from labelaudit.types import Severity

if TYPE_CHECKING:
    from labelaudit.report import Kept
    from labelaudit.types import Audit

_NO_FILE = {"-", "<memory>"}


@dataclass(frozen=True)
class Step:
    """One thing to do: a sentence, and the command that does it or nothing."""

    sentence: str
    command: str = ""


def next_steps(audit: Audit, kept: Kept | None = None) -> list[Step]:
    """Give what to do next, the most pressing first.

    Parameters
    ----------
    audit : Audit
    kept : Kept or None
        Where commands find the run.

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
                    f"labelaudit fix --strategy relabel{in_store(kept)}",
                )
            )
    if summary.verified is None:
        steps.append(
            Step(
                "To know how many labels are wrong, let people judge a random sample.",
                f"labelaudit sample{in_store(kept)}",
            )
        )
    return steps


def explain(kept: Kept, rank: int) -> str:
    """Give the command that tells all evidence about an issue of a run."""
    return f"labelaudit explain '#{rank}' {shlex.quote(kept.run)}{in_store(kept)}"


def in_store(kept: Kept | None) -> str:
    """Give the option that names the store, after a blank; empty for the usual one."""
    return f" --store {shlex.quote(kept.store)}" if kept is not None and kept.store else ""


def _look(audit: Audit) -> Step:
    high = audit.summary.by_severity.get(Severity.HIGH.value, 0)
    if high == 0:
        return Step("Look through the issues from the top: the most suspicious come first.")
    return Step(f"Look at the {counted(high, 'issue')} of high severity first.")
