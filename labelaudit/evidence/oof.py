"""Out-of-fold probabilities: every row judged by models that have not seen it."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.errors import InputError, SettingError
from labelaudit.evidence.execute import LocalExecutor, as_random_state, spawn_seeds
from labelaudit.evidence.folds import make_folds
from labelaudit.evidence.probabilities import FLOOR, normalise, softmax
from labelaudit.progress import SILENT
from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from labelaudit.evidence.execute import Executor
    from labelaudit.evidence.folds import FoldPlan
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, FloatArray, IntArray

MAX_WARNINGS = 3


@dataclass(frozen=True)
class Learner:
    """One model and the matrix it learns from.

    Attributes
    ----------
    estimator : scikit-learn classifier
        Unfitted; cloned for each fit. With `predict_proba`, or else `decision_function`,
        whose softmax is taken.
    X : array, sparse matrix or DataFrame, n rows
    custom : bool
        True for the user's own: its failure is a SettingError.
    """

    estimator: Any
    X: Any
    custom: bool = False


@dataclass(frozen=True)
class OutOfFold:
    """What came out.

    Attributes
    ----------
    per_model : dict of str to ndarray of float32, shape (n, K)
        Mean over the repeats. Rows sum to 1; NaN where a row is not judged.
    notices : tuple of Notice
        What the models warned of.
    """

    per_model: dict[str, FloatArray]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class _Fit:
    """One model, fitted without one fold."""

    name: str
    learner: Learner
    y: IntArray
    plan: FoldPlan
    held_out: int
    n_classes: int
    seed: np.random.SeedSequence


@dataclass(frozen=True)
class _Judgement:
    name: str
    rows: NDArray[np.intp]
    probs: FloatArray


def out_of_fold(
    learners: Mapping[str, Learner],
    y: IntArray,
    plans: Sequence[FoldPlan],
    *,
    n_classes: int,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> OutOfFold:
    """Fit each model once per fold and repeat, and predict what was held out.

    Parameters
    ----------
    learners : mapping of str to Learner
    y : ndarray of int32, shape (n,)
        Class index below `n_classes`; -1 for no label.
    plans : sequence of FoldPlan
        One per repeat.
    n_classes : int
        K. A class that a training part lacks gets the smallest probability there.
    seed : int
        Each repeat and fold gets its own, derived from this one.
    executor : Executor, optional
        Threads on all cores by default.
    progress : Progress, optional
        One step, ``"fit models"``.

    Returns
    -------
    OutOfFold

    Raises
    ------
    SettingError
        When a custom model fails or gives no usable probabilities.
    """
    import numpy as np

    fits = _fits(learners, y, plans, n_classes, seed)
    total = {name: np.zeros((len(y), n_classes)) for name in learners}

    with (
        progress.step("fit models", len(fits)) as step,
        warnings.catch_warnings(record=True) as caught,
    ):
        # Set here, once: the filters belong to the process, not to the worker thread.
        warnings.simplefilter("always")
        done = (executor or LocalExecutor()).map(_judge, fits, on_done=lambda _: step.advance())
    for one in done:
        total[one.name][one.rows] += one.probs
    judged = plans[0].judged
    return OutOfFold(
        {name: _normalised(sums, judged) for name, sums in total.items()},
        _notices(caught, len(fits)),
    )


def _fits(
    learners: Mapping[str, Learner],
    y: IntArray,
    plans: Sequence[FoldPlan],
    n_classes: int,
    seed: int,
) -> list[_Fit]:
    rounds = [(plan, held_out) for plan in plans for held_out in range(plan.n_folds)]
    # One seed per round, not per fit: a model says the same alone and in company.
    seeds = spawn_seeds(seed, len(rounds))
    return [
        _Fit(name, learner, y, plan, held_out, n_classes, own)
        for name, learner in learners.items()
        for (plan, held_out), own in zip(rounds, seeds, strict=True)
    ]


def _judge(fit: _Fit) -> _Judgement:
    """Fit without the fold and predict its judged rows."""
    import numpy as np

    fold = fit.plan.fold
    train = np.flatnonzero((fold >= 0) & (fold != fit.held_out))
    rows = np.flatnonzero((fold == fit.held_out) & fit.plan.judged)
    present, codes = np.unique(fit.y[train], return_inverse=True)
    probs = np.full((len(rows), fit.n_classes), FLOOR, dtype=np.float32)
    if not len(rows):
        return _Judgement(fit.name, rows, probs)
    if len(present) == 1:
        probs[:, present] = 1.0
        return _Judgement(fit.name, rows, probs)
    if fit.learner.custom:
        predicted = _custom_probs(fit, train, codes, rows)
    else:
        predicted = _fitted_probs(fit, train, codes, rows)
    probs[:, present] = np.maximum(predicted, FLOOR)
    return _Judgement(fit.name, rows, probs)


def _custom_probs(
    fit: _Fit, train: NDArray[np.intp], codes: NDArray[np.intp], rows: NDArray[np.intp]
) -> NDArray[Any]:
    """Ask the user's own model; whatever it does wrong is for the user to mend."""
    import numpy as np

    try:
        probs = np.asarray(_fitted_probs(fit, train, codes, rows), dtype=np.float64)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise SettingError(
            f"the model cannot be fitted: {type(error).__name__}: {text}",
            where=f"model {fit.name}",
            hint="it gets numbers without gaps: a dense matrix, sparse where there is text",
        ) from error
    expected = (len(rows), int(codes.max()) + 1)
    if probs.shape != expected or not np.isfinite(probs).all() or (probs < 0).any():
        raise SettingError(
            "the model gives no usable probabilities",
            where=f"model {fit.name}",
            hint=f"expected finite values of shape {expected} from 0 up; got {probs.shape}",
        )
    return probs


