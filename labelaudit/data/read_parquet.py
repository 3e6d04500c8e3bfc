"""Read Parquet with the types it has."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.data.digest import sha256_of
from labelaudit.data.extension_types import without_extensions
from labelaudit.data.raw_table import RawTable
from labelaudit.errors import InputError
from labelaudit.types import Source

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_parquet(stream: BinaryIO, where: str) -> RawTable:
    """Read one Parquet file.

    Parameters
    ----------
    stream : BinaryIO
        Seekable, at any position.
    where : str
        The file as the user knows it.

    Returns
    -------
    RawTable
        Types, lists and dictionary encodings as in the file, but for extension types.

    Raises
    ------
    InputError
        When it is damaged, has no rows, or has column names that are missing or used twice.
    """
    import pyarrow.parquet as pq

    stream.seek(0)
    sha256 = sha256_of(stream)
    size = stream.tell()
    stream.seek(0)
    with damage_named(where):
        # Not read_table, which invents columns from directories such as year=2024/.
        file = pq.ParquetFile(stream)
        _check_names(file.schema_arrow.names, where)
        table = without_extensions(file.read())
    if table.num_rows == 0:
        raise InputError(
            "the file has columns and no rows", where=where, hint="write rows of data to it"
        )
    return RawTable(table, Source(where, "parquet", size, sha256))


@contextmanager
def damage_named(where: str) -> Iterator[None]:
    """Turn what pyarrow says of a damaged file into an error the user understands.

    Parameters
    ----------
    where : str

    Raises
    ------
    InputError
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise InputError(
            f"the Parquet file is damaged or cut short: {reason}",
            where=where,
            hint="copy or export it again",
        ) from error


def _check_names(names: list[str], where: str) -> None:
    if not names:
        raise InputError("the file has no columns", where=where)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(
            f"column names used more than once: {', '.join(map(repr, twice))}",
            where=where,
            hint="give each column its own name",
        )
