"""Find the column that parts rows into training and test data, by its name and values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from labelaudit.types import Schema

SPLIT_NAMES = ("split", "data_split", "subset", "partition", "set")
"""Names that a split column is recognised by, first come first; case does not matter."""

_SPLIT_VALUE = re.compile(
    r"(?:.*[_\-. ])?(?:train|training|trn|test|testing|val|valid|validate|validation"
    r"|dev|development|eval|evaluation|holdout|held.?out|unlabell?ed|unsupervised)(?:[_\-. ].*|\d*)"
)
_MOST_SPLITS = 20
_ANOTHER = "another split"
_UNKNOWN = "named split, but its values are not like train and test"
_LOOKED_AT = 1000
_SHOWN = 4


def find_split(table: pa.Table, names: Iterable[str]) -> str | None:
    """Find the split column.

    Parameters
    ----------
    table : pyarrow.Table
    names : iterable of str
        Columns that have no other part.

    Returns
    -------
    str or None
    """
    found = [name for name in names if _is_split(name, table.column(name))]
    return min(found, key=lambda name: SPLIT_NAMES.index(_folded(name)), default=None)


def why_no_feature(name: str, column: pa.ChunkedArray) -> str | None:
    """Say why a column that is not the split is not learned from either.

    Parameters
    ----------
    name : str
    column : pyarrow.ChunkedArray

    Returns
    -------
    str or None
        None where this is no reason.
    """
    if _is_split(name, column):
        return _ANOTHER
    return _UNKNOWN if _folded(name) == SPLIT_NAMES[0] and _examples(column) else None


def ask_about_unknown(schema: Schema, table: pa.Table) -> tuple[Notice, ...]:
    """Ask what a column named split is, where its values do not tell.

    Parameters
    ----------
    schema : Schema
    table : pyarrow.Table

    Returns
    -------
    tuple of Notice
    """
    return tuple(
        Notice(
            "split",
            f"Column {column.name!r} is not learned from: by its name it parts training from "
            f"test rows, but which value is which is unknown "
            f"({', '.join(_examples(table.column(column.name)))}).",
            f"If it is a split, say so: --split {column.name} --train-split VALUE.",
        )
        for column in schema.columns
        if column.reason == _UNKNOWN
    )


def _folded(name: str) -> str:
    return name.strip().casefold()


def _is_split(name: str, column: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    column = cells.plain(column)
    if _folded(name) not in SPLIT_NAMES or not cells.is_text(column.type):
        return False
    values = [text for text in pc.unique(column).to_pylist() if not cells.is_blank(text)]
    return 0 < len(values) <= _MOST_SPLITS and all(
        _SPLIT_VALUE.fullmatch(text.strip().casefold()) for text in values
    )


def _examples(column: pa.ChunkedArray) -> list[str]:
    """Give the first distinct values; none where there is no value at all."""
    present = column.drop_null().slice(0, _LOOKED_AT).to_pylist()
    texts = dict.fromkeys(str(value) for value in present)
    distinct = [text for text in texts if text.strip()]
    return distinct if len(distinct) <= _SHOWN else [*distinct[:_SHOWN], "…"]
