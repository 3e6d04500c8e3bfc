"""Say of one row how it breaks a rule."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from labelaudit.data.rules.rule import (
    Allowed,
    Hierarchy,
    OneSpelling,
    Range,
    Required,
    Spelling,
    written,
)

if TYPE_CHECKING:
    from labelaudit.data.rules.check import Broken, Checked

LONGEST_CELL = 80
"""Characters of a cell that a message shows."""


def reason(checked: Checked, broken: Broken, row: int) -> str:
    """Say how one row breaks a rule, with the label and the cells in question.

    Parameters
    ----------
    checked : Checked
    broken : Broken
    row : int
        One of its rows.

    Returns
    -------
    str
        Such as ``"'refund' cannot be where amount is below 0"``. It holds text of the
        data: not made fit for a terminal.
    """
    rule = broken.rule
    label = written(label_of(checked, row))
    if isinstance(rule, Allowed):
        return f"{label} is not one of the allowed labels"
    if isinstance(rule, Spelling | OneSpelling):
        return " is to be written ".join(spellings(checked, row))
    if isinstance(rule, Hierarchy):
        parent = written(cell(checked, rule.column, row))
        return f"{label} does not belong under {rule.column} {parent}"
    if isinstance(rule, Range):
        return f"{rule.column} is {cell(checked, rule.column, row)}: {rule.message}"
    return message(broken)


def spellings(checked: Checked, row: int) -> tuple[str, str]:
    """Write the label of a row and the one that is meant, so that the eye can tell them apart.

    Parameters
    ----------
    checked : Checked
    row : int

    Returns
    -------
    (str, str)
        In quotes, with escapes for what is not printable; for all but ASCII where they
        would look alike.
    """
    given, meant = label_of(checked, row), checked.names[checked.meant[row]]
    alike = len({unicodedata.normalize("NFKC", written(one)) for one in (given, meant)}) == 1
    return (ascii(given), ascii(meant)) if alike else (written(given), written(meant))


def message(broken: Broken) -> str:
    """Say what is wrong in all rows that break a rule.

    Parameters
    ----------
    broken : Broken

    Returns
    -------
    str
    """
    if broken.no_column and isinstance(broken.rule, Required):
        return f"there is no column {broken.rule.column!r}"
    return broken.rule.message


def label_of(checked: Checked, row: int) -> str:
    """Give the label of a row; empty where it has none."""
    code = int(checked.given[row])
    return checked.names[code] if code >= 0 else ""


def cell(checked: Checked, column: str, row: int) -> str:
    """Give the cell of a row, cut off where it is long."""
    text = checked.columns.column(column).show(row)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
