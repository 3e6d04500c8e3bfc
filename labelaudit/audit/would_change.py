"""What would change the verdict on a row: only what can be worked out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.audit.opinions import quoted, share
from labelaudit.audit.verdicts import AHEAD
from labelaudit.types import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Dataset, FloatArray, Label


@dataclass(frozen=True)
class Standing:
    """How it stands with the label of one row.

    Attributes
    ----------
    given : Label
    suggested : Label or None
    flagged, accepted : bool
        Accepted: it would be flagged, had nobody put on record that its label is right.
    verdict : Verdict or None
    flagged_by : tuple of str
        Detectors whose flag alone suffices.
    error_probability : float
        That of label-posterior; NaN where it gives none.
    threshold : float or None
        The error probability that label-posterior flags from.
    lead : float
        How far the suggested class is ahead of the given one; NaN where unknown.
    copies : tuple of (str, Label)
        Row id and label of the other rows of the same content.
    relabelled : int
        How many of the nearest rows of `leader` would have to carry the given label for
        neighbor-agreement not to object; 0 where it does not.
    leader : Label or None
        The class that most of the nearest rows carry.
    """

    given: Label
    suggested: Label | None
    flagged: bool
    accepted: bool = False
    verdict: Verdict | None = None
    flagged_by: tuple[str, ...] = ()
    error_probability: float = math.nan
    threshold: float | None = None
    lead: float = math.nan
    copies: tuple[tuple[str, Label], ...] = ()
    relabelled: int = 0
    leader: Label | None = None


def would_change(standing: Standing) -> str:
    """Say what would change the verdict.

    Nothing is fitted again: a sentence says what follows from the numbers at hand, such as
    the threshold, the votes of copies and the votes of the nearest rows.

    Parameters
    ----------
    standing : Standing

    Returns
    -------
    str
        Sentences; empty where nothing can be worked out.
    """
    if standing.accepted:
        told = ["It would be flagged, had nobody put on record that its label is right."]
    elif standing.flagged:
        told = [_unflagged(standing), _other_kind(standing)]
    else:
        told = [_flagged(standing)]
    told.append(_nearest(standing))
    return " ".join(sentence for sentence in told if sentence)


def _flagged(standing: Standing) -> str:
    error, threshold = standing.error_probability, standing.threshold
    if threshold is None or math.isnan(error) or error >= threshold:
        return ""
    return (
        f"It would be flagged if its error probability were {threshold:g} or more "
        f"(it is {_beside(error, threshold)})."
    )


def _unflagged(standing: Standing) -> str:
    """Say when copies would not object; that a detector flags less above its bound says nothing."""
    if "duplicates" not in standing.flagged_by:
        return ""
    condition = _copies_that_decide(standing)
    if not condition:
        return ""
    if standing.flagged_by == ("duplicates",):
        return f"Nothing else flags it: its copies would not if {condition}."
    return f"Its copies would not object if {condition}."


def _copies_that_decide(standing: Standing) -> str:
    """Relabel copies until the given label has more votes than any other."""
    own = quoted(standing.given)
    votes: dict[str, list[str]] = {own: []}
    for row_id, label in standing.copies:
        votes.setdefault(quoted(label), []).append(row_id)
    counts = {label: len(ids) for label, ids in votes.items()}
    counts[own] += 1
    chosen: list[str] = []
    while True:
        rivals = [label for label in counts if label != own and counts[label] >= counts[own]]
        if not rivals:
            break
        label = min(rivals, key=lambda one: (-counts[one], one))
        chosen.append(votes[label].pop(0))
        counts[label] -= 1
        counts[own] += 1
    if not chosen:
        return ""
    if len(chosen) == 1:
        return f"row {chosen[0]} were labelled {own}"
    return f"{len(chosen):,} of the rows identical to it were labelled {own}"


def _other_kind(standing: Standing) -> str:
    if standing.suggested is None or math.isnan(standing.lead):
        return ""
    if not {"label-posterior", "confident-learning"} & set(standing.flagged_by):
        return ""
    own, other = quoted(standing.given), quoted(standing.suggested)
    if standing.verdict is Verdict.MISLABELLED and "rules" not in standing.flagged_by:
        if standing.lead < AHEAD:
            return ""
        return (
            f"It would be ambiguous instead of mislabelled if {other} were ahead of {own} by "
            f"less than {AHEAD:g} (it is by {_beside(standing.lead, AHEAD)})."
        )
    if standing.verdict is Verdict.AMBIGUOUS and standing.lead < AHEAD:
        how = (
            f"it is by {_beside(standing.lead, AHEAD)}"
            if standing.lead > 0
            else f"{own} is ahead by {-standing.lead:.2f}"
        )
        return (
            f"It would be mislabelled instead of ambiguous if {other} were ahead of {own} by "
            f"{AHEAD:g} or more ({how})."
        )
    return ""


def _nearest(standing: Standing) -> str:
    if not standing.relabelled or standing.leader is None:
        return ""
    rows = "row" if standing.relabelled == 1 else f"{standing.relabelled} rows"
    return (
        f"Its neighbours would not object if the nearest {rows} of {quoted(standing.leader)} "
        f"were labelled {quoted(standing.given)}."
    )


def _beside(value: float, bound: float) -> str:
    """Write a probability with the decimals that set it apart from a bound."""
    if round(value, 2) != round(bound, 2):
        return share(value)
    return f"{value:.6g}"


def relabelled_neighbors(
    data: Dataset,
    given: NDArray[np.int32],
    near: NDArray[np.integer],
    far: FloatArray | None,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Count the neighbours that would have to change for neighbor-agreement not to object.

    Parameters
    ----------
    data : Dataset
    given : ndarray of int32, shape (r,)
        The labels of the rows asked about.
    near : ndarray of int, shape (r, m)
        Their neighbours, nearest first; -1 for none.
    far : ndarray of float32, shape (r, m), or None

    Returns
    -------
    count : ndarray of int64, shape (r,)
        Of the nearest rows of `leader`; 0 where it does not object, or where no number of
        them is enough.
    leader : ndarray of int32, shape (r,)
        The class it objects with; -1 for none.
    """
    import numpy as np

    from labelaudit.detectors.neighbor_agreement import NeighborAgreement
    from labelaudit.types import Evidence

    r, m = near.shape
    # A small Dataset of the rows asked about and, behind them, the neighbours of each.
    labels = np.where(near >= 0, data.y[near], -1).astype(np.int32)
    place = r + np.arange(r * m).reshape(r, m)
    neighbors = np.full((r + r * m, m), -1, dtype=np.int32)
    neighbors[:r] = np.where(near >= 0, place, -1)
    distances = None
    if far is not None:
        distances = np.full((r + r * m, m), np.inf, dtype=np.float32)
        distances[:r] = far
    evidence = Evidence(neighbors=neighbors, distances=distances)
    ids = np.array([str(at) for at in range(r + r * m)], dtype=object)

    def ask(now: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
        small = replace(data, y=np.concatenate([given, now.ravel()]).astype(np.int32), row_id=ids)
        scores = NeighborAgreement().score(small, evidence)
        return scores.flagged[:r], scores.suggested[:r]

    objects, leader = ask(labels)
    leader = np.where(objects, leader, -1).astype(np.int32)
    count = np.zeros(r, dtype=np.int64)
    of_leader = (labels == leader[:, None]) & (leader >= 0)[:, None]
    order = np.cumsum(of_leader, axis=1)
    for step in range(1, m + 1):
        if not objects.any():
            break
        changed = np.where(of_leader & (order <= step), given[:, None], labels)
        still, _ = ask(changed)
        count[objects & ~still] = step
        objects &= still
    return count, leader
