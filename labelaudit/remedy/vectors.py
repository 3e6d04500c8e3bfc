"""Labels and weights before and after a plan, as versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.data.schema import WEIGHT_COLUMN
from labelaudit.remedy.edits import weights_now, weights_of
from labelaudit.remedy.rows import TRAIN_VALUES
from labelaudit.types import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labelaudit.remedy.versions import VersionStore
    from labelaudit.types import BoolArray, Dataset, IntArray, Plan


def keep_vectors(
    plan: Plan,
    data: Dataset,
    versions: VersionStore,
    *,
    weight_column: str = WEIGHT_COLUMN,
    train_values: Iterable[str] = TRAIN_VALUES,
) -> tuple[str, str]:
    """Keep the labels and weights before and after a plan.

    Parameters
    ----------
    plan : Plan
    data : Dataset
        What it was made for.
    versions : VersionStore
    weight_column : str
        Holds the weights before, where there is one.
    train_values : iterable of str

    Returns
    -------
    (str, str)
        The names of the two versions: of the table as it is, and of the table that is
        read when the file was written and reads as this one does.

    Raises
    ------
    OutputError
    """
    import numpy as np

    weights = weights_now(data, weight_column)
    before = versions.keep_labels(data, weights)
    if not plan.actions and not plan.class_weights:
        return before, before
    classes = list(data.classes)
    codes = data.y.copy()
    keep = np.ones(data.n_rows, dtype=bool)
    for action in plan.actions:
        if action.kind is Kind.DROP:
            keep[action.row] = False
        elif action.kind is Kind.CORRECT and action.probabilities is None:
            if action.after not in classes and action.after is not None:
                classes.append(action.after)
            codes[action.row] = -1 if action.after is None else classes.index(action.after)
    weighted = weights_of(plan, data, before=weights, train_values=train_values)
    names = [label_text(label) for label in classes]
    after = versions.keep_vector(
        _row_ids(data, keep, codes),
        data.fingerprint[keep].tolist(),
        [names[code] if code >= 0 else None for code in codes[keep].tolist()],
        [weight for weight, kept in zip(weighted, keep.tolist(), strict=True) if kept],
    )
    return before, after


def _row_ids(data: Dataset, keep: BoolArray, codes: IntArray) -> list[str]:
    """Give the ids that the rows that stay will have."""
    from labelaudit.data.identity import row_ids

    if data.schema.one(Role.ID) is not None:
        return [str(row_id) for row_id in data.row_id[keep]]
    return [str(row_id) for row_id in row_ids(data.fingerprint[keep], codes[keep])]
