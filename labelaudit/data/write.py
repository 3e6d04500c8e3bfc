"""Write files so that they are there whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from labelaudit.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, or write to another disk"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, or write to another disk"),
    errno.EFBIG: ("the file is larger than is allowed here", "write to another disk"),
    errno.EACCES: ("there is no permission to write here", "write to a directory of your own"),
    errno.EPERM: ("there is no permission to write here", "write to a directory of your own"),
    errno.EROFS: ("the file system is read-only", "write to another directory"),
    errno.ENOENT: ("the directory does not exist", "create it first, or name another"),
    errno.ENOTDIR: ("a part of the path is not a directory", "name another path"),
    errno.EISDIR: ("this is a directory, not a file", "name a file in it"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
}
_ASIDE = ".labelaudit-"
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?", re.ASCII)


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file aside and give it its name when it is complete and on the disk.

    A link is followed. The permissions of a file that is replaced are kept. What is not a
    regular file (a pipe, ``/dev/stdout``) is written to directly.

    Parameters
    ----------
    path : path-like

    Yields
    ------
    BinaryIO
        For writing, seeking and reading back; of a pipe, for writing only.

    Raises
    ------
    OutputError
        When it cannot be written. Then, and when anything else is raised inside, nothing
        is left behind and an old file of that name is as it was.
    """
    target = Path(os.path.realpath(path))
    with _failures_named(path, target):
        mode = _mode(target)
        if mode is not None and stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        if mode is not None and not stat.S_ISREG(mode):
            with target.open("wb") as file:
                yield file
            return
        aside = target.with_name(f"{_ASIDE}{secrets.token_hex(8)}.tmp")
        try:
            with aside.open("x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                aside.chmod(stat.S_IMODE(mode))
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
        _sync_directory(target.parent)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write bytes to a file, whole or not at all.

    Parameters
    ----------
    path : path-like
    content : bytes

    Raises
    ------
    OutputError
    """
    with atomic_write(path) as file:
        file.write(content)


def write_text(path: str | os.PathLike[str], content: str) -> None:
    """Write text to a file as UTF-8, line endings as given, whole or not at all.

    Parameters
    ----------
    path : path-like
    content : str

    Raises
    ------
    OutputError
    """
    write_bytes(path, content.encode())


def write_parquet(path: str | os.PathLike[str], table: pa.Table, **options: Any) -> None:  # noqa: ANN401
    """Write a table as Parquet, whole or not at all.

    Parameters
    ----------
    path : path-like
    table : pyarrow.Table
    **options
        Of `pyarrow.parquet.write_table`.

    Raises
    ------
    OutputError
    """
    import pyarrow.parquet as pq

    with atomic_write(path) as file:
        pq.write_table(table, file, **options)


def refuse_overwrite_of_input(
    output: str | os.PathLike[str], source: str | os.PathLike[str]
) -> None:
    """Refuse an output that is the input, by whatever name or link.

    Parameters
    ----------
    output, source : path-like
        Either may be absent from the disk.

    Raises
    ------
    OutputError
    """
    if not (os.path.exists(output) and os.path.exists(source)):  # noqa: PTH110 "-" and links
        return
    if os.path.samefile(output, source):  # noqa: PTH121
        raise OutputError(
            "the output is the input, which is never modified",
            where=os.fspath(output),
            hint="name another file",
        )


def neutralise(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run as a formula.

    Plain numbers, signed or not, stay as they are.

    Parameters
    ----------
    cell : str

    Returns
    -------
    str
    """
    if cell.startswith(_RUN_BY_SPREADSHEETS) and not _PLAIN_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _mode(target: Path) -> int | None:
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


@contextmanager
def _failures_named(path: str | os.PathLike[str], target: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if not _is_ours(error, target):
            raise
        what, hint = _REASONS.get(
            error.errno or 0, (f"the file cannot be written: {error.strerror or error}", None)
        )
        raise OutputError(what, where=os.fspath(path), hint=hint) from error


def _is_ours(error: OSError, target: Path) -> bool:
    """Tell a failed write, which names no file, from a failure to read something else."""
    if not isinstance(error.filename, (str, bytes)):
        return True
    named = Path(os.fsdecode(error.filename))
    return named == target or named.name.startswith(_ASIDE)


def _sync_directory(directory: Path) -> None:
    if os.name == "nt":
        return
    # Some network file systems refuse this; the file itself is safe already.
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
