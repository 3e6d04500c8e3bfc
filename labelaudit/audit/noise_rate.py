"""How many labels are wrong: one rate, and a range that says how far estimators agree."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from labelaudit.detectors.noise_rates import CENTRAL, central_rate
from labelaudit.types import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

NARROW = "range where planted errors bear the estimators out"
WIDE = "range over estimators that differ"
_LOW, _HIGH = 0.65, 1.3
_NOTHING = 0.01
_CAUTION = 0.8


def noise_range(estimates: Mapping[str, float]) -> Rate:
    """Sum the estimates up as one rate and a range.

    Where planted errors bear the estimators out, the range is a factor of 2 around their
    median. Where they do not, either the classes overlap or the errors depend on the
    features; no estimator can tell which, and the range covers both.

    Parameters
    ----------
    estimates : mapping of str to float
        From `labelaudit.detectors.noise_rates.estimate_noise_rates`, or any others; at
        least one.

    Returns
    -------
    Rate
        The limits were chosen on planted noise: docs/decisions/0008-one-probability.md.
    """
    if any(name not in estimates for name in CENTRAL):
        inner = [rate for name, rate in estimates.items() if name != "disagreement"]
        values = inner or list(estimates.values())
        return Rate(median(values), min(values), max(values), WIDE)
    centre = central_rate(estimates)
    if centre is not None:
        return Rate(centre, _LOW * centre, min(1.0, _HIGH * centre), NARROW)
    strict = estimates["planted-strict"]
    low = 0.0 if strict < _NOTHING else _CAUTION * strict
    high = max(low, estimates["disagreement"], estimates["confident-joint"])
    middle = median(estimates[name] for name in CENTRAL)
    return Rate(min(max(middle, low), high), low, high, WIDE)


def disagree(rate: Rate) -> bool:
    """Tell whether the ends of a range lie more than a factor of 2 apart."""
    return rate.high > 2 * rate.low + 1e-12
