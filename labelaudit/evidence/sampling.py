"""Rows to look at where looking at all would cost more than it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEED = 20_260_101


def sample_rows(n_rows: int, limit: int) -> NDArray[np.intp]:
    """Draw rows at random, always the same ones.

    Every k-th row would do where the order of a file means nothing; in a file whose labels
    alternate it sees one class only.

    Parameters
    ----------
    n_rows, limit : int

    Returns
    -------
    ndarray of int, shape (min(n_rows, limit),)
        Ascending.
    """
    import numpy as np

    if n_rows <= limit:
        return np.arange(n_rows)
    drawn = np.random.default_rng(_SEED).choice(n_rows, limit, replace=False, shuffle=False)
    return np.sort(drawn)
