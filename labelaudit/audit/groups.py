"""Groups of similar rows that hold more flags than expected, named by what they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.groups_cluster import cluster, nearest
from labelaudit.audit.groups_tokens import name_group, tokens_of
from labelaudit.audit.patterns_compare import (
    LEAST_FLAGGED,
    compare,
    compare_rows,
    lift_of,
    refine,
    worth_telling,
)
from labelaudit.audit.patterns_excess import q_values
from labelaudit.types import Pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.patterns_excess import Lift
    from labelaudit.audit.patterns_judged import Judged, Strata
    from labelaudit.audit.slices_columns import SliceColumn
    from labelaudit.types import BoolArray, Dataset

LEAST_FLAGGED_ROWS = 40
"""Flagged rows from which groups of them are sought."""
MOST_FLAGGED_ROWS = 3_000
"""Flagged rows that groups are made from."""
MOST_GROUPS = 10

_ROWS_A_GROUP = 10
_CLUSTERS = (4, 12, 30)


@dataclass(frozen=True)
class Group:
    """Similar rows.

    Attributes
    ----------
    mask : ndarray of bool, shape (m,)
        All judged rows that are so similar.
    lift : Lift
        Measured on rows that the group was not made from.
    q_value : float
    """

    mask: BoolArray
    lift: Lift
    q_value: float


def find_groups(
    data: Dataset,
    judged: Judged,
    columns: Sequence[SliceColumn],
    *,
    families: int,
    q: float,
    seed: int,
    strata: Strata | None = None,
) -> tuple[Pattern, ...]:
    """Find groups of similar rows whose flagged rate is higher than that of rows like them.

    Parameters
    ----------
    data : Dataset
        n rows.
    judged : Judged
        m of them.
    columns : sequence of SliceColumn
        What rows of tables are compared by, as far as models learn from them.
    families : int
        Of tests, in all.
    q : float
        The highest q-value reported.
    seed : int
    strata : tuple of ndarray of int64, shape (m,), optional
        Which rows are alike, slices that are known to be bad allowed for; as in `judged` by
        default.

    Returns
    -------
    tuple of Pattern
        The greatest excess first, at most `MOST_GROUPS`.
    """
    if judged.flagged.sum() < LEAST_FLAGGED_ROWS:
        return ()
    tokens = tokens_of(data, judged, columns)
    if tokens is None:
        return ()
    groups = raised_groups(judged, tokens.matrix, families=families, q=q, seed=seed, strata=strata)
    found = []
    for group in groups:
        flagged = int(judged.flagged[group.mask].sum())
        name = name_group(tokens, judged, group.mask)
        if not name:
            continue
        found.append(
            Pattern(
                kind="group",
                name=name,
                conditions=(),
                rows=int(group.mask.sum()),
                flagged=flagged,
                expected=flagged / group.lift.ratio,
                lift=group.lift.ratio,
                low=group.lift.low,
                high=group.lift.high,
                q_value=group.q_value,
                row_ids=judged.flagged_ids(group.mask),
                note=f"Similar {tokens.what}. Made from one half of the flagged rows, measured on "
                "the other half of all rows.",
            )
        )
    found.sort(key=lambda one: (one.expected - one.flagged, one.name))
    return tuple(found[:MOST_GROUPS])


def raised_groups(
    judged: Judged,
    matrix: Any,  # noqa: ANN401
    *,
    families: int,
    q: float,
    seed: int,
    strata: Strata | None = None,
) -> tuple[Group, ...]:
    """Group flagged rows, and keep the groups that flags are frequent in.

    Flagged rows lie where flagged rows are: a group made from them and tested on them
    passes whatever there is. So one half of the rows makes the groups, and the other tests
    them, among all its rows that are as similar to a group as its own members are to each
    other. The content of a row says which half it is in.

    Parameters
    ----------
    judged : Judged
        m rows.
    matrix : scipy.sparse.csr_matrix of float32, shape (m, d)
        Rows of length 1, or 0.
    families : int
    q : float
    seed : int
    strata : tuple of ndarray of int64, shape (m,), optional
        Which rows are alike; as in `judged` by default.

    Returns
    -------
    tuple of Group
    """
    import numpy as np

    making = _half(judged)
    makers = _makers(judged, making)
    if len(makers) < 2 * LEAST_FLAGGED:
        return ()
    strata = judged.strata if strata is None else strata
    tried = []
    for n_clusters in _scales(len(makers)):
        group = _grouped(matrix, makers, n_clusters, seed)
        n_groups = int(group.max(initial=-1)) + 1
        tried.append((group, *compare(judged, group, n_groups, strata, ~making)))
    p = np.concatenate([one for _, one, _ in tried])
    told = np.concatenate([one for _, _, one in tried])
    where = [(group, number) for group, one, _ in tried for number in range(len(one))]
    adjusted = q_values(p, families)
    passing = np.flatnonzero(adjusted <= q)
    cutoff = float(p[passing].max(initial=0.0))
    found: list[Group] = []
    for at in sorted(passing.tolist(), key=lambda at: (-told[at], at)):
        group, number = where[at]
        mask = group == number
        if found and compare_rows(judged, mask, strata, among=~making) > cutoff:
            continue
        lift = lift_of(judged, mask, among=~making)
        if worth_telling(judged, mask, lift):
            found.append(Group(mask, lift, float(adjusted[at])))
            strata = refine(strata, mask)
    return tuple(found)


def _scales(n_rows: int) -> list[int]:
    """Give how many groups are made: few large ones, and many small ones."""
    return sorted({min(n, max(1, n_rows // _ROWS_A_GROUP)) for n in _CLUSTERS})


def _grouped(
    matrix: Any,  # noqa: ANN401
    makers: NDArray[np.int64],
    n_clusters: int,
    seed: int,
) -> NDArray[np.int64]:
    import numpy as np

    centers, least = cluster(matrix[makers], n_clusters, seed=seed)
    return nearest(matrix, centers, least) if len(centers) else np.full(matrix.shape[0], -1)


def _half(judged: Judged) -> BoolArray:
    import numpy as np

    # The lowest bit is as good as any: keys are hashes. Mixed, since tests count upwards.
    mixed = judged.key * np.uint64(0x9E3779B97F4A7C15)
    half: BoolArray = (mixed >> np.uint64(63)).astype(bool)
    return half


def _makers(judged: Judged, making: BoolArray) -> NDArray[np.int64]:
    """Give the rows that groups are made from: each content once, in an order of its own."""
    import numpy as np

    rows = np.flatnonzero(making & judged.flagged)
    rows = rows[np.argsort(judged.place[rows])]
    rows = rows[np.sort(np.unique(judged.unit[rows], return_index=True)[1])]
    return rows[:MOST_FLAGGED_ROWS]