def _fitted_probs(
    fit: _Fit, train: NDArray[np.intp], codes: NDArray[np.intp], rows: NDArray[np.intp]
) -> NDArray[Any]:
    X = fit.learner.X
    estimator = _fresh(fit.learner.estimator, fit.seed)
    estimator.fit(_take(X, train), codes)
    unseen = _take(X, rows)
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(unseen)  # type: ignore[no-any-return]
    return softmax(estimator.decision_function(unseen))


def _fresh(estimator: Any, seed: np.random.SeedSequence) -> Any:  # noqa: ANN401
    """Clone an estimator, and seed every part of it that has no seed yet."""
    from copy import deepcopy

    from sklearn.base import clone

    if not hasattr(estimator, "get_params"):
        return deepcopy(estimator)
    fresh = clone(estimator)
    open_seeds = [
        name
        for name, value in fresh.get_params(deep=True).items()
        if value is None and re.search(r"(^|__)random_state$", name)
    ]
    if open_seeds:
        fresh.set_params(**dict.fromkeys(sorted(open_seeds), as_random_state(seed)))
    return fresh


def _take(X: Any, rows: NDArray[np.intp]) -> Any:  # noqa: ANN401
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _normalised(sums: NDArray[np.float64], judged: BoolArray) -> FloatArray:
    import numpy as np

    result = np.full(sums.shape, np.nan, dtype=np.float32)
    result[judged] = normalise(sums[judged])
    return result


def _notices(caught: Sequence[warnings.WarningMessage], n_fits: int) -> tuple[Notice, ...]:
    """Turn warnings into notices, the same whichever thread was first."""
    from sklearn.exceptions import ConvergenceWarning

    notices = []
    unfinished = sum(issubclass(one.category, ConvergenceWarning) for one in caught)
    if unfinished:
        notices.append(
            Notice(
                code="model-not-converged",
                message=f"Some of the {n_fits} fits stopped before they converged; their "
                "probabilities are a little less sharp.",
            )
        )
    others = Counter(
        " ".join(str(one.message).split())
        for one in caught
        if not issubclass(one.category, ConvergenceWarning)
    )
    notices += [
        Notice(code="model-warning", message=f"A model warned: {text[:300]}")
        for text in sorted(others)[:MAX_WARNINGS]
    ]
    return tuple(notices)


