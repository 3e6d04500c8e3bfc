"""The rows most like a few rows, among all others, by what the models learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from labelaudit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.evidence.blocks import Blocks
    from labelaudit.types import Dataset

SHOWN = 3
"""Rows of either side that a card shows."""

NEAREST = 20
"""Rows that are counted by their label, as many as neighbor-agreement asks."""

ENCODED_ROWS = 50_000
"""Rows that are encoded for cards alone, where no model needed it."""

_CHUNK = 4_096
_DECIMALS = 6

Near = tuple[int, float]
"""A row and its similarity, in [0, 1]."""


@dataclass(frozen=True)
class Space:
    """The rows as points.

    Attributes
    ----------
    points : ndarray or scipy.sparse.csr_matrix of float32, shape (r, d)
    cosine : bool
        Whether they are compared by cosine, as texts and embeddings are; else by the root
        mean square of the differences, as scaled columns are.
    rows : ndarray of int, shape (r,), or None
        Which rows of the data they are, ascending; None for all.
    """

    points: Any
    cosine: bool
    rows: NDArray[np.intp] | None = None


@dataclass(frozen=True)
class Similar:
    """What is most like a row, nearest first; ties by row id.

    Attributes
    ----------
    agree : tuple of (int, float)
        Rows of the class to compare with, of different content each.
    disagree : tuple of (int, float)
        Rows of the given class, of different content each.
    nearest : tuple of int
        Rows of any class and of other content than the row.
    """

    agree: tuple[Near, ...] = ()
    disagree: tuple[Near, ...] = ()
    nearest: tuple[int, ...] = ()


def space_of(blocks: Blocks) -> Space:
    """Take the matrix that neighbours are sought in from those of the models.

    Parameters
    ----------
    blocks : Blocks

    Returns
    -------
    Space
    """
    from scipy.sparse import issparse

    encoded = blocks.encoded
    if encoded.modality == "embedding":
        return Space(encoded.trees, cosine=True)
    return Space(encoded.linear, cosine=issparse(encoded.linear))


def space_of_data(data: Dataset, rows: Sequence[int], *, seed: int = 0) -> Space | None:
    """Encode the data, or `ENCODED_ROWS` of them, where no model did.

    Parameters
    ----------
    data : Dataset
    rows : sequence of int
        Rows that have to be among them.
    seed : int

    Returns
    -------
    Space or None
        None where the features hold nothing to compare.
    """
    import numpy as np

    from labelaudit.data.features import typed_features
    from labelaudit.evidence.blocks import Blocks
    from labelaudit.evidence.encode import encode

    if not data.schema.features:
        return None
    chosen = some_rows(data, ENCODED_ROWS, rows)
    part = data if len(chosen) == data.n_rows else replace(data, table=data.table.take(chosen))
    try:
        space = space_of(Blocks(encode(typed_features(part), seed=seed)))
    except InputError:
        # Nothing to compare is no fault here: a card without neighbours says so.
        return None
    return replace(space, rows=None if len(chosen) == data.n_rows else np.asarray(chosen))


def some_rows(data: Dataset, limit: int, also: Sequence[int]) -> NDArray[np.intp]:
    """Choose labelled rows by their content, so that the order of the file has no say.

    Parameters
    ----------
    data : Dataset
    limit : int
        How many; copies of the last one may be left out.
    also : sequence of int
        Rows that are taken in any case.

    Returns
    -------
    ndarray of int
        Ascending; all rows, labelled or not, where there are no more than `limit`.
    """
    import numpy as np

    if data.n_rows <= limit:
        return np.arange(data.n_rows)
    labelled = np.flatnonzero(data.y >= 0)
    if len(labelled) > limit:
        labelled = labelled[np.argpartition(data.fingerprint[labelled], limit)[:limit]]
    return np.union1d(labelled, np.asarray(also, dtype=np.intp))


def find_similar(
    space: Space,
    data: Dataset,
    rows: Sequence[int],
    given: Sequence[int],
    rival: Sequence[int],
    *,
    nearest: bool = True,
) -> list[Similar]:
    """Compare a few rows with all labelled ones, chunk by chunk.

    Parameters
    ----------
    space : Space
    data : Dataset
    rows : sequence of int, length r
        All of them in `space`.
    given, rival : sequence of int, length r
        Classes that `disagree` and `agree` are about; a rival of -1 stands for any class
        but the given one.
    nearest : bool
        Whether those of any class are looked for too.

    Returns
    -------
    list of Similar, length r
        A similarity is the cosine, or ``1 / (1 + x)`` with x the root mean square
        difference over the scaled columns. Rows of cosine 0 or less are not similar.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    asked = np.asarray(rows, dtype=np.intp)
    own, other = np.asarray(given), np.asarray(rival)
    key = np.arange(data.n_rows, dtype=np.uint64) if data.feature_key is None else data.feature_key
    among = np.arange(data.n_rows) if space.rows is None else space.rows
    among = among[data.y[among] >= 0]
    among, siblings = _one_of_each(data, key, among, asked)
    sizes = (SHOWN, SHOWN, NEAREST)
    best = [[_Best(data.row_id, size) for _ in asked] for size in sizes]
    sides = best if nearest else best[:2]
    with threadpool_limits(limits=1):
        points = space.points[_position(space, asked)]
        for begin in range(0, len(among), _CHUNK):
            part = among[begin : begin + _CHUNK]
            alike = _similarity(points, space.points[_position(space, part)], cosine=space.cosine)
            alike[part[None] == asked[:, None]] = 0
            y, same = data.y[part][None], key[part][None] == key[asked][:, None]
            is_given = y == own[:, None]
            # Of other rows like it under the same label there is one in `siblings`.
            is_rival = np.where(other[:, None] < 0, ~is_given, y == other[:, None])
            for side, holds in zip(sides, (is_rival, is_given & ~same, ~same), strict=False):
                _keep_best(side, np.where(holds, alike, 0), part)
    agree, disagree, closest = best
    for place, sibling in enumerate(siblings):
        if sibling is not None:
            disagree[place].add([sibling], [1.0])
    return [
        Similar(one.found(), two.found(), tuple(row for row, _ in three.found()))
        for one, two, three in zip(agree, disagree, closest, strict=True)
    ]


