"""What a plan does, in numbers: rows and weights of each class before and after."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.remedy.rows import TRAIN_VALUES, training_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.types import Dataset, Label, Plan


@dataclass(frozen=True)
class ClassEffect:
    """What a plan does to one class: rows before and after, and the sum of their weights."""

    label: Label
    before: int
    after: int
    weight: float


@dataclass(frozen=True)
class Effect:
    """What a plan does to a file.

    Attributes
    ----------
    rows_before, rows_after : int
        Those without a label included.
    by_kind : mapping of str to int
        Actions of each kind.
    by_safety : mapping of str to int
        Actions that are safe and unsafe.
    classes : tuple of ClassEffect
        In the order of `Dataset.classes`, then new ones in the order they are given.
    """

    rows_before: int
    rows_after: int
    by_kind: Mapping[str, int]
    by_safety: Mapping[str, int]
    classes: tuple[ClassEffect, ...]


def summarise(plan: Plan, data: Dataset, *, train_values: Iterable[str] = TRAIN_VALUES) -> Effect:
    """Count what a plan does, in rows and per class.

    Parameters
    ----------
    plan : Plan
    data : Dataset
        What it was made for.
    train_values : iterable of str
        What the split column calls the rows that class weights are for.

    Returns
    -------
    Effect
    """
    before = Counter(data.classes[code] for code in data.y.tolist() if code >= 0)
    after = Counter(before)
    rest = Counter(before)
    weights: dict[Label, list[float]] = defaultdict(list)
    dropped = 0
    for action in plan.actions:
        after[action.before] -= 1
        rest[action.before] -= 1
        if action.after is None:
            dropped += 1
            continue
        after[action.after] += 1
        weights[action.after].append(action.weight)
    balanced = _balanced_rows(plan, data, train_values)
    for label, number in balanced.items():
        rest[label] -= number
        weights[label].append(number * plan.class_weights[label])
    return Effect(
        rows_before=data.n_rows,
        rows_after=data.n_rows - dropped,
        by_kind=dict(Counter(str(action.kind) for action in plan.actions)),
        by_safety=dict(Counter(str(action.safety) for action in plan.actions)),
        classes=tuple(
            ClassEffect(
                label, before[label], after[label], math.fsum([rest[label], *weights[label]])
            )
            for label in dict.fromkeys((*data.classes, *after))
        ),
    )


def _balanced_rows(plan: Plan, data: Dataset, train_values: Iterable[str]) -> dict[Label, int]:
    """Count the rows that weigh what their class weighs, by class."""
    if not plan.class_weights:
        return {}
    import numpy as np

    by_class = training_rows(data, train_values) & (data.y >= 0)
    by_class[[action.row for action in plan.actions]] = False
    counts = np.bincount(data.y[by_class], minlength=len(data.classes)).tolist()
    return {
        label: number
        for label, number in zip(data.classes, counts, strict=True)
        if label in plan.class_weights
    }
