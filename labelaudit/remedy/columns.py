"""Which columns tell what a row is: what a later command needs to find rows again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelaudit.data.schema import SOFT_LABEL_PREFIX, WRITTEN_BY_US
from labelaudit.types import Role

if TYPE_CHECKING:
    from labelaudit.types import Dataset

_CHECKED_ROWS = 100


def columns_of(data: Dataset) -> dict[str, Any]:
    """Name the columns that the identity and the label of a row come from.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    dict
        JSON values: ``label``; ``id``, empty where rows are known by their content; and
        ``content``, the columns that make the fingerprint, in file order.
    """
    return {
        "label": data.schema.one(Role.LABEL) or "",
        "id": data.schema.one(Role.ID) or "",
        "content": _content(data),
    }


def _content(data: Dataset) -> list[str]:
    """Find the columns that were hashed, by hashing a few rows again."""
    from labelaudit.data.identity import fingerprints

    apart = {data.schema.one(Role.LABEL), data.schema.one(Role.ID)}
    every = [name for name in data.table.column_names if name not in apart]
    ours = {column.name for column in data.schema.columns if column.reason == WRITTEN_BY_US}
    own = {name for name in every if name in ours or name.startswith(SOFT_LABEL_PREFIX)}
    index = {every[0]} if every and every[0] == data.table.column_names[0] else set()
    some = data.table.slice(0, _CHECKED_ROWS)
    wanted = data.fingerprint[:_CHECKED_ROWS].tolist()
    candidates = [
        [name for name in every if name not in left_out]
        for left_out in (set(), own, index, own | index)
    ]
    for names in candidates:
        if fingerprints(some, names).tolist() == wanted:
            return names
    return candidates[1]
