"""What each way to treat training rows does to the models that learn from them."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from labelaudit.measure.impact_stats import (
    METRICS,
    NO_DIFFERENCE,
    Difference,
    Scoring,
    difference,
    estimate,
    holm,
    score,
)
from labelaudit.measure.impact_ways import NOTHING, RANDOM, Touched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.measure.impact_fits import Bench
    from labelaudit.measure.impact_stats import Design, Judged
    from labelaudit.types import Label

FEWEST_IN_SLICE = 20
"""Slices with fewer scored rows are left out."""

MOST_SLICES = 50

LESS_IS_BETTER = frozenset({"log-loss"})


@dataclass(frozen=True)
class PartEffect:
    """What a way does to some of the scored rows.

    Attributes
    ----------
    of : str
        ``"class"``, or the name of the column that is sliced by.
    value : Label
        The class, or the value in that column.
    rows : int
        Scored rows in it.
    accuracy : float
        In [0, 1].
    change : Difference
        In accuracy, to doing nothing; not corrected for how many parts there are.
    """

    of: str
    value: Label
    rows: int
    accuracy: float
    change: Difference


@dataclass(frozen=True)
class Effect:
    """What a way does.

    Attributes
    ----------
    way : str
        A strategy, ``"nothing"`` or ``"random-drop"``.
    touched : Touched
        Training rows changed, on average over the fits.
    scores : Scoring
    changes : mapping of str to Difference
        By metric, to doing nothing.
    p_corrected : float
        Of the change in the metric that decides, corrected for the strategies tried
        (Holm); NaN for what is no strategy.
    parts : tuple of PartEffect
        Classes first, then slices.
    """

    way: str
    touched: Touched
    scores: Scoring
    changes: Mapping[str, Difference]
    p_corrected: float
    parts: tuple[PartEffect, ...]


def effects_of(
    bench: Bench,
    judged: Mapping[str, Judged],
    counts: Mapping[str, Touched],
    *,
    metric: str,
    classes: Sequence[Label],
    slices: Mapping[str, NDArray[np.object_]],
) -> tuple[Effect, ...]:
    """Compare ways, row by row, with doing nothing.

    Parameters
    ----------
    bench : Bench
    judged : mapping of str to Judged
        By way; nothing is among them.
    counts : mapping of str to Touched
        By way.
    metric : str
        The one of `METRICS` that decides.
    classes : sequence of Label
    slices : mapping of str to ndarray of str, shape (m,)
        By column: its value on each scored row; empty where missing.

    Returns
    -------
    tuple of Effect
        In the order of `judged`.
    """
    base, design = judged[NOTHING], bench.design
    changes = {
        way: {
            name: NO_DIFFERENCE if way == NOTHING else difference(one, base, design, name)
            for name in METRICS
        }
        for way, one in judged.items()
    }
    tried = {way: found[metric].p_value for way, found in changes.items() if is_strategy(way)}
    corrected = holm(tried)
    members = _members(design, classes, slices)
    return tuple(
        Effect(
            way=way,
            touched=counts[way],
            scores=score(one, design),
            changes=changes[way],
            p_corrected=corrected.get(way, nan),
            parts=_parts(one, base, design, members, same=way == NOTHING),
        )
        for way, one in judged.items()
    )


def is_strategy(way: str) -> bool:
    """Tell whether a way is one that `fix` offers."""
    return way not in {NOTHING, RANDOM}


def better_by(effect: Effect, metric: str) -> float:
    """Give by how much a way is better than nothing, in the unit of the metric."""
    change = effect.changes[metric].estimate
    return -change if metric in LESS_IS_BETTER else change


_Member = tuple[str, "Label", "NDArray[np.bool_]"]


def _members(
    design: Design, classes: Sequence[Label], slices: Mapping[str, NDArray[np.object_]]
) -> list[_Member]:
    import numpy as np

    found: list[_Member] = [
        ("class", classes[code], design.truth == code) for code in np.unique(design.truth).tolist()
    ]
    for name, values in slices.items():
        kinds, sizes = np.unique(values.astype(str), return_counts=True)
        enough = [
            (-int(size), str(kind))
            for kind, size in zip(kinds, sizes, strict=True)
            if size >= FEWEST_IN_SLICE
        ]
        found += [(name, kind, values == kind) for _, kind in sorted(enough)[:MOST_SLICES]]
    return found


def _parts(
    one: Judged, base: Judged, design: Design, members: Sequence[_Member], *, same: bool
) -> tuple[PartEffect, ...]:
    import numpy as np

    hits = one.hit.mean(axis=0)
    change = one.hit.astype(np.float64) - base.hit
    return tuple(
        PartEffect(
            of=of,
            value=value,
            rows=int(among.sum()),
            accuracy=float(np.average(hits[among], weights=design.weight[among])),
            change=NO_DIFFERENCE if same else estimate(change, design, among=among),
        )
        for of, value, among in members
    )
