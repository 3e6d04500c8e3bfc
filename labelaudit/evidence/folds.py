"""Who is held out when: folds that keep what belongs together in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.errors import InputError, SettingError
from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, IntArray

MIN_FOLDS = 2
MAX_NAMED_CLASSES = 5

_CODES = {"few": "rare-classes", "alone": "class-in-one-group", "thin": "class-in-few-groups"}


@dataclass(frozen=True)
class FoldPlan:
    """Which fold each row is held out in.

    Attributes
    ----------
    fold : ndarray of int32, shape (n,)
        In [0, n_folds); -1 for rows without a label.
    n_folds : int
        What was possible; not above what was asked for.
    judged : ndarray of bool, shape (n,)
        False for rows whose held-out prediction would mean nothing: no label, or a class
        that some training part cannot hold enough of. They still train.
    notices : tuple of Notice
        Classes are named by their index in `y`.
    rare : tuple of int
        Indices of the classes that are not judged, ascending.
    left_out : ndarray of bool, shape (n,), or None
        Rows that are judged and that nobody learns from.
    """

    fold: IntArray
    n_folds: int
    judged: BoolArray
    notices: tuple[Notice, ...] = ()
    rare: tuple[int, ...] = ()
    left_out: BoolArray | None = None


def make_folds(
    y: NDArray[np.integer[Any]],
    *,
    n_folds: int = 5,
    seed: int = 0,
    feature_key: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
    names: Sequence[object] | None = None,
) -> FoldPlan:
    """Deal labelled rows into stratified folds, duplicates and groups kept together.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        Class index, -1 for no label.
    n_folds : int
        At least 2.
    seed : int
        0 or above.
    feature_key : ndarray, shape (n,), optional
        Rows that share a value look the same to every model and share a fold.
    groups : ndarray, shape (n,), optional
        Rows that share a value share a fold; missing values are groups of one.
    names : sequence, length K, optional
        What the notices call the classes; their index by default.

    Returns
    -------
    FoldPlan

    Raises
    ------
    SettingError
        When `n_folds` is below 2.
    InputError
        When nothing can be held out: fewer than two classes or groups, or no class with
        enough rows that differ.
    """
    import numpy as np

    if n_folds < MIN_FOLDS:
        raise SettingError(
            f"{n_folds} folds cannot hold anything out", where="folds", hint="give 2 or more"
        )
    labelled = np.flatnonzero(np.asarray(y) >= 0)
    codes = np.asarray(y)[labelled]
    if len(np.unique(codes)) < MIN_FOLDS:
        raise InputError(
            "the labels hold fewer than two classes",
            hint="there is nothing to tell apart; check which column is the label",
        )
    distinct = (
        np.arange(len(labelled))
        if feature_key is None
        else _codes(np.asarray(feature_key)[labelled])
    )
    if groups is None:
        dealt, possible, notices = _deal_rows(codes, distinct, n_folds, seed)
    else:
        unit = _connected(distinct, _group_codes(np.asarray(groups)[labelled]))
        dealt, possible, notices = _deal_groups(codes, unit, n_folds, seed)
    reasons = _unjudgeable(codes, distinct, dealt, possible)
    rare = np.flatnonzero(np.any(list(reasons.values()), axis=0))
    fold = np.full(len(y), -1, dtype=np.int32)
    fold[labelled] = dealt
    judged = np.zeros(len(y), dtype=bool)
    judged[labelled] = ~np.isin(codes, rare)
    if not judged.any():
        raise InputError(
            "no class has enough different rows to be judged out of fold",
            hint="give more rows" + ("" if groups is None else ", or leave --group out"),
        )
    notices += _rare_notices(reasons, codes, possible, names)
    return FoldPlan(fold, possible, judged, notices, tuple(int(one) for one in rare))


def _codes(values: NDArray[Any]) -> NDArray[np.intp]:
    """Give each value the number of its first appearance; a missing one gets -1."""
    import pandas as pd

    return pd.factorize(values)[0]


def _group_codes(groups: NDArray[Any]) -> NDArray[np.intp]:
    import numpy as np

    try:
        codes = _codes(groups).copy()
    except TypeError as error:
        raise InputError(
            "the groups hold values that cannot be compared, such as lists",
            hint="give one text, number or date per row",
        ) from error
    missing = np.flatnonzero(codes < 0)
    codes[missing] = codes.max(initial=-1) + 1 + np.arange(len(missing))
    return codes


def _connected(first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Label the sets of rows linked by a chain of shared values of either kind."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = int(first.max()) + 1
    total = size + int(second.max()) + 1
    links = coo_array((np.ones(len(first), bool), (first, second + size)), shape=(total, total))
    component = connected_components(links, directed=False)[1]
    return _codes(component[first])


def _deal_rows(
    codes: NDArray[np.integer[Any]], distinct: NDArray[np.intp], n_folds: int, seed: int
) -> tuple[IntArray, int, tuple[Notice, ...]]:
    """Stratify one representative per set of duplicates, under its majority label."""
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    majority = _majority(codes, distinct)
    largest = int(np.bincount(majority).max())
    possible, notices = _possible_folds(largest, n_folds, "different rows in the largest class")
    splitter = StratifiedKFold(n_splits=possible, shuffle=True, random_state=seed)
    dealt = _held_out(splitter.split(np.zeros(len(majority)), majority), len(majority))
    return dealt[distinct], possible, notices


def _deal_groups(
    codes: NDArray[np.integer[Any]], unit: NDArray[np.intp], n_folds: int, seed: int
) -> tuple[IntArray, int, tuple[Notice, ...]]:
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    limit = min(int(unit.max()) + 1, int(np.bincount(codes).max()))
    possible, notices = _possible_folds(limit, n_folds, "groups that share no duplicate rows")
    splitter = StratifiedGroupKFold(n_splits=possible, shuffle=True, random_state=seed)
    return (
        _held_out(splitter.split(np.zeros(len(codes)), codes, unit), len(codes)),
        possible,
        notices,
    )


def _possible_folds(limit: int, n_folds: int, what: str) -> tuple[int, tuple[Notice, ...]]:
    """Lower the number of folds to what the data can fill, and say so."""
    if limit < MIN_FOLDS:
        raise InputError(
            f"rows cannot be held out: there are {limit} {what}",
            hint="at least 2 are needed; give more data or check the columns",
        )
    if limit >= n_folds:
        return n_folds, ()
    return limit, (
        Notice(
            code="fewer-folds",
            message=f"{limit} folds are used instead of {n_folds}: there are {limit} {what}.",
            hint="more data would make the predictions better",
        ),
    )


def _held_out(splits: Iterator[tuple[Any, Any]], n_rows: int) -> IntArray:
    import warnings

    import numpy as np

    fold = np.full(n_rows, -1, dtype=np.int32)
    with warnings.catch_warnings():
        # Rare classes are reported by ourselves, by name.
        warnings.filterwarnings("ignore", message="The least populated class")
        for number, (_, held_out) in enumerate(splits):
            fold[held_out] = number
    return fold


def _majority(codes: NDArray[np.integer[Any]], unit: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give the most frequent label of each unit, the smallest of equals."""
    import numpy as np

    n_units, n_classes = int(unit.max()) + 1, int(codes.max()) + 1
    pair, count = np.unique(unit.astype(np.int64) * n_classes + codes, return_counts=True)
    order = np.lexsort((pair, -count, pair // n_classes))
    owner = pair[order] // n_classes
    first = np.r_[True, owner[1:] != owner[:-1]]
    majority = np.empty(n_units, dtype=np.intp)
    majority[owner[first]] = pair[order][first] % n_classes
    return majority


def _unjudgeable(
    codes: NDArray[np.integer[Any]], distinct: NDArray[np.intp], fold: IntArray, n_folds: int
) -> dict[str, BoolArray]:
    """Mark the classes (K,) that cannot be judged, by reason."""
    held_out = _rows_per_fold(codes, distinct, fold, n_folds)
    rows = held_out.sum(axis=1)
    few = (rows > 0) & (rows < n_folds)
    # Held out together, they leave no row of their class to learn from.
    alone = ((held_out > 0).sum(axis=1) == 1) & ~few
    # As many as the smallest class that is judged leaves without groups.
    thin = (rows > 0) & (rows - held_out.max(axis=1) < n_folds - 1) & ~few & ~alone
    return {"few": few, "alone": alone, "thin": thin}


def _rows_per_fold(
    codes: NDArray[np.integer[Any]], distinct: NDArray[np.intp], fold: IntArray, n_folds: int
) -> NDArray[np.intp]:
    """Count the different rows of each class in each fold, (K, n_folds)."""
    import numpy as np

    n_classes = int(codes.max()) + 1
    # Equal rows share a fold, so any one of them tells where they are.
    pairs, first = np.unique(distinct.astype(np.int64) * n_classes + codes, return_index=True)
    cells = (pairs % n_classes) * n_folds + fold[first]
    return np.bincount(cells, minlength=n_classes * n_folds).reshape(n_classes, n_folds)


def _rare_notices(
    reasons: dict[str, BoolArray],
    codes: NDArray[np.integer[Any]],
    n_folds: int,
    names: Sequence[object] | None,
) -> tuple[Notice, ...]:
    import numpy as np

    texts = {
        "few": (
            f"fewer than {n_folds} different rows each",
            "collect more rows of these classes, merge them, or use fewer --folds",
        ),
        "alone": (
            "all its rows are held out together, so no model knows it",
            "give --group a column with more groups per class, or leave it out",
        ),
        "thin": (
            f"held out together, most of its rows leave fewer than {n_folds - 1} to learn from",
            "collect more rows, use fewer --folds, or a --group with more groups per class",
        ),
    }
    rows = np.bincount(codes)
    notices = []
    for reason, (why, hint) in texts.items():
        hit = np.flatnonzero(reasons[reason])
        if not len(hit):
            continue
        named = ", ".join(
            f"{one if names is None else repr(names[one])} ({rows[one]} rows)"
            for one in hit[:MAX_NAMED_CLASSES]
        )
        more = f" and {len(hit) - MAX_NAMED_CLASSES} more" if len(hit) > MAX_NAMED_CLASSES else ""
        notices.append(
            Notice(
                code=_CODES[reason],
                message=f"Not judged: the rows of class {named}{more}; {why}.",
                hint=hint,
            )
        )
    return tuple(notices)
