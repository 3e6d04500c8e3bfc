"""Weigh rows down, by suspicion or constant, and balance the classes."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from labelaudit.remedy.candidates import by_rank, make_action
from labelaudit.types import Kind, Safety

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelaudit.remedy.candidates import Candidate, FixOptions, Outcome, Target
    from labelaudit.types import Action, Issue, Label

LOWEST_WEIGHT = 0.05
"""The least weight that suspicion alone can give: no estimate is sure enough for zero."""


def downweight(candidates: Sequence[Candidate], target: Target, options: FixOptions) -> Outcome:  # noqa: ARG001
    """Give the rows a lower sample weight, by suspicion or constant.

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
        make_action(
            candidate,
            Kind.DOWNWEIGHT,
            after=candidate.given,
            safety=Safety.SAFE,
            weight=_weight(candidate.issue, options.weight),
        )
        for candidate in by_rank(candidates)
    )
    return tuple(actions), {}


def short_weight(weight: float) -> str:
    """Write a weight with at most six significant digits: ``1``, ``0.1``, ``1.03093``."""
    return f"{weight:.6g}"


def balance(
    actions: Sequence[Action], target: Target, *, min_class_size: int = 0
) -> tuple[tuple[Action, ...], dict[Label, float]]:
    """Scale weights so that each class has the same total, and their mean is 1.

    A class gets the factor N / (K * its sum of weights), with N training rows that have a
    label and K classes among them, both after the plan. That is what scikit-learn calls
    balanced, on effective counts. A row counts to the class in its label cell afterwards.
    Classes of fewer rows are left out of all that: a misspelt label would outweigh the rest.

    Parameters
    ----------
    actions : sequence of Action
        A whole plan.
    target : Target
    min_class_size : int
        Classes of fewer rows keep their weights.

    Returns
    -------
    tuple of Action
        With scaled weights; rows that go keep 0.
    mapping of Label to float
        What the training rows weigh that no action names, by class.

    References
    ----------
    King and Zeng: Logistic Regression in Rare Events Data, 2001;
    `sklearn.utils.class_weight.compute_class_weight`.
    """
    sizes = sizes_after(actions, target)
    totals = _totals(actions, sizes)
    present = [
        label for label, total in totals.items() if total > 0 and sizes[label] >= min_class_size
    ]
    rows = sum(sizes[label] for label in present)
    factors = {label: rows / (len(present) * totals[label]) for label in present}
    scaled = tuple(
        action
        if action.after is None
        else replace(action, weight=_rounded(action.weight * factors.get(action.after, 1.0)))
        for action in actions
    )
    return scaled, {label: _rounded(factor) for label, factor in factors.items()}


def sizes_after(actions: Sequence[Action], target: Target) -> dict[Label, int]:
    """Count the training rows of each class after a plan.

    Parameters
    ----------
    actions : sequence of Action
    target : Target

    Returns
    -------
    mapping of Label to int
        In the order of `Dataset.classes`.
    """
    counts = Counter(dict(zip(target.data.classes, target.sizes(), strict=True)))
    counts.subtract(action.before for action in actions)
    counts.update(action.after for action in actions if action.after is not None)
    return dict(counts)


def _totals(actions: Sequence[Action], sizes: Mapping[Label, int]) -> dict[Label, float]:
    named: dict[Label, list[float]] = defaultdict(list)
    for action in actions:
        if action.after is not None:
            named[action.after].append(action.weight)
    # Summed exactly, so that the order of the rows has no say.
    return {
        label: math.fsum([size - len(named[label]), *named[label]]) for label, size in sizes.items()
    }


def _weight(issue: Issue, constant: float | None) -> float:
    if constant is not None:
        return _rounded(constant)
    chance = issue.error_probability
    if math.isnan(chance):
        chance = issue.suspicion
    # An estimate has no more than three digits to tell.
    return float(f"{min(1.0, max(LOWEST_WEIGHT, 1.0 - chance)):.3g}")


def _rounded(weight: float) -> float:
    """Round a weight to what a CSV file will hold: the plan says it to the digit."""
    return float(short_weight(weight))
