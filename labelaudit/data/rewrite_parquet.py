"""Write a Parquet file again with the types, metadata and compression it had."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from labelaudit.data.digest import sha256_of
from labelaudit.data.extension_types import with_extension
from labelaudit.data.read_parquet import damage_named
from labelaudit.data.rewrite_request import Request
from labelaudit.data.write import atomic_write
from labelaudit.errors import OutputError, RunError

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from labelaudit.data.rewrite_request import Columns

_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_UNCOMPRESSED = "UNCOMPRESSED"


def rewrite_parquet(
    source_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    n_rows: int,
    drop: Iterable[int] = (),
    replace: Mapping[tuple[int, str], str] | None = None,
    append: Columns | None = None,
    remove: Collection[str] = (),
    add: pa.Table | None = None,
) -> str:
    """Write a Parquet file again with rows or columns added or taken out, or cells replaced.

    Row groups are read, changed and written one after the other. Arrow schema and its
    metadata, dictionaries and the compression of each column are kept.

    Parameters
    ----------
    source_path : path-like
    output : path-like
        Another file.
    n_rows, drop, replace, append, remove
        As in `labelaudit.data.rewrite.rewrite`.
    add : pyarrow.Table, optional
        Rows put at the end, as a row group of their own; columns as in the output.

    Returns
    -------
    str
        SHA-256 of the output.

    Raises
    ------
    OutputError
        When it cannot be written, or a new cell does not fit the type of its column.
    RunError
        When the source has not `n_rows` rows.
    """
    import pyarrow.parquet as pq

    with open(source_path, "rb") as stream, atomic_write(output) as target:  # noqa: PTH123
        with damage_named(str(source_path)):
            source = pq.ParquetFile(stream)
        if source.metadata.num_rows != n_rows:
            raise RunError(
                f"the file has {source.metadata.num_rows} rows where {n_rows} were read",
                where=str(source_path),
                hint="it changed meanwhile; run the command again",
            )
        dropped = frozenset(int(row) for row in drop)
        request = Request(n_rows, dropped, replace or {}, append or {}, frozenset(remove))
        editor = _Editor(source.schema_arrow, request)
        with pq.ParquetWriter(target, editor.schema, **_options(source, request.remove)) as writer:
            for table in editor.edit(_row_groups(source)):
                writer.write_table(table, row_group_size=max(table.num_rows, 1))
            if add is not None and add.num_rows:
                writer.write_table(_fitted(add, editor.schema), row_group_size=add.num_rows)
        target.seek(0)
        return sha256_of(target)


class _Editor:
    """Makes the tables of the new file out of those of the old one."""

    def __init__(self, schema: pa.Schema, request: Request) -> None:
        import numpy as np
        import pyarrow as pa

        request.check(schema.names)
        self._keep = np.ones(request.n_rows, dtype=bool)
        self._keep[sorted(request.drop)] = False
        self._replace = _by_column(request.replace)
        self._append = {name: new_column(cells) for name, cells in request.append.items()}
        self._remove = sorted(request.remove)
        self.schema = schema
        for name in self._remove:
            self.schema = self.schema.remove(self.schema.get_field_index(name))
        for name, column in self._append.items():
            self.schema = self.schema.append(pa.field(name, column.type))

    def edit(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        first = 0
        for old in tables:
            table, last = _without_views(old), first + old.num_rows
            for name, cells in self._replace.items():
                here = {row - first: cells[row] for row in cells if first <= row < last}
                table = _with_cells(table, name, here)
            table = table.drop_columns(self._remove)
            for name, column in self._append.items():
                table = table.append_column(name, column.slice(first, last - first))
            yield table.filter(self._keep[first:last]).cast(self.schema)
            first = last


def _without_views(table: pa.Table) -> pa.Table:
    """Turn views into plain columns: Arrow can neither filter nor replace in them yet."""
    import pyarrow as pa

    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    for place, field in enumerate(table.schema):
        if field.type in plain:
            column = table.column(place).cast(plain[field.type])
            table = table.set_column(place, field.name, column)
    return table


def _by_column(replace: Mapping[tuple[int, str], str]) -> dict[str, dict[int, str]]:
    columns: dict[str, dict[int, str]] = {}
    for (row, name), cell in replace.items():
        columns.setdefault(name, {})[int(row)] = cell
    return columns


def _row_groups(source: Any) -> Iterator[pa.Table]:  # noqa: ANN401
    for number in range(source.num_row_groups):
        yield source.read_row_group(number)


def _with_cells(table: pa.Table, name: str, cells: Mapping[int, str]) -> pa.Table:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not cells:
        return table
    index = table.schema.get_field_index(name)
    kind = table.schema.field(index).type
    rows = sorted(cells)
    mask = np.zeros(table.num_rows, dtype=bool)
    mask[rows] = True
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    new = _cast([cells[row] for row in rows], plain, name)
    column = table.column(index)
    changed = pc.replace_with_mask(
        column.cast(plain).combine_chunks(), pa.array(mask), new.combine_chunks()
    )
    if pa.types.is_dictionary(kind):
        changed = _encoded(changed, column, kind)
    return table.set_column(index, table.schema.field(index), changed)


def _cast(cells: list[str], kind: pa.DataType, name: str) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return pa.chunked_array([pa.array(cells, pa.string()).cast(kind)])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise OutputError(
            f"column {name!r} holds {kind}, which a new cell does not fit",
            where=", ".join(map(repr, sorted(set(cells))[:5])),
            hint="write the new labels as the file writes its own",
        ) from error


def _encoded(plain: pa.Array, old: pa.ChunkedArray, kind: pa.DictionaryType) -> pa.Array:
    """Encode by the old dictionary, with new values after the old ones."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = old.unify_dictionaries().chunk(0).dictionary
    fresh = pc.unique(plain.drop_null())
    fresh = fresh.filter(pc.invert(pc.is_in(fresh, known)))
    values = pa.concat_arrays([known, fresh])
    indices = pc.index_in(plain, values).cast(kind.index_type)
    return pa.DictionaryArray.from_arrays(indices, values, ordered=kind.ordered)


