"""How many of the flagged labels are wrong, as the run expects, and how far that may be off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.audit.noise_rate import NARROW
from labelaudit.types import Rate

if TYPE_CHECKING:
    from labelaudit.types import Audit

HELD = "a range that held in 9 of 10 samples it was tried on"
UNKNOWN = "planted errors do not tell how far that is off"
_LEAST, _LEFT = 0.5, 0.2


def flags_wrong(audit: Audit) -> Rate:
    """Give the share of the flagged labels that is wrong by their error probability.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Rate
        With a range from half of it to where a fifth of the others are right, in which the
        truth lay in .91 of the samples that chose it and .91 of those held out: see
        docs/decisions/0016-claims-within-reach.md. The ends are NaN where planted errors do
        not bear the probability out, or none were planted; all is NaN without a flag.
    """
    errors = [issue.error_probability for issue in audit.issues]
    if not errors:
        return Rate(math.nan, math.nan, math.nan, UNKNOWN)
    claimed = math.fsum(errors) / len(errors)
    summary = audit.summary
    if summary.blind or summary.measured is None or summary.noise_rate.basis != NARROW:
        return Rate(claimed, math.nan, math.nan, UNKNOWN)
    return Rate(claimed, _LEAST * claimed, 1 - _LEFT * (1 - claimed), HELD)
