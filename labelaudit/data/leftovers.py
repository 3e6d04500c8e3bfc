"""Files and directories written aside, and those of them that a killed process left behind.

A name tells the computer and the process it belongs to, and whose it is after a crash: a
ledger may still wait for it. Only a process that is gone leaves something behind.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

PREFIX = ".labelaudit-"
_NAME = re.compile(
    re.escape(PREFIX)
    + r"(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-[0-9a-f]{16}(?:-(?P<owner>[0-9a-f]{8}))?\.tmp"
)


def aside_name(owner: str = "") -> str:
    """Make the name of a file or a directory to be written aside.

    Parameters
    ----------
    owner : str
        As `owner_of` gives it; empty for what nobody asks for after a crash.

    Returns
    -------
    str
        A new one each time.
    """
    marks = [_host(), str(os.getpid()), secrets.token_hex(8), *filter(None, [owner])]
    return f"{PREFIX}{'-'.join(marks)}.tmp"


def owner_of(path: Path) -> str:
    """Give the mark of those who own what a ledger may wait for.

    Parameters
    ----------
    path : Path
        Of the ledger.

    Returns
    -------
    str
        8 hexadecimal digits.
    """
    return _mark(os.path.realpath(path))


def leftovers(folder: Path, owner: str = "") -> tuple[Path, ...]:
    """Find what processes of this computer that are gone left in a folder.

    Parameters
    ----------
    folder : Path
    owner : str
        Files of this owner are given too, beside those of nobody.

    Returns
    -------
    tuple of Path
        Never a file of a process that runs, of another computer or of another owner.
        Always empty on Windows, which cannot be asked without harm.
    """
    if os.name == "nt":
        return ()
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.startswith(PREFIX))
    except OSError:
        return ()
    found = []
    for name in names:
        match = _NAME.fullmatch(name)
        if (
            match
            and match["host"] == _host()
            and match["owner"] in (None, owner)
            and not _is_running(int(match["pid"]))
        ):
            found.append(folder / name)
    return tuple(found)


def sweep(paths: Iterable[Path], waited_for: Collection[Path] = ()) -> None:
    """Remove what was left behind; what cannot be removed stays.

    Parameters
    ----------
    paths : iterable of Path
        As `leftovers` gives them.
    waited_for : collection of Path
        Left alone.
    """
    for path in paths:
        if path in waited_for:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
            continue
        with suppress(OSError):
            path.unlink()


@cache
def _host() -> str:
    """Tell this computer from others that see the same folder, and containers apart."""
    try:
        # Process ids mean something within one namespace only.
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return _mark(f"{socket.gethostname()} {space}")


def _mark(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:8]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        # Not ours to signal, or no such number here: not known to be gone.
        return True
    return True
