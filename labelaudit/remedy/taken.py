"""What earlier fixes took from the classes of a file, as the ledger tells of it.

A limit on what a class may lose would hold for one step only, if each step counted from what
the one before left. So each fix records what was taken so far, and of how many rows; the next
one finds that by the content of the file, whatever it is called by now.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.remedy.ledger import VOID, relative_to_base
from labelaudit.remedy.ledger_states import standing, voided

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.remedy.candidates import Target
    from labelaudit.remedy.ledger import Ledger
    from labelaudit.types import Dataset, Label, Plan

SIZES, LOSSES = "class_sizes", "class_losses"
"""What a header calls the rows that classes had, and those that were taken since."""

_DIGITS = 6


@dataclass(frozen=True)
class Taken:
    """What fixes took from the classes of a file before.

    Attributes
    ----------
    sizes : mapping of str to int
        Training rows of each class before the first of them.
    losses : mapping of str to float
        Rows of each class that were dropped, corrected or, in part, given a soft label.
    unknown_since : str
        The action that took rows from this file, where something else wrote to it since
        and it can no longer be told what is missing; else empty.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    losses: Mapping[str, float] = field(default_factory=dict)
    unknown_since: str = ""

    def of(self, label: Label) -> float:
        """Give the rows that a class lost before."""
        return float(self.losses.get(label_text(label), 0.0))

    def size(self, label: Label, now: int) -> int:
        """Give the rows that a class had at first; as many as now, where it lost none."""
        return int(self.sizes.get(label_text(label), now)) if self.of(label) else now


def taken_before(ledger: Ledger, data: Dataset) -> Taken:
    """Find what fixes took from a file before.

    Parameters
    ----------
    ledger : Ledger
    data : Dataset
        Read from a file.

    Returns
    -------
    Taken
        Nothing where no fix wrote this content. Decisions of people and broken rules do not
        count.

    Raises
    ------
    RunError
        When the ledger is damaged.
    """
    headers = ledger.headers()
    gone = voided(headers)
    for header in reversed(headers):
        facts = header.facts
        is_void = header.kind == VOID or header.action in gone
        if not is_void and LOSSES in facts and facts["output_sha256"] == data.source.sha256:
            return Taken(dict(facts[SIZES]), dict(facts[LOSSES]))
    path = relative_to_base(Path(data.source.path), ledger.base)
    lost = (
        header.action
        for header in reversed(standing(headers))
        if header.facts.get(LOSSES) and header.facts["output"] == path
    )
    return Taken(unknown_since=next(lost, ""))


def facts_of_losses(plan: Plan, target: Target, before: Taken) -> dict[str, Any]:
    """Give what a header says of classes that lost rows.

    Parameters
    ----------
    plan : Plan
    target : Target
        What it was made for.
    before : Taken

    Returns
    -------
    dict
        JSON values; nothing where no class lost any.
    """
    now = {label_text(label): float(n) for label, n in plan.class_losses.items() if n}
    losses = Counter(before.losses) + Counter(now)
    if not losses:
        return {}
    sizes = dict(zip(map(label_text, target.data.classes), target.sizes(), strict=True))
    return {
        SIZES: {**sizes, **before.sizes} if before.losses else sizes,
        LOSSES: {label: round(n, _DIGITS) for label, n in sorted(losses.items())},
    }
