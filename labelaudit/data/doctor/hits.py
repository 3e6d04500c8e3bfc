"""What a check saw in one column, before columns are told of together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Hit:
    """One thing seen in one column.

    Attributes
    ----------
    code : str
        Of the finding it becomes part of.
    column : str
    rows : ndarray of int or None
        Ascending; None where it is about the column as a whole.
    note : str
        An example, or a figure in words.
    share : float
        How much of it there is, in [0, 1]; what it is a share of depends on the code.
    """

    code: str
    column: str
    rows: NDArray[np.intp] | None = None
    note: str = ""
    share: float = 0.0


def all_rows(hits: Sequence[Hit]) -> NDArray[np.intp]:
    """Give the rows of several hits, each once, ascending."""
    import numpy as np

    return np.unique(np.concatenate([hit.rows for hit in hits if hit.rows is not None]))
