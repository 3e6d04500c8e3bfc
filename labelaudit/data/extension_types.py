"""Columns of Arrow's extension types, and the plain columns they are read as.

Arrow can neither count nor compare what is in them. A UUID is read as the text that a CSV file
would hold, so that rows are known by the same content in both; of others the storage is read.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_UUID, _BOOL = "arrow.uuid", "arrow.bool8"


def without_extensions(table: pa.Table) -> pa.Table:
    """Give a table without extension types.

    Parameters
    ----------
    table : pyarrow.Table

    Returns
    -------
    pyarrow.Table
        UUIDs as text, ``arrow.bool8`` as truth values, others as they are stored.
    """
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType):
            table = table.set_column(place, field.name, _plain(table.column(place)))
    return table


def with_extension(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Give a column the extension type back that it was read without.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        As `without_extensions` gives it.
    kind : pyarrow.DataType
        Any; a column of another than an extension type is left as it is.

    Returns
    -------
    pyarrow.ChunkedArray

    Raises
    ------
    pyarrow.ArrowException or ValueError
        When a cell does not fit.
    """
    import pyarrow as pa

    if not isinstance(kind, pa.BaseExtensionType) or column.type == kind:
        return column
    if kind.extension_name == _UUID:
        cells = [None if one is None else uuid.UUID(one).bytes for one in column.to_pylist()]
        column = pa.chunked_array([pa.array(cells, pa.binary())])
    storage = column.cast(kind.storage_type).combine_chunks()
    return pa.chunked_array([pa.ExtensionArray.from_storage(kind, storage)])


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    kind = column.type
    stored = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
    if kind.extension_name == _UUID:
        cells = [None if one is None else str(uuid.UUID(bytes=one)) for one in stored.to_pylist()]
        return pa.chunked_array([pa.array(cells, pa.large_string())])
    return stored.cast(pa.bool_()) if kind.extension_name == _BOOL else stored
