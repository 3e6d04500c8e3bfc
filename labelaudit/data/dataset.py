"""Make a Dataset of a file, a data frame or arrays, and say what was decided."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from labelaudit.data import column_kinds, features, identity, labels, schema
from labelaudit.data.schema import SchemaChoices
from labelaudit.errors import InputError
from labelaudit.progress import SILENT
from labelaudit.types import Dataset, Notice, Role, Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from labelaudit.progress import Progress
    from labelaudit.types import Schema

MEMORY = "<memory>"
"""The path of a table that was never in a file."""

_MOST_NAMES_SHOWN = 3
_PLURAL = {
    Role.TEXT: "text",
    Role.NUMERIC: "number",
    Role.CATEGORICAL: "category",
    Role.DATETIME: "date",
    Role.EMBEDDING: "embedding",
}


@dataclass(frozen=True)
class _Raw:
    """A table as read; `mixed` holds label values that Arrow has no type for."""

    table: pa.Table
    source: Source
    notices: tuple[Notice, ...] = ()
    mixed: dict[str, list[object]] = field(default_factory=dict)


def load_dataset(
    source: str | PathLike[str] | pd.DataFrame | pa.Table,
    choices: SchemaChoices | None = None,
    *,
    progress: Progress = SILENT,
) -> Dataset:
    """Read a table and decide what each column is.

    Parameters
    ----------
    source : str, path, pandas.DataFrame or pyarrow.Table
        A CSV or Parquet file, or a table in memory; the index of a data frame is left out.
    choices : SchemaChoices, optional
        What the user says about columns.
    progress : Progress, optional

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        When the table cannot be used as it is.
    SettingError
        When `choices` do not fit the table.
    """
    choices = choices or SchemaChoices()
    raw = _read(source, progress)
    where = raw.source.path
    if not raw.table.num_rows:
        raise InputError("the table has no rows", where=where)
    assigned = schema.assign(raw.table, choices, where=where)
    encoded = _encode(raw, assigned.label, choices)
    decided, notices = schema.resolve(raw.table, assigned, choices, encoded.classes, where=where)
    return _identified(
        raw.table,
        decided,
        encoded,
        source=raw.source,
        notices=(*raw.notices, *notices, *encoded.notices),
        without={assigned.index} if assigned.index is not None else set(),
    )


def dataset_from_arrays(
    y: ArrayLike,
    X: ArrayLike | pd.DataFrame | None = None,
    row_id: Sequence[object] | None = None,
) -> Dataset:
    """Make a Dataset of arrays, for code that has no file.

    Parameters
    ----------
    y : array-like, shape (n,)
        Given labels of any type; None or NaN where missing.
    X : array-like, shape (n, d) of numbers or (n,) of texts, or DataFrame, optional
        Columns of a data frame are judged as those of a file; numbers in an array are
        numbers.
    row_id : sequence, length n, optional
        Unique. Default: content fingerprints, or positions where there is no `X`.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        When lengths differ, `X` has another shape, or labels cannot be used.
    """
    given = _label_values(y)
    frame, kept = _feature_table(X, len(given))
    label = _free_name("label", frame.column_names)
    ids = _free_name("row_id", frame.column_names)
    identifiers = row_id if row_id is not None or X is not None else range(len(given))
    table, mixed = _with_labels(frame, label, given)
    if identifiers is not None:
        table = _append(table, ids, [str(value) for value in identifiers])
    choices = SchemaChoices(
        label=label,
        id=ids if identifiers is not None else schema.NO_ID,
        features=tuple(kept),
        need_features=X is not None,
    )
    raw = _Raw(table, _memory_source(table), mixed={label: given} if mixed else {})
    encoded = _encode(raw, label, choices)
    assigned = schema.assign(table, choices, where=MEMORY)
    decided, notices = schema.resolve(table, assigned, choices, encoded.classes, where=MEMORY)
    decided = _numbers_stay_numbers(decided, set(kept))
    return _identified(
        table, decided, encoded, source=raw.source, notices=(*notices, *encoded.notices)
    )
