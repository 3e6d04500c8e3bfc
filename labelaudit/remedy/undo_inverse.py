"""The inverse of a change, as the ledger tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DROP, CORRECT, DOWNWEIGHT, KEEP, QUEUE = "drop", "correct", "downweight", "keep", "queue"
RESTORE, REWEIGHT, HARDEN = "restore", "reweight", "harden"
"""What an undo does: a row comes back, a weight is 1 again, a soft label is hard again."""

_INVERSE = {
    DROP: RESTORE,
    RESTORE: DROP,
    CORRECT: CORRECT,
    DOWNWEIGHT: REWEIGHT,
    REWEIGHT: DOWNWEIGHT,
    HARDEN: CORRECT,
}


def is_soft(change: Mapping[str, Any]) -> bool:
    """Tell whether a change gave a row a probability for each class and left its label."""
    return change.get("probabilities") is not None


def inverse(change: Mapping[str, Any], action: str, row: int | None = None) -> dict[str, Any]:
    """Turn a change around.

    Parameters
    ----------
    change : mapping
        The facts of its line in the ledger.
    action : str
        Which it belongs to.
    row : int, optional
        Where the row is now, 0-based; where it was when left out.

    Returns
    -------
    dict
        The facts of a line.
    """
    kind = _INVERSE[change["change"]]
    turned = {
        "change": HARDEN if kind == CORRECT and is_soft(change) else kind,
        "row_id": change["row_id"],
        "row": change["row"] if row is None else row,
        "fingerprint": change.get("fingerprint", ""),
        "before": change["after"],
        "after": change["before"],
        "weight": change.get("weight_before", 1.0),
        "weight_before": change["weight"],
        "reason": f"undo of action {action}",
        "run": change["run"],
        "strategy": "undo",
    }
    if change["change"] == HARDEN:
        turned["change"] = CORRECT
    if is_soft(change):
        turned["probabilities"] = change["probabilities"]
    return turned


def inverses(changes: Iterable[Mapping[str, Any]], action: str) -> list[dict[str, Any]]:
    """Turn all changes of an action around; where nothing was changed there is no inverse."""
    return [inverse(change, action) for change in changes if change["change"] in _INVERSE]
