"""Which file a kept run was made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelaudit.audit.runs import Run

NOWHERE = {"-", "<memory>"}
"""Sources that cannot be read again."""


def source_path(run: Run) -> Path | None:
    """Find the file a run was made from.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Path or None
        Relative paths start in the directory the run was made in; only where that holds
        no such file any more, in this one. None when it came from stdin.
    """
    given = run.manifest["source"]["path"]
    if given in NOWHERE:
        return None
    here, there = Path(given), Path(run.manifest["directory"]) / given
    same = here.absolute() == there
    return here if same or (here.exists() and not there.exists()) else there


def same_source(one: Run, other: Run) -> bool:
    """Tell whether two runs were made from one file; from stdin no two are.

    Parameters
    ----------
    one, other : Run

    Returns
    -------
    bool
    """
    if one.id == other.id:
        return True
    paths = source_path(one), source_path(other)
    return None not in paths and paths[0].absolute() == paths[1].absolute()  # type: ignore[union-attr]
