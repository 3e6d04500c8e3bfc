"""How the gate's answer is told, and its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.gate import Check, Gate, Outcome
from labelaudit.report.wording import clean, percent

if TYPE_CHECKING:
    from labelaudit.cli.console import Terminal

_STYLE = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.INCONCLUSIVE: "yellow"}
_SHOWN = 10


def report_gate(terminal: Terminal, gate: Gate, *, allow_inconclusive: bool) -> int:
    """Print the gate's answer on stderr and give the exit code.

    Parameters
    ----------
    terminal : Terminal
    gate : Gate
    allow_inconclusive : bool
        Whether a blind run may pass.

    Returns
    -------
    int
        0 for PASS, 1 for FAIL, and for INCONCLUSIVE as the user chose.
    """
    for line in gate_lines(gate):
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
    if gate.outcome is Outcome.INCONCLUSIVE:
        return [
            f"INCONCLUSIVE: {gate.reason}",
            "  what was not flagged was not seen; --allow-inconclusive lets the gate pass",
        ]
    failed = [check for check in gate.checks if check.failed]
    telling = failed or [check for check in gate.checks if check.of > 0]
    lines = [f"{gate.outcome.value}: {_told(telling[0])}" if telling else gate.outcome.value]
    lines += [f"  {_told(check)}" for check in telling[1:_SHOWN]]
    if len(telling) > _SHOWN:
        lines.append(f"  and {len(telling) - _SHOWN:,} more")
    return lines


def _told(check: Check) -> str:
    relation = "more than" if check.failed else "at most"
    return (
        f"{clean(check.name)}: {check.count:,} of {check.of:,} "
        f"({percent(check.count / check.of)}), {relation} {100 * check.limit:g} %"
    )
