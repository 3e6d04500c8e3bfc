"""How the gate's answer is told, and its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labelaudit.audit.gate import Check, Gate, Outcome
from labelaudit.audit.gate_checks import MAX_INCREASE
from labelaudit.audit.plain import to_plain
from labelaudit.report.gate_words import tell_check
from labelaudit.report.wording import clean, counted

if TYPE_CHECKING:
    from labelaudit.cli.console import Terminal

_STYLE = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.INCONCLUSIVE: "yellow"}
_SHOWN = 10
_INSIST = "--allow-inconclusive lets the gate pass"


def report_gate(
    terminal: Terminal, gate: Gate, *, allow_inconclusive: bool, reproduce: str = ""
) -> int:
    """Print the gate's answer on stderr and give the exit code.

    Parameters
    ----------
    terminal : Terminal
    gate : Gate
    allow_inconclusive : bool
        Whether a run that cannot tell may pass.
    reproduce : str
        The command that asks the same again.

    Returns
    -------
    int
        0 for PASS, 1 for FAIL, and for INCONCLUSIVE as the user chose.
    """
    lines = gate_lines(gate)
    if reproduce:
        # Not cleaned as names are: two spaces in a quoted value must stay two.
        shown = "".join(char if char.isprintable() else "\ufffd" for char in reproduce)
        lines.append(f"  to ask again: {shown}")
    for line in lines:
        style = _STYLE[gate.outcome] if line.startswith(gate.outcome.value) else ""
        terminal.err.print(line, style=style, markup=False)
    if gate.outcome is Outcome.INCONCLUSIVE:
        return 0 if allow_inconclusive else 1
    return 1 if gate.outcome is Outcome.FAIL else 0


def gate_lines(gate: Gate) -> list[str]:
    """Put the gate's answer in words, the outcome first.

    Parameters
    ----------
    gate : Gate

    Returns
    -------
    list of str
    """
    telling = [check for check in gate.checks if check.of > 0]
    if gate.outcome is Outcome.INCONCLUSIVE:
        lines = [f"{gate.outcome.value}: {clean(gate.reason)}"]
        unseen = any(check.reason and not _is_rise(check) for check in gate.checks)
        lines.append(f"  {'what was not flagged was not seen; ' * unseen}{_INSIST}")
    else:
        telling = [check for check in telling if check.failed and not check.reason] or telling
        lines = [f"{gate.outcome.value}: {tell_check(telling.pop(0))}" if telling else "PASS"]
    lines += [f"  {tell_check(check)}" for check in telling[:_SHOWN]]
    if len(telling) > _SHOWN:
        lines.append(f"  and {len(telling) - _SHOWN:,} more")
    return lines + _left_out(gate)


def gate_json(gate: Gate, run_id: str, reproduce: str) -> bytes:
    """Put the gate's answer in JSON.

    Parameters
    ----------
    gate : Gate
    run_id : str
    reproduce : str
        The command that asks the same again.

    Returns
    -------
    bytes
    """
    left = gate.uncounted
    answer = {
        "schema_version": 1,
        "outcome": gate.outcome.value,
        "reason": gate.reason or None,
        "run": run_id,
        "checks": [_plain(one) for one in gate.checks],
        "not_counted": {} if left is None else dict(left.reasons),
        "baseline": {"file": left.baseline, "stale": left.stale}
        if left is not None and left.baseline
        else None,
        "rows_left_out_of_slices": gate.lost,
        "reproduce": reproduce,
    }
    return (json.dumps(answer, indent=2, ensure_ascii=False) + "\n").encode()


def _is_rise(check: Check) -> bool:
    return check.condition.startswith(MAX_INCREASE)


def _plain(check: Check) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(check, exact=True)
    plain.pop("past")
    past = None if check.past is None else to_plain(check.past, exact=True)
    return plain | {"reason": check.reason or None, "bound": check.bound or None, "against": past}


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
