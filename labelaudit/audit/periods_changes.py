"""When flags, or the shares of labels, change: stretches of time and change points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from labelaudit.audit.patterns_compare import (
    LEAST_FLAGGED,
    compare_rows,
    lift_of,
    worth_telling,
)
from labelaudit.audit.patterns_excess import evidence, moments, tally
from labelaudit.audit.patterns_judged import without_copies
from labelaudit.audit.patterns_within import Located
from labelaudit.nouns import LABELS_CHANGE
from labelaudit.types import Pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.patterns_excess import Lift
    from labelaudit.audit.patterns_judged import Judged
    from labelaudit.audit.periods import Periods
    from labelaudit.types import BoolArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

DRAWS = 999
"""Random dealings that a stretch is compared with: the smallest p-value is 1 / 1000."""
MOST_STRETCHES = 3
MOST_CHANGES = 3

_PARTS = 10
_QUESTIONS = 2
"""Asked of time: do flags change, do labels change."""
_LEAST_SHIFT = 0.05
"""Change of a class's share that is worth telling."""


@dataclass(frozen=True)
class Stretch:
    """Periods `start` to `end`, included, and how probable chance makes them."""

    start: int
    end: int
    p_value: float


@dataclass(frozen=True)
class Change:
    """Labels are dealt otherwise from period `start` on, within periods `low` to `high`.

    `high` is not included.
    """

    low: int
    start: int
    high: int
    p_value: float


def find_times(
    judged: Judged, periods: Periods, *, families: int, q: float, seed: int
) -> tuple[Located, ...]:
    """Find stretches of time with more flags, and points where the shares of labels change.

    Rows without a time are left out, and counted in the notes.

    Parameters
    ----------
    judged : Judged
        m rows.
    periods : Periods
        Of these rows.
    families : int
        Of tests, in all.
    q : float
        The highest q-value reported.
    seed : int

    Returns
    -------
    tuple of Located
        Stretches first.
    """
    import numpy as np

    random = np.random.default_rng([seed, 5])
    factor = families * _QUESTIONS
    stretches = raised_stretches(judged, periods.codes, random, most_p=q / factor)
    changes = label_changes(judged, periods.codes, random, most_p=q / factor)
    known = periods.codes >= 0
    undated = int((~known).sum())
    left_out = ""
    if undated:
        rows = "1 row without a time is" if undated == 1 else f"{undated:,} rows without a time are"
        left_out = f" {rows} left out."
    told = []
    for one in stretches:
        mask = (periods.codes >= one.start) & (periods.codes <= one.end)
        found = lift_of(judged, mask, known)
        # Not where models waver at that time, and nothing else: rows they are as sure of
        # must hold more flags, too.
        likely = compare_rows(judged, mask, judged.strata, among=known)
        if likely <= q / factor and worth_telling(judged, mask, found):
            note = _in_words(judged, periods, one, changes) + left_out
            pattern = _stretch_pattern(judged, periods, one, mask, found, note, factor)
            told.append(Located(pattern, mask, known))
    for change in changes:
        shift = _change_pattern(judged, periods, change, factor)
        if shift.note:
            told.append(Located(replace(shift, note=shift.note + left_out)))
    return tuple(told)


def raised_stretches(
    judged: Judged,
    codes: NDArray[np.int32],
    random: np.random.Generator,
    *,
    most_p: float,
) -> tuple[Stretch, ...]:
    """Find the stretches of periods whose flagged rate is higher than at other times.

    A temporal scan: of all stretches the one with most evidence, compared with the most
    that flags dealt at random among rows of the same class give anywhere. Found ones are
    then allowed for, and the rest searched again. Both ends of a stretch are change points,
    as in circular binary segmentation.

    Parameters
    ----------
    judged : Judged
        m rows.
    codes : ndarray of int32, shape (m,)
        Their periods; -1 for none.
    random : numpy.random.Generator
    most_p : float
        The search ends with the first that chance gives more often.

    Returns
    -------
    tuple of Stretch
        At most `MOST_STRETCHES`.

    References
    ----------
    Kulldorff: A Spatial Scan Statistic, 1997. Olshen, Venkatraman, Lucito and Wigler:
    Circular Binary Segmentation for the Analysis of Array-Based DNA Copy Number Data, 2004.
    """
    import numpy as np

    known = codes >= 0
    n_periods = int(codes.max(initial=-1)) + 1
    found: list[Stretch] = []
    stratum = judged.y.astype(np.int64)
    while len(found) < MOST_STRETCHES and n_periods > 1:
        kept = without_copies(judged, codes.astype(np.int64) + 1)
        kept = kept[known[kept]]
        if judged.flagged[kept].sum() < LEAST_FLAGGED:
            break
        best = _best_stretch(
            codes[kept].astype(np.int64), n_periods, stratum[kept], judged.flagged[kept], random
        )
        if best.p_value > most_p:
            break
        found.append(best)
        inside = (codes >= best.start) & (codes <= best.end)
        stratum = np.unique(2 * stratum + inside, return_inverse=True)[1].astype(np.int64)
    return tuple(found)


