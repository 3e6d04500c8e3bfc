"""What went wrong, where, and how to fix it.

Every fault that the user can mend is a `LabelauditError`: the command line prints it as
three short lines and exits with 2. Anything else that escapes is our bug.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class LabelauditError(Exception):
    """A fault the user can mend.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence without a full stop.
    where : str, optional
        The file, column, row or setting it is wrong in.
    hint : str, optional
        What to do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Give the message on one line, for those who catch it in Python."""
        text = self.what if self.where is None else f"{self.what} ({self.where})"
        return text if self.hint is None else f"{text}; {self.hint}"


class InputError(LabelauditError):
    """A data file, a pred_probs file or a queue cannot be used as it is."""


class SettingError(LabelauditError):
    """An option, an environment variable or the configuration file is wrong."""


class OutputError(LabelauditError):
    """A result cannot be written."""


class RunError(LabelauditError):
    """A kept run is missing, damaged, or does not fit the data any more."""


class RefusedError(LabelauditError):
    """The change asked for would do more harm than the user allowed."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Name the candidate closest to a mistyped name.

    Parameters
    ----------
    name : str
        What was given.
    candidates : iterable of str
        What exists.

    Returns
    -------
    str or None
        ``"did you mean 'label'?"``, or None when nothing is close.
    """
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    close = get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f"did you mean {by_folded[close[0]]!r}?" if close else None
