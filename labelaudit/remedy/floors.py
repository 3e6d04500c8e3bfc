"""Class floors: how much of a class a plan may take away, in rows and in weight."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import ROUND_CEILING, Context, Decimal
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.errors import RefusedError
from labelaudit.remedy.taken import Taken
from labelaudit.remedy.weights import sizes_after
from labelaudit.types import Kind, Notice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from labelaudit.remedy.candidates import FixOptions, Target
    from labelaudit.types import Action, Label

LOSING = (Kind.DROP, Kind.CORRECT)
"""What takes rows away from the class of their given label."""

_WORDS = {Kind.DROP: "dropping", Kind.CORRECT: "correcting"}
_SHOWN = 5
_ROUNDING = 1e-9
_UPWARD = Context(prec=6, rounding=ROUND_CEILING)


def keep_floors(
    actions: Sequence[Action],
    target: Target,
    options: FixOptions,
    *,
    certain: Collection[int] = (),
    before: Taken | None = None,
) -> tuple[tuple[Action, ...], dict[str, int], dict[Label, float]]:
    """Hold what is dropped and corrected, together, against the limits of each class.

    A row that is dropped or gets another label is one row lost to its class; a soft label
    takes from it what it gives to other classes.

    Parameters
    ----------
    actions : sequence of Action
        All that a plan would do.
    target : Target
    options : FixOptions
    certain : collection of int
        Rows whose label breaks a rule. Correcting them is no loss: a class that is a
        misspelling of another is to go.
    before : Taken, optional
        What fixes took from this file before: it counts towards `max_class_loss`, which is
        a share of the rows that a class had at first.

    Returns
    -------
    tuple of Action, mapping of str to int
        Rows of classes that are below `min_class_size` already are not dropped or
        corrected, but left alone and counted.
    mapping of Label to float
        Rows that each class loses by it.

    Raises
    ------
    RefusedError
        Naming each class that would lose too much.
    """
    classes = target.data.classes
    sizes = dict(zip(classes, target.sizes(), strict=True))
    places = {label: place for place, label in enumerate(classes)}
    small = {label for label, size in sizes.items() if size < options.min_class_size}
    exempt = {one.row for one in actions if one.kind is Kind.CORRECT and one.row in certain}
    counted = [one for one in actions if one.row not in exempt]
    taken = {label: n for label, n in _losses(counted, places).items() if label not in small}
    _refuse_great_losses(taken, sizes, options, counted, before or Taken())
    kept, left = [], Counter[str]()
    for action in actions:
        if action.kind in LOSING and action.before in small and action.row not in exempt:
            few = f"has fewer than {options.min_class_size} training rows"
            left[f"class {label_text(action.before)!r} {few}"] += 1
        else:
            kept.append(action)
    return tuple(kept), dict(sorted(left.items())), taken


def keep_weights(
    actions: Sequence[Action], target: Target, options: FixOptions
) -> tuple[tuple[Action, ...], dict[str, int], tuple[Notice, ...]]:
    """Raise lowered weights where a class would weigh too little.

    The sum of weights of a class stays at least `min_class_size`, or its number of rows
    where it has fewer. Where lowered weights w would take more, each becomes 1 - s(1 - w)
    with the greatest s in [0, 1] that leaves enough.

    Parameters
    ----------
    actions : sequence of Action
        All that a plan would do.
    target : Target
    options : FixOptions

    Returns
    -------
    tuple of Action
        Without the rows of classes that have nothing to spare.
    mapping of str to int
        How many those are, by reason.
    tuple of Notice
        One where weights were raised.
    """
    sizes = sizes_after(actions, target)
    scale = _scales(actions, sizes, options)
    kept, left = [], Counter[str]()
    for action in actions:
        by = scale.get(action.before) if action.kind is Kind.DOWNWEIGHT else None
        if by is None:
            kept.append(action)
        elif by > 0:
            kept.append(replace(action, weight=_raised(action.weight, by)))
        else:
            size = f"has {sizes[action.before]} training rows"
            left[f"class {label_text(action.before)!r} {size}, and none to spare"] += 1
    raised = [repr(label_text(label)) for label, by in scale.items() if by > 0]
    if not raised:
        return tuple(kept), dict(sorted(left.items())), ()
    message = (
        f"Weights were raised in {_listed(raised, 'classes')}: the rows of a class weigh at "
        f"least {options.min_class_size} together."
    )
    notice = Notice("weights-raised", message, "Set that sum with --min-class-size.")
    return tuple(kept), dict(sorted(left.items())), (notice,)


def _scales(
    actions: Sequence[Action], sizes: Mapping[Label, int], options: FixOptions
) -> dict[Label, float]:
    """Give s for the classes that would weigh too little."""
    lowered: dict[Label, list[float]] = defaultdict(list)
    for action in actions:
        if action.kind is Kind.DOWNWEIGHT:
            lowered[action.before].append(action.weight)
    scale: dict[Label, float] = {}
    for label in (label for label in sizes if label in lowered):
        taken = math.fsum(1 - weight for weight in lowered[label])
        may_take = max(0, sizes[label] - options.min_class_size)
        if taken > may_take + _ROUNDING:
            scale[label] = may_take / taken
    return scale


def _raised(weight: float, scale: float) -> float:
    # Rounded up, to the digits that are written: the floor holds for the file too.
    return float(_UPWARD.create_decimal(Decimal(1 - scale * (1 - weight))))


def _losses(actions: Sequence[Action], places: Mapping[Label, int]) -> dict[Label, float]:
    parts: dict[Label, list[float]] = defaultdict(list)
    for action in actions:
        if action.kind in LOSING:
            soft = action.probabilities
            parts[action.before].append(1 - soft[places[action.before]] if soft else 1.0)
    return {label: math.fsum(parts[label]) for label in places if label in parts}


def _refuse_great_losses(
    losses: Mapping[Label, float],
    sizes: Mapping[Label, int],
    options: FixOptions,
    actions: Sequence[Action],
    before: Taken,
) -> None:
    share, floor = options.max_class_loss, options.min_class_size
    # 0.29 of 100 is 28.999… in floating point: the user who wrote it means 29.
    of = {label: before.size(label, sizes[label]) for label in losses}
    all_in_all = {label: n + before.of(label) for label, n in losses.items()}
    too_many = {n: all_in_all[n] for n in losses if all_in_all[n] > share * of[n] + _ROUNDING}
    too_few = {label: n for label, n in losses.items() if sizes[label] - n < floor - _ROUNDING}
    refused = [label for label in losses if label in too_many or label in too_few]
    if not refused:
        return
    told = [
        f"{label_text(label)!r} would lose {_number(losses[label])} of its {sizes[label]} rows"
        + _earlier(before.of(label), of[label])
        for label in refused
    ]
    advice = []
    if too_many:
        needed = max(n / of[label] for label, n in too_many.items())
        if needed <= 1 + _ROUNDING:
            by = math.ceil(needed * 100 - _ROUNDING) / 100
            # A bare 1 is refused there: it could mean 1 %.
            advice.append(f"raise --max-class-loss to {f'{by:g}' if by < 1 else '100%'}")
    if too_few:
        left = min(sizes[label] - n for label, n in too_few.items())
        advice.append(f"lower --min-class-size to {math.floor(left + _ROUNDING)}")
    kinds = {action.kind for action in actions if action.before in refused}
    doing = " and ".join(word for kind, word in _WORDS.items() if kind in kinds)
    raise RefusedError(
        f"{doing} would take too many training rows of a class: {_listed(told, 'classes')}; "
        f"the limits are {share:.3g} of a class (--max-class-loss) "
        f"and {floor} rows left (--min-class-size)",
        hint=", or ".join([*filter(None, [" and ".join(advice)]), "use --strategy downweight"]),
    )


def _earlier(lost: float, size: int) -> str:
    return f" (earlier fixes took {_number(lost)} of the {size} it had)" if lost else ""


def _listed(parts: Sequence[str], what: str) -> str:
    more = [f"and {len(parts) - _SHOWN} more {what}"] if len(parts) > _SHOWN else []
    return ", ".join([*parts[:_SHOWN], *more])


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
