"""What a command does otherwise where it runs in CI, and how it knows that it does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from labelaudit.cli.console import Terminal

_TRUE = ("true", "1")
_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def in_actions() -> bool:
    """Tell whether this is a step of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def in_ci() -> bool:
    """Tell whether a log of CI holds what is printed: more people may read it than the data."""
    named = ("GITHUB_ACTIONS", "GITLAB_CI", "CI")
    return any(os.environ.get(name, "").strip().casefold() in _TRUE for name in named)


def annotate(terminal: Terminal, kind: str, message: str) -> None:
    """Print a workflow command of GitHub Actions on stderr: stdout is for data.

    Parameters
    ----------
    terminal : Terminal
    kind : str
        ``"error"``, ``"warning"`` or ``"notice"``.
    message : str
        May have several lines; acts on no terminal.
    """
    from labelaudit.report.github import command

    terminal.err.print(Text(command(kind, message, {"title": "labelaudit"})))


def path_in_repository(path: Path | None) -> str | None:
    """Name a file as seen from the root of the repository, wherever the command is called.

    Parameters
    ----------
    path : Path or None
        None for data that is no file.

    Returns
    -------
    str or None
        With slashes. None where the file lies below neither the root that CI names nor a
        directory that git keeps.
    """
    if path is None:
        return None
    # Links stay links: what the repository calls the file is its name.
    for seen in (Path(os.path.abspath(path)), Path(os.path.realpath(path))):  # noqa: PTH100
        for root in (*_named_roots(), _kept_by_git(seen)):
            if root is not None and seen.is_relative_to(root):
                return seen.relative_to(root).as_posix()
    return None


def _named_roots() -> list[Path]:
    named = [os.environ.get(name, "") for name in _ROOTS]
    return [Path(os.path.abspath(one)) for one in named if one]  # noqa: PTH100


def _kept_by_git(path: Path) -> Path | None:
    # In a worktree and in a submodule .git is a file.
    return next((folder for folder in path.parents if (folder / ".git").exists()), None)
