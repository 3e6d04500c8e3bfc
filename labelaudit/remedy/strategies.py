"""The strategies by name, and whether what they do can lose something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.remedy.candidates import by_rank, make_action
from labelaudit.remedy.correct import correct
from labelaudit.remedy.queue_order import relabel
from labelaudit.remedy.weights import downweight
from labelaudit.types import Kind, Safety, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from labelaudit.remedy.candidates import Candidate, FixOptions, Outcome, Target


@dataclass(frozen=True)
class Strategy:
    """One way to treat flagged rows.

    Attributes
    ----------
    propose : callable
        Gives the actions, without a look at class floors.
    safety : Safety
        Of all its actions.
    min_severity : Severity
        Which issues it takes where the user does not say.
    """

    propose: Callable[[Sequence[Candidate], Target, FixOptions], Outcome]
    safety: Safety
    min_severity: Severity = Severity.MEDIUM


def drop(candidates: Sequence[Candidate], target: Target, options: FixOptions) -> Outcome:  # noqa: ARG001
    """Remove the rows.

    Parameters
    ----------
    candidates : sequence of Candidate
    target : Target
    options : FixOptions

    Returns
    -------
    tuple of Action, mapping of str to int
        In rank order.
    """
    actions = (
        make_action(candidate, Kind.DROP, after=None, safety=Safety.UNSAFE, weight=0.0)
        for candidate in by_rank(candidates)
    )
    return tuple(actions), {}


STRATEGIES = {
    "drop": Strategy(drop, Safety.UNSAFE),
    "downweight": Strategy(downweight, Safety.SAFE),
    "correct": Strategy(correct, Safety.UNSAFE),
    # Where evidence is weak people may look, but nothing is lost.
    "relabel": Strategy(relabel, Safety.SAFE, Severity.LOW),
}
"""The strategies by name."""
