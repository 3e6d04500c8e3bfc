"""Which rows of whatever a caller hands over are equal to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


def as_rows(X: Any) -> Any:  # noqa: ANN401
    """Turn what a caller calls X into something whose rows can be picked by number.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame or Series, n rows

    Returns
    -------
    ndarray, csr_matrix, DataFrame or Series, n rows
        Lists of texts, or of lists that differ in length, become arrays of objects.
    """
    import numpy as np

    if hasattr(X, "iloc"):
        return X
    if hasattr(X, "tocsr"):
        return X.tocsr()
    # As an array of fixed width, one long text would make every row as long.
    if isinstance(X, list | tuple) and any(isinstance(row, str) for row in X):
        return np.array(X, dtype=object)
    try:
        return np.asarray(X)
    except ValueError:
        return np.array(X, dtype=object)


def duplicate_key(X: Any) -> NDArray[np.uint64]:  # noqa: ANN401
    """Give each row a number, so that exact duplicates share a value.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame or Series, n rows
        Of any number of dimensions above 0, and of any kind of value.

    Returns
    -------
    ndarray of uint64, shape (n,)
    """
    import numpy as np
    import pandas as pd

    rows = as_rows(X)
    if hasattr(rows, "tocsr"):
        return _sparse_key(rows)
    if isinstance(rows, pd.Series):
        return _frame_key(rows.to_frame())
    if hasattr(rows, "iloc"):
        return _frame_key(rows)
    if not rows.size:
        return np.zeros(len(rows), dtype=np.uint64)
    flat = rows.reshape(len(rows), -1)
    if flat.dtype == object:
        return _frame_key(pd.DataFrame(flat))
    # Adding 0 makes -0 a 0: they are equal, but not byte by byte.
    flat = np.ascontiguousarray(flat + 0 if flat.dtype.kind in "fc" else flat)
    views = flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).ravel()
    return np.unique(views, return_inverse=True)[1].astype(np.uint64)


def _frame_key(table: pd.DataFrame) -> NDArray[np.uint64]:
    import numpy as np
    import pandas as pd

    plain = pd.DataFrame({at: _hashable(table.iloc[:, at]) for at in range(table.shape[1])})
    return np.asarray(pd.util.hash_pandas_object(plain, index=False), dtype=np.uint64)


def _hashable(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give a column, by position, whose equal values have equal hashes."""
    import pandas as pd

    plain = column.reset_index(drop=True)
    if pd.api.types.is_float_dtype(plain.dtype):
        return plain + 0
    if plain.dtype != object:
        return plain
    try:
        pd.factorize(plain)
    except TypeError:
        # Lists and arrays; NumPy would leave out the middle of a long one.
        return plain.map(lambda value: repr(value.tolist() if hasattr(value, "tolist") else value))
    return plain


def _sparse_key(X: Any) -> NDArray[np.uint64]:  # noqa: ANN401
    """Project each row on two random directions; equal rows give equal sums."""
    import numpy as np

    ordered = X.sorted_indices()
    directions = np.random.default_rng(0).standard_normal((ordered.shape[1], 2))
    sums = np.asarray(ordered @ directions)
    return np.unique(sums, axis=0, return_inverse=True)[1].ravel().astype(np.uint64)
