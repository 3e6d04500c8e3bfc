"""A request to rewrite a file, and whether it fits that file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Columns = Mapping[str, Sequence[str] | Sequence[float] | Sequence[float | None]]


@dataclass(frozen=True)
class Request:
    """What is to be done to the rows and columns that are there, as in `rewrite`."""

    n_rows: int
    drop: frozenset[int] = frozenset()
    replace: Mapping[tuple[int, str], str] = field(default_factory=dict)
    append: Columns = field(default_factory=dict)
    remove: frozenset[str] = frozenset()

    def check(self, columns: Sequence[str]) -> None:
        """Stop a caller who asks for rows or columns that are not there.

        Parameters
        ----------
        columns : sequence of str
            Of the file.

        Raises
        ------
        ValueError
            It is a fault of the program, not of the user.
        """
        rows = {*self.drop, *(row for row, _ in self.replace)}
        if rows and not 0 <= min(rows) <= max(rows) < self.n_rows:
            raise ValueError(f"rows outside of 0..{self.n_rows - 1}: {min(rows)}, {max(rows)}")
        absent = {*(name for _, name in self.replace), *self.remove}.difference(columns)
        if absent:
            raise ValueError(f"no such columns: {sorted(absent)}")
        if self.remove.issuperset(columns):
            raise ValueError("no column would be left")
        present = set(self.append).intersection(columns)
        if present:
            raise ValueError(f"columns there already: {sorted(present)}")
        uneven = [name for name, cells in self.append.items() if len(cells) != self.n_rows]
        if uneven:
            raise ValueError(f"appended columns that have not {self.n_rows} cells: {uneven}")
