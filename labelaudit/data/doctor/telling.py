"""How findings are put together: counts, names and examples in few words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from labelaudit.types import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

MOST_ROWS = 20
"""Rows that a finding lists."""

_MOST_NAMED = 3
_LONGEST_SHOWN = 40


def finding(
    code: str,
    message: str,
    remedy: str,
    *,
    rows: NDArray[np.integer] | None = None,
    columns: Sequence[str] = (),
    grave: bool = False,
    bare: str = "",
) -> Finding:
    """Put a finding together; it is about rows where there are any, else about columns.

    Parameters
    ----------
    code, message, remedy : str
    rows : ndarray of int, optional
        All rows it is about, ascending.
    columns : sequence of str
    grave : bool
    bare : str
        The message without the cells that it quotes, where it quotes any.

    Returns
    -------
    Finding
    """
    return Finding(
        code=code,
        message=message,
        remedy=remedy,
        count=len(columns) if rows is None else len(rows),
        rows=() if rows is None else tuple(rows[:MOST_ROWS].tolist()),
        columns=tuple(columns),
        grave=grave,
        bare=bare,
    )


def counted(number: int, noun: str) -> str:
    """Write a count with its noun: ``1 row``, ``2,706 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def have(number: int) -> str:
    """Give ``has`` for one and ``have`` for more."""
    return "has" if number == 1 else "have"


def percent(share: float) -> str:
    """Write a share in [0, 1] as ``8.0 %``, never as 0 or 100 when it is neither."""
    text = f"{100 * share:.1f}"
    if text == "0.0" and share > 0:
        text = "<0.1"
    elif text == "100.0" and share < 1:
        text = ">99.9"
    return f"{text} %"


def quoted(value: object) -> str:
    """Write a name or a cell between quotes, cut to a sane length."""
    text = str(value)
    if len(text) > _LONGEST_SHOWN:
        text = text[: _LONGEST_SHOWN - 1] + "\u2026"
    return repr(text)


def some(parts: Sequence[str], *, most: int = _MOST_NAMED) -> str:
    """List the first few of some phrases and say how many more there are."""
    more = len(parts) - most
    return ", ".join(parts[:most]) + (f" and {more:,} more" if more > 0 else "")


def names(columns: Sequence[str], *, start: bool = False) -> str:
    """Name columns: ``column 'a'``, ``columns 'a', 'b' and 2 more``; ``Column`` at the start."""
    noun = ("Column" if start else "column") + ("" if len(columns) == 1 else "s")
    return f"{noun} {some([quoted(name) for name in columns])}"


def option(flag: str, values: Sequence[object]) -> str:
    """Write an option for each value, fit for a shell, or for the first few of many."""
    return " ".join(f"{flag} {shlex.quote(str(value))}" for value in values[:_MOST_NAMED]) + (
        " \u2026" if len(values) > _MOST_NAMED else ""
    )