def out_of_fold_pred_probs(
    estimator: Any,  # noqa: ANN401
    X: Any,  # noqa: ANN401
    y: ArrayLike,
    *,
    folds: int = 5,
    repeats: int = 1,
    groups: ArrayLike | None = None,
    seed: int = 0,
    jobs: int | None = None,
) -> FloatArray:
    """Judge every row by clones of an estimator that have not seen it or its duplicates.

    A drop-in for ``cross_val_predict(method="predict_proba")`` that keeps exact duplicate
    rows of `X` in one fold and gives all classes a column, whatever a fold lacks.

    Parameters
    ----------
    estimator : scikit-learn classifier
        With `predict_proba` or `decision_function`.
    X : array-like, sparse matrix or DataFrame, n rows
    y : array-like, shape (n,)
        Labels of one sortable type.
    folds : int
        At least 2.
    repeats : int
        Runs with other folds, averaged; at least 1.
    groups : array-like, shape (n,), optional
        Rows that share a value are held out together.
    seed : int
    jobs : int, optional
        Threads; all cores by default.

    Returns
    -------
    ndarray of float32, shape (n, K)
        Columns in the order of ``numpy.unique(y)``. Rows sum to 1; rows of classes too
        rare for the folds are NaN.

    Raises
    ------
    InputError
        When `X`, `y` and `groups` differ in length, or there is nothing to hold out.
    SettingError
        When `folds` or `repeats` is too small, or the estimator fails.
    """
    import numpy as np

    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    matrix = X if hasattr(X, "iloc") or hasattr(X, "tocsr") else np.asarray(X)
    matrix = matrix.tocsr() if hasattr(matrix, "tocsr") else matrix
    own_groups = None if groups is None else np.asarray(groups)
    lengths = {matrix.shape[0], len(codes)} | (set() if own_groups is None else {len(own_groups)})
    if len(lengths) > 1:
        raise InputError(
            "X, y and groups differ in length", hint=f"found lengths {sorted(lengths)}"
        )
    labels = codes.astype(np.int32)
    plans = make_plans(
        labels,
        folds=folds,
        repeats=repeats,
        seed=seed,
        feature_key=duplicate_key(matrix),
        groups=own_groups,
        names=classes.tolist(),
    )
    learner = Learner(estimator, matrix, custom=True)
    found = out_of_fold(
        {type(estimator).__name__: learner},
        labels,
        plans,
        n_classes=len(classes),
        seed=seed,
        executor=LocalExecutor(jobs),
    )
    for notice in found.notices:
        warnings.warn(notice.message, stacklevel=2)
    return found.per_model[type(estimator).__name__]


def make_plans(
    y: IntArray,
    *,
    folds: int,
    repeats: int,
    seed: int,
    feature_key: NDArray[Any] | None,
    groups: NDArray[Any] | None,
    names: Sequence[object] | None = None,
) -> list[FoldPlan]:
    """Deal the folds of each repeat.

    Parameters
    ----------
    y, feature_key, groups, names
        See `make_folds`.
    folds, repeats : int
    seed : int

    Returns
    -------
    list of FoldPlan
        They judge the same rows.

    Raises
    ------
    InputError, SettingError
        See `make_folds`; also when `repeats` is below 1.
    """
    from dataclasses import replace

    import numpy as np

    if repeats < 1:
        raise SettingError(f"{repeats} repeats make no prediction", where="repeats", hint="give 1")
    seeds = [as_random_state(one) for one in spawn_seeds(seed, repeats)]
    plans = [
        make_folds(y, n_folds=folds, seed=own, feature_key=feature_key, groups=groups, names=names)
        for own in seeds
    ]
    # With groups, a class may end up in one fold in one repeat and in two in another.
    judged = np.logical_and.reduce([plan.judged for plan in plans])
    if not judged.any():
        raise InputError(
            "no row can be judged in every repeat", hint="use fewer --repeats or --folds"
        )
    return [replace(plan, judged=judged) for plan in plans]


def duplicate_key(X: Any) -> NDArray[np.uint64] | None:  # noqa: ANN401
    """Hash the rows of a matrix, so that exact duplicates share a value.

    Parameters
    ----------
    X : ndarray, csr_matrix or DataFrame, n rows

    Returns
    -------
    ndarray of uint64, shape (n,), or None
        None for arrays of more than two dimensions or of objects.
    """
    import numpy as np
    import pandas as pd

    if hasattr(X, "iloc"):
        return np.asarray(pd.util.hash_pandas_object(X.reset_index(drop=True), index=False))
    if hasattr(X, "tocsr"):
        return _sparse_key(X)
    if X.ndim != 2 or X.dtype == object:  # noqa: PLR2004
        return None
    rows = np.ascontiguousarray(X)
    views = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    return np.unique(views, return_inverse=True)[1].astype(np.uint64)


def _sparse_key(X: Any) -> NDArray[np.uint64]:  # noqa: ANN401
    """Project each row on two random directions; equal rows give equal sums."""
    import numpy as np

    ordered = X.sorted_indices()
    directions = np.random.default_rng(0).standard_normal((ordered.shape[1], 2))
    sums = np.asarray(ordered @ directions)
    return np.unique(sums, axis=0, return_inverse=True)[1].ravel().astype(np.uint64)
