"""Which file a kept run was made from."""

from __future__ import annotations

import os
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
        Where it lies seen from the store, so that a copied project is worked on itself;
        else where it was, and only where that holds no such file any more, below this
        directory. None when it came from stdin.
    """
    given = run.manifest["source"]["path"]
    if given in NOWHERE:
        return None
    here, there = Path(given), Path(run.manifest["directory"]) / given
    found = run.beside_store(run.manifest.get("from_store"))
    if found is None or not found.exists():
        found = here if here.exists() and not there.exists() else there
    return here if os.path.realpath(here) == os.path.realpath(found) else found


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
