"""Write a file again with rows or columns added or taken out, or cells replaced."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from labelaudit.data.digest import sha256_of
from labelaudit.data.write import Staged, atomic_write, refuse_overwrite_of_input
from labelaudit.errors import InputError, RunError

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pyarrow as pa

    from labelaudit.data.rewrite_request import Columns
    from labelaudit.types import Source


def rewrite(
    source: Source,
    output: str | os.PathLike[str],
    *,
    n_rows: int,
    drop: Iterable[int] = (),
    replace: Mapping[tuple[int, str], str] | None = None,
    append: Columns | None = None,
    remove: Collection[str] = (),
    add: Sequence[str] | pa.Table | None = None,
) -> str:
    """Write a file again in its own format; what is not named comes out as it came in.

    Rows are 0-based positions among the data rows of the source.

    Parameters
    ----------
    source : Source
        The file that was read; it must not have changed since.
    output : path-like
        Another file. A `Staged` file may be named like the source: it is written aside,
        and whoever staged it decides.
    n_rows : int
        How many rows the source has.
    drop : iterable of int
        Rows that are left out.
    replace : mapping of (row, column name) to str
        New cells; in Parquet each is cast to the type of its column.
    append : mapping of column name to sequence, length n_rows
        New columns at the end, in order; the values of dropped rows are left out. In
        Parquet a column of numbers is float64, any other is text. None is an empty cell.
    remove : collection of str
        Columns that are left out.
    add : sequence of str or pyarrow.Table, optional
        Rows put at the end: records as text for CSV, a table for Parquet, with the columns
        that the output has.

    Returns
    -------
    str
        SHA-256 of the output.

    Raises
    ------
    OutputError
        When the output is the input, cannot be written, or cannot hold a new cell.
    InputError
        When the source was not a file.
    RunError
        When the source no longer has `n_rows` rows.
    """
    if source.format == "memory" or source.path == "-":
        raise InputError(
            "only a file can be written again, and this data was not read from one",
            where=source.path,
            hint="save it as CSV or Parquet first",
        )
    if not isinstance(output, Staged):
        refuse_overwrite_of_input(output, source.path)
    if source.dialect is not None:
        from labelaudit.data.rewrite_csv import rewrite_csv

        return rewrite_csv(
            source.path,
            output,
            source.dialect,
            n_rows=n_rows,
            drop=drop,
            replace=replace or {},
            append=append or {},
            remove=remove,
            add=() if add is None else add,
        )
    from labelaudit.data.rewrite_parquet import rewrite_parquet

    return rewrite_parquet(
        source.path,
        output,
        n_rows=n_rows,
        drop=drop,
        replace=replace or {},
        append=append or {},
        remove=remove,
        add=add,
    )


def copy(source: Source, output: str | os.PathLike[str]) -> str:
    """Copy a file to the byte: rewritten, a Parquet file may come out otherwise.

    Parameters
    ----------
    source : Source
        The file that was read; it must not have changed since.
    output : path-like
        As for `rewrite`.

    Returns
    -------
    str
        Its SHA-256.

    Raises
    ------
    OutputError
    RunError
        When the source changed.
    """
    with open(source.path, "rb") as stream, atomic_write(output) as file:  # noqa: PTH123
        shutil.copyfileobj(stream, file)
        file.seek(0)
        copied = sha256_of(file)
        if copied != source.sha256:
            raise RunError(
                "the file is not the one that was read",
                where=source.path,
                hint="it changed meanwhile; run the command again",
            )
    return copied