def _best_stretch(
    period: Counts,
    n_periods: int,
    stratum: Counts,
    flagged: BoolArray,
    random: np.random.Generator,
) -> Stretch:
    import numpy as np

    counts = tally(period, n_periods, stratum, flagged)
    mean, _ = moments(counts)
    total = float(flagged.sum())
    starts, ends = np.triu_indices(n_periods)
    partial = ends - starts < n_periods - 1
    starts, ends = starts[partial], ends[partial]

    def told(observed: NDArray[np.float64]) -> Floats:
        """Give the evidence of each stretch, for one or more series (b, periods)."""
        running = np.concatenate([np.zeros((len(observed), 1)), observed.cumsum(axis=1)], axis=1)
        expected = np.concatenate([[0.0], mean.cumsum()])
        inside = running[:, ends + 1] - running[:, starts]
        return evidence(inside, expected[ends + 1] - expected[starts], total)

    seen = told(counts.observed[None].astype(float))[0]
    at = int(seen.argmax())
    dealt = np.zeros((DRAWS, n_periods))
    for rows, hits in zip(counts.rows.T, counts.all_flagged.tolist(), strict=True):
        if hits:
            # The quicker way; neither has a say in what is drawn on average.
            way: Literal["count", "marginals"] = "count" if hits < n_periods else "marginals"
            dealt += random.multivariate_hypergeometric(rows, hits, DRAWS, method=way)
    above = sum(
        int((told(part).max(axis=1) >= seen[at] - 1e-9).sum())
        for part in np.array_split(dealt, _PARTS)
    )
    return Stretch(int(starts[at]), int(ends[at]), (1 + above) / (1 + DRAWS))


def label_changes(
    judged: Judged,
    codes: NDArray[np.int32],
    random: np.random.Generator,
    *,
    most_p: float,
) -> tuple[Change, ...]:
    """Find the points in time where the shares of the given labels change.

    Binary segmentation by the chi-squared statistic of before against after, compared with
    the greatest that labels dealt at random give anywhere; then the same on either side.

    Parameters
    ----------
    judged : Judged
        m rows.
    codes : ndarray of int32, shape (m,)
        Their periods; -1 for none.
    random : numpy.random.Generator
    most_p : float

    Returns
    -------
    tuple of Change
        The greatest first, at most `MOST_CHANGES`.

    References
    ----------
    Vostrikova: Detecting "Disorder" in Multidimensional Random Processes, 1981.
    """
    import numpy as np

    n_periods = int(codes.max(initial=-1)) + 1
    kept = without_copies(judged, codes.astype(np.int64) + 1)
    kept = kept[codes[kept] >= 0]
    k = judged.n_classes
    table = np.bincount(
        codes[kept].astype(np.int64) * k + judged.y[kept], minlength=n_periods * k
    ).reshape(n_periods, k)
    found: list[Change] = []
    waiting = [(0, n_periods)]
    while waiting and len(found) < MOST_CHANGES:
        low, high = waiting.pop(0)
        part = table[low:high]
        part = part[:, part.sum(axis=0) > 0]
        if high - low < 2 or part.shape[1] < 2:  # noqa: PLR2004 - nothing to part
            continue
        seen = _chi_squared(part[None])[0]
        at = int(seen.argmax())
        above = _dealt_above(part, float(seen[at]) - 1e-9, random)
        p = (1 + above) / (1 + DRAWS)
        if p <= most_p:
            found.append(Change(low, low + at + 1, high, p))
            waiting += [(low, low + at + 1), (low + at + 1, high)]
    return tuple(found)


