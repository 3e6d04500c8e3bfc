"""How many labels are wrong: one rate, and a range that says how far estimators agree."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from labelaudit.detectors.noise_rates import agreement, central_rate, trust
from labelaudit.types import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

NARROW = "range where planted errors bear the estimators out"
WIDE = "range over estimators that differ"
ALONE = "by one estimator; nothing tells how far it is off"
BLURRED = "range where planted errors hardly stand out"
_LOW, _HIGH = 0.65, 1.3
_NOTHING = 0.01
_CAUTION = 0.8
_CLEAR_TRUST, _STEEPNESS = 0.85, 3


def noise_range(estimates: Mapping[str, float], separation: float = math.nan) -> Rate:
    """Sum the estimates up as one rate and a range.

    Where planted errors bear the estimators out, the range is a factor of 2 around their
    median. Where they do not, either the classes overlap or the errors depend on the
    features; no estimator can tell which, and the range covers both. Where planted errors
    hardly stand out, most of what estimators see may be hard rows: the rate is reduced, and
    the low end more.

    Parameters
    ----------
    estimates : mapping of str to float
        From `labelaudit.detectors.noise_rates.estimate_noise_rates`, or any others; at
        least one.
    separation : float
        Of `labelaudit.detectors.noise_rates.PlantedRanking`; NaN where none were planted.

    Returns
    -------
    Rate
        Without a range, its ends the rate itself, where there is but one estimator. The limits
        were chosen on planted noise: docs/decisions/0008-one-probability.md and
        0016-claims-within-reach.md.
    """
    centre = central_rate(estimates)
    if centre is None:
        inner = [rate for name, rate in estimates.items() if name != "disagreement"]
        values = inner or list(estimates.values())
        basis = WIDE if len(values) > 1 else ALONE
        return Rate(median(values), min(values), max(values), basis)
    trusted = 1.0 if math.isnan(separation) else trust(separation)
    strict, agreed = estimates["planted-strict"], agreement(estimates)
    shrunk = min(1.0, trusted / _CLEAR_TRUST) ** _STEEPNESS
    apart = 0.0 if strict < _NOTHING else _CAUTION * strict
    reach = max(apart, estimates.get("disagreement", 0.0), estimates["confident-joint"])
    low = shrunk * (agreed * _LOW * centre + (1 - agreed) * apart)
    high = agreed * min(1.0, _HIGH * centre) + (1 - agreed) * reach
    basis = BLURRED if shrunk < 1 else NARROW if agreed == 1 else WIDE
    return Rate(min(max(trusted * centre, low), high), low, high, basis)


def disagree(rate: Rate) -> bool:
    """Tell whether the ends of a range lie more than a factor of 2 apart."""
    return rate.high > 2 * rate.low + 1e-12
