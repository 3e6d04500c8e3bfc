"""How the gate's answer is told, and its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from labelaudit.audit.gate import Gate, Outcome
from labelaudit.cli.in_ci import annotate, in_actions
from labelaudit.report.gate_told import compared_with_nothing, gate_lines, gate_plain

if TYPE_CHECKING:
    from labelaudit.cli.console import Terminal

_STYLE = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.INCONCLUSIVE: "yellow"}


def report_gate(
    terminal: Terminal,
    gate: Gate,
    *,
    allow_inconclusive: bool,
    reproduce: str = "",
    annotated: bool = False,
) -> int:
    """Print the gate's answer on stderr and give the exit code.

    Within GitHub Actions the answer is an annotation, too.

    Parameters
    ----------
    terminal : Terminal
    gate : Gate
    allow_inconclusive : bool
        Whether a run that cannot tell may pass.
    reproduce : str
        The command that asks the same again.
    annotated : bool
        Whether the annotation is made already, by what stdout holds.

    Returns
    -------
    int
        0 for PASS, 1 for FAIL, and for INCONCLUSIVE as the user chose.
    """
    lines = gate_lines(gate, allowed=allow_inconclusive)
    told = "\n".join(lines)
    if reproduce:
        # Not cleaned as names are: two spaces in a quoted value must stay two.
        shown = "".join(char if char.isprintable() else "\ufffd" for char in reproduce)
        lines.append(f"  to ask again: {shown}")
    for line in lines:
        style = _STYLE[gate.outcome] if line.startswith(gate.outcome.value) else ""
        terminal.err.print(line, style=style, markup=False)
    passes = gate.outcome is Outcome.PASS or (
        gate.outcome is Outcome.INCONCLUSIVE and allow_inconclusive
    )
    if in_actions() and not annotated:
        loud = gate.outcome is not Outcome.PASS or compared_with_nothing(gate)
        annotate(terminal, "error" if not passes else "warning" if loud else "notice", told)
    return 0 if passes else 1


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
    answer = {"schema_version": 1, "run": run_id, **gate_plain(gate), "reproduce": reproduce}
    return (json.dumps(answer, indent=2, ensure_ascii=False) + "\n").encode()
