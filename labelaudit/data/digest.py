"""The content hash of a file: how it is told that a file is still what it was."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def file_sha256(path: Path) -> str:
    """Hash the bytes of a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        SHA-256, hexadecimal.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
