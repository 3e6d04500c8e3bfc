"""Columns of text on a terminal: measured in cells, cut to the width or folded within it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

GAP = 2
ELLIPSIS = "…"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    header : str
    cells : tuple of str
        Harmless text, see `labelaudit.report.wording.clean`.
    right : bool
        Whether it is aligned to the right.
    styles : tuple of str
        One for each cell, or empty.
    expendable : int
        0: always shown; else the highest goes first where there is no room.
    least : int or None
        Cells that suffice, for a column that may be cut; None for one that may not. It
        gets more where there is room, and less where dropping others is not enough.
    middle : bool
        Whether it is cut in the middle instead of at the end.
    fold : bool
        Whether it goes on in the next line instead of being cut.
    """

    header: str
    cells: tuple[str, ...]
    right: bool = False
    styles: tuple[str, ...] = ()
    expendable: int = 0
    least: int | None = None
    middle: bool = False
    fold: bool = False

    @property
    def natural(self) -> int:
        """Cells that hold all of it."""
        return max(map(cell_len, (self.header, *self.cells)))

    @property
    def needed(self) -> int:
        """Cells that it must have to be shown."""
        return self.natural if self.least is None else min(self.natural, self.least)

    def lines(self, text: str, width: int) -> list[str]:
        """Give the lines of a cell: one, unless it is folded."""
        if self.fold and cell_len(text) > width:
            return wrap(text, width)
        return [cut_middle(text, width) if self.middle else cut(text, width)]


def cut(text: str, width: int) -> str:
    """Cut the end of a text so that it takes no more than `width` cells."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + ELLIPSIS


def cut_middle(text: str, width: int) -> str:
    """Cut the middle of a text, since names differ at their ends."""
    if cell_len(text) <= width:
        return text
    tail = ""
    for character in reversed(text):
        if cell_len(character + tail) > (width - 1) // 2:
            break
        tail = character + tail
    head = set_cell_size(text, width - 1 - cell_len(tail)).rstrip()
    return head + ELLIPSIS + tail


def wrap(text: str, width: int) -> list[str]:
    """Break a sentence into lines of no more than `width` cells, numbers kept with their %."""
    lines = [""]
    for word in re.findall(r"\S+(?: %\S*)?", text):
        line = f"{lines[-1]} {word}".lstrip()
        if cell_len(line) <= width:
            lines[-1] = line
        else:
            lines.extend(chop_cells(word, width))
    return [line for line in lines if line]


def fit(columns: Sequence[Column], width: int) -> list[Column]:
    """Choose the columns that find room side by side.

    Parameters
    ----------
    columns : sequence of Column
    width : int
        Cells.

    Returns
    -------
    list of Column
        In the order given, those with `expendable` 0 in any case.
    """
    shown = list(columns)
    while _needed(shown) > width:
        candidate = max(shown, key=lambda column: column.expendable)
        if candidate.expendable == 0:
            break
        shown.remove(candidate)
    return shown


def print_grid(columns: Sequence[Column], console: Console) -> None:
    """Draw columns with their headers, each row on one line unless a column is folded.

    Parameters
    ----------
    columns : sequence of Column
        With as many cells each; as `fit` gives them.
    console : rich.console.Console
    """
    spare = console.width - _needed(columns)
    widths = []
    for column in columns:
        wished = column.needed if column.least is None else max(1, column.needed + spare)
        widths.append(min(wished, column.natural))
        spare -= widths[-1] - column.needed
    _print_line([(column.header, "bold") for column in columns], columns, widths, console)
    _print_line([("─" * width, "dim") for width in widths], columns, widths, console)
    for index in range(len(columns[0].cells)):
        cells = [
            (column.cells[index], column.styles[index] if column.styles else "")
            for column in columns
        ]
        _print_line(cells, columns, widths, console)


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.needed for column in columns) + GAP * (len(columns) - 1)


def _print_line(
    cells: Sequence[tuple[str, str]],
    columns: Sequence[Column],
    widths: Sequence[int],
    console: Console,
) -> None:
    parts = [
        column.lines(text, width)
        for (text, _), column, width in zip(cells, columns, widths, strict=True)
    ]
    for shown in zip_longest(*parts, fillvalue=""):
        line = Text()
        for text, (_, style), column, width in zip(shown, cells, columns, widths, strict=True):
            padding = " " * (width - cell_len(text))
            if line:
                line.append(" " * GAP)
            line.append(padding if column.right else "")
            line.append(text, style)
            line.append("" if column.right else padding)
        line.rstrip()
        console.print(line, no_wrap=True, overflow="ellipsis", highlight=False)
