"""Write files so that they are there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.data.leftovers import PREFIX, aside_name
from labelaudit.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

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

_FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "CSV"),
    **dict.fromkeys((".parquet", ".pq"), "Parquet"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "JSON"),
    **dict.fromkeys((".xls", ".xlsx", ".xlsm", ".ods"), "a spreadsheet"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "Arrow"),
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst", ".zip"), "compressed"),
    **dict.fromkeys((".npy", ".npz"), "NumPy"),
}
"""What the ending of a file's name says that it holds."""


class Staged:
    """A file written aside, until `commit` gives it its name.

    It stands for the path it will have, and what `atomic_write` is told to write there goes
    into it.

    Attributes
    ----------
    file : BinaryIO
        For writing, seeking and reading back.
    published : bool
        Whether it has its name.
    target : Path
        The name it will have, links followed.
    aside : Path
        Where it lies until then.
    """

    def __init__(self, path: str | os.PathLike[str], target: Path, file: BinaryIO) -> None:
        self.file = file
        self.published = False
        self.target = target
        self.aside = Path(file.name)
        self._path = os.fspath(path)
        self._durable = False

    def __fspath__(self) -> str:
        return self._path

    def settle(self) -> None:
        """Bring what was written to the disk; nothing may be written after it.

        Raises
        ------
        OSError
        """
        self.file.flush()
        mode = _mode(self.target)
        if mode is not None:
            self.aside.chmod(stat.S_IMODE(mode))
        os.fsync(self.file.fileno())
        self._durable = True

    def check(self, *, overwrite: bool) -> None:
        """Refuse the name when a file has it that may not be replaced.

        Parameters
        ----------
        overwrite : bool

        Raises
        ------
        OutputError
        """
        if not overwrite and os.path.lexists(self.target):
            raise _exists(self._path)

    def commit(self, *, overwrite: bool = True) -> None:
        """Give the file its name.

        Parameters
        ----------
        overwrite : bool
            Whether a file of that name may be replaced. Where it may not, of several who
            write to one name exactly one succeeds.

        Raises
        ------
        OutputError
            When there is such a file and it may not be replaced.
        OSError
        """
        if not self._durable:
            self.settle()
        self.file.close()
        _give_name(self.aside, self.target, self._path, overwrite=overwrite)
        self.published = True
        _sync_directory(self.target.parent)


@contextmanager
def aside(path: str | os.PathLike[str], *, owner: str = "") -> Iterator[Staged]:
    """Write a file aside, to be given its name later; without `Staged.commit` it is gone.

    A link is followed. The permissions of a file that is replaced are kept.

    Parameters
    ----------
    path : path-like
    owner : str
        Whose file it is after a crash; see `labelaudit.data.leftovers`.

    Yields
    ------
    Staged

    Raises
    ------
    OutputError
        When it cannot be written, or the path is no regular file. Then, and when anything
        else is raised inside, nothing is left behind and an old file is as it was.
    """
    target = Path(os.path.realpath(path))
    with _failures_named(path, target):
        _check_kind(path, target)
        part = target.with_name(aside_name(owner))
        try:
            with part.open("x+b") as file:
                yield Staged(path, target, file)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file aside and give it its name when it is complete and on the disk.

    A link is followed. The permissions of a file that is replaced are kept. What is not a
    regular file (a pipe, ``/dev/stdout``) is written to directly. A `Staged` file is
    written into, and named by whoever staged it.

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
    if isinstance(path, Staged):
        yield path.file
        return
    target = Path(os.path.realpath(path))
    with _failures_named(path, target):
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            with target.open("wb") as file:
                yield file
            return
    with aside(path) as staged:
        yield staged.file
        staged.commit()


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


