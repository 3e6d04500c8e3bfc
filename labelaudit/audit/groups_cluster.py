"""Spherical k-means on a few thousand sparse rows, and which other rows are as similar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray

STEPS = 15
LEAST_MEMBERS = 5
"""Rows of a cluster; smaller ones are left out."""
LEAST_SIMILARITY = 0.1
"""Cosine below which rows are not called similar."""

_BLOCK = 50_000
_QUANTILE = 0.25


def cluster(
    rows: Any,  # noqa: ANN401
    n_clusters: int,
    *,
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Group rows by direction.

    Parameters
    ----------
    rows : scipy.sparse.csr_matrix of float32, shape (r, d)
        Of length 1, or 0. Their order has a say: give them in one of their own.
    n_clusters : int
        At most so many.
    seed : int

    Returns
    -------
    centers : ndarray of float32, shape (c, d)
        Of length 1.
    least : ndarray of float32, shape (c,)
        The cosine to the centre that three quarters of the members reach, each compared
        with the centre of the others.

    References
    ----------
    Dhillon and Modha: Concept Decompositions for Large Sparse Text Data Using Clustering,
    2001. Arthur and Vassilvitskii: k-means++, 2007.
    """
    import numpy as np

    centers = _seeds(rows, n_clusters, np.random.default_rng([seed, 7]))
    label = np.full(rows.shape[0], -1)
    for _ in range(STEPS):
        fresh = np.asarray(rows @ centers.T).argmax(axis=1)
        if np.array_equal(fresh, label):
            break
        label = fresh
        centers = _unit(_sums(rows, label, len(centers)))
    sums = _sums(rows, label, len(centers))
    kept, least = [], []
    for at in range(len(centers)):
        members = np.flatnonzero(label == at)
        if len(members) < LEAST_MEMBERS:
            continue
        own = rows[members]
        # A centre is close to what it was made of, the more so the fewer there are.
        others = sums[at] - own.toarray()
        cosine = np.asarray(own.multiply(_unit(others)).sum(axis=1)).ravel()
        kept.append(at)
        least.append(max(LEAST_SIMILARITY, float(np.quantile(cosine, _QUANTILE))))
    return centers[kept], np.asarray(least, dtype=np.float32)


def nearest(
    rows: Any,  # noqa: ANN401
    centers: FloatArray,
    least: FloatArray,
) -> NDArray[np.int64]:
    """Give each row the centre it is most similar to, if it is similar enough.

    Parameters
    ----------
    rows : scipy.sparse.csr_matrix of float32, shape (m, d)
    centers : ndarray of float32, shape (c, d)
    least : ndarray of float32, shape (c,)
        Cosines to be reached.

    Returns
    -------
    ndarray of int64, shape (m,)
        In [-1, c).
    """
    import numpy as np

    group = np.full(rows.shape[0], -1)
    for start in range(0, rows.shape[0], _BLOCK):
        cosine = np.asarray(rows[start : start + _BLOCK] @ centers.T)
        best = cosine.argmax(axis=1)
        near = cosine[np.arange(len(best)), best] >= least[best]
        group[start : start + _BLOCK] = np.where(near, best, -1)
    return group


def _seeds(rows: Any, n_clusters: int, random: np.random.Generator) -> FloatArray:  # noqa: ANN401
    """Choose rows that are far from each other (k-means++)."""
    import numpy as np

    chosen = [int(random.integers(rows.shape[0]))]
    far = 1 - _cosine(rows, chosen[0])
    while len(chosen) < n_clusters and far.sum() > 0:
        chosen.append(int(random.choice(len(far), p=far / far.sum())))
        far = np.minimum(far, 1 - _cosine(rows, chosen[-1]))
    dense: FloatArray = rows[chosen].toarray()
    return dense


def _cosine(rows: Any, at: int) -> NDArray[np.float64]:  # noqa: ANN401
    import numpy as np

    cosine: NDArray[np.float64] = np.clip(
        (rows @ rows[at].T).toarray().ravel().astype(np.float64), 0, 1
    )
    return cosine


def _sums(rows: Any, label: NDArray[np.int64], n: int) -> FloatArray:  # noqa: ANN401
    import numpy as np
    from scipy.sparse import csr_matrix

    one = np.ones(len(label), dtype=np.float32)
    pick = csr_matrix((one, (label, np.arange(len(label)))), shape=(n, len(label)))
    sums: FloatArray = (pick @ rows).toarray()
    return sums


def _unit(rows: FloatArray) -> FloatArray:
    import numpy as np

    length = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: FloatArray = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return scaled
