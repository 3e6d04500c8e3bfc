"""Make a Dataset of a file, a data frame or arrays, and say what was decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.data import features, identity, labels, memory, schema
from labelaudit.data.schema import SchemaChoices
from labelaudit.errors import InputError
from labelaudit.progress import SILENT
from labelaudit.types import Dataset, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from labelaudit.progress import Progress
    from labelaudit.types import Notice, Schema, Source

_MOST_NAMES_SHOWN = 3
_LONGEST_NAME_SHOWN = 24
_LEFT_OUT = (Role.CONSTANT, Role.IDENTIFIER, Role.IGNORED)
_APART = (Role.GROUP, Role.SPLIT, Role.TIME)


@dataclass(frozen=True)
class _Raw:
    """A table as read; `mixed` holds the values of columns that Arrow has no type for."""

    table: pa.Table
    source: Source
    notices: tuple[Notice, ...] = ()
    mixed: dict[str, list[object]] = field(default_factory=dict)
    line: NDArray[np.int64] | None = None


def load_dataset(
    source: str | PathLike[str] | pd.DataFrame | pa.Table,
    choices: SchemaChoices | None = None,
    *,
    progress: Progress = SILENT,
    stdin: BinaryIO | None = None,
) -> Dataset:
    """Read a table and decide what each column is.

    Parameters
    ----------
    source : str, path, pandas.DataFrame or pyarrow.Table
        A CSV or Parquet file, or a table in memory; the index of a data frame is left out.
    choices : SchemaChoices, optional
        What the user says about columns.
    progress : Progress, optional
    stdin : BinaryIO, optional
        What the path ``"-"`` stands for.

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
    return _decide(_read(source, progress, stdin), choices or SchemaChoices())


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
        Columns of a data frame are judged as those of a file; those of an array are
        features, unless they are constant.
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
    if row_id is None and X is None:
        row_id = range(len(y))  # type: ignore[arg-type]
    table, mixed, (label, id_name, array_names) = memory.arrays_to_table(y, X, row_id)
    choices = SchemaChoices(
        label=label,
        id=id_name or schema.NO_ID,
        features=array_names,
        text=tuple(name for name in array_names if name == "text"),
        need_features=X is not None,
    )
    return _decide(_Raw(table, memory.memory_source(table), mixed=mixed), choices)


def describe(dataset: Dataset, *, learning: bool = True) -> tuple[str, str]:
    """Say in two lines what was decided about columns, and how to decide otherwise.

    Parameters
    ----------
    dataset : Dataset
    learning : bool
        False where probabilities are given and no model learns from any column.

    Returns
    -------
    (str, str)
    """
    table = dataset.schema
    identified = table.one(Role.ID)
    parts = [
        f"label {table.one(Role.LABEL)!r} with {len(dataset.classes)} classes",
        f"rows by id {identified!r}" if identified else "rows by their content",
    ]
    learned = [text for role in _FEATURE_WORDS if (text := _counted(table, role))]
    if learning:
        parts.append("learning from " + (", ".join(learned) or "no column"))
    else:
        parts.append("your own probabilities in place of any model")
    parts += [f"{role} {name!r}" for role in _APART if (name := table.one(role))]
    left = [column for column in table.columns if column.role in _LEFT_OUT]
    if left:
        reasons = ", ".join(f"{_short(c.name)}: {c.reason}" for c in left[:_MOST_NAMES_SHOWN])
        parts.append(f"not from {len(left)} ({reasons}{_more(len(left))})")
    return "; ".join(parts), (
        "to decide otherwise: --label, --id, --text, --features, --exclude, --embedding, "
        "--group, --split"
    )


_FEATURE_WORDS = {
    Role.TEXT: ("text", "texts"),
    Role.NUMERIC: ("number", "numbers"),
    Role.CATEGORICAL: ("category", "categories"),
    Role.DATETIME: ("date", "dates"),
    Role.EMBEDDING: ("embedding column", "embedding columns"),
}


def _counted(table: Schema, role: Role) -> str:
    names = table.names(role)
    if not names:
        return ""
    shown = ", ".join(_short(name) for name in names[:_MOST_NAMES_SHOWN])
    word = _FEATURE_WORDS[role][len(names) > 1]
    return f"{len(names)} {word} ({shown}{_more(len(names))})"


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST_NAME_SHOWN else name[: _LONGEST_NAME_SHOWN - 1] + "…"


def _more(count: int) -> str:
    return ", …" if count > _MOST_NAMES_SHOWN else ""


def _read(
    source: str | PathLike[str] | pd.DataFrame | pa.Table,
    progress: Progress,
    stdin: BinaryIO | None,
) -> _Raw:
    import pyarrow as pa

    if isinstance(source, pa.Table):
        return _Raw(source, memory.memory_source(source))
    if not isinstance(source, (str, PathLike)):
        table, mixed = memory.frame_to_table(source)
        return _Raw(table, memory.memory_source(table), mixed=mixed)
    from labelaudit.data.read import read_table

    read = read_table(source, progress=progress, stdin=stdin)
    return _Raw(read.table, read.source, tuple(read.notices), line=read.line)


def _decide(raw: _Raw, choices: SchemaChoices) -> Dataset:
    table, where = raw.table, raw.source.path
    if not table.num_rows or not table.num_columns:
        raise InputError("the table has no rows", where=where)
    assigned = schema.assign(table, choices, where=where)
    encoded = _encode(raw, assigned.label, choices)
    decided, notices = schema.resolve(table, assigned, choices, encoded.classes, where=where)
    no_content = {assigned.label, assigned.id, assigned.index, *assigned.own}
    content = identity.fingerprints(table, set(table.column_names) - no_content)
    return Dataset(
        table=table,
        row_id=_row_ids(table, assigned.id, content, encoded.y, where),
        fingerprint=content,
        feature_key=_feature_key(table, decided, where),
        y=encoded.y,
        classes=encoded.classes,
        schema=decided,
        source=raw.source,
        notices=(*raw.notices, *notices, *encoded.notices),
        line=raw.line,
    )


def _encode(raw: _Raw, label: str, choices: SchemaChoices) -> labels.EncodedLabels:
    where = raw.source.path
    if label in raw.mixed:
        return labels.encode_objects(
            raw.mixed[label], label, where=where, missing=choices.missing_label
        )
    return labels.encode_labels(
        raw.table.column(label), label, where=where, missing=choices.missing_label
    )


def _row_ids(
    table: pa.Table, name: str | None, content: NDArray[np.uint64], y: NDArray[np.int32], where: str
) -> NDArray[np.object_]:
    if name is None:
        return identity.row_ids(content, y)
    return identity.ids_from_column(table.column(name), name, where=where)


def _feature_key(table: pa.Table, decided: Schema, where: str) -> NDArray[np.uint64] | None:
    if not decided.features:
        return None
    views = [
        (column.name, features.viewer(column.role, column.name, where))
        for column in decided.columns
        if column.name in set(decided.features)
    ]
    return identity.feature_keys(table, views)