def new_column(cells: Sequence[str] | Sequence[float] | Sequence[float | None]) -> pa.Array:
    """Give a column its type: float64 where every cell is a plain finite number, else text.

    Text with leading zeros is an identifier, not a number.

    Parameters
    ----------
    cells : sequence of str or float
        None where there is none.

    Returns
    -------
    pyarrow.Array
    """
    import pyarrow as pa

    if all(_is_number(cell) for cell in cells):
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())


def _is_number(cell: str | float | None) -> bool:
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell) is not None and math.isfinite(float(cell))
    return True


def _fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give rows the types of another table; metadata of theirs has no say."""
    import pyarrow as pa

    try:
        rows = rows.select(schema.names)
        columns = [with_extension(rows.column(one.name), one.type) for one in schema]
        return pa.table(columns, names=schema.names).cast(schema)
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise OutputError(
            f"the rows to be added do not fit the columns of the file: {error}"
        ) from error


def _options(source: Any, remove: Collection[str] = ()) -> dict[str, Any]:  # noqa: ANN401
    """Give what the old file tells of how it was written."""
    stored = b"ARROW:schema" in (source.metadata.metadata or {})
    if source.metadata.num_row_groups == 0:
        return {"store_schema": stored}
    group = source.metadata.row_group(0)
    every = [group.column(number) for number in range(group.num_columns)]
    columns = [column for column in every if column.path_in_schema not in remove]
    paths = [column.path_in_schema for column in columns]
    return {
        "store_schema": stored,
        "compression": {column.path_in_schema: _codec(column.compression) for column in columns},
        "use_dictionary": [
            column.path_in_schema for column in columns if column.has_dictionary_page
        ],
        "use_compliant_nested_type": not any(path.endswith(".list.item") for path in paths),
        "use_deprecated_int96_timestamps": any(c.physical_type == "INT96" for c in columns),
    }


def _codec(name: str) -> str:
    return "NONE" if name == _UNCOMPRESSED else name
