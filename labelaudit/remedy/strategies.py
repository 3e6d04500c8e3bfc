"""What is done with flagged rows: drop them, weigh them down, or queue them for people."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.errors import RefusedError, SettingError
from labelaudit.types import Action, Kind, Safety

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from labelaudit.types import BoolArray, Dataset, Issue, Label

LOWEST_WEIGHT = 0.05
"""The least weight that suspicion alone can give: no estimate is sure enough for zero."""

_SHOWN = 5
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Limits:
    """How far a strategy may go.

    Attributes
    ----------
    min_class_size : int
        `drop` leaves each class at least this many training rows.
    max_class_loss : float
        `drop` takes at most this share of the training rows of a class, in [0, 1].
    weight : float or None
        The weight that `downweight` gives, in [0, 1]; None for one by suspicion.
    budget : int or None
        At most this many rows are queued by `relabel`.

    Raises
    ------
    SettingError
        For a value out of its range.
    """

    min_class_size: int = 10
    max_class_loss: float = 0.2
    weight: float | None = None
    budget: int | None = None

    def __post_init__(self) -> None:
        if self.min_class_size < 0:
            raise _out_of_range("--min-class-size", self.min_class_size, "0 or more")
        if not 0 <= self.max_class_loss <= 1:
            raise _out_of_range("--max-class-loss", self.max_class_loss, "between 0 and 1")
        if self.weight is not None and not 0 <= self.weight <= 1:
            raise _out_of_range("--weight", self.weight, "between 0 and 1")
        if self.budget is not None and self.budget < 1:
            raise _out_of_range("--budget", self.budget, "1 or more")


@dataclass(frozen=True)
class Candidate:
    """A flagged row that may be changed: what the run says of it, and where it is now.

    `given` is the label as the data now reads it.
    """

    issue: Issue
    row: int
    given: Label


Outcome = tuple[tuple[Action, ...], "Mapping[str, int]"]
"""The actions, and how many candidates were left alone, by reason."""


def drop(
    candidates: Sequence[Candidate], data: Dataset, training: BoolArray, limits: Limits
) -> Outcome:
    """Remove the rows, unless a class would lose more than its limits allow.

    Parameters
    ----------
    candidates : sequence of Candidate
    data : Dataset
        n rows.
    training : ndarray of bool, shape (n,)
    limits : Limits

    Returns
    -------
    tuple of Action, mapping of str to int
        In rank order. Rows of classes that are below `min_class_size` already are left
        alone and counted.

    Raises
    ------
    RefusedError
        Naming each class that would lose too much.
    """
    import numpy as np

    n_classes = len(data.classes)
    sizes = np.bincount(data.y[training & (data.y >= 0)], minlength=n_classes).tolist()
    small = {code for code, size in enumerate(sizes) if size < limits.min_class_size}
    flagged = Counter(int(data.y[candidate.row]) for candidate in candidates)
    few = f"has fewer than {limits.min_class_size} training rows"
    skipped = {
        f"class {label_text(data.classes[code])!r} {few}": count
        for code, count in sorted(flagged.items())
        if code in small
    }
    losses = {code: count for code, count in sorted(flagged.items()) if code not in small}
    _refuse_great_losses(data, sizes, losses, limits)
    actions = (
        _action(candidate, Kind.DROP, after_weight=0.0, safety=Safety.UNSAFE)
        for candidate in _by_rank(candidates)
        if int(data.y[candidate.row]) not in small
    )
    return tuple(actions), skipped


def downweight(
    candidates: Sequence[Candidate],
    data: Dataset,  # noqa: ARG001
    training: BoolArray,  # noqa: ARG001
    limits: Limits,
) -> Outcome:
    """Give the rows a lower sample weight, by suspicion or constant.

    Parameters
    ----------
    candidates : sequence of Candidate
    data : Dataset
    training : ndarray of bool, shape (n,)
    limits : Limits

    Returns
    -------
    tuple of Action, mapping of str to int
        In rank order.
    """
    actions = (
        _action(candidate, Kind.DOWNWEIGHT, after_weight=_weight(candidate.issue, limits.weight))
        for candidate in _by_rank(candidates)
    )
    return tuple(actions), {}


def relabel(
    candidates: Sequence[Candidate],
    data: Dataset,  # noqa: ARG001
    training: BoolArray,  # noqa: ARG001
    limits: Limits,
) -> Outcome:
    """Queue the rows for people, those most likely wrong first.

    The value of looking at a row is the chance that a label is mended by it, which is its
    error probability; ties go by suspicion, then by row id.

    Parameters
    ----------
    candidates : sequence of Candidate
    data : Dataset
    training : ndarray of bool, shape (n,)
    limits : Limits

    Returns
    -------
    tuple of Action, mapping of str to int
        Most valuable first.
    """
    ordered = sorted(candidates, key=_value_first)
    budget = len(ordered) if limits.budget is None else limits.budget
    beyond = len(ordered) - budget
    skipped = {f"beyond the budget of {budget}": beyond} if beyond > 0 else {}
    return tuple(_action(candidate, Kind.QUEUE) for candidate in ordered[:budget]), skipped


STRATEGIES: dict[str, Callable[[Sequence[Candidate], Dataset, BoolArray, Limits], Outcome]] = {
    "drop": drop,
    "downweight": downweight,
    "relabel": relabel,
}
"""The strategies by name."""


def short_weight(weight: float) -> str:
    """Write a weight with at most three significant digits: ``1``, ``0.1``, ``0.073``."""
    return f"{weight:.3g}"


def _weight(issue: Issue, constant: float | None) -> float:
    if constant is not None:
        return constant
    chance = issue.error_probability
    if math.isnan(chance):
        chance = issue.suspicion
    # What the plan says is what the file will hold, to the digit.
    return float(short_weight(min(1.0, max(LOWEST_WEIGHT, 1.0 - chance))))


def _refuse_great_losses(
    data: Dataset, sizes: Sequence[int], losses: Mapping[int, int], limits: Limits
) -> None:
    share = limits.max_class_loss
    # 0.29 of 100 is 28.999… in floating point: the user who wrote it means 29.
    too_many = {code: n for code, n in losses.items() if n > share * sizes[code] + _ROUNDING}
    too_few = {code: n for code, n in losses.items() if sizes[code] - n < limits.min_class_size}
    refused = sorted(too_many.keys() | too_few.keys())
    if not refused:
        return
    told = [
        f"{label_text(data.classes[code])!r} would lose {losses[code]} of its {sizes[code]} rows"
        for code in refused[:_SHOWN]
    ]
    if len(refused) > _SHOWN:
        told.append(f"and {len(refused) - _SHOWN} more classes")
    options = []
    if too_many:
        needed = max(n / sizes[code] for code, n in too_many.items())
        options.append(f"raise --max-class-loss to {math.ceil(needed * 100) / 100:g}")
    if too_few:
        left = min(sizes[code] - n for code, n in too_few.items())
        options.append(f"lower --min-class-size to {left}")
    raise RefusedError(
        f"dropping would take too many training rows of a class: {', '.join(told)}; "
        f"the limits are {share:.3g} of a class (--max-class-loss) "
        f"and {limits.min_class_size} rows left (--min-class-size)",
        hint=f"{' and '.join(options)}, or use --strategy downweight",
    )


def _action(
    candidate: Candidate, kind: Kind, *, after_weight: float = 1.0, safety: Safety = Safety.SAFE
) -> Action:
    issue = candidate.issue
    return Action(
        row_id=issue.row_id,
        row=candidate.row,
        kind=kind,
        before=candidate.given,
        after=None if kind is Kind.DROP else candidate.given,
        weight=after_weight,
        reason=reason(issue),
        safety=safety,
    )


def reason(issue: Issue) -> str:
    """Say why a row is flagged, in one line that is kept with every change.

    Parameters
    ----------
    issue : Issue

    Returns
    -------
    str
    """
    parts = [f"flagged by {', '.join(issue.detectors)}; given {label_text(issue.given)!r}"]
    if issue.suggested is not None:
        parts.append(f"suggested {label_text(issue.suggested)!r}")
    if not math.isnan(issue.error_probability):
        parts.append(f"error probability {issue.error_probability:.2f}")
    return ", ".join(parts)


def _by_rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: (candidate.issue.rank, candidate.issue.row_id))


def _value_first(candidate: Candidate) -> tuple[float, float, str]:
    issue = candidate.issue
    return _descending(issue.error_probability), _descending(issue.suspicion), issue.row_id


def _descending(value: float) -> float:
    return math.inf if math.isnan(value) else -value


def _out_of_range(option: str, value: float, allowed: str) -> SettingError:
    return SettingError(f"{option} is {value:g}", hint=f"it must be {allowed}")