class _Best:
    """The few most similar rows so far."""

    def __init__(self, row_id: NDArray[np.object_], size: int) -> None:
        self._row_id = row_id
        self._found: list[tuple[float, str, int]] = []
        self.size = size

    @property
    def floor(self) -> float:
        """What a row must reach to count."""
        return -self._found[-1][0] if len(self._found) == self.size else 0.0

    def add(self, rows: Sequence[int], similarities: Sequence[float]) -> None:
        """Let more rows compete."""
        for row, similarity in zip(rows, similarities, strict=True):
            self._found.append((-similarity, str(self._row_id[row]), row))
        self._found.sort()
        del self._found[self.size :]

    def found(self) -> tuple[Near, ...]:
        """Give those left, the most similar first."""
        return tuple((row, -minus) for minus, _, row in self._found)


def _keep_best(best: Sequence[_Best], alike: NDArray[np.float64], part: NDArray[np.intp]) -> None:
    """Add what a chunk (r, c) holds; 0 stands for rows that do not count."""
    import numpy as np

    floor = np.array([one.floor for one in best])
    size = best[0].size
    if alike.shape[1] > size:
        # Those that tie with the last one too: row ids decide among them.
        least = -np.partition(-alike, size - 1, axis=1)[:, size - 1]
        floor = np.maximum(floor, least)
    who, which = np.nonzero((alike >= floor[:, None]) & (alike > 0))
    start = np.searchsorted(who, np.arange(len(best) + 1))
    for place in np.unique(who).tolist():
        at = which[start[place] : start[place + 1]]
        best[place].add(part[at].tolist(), alike[place, at].tolist())


def _one_of_each(
    data: Dataset, key: NDArray[np.uint64], among: NDArray[np.intp], asked: NDArray[np.intp]
) -> tuple[NDArray[np.intp], list[int | None]]:
    """Leave one row of each content and label, and name for those asked another like it."""
    import numpy as np

    order = among[np.lexsort((data.y[among], key[among]))]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (key[order][1:] != key[order][:-1]) | (data.y[order][1:] != data.y[order][:-1])
    start = np.flatnonzero(new)
    end = np.append(start[1:], len(order))
    first = order[start]
    groups = {}
    for at in np.flatnonzero(end - start > 1).tolist():
        members = order[start[at] : end[at]].tolist()
        members.sort(key=lambda row: str(data.row_id[row]))
        first[at] = members[0]
        groups[int(key[members[0]]), int(data.y[members[0]])] = members[:2]
    siblings = [
        next((one for one in groups.get((int(key[row]), int(data.y[row])), ()) if one != row), None)
        for row in asked.tolist()
    ]
    return np.sort(first), siblings


def _position(space: Space, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    import numpy as np

    return rows if space.rows is None else np.searchsorted(space.rows, rows)


def _similarity(
    points: Any,  # noqa: ANN401
    others: Any,  # noqa: ANN401
    *,
    cosine: bool,
) -> NDArray[np.float64]:
    """Compare each with each, (r, c); rounded, so that what is equal ties."""
    import numpy as np
    from scipy.sparse import issparse

    points = points.astype(np.float64)
    if not issparse(points):
        points, others = np.nan_to_num(points), np.nan_to_num(others).astype(np.float64)
    product = points @ others.T
    if issparse(product):
        product = product.toarray()
    product = product.astype(np.float64)
    squares, other_squares = _squares(points), _squares(others)
    if cosine:
        lengths = np.sqrt(squares)[:, None] * np.sqrt(other_squares)[None]
        alike = product / np.where(lengths > 0, lengths, 1)
    else:
        apart = np.maximum(squares[:, None] + other_squares[None] - 2 * product, 0)
        alike = 1 / (1 + np.sqrt(apart / max(1, points.shape[1])))
    rounded: NDArray[np.float64] = np.round(np.clip(alike, 0, 1), _DECIMALS)
    return rounded


def _squares(points: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Give the squared length of each."""
    import numpy as np
    from scipy.sparse import issparse

    if issparse(points):
        summed = points.multiply(points).sum(axis=1)
        return np.asarray(summed, dtype=np.float64).ravel()
    squares: NDArray[np.float64] = (points**2).sum(axis=1)
    return squares
