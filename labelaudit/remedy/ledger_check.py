"""Checking a ledger: its chain, the versions it names, and what it says of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.remedy.ledger_chain import CHANGE, VOID, Entry, LedgerDamageError, head_path
from labelaudit.remedy.ledger_states import states

if TYPE_CHECKING:
    from labelaudit.remedy.record import Recorder


@dataclass(frozen=True)
class Fault:
    """Something in the store that is not as it was written.

    Attributes
    ----------
    action : str
        Which needs it; empty for the ledger itself.
    line : int
        Of the ledger, from 1; 0 for what lies beside it.
    what : str
    """

    action: str
    line: int
    what: str


@dataclass(frozen=True)
class LedgerCheck:
    """What checking a ledger showed.

    Attributes
    ----------
    lines, actions : int
        As far as the chain is intact.
    faults : tuple of Fault
        Empty when everything is as it was written.
    outputs : mapping of str to (str, str)
        By action: the file it wrote and what became of it. No fault: files may change.
    has_head : bool
        Whether an end that was cut off would be noticed.
    """

    lines: int
    actions: int
    faults: tuple[Fault, ...]
    outputs: dict[str, tuple[str, str]]
    has_head: bool


def check_ledger(recorder: Recorder) -> LedgerCheck:
    """Check a ledger and what it names.

    Parameters
    ----------
    recorder : Recorder

    Returns
    -------
    LedgerCheck

    Raises
    ------
    RunError
        When the ledger cannot be read.
    """
    entries, damage = _read(recorder)
    faults = [] if damage is None else [Fault("", damage.line, damage.what)]
    headers = [one for one in entries if one.kind not in {CHANGE, VOID}]
    for header in headers:
        faults += _versions(recorder, header)
    state = states(entries, recorder.ledger.base)
    return LedgerCheck(
        lines=len(entries),
        actions=len(headers),
        faults=tuple(faults),
        outputs={one.action: (str(one.facts["output"]), state[one.action]) for one in headers},
        has_head=head_path(recorder.ledger.path).exists(),
    )


def _read(recorder: Recorder) -> tuple[list[Entry], LedgerDamageError | None]:
    """Give the lines before the first bad one, and what is wrong with that."""
    found: list[Entry] = []
    try:
        for entry in recorder.ledger.entries():
            found.append(entry)  # noqa: PERF402 - what was read before it fails is wanted
    except LedgerDamageError as damage:
        return found, damage
    return found, None


def _versions(recorder: Recorder, header: Entry) -> list[Fault]:
    faults = []
    labels = {header.facts.get("version_before"), header.facts.get("version_after")}
    for version in sorted(str(one) for one in labels if one):
        state = recorder.versions.labels_state(version)
        if state != "whole":
            what = f"the labels it names as {version[:12]} are {state}"
            faults.append(Fault(header.action, header.seq, what))
    if replaced := header.facts.get("replaces"):
        state = recorder.versions.file_state(str(replaced))
        if state != "whole":
            what = f"what {header.facts['output']} held before is {state}: it cannot be undone"
            faults.append(Fault(header.action, header.seq, what))
    return faults
