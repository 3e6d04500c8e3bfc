"""The gate: whether the flagged shares stay within what was agreed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from labelaudit.detectors import CATALOG
from labelaudit.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from labelaudit.types import Audit, Summary

_NAMED = 5
_BY_COPIES = "duplicates"
_CHECK_NAMES = {Verdict.DUPLICATE: "duplicate conflict"}
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
        ``"flagged"``, ``"high severity"``, ``"mislabelled"``, ``"ambiguous"``,
        ``"outlier"``, ``"duplicate conflict"``, or ``"class 'spam' flagged"``.
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
    max_mislabelled: float | None = None,
    max_ambiguous: float | None = None,
    max_outlier: float | None = None,
    max_duplicate: float | None = None,
    max_class_flagged: float | None = None,
) -> Gate:
    """Hold a run against thresholds.

    Parameters
    ----------
    audit : Audit
    max_flagged, max_high : float, optional
        Greatest share of the judged rows flagged at all, or with high severity, in [0, 1].
    max_mislabelled, max_ambiguous, max_outlier, max_duplicate : float, optional
        Greatest share of the judged rows flagged with this verdict, in [0, 1].
    max_class_flagged : float, optional
        Greatest share of the judged rows of any one class.

    Returns
    -------
    Gate
        INCONCLUSIVE when the run is blind, since what it flags is a guess and what it does
        not flag was not seen; FAIL when a share exceeds its threshold; INCONCLUSIVE when
        a threshold concerns what nobody looked for: each class, and one was not judged, or
        a verdict that no detector of the run could give; otherwise PASS. Without any
        threshold `max_flagged` is 5 %.
    """
    by_verdict = {
        Verdict.MISLABELLED: max_mislabelled,
        Verdict.AMBIGUOUS: max_ambiguous,
        Verdict.OUTLIER: max_outlier,
        Verdict.DUPLICATE: max_duplicate,
    }
    limits = {kind: limit for kind, limit in by_verdict.items() if limit is not None}
    if not limits and max_flagged is None and max_high is None and max_class_flagged is None:
        max_flagged = DEFAULT_MAX_FLAGGED
    summary = audit.summary
    checks = []
    if max_flagged is not None:
        checks.append(_check("flagged", summary.flagged, summary.judged, max_flagged))
    if max_high is not None:
        high = summary.by_severity.get("high", 0)
        checks.append(_check("high severity", high, summary.judged, max_high))
    for kind, limit in limits.items():
        count = summary.by_verdict.get(kind.value, 0)
        name = _CHECK_NAMES.get(kind, kind.value)
        checks.append(_check(name, count, summary.judged, limit))
    if max_class_flagged is not None:
        checks.extend(
            _check(f"class {str(one.label)!r} flagged", one.flagged, one.judged, max_class_flagged)
            for one in summary.classes
        )
    if summary.blind:
        return Gate(Outcome.INCONCLUSIVE, tuple(checks), summary.blind)
    if any(check.failed for check in checks):
        return Gate(Outcome.FAIL, tuple(checks), "")
    reason = _not_looked_for(audit, limits)
    if max_class_flagged is not None:
        reason = reason or _classes_not_judged(summary)
    return Gate(Outcome.INCONCLUSIVE if reason else Outcome.PASS, tuple(checks), reason)


def _not_looked_for(audit: Audit, kinds: Collection[Verdict]) -> str:
    """Say which of these verdicts no row of the run could have got, and why."""
    if Verdict.DUPLICATE in kinds:
        if _BY_COPIES not in audit.by_detector:
            return f"nobody looked for duplicate conflicts: {_BY_COPIES} did not take part"
        if not audit.schema.features:
            return "nobody looked for duplicate conflicts: there are no feature columns"
        if any(notice.code == "uninformative-copies" for notice in audit.notices):
            return "duplicate conflicts were not counted: too many rows share their features"
    others = [kind.value for kind in kinds if kind is not Verdict.DUPLICATE]
    if others and not any(_flags_by_models(name) for name in audit.by_detector):
        return f"no detector took part that finds rows that are {' or '.join(others)}"
    return ""


def _flags_by_models(name: str) -> bool:
    if name == _BY_COPIES:
        return False
    # A kept run may name a detector of a package that is not installed here.
    return name not in CATALOG or not CATALOG[name].corroborates


def _classes_not_judged(summary: Summary) -> str:
    unseen = [one for one in summary.classes if one.n and not one.judged]
    if not unseen:
        return ""
    named = ", ".join(f"{str(one.label)!r} ({one.n:,} rows)" for one in unseen[:_NAMED])
    more = f" and {len(unseen) - _NAMED:,} more" if len(unseen) > _NAMED else ""
    return f"no row of these classes could be judged: {named}{more}"


def _check(name: str, count: int, of: int, limit: float) -> Check:
    return Check(name, count, of, limit, failed=of > 0 and count / of > limit)
