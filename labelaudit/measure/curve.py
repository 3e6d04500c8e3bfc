"""How models suffer from wrong labels planted on top of those that are there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan, nan
from typing import TYPE_CHECKING

from labelaudit.errors import SettingError
from labelaudit.measure.impact_fits import Treatment
from labelaudit.measure.impact_stats import (
    NO_DIFFERENCE,
    Difference,
    Scoring,
    difference,
    estimate,
    score,
)
from labelaudit.measure.impact_ways import touched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.measure.impact_fits import Bench
    from labelaudit.measure.impact_stats import Judged
    from labelaudit.types import Label, Rate, Summary

RATES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)
"""The rates that are planted where none are named."""

HIGHEST = 0.9
TEN_POINTS = 0.1
NEAR = 0.2
"""The cost is the slope over the rates up to here."""

POWER, POWERS = 1.0, (0.5, 2.0)
"""How errors grow with the inverse of what labels tell: the middle, and the ends of the range.

On tables and texts with known noise the middle was off by 1.1 points on average, from 3 below
what true labels gained to 4 above; a straight line by up to 10. See benchmarks/impact_check.py.
"""

LEAST_TOLD = 0.1
"""Rates that leave labels less to tell than this are not used to carry the curve on."""

SHARE_OF_ERRORS = 0.2
"""Noise is the bottleneck where removing it would save this share of the models' errors."""


@dataclass(frozen=True)
class CurvePoint:
    """How good models are when so many labels were made wrong.

    Attributes
    ----------
    rate : float
        Share of the training labels planted into, in [0, 1].
    planted : float
        How many rows that were, on average over the fits.
    scores : Scoring
    change : Difference
        In accuracy, to no planting.
    classes : mapping of Label to float
        Accuracy on the scored rows of each class.
    """

    rate: float
    planted: float
    scores: Scoring
    change: Difference
    classes: Mapping[Label, float]


@dataclass(frozen=True)
class Curve:
    """Whether noise is the bottleneck.

    Attributes
    ----------
    points : tuple of CurvePoint
        From no planted errors upward.
    cost : Difference
        Accuracy lost by each 10 % of wrong labels, over the rates up to 20 %.
    gain : Difference
        A rough guess of the accuracy to be gained by removing the estimated noise: the
        curve carried on to labels without any. Its interval covers the sampling error, the
        range of the estimate and other shapes of the curve, yet not noise of another kind
        than what is planted. NaN where there is no estimate.
    noise_rate : Rate or None
        What the run, or better people, take for the share of wrong labels.
    verified : bool
        Whether people did.
    verdict : str
        ``"bottleneck"`` where the gain would save a fifth of the models' errors or more,
        ``"part"`` where it would save less, ``"not"`` where planted errors do not lower the
        accuracy beyond chance, ``"unknown"`` without an estimate.
    """

    points: tuple[CurvePoint, ...]
    cost: Difference
    gain: Difference
    noise_rate: Rate | None
    verified: bool
    verdict: str


def check_rates(rates: Sequence[float]) -> tuple[float, ...]:
    """Put rates in order, with 0 among them.

    Parameters
    ----------
    rates : sequence of float

    Returns
    -------
    tuple of float

    Raises
    ------
    SettingError
        When one is not in [0, 0.9], or none is above 0.
    """
    wrong = [rate for rate in rates if not 0 <= rate <= HIGHEST]
    if wrong:
        raise SettingError(
            f"a noise rate of {wrong[0]:g} cannot be planted",
            where="--rates",
            hint="give 0% to 90%",
        )
    ordered = tuple(sorted({0.0, *rates}))
    if len(ordered) == 1:
        raise SettingError(
            "no errors are to be planted", where="--rates", hint="give rates such as 5%,10%,20%"
        )
    return ordered


def planted_ways(
    bench: Bench, rates: Sequence[float], confusions: NDArray[np.float64]
) -> dict[float, list[Treatment]]:
    """Plant wrong labels into the rows that models learn from.

    Half of them go where the model's own confusions point, class by class, half to any
    other class. What is planted at a low rate is planted at each higher one too, so that
    rates differ by what is added alone.

    Parameters
    ----------
    bench : Bench
    rates : sequence of float
        In [0, 0.9]; 0 is left out.
    confusions : ndarray of float64, shape (K, K)
        See `Ran`.

    Returns
    -------
    dict of float to list of Treatment
        One for each fit.
    """
    import numpy as np

    y = bench.rows.y
    learned = np.flatnonzero(y >= 0)
    alive = np.unique(y[learned])
    shape = confusions[np.ix_(alive, alive)] + 1e-9
    np.fill_diagonal(shape, 0)
    goes_to = np.cumsum(shape / shape.sum(axis=1, keepdims=True), axis=1)
    by_repeat = []
    for repeat in range(len(bench.plans)):
        random = np.random.default_rng([bench.seed, 37, repeat])
        given = np.searchsorted(alive, y[learned])
        turn = random.random(len(learned))
        anywhere = (given + random.integers(1, len(alive), len(learned))) % len(alive)
        drawn = random.random(len(learned))[:, None]
        alike = np.minimum(_first_above(goes_to, given, drawn), len(alive) - 1)
        # Rounding at the end of a cumulative sum can point back to the class itself.
        alike = np.where(alike == given, anywhere, alike)
        slip = random.random(len(learned)) < 0.5  # noqa: PLR2004
        by_repeat.append((turn, alive[np.where(slip, anywhere, alike)].astype(np.int32)))
    ways: dict[float, list[Treatment]] = {}
    for rate in rates:
        if rate == 0:
            continue
        planted = [
            Treatment(changed=learned[turn < rate], codes=target[turn < rate])
            for turn, target in by_repeat
        ]
        ways[rate] = [planted[repeat] for repeat, _ in bench.fits]
    return ways