def _dealt_above(table: Counts, least: float, random: np.random.Generator) -> int:
    """Count how often labels dealt at random change as much somewhere."""
    from scipy.stats import random_table

    null = random_table(table.sum(axis=1), table.sum(axis=0), seed=random)
    # In parts: with many classes all tables at once take much memory.
    sizes = [DRAWS // _PARTS + (part < DRAWS % _PARTS) for part in range(_PARTS)]
    return sum(int((_chi_squared(null.rvs(size)).max(axis=1) >= least).sum()) for size in sizes)


def _chi_squared(tables: Counts) -> Floats:
    """Compare what is before each point with what is after, (b, periods - 1)."""
    import numpy as np

    before = tables.cumsum(axis=1)[:, :-1].astype(float)
    whole = tables.sum(axis=1, keepdims=True).astype(float)
    n = whole.sum(axis=2, keepdims=True)
    size = before.sum(axis=2, keepdims=True)
    expected = size * whole / n
    gap = (before - expected) ** 2
    scaled = np.divide(gap, expected, out=np.zeros_like(gap), where=expected > 0).sum(axis=2)
    rest: Floats = (n - size)[:, :, 0]
    statistic: Floats = np.divide(
        scaled * n[:, :, 0], rest, out=np.zeros_like(scaled), where=rest > 0
    )
    return statistic


def _stretch_pattern(
    judged: Judged,
    periods: Periods,
    stretch: Stretch,
    mask: BoolArray,
    found: Lift,
    note: str,
    factor: int,
) -> Pattern:
    name = periods.name(stretch.start, stretch.end)
    return Pattern(
        kind="time",
        name=f"{periods.column} {name}",
        conditions=((periods.column, name),),
        rows=int(mask.sum()),
        flagged=int(judged.flagged[mask].sum()),
        expected=found.expected,
        lift=found.ratio,
        low=found.low,
        high=found.high,
        q_value=min(1.0, stretch.p_value * factor),
        row_ids=judged.flagged_ids(mask),
        note=note,
    )


def _in_words(judged: Judged, periods: Periods, stretch: Stretch, changes: Sequence[Change]) -> str:
    """Say how the flagged rate changes at the ends of a stretch."""
    codes, first = periods.codes, periods.first

    def rate(mask: BoolArray) -> float:
        return 100 * float(judged.flagged[mask].mean())

    before, after = (codes >= 0) & (codes < stretch.start), codes > stretch.end
    inside = rate((codes >= stretch.start) & (codes <= stretch.end))
    told = []
    if before.any():
        # Rates are told as they are, and compared within labels: they may differ little.
        verb = "rises" if inside > rate(before) else "goes"
        told.append(
            f"{verb} from {rate(before):.1f} % to {inside:.1f} % from {first[stretch.start]}"
        )
    if after.any():
        verb = "falls" if inside > rate(after) else "goes"
        told.append(
            f"{verb} from {inside:.1f} % to {rate(after):.1f} % from {first[stretch.end + 1]}"
        )
    edges = {stretch.start, stretch.end + 1}
    shift = any(one.start in edges for one in changes)
    return (
        f"The flagged rate {' and '.join(told)}"
        + ("; the shares of labels change there, too" if shift else "")
        + f". Seen by {periods.unit}, compared within each given label."
    )


def _change_pattern(judged: Judged, periods: Periods, change: Change, factor: int) -> Pattern:
    import numpy as np

    codes = periods.codes
    before = (codes >= change.low) & (codes < change.start)
    mask = (codes >= change.start) & (codes < change.high)
    k = judged.n_classes
    shares = [
        np.bincount(judged.y[rows], minlength=k) / max(1, rows.sum()) for rows in (before, mask)
    ]
    moves = shares[1] - shares[0]
    strongest = np.argsort(-np.abs(moves), kind="stable")[:2]
    told = [
        f"{judged.classes[at]} {100 * shares[0][at]:.0f} % before, "
        f"{100 * shares[1][at]:.0f} % after"
        for at in strongest.tolist()
        if abs(moves[at]) >= _LEAST_SHIFT
    ]
    found = lift_of(judged, mask, codes >= 0)
    name = periods.name(change.start, change.high - 1)
    return Pattern(
        kind="time",
        name=f"{LABELS_CHANGE} from {periods.column} {periods.first[change.start]}",
        conditions=((periods.column, name),),
        rows=int(mask.sum()),
        flagged=int(judged.flagged[mask].sum()),
        expected=found.expected,
        lift=found.ratio,
        low=found.low,
        high=found.high,
        q_value=min(1.0, change.p_value * factor),
        row_ids=judged.flagged_ids(mask),
        note=f"The shares of labels change: {'; '.join(told)}. This says nothing about errors."
        if told
        else "",
    )
