"""Read a table from a file, exactly as the file holds it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn, cast

from labelaudit.errors import InputError
from labelaudit.progress import SILENT

if TYPE_CHECKING:
    from labelaudit.data.raw_table import RawTable
    from labelaudit.progress import Progress

STDIN = "-"
PARQUET_MAGIC = b"PAR1"
PARQUET_SUFFIXES = (".parquet", ".pq")
_KEPT_IN_MEMORY = 1 << 26
_HEAD = 64
_NEITHER = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"%PDF", "a PDF document"),
)
_NEITHER_BY_SUFFIX = {".json": "JSON", ".jsonl": "JSON lines", ".ndjson": "JSON lines"}


def read_table(
    path: str | os.PathLike[str],
    *,
    progress: Progress = SILENT,
    stdin: BinaryIO | None = None,
) -> RawTable:
    """Read a CSV or Parquet file.

    Which of the two it is, is decided by its first bytes; a name that says otherwise is
    an error, since other programs would go by the name.

    Parameters
    ----------
    path : path-like
        ``"-"`` reads CSV from `stdin`.
    progress : Progress
    stdin : BinaryIO, optional
        What ``"-"`` stands for.

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        When the file is missing, not readable, empty, without data rows, damaged, or not
        a table; the line is named where there is one.
    """
    name = os.fspath(path)
    if name == STDIN:
        return _read_stdin(stdin, progress)
    return _read_file(Path(name), progress)


def _read_stdin(stdin: BinaryIO | None, progress: Progress) -> RawTable:
    from labelaudit.data.read_csv import read_csv

    if stdin is None:
        raise InputError(
            "there is no standard input to read", where=STDIN, hint="name a file instead"
        )
    with tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY) as spool:
        shutil.copyfileobj(stdin, spool)
        spool.seek(0)
        head = spool.read(_HEAD)
        if head.startswith(PARQUET_MAGIC):
            raise InputError(
                "standard input holds Parquet, and only CSV can be read from it",
                where=STDIN,
                hint="name the file instead",
            )
        _refuse_neither(head, STDIN)
        return read_csv(cast("BinaryIO", spool), STDIN, progress=progress)


def _read_file(path: Path, progress: Progress) -> RawTable:
    try:
        with path.open("rb") as stream:
            return _read_stream(stream, path, progress)
    except OSError as error:
        _raise_unreadable(error, path)


def _read_stream(stream: BinaryIO, path: Path, progress: Progress) -> RawTable:
    suffix = path.suffix.lower()
    head = stream.read(_HEAD)
    if not head:
        raise InputError(
            "the file is empty", where=str(path), hint="check how it was written, or name another"
        )
    if head.startswith(PARQUET_MAGIC):
        if suffix in (".csv", ".tsv", ".txt"):
            raise InputError(
                f"the file is Parquet, though its name ends in {suffix}",
                where=str(path),
                hint="rename it to end in .parquet",
            )
        from labelaudit.data.read_parquet import read_parquet

        return read_parquet(stream, str(path))
    _refuse_neither(head, str(path))
    if suffix in PARQUET_SUFFIXES:
        raise InputError(
            "the file is not Parquet, though its name says so",
            where=str(path),
            hint="if it is CSV, rename it to end in .csv",
        )
    if suffix in _NEITHER_BY_SUFFIX:
        raise _neither(_NEITHER_BY_SUFFIX[suffix], str(path))
    from labelaudit.data.read_csv import read_csv

    return read_csv(stream, str(path), prefer="\t" if suffix == ".tsv" else ",", progress=progress)


def _refuse_neither(head: bytes, where: str) -> None:
    for magic, kind in _NEITHER:
        if head.startswith(magic):
            raise _neither(kind, where)


def _neither(kind: str, where: str) -> InputError:
    return InputError(
        f"the file is {kind}, and only CSV and Parquet are read",
        where=where,
        hint="unpack it or export it as CSV or Parquet",
    )


def _raise_unreadable(error: OSError, path: Path) -> NoReturn:
    if isinstance(error, FileNotFoundError):
        what, hint = "there is no such file", _similar_file(path)
    elif isinstance(error, IsADirectoryError) or path.is_dir():
        what, hint = "this is a directory, not a file", "name one CSV or Parquet file"
    elif isinstance(error, PermissionError):
        what, hint = "the file may not be read", "allow yourself to read it, or copy it"
    else:
        what, hint = f"the file cannot be read: {error.strerror or error}", None
    raise InputError(what, where=str(path), hint=hint) from error


def _similar_file(path: Path) -> str | None:
    from labelaudit.errors import did_you_mean

    if not path.parent.is_dir():
        return f"the directory {path.parent} does not exist either"
    return did_you_mean(path.name, (each.name for each in path.parent.iterdir()))
