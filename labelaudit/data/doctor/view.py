"""What the checks of the doctor share: columns decoded once, one sample, two halves."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.types import Role

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, Column, Dataset

MOST_SAMPLED = 10_000
"""Rows that columns are held against labels on."""

_LEAST_SAMPLED, _CELLS_SAMPLED = 2_000, 1_000_000
_ENOUGH_CONTENTS = 200
_NUMBER = re.compile(r"\d+")


def stem(name: str) -> str:
    """Give a name without its numbers: ``pixel_0_7`` is one of ``pixel_#_#``."""
    return _NUMBER.sub("#", name)


@dataclass(frozen=True)
class View:
    """The data as all checks see it.

    Attributes
    ----------
    data : Dataset
        n rows, K classes.
    folds : int
        That models would be cross-validated with.
    learning : bool
        False where no model learns from any column.
    today : date or None
        What lies after it lies in the future; None where that is not asked.
    """

    data: Dataset
    folds: int = 5
    learning: bool = True
    today: dt.date | None = None
    _kept: dict[str, Decoded] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def labelled(self) -> NDArray[np.intp]:
        """Rows that have a label, ascending."""
        import numpy as np

        return np.flatnonzero(self.data.y >= 0)

    @cached_property
    def sample(self) -> NDArray[np.intp]:
        """Labelled rows that columns are held against labels on, ascending.

        All of them, or some spread evenly over their contents: which ones does not depend
        on the order of the rows. Fewer where there are many columns.
        """
        import numpy as np

        columns = max(1, len(self.data.schema.features))
        most = min(MOST_SAMPLED, max(_LEAST_SAMPLED, _CELLS_SAMPLED // columns))
        rows = self.labelled
        if len(rows) <= most:
            return rows
        places = np.linspace(0, len(rows) - 1, most).astype(np.int64)
        return np.sort(self.by_content[places])

    @cached_property
    def by_content(self) -> NDArray[np.intp]:
        """Labelled rows in the order of their content, then of their label."""
        import numpy as np

        rows = self.labelled
        return rows[np.lexsort((self.data.y[rows], self.data.fingerprint[rows]))]

    @cached_property
    def half(self) -> BoolArray:
        """Which half each row is in, (n,), told by its content.

        Equal rows share a half, or they would vouch for each other; where there are only a
        few contents they are dealt out in turn.
        """
        import numpy as np

        content = self.data.fingerprint
        if np.unique(content[self.sample]).size >= _ENOUGH_CONTENTS:
            return (content & np.uint64(1)).astype(bool)
        half = np.zeros(len(content), dtype=bool)
        half[self.by_content[1::2]] = True
        return half

    @cached_property
    def text_only(self) -> bool:
        """Tell whether texts are all that models see."""
        features = self.data.schema.features
        return bool(features) and self.data.schema.names(Role.TEXT) == features

    @cached_property
    def families(self) -> Counter[str]:
        """How many columns share a name but for the numbers in it."""
        return Counter(map(stem, self.data.table.column_names))

    def decoded(self, column: Column) -> Decoded:
        """Give a column ready to be looked at; texts are kept, since several checks ask."""
        if column.name in self._kept:
            return self._kept[column.name]
        one = Decoded(column.name, column.role, cells.plain(self.data.table.column(column.name)))
        if column.role == Role.TEXT:
            self._kept[column.name] = one
        return one


@dataclass(frozen=True)
class Decoded:
    """One column, taken apart when a check first asks for it.

    Attributes
    ----------
    name : str
    role : Role
    cells : pyarrow.ChunkedArray, length n
        Text as ``large_string``.
    """

    name: str
    role: Role
    cells: pa.ChunkedArray

    @property
    def is_text(self) -> bool:
        """Tell whether its cells are text, whatever that stands for."""
        return cells.is_text(self.cells.type)

    @cached_property
    def _encoded(self) -> tuple[pa.Array, NDArray[np.int64]]:
        import numpy as np

        encoded = self.cells.combine_chunks().dictionary_encode()
        codes = cells.as_numpy(encoded.indices.fill_null(-1)).astype(np.int64)
        return encoded.dictionary, codes

    @property
    def distinct(self) -> pa.Array:
        """The distinct cells, without null."""
        return self._encoded[0]

    @property
    def codes(self) -> NDArray[np.int64]:
        """Which distinct cell each row has, (n,); -1 for null."""
        return self._encoded[1]

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """The cells as numbers or seconds, (n,); NaN where missing or neither."""
        import numpy as np

        if self.role in (Role.DATETIME, Role.TIME):
            return np.where(np.isnat(self.dates), np.nan, self.dates.astype(np.int64) / 1e6)
        return cells.numbers(self.cells)

    @cached_property
    def dates(self) -> NDArray[np.datetime64]:
        """The cells as points in time, (n,); NaT where missing or none."""
        return cells.dates(self.cells)

    def rows_with(self, wanted: BoolArray) -> NDArray[np.intp]:
        """Give the rows whose distinct cell is one of those wanted, ascending."""
        import numpy as np

        return np.flatnonzero(np.append(wanted, [False])[self.codes])
