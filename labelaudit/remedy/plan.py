"""Planning: what would be done to which row of the file as it is now, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.errors import RunError, SettingError
from labelaudit.remedy.by_verdict import canonical, check_by_verdict, check_strategy, strategy_for
from labelaudit.remedy.candidates import (
    CLASS_BALANCED,
    ERROR_PROBABILITY,
    Candidate,
    FixOptions,
    Target,
    breaks_a_rule,
)
from labelaudit.remedy.floors import keep_floors, keep_weights
from labelaudit.remedy.plan_notices import plan_notices
from labelaudit.remedy.rows import GONE, TRAIN_VALUES, RowMatcher, split_values, training_rows
from labelaudit.remedy.strategies import STRATEGIES
from labelaudit.remedy.weights import balance
from labelaudit.types import SEVERITIES, Kind, Notice, Plan, Safety, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from labelaudit.remedy.taken import Taken
    from labelaudit.types import Action, Audit, BoolArray, Dataset, Label


def plan_fix(
    audit: Audit,
    data: Dataset,
    *,
    strategy: str | Mapping[str, str],
    run_id: str,
    min_severity: str | None = None,
    min_class_size: int = 10,
    max_class_loss: float = 0.2,
    weight: float | None = None,
    weight_by: str = ERROR_PROBABILITY,
    min_confidence: float = 0.8,
    min_agreement: int = 2,
    soft: bool = False,
    safe_only: bool = False,
    budget: int | None = None,
    train_values: Iterable[str] = TRAIN_VALUES,
    right: BoolArray | None = None,
    only: AbstractSet[str] | None = None,
    before: Taken | None = None,
) -> Plan:
    """Decide what to do with the flagged rows of a run.

    Rows are found by id and content, so the file may have been reordered, extended or
    trimmed since the run. A row that is gone, or whose content or label changed, is left
    alone and counted. The plan does not depend on the order of the rows. Rows of a held-out
    split are never changed.

    Parameters
    ----------
    audit : Audit
    data : Dataset
        The file as it is now.
    strategy : {"drop", "downweight", "correct", "relabel"} or mapping of str to str
        One for all rows, or one for each verdict; rows of a verdict that is not named are
        left alone and counted.
    run_id : str
        Recorded with every change.
    min_severity : str, optional
        Issues below it are left alone. By default ``"medium"``, except for `relabel`,
        which queues all: where evidence is weak people may look, but nothing is lost.
    min_class_size, max_class_loss
        The floors of classes; see `FixOptions`.
    weight : float, optional
        A constant for `downweight`, in [0, 1]. By default one minus the error
        probability, clipped to [0.05, 1].
    weight_by : {"error-probability", "class-balanced"}
        With the second, and where rows are downweighted at all, the weights of all
        training rows are then scaled so that each class has the same total.
    min_confidence, min_agreement
        What `correct` asks for; see `FixOptions`.
    soft : bool
        Whether `correct` gives a probability per class instead of another label.
    safe_only : bool
        Whether to leave out what is unsafe: `drop` and `correct`.
    budget : int, optional
        The most rows that `relabel` queues.
    train_values : iterable of str
        What the split column calls the rows that may change.
    right : ndarray of bool, shape (number of rows of `data`,), optional
        Rows whose label is on record as right: they are left alone and counted.
    only : set of str, optional
        Ids of the rows of the run that are taken; the others are left alone and counted.
    before : Taken, optional
        What fixes took from this file before, which counts towards `max_class_loss`.

    Returns
    -------
    Plan
        Changes of the data in rank order, then the queue in its own.

    Raises
    ------
    SettingError
        For an unknown verdict, strategy or severity, or an option out of its range.
    RefusedError
        When too much of a class would be taken, or no row is in a training split.
    RunError
        When the run is not one of this data.
    """
    if isinstance(strategy, str):
        check_strategy(strategy)
    else:
        strategy = check_by_verdict(strategy)
    used = {strategy} if isinstance(strategy, str) else set(strategy.values())
    if soft and "correct" not in used:
        raise SettingError(
            "soft labels come from correct, and nothing is to be corrected",
            where="--soft",
            hint="add --strategy correct, or leave --soft out",
        )
    options = FixOptions(
        min_class_size=min_class_size,
        max_class_loss=max_class_loss,
        weight=weight,
        weight_by=weight_by,
        min_confidence=min_confidence,
        min_agreement=min_agreement,
        soft=soft,
        budget=budget,
    )
    target = Target(data, training_rows(data, train_values), audit.classes)
    picked = _Picking(
        strategy, _severity(min_severity), safe_only=safe_only, right=right, only=only
    )
    candidates, skipped = _candidates(audit, target, picked)
    plan = _decide(candidates, target, options, used, before)
    return replace(
        plan,
        strategy=strategy if isinstance(strategy, str) else canonical(strategy),
        run_id=run_id,
        skipped=dict(sorted((Counter(skipped) + Counter(plan.skipped)).items())),
        notices=(*plan_notices(audit, plan.actions), *plan.notices, *_lost_track(plan, before)),
    )


def data_part(plan: Plan) -> Plan:
    """Give what a plan does to the data file: all of it but the queue."""
    return replace(plan, actions=tuple(one for one in plan.actions if one.kind is not Kind.QUEUE))


def queue_part(plan: Plan) -> Plan:
    """Give what a plan queues for people."""
    return replace(
        plan,
        actions=tuple(one for one in plan.actions if one.kind is Kind.QUEUE),
        class_weights={},
        class_losses={},
    )


@dataclass(frozen=True)
class _Picking:
    """Which issues are taken, and by which strategy."""

    strategy: str | Mapping[str, str]
    min_severity: Severity | None
    safe_only: bool
    right: BoolArray | None
    only: AbstractSet[str] | None


def _severity(given: str | None) -> Severity | None:
    if given is None:
        return None
    if given not in SEVERITIES:
        raise SettingError(
            f"there is no severity {given!r}", hint=f"there are: {', '.join(SEVERITIES)}"
        )
    return Severity(given)


def _candidates(
    audit: Audit, target: Target, picking: _Picking
) -> tuple[dict[str, list[Candidate]], dict[str, int]]:
    """Find the rows that may change, by strategy, and count those that may not."""
    data = target.data
    matcher = RowMatcher(audit, data)
    split = split_values(data)
    found: dict[str, list[Candidate]] = defaultdict(list)
    skipped: Counter[str] = Counter()
    for place, issue in enumerate(audit.issues):
        row = matcher.find(issue.row)
        name = strategy_for(picking.strategy, issue.verdict)
        if isinstance(row, str):
            skipped[row] += 1
        elif split is not None and not target.training[row]:
            skipped[f"held-out split {split[row]!r}"] += 1
        elif picking.only is not None and issue.row_id not in picking.only:
            skipped["not in the chosen pattern"] += 1
        elif picking.right is not None and picking.right[row]:
            skipped["on record as right"] += 1
        elif name is None:
            skipped[f"verdict {issue.verdict}, which the plan does not name"] += 1
        elif picking.safe_only and STRATEGIES[name].safety is Safety.UNSAFE:
            skipped[f"{name} is unsafe, and --safe-only leaves it out"] += 1
        elif _weak(issue.severity, picking.min_severity or STRATEGIES[name].min_severity):
            skipped[f"severity {issue.severity}"] += 1
        else:
            found[name].append(
                Candidate(
                    issue,
                    row,
                    data.classes[int(data.y[row])],
                    audit.issue_pred_probs[place],
                    named=not isinstance(picking.strategy, str),
                )
            )
    if audit.issues and skipped[GONE] == len(audit.issues):
        raise RunError(
            "none of the rows that the run flags is in the file",
            where=data.source.path,
            hint=f"the run was made from {audit.source.path}: name that file, or another run",
        )
    return found, dict(sorted(skipped.items()))


def _weak(severity: Severity, least: Severity) -> bool:
    return SEVERITIES.index(severity) < SEVERITIES.index(least)


def _decide(
    candidates: Mapping[str, Sequence[Candidate]],
    target: Target,
    options: FixOptions,
    used: set[str],
    before: Taken | None,
) -> Plan:
    """Let each strategy propose, and hold all of it together against the class floors."""
    left: Counter[str] = Counter()
    proposed: list[Action] = []
    rank: dict[int, int] = {}
    for name, strategy in STRATEGIES.items():
        rank |= {one.row: one.issue.rank for one in candidates.get(name, ())}
        actions, reasons = strategy.propose(candidates.get(name, ()), target, options)
        proposed += actions
        left.update(reasons)
    queue = [one for one in proposed if one.kind is Kind.QUEUE]
    changes = [one for one in proposed if one.kind is not Kind.QUEUE]
    proposed = [*sorted(changes, key=lambda one: rank[one.row]), *queue]
    certain = {
        one.row for found in candidates.values() for one in found if breaks_a_rule(one.issue)
    }
    kept, reasons, losses = keep_floors(proposed, target, options, certain=certain, before=before)
    left.update(reasons)
    kept, reasons, notices = keep_weights(kept, target, options)
    left.update(reasons)
    class_weights: dict[Label, float] = {}
    if options.weight_by == CLASS_BALANCED and "downweight" in used:
        kept, class_weights = balance(kept, target, min_class_size=options.min_class_size)
    return Plan("", "", kept, dict(left), notices, class_weights, losses)


def _lost_track(plan: Plan, before: Taken | None) -> tuple[Notice, ...]:
    if before is None or not before.unknown_since or not any(plan.class_losses.values()):
        return ()
    message = (
        f"Something else wrote to the file since action {before.unknown_since}: what fixes took "
        "from classes before does not count towards --max-class-loss here."
    )
    return (Notice("losses-unknown", message),)
