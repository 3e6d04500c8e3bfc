"""Compare pipelines over sets: paired means, their ratio and how sure it is.

The set is the unit: the settings of one clean set are averaged first, so that a set with
many of them counts once. A record is one pipeline on one set in one setting, as
`quality.py` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from peers import OURS, PEERS
from quality_sets import CHOSEN, HELD_OUT, PLANTED
from scipy.stats import wilcoxon

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict[str, Any]

MAIN = OURS[0]
RESAMPLES = 10_000
CONFIDENCE = 0.95
PARTS = ("all", CHOSEN, HELD_OUT)


def with_errors(records: Iterable[Record]) -> list[Record]:
    """Keep the records of settings that have errors: real ones, or a rate above 0."""
    return [one for one in records if one["group"] != PLANTED or one["rate"] > 0]


def part_of(records: Iterable[Record], part: str) -> list[Record]:
    """Keep the records of the sets that were chosen on, or held out; or all."""
    return [one for one in records if part in ("all", one["role"])]


def groups_of(records: Iterable[Record], *groups: str) -> list[Record]:
    """Keep the records of these groups."""
    return [one for one in records if one["group"] in groups]


def by_setting(records: Iterable[Record], pipeline: str, metric: str) -> dict[tuple, float]:
    """Give a pipeline's figure for every (set, kind, rate) where it has one."""
    return {
        (one["set"], one["kind"], one["rate"]): float(one["figures"][metric])
        for one in records
        if one["pipeline"] == pipeline and one.get("figures", {}).get(metric) is not None
    }


def by_set(values: dict[tuple, float]) -> dict[str, float]:
    """Average the settings of each set."""
    sets = sorted({key[0] for key in values})
    return {
        name: float(np.mean([value for key, value in values.items() if key[0] == name]))
        for name in sets
    }


def mean_over_sets(records: Iterable[Record], pipeline: str, metric: str) -> float | None:
    """Give the mean over sets of a pipeline's figure."""
    values = list(by_set(by_setting(records, pipeline, metric)).values())
    return float(np.mean(values)) if values else None


@dataclass(frozen=True)
class Comparison:
    """Ours against another pipeline, on the sets where both have the figure.

    Attributes
    ----------
    ours, other, metric : str
    sets : int
    mean_ours, mean_other : float
    ratio : float or None
        Of the means; None where the other's mean is 0.
    low, high : float or None
        Its 95 % bootstrap interval, drawn over sets.
    mean_ratio : float or None
        Mean over sets of the ratio.
    worst_set : str
    worst_ratio : float or None
    p : float
        Wilcoxon signed-rank test over sets, two-sided.
    p_holm : float
        Corrected for the pipelines compared with.
    """

    ours: str
    other: str
    metric: str
    sets: int
    mean_ours: float
    mean_other: float
    ratio: float | None
    low: float | None
    high: float | None
    mean_ratio: float | None
    worst_set: str
    worst_ratio: float | None
    p: float
    p_holm: float


def compare(
    records: list[Record], metric: str, *, ours: str = MAIN, others: Iterable[str] = PEERS
) -> list[Comparison]:
    """Compare ours with each other pipeline.

    Parameters
    ----------
    records : list of dict
        Of settings that have errors.
    metric : str
        Higher is better.
    ours : str
    others : iterable of str

    Returns
    -------
    list of Comparison
        Without pipelines that have no set in common with ours.
    """
    found = []
    for other in others:
        a, b = by_setting(records, ours, metric), by_setting(records, other, metric)
        both = sorted(set(a) & set(b))
        mine = by_set({key: a[key] for key in both})
        theirs = by_set({key: b[key] for key in both})
        if mine:
            found.append((other, mine, theirs))
    p_values = [signed_rank(_difference(mine, theirs)) for _, mine, theirs in found]
    corrected = holm(p_values)
    return [
        _comparison(metric, ours, other, mine, theirs, p, p_holm)
        for (other, mine, theirs), p, p_holm in zip(found, p_values, corrected, strict=True)
    ]


def _difference(mine: dict[str, float], theirs: dict[str, float]) -> np.ndarray:
    return np.array([mine[name] - theirs[name] for name in mine])


def _comparison(
    metric: str,
    ours: str,
    other: str,
    mine: dict[str, float],
    theirs: dict[str, float],
    p: float,
    p_holm: float,
) -> Comparison:
    a, b = np.array(list(mine.values())), np.array(list(theirs.values()))
    ratios = {name: mine[name] / theirs[name] for name in mine if theirs[name] > 0}
    worst = min(ratios, key=lambda name: (ratios[name], name), default="")
    low, high = bootstrap_ratio(a, b)
    return Comparison(
        ours=ours,
        other=other,
        metric=metric,
        sets=len(a),
        mean_ours=float(a.mean()),
        mean_other=float(b.mean()),
        ratio=float(a.mean() / b.mean()) if b.mean() > 0 else None,
        low=low,
        high=high,
        mean_ratio=float(np.mean(list(ratios.values()))) if ratios else None,
        worst_set=worst,
        worst_ratio=ratios.get(worst),
        p=p,
        p_holm=p_holm,
    )


def bootstrap_ratio(
    ours: np.ndarray, other: np.ndarray, *, seed: int = 0
) -> tuple[float | None, float | None]:
    """Give the percentile bootstrap interval of a ratio of means.

    Parameters
    ----------
    ours, other : ndarray of float, shape (s,)
        Of the same s sets; sets are drawn with replacement, both figures together.
    seed : int

    Returns
    -------
    low, high : float or None
        None for a single set, or where the other's mean can be 0.
    """
    if len(ours) < 2:
        return None, None
    drawn = np.random.default_rng(seed).integers(0, len(ours), (RESAMPLES, len(ours)))
    below = other[drawn].mean(axis=1)
    if not (below > 0).all():
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(ours[drawn].mean(axis=1) / below, [tail, 1 - tail])
    return float(low), float(high)


def signed_rank(difference: np.ndarray) -> float:
    """Give the p-value of Wilcoxon's signed-rank test; 1 where nothing differs."""
    if not np.any(difference):
        return 1.0
    return float(wilcoxon(difference, zero_method="wilcox", method="auto").pvalue)


def holm(p_values: list[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979), in the order given."""
    corrected, so_far = [1.0] * len(p_values), 0.0
    for rank, at in enumerate(np.argsort(p_values, kind="stable")):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = so_far
    return corrected
