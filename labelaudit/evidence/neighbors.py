"""The nearest other rows of every row, whatever the size of the data.

Exact search compares all pairs, which is quadratic in time and linear in memory. Above a
size it gives way to an index (faiss) or, without that library, to a sample.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.evidence.sampling import sample_rows
from labelaudit.progress import SILENT
from labelaudit.types import Notice

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.progress import Progress, Step
    from labelaudit.types import FloatArray, IntArray

NEIGHBORS = 20
"""How many neighbours are kept; see `find_neighbors` for what was measured."""

EXACT_ROWS = 50_000
"""Different rows up to which all pairs are compared: about ten seconds if dense, forty if
sparse and short."""

EXACT_PRODUCTS = 2e10
"""Multiplications up to which sparse rows are compared as they are: about half a minute."""

DIMENSIONS = 100
"""What sparse rows are reduced to where there are too many of them."""

_CHUNK = 4_096
_WORKING_MEMORY = 64  # MiB, of scikit-learn's distances at a time
_DECIMALS = 6
_LINKS, _SEARCH_WIDTH = 32, 64

Found = tuple["NDArray[np.int64]", "NDArray[np.float64]"]


@dataclass(frozen=True)
class Neighbors:
    """The nearest other rows, nearest first.

    Attributes
    ----------
    neighbors : ndarray of int32, shape (n, m)
        Row numbers; -1 where there are fewer.
    distances : ndarray of float32, shape (n, m)
        At least 0, ascending; inf where there are fewer. Euclidean for dense features,
        one minus the cosine for sparse ones.
    notices : tuple of Notice
        ``"neighbors-sampled"`` where not every row could be a neighbour.
    """

    neighbors: IntArray
    distances: FloatArray
    notices: tuple[Notice, ...] = ()


def find_neighbors(
    X: Any,  # noqa: ANN401
    rows: NDArray[np.integer],
    *,
    m: int = NEIGHBORS,
    key: NDArray[np.uint64] | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Neighbors:
    """Find the nearest other rows of each row, among the rows that count.

    Dense columns are compared by Euclidean distance, sparse ones (TF-IDF) by cosine.
    Measured by the average precision of ranking errors by their neighbours' votes: on
    six tables (ten settings) Euclidean reached .76 on the mean and cosine .71; 20
    neighbours beat 10 (.73) and equalled 30. On seven sets of texts plain TF-IDF reached
    .61, its reduction to 100 dimensions .59. Sparse rows are therefore reduced only where
    comparing them would take long.

    Up to `EXACT_ROWS` rows of different content the search is exact. Above, it goes by a
    graph (HNSW, Malkov and Yashunin 2018; library faiss) where faiss is installed, and
    otherwise looks among a sample of `EXACT_ROWS` of them.

    Parameters
    ----------
    X : ndarray or scipy.sparse.csr_matrix of float32, shape (n, d)
        Such as `encode.Encoded.linear`; finite.
    rows : ndarray of int, shape (r,)
        The rows that have and are neighbours, such as the labelled ones; no row twice.
    m : int
        At least 1.
    key : ndarray of uint64, shape (n,), optional
        Rows that share it have the same content and are no neighbours of each other. With
        it, the order of the rows has no say beyond which of several copies are named.
    seed : int
        For the reduction of sparse rows.
    progress : Progress, optional

    Returns
    -------
    Neighbors
        A sparse row without entries has none and is none; nor are rows that have nothing
        in common (cosine 0 or less).

    References
    ----------
    Malkov, Yashunin: Efficient and Robust Approximate Nearest Neighbor Search Using
    Hierarchical Navigable Small World Graphs, TPAMI 2018; the library faiss.
    """
    import numpy as np
    from scipy.sparse import issparse
    from threadpoolctl import threadpool_limits

    sparse = issparse(X)
    if sparse:
        rows = rows[np.diff(X.indptr)[rows] > 0]
    contents = _group(rows, key)
    # Copies are searched for once and not among each other: an index of many identical
    # points finds little else.
    found, distance = _no_neighbors(contents.n, 0), np.empty((contents.n, 0))
    notices: tuple[Notice, ...] = ()
    if contents.n > 1:
        faiss = _import_faiss() if contents.n > EXACT_ROWS else None
        with threadpool_limits(limits=1):
            points = X[contents.rows[contents.start]]
            search = _Search(points, min(m, contents.n - 1), seed, faiss, progress)
            found, distance = search.run()
            notices = search.notices
    if sparse:
        apart = distance >= 1
        found[apart], distance[apart] = -1, np.inf
    neighbors = np.full((X.shape[0], m), -1, dtype=np.int32)
    distances = np.full((X.shape[0], m), np.inf, dtype=np.float32)
    for begin in range(0, contents.n, _CHUNK):
        at = slice(begin, begin + _CHUNK)
        named, far = _copies(contents, found[at], distance[at], m)
        of_row = contents.rows[contents.start[begin] : contents.end[at][-1]]
        content = np.repeat(np.arange(len(named)), (contents.end - contents.start)[at])
        neighbors[of_row], distances[of_row] = named[content], far[content]
    return Neighbors(neighbors, distances, notices)


@dataclass(frozen=True)
class _Contents:
    """Rows ordered so that those of one content stand together, `rows[start:end]`."""

    rows: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    @property
    def n(self) -> int:
        """How many different ones there are."""
        return len(self.start)


def _group(rows: NDArray[np.integer], key: NDArray[np.uint64] | None) -> _Contents:
    """Order rows by content, so that the order they came in decides nothing."""
    import numpy as np

    ascending = np.sort(rows).astype(np.int64)
    if key is None:
        start = np.arange(len(ascending))
    else:
        ascending = ascending[np.argsort(key[ascending], kind="stable")]
        ordered = key[ascending]
        new = np.ones(len(ordered), dtype=bool)
        new[1:] = ordered[1:] != ordered[:-1]
        start = np.flatnonzero(new)
    return _Contents(ascending, start, np.append(start[1:], len(ascending))[: len(start)])


def _copies(
    contents: _Contents, found: NDArray[np.int64], distance: NDArray[np.float64], m: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Turn contents (u, k) into the m rows that hold them, nearest first."""
    import numpy as np

    size = np.where(found >= 0, (contents.end - contents.start)[found], 0)
    upto = np.cumsum(size, axis=1)
    rows = _no_neighbors(len(found), m)
    far = np.full((len(found), m), np.inf)
    each = np.arange(len(found))
    for place in range(m):
        slot = (upto <= place).sum(axis=1)
        there = slot < found.shape[1]
        who, which = each[there], slot[there]
        content = found[who, which]
        copy = place - (upto[who, which] - size[who, which])
        rows[who, place] = contents.rows[contents.start[content] + copy]
        far[who, place] = distance[who, which]
    return rows, far


