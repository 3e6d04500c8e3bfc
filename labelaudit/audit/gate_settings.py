"""Whether two runs asked the same, so that what one flags says something about the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.history import COLUMN, SETTING, changes_between

if TYPE_CHECKING:
    from labelaudit.audit.history import Change
    from labelaudit.audit.runs import Run

_DECISIVE = {(SETTING, "threshold"), (SETTING, "detectors"), (COLUMN, "label")}
_NAMED = 5


@dataclass(frozen=True)
class MadeOtherwise:
    """How an earlier run was made otherwise.

    Attributes
    ----------
    doubt : str
        Why nothing can be told from the two: what decides which rows are flagged differs.
        Empty where it does not.
    note : str
        What else differs, and may have a say; empty where nothing does.
    """

    doubt: str = ""
    note: str = ""


def made_otherwise(earlier: Run, run: Run) -> MadeOtherwise:
    """Find what besides rows and labels differs between two runs.

    Parameters
    ----------
    earlier, run : Run

    Returns
    -------
    MadeOtherwise

    Raises
    ------
    RunError
        When a run is damaged.
    """
    changes = changes_between(earlier, run)
    decisive = [one for one in changes if (one.kind, one.name) in _DECISIVE]
    others = [one for one in changes if one not in decisive]
    doubt = note = ""
    if decisive:
        doubt = f"run {earlier.id} flagged by other settings: {_listed(decisive)}"
    if others:
        note = f"run {earlier.id} was made otherwise: {_listed(others)}"
    return MadeOtherwise(doubt, note)


def _listed(changes: list[Change]) -> str:
    told = [f"{one.name} {one.before}, now {one.after}" for one in changes[:_NAMED]]
    rest = len(changes) - _NAMED
    return ", ".join([*told, *([f"and {rest:,} more"] if rest > 0 else [])])
