"""Which classes are taken for each other, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.pictures import INK, draw
from labelaudit.report.html.figure import ACCENT, MOST_CLASSES, Figure, name
from labelaudit.report.html.inline import Names, cells, inline
from labelaudit.report.wording import count, counted, show_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from labelaudit.types import Audit, Label

_NARROW = 8
_CELL, _FEW_CELLS, _LEAST = 0.36, 0.7, 1.6
_LETTER, _HEIGHT, _MARGIN = 0.1, 0.24, 0.75
"""Inches: of a letter's width, of a line, and of an axis' own name and air."""


def confusion(audit: Audit) -> Figure | None:
    """Draw how often one class is given where another is suggested.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Figure or None
        None of a blind run, and where no class is suggested for another.
    """
    pairs = () if audit.summary.blind else audit.summary.pairs
    if not pairs:
        return None
    place = {label: index for index, label in enumerate(audit.classes)}
    every = {label for pair in pairs for label in (pair.given, pair.suggested)}
    most: set[Label] = set()
    for pair in pairs:
        both = most | {pair.given, pair.suggested}
        most = both if len(both) <= MOST_CLASSES else most
    shown = sorted(most, key=lambda label: place[label])
    at = {label: index for index, label in enumerate(shown)}
    numbers = {
        (at[pair.given], at[pair.suggested]): pair.flagged
        for pair in pairs
        if pair.given in at and pair.suggested in at
    }
    names = Names()
    matrix = _Matrix(numbers, tuple(map(name, shown)), names)
    title = "Classes taken for each other"
    first = pairs[0]
    svg = draw(
        *matrix.size,
        matrix.paint,
        title=title,
        description=(
            f"Heat map of {counted(sum(pair.flagged for pair in pairs), 'flagged row')}: the given "
            f"class down, the suggested one across. Most often {show_label(first.given)} is given "
            f"where {show_label(first.suggested)} is suggested: {count(first.flagged)}."
        ),
    )
    cut = ""
    if len(shown) < len(every):
        cut = f" The {len(shown)} most confused of {count(len(every))} classes with flags."
    return Figure(
        "confusion",
        title,
        f"Flagged rows by given and suggested class.{cut}",
        inline(svg, "confusion", names),
        whole=len(shown) > _NARROW,
    )


class _Matrix:
    """A square of cells that keeps its size, with as much room beside it as its labels take."""

    def __init__(
        self, numbers: dict[tuple[int, int], int], labels: Sequence[str], names: Names
    ) -> None:
        self._numbers, self._labels, self._names = numbers, labels, names
        self._side = max(_LEAST, min(_FEW_CELLS, 2.8 / len(labels)) * len(labels))
        self._side = max(self._side, _CELL * len(labels))
        self._longest = _LETTER * 1.15 * max(map(cells, labels))
        # Beside each other where each has room above its own cell.
        self._turned = self._longest + 2 * _LETTER > self._side / len(labels)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        below = self._longest if self._turned else _HEIGHT
        return self._side + self._longest + _MARGIN, self._side + below + _MARGIN

    def paint(self, axes: Axes) -> None:
        """Paint the cells."""
        from matplotlib.patches import Rectangle

        most = max(self._numbers.values(), default=1)
        size = len(self._labels)
        for spot in range(size):
            axes.add_patch(Rectangle((spot, spot), 1, 1, facecolor=INK, alpha=0.08))
        for (row, column), flagged in sorted(self._numbers.items()):
            strength = 0.12 + 0.58 * flagged / most
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=ACCENT, alpha=strength))
            axes.text(
                column + 0.5, row + 0.5, str(flagged), ha="center", va="center_baseline", fontsize=8
            )
        shown = [self._names.stand_in(label) for label in self._labels]
        middle = [spot + 0.5 for spot in range(size)]
        axes.set_xlim(0, size)
        axes.set_ylim(size, 0)
        axes.set_aspect("equal")
        axes.set_xticks(middle, shown)
        for label in axes.get_xticklabels() if self._turned else ():
            # Held at its upper end: the font of the page is not the one it was measured by.
            label.set(rotation=90, rotation_mode="anchor", ha="right", va="center")
        axes.set_yticks(middle, shown)
        axes.tick_params(length=0)
        axes.set_xlabel("suggested")
        axes.set_ylabel("given")
        for spine in axes.spines.values():
            spine.set_visible(False)
