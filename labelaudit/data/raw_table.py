"""What reading a file gives, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import Notice, Source


@dataclass(frozen=True)
class RawTable:
    """A table as read, before anyone decides what its columns are.

    Attributes
    ----------
    table : pyarrow.Table
        Every column of a CSV file is text without nulls; an empty cell is ``""``.
    source : Source
    notices : tuple of Notice
    line : ndarray of int64, shape (n,), or None
        1-based line of the file that each row starts on; None where a file has no lines.
    """

    table: pa.Table
    source: Source
    notices: tuple[Notice, ...] = ()
    line: NDArray[np.int64] | None = None
