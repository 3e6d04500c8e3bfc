"""Queue rows for people: those first where a look is worth most, and every class in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.remedy.candidates import make_action
from labelaudit.types import Kind, Safety

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.remedy.candidates import Candidate, FixOptions, Outcome, Target

COVERED = 4
"""At least one part in so many of a budget is shared evenly among the classes."""


def relabel(candidates: Sequence[Candidate], target: Target, options: FixOptions) -> Outcome:
    """Queue the rows for people, those most likely wrong first.

    The value of looking at a row is the chance that a label is mended by it, which is its
    error probability; ties go by suspicion, then by row id. Within a budget, each given
    class first gets its most valuable rows in, up to a quarter of an even share and at
    least one; what is left goes by value alone.

    Parameters
    ----------
    candidates : sequence of Candidate
    target : Target
    options : FixOptions

    Returns
    -------
    tuple of Action, mapping of str to int
        Most valuable first.
    """
    ordered = sorted(candidates, key=_value_first)
    budget = len(ordered) if options.budget is None else options.budget
    chosen = ordered
    if budget < len(ordered):
        places = _covering([int(target.data.y[one.row]) for one in ordered], budget)
        chosen = [ordered[place] for place in places]
    beyond = len(ordered) - len(chosen)
    actions = (make_action(one, Kind.QUEUE, after=one.given, safety=Safety.SAFE) for one in chosen)
    return tuple(actions), {f"beyond the budget of {budget}": beyond} if beyond else {}


def _covering(classes: Sequence[int], budget: int) -> list[int]:
    """Choose places of a ranking so that each class has its first ones among them."""
    places: dict[int, list[int]] = {}
    for place, code in enumerate(classes):
        places.setdefault(code, []).append(place)
    quota = max(1, budget // (COVERED * len(places)))
    # Best of each class first: where the budget is smaller than the number of classes,
    # those with the most valuable rows are in.
    first = [own[turn] for turn in range(quota) for own in places.values() if turn < len(own)]
    chosen = set(first[:budget])
    for place in range(len(classes)):
        if len(chosen) == budget:
            break
        chosen.add(place)
    return sorted(chosen)


def _value_first(candidate: Candidate) -> tuple[float, float, str]:
    issue = candidate.issue
    return _descending(issue.error_probability), _descending(issue.suspicion), issue.row_id


def _descending(value: float) -> float:
    return math.inf if math.isnan(value) else -value
