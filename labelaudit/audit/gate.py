"""The gate: whether the flagged shares stay within what was agreed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from labelaudit.audit.conditions import FLAGGED, Condition, parse_condition
from labelaudit.audit.gate_checks import (
    Check,
    Earlier,
    Past,
    check_condition,
    check_each_class,
    check_increase,
)
from labelaudit.types import Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labelaudit.audit.gate_slices import RowsOfRun
    from labelaudit.audit.gate_uncounted import Uncounted
    from labelaudit.types import Audit

__all__ = ["DEFAULT_MAX_FLAGGED", "Check", "Earlier", "Gate", "Outcome", "Past", "judge"]

_NAMED = 5
DEFAULT_MAX_FLAGGED = 0.05
"""What `check` holds the data to when nothing was agreed."""


class Outcome(StrEnum):
    """What the gate answers."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class Gate:
    """What the gate answers, with the numbers it rests on.

    Attributes
    ----------
    outcome : Outcome
    checks : tuple of Check
    reason : str
        Why it is inconclusive; empty otherwise.
    uncounted : Uncounted or None
        Issues that counted in no check.
    lost : int
        Rows of the run that were left out of slices: they are not in the data any more.
    notes : tuple of str
        What else to know of the runs that were compared.
    """

    outcome: Outcome
    checks: tuple[Check, ...]
    reason: str
    uncounted: Uncounted | None = None
    lost: int = 0
    notes: tuple[str, ...] = ()


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
    fail_on: Iterable[Condition | str] = (),
    max_increase: float | None = None,
    earlier: Earlier | None = None,
    rows: RowsOfRun | None = None,
    uncounted: Uncounted | None = None,
    first_passes: bool = False,
    notes: Iterable[str] = (),
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
    fail_on : iterable of Condition or str
        Such as ``"slice:source=web mislabelled.lower95>2%"``; see `parse_condition`.
    max_increase : float, optional
        By how much the flagged share may have risen since `earlier`, in [0, 1].
    earlier : Earlier, optional
        Needed for `max_increase`, which is inconclusive without.
    rows : RowsOfRun, optional
        The data; needed where a condition names a slice.
    uncounted : Uncounted, optional
        Issues that count in no check; see `leave_out`. Their rows stay among those judged.
        Where their run was made by other settings, every count is inconclusive.
    first_passes : bool
        Whether a rise without an earlier run passes, if the run could see.
    notes : iterable of str
        Passed on.

    Returns
    -------
    Gate
        FAIL when a share exceeds its threshold; else INCONCLUSIVE when a threshold concerns
        what nobody looked for: a class or slice of which no row was judged, a verdict that
        no detector of the run could give, a rise without an earlier run that could see;
        otherwise PASS. What a blind run flags is a guess and what it does not flag was not
        seen: nothing that rests on it can fail or pass, and only a noise rate that people
        measured is left. Without any threshold `max_flagged` is 5 %.

    Raises
    ------
    SettingError
        When a condition cannot be read, or names what is not there.
    """
    limits = {
        FLAGGED: max_flagged,
        Severity.HIGH: max_high,
        Verdict.MISLABELLED: max_mislabelled,
        Verdict.AMBIGUOUS: max_ambiguous,
        Verdict.OUTLIER: max_outlier,
        Verdict.DUPLICATE: max_duplicate,
    }
    conditions = [
        Condition(str(metric), limit) for metric, limit in limits.items() if limit is not None
    ]
    conditions += [parse_condition(one) if isinstance(one, str) else one for one in fail_on]
    if not conditions and max_class_flagged is None and max_increase is None:
        conditions.append(Condition(FLAGGED, DEFAULT_MAX_FLAGGED))
    left_out = None if uncounted is None else uncounted.rows
    checks = [
        check_condition(audit, condition, rows=rows, left_out=left_out) for condition in conditions
    ]
    if max_class_flagged is not None:
        checks += check_each_class(audit, max_class_flagged, left_out)
    if max_increase is not None:
        checks.append(
            check_increase(audit, earlier, max_increase, left_out, first_passes=first_passes)
        )
    if uncounted is not None and uncounted.doubt:
        checks = [
            one if one.count is None else replace(one, reason=one.reason or uncounted.doubt)
            for one in checks
        ]
    outcome, reason = _answer(checks)
    return Gate(
        outcome,
        tuple(checks),
        reason,
        uncounted=uncounted,
        lost=0 if rows is None else rows.lost,
        notes=tuple(notes),
    )


def _answer(checks: Sequence[Check]) -> tuple[Outcome, str]:
    if any(check.failed and not check.reason for check in checks):
        return Outcome.FAIL, ""
    reasons = list(dict.fromkeys(check.reason for check in checks if check.reason))
    if not reasons:
        return Outcome.PASS, ""
    more = [f"and {len(reasons) - _NAMED:,} more"] if len(reasons) > _NAMED else []
    return Outcome.INCONCLUSIVE, "; ".join([*reasons[:_NAMED], *more])
