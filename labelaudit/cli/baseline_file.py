"""The baseline file a command writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.cli.show import check_writable

if TYPE_CHECKING:
    from pathlib import Path


def check_baseline(path: Path | None) -> None:
    """Refuse, before anything is written, a baseline that could not be written to.

    Parameters
    ----------
    path : Path or None
        None where there is none.

    Raises
    ------
    InputError
        When what is there cannot be used.
    OutputError
        When nothing can be written there.
    """
    from labelaudit.audit.baseline import read_baseline

    if path is None:
        return
    check_writable(path)
    if path.exists():
        read_baseline(path)
