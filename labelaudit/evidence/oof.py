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
from labelaudit.evidence.probabilities import FLOOR, normalise, row_chunks, softmax
from labelaudit.evidence.row_keys import as_rows, duplicate_key
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
    total = {name: np.zeros((len(y), n_classes), dtype=np.float32) for name in learners}

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
        notices_of(caught, len(fits)),
    )


def _fits(
    learners: Mapping[str, Learner],
    y: IntArray,
    plans: Sequence[FoldPlan],
    n_classes: int,
    seed: int,
) -> list[_Fit]:
    rounds = [(plan, held_out) for plan in plans for held_out in range(plan.n_folds)]
    wanted = [bool(((plan.fold == held_out) & plan.judged).any()) for plan, held_out in rounds]
    # One seed per round, not per fit: a model says the same alone and in company.
    seeds = spawn_seeds(seed, len(rounds))
    return [
        _Fit(name, learner, y, plan, held_out, n_classes, own)
        for name, learner in learners.items()
        for (plan, held_out), own, some in zip(rounds, seeds, wanted, strict=True)
        if some
    ]


def _judge(fit: _Fit) -> _Judgement:
    """Fit without the fold and predict its judged rows."""
    import numpy as np

    fold = fit.plan.fold
    learns = (fold >= 0) & (fold != fit.held_out)
    if fit.plan.left_out is not None:
        learns &= ~fit.plan.left_out
    train = np.flatnonzero(learns)
    rows = np.flatnonzero((fold == fit.held_out) & fit.plan.judged)
    present, codes = np.unique(fit.y[train], return_inverse=True)
    probs = np.full((len(rows), fit.n_classes), FLOOR, dtype=np.float32)
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
    estimator = fresh(fit.learner.estimator, fit.seed)
    estimator.fit(take_rows(X, train), codes)
    unseen = take_rows(X, rows)
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(unseen)  # type: ignore[no-any-return]
    return softmax(estimator.decision_function(unseen))


def fresh(estimator: Any, seed: np.random.SeedSequence) -> Any:  # noqa: ANN401
    """Clone an estimator, and seed every part of it that has no seed yet.

    Parameters
    ----------
    estimator : object
    seed : SeedSequence

    Returns
    -------
    object
        Not fitted.
    """
    from copy import deepcopy

    from sklearn.base import clone

    if not hasattr(estimator, "get_params"):
        return deepcopy(estimator)
    copy = clone(estimator)
    open_seeds = [
        name
        for name, value in copy.get_params(deep=True).items()
        if value is None and re.search(r"(^|__)random_state$", name)
    ]
    if open_seeds:
        copy.set_params(**dict.fromkeys(sorted(open_seeds), as_random_state(seed)))
    return copy


def take_rows(X: Any, rows: NDArray[np.intp]) -> Any:  # noqa: ANN401
    """Take rows of a table or of a matrix, whatever kind it is."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _normalised(sums: FloatArray, judged: BoolArray) -> FloatArray:
    """Normalise in place; a copy of many classes would not fit."""
    import numpy as np

    sums[~judged] = np.nan
    for rows in row_chunks(np.flatnonzero(judged), sums.shape[1]):
        sums[rows] = normalise(sums[rows])
    return sums


def notices_of(caught: Sequence[warnings.WarningMessage], n_fits: int) -> tuple[Notice, ...]:
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
    X : array-like, sparse matrix, DataFrame or Series, n rows
        Numbers, texts, or whatever else the estimator takes.
    y : array-like, shape (n,)
        Labels of one sortable type; rows where it is None or NaN take no part.
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
        Columns in the order of ``numpy.unique`` of the labels there are. Rows sum to 1;
        rows without a label or of classes too rare for the folds are NaN.

    Raises
    ------
    InputError
        When `X`, `y` and `groups` differ in length, `X` has no column, the labels cannot be
        sorted, or there is nothing to hold out.
    SettingError
        When `folds` or `repeats` is too small, or the estimator fails.
    """
    matrix = as_rows(X)
    if not matrix.ndim or 0 in matrix.shape[1:]:
        raise InputError("X holds nothing to learn from", hint="give a row of values per label")
    given = _one_per_row(y, "y", matrix.shape[0])
    own_groups = None if groups is None else _one_per_row(groups, "groups", matrix.shape[0])
    classes, labels = _coded(given)
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


def _one_per_row(values: ArrayLike, name: str, n_rows: int) -> NDArray[Any]:
    import numpy as np

    # A list with a gap among texts would become an array that holds the text "nan".
    array = np.asarray(values, dtype=None if hasattr(values, "dtype") else object)
    if array.ndim != 1:
        raise InputError(f"{name} has shape {array.shape}", hint="give one value per row of X")
    if len(array) != n_rows:
        raise InputError(
            f"X and {name} differ in length",
            hint=f"X has {n_rows} rows, {name} has {len(array)}",
        )
    return array


def _coded(labels: NDArray[Any]) -> tuple[NDArray[Any], IntArray]:
    """Give the classes in order, and the index of each label, -1 where there is none."""
    import numpy as np
    import pandas as pd

    present = ~pd.isna(labels)
    try:
        classes, codes = np.unique(labels[present], return_inverse=True)
    except TypeError as error:
        raise InputError(
            "the labels are of kinds that cannot be sorted",
            hint="make them all text, or all numbers",
        ) from error
    coded = np.full(len(labels), -1, dtype=np.int32)
    coded[present] = codes
    return classes, coded


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
    rare = tuple(sorted({one for plan in plans for one in plan.rare}))
    return [replace(plan, judged=judged, rare=rare, notices=_told(plans)) for plan in plans]


def _told(plans: Sequence[FoldPlan]) -> tuple[Notice, ...]:
    """Give the notices of the first plan, and of those that leave more classes unjudged."""
    notices: dict[Notice, None] = {}
    seen: set[int] = set()
    for at, plan in enumerate(plans):
        if at == 0 or not seen.issuperset(plan.rare):
            notices |= dict.fromkeys(plan.notices)
        seen.update(plan.rare)
    return tuple(notices)
