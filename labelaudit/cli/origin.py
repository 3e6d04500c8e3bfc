"""Where settings came from, for errors that are found long after they were read.

The core names a setting by its option. Whoever set it in the environment or in a file would
look for that option in vain.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from labelaudit.config import ENV_PREFIX, option_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ORIGIN: ContextVar[Mapping[str, str] | None] = ContextVar("origin", default=None)


def remember(origin: Mapping[str, str] | None) -> None:
    """Keep where the settings of the command that runs came from.

    Parameters
    ----------
    origin : mapping of str to str, or None
        As `labelaudit.config.Resolved` has it; None at the start of a command.
    """
    _ORIGIN.set(origin)


def blamed(where: str, typed: Iterable[str]) -> str:
    """Name the place where a setting was given that an error is about.

    Parameters
    ----------
    where : str
        As the error has it.
    typed : iterable of str
        The command line; an option that stands there is to blame itself.

    Returns
    -------
    str
        ``"LABELAUDIT_LABEL"`` or ``"labelaudit.toml, label"`` in place of ``"--label"``;
        anything else as it was.
    """
    flag, blank, rest = where.partition(" ")
    if flag in {word.partition("=")[0] for word in typed}:
        return where
    for name, origin in (_ORIGIN.get() or {}).items():
        if flag == option_name(name) and origin != "default" and not origin.startswith("--"):
            in_file = not origin.startswith(ENV_PREFIX)
            return origin + f", {name.replace('_', '-')}" * in_file + blank + rest
    return where
