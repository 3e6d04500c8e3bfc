"""A column as rules look at it: each distinct cell once, where cells repeat."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from labelaudit.data import cells
from labelaudit.data.rules.keys import label_text

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray

_SAMPLE, _MOSTLY = 1000, 0.5
_NUMBER = f"^(?:{cells.PLAIN_NUMBER.pattern})$"


class RuleColumn:
    """The cells of a column, as text and as numbers, each distinct one once.

    Parameters
    ----------
    name : str
    column : pyarrow.ChunkedArray, length n

    Attributes
    ----------
    name : str
    kind : pyarrow.DataType
        Text of any kind is ``large_string``.
    """

    def __init__(self, name: str, column: pa.ChunkedArray) -> None:
        self.name = name
        self._column = cells.plain(column)
        self.kind = self._column.type

    @property
    def is_text(self) -> bool:
        """Whether the cells are text."""
        return cells.is_text(self.kind)

    @property
    def is_boolean(self) -> bool:
        """Whether the cells are true or false."""
        import pyarrow as pa

        return bool(pa.types.is_boolean(self.kind))

    @property
    def has_numbers(self) -> bool:
        """Whether cells can be read as numbers: numbers, and text that may be some."""
        import pyarrow as pa

        return bool(
            self.is_text
            or pa.types.is_integer(self.kind)
            or pa.types.is_floating(self.kind)
            or pa.types.is_decimal(self.kind)
        )

    @property
    def has_text(self) -> bool:
        """Whether cells can be written as one text: no lists, no bytes."""
        import pyarrow as pa

        kind = self.kind
        return not (
            pa.types.is_nested(kind)
            or pa.types.is_binary(kind)
            or pa.types.is_large_binary(kind)
            or pa.types.is_fixed_size_binary(kind)
        )

    @cached_property
    def _looked_at(self) -> tuple[pa.Array, NDArray[np.int64] | None]:
        """Give the cells to look at, and where each row's cell stands among them.

        Missing cells stand at the end. None where all cells are looked at, row by row.
        """
        import pyarrow.compute as pc

        whole = self._column.combine_chunks()
        head = whole.slice(0, _SAMPLE)
        if not whole.null_count and pc.count_distinct(head).as_py() > _MOSTLY * len(head):
            # Sentences hardly ever repeat: finding that out costs more than it would save.
            return whole, None
        encoded = whole.dictionary_encode()
        place = cells.as_numpy(encoded.indices.fill_null(len(encoded.dictionary)))
        return encoded.dictionary, place

    @property
    def _distinct(self) -> pa.Array:
        return self._looked_at[0]

    def _spread(self, told: NDArray[Any], missing: int) -> NDArray[Any]:
        import numpy as np

        place = self._looked_at[1]
        return told if place is None else np.append(told, told.dtype.type(missing))[place]

    def spread(self, distinct: BoolArray, *, missing: bool = False) -> BoolArray:
        """Give every row what holds for its cell.

        Parameters
        ----------
        distinct : ndarray of bool, shape (number of distinct cells,)
        missing : bool
            What holds for cells that are null.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        return self._spread(distinct, missing)

    def place_of(self, values: tuple[str, ...]) -> NDArray[np.int64]:
        """Find each cell among some values, without the white space around it.

        Parameters
        ----------
        values : tuple of str

        Returns
        -------
        ndarray of int64, shape (n,)
            -1 where it is none of them, -2 where it is empty.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.index_in(self.bare, value_set=pa.array(values, pa.large_string()))
        place = cells.as_numpy(found.fill_null(-1)).astype(np.int64)
        place[self.is_empty] = -2
        return self._spread(place, -2)

    @cached_property
    def texts(self) -> pa.Array:
        """Distinct cells as large_string: numbers in full, true and false, ISO dates."""
        import pyarrow as pa

        distinct = self._distinct
        if self.is_text:
            return distinct
        if pa.types.is_floating(self.kind):
            return pa.array([label_text(one) for one in distinct.to_pylist()], pa.large_string())
        return distinct.cast(pa.large_string())

    @cached_property
    def bare(self) -> pa.Array:
        """Those texts without the white space around them."""
        import pyarrow.compute as pc

        return pc.utf8_trim_whitespace(self.texts) if self.is_text else self.texts

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """Distinct cells as numbers; NaN where one is none, or not finite.

        In text only plain numbers are read, such as ``-1.5e3``: no currency, no percent.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.is_text:
            plain = pc.match_substring_regex(self.bare, _NUMBER)
            kept = pc.if_else(plain, self.bare, pa.scalar(None, pa.large_string()))
            values = cells.as_numpy(kept.cast(pa.float64()))
        else:
            values = cells.as_numpy(self._distinct.cast(pa.float64(), safe=False))
        return np.where(np.isfinite(values), values, np.nan)

    @cached_property
    def is_empty(self) -> BoolArray:
        """Which distinct cells hold nothing: blank text, NaN."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.is_text:
            blank: BoolArray = cells.as_numpy(pc.equal(self.bare, "")).astype(bool)
            return blank
        if pa.types.is_floating(self.kind):
            lacking: BoolArray = np.isnan(cells.as_numpy(self._distinct))
            return lacking
        return np.zeros(len(self._distinct), dtype=bool)

    @cached_property
    def empty(self) -> BoolArray:
        """Which of the n rows have nothing here: null, blank, NaN, an empty list."""
        import pyarrow.compute as pc

        if self.has_text:
            return self.spread(self.is_empty, missing=True)
        lacking = self._column.is_null()
        if cells.is_list(self.kind):
            lacking = pc.or_kleene(lacking, pc.equal(pc.list_value_length(self._column), 0))
        return cells.as_numpy(lacking).astype(bool)

    def show(self, row: int) -> str:
        """Write the cell of one row."""
        value = self._column[row].as_py()
        if value is None:
            return ""
        return label_text(value) if isinstance(value, str | int | float | bool) else str(value)
