"""The gate: whether the flagged share stays within what was agreed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelaudit.types import Audit, Summary

_NAMED = 5
DEFAULT_MAX_FLAGGED = 0.05
"""What `check` holds the data to when nothing was agreed."""


class Outcome(StrEnum):
    """What the gate answers."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class Check:
    """One threshold held against the run.

    Attributes
    ----------
    name : str
        E.g. ``"flagged"``, ``"class 'spam' flagged"``.
    count, of : int
        Rows that count against it, of how many.
    limit : float
        In [0, 1].
    failed : bool
        Whether ``count / of`` exceeds the limit.
    """

    name: str
    count: int
    of: int
    limit: float
    failed: bool


@dataclass(frozen=True)
class Gate:
    """What the gate answers, with the numbers it rests on.

    `reason` says why it is inconclusive; it is empty otherwise.
    """

    outcome: Outcome
    checks: tuple[Check, ...]
    reason: str


def judge(
    audit: Audit,
    *,
    max_flagged: float | None = None,
    max_high: float | None = None,
    max_class_flagged: float | None = None,
) -> Gate:
    """Hold a run against thresholds.

    Parameters
    ----------
    audit : Audit
    max_flagged, max_high : float, optional
        Greatest share of the judged rows flagged at all, or with high severity, in [0, 1].
    max_class_flagged : float, optional
        Greatest share of the judged rows of any one class.

    Returns
    -------
    Gate
        INCONCLUSIVE when the run is blind, since what it flags is a guess and what it does
        not flag was not seen; FAIL when a share exceeds its threshold; INCONCLUSIVE when
        each class has a threshold and one was not judged; otherwise PASS. Without any
        threshold `max_flagged` is 5 %.
    """
    if max_flagged is None and max_high is None and max_class_flagged is None:
        max_flagged = DEFAULT_MAX_FLAGGED
    summary = audit.summary
    checks = []
    if max_flagged is not None:
        checks.append(_check("flagged", summary.flagged, summary.judged, max_flagged))
    if max_high is not None:
        high = summary.by_severity.get("high", 0)
        checks.append(_check("high severity", high, summary.judged, max_high))
    if max_class_flagged is not None:
        checks.extend(
            _check(f"class {str(one.label)!r} flagged", one.flagged, one.judged, max_class_flagged)
            for one in summary.classes
        )
    if summary.blind:
        return Gate(Outcome.INCONCLUSIVE, tuple(checks), summary.blind)
    if any(check.failed for check in checks):
        return Gate(Outcome.FAIL, tuple(checks), "")
    reason = "" if max_class_flagged is None else _classes_not_judged(summary)
    return Gate(Outcome.INCONCLUSIVE if reason else Outcome.PASS, tuple(checks), reason)


def _classes_not_judged(summary: Summary) -> str:
    unseen = [one for one in summary.classes if one.n and not one.judged]
    if not unseen:
        return ""
    named = ", ".join(f"{str(one.label)!r} ({one.n:,} rows)" for one in unseen[:_NAMED])
    more = f" and {len(unseen) - _NAMED:,} more" if len(unseen) > _NAMED else ""
    return f"no row of these classes could be judged: {named}{more}"


def _check(name: str, count: int, of: int, limit: float) -> Check:
    return Check(name, count, of, limit, failed=of > 0 and count / of > limit)
