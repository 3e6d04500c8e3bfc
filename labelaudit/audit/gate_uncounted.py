"""Issues that the gate leaves out: known ones, and those of an earlier run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labelaudit.audit.baseline import match_rows
from labelaudit.audit.compare import compare_runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.audit.baseline import Baseline
    from labelaudit.types import Audit, BoolArray


KNOWN, RIGHT = "known", "said to be right"
"""Why an entry of the baseline leaves an issue out."""


@dataclass(frozen=True)
class Uncounted:
    """Issues that count in no check.

    Attributes
    ----------
    rows : ndarray of bool, shape (n,)
    reasons : mapping of str to int
        How many flagged rows, by why; each row once.
    baseline : str
        The file that says so; empty without.
    stale : int
        Its entries that hold for no row any more.
    why : mapping of int to str
        The reason of each of these rows, by position.
    before : str
        The run whose issues are left out, too; empty without.
    doubt : str
        Why that run says nothing of what is new; empty where it does.
    """

    rows: BoolArray
    reasons: Mapping[str, int] = field(default_factory=dict)
    baseline: str = ""
    stale: int = 0
    why: Mapping[int, str] = field(default_factory=dict)
    before: str = ""
    doubt: str = ""


def leave_out(
    audit: Audit,
    baseline: Baseline | None = None,
    *,
    seen: tuple[str, Audit] | None = None,
    doubt: str = "",
) -> Uncounted:
    """Find the issues that the gate leaves out.

    Parameters
    ----------
    audit : Audit
        n rows.
    baseline : Baseline, optional
        What people decided about labels. Those that are right are left out, too: the entry
        may be younger than the run.
    seen : (str, Audit), optional
        Another run and its name. Issues that it flags too are left out, unless the label
        has changed since.
    doubt : str
        Why that run says nothing of what is new; see `made_otherwise`.

    Returns
    -------
    Uncounted

    Raises
    ------
    RunError
        When the other run took other columns for the id or the label.
    """
    import numpy as np

    left = np.zeros(len(audit.flagged), dtype=np.bool_)
    reasons: dict[str, int] = {}
    why: dict[int, str] = {}

    def leave(rows: BoolArray, reason: str) -> None:
        fresh = rows & audit.flagged & ~left
        if fresh.any():
            reasons[reason] = int(fresh.sum())
            why.update(dict.fromkeys(np.flatnonzero(fresh).tolist(), reason))
        left[fresh] = True

    stale = 0
    if baseline is not None:
        matched = match_rows(baseline, audit)
        leave(matched.known, KNOWN)
        leave(matched.right, RIGHT)
        stale = len(matched.stale)
    if seen is not None:
        name, before = seen
        again = np.zeros_like(left)
        again[compare_runs(before, audit).still] = True
        leave(again, f"flagged in run {name} too")
    return Uncounted(
        left,
        reasons,
        baseline="" if baseline is None else baseline.name,
        stale=stale,
        why=why,
        before="" if seen is None else seen[0],
        doubt=doubt,
    )
