"""What the pictures of the page have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.report.grid import cut_middle
from labelaudit.report.wording import show_label

if TYPE_CHECKING:
    from labelaudit.report.rows import Rows
    from labelaudit.types import Label

MOST_CLASSES = 20
"""Classes that a picture shows."""

FEWEST_ERRORS = 0.5
"""Expected in all: where there are fewer, a picture of them would show rounding errors."""

ACCENT = "#e8590c"
"""Stands out against a white and against a black page alike."""

WIDTH = 5.2
"""Of most pictures, in inches."""

_NAME = 18


@dataclass(frozen=True)
class Figure:
    """A picture of the page.

    Attributes
    ----------
    key : str
        Unique in the page; part of its ids.
    title, caption : str
    svg : str
        Markup.
    table : Rows or None
        The same as a table.
    whole : bool
        Whether it takes the whole width of the page.
    """

    key: str
    title: str
    caption: str
    svg: str
    table: Rows | None = None
    whole: bool = False


def name(label: Label) -> str:
    """Write a class where there is little room: cut in the middle, since names differ at ends."""
    return cut_middle(show_label(label), _NAME)