def _first_above(
    cumulative: NDArray[np.float64], given: NDArray[np.integer], drawn: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Draw a class for each row, some rows at a time: many classes make wide rows."""
    import numpy as np

    step = max(1, 1_000_000 // len(cumulative))
    parts = [
        (drawn[at : at + step] > cumulative[given[at : at + step]]).sum(axis=1)
        for at in range(0, len(given), step)
    ]
    return np.concatenate(parts)


def draw_curve(
    bench: Bench,
    judged: Mapping[float, Judged],
    planted: Mapping[float, Sequence[Treatment]],
    *,
    summary: Summary,
    classes: Sequence[Label],
    clean: bool,
    gained: float = 0.0,
) -> Curve:
    """Say what planted errors cost, and what removing the real ones would bring.

    Parameters
    ----------
    bench : Bench
    judged : mapping of float to Judged
        By rate; 0 is among them.
    planted : mapping of float to sequence of Treatment
        By rate, those above 0.
    summary : Summary
        Of the run.
    classes : sequence of Label
    clean : bool
        Whether the labels scored against are right; else as many of them are wrong as of
        the others, which the models are not to blame for.
    gained : float
        Accuracy that a strategy was shown to gain: removing all errors would gain no less.

    Returns
    -------
    Curve

    References
    ----------
    Natarajan et al. 2013, "Learning with noisy labels" (how bounds grow with noise).
    """
    import numpy as np

    design, truth = bench.design, bench.design.truth
    rates = sorted(judged)
    points = []
    for rate in rates:
        hits = judged[rate].hit.mean(axis=0)
        points.append(
            CurvePoint(
                rate=rate,
                planted=touched(bench, planted[rate]).corrected if rate else 0.0,
                scores=score(judged[rate], design),
                change=difference(judged[rate], judged[0.0], design, "accuracy")
                if rate
                else NO_DIFFERENCE,
                classes={
                    classes[code]: float(
                        np.average(hits[truth == code], weights=design.weight[truth == code])
                    )
                    for code in np.unique(truth).tolist()
                },
            )
        )
    cost = _cost(judged, rates, bench)
    verified = summary.verified is not None
    rate_now = summary.verified.noise_rate if summary.verified else summary.noise_rate
    known = None if (summary.blind and not verified) or isnan(rate_now.estimate) else rate_now
    gain = _gain(judged, rates, known, bench)
    errors = 1 - points[0].scores.accuracy
    if known is not None and not clean:
        errors = max(errors - known.estimate, errors / 2)
    return Curve(
        points=tuple(points),
        cost=cost,
        gain=gain,
        noise_rate=known,
        verified=verified,
        verdict=_verdict(cost, gain, errors, gained),
    )


def _cost(judged: Mapping[float, Judged], rates: Sequence[float], bench: Bench) -> Difference:
    """Fit a line through the accuracies, row by row, and average."""
    import numpy as np

    near = [rate for rate in rates if rate <= NEAR]
    used = near if len(near) > 1 else rates[:2]
    off = np.asarray(used) - np.mean(used)
    lean = off / (off**2).sum()
    slope = sum(
        -TEN_POINTS * part * judged[rate].hit.astype(np.float64)
        for part, rate in zip(lean, used, strict=True)
    )
    return estimate(np.asarray(slope), bench.design, unit=TEN_POINTS * float(lean.max()))


def _gain(
    judged: Mapping[float, Judged], rates: Sequence[float], rate: Rate | None, bench: Bench
) -> Difference:
    """Carry the curve on to labels without noise.

    A share T of wrong labels, spread evenly over K classes, leaves ``1 - T * K / (K - 1)``
    of what labels tell; what a model errs for want of more labels grows as a power of the
    inverse of that (Natarajan et al. 2013 for two classes). The curve is fitted by it.
    """
    import numpy as np

    if rate is None:
        return Difference(nan, nan, nan, nan, nan)
    k = len(np.unique(bench.rows.y[bench.rows.y >= 0]))
    told = 1 - np.asarray(rates) * k / (k - 1)
    used = [at for at, left in enumerate(told.tolist()) if left >= LEAST_TOLD]
    if len(used) < 2:  # noqa: PLR2004
        used = [0, 1]
    hits = [judged[rates[at]].hit.astype(np.float64) for at in used]
    told = np.maximum(told[used], LEAST_TOLD)

    def carried_on(power: float, noise: float) -> Difference:
        rise = told**-power - 1
        off = rise - rise.mean()
        left = max(LEAST_TOLD, 1 - noise * k / (k - 1))
        reach = -(1 - left**power) * off / (off**2).sum()
        gained = sum(part * hit for part, hit in zip(reach.tolist(), hits, strict=True))
        return estimate(np.asarray(gained), bench.design, unit=float(np.abs(reach).max()))

    middle = carried_on(POWER, rate.estimate)
    ends = [carried_on(power, noise) for power in POWERS for noise in {rate.low, rate.high}]
    return replace(middle, low=min(one.low for one in ends), high=max(one.high for one in ends))


def _verdict(cost: Difference, gain: Difference, errors: float, gained: float) -> str:
    if isnan(gain.estimate):
        return "unknown"
    # What was measured goes before what the curve makes one guess.
    if max(gain.estimate, gained) >= SHARE_OF_ERRORS * errors:
        return "bottleneck"
    return "part" if cost.low > 0 else "not"
