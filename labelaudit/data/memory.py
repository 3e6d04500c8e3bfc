"""Make an Arrow table of what is in memory: data frames and arrays."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from labelaudit.errors import InputError
from labelaudit.types import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import ArrayLike

MEMORY = "<memory>"
"""The path of a table that was never in a file."""

_MATRIX_DIMENSIONS = 2


class _Hasher:
    """A file that keeps nothing of what is written to it but its hash."""

    closed = False

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True


def memory_source(table: pa.Table) -> Source:
    """Describe a table in memory as the source of a dataset.

    Parameters
    ----------
    table : pyarrow.Table

    Returns
    -------
    Source
        Its hash is that of the names, types and values, however they are chunked.
    """
    import pyarrow as pa

    hasher = _Hasher()
    plain = table.replace_schema_metadata(None).combine_chunks()
    with pa.ipc.new_stream(pa.PythonFile(hasher, mode="w"), plain.schema) as stream:
        stream.write_table(plain)
    return Source(path=MEMORY, format="memory", size=table.nbytes, sha256=hasher.sha256.hexdigest())


def frame_to_table(frame: pd.DataFrame) -> tuple[pa.Table, dict[str, list[object]]]:
    """Turn a data frame into an Arrow table; its index is left out.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows

    Returns
    -------
    table : pyarrow.Table
    mixed : dict of str to list of object, length n
        The values of columns of mixed types, which the table holds as text.

    Raises
    ------
    InputError
        When two columns have one name.
    """
    import pyarrow as pa

    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1}) if _repeats(names) else []
    if twice:
        raise InputError(
            f"two columns are named {twice[0]!r}", where=MEMORY, hint="rename one of them"
        )
    arrays: list[pa.Array | pa.ChunkedArray] = []
    mixed: dict[str, list[object]] = {}
    for position, name in enumerate(names):
        values = frame.iloc[:, position]
        try:
            arrays.append(pa.Array.from_pandas(values))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            mixed[name] = values.tolist()
            arrays.append(_as_text(mixed[name]))
    return pa.table(dict(zip(names, arrays, strict=True))), mixed


def _repeats(names: list[str]) -> bool:
    return len(set(names)) < len(names)


def _as_text(values: list[object]) -> pa.Array:
    import pandas as pd
    import pyarrow as pa

    lacking = pd.isna(pd.Series(values, dtype=object)).tolist()
    return pa.array(
        [None if no else str(value) for value, no in zip(values, lacking, strict=True)],
        pa.large_string(),
    )


def arrays_to_table(
    y: ArrayLike, X: ArrayLike | pd.DataFrame | None, row_id: Sequence[object] | None
) -> tuple[pa.Table, dict[str, list[object]], tuple[str, str | None, tuple[str, ...]]]:
    """Put labels, features and ids into one table.

    Parameters
    ----------
    y : array-like, shape (n,)
    X : array-like, shape (n, d) of numbers or (n,) of texts, or DataFrame, or None
    row_id : sequence, length n, or None

    Returns
    -------
    table : pyarrow.Table
    mixed : dict of str to list of object
        As `frame_to_table`.
    parts : (str, str or None, tuple of str)
        The names of the label column, of the id column, and of the columns of an array.

    Raises
    ------
    InputError
        When lengths differ or `X` has another shape.
    """
    import pandas as pd

    given = pd.Series(_values(y, "y"), dtype=object).infer_objects()
    frame, array_names = _feature_frame(X, len(given))
    label, id_name = _free("label", frame), None
    frame = frame.assign(**{label: given})
    if row_id is not None:
        id_name = _free("row_id", frame)
        _same_length(len(row_id), len(given), "row_id")
        frame[id_name] = pd.Series([str(value) for value in row_id], dtype=object)
    table, mixed = frame_to_table(frame)
    return table, mixed, (label, id_name, array_names)


def _values(values: ArrayLike, name: str) -> list[object]:
    import numpy as np

    array = np.asarray(values) if not isinstance(values, list) else values
    if isinstance(array, list):
        return list(array)
    if array.ndim != 1:
        raise InputError(
            f"{name} has shape {array.shape}", where=name, hint="give one label for each row"
        )
    listed: list[object] = array.tolist()
    return listed


def _same_length(given: int, rows: int, name: str) -> None:
    if given != rows:
        raise InputError(
            f"{name} has {given} rows and y has {rows}",
            where=name,
            hint="give one for each row",
        )


def _free(name: str, frame: pd.DataFrame) -> str:
    while name in frame.columns:
        name += "_"
    return name


def _feature_frame(
    X: ArrayLike | pd.DataFrame | None, rows: int
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    import numpy as np
    import pandas as pd

    if X is None:
        return pd.DataFrame(index=range(rows)), ()
    if isinstance(X, pd.DataFrame):
        _same_length(len(X), rows, "X")
        return X.set_axis([str(name) for name in X.columns], axis=1).reset_index(drop=True), ()
    array = np.asarray(X)
    if array.ndim == 1 and array.dtype.kind in "OUT":
        _same_length(len(array), rows, "X")
        return pd.DataFrame({"text": array.astype(object)}), ("text",)
    if array.ndim != _MATRIX_DIMENSIONS or array.dtype.kind not in "biuf":
        raise InputError(
            f"X has shape {array.shape} and type {array.dtype}",
            where="X",
            hint="give numbers of shape (n, d), texts of shape (n,), or a DataFrame",
        )
    _same_length(len(array), rows, "X")
    names = tuple(f"x{index}" for index in range(array.shape[1]))
    return pd.DataFrame(array, columns=list(names)), names
