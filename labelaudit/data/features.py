"""Give the feature columns the types that models want."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from labelaudit.data import cells
from labelaudit.errors import InputError
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import Dataset, FloatArray

TEXT_SEPARATOR = "\n"
"""What stands between the text columns of a row where they are joined."""

_TABLE_ROLES = (Role.NUMERIC, Role.CATEGORICAL, Role.DATETIME)
_WIDEST_EXACT_IN_FLOAT32 = 16


@dataclass(frozen=True)
class Features:
    """The feature columns, by what kind of model reads them.

    Attributes
    ----------
    text : ndarray of str, shape (n,), dtype object, or None
        The text columns joined by `TEXT_SEPARATOR`; ``""`` where missing.
    table : pandas.DataFrame, n rows, or None
        Numbers as float32 where that is exact, else float64, NaN where missing or
        infinite; categories as object, str or None; dates as datetime64[us].
    embedding : ndarray of float32, shape (n, d), or None
    """

    text: NDArray[np.object_] | None
    table: pd.DataFrame | None
    embedding: FloatArray | None


def typed_features(dataset: Dataset) -> Features:
    """Give the feature columns of a dataset the types that models want.

    Parameters
    ----------
    dataset : Dataset
        n rows.

    Returns
    -------
    Features

    Raises
    ------
    InputError
        When there are no feature columns, or an embedding is missing or not finite.
    """
    schema, table = dataset.schema, dataset.table
    text = _joined_text(table, schema.names(Role.TEXT))
    frame = _frame(table, [(c.name, c.role) for c in schema.columns if c.role in _TABLE_ROLES])
    embedding = _embedding(table, schema.names(Role.EMBEDDING), dataset.source.path)
    if text is None and frame is None and embedding is None:
        raise InputError(
            "there is no feature column to learn from",
            where=dataset.source.path,
            hint="name the columns with --features",
        )
    return Features(text=text, table=frame, embedding=embedding)


def viewer(role: Role, name: str, where: str) -> Callable[[pa.ChunkedArray], NDArray[Any]]:
    """Give what turns a column of a role into the values that models see.

    Parameters
    ----------
    role : Role
        One of `FEATURE_ROLES`.
    name, where : str
        Of the column and its table, for messages.

    Returns
    -------
    callable
        From a column of length n to an array of shape (n,), or (n, d) for lists.
    """
    if role == Role.NUMERIC:
        return cells.numbers
    if role == Role.DATETIME:
        return cells.dates
    if role == Role.EMBEDDING:
        return partial(embedding_column, name=name, where=where)
    return strings


def strings(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """Give a column as str, None where null or blank."""
    import pyarrow as pa

    column = cells.plain(column)
    if not cells.is_text(column.type):
        column = column.cast(pa.large_string())
    return cells.text_values(column)


def embedding_column(column: pa.ChunkedArray, name: str, where: str) -> FloatArray:
    """Give an embedding column, or one of the number columns of an embedding, as floats.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n
        Lists of numbers, such lists as text, or numbers.
    name, where : str
        Of the column and its table, for messages.

    Returns
    -------
    ndarray of float32, shape (n, d)

    Raises
    ------
    InputError
        When a row is missing, not finite or of another length.
    """
    import numpy as np
    import pyarrow as pa

    column = cells.plain(column)
    if cells.is_text(column.type):
        lists = cells.lists_of_text(column)
        column = column if lists is None else lists
    if not cells.is_list(column.type):
        values = cells.numbers(column).astype(np.float32).reshape(-1, 1)
        return _checked(values, name, where)
    if column.null_count:
        raise _broken(int(np.flatnonzero(cells.as_numpy(column.is_null()))[0]), name, where)
    length = cells.list_length(column)
    if length is None:
        raise InputError(
            f"the lists in embedding column {name!r} differ in length",
            where=where,
            hint="make them equally long, or leave the column out with --exclude",
        )
    parts = [
        cells.as_numpy(chunk.flatten().cast(pa.float32(), safe=False)) for chunk in column.chunks
    ]
    values = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return _checked(values.reshape(len(column), length), name, where)


def _checked(values: FloatArray, name: str, where: str) -> FloatArray:
    import numpy as np

    # One pass that needs no second array: a sum is finite only when every number is.
    if not np.isfinite(values.sum(dtype=np.float64)):
        broken = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if broken.size:
            raise _broken(int(broken[0]), name, where)
    return values


def _broken(row: int, name: str, where: str) -> InputError:
    return InputError(
        f"the embedding in column {name!r} is missing or not finite in data row {row + 1}",
        where=where,
        hint="compute it again, drop the row, or leave the column out with --exclude",
    )


def _joined_text(table: pa.Table, names: tuple[str, ...]) -> NDArray[np.object_] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not names:
        return None
    columns = [cells.plain(table.column(name)) for name in names]
    columns = [
        column if cells.is_text(column.type) else column.cast(pa.large_string())
        for column in columns
    ]
    filled = [pc.fill_null(column, "") for column in columns]
    if len(filled) == 1:
        return cells.as_numpy(filled[0])
    separator = pa.scalar(TEXT_SEPARATOR, pa.large_string())
    return cells.as_numpy(pc.binary_join_element_wise(*filled, separator))


def _frame(table: pa.Table, columns: list[tuple[str, Role]]) -> pd.DataFrame | None:
    import pandas as pd

    if not columns:
        return None
    names = [name for name, _ in columns]
    widths = {_width(table.schema.field(name).type, role) for name, role in columns}
    if len(widths) == 1 and None not in widths:
        return pd.DataFrame(_matrix(table, names, *widths), columns=names, copy=False)
    values = {
        name: _typed_column(table.column(name), role, table.schema.field(name).type)
        for name, role in columns
    }
    return pd.DataFrame(values, copy=False)


def _width(kind: pa.DataType, role: Role) -> str | None:
    """Say how wide a float holds a number column exactly; None for other columns."""
    import pyarrow as pa

    if role != Role.NUMERIC:
        return None
    small = pa.types.is_float32(kind) or pa.types.is_float16(kind)
    short = pa.types.is_integer(kind) and kind.bit_width <= _WIDEST_EXACT_IN_FLOAT32
    return "float32" if small or short else "float64"


def _matrix(table: pa.Table, names: list[str], width: str | None) -> NDArray[Any]:
    """Fill one block, which pandas and models pass on without copying."""
    import numpy as np

    matrix = np.empty((table.num_rows, len(names)), dtype=width, order="F")
    for index, name in enumerate(names):
        matrix[:, index] = cells.numbers(table.column(name))
    return matrix


def _typed_column(
    column: pa.ChunkedArray, role: Role, kind: pa.DataType
) -> NDArray[Any] | pd.Series[Any]:
    import pandas as pd

    if role == Role.NUMERIC:
        return cells.numbers(column).astype(_width(kind, role), copy=False)
    if role == Role.DATETIME:
        return cells.dates(column)
    return pd.Series(strings(column), dtype=object)


def _embedding(table: pa.Table, names: tuple[str, ...], where: str) -> FloatArray | None:
    import numpy as np

    if not names:
        return None
    if len(names) == 1:
        return embedding_column(table.column(names[0]), names[0], where)
    kinds = [table.schema.field(name).type for name in names]
    if any(cells.is_list(kind) or cells.is_text(kind) for kind in kinds):
        return np.hstack([embedding_column(table.column(n), n, where) for n in names])
    matrix = np.empty((table.num_rows, len(names)), dtype=np.float32)
    for index, name in enumerate(names):
        matrix[:, index] = embedding_column(table.column(name), name, where)[:, 0]
    return matrix