def same_file(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Tell whether two paths are one file, by whatever name or link.

    Parameters
    ----------
    one, other : path-like
        Either may be absent from the disk.

    Returns
    -------
    bool
    """
    if not (os.path.exists(one) and os.path.exists(other)):  # noqa: PTH110 "-" and links
        return False
    return os.path.samefile(one, other)  # noqa: PTH121


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
    if same_file(output, source):
        raise OutputError(
            "the output is the input, which is never modified",
            where=os.fspath(output),
            hint="name another file with --output",
        )


def check_output(
    output: str | os.PathLike[str],
    source: str | os.PathLike[str],
    *,
    overwrite: bool,
    in_place: bool = False,
    form: str = "",
) -> None:
    """Refuse to write over the input, over anything else unasked, or under a wrong name.

    Parameters
    ----------
    output, source : path-like
    overwrite : bool
        Whether an existing output may be replaced.
    in_place : bool
        Whether the output is to be the input, which is asked for then.
    form : str
        What is written, ``"csv"`` or ``"parquet"``; empty where the name decides that.

    Raises
    ------
    OutputError
        Also when its name says another format than `form`; when the output is no regular
        file, or its path can be none; and, in place, when it is another file than the input.
    """
    if not in_place:
        refuse_overwrite_of_input(output, source)
        check_ending(output, form)
    elif not same_file(output, source):
        raise OutputError(
            "in place means over the input, and the output is another file",
            where=os.fspath(output),
            hint="leave out --output, or leave out --in-place",
        )
    target = Path(os.path.realpath(output))
    with _failures_named(output, target):
        _check_kind(output, target)
        if not (overwrite or in_place) and _mode(target) is not None:
            raise _exists(output)


def check_ending(output: str | os.PathLike[str], form: str) -> None:
    """Refuse a name whose ending says another format than what is written: others go by it.

    Parameters
    ----------
    output : path-like
        An ending that says nothing is as good as the right one.
    form : str
        The usual ending of what is written, ``"csv"`` or ``"parquet"``; nothing is refused
        where it says nothing itself.

    Raises
    ------
    OutputError
    """
    suffix = Path(output).suffix.lower()
    said, written = _FORMATS.get(suffix, ""), _FORMATS.get(f".{form.lower()}", "")
    if written and said and said != written:
        raise OutputError(
            f"{written} is written, as the data is, and {suffix} says {said}",
            where=os.fspath(output),
            hint=f"name a file that ends in .{form.lower()}",
        )


def publish(aside: Path, target: Path, *, overwrite: bool) -> None:
    """Give a file its name that was written aside before a crash.

    Parameters
    ----------
    aside : Path
        Complete and on the disk.
    target : Path
        In the same folder.
    overwrite : bool
        As for `Staged.commit`.

    Raises
    ------
    OutputError
    """
    with _failures_named(target, target):
        _give_name(aside, target, str(target), overwrite=overwrite)
        aside.unlink(missing_ok=True)
        _sync_directory(target.parent)


def remove(target: Path, aside: Path) -> None:
    """Take a file away, or leave it as it is.

    Parameters
    ----------
    target : Path
    aside : Path
        A name in the same folder, which is gone afterwards too.

    Raises
    ------
    OutputError
    """
    with _failures_named(target, target):
        target.replace(aside)
        _sync_directory(target.parent)
        aside.unlink()


def write_failure(error: OSError, where: str | None) -> OutputError:
    """Say in words why something cannot be written.

    Parameters
    ----------
    error : OSError
    where : str or None
        What was written to.

    Returns
    -------
    OutputError
    """
    what, hint = _REASONS.get(
        error.errno or 0, (f"it cannot be written: {error.strerror or error}", None)
    )
    return OutputError(what, where=where, hint=hint)


def _check_kind(path: str | os.PathLike[str], target: Path) -> None:
    mode = _mode(target)
    if mode is None or stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    raise OutputError(
        "this is not a regular file", where=os.fspath(path), hint="name a file, or a new one"
    )


def _exists(path: str | os.PathLike[str]) -> OutputError:
    return OutputError(
        "the output exists already",
        where=os.fspath(path),
        hint="name another file with --output, or replace it with --overwrite",
    )


def _give_name(aside: Path, target: Path, path: str, *, overwrite: bool) -> None:
    if overwrite:
        aside.replace(target)
        return
    try:
        _claim(aside, target)
    except FileExistsError as error:
        raise _exists(path) from error


def _claim(part: Path, target: Path) -> None:
    """Name a file, where that name is free: the system lets one of several have it."""
    try:
        os.link(part, target)
        part.unlink(missing_ok=True)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here. Claiming the name with an empty file first would leave that
        # file behind if killed in between. Whatever else is wrong shows again.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        part.replace(target)


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
        raise write_failure(error, os.fspath(path)) from error


def _is_ours(error: OSError, target: Path) -> bool:
    """Tell a failed write, which names no file, from a failure to read something else."""
    if not isinstance(error.filename, (str, bytes)):
        return True
    named = Path(os.fsdecode(error.filename))
    return named == target or named.name.startswith(PREFIX)


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
