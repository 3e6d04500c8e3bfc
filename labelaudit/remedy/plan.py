"""Planning: what would be done to which row of the file as it is now, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.errors import RunError, SettingError, did_you_mean
from labelaudit.remedy.rows import GONE, TRAIN_VALUES, RowMatcher, split_values, training_rows
from labelaudit.remedy.strategies import STRATEGIES, Candidate, Limits
from labelaudit.types import SEVERITIES, Kind, Notice, Plan, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.types import Action, Audit, BoolArray, Dataset, Label


def plan_fix(
    audit: Audit,
    data: Dataset,
    *,
    strategy: str,
    run_id: str,
    min_severity: str | None = None,
    min_class_size: int = 10,
    max_class_loss: float = 0.2,
    weight: float | None = None,
    budget: int | None = None,
    train_values: Iterable[str] = TRAIN_VALUES,
) -> Plan:
    """Decide what to do with the flagged rows of a run.

    Rows are found by id and content, so the file may have been reordered, extended or
    trimmed since the run. A row that is gone, or whose content or label changed, is left
    alone and counted. The plan does not depend on the order of the rows.

    Parameters
    ----------
    audit : Audit
    data : Dataset
        The file as it is now.
    strategy : {"drop", "downweight", "relabel"}
    run_id : str
        Recorded with every change.
    min_severity : str, optional
        Issues below it are left alone. By default ``"medium"``, except for `relabel`,
        which queues all: where evidence is weak people may look, but nothing is lost.
    min_class_size, max_class_loss
        The floors of `drop`; see `Limits`.
    weight : float, optional
        A constant for `downweight`, in [0, 1]. By default one minus the error
        probability, clipped to [0.05, 1].
    budget : int, optional
        The most rows that `relabel` queues.
    train_values : iterable of str
        What the split column calls the rows that may change.

    Returns
    -------
    Plan

    Raises
    ------
    SettingError
        For an unknown strategy or severity, or a limit out of its range.
    RefusedError
        When `drop` would take too much of a class, or no row is in a training split.
    RunError
        When the run is not one of this data.
    """
    if strategy not in STRATEGIES:
        raise SettingError(
            f"there is no strategy {strategy!r}",
            hint=did_you_mean(strategy, STRATEGIES) or f"there are: {', '.join(STRATEGIES)}",
        )
    limits = Limits(min_class_size, max_class_loss, weight, budget)
    least = _least_severity(min_severity, strategy)
    training = training_rows(data, train_values)
    candidates, skipped = _candidates(audit, data, training, least)
    actions, left_alone = STRATEGIES[strategy](candidates, data, training, limits)
    return Plan(
        strategy=strategy,
        run_id=run_id,
        actions=actions,
        skipped={**skipped, **left_alone},
        notices=_notices(audit, actions),
    )


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
    classes : tuple of ClassEffect
        In the order of `Dataset.classes`, then new ones in the order they are given.
    """

    rows_before: int
    rows_after: int
    by_kind: Mapping[str, int]
    classes: tuple[ClassEffect, ...]


def summarise(plan: Plan, data: Dataset) -> Effect:
    """Count what a plan does, in rows and per class.

    Parameters
    ----------
    plan : Plan
    data : Dataset
        What it was made for.

    Returns
    -------
    Effect
    """
    before = Counter(data.classes[code] for code in data.y.tolist() if code >= 0)
    after = Counter(before)
    weight: Counter[Label] = Counter(before)
    dropped = 0
    for action in plan.actions:
        after[action.before] -= 1
        weight[action.before] -= 1
        if action.after is None:
            dropped += 1
            continue
        after[action.after] += 1
        # A Counter holds floats as well; its type says int.
        weight[action.after] += action.weight  # type: ignore[assignment]
    labels = dict.fromkeys((*data.classes, *after))
    return Effect(
        rows_before=data.n_rows,
        rows_after=data.n_rows - dropped,
        by_kind=dict(Counter(str(action.kind) for action in plan.actions)),
        classes=tuple(
            ClassEffect(label, before[label], after[label], float(weight[label]))
            for label in labels
        ),
    )


def _least_severity(given: str | None, strategy: str) -> Severity:
    if given is None:
        return Severity.LOW if strategy == "relabel" else Severity.MEDIUM
    if given not in SEVERITIES:
        raise SettingError(
            f"there is no severity {given!r}", hint=f"there are: {', '.join(SEVERITIES)}"
        )
    return Severity(given)


def _candidates(
    audit: Audit, data: Dataset, training: BoolArray, least: Severity
) -> tuple[list[Candidate], dict[str, int]]:
    matcher = RowMatcher(audit, data)
    split = split_values(data)
    found: list[Candidate] = []
    skipped: Counter[str] = Counter()
    for issue in audit.issues:
        row = matcher.find(issue.row)
        if isinstance(row, str):
            skipped[row] += 1
        elif split is not None and not training[row]:
            skipped[f"held-out split {split[row]!r}"] += 1
        elif SEVERITIES.index(issue.severity) < SEVERITIES.index(least):
            skipped[f"severity {issue.severity}"] += 1
        else:
            found.append(Candidate(issue, row, data.classes[int(data.y[row])]))
    if audit.issues and skipped[GONE] == len(audit.issues):
        raise RunError(
            "none of the rows that the run flags is in the file",
            where=data.source.path,
            hint=f"the run was made from {audit.source.path}: name that file, or another run",
        )
    return found, dict(sorted(skipped.items()))


def _notices(audit: Audit, actions: tuple[Action, ...]) -> tuple[Notice, ...]:
    blind = audit.summary.blind
    loses = any(action.kind in (Kind.DROP, Kind.DOWNWEIGHT) for action in actions)
    if not (blind and loses):
        return ()
    return (
        Notice(
            code="blind-run",
            message=f"The run cannot tell wrong labels from right ones: {blind}.",
            hint="Look at the rows before you use the result: --strategy relabel queues them.",
        ),
    )
