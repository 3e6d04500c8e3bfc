"""One check of the gate in words, for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.conditions import LOWER
from labelaudit.report.wording import NONE, clean, counted, percent, percent_range

if TYPE_CHECKING:
    from labelaudit.audit.gate import Check

_RELATION = {
    (True, False): "more than",
    (False, False): "at most",
    (True, True): "at least",
    (False, True): "less than",
}


def tell_check(check: Check) -> str:
    """Say what was found, and how it stands to the limit.

    Parameters
    ----------
    check : Check

    Returns
    -------
    str
        One line, the name of the check first.
    """
    return f"{clean(check.name)}: {tell_answer(check)}"


def tell_answer(check: Check) -> str:
    """Say the same without the name of the check.

    Parameters
    ----------
    check : Check

    Returns
    -------
    str
    """
    if not check.reason and not check.waived:
        return f"{_found(check)}, {_held(check)}"
    undecided = clean(check.waived) or "undecided"
    if check.count is None:
        return undecided
    share = percent(check.count / check.of)
    return f"{check.count:,} of {check.of:,} ({share}), {undecided}"


def _found(check: Check) -> str:
    if check.count is None:
        basis = _interval(check)
        return f"{percent(check.share)} ({basis}; {counted(check.of, 'row')} judged)"
    share = check.count / check.of
    told = f"{check.count:,} of {check.of:,} ({percent(share)}"
    if check.past is None:
        return f"{told}; {_interval(check)})"
    past = check.past
    return (
        f"{told}) after {past.count:,} of {past.of:,} ({percent(past.share)}) in run {past.run}; "
        f"a difference of {points(check.share)} points "
        f"({check.basis} {points(check.low)} to {points(check.high)})"
    )


def _interval(check: Check) -> str:
    interval = percent_range(check.low, check.high)
    return check.basis if interval == NONE else f"{check.basis}: {interval}"


def _held(check: Check) -> str:
    relation = _RELATION[check.failed, check.reached]
    held = f"{relation} {100 * check.limit:g} %"
    if not check.bound:
        return held
    return f"of which the {'lower' if check.bound == LOWER else 'upper'} end is {held}"


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign, such as ``+2.1``."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else text
