"""Write a file again with rows dropped, cells replaced or columns appended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.write import refuse_overwrite_of_input
from labelaudit.errors import InputError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from labelaudit.types import Source


def rewrite(
    source: Source,
    output: str | os.PathLike[str],
    *,
    n_rows: int,
    drop: Iterable[int] = (),
    replace: Mapping[tuple[int, str], str] | None = None,
    append: Mapping[str, Sequence[str] | Sequence[float]] | None = None,
) -> str:
    """Write a file again in its own format; what is not named comes out as it came in.

    Rows are 0-based positions among the data rows of the source.

    Parameters
    ----------
    source : Source
        The file that was read; it must not have changed since.
    output : path-like
        Another file.
    n_rows : int
        How many rows the source has.
    drop : iterable of int
        Rows that are left out.
    replace : mapping of (row, column name) to str
        New cells; in Parquet each is cast to the type of its column.
    append : mapping of column name to sequence, length n_rows
        New columns at the end, in order; the values of dropped rows are left out. In
        Parquet a column of numbers is float64, any other is text.

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
        )
    from labelaudit.data.rewrite_parquet import rewrite_parquet

    return rewrite_parquet(
        source.path,
        output,
        n_rows=n_rows,
        drop=drop,
        replace=replace or {},
        append=append or {},
    )