def _no_neighbors(n: int, m: int) -> NDArray[np.int64]:
    import numpy as np

    return np.full((n, m), -1, dtype=np.int64)


class _Search:
    """The m nearest other points of each point, m below their number."""

    def __init__(
        self,
        points: Any,  # noqa: ANN401
        m: int,
        seed: int,
        faiss: ModuleType | None,
        progress: Progress,
    ) -> None:
        self.points = points
        self.n = points.shape[0]
        self.m = m
        self.seed = seed
        self.faiss = faiss
        self.progress = progress
        self.notices: tuple[Notice, ...] = ()

    def run(self) -> Found:
        """Choose a way by the size of the data, and go it."""
        import numpy as np
        from scipy.sparse import issparse

        if not issparse(self.points):
            return self._among_dense()
        if self.n <= EXACT_ROWS and _products(self.points) <= EXACT_PRODUCTS:
            return self._exact(np.arange(self.n), "cosine")
        self.points = _reduced(self.points, self.seed)
        found, distance = self._among_dense()
        # Of vectors of length 1, half the squared distance is one minus the cosine.
        return found, distance**2 / 2

    def _among_dense(self) -> Found:
        if self.n > EXACT_ROWS and self.faiss is not None:
            return self._by_graph(self.faiss)
        if self.n > EXACT_ROWS:
            self.notices = (
                Notice(
                    "neighbors-sampled",
                    f"{self.n:,} different rows are too many to compare all with all: the "
                    f"neighbours of each were sought among {EXACT_ROWS:,} of them",
                    'pip install "labelaudit[ann]" to look among all',
                ),
            )
        return self._exact(sample_rows(self.n, EXACT_ROWS), "euclidean")

    def _exact(self, among: NDArray[np.intp], metric: str) -> Found:
        import sklearn
        from sklearn.neighbors import NearestNeighbors

        searched = self.points if len(among) == self.n else self.points[among]
        # One more than asked for: the nearest is the point itself.
        width = min(self.m + 1, len(among))
        index = NearestNeighbors(n_neighbors=width, algorithm="brute", metric=metric).fit(searched)

        def look(at: slice) -> Found:
            distance, position = index.kneighbors(self.points[at])
            return among[position], distance

        with (
            self.progress.step("neighbors", self.n) as step,
            sklearn.config_context(working_memory=_WORKING_MEMORY),
        ):
            return self._collect(look, step)

    def _by_graph(self, faiss: ModuleType) -> Found:
        import numpy as np

        points = np.ascontiguousarray(self.points, dtype=np.float32)
        threads = faiss.omp_get_max_threads()
        # With several threads the graph depends on which of them is ahead. threadpoolctl may
        # not see an OpenMP that is linked into the wheel.
        faiss.omp_set_num_threads(1)
        try:
            graph = faiss.IndexHNSWFlat(points.shape[1], _LINKS)
            graph.hnsw.efSearch = max(_SEARCH_WIDTH, 2 * (self.m + 1))

            def look(at: slice) -> Found:
                squared, position = graph.search(points[at], self.m + 1)
                return position, np.sqrt(np.maximum(squared, 0))

            with self.progress.step("neighbors", 2 * self.n) as step:
                for begin in range(0, self.n, _CHUNK):
                    graph.add(points[begin : begin + _CHUNK])
                    step.advance(min(_CHUNK, self.n - begin))
                return self._collect(look, step)
        finally:
            faiss.omp_set_num_threads(threads)

    def _collect(self, look: Any, step: Step) -> Found:  # noqa: ANN401
        """Look chunk by chunk, drop the points themselves and order what is left."""
        import numpy as np

        found = _no_neighbors(self.n, self.m)
        far = np.full((self.n, self.m), np.inf)
        for begin in range(0, self.n, _CHUNK):
            at = slice(begin, min(begin + _CHUNK, self.n))
            position, distance = look(at)
            itself = position == np.arange(at.start, at.stop)[:, None]
            # Rounded, equal distances are equal and the tie goes by position.
            distance = np.round(distance.astype(np.float64), _DECIMALS)
            distance[itself | (position < 0)] = np.inf
            nearest = np.lexsort((position, distance))[:, : self.m]
            distance = np.take_along_axis(distance, nearest, axis=1)
            position = np.take_along_axis(position, nearest, axis=1)
            width = position.shape[1]
            found[at, :width] = np.where(np.isfinite(distance), position, -1)
            far[at, :width] = distance
            step.advance(at.stop - at.start)
        return found, far


def _products(points: Any) -> float:  # noqa: ANN401
    """Count the multiplications of comparing all sparse rows with all."""
    import numpy as np

    rows_with = np.bincount(points.indices).astype(np.float64)
    return float((rows_with**2).sum())


def _reduced(points: Any, seed: int) -> FloatArray:  # noqa: ANN401
    """Squeeze sparse rows into dense ones of length 1."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    size = min(DIMENSIONS, min(points.shape) - 1)
    if size < 1:
        dense = points.toarray()
    else:
        dense = TruncatedSVD(size, random_state=seed).fit_transform(normalize(points))
    lengths_one: FloatArray = normalize(dense).astype(np.float32)
    return lengths_one


def _import_faiss() -> ModuleType | None:
    """Give faiss, or None where the extra is not installed."""
    with warnings.catch_warnings():
        # Of its wrapper, on some versions of Python; nothing a user could mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import faiss
        except ImportError:
            return None
    module: ModuleType = faiss
    return module
