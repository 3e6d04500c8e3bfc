"""What every strategy works on: the rows it may change, the data they are in, its options."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.opinions import share as in_words
from labelaudit.audit.tables import label_text
from labelaudit.detectors import CATALOG
from labelaudit.errors import SettingError, did_you_mean
from labelaudit.types import Action, Kind, Safety

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.types import BoolArray, Dataset, FloatArray, Issue, Label

ERROR_PROBABILITY, CLASS_BALANCED = WEIGHT_BY = ("error-probability", "class-balanced")
"""What weights can go by."""


@dataclass(frozen=True)
class FixOptions:
    """How far strategies may go, and how they go about it.

    Attributes
    ----------
    min_class_size : int
        Each class keeps at least this many training rows, and this sum of weights.
    max_class_loss : float
        At most this share of the training rows of a class is dropped or corrected, in
        [0, 1].
    weight : float or None
        The weight that `downweight` gives, in [0, 1]; None for one by suspicion.
    weight_by : {"error-probability", "class-balanced"}
        The second scales all weights so that each class has the same total.
    min_confidence : float
        `correct` takes a class that is at least this probable, in [0, 1].
    min_agreement : int
        `correct` takes rows that at least this many detectors flag.
    soft : bool
        `correct` gives a probability per class instead of another label.
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
    weight_by: str = ERROR_PROBABILITY
    min_confidence: float = 0.8
    min_agreement: int = 2
    soft: bool = False
    budget: int | None = None

    def __post_init__(self) -> None:
        if self.min_class_size < 0:
            raise _out_of_range("--min-class-size", self.min_class_size, "0 or more")
        for option, share in (
            ("--max-class-loss", self.max_class_loss),
            ("--min-confidence", self.min_confidence),
            ("--weight", self.weight),
        ):
            if share is not None and not 0 <= share <= 1:
                raise _out_of_range(option, share, "between 0 and 1")
        if self.min_agreement < 1:
            raise _out_of_range("--min-agreement", self.min_agreement, "1 or more")
        if self.budget is not None and self.budget < 1:
            raise _out_of_range("--budget", self.budget, "1 or more")
        if self.weight_by not in WEIGHT_BY:
            raise SettingError(
                f"weights cannot go by {self.weight_by!r}",
                hint=did_you_mean(self.weight_by, WEIGHT_BY) or f"choose {', '.join(WEIGHT_BY)}",
            )


@dataclass(frozen=True)
class Target:
    """The data that is to be changed.

    Attributes
    ----------
    data : Dataset
        n rows, as they are now.
    training : ndarray of bool, shape (n,)
        The rows that may change.
    run_classes : tuple of Label
        The classes that the run knew, which `Candidate.pred_probs` are of.
    """

    data: Dataset
    training: BoolArray
    run_classes: tuple[Label, ...]

    def sizes(self) -> list[int]:
        """Count the training rows of each class of the data."""
        import numpy as np

        y = self.data.y
        counts = np.bincount(y[self.training & (y >= 0)], minlength=len(self.data.classes))
        return [int(count) for count in counts]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A flagged row that may be changed: what the run says of it, and where it is now.

    Attributes
    ----------
    issue : Issue
    row : int
        0-based position in the data.
    given : Label
        As the data now reads it.
    pred_probs : ndarray of float32, shape (number of `Target.run_classes`,)
        NaN where no model judged it.
    named : bool
        Whether the strategy was asked for by the name of the row's verdict.
    """

    issue: Issue
    row: int
    given: Label
    pred_probs: FloatArray
    named: bool = False


Outcome = tuple[tuple[Action, ...], "Mapping[str, int]"]
"""The actions, and how many candidates were left alone, by reason."""


def make_action(
    candidate: Candidate,
    kind: Kind,
    *,
    after: Label | None,
    safety: Safety,
    weight: float = 1.0,
    probabilities: tuple[float, ...] | None = None,
    remark: str = "",
) -> Action:
    """Say what would be done to a candidate, and why.

    Parameters
    ----------
    candidate : Candidate
    kind : Kind
    after : Label or None
    safety : Safety
    weight : float
    probabilities : tuple of float, optional
    remark : str
        Added to the reason.

    Returns
    -------
    Action
    """
    reason = explain(candidate.issue)
    return Action(
        row_id=candidate.issue.row_id,
        row=candidate.row,
        kind=kind,
        before=candidate.given,
        after=after,
        weight=weight,
        reason=f"{reason}, {remark}" if remark else reason,
        safety=safety,
        probabilities=probabilities,
    )


def explain(issue: Issue) -> str:
    """Say in words why a row is flagged.

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
        parts.append(f"error probability {in_words(issue.error_probability)}")
    return ", ".join(parts)


def by_rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Put candidates in the order of the run's ranking."""
    return sorted(candidates, key=lambda candidate: (candidate.issue.rank, candidate.issue.row_id))


def _out_of_range(option: str, value: float, allowed: str) -> SettingError:
    return SettingError(f"{option} is {value:g}", hint=f"it must be {allowed}")


def breaks_a_rule(issue: Issue) -> bool:
    """Tell whether a row is flagged for certain: a written rule is broken.

    Parameters
    ----------
    issue : Issue

    Returns
    -------
    bool
    """
    # A kept run may name a detector of a package that is not installed here.
    return any(name in CATALOG and CATALOG[name].certain for name in issue.detectors)
