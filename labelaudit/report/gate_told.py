"""The gate's whole answer, in lines for people and as plain values for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelaudit.audit.gate import Outcome
from labelaudit.audit.gate_checks import MAX_INCREASE, NO_EARLIER
from labelaudit.audit.plain import to_plain
from labelaudit.report.gate_words import tell_check
from labelaudit.report.wording import clean, counted

if TYPE_CHECKING:
    from labelaudit.audit.gate import Check, Gate

_SHOWN = 10
_INSIST = "--allow-inconclusive lets the gate pass"
_ALLOWED = "it passes by --allow-inconclusive"
_FIRST = "--first-run-passes lets a first run pass, and no blind one"


def gate_lines(gate: Gate, *, allowed: bool = False) -> list[str]:
    """Put the gate's answer in words, the outcome first.

    Parameters
    ----------
    gate : Gate
    allowed : bool
        Whether a gate that cannot tell passes, as nobody then needs to be advised.

    Returns
    -------
    list of str
        All but the first are indented.
    """
    telling = [check for check in gate.checks if check.of > 0]
    if gate.outcome is Outcome.INCONCLUSIVE:
        lines = [
            f"{gate.outcome.value}: {clean(gate.reason)}",
            f"  {_what_lets_it_pass(gate, allowed=allowed)}",
        ]
    else:
        telling = [check for check in telling if check.failed and not check.reason] or telling
        lines = [f"{gate.outcome.value}: {tell_check(telling.pop(0))}" if telling else "PASS"]
    lines += [f"  {tell_check(check)}" for check in telling[:_SHOWN]]
    if len(telling) > _SHOWN:
        lines.append(f"  and {len(telling) - _SHOWN:,} more")
    return [*lines, *_left_out(gate), *(f"  note: {clean(note)}" for note in gate.notes)]


def gate_plain(gate: Gate) -> dict[str, Any]:
    """Give the gate's answer as values that JSON can hold.

    Parameters
    ----------
    gate : Gate

    Returns
    -------
    dict
        As ``schemas/json.schema.json`` says of ``gate``.
    """
    left = gate.uncounted
    return {
        "outcome": gate.outcome.value,
        "reason": gate.reason or None,
        "checks": [_plain(one) for one in gate.checks],
        "not_counted": {} if left is None else dict(left.reasons),
        "baseline": {"file": left.baseline, "stale": left.stale}
        if left is not None and left.baseline
        else None,
        "rows_left_out_of_slices": gate.lost,
        "notes": list(gate.notes),
    }


def compared_with_nothing(gate: Gate) -> bool:
    """Tell whether a threshold was passed only because there was nothing to hold it against."""
    return any(check.waived for check in gate.checks)


def _what_lets_it_pass(gate: Gate, *, allowed: bool) -> str:
    reasons = {check.reason for check in gate.checks if check.reason}
    if reasons == {NO_EARLIER} and not allowed:
        return _FIRST
    unseen = any(check.reason and not _is_rise(check) for check in gate.checks)
    return f"{'what was not flagged was not seen; ' * unseen}{_ALLOWED if allowed else _INSIST}"


def _is_rise(check: Check) -> bool:
    return check.condition.startswith(MAX_INCREASE)


def _plain(check: Check) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(check, exact=True)
    plain.pop("past")
    past = None if check.past is None else to_plain(check.past, exact=True)
    told = {name: plain[name] or None for name in ("reason", "bound", "waived")}
    return plain | told | {"against": past}


def _left_out(gate: Gate) -> list[str]:
    lines = []
    left = gate.uncounted
    if left is not None:
        told = [f"{number:,} {reason}" for reason, number in left.reasons.items()]
        lines.append(f"  not counted: {clean(', '.join(told)) or 'nothing'}")
        if left.stale:
            lines.append(
                f"  {counted(left.stale, 'stale line')} in {clean(left.baseline)}: "
                "`labelaudit baseline prune` takes them out"
            )
    if gate.lost:
        lines.append(f"  left out of slices: {counted(gate.lost, 'row')} not in the data as before")
    return lines
