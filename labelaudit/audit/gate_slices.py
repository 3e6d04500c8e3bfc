"""Which rows of a run a condition of the gate is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.slices_columns import cell_texts
from labelaudit.audit.tables import label_text
from labelaudit.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.audit.conditions import Condition
    from labelaudit.types import Audit, BoolArray

_SHOWN = 5
_LOOKED_AT = 1000


@dataclass(frozen=True)
class RowsOfRun:
    """The data that slices are taken from.

    Attributes
    ----------
    table : pyarrow.Table
        m rows.
    place : ndarray of int64, shape (n,)
        Where each row of the run is in the table; -1 where it is not.
    """

    table: pa.Table
    place: NDArray[np.int64]

    @property
    def lost(self) -> int:
        """Rows of the run that are not in the data any more."""
        return int((self.place < 0).sum())


def rows_meant(audit: Audit, condition: Condition, rows: RowsOfRun | None) -> BoolArray:
    """Tell which rows a condition is about.

    Parameters
    ----------
    audit : Audit
        n rows.
    condition : Condition
    rows : RowsOfRun or None
        Needed where the condition names a slice.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    SettingError
        When there is no such column, or no row has that value or class: a typing error
        would pass for ever.
    """
    import numpy as np

    where = f"--fail-on {str(condition)!r}"
    meant = np.ones(len(audit.given), dtype=np.bool_)
    if condition.label is not None:
        meant &= _of_class(audit, condition.label, where)
    if not condition.slices:
        return meant
    if rows is None:
        raise SettingError(
            "a slice is taken from the data, which is not at hand",
            where=where,
            hint="give the rows, or leave the slice out",
        )
    found = rows.place >= 0
    meant &= found
    for column, value in condition.slices:
        chosen = _of_value(rows.table, column, value, where)
        meant[found] &= chosen[rows.place[found]]
    return meant


def _of_class(audit: Audit, label: str, where: str) -> BoolArray:
    import numpy as np

    names = [label_text(one) for one in audit.classes]
    codes = [code for code, name in enumerate(names) if name == label]
    chosen: BoolArray = np.isin(audit.given, codes)
    if not chosen.any():
        sizes = Counter(names[code] for code in audit.given.tolist() if code >= 0)
        raise SettingError(
            f"no row has the label {label!r}", where=where, hint=_instead(label, sizes)
        )
    return chosen


def _of_value(table: pa.Table, name: str, value: str, where: str) -> BoolArray:
    import pyarrow.compute as pc

    if name not in table.column_names:
        raise SettingError(
            f"there is no column {name!r}",
            where=where,
            hint=did_you_mean(name, table.column_names)
            or f"there are {', '.join(table.column_names[:_SHOWN])}",
        )
    texts = _texts(table.column(name), name, where)
    chosen: BoolArray = pc.equal(texts, value).to_numpy(zero_copy_only=False).astype(bool)
    if not chosen.any():
        counts = {one["values"].as_py(): one["counts"].as_py() for one in pc.value_counts(texts)}
        raise SettingError(
            f"no row has {value!r} in column {name!r}", where=where, hint=_instead(value, counts)
        )
    return chosen


def _texts(column: pa.ChunkedArray, name: str, where: str) -> pa.Array:
    """Give the cells as text; an empty one for null."""
    texts = cell_texts(column)
    if texts is None:
        raise SettingError(
            f"column {name!r} holds {column.type}, which has no values to name",
            where=where,
            hint="choose a column of texts, numbers or dates",
        )
    return texts


def _instead(name: str, counts: dict[str, int] | Counter[str]) -> str:
    common = sorted(counts, key=lambda one: (-counts[one], one))
    # Looking for a close one among every value of a long column would take minutes.
    close = did_you_mean(name, common[:_LOOKED_AT])
    if close is not None:
        return close
    more = f" and {len(common) - _SHOWN:,} more" if len(common) > _SHOWN else ""
    return f"there are {', '.join(repr(one) for one in common[:_SHOWN])}{more}"
