"""Labels and weights before and after undoing row by row, as versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.data.schema import SOFT_LABEL_PREFIX, WEIGHT_COLUMN
from labelaudit.remedy.undo_added import number
from labelaudit.remedy.undo_inverse import CORRECT, RESTORE, is_soft

if TYPE_CHECKING:
    from labelaudit.remedy.undo_rows import RowUndo
    from labelaudit.remedy.versions import VersionStore


def keep_row_vectors(rows: RowUndo, versions: VersionStore) -> tuple[str, str]:
    """Keep the labels and weights of a file before and after it is undone row by row.

    Parameters
    ----------
    rows : RowUndo
    versions : VersionStore

    Returns
    -------
    (str, str)
        The names of the two versions.

    Raises
    ------
    OutputError
    """
    now = rows.now
    labels, content = list(now.labels), list(now.fingerprint)
    column = _weight_column(rows)
    weights = [1.0] * len(labels)
    if column in now.table.column_names:
        weights = [_weight(cell) for cell in now.cells(column)]
    before = versions.keep_vector(now.row_id, content, labels, weights)
    ids = list(now.row_id)
    for change in rows.changes:
        row, label = int(change["row"]), change["after"]
        if change["change"] == RESTORE:
            ids.append(str(change["row_id"]))
            content.append(int(change["fingerprint"], 16))
            labels.append(label_text(label))
            weights.append(1.0)
        elif change["change"] == CORRECT and not is_soft(change):
            labels[row] = label_text(label)
    for (row, name), cell in rows.replace.items():
        if name == column:
            weights[row] = _weight(cell)
    if column in rows.remove:
        weights = [1.0] * len(labels)
    if not now.columns["id"]:
        ids = _ids(content, labels)
    return before, versions.keep_vector(ids, content, labels, weights)


def _weight_column(rows: RowUndo) -> str:
    added = (*rows.remove, *rows.kept)
    plain = (name for name in added if not name.startswith(SOFT_LABEL_PREFIX))
    return next(plain, WEIGHT_COLUMN)


def _weight(cell: str) -> float:
    found = number(cell)
    return 1.0 if found is None else found


def _ids(content: list[int], labels: list[str | None]) -> list[str]:
    import numpy as np

    from labelaudit.data.identity import row_ids

    order = {label: code for code, label in enumerate(sorted({one for one in labels if one}))}
    codes = np.array([-1 if one is None else order.get(one, -1) for one in labels], dtype=np.int64)
    return [str(one) for one in row_ids(np.array(content, dtype=np.uint64), codes)]
