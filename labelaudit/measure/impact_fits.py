"""Fitting one model on training rows treated in different ways, and judging the same rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labelaudit.errors import SettingError
from labelaudit.evidence.oof import fresh, notices_of, take_rows
from labelaudit.evidence.probabilities import FLOOR, normalise, softmax, sum_by_class
from labelaudit.measure.impact_stats import Design, Judged
from labelaudit.progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.evidence.execute import Executor
    from labelaudit.evidence.folds import FoldPlan
    from labelaudit.evidence.oof import Learner
    from labelaudit.measure.impact_rows import Rows
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, Dataset, FloatArray, IntArray, Notice

BOOSTED_CLASSES = 5
"""Boosting takes a tree per class and round: with more classes than this it is not quick."""


def quick_model(modality: str, n_classes: int) -> str:
    """Name the model that is asked when the user names none.

    Parameters
    ----------
    modality : str
        ``"text"``, ``"table"``, ``"embedding"`` or ``"mixed"``.
    n_classes : int

    Returns
    -------
    str
        A name in `labelaudit.evidence.models.MODELS`.
    """
    if modality != "table":
        return "logreg"
    return "boosting" if n_classes <= BOOSTED_CLASSES else "extra-trees"


def _none() -> NDArray[np.intp]:
    import numpy as np

    return np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class Treatment:
    """What is done to rows before a model learns from them; nothing by default.

    Attributes
    ----------
    dropped : ndarray of int
        Rows that are left out.
    changed : ndarray of int
        Rows that get other labels.
    codes : ndarray of int, as long as `changed`
    weighted : ndarray of int
        Rows that get a weight.
    weights : ndarray of float, as long as `weighted`
    class_weights : ndarray of float, shape (K,), or None
        Weight of the rows of each class that are not `weighted`.
    """

    dropped: NDArray[np.intp] = field(default_factory=_none)
    changed: NDArray[np.intp] = field(default_factory=_none)
    codes: NDArray[np.integer[Any]] = field(default_factory=_none)
    weighted: NDArray[np.intp] = field(default_factory=_none)
    weights: NDArray[Any] = field(default_factory=_none)
    class_weights: NDArray[np.float64] | None = None

    def apply(
        self, train: BoolArray, y: IntArray
    ) -> tuple[NDArray[np.intp], IntArray, NDArray[np.float64] | None]:
        """Give what is left to learn from.

        Parameters
        ----------
        train : ndarray of bool, shape (N,)
            Rows to learn from; not changed.
        y : ndarray of int32, shape (N,)
            Their labels; not changed.

        Returns
        -------
        rows : ndarray of int, shape (m,)
        labels : ndarray of int32, shape (m,)
        weights : ndarray of float64, shape (m,), or None
            None where all are 1.
        """
        import numpy as np

        left, labels = train.copy(), y.copy()
        left[self.dropped] = False
        labels[self.changed] = self.codes
        rows = np.flatnonzero(left)
        weight = np.ones(len(y))
        if self.class_weights is not None:
            weight[rows] = self.class_weights[labels[rows]]
        weight[self.weighted] = self.weights
        return rows, labels[rows], None if (weight[rows] == 1).all() else weight[rows]


@dataclass(frozen=True)
class Bench:
    """Everything that all ways have in common.

    Attributes
    ----------
    learner : Learner
        The model, and the matrix of N rows.
    model : str
    takes_weights : bool
        Whether the model can give rows a weight.
    rows : Rows
    plans : tuple of FoldPlan
        One per repeat; -1 for rows that nobody learns from.
    scored : ndarray of int, shape (m,)
        Which rows are scored.
    design : Design
    n_classes : int
    seed : int
    """

    learner: Learner
    model: str
    takes_weights: bool
    rows: Rows
    plans: tuple[FoldPlan, ...]
    scored: NDArray[np.intp]
    design: Design
    n_classes: int
    seed: int

    @property
    def fits(self) -> list[tuple[int, int]]:
        """Repeat and fold of each fit."""
        return [(at, fold) for at, plan in enumerate(self.plans) for fold in range(plan.n_folds)]

    def training(self, fit: int) -> BoolArray:
        """Give the rows (N,) that a fit learns from."""
        repeat, held_out = self.fits[fit]
        fold = self.plans[repeat].fold
        train: BoolArray = (fold >= 0) & (fold != held_out)
        return train


def set_up(
    data: Dataset,
    rows: Rows,
    *,
    test: Dataset | None = None,
    model: str | None = None,
    folds: int = 5,
    repeats: int = 2,
    seed: int = 0,
) -> Bench:
    """Encode the rows, choose the model and deal the folds.

    Encoding looks at no label, so it is done once, on training and test rows together.

    Parameters
    ----------
    data : Dataset
        n rows, with the roles of the run.
    rows : Rows
        N rows: those of the data, then those of the test file.
    test : Dataset, optional
    model : str, optional
        A name or import path, see `labelaudit.evidence.models.resolve_models`; a quick one
        by modality if left out.
    folds, repeats : int
        At least 2, at least 1.
    seed : int

    Returns
    -------
    Bench

    Raises
    ------
    InputError
        When there is nothing to learn from or to hold out.
    SettingError
        For a model that is not there.
    """
    from labelaudit.data.features import typed_features
    from labelaudit.evidence.blocks import Blocks
    from labelaudit.evidence.encode import encode
    from labelaudit.evidence.models import Size, resolve_models
    from labelaudit.evidence.oof import Learner, make_plans

    features = typed_features(data)
    if test is not None:
        features = _joined(features, typed_features(test))
    blocks = Blocks(encode(features, seed=seed))
    modality = blocks.encoded.modality
    n_labelled, n_classes = int((rows.y >= 0).sum()), len(data.classes)
    (spec,) = resolve_models((model or quick_model(modality, n_classes),), modality)
    X = blocks.get(spec.block)
    estimator = spec.factory(Size(n_labelled, n_classes, X.shape[1], modality))
    plans = make_plans(
        rows.y,
        folds=folds,
        repeats=repeats,
        seed=seed,
        feature_key=rows.feature_key,
        groups=rows.groups,
        names=data.classes,
    )
    scored, design = _design(rows, plans)
    return Bench(
        learner=Learner(estimator, X, custom=spec.custom),
        model=spec.name,
        takes_weights=_takes_weights(estimator),
        rows=rows,
        plans=tuple(plans),
        scored=scored,
        design=design,
        n_classes=n_classes,
        seed=seed,
    )


def _takes_weights(estimator: Any) -> bool:  # noqa: ANN401
    from sklearn.utils.validation import has_fit_parameter

    return bool(has_fit_parameter(estimator, "sample_weight"))


def _joined(first: Any, second: Any) -> Any:  # noqa: ANN401
    """Put the features of two files one below the other."""
    import numpy as np
    import pandas as pd

    from labelaudit.data.features import Features

    return Features(
        text=None if first.text is None else np.concatenate([first.text, second.text]),
        table=None
        if first.table is None
        else pd.concat([first.table, second.table], ignore_index=True),
        embedding=None
        if first.embedding is None
        else np.concatenate([first.embedding, second.embedding]),
    )


def _design(rows: Rows, plans: Sequence[FoldPlan]) -> tuple[NDArray[np.intp], Design]:
    import numpy as np

    scorable = rows.truth >= 0
    if not rows.apart:
        scorable &= plans[0].judged
    scored = np.flatnonzero(scorable)
    starts = np.cumsum([0, *(plan.n_folds for plan in plans)])
    if rows.apart:
        fit = np.repeat(np.arange(starts[-1], dtype=np.int32)[:, None], len(scored), axis=1)
    else:
        fit = np.stack(
            [start + plan.fold[scored] for start, plan in zip(starts, plans, strict=False)]
        ).astype(np.int32)
    return scored, Design(
        truth=rows.truth[scored],
        weight=rows.weight[scored],
        fit=fit,
        cluster=_clusters(rows, scored),
        n_folds=min(plan.n_folds for plan in plans),
        apart=rows.apart,
    )


def _clusters(rows: Rows, scored: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give the scored rows of a group, or where there is none copies, one number."""
    import numpy as np
    import pandas as pd

    codes = np.full(len(scored), -1, dtype=np.intp)
    if rows.groups is not None:
        codes = pd.factorize(rows.groups[scored])[0].astype(np.intp)
    alone = np.flatnonzero(codes < 0)
    copies = pd.factorize(rows.feature_key[scored[alone]])[0]
    codes[alone] = codes.max(initial=-1) + 1 + copies
    return codes


@dataclass(frozen=True)
class _Task:
    bench: Bench
    way: str
    fit: int
    seed: np.random.SeedSequence
    treatment: Treatment
    confuse: bool


@dataclass(frozen=True)
class _Outcome:
    way: str
    fit: int
    hit: BoolArray
    loss: FloatArray
    confidence: FloatArray
    confused: NDArray[np.float64] | None


@dataclass(frozen=True)
class Ran:
    """What came of fitting.

    Attributes
    ----------
    judged : dict of str to Judged
        By way.
    confusions : ndarray of float64, shape (K, K), or None
        Sum of the probabilities of each class over held-out training rows of each class,
        over all fits.
    notices : tuple of Notice
    """

    judged: dict[str, Judged]
    confusions: NDArray[np.float64] | None
    notices: tuple[Notice, ...] = ()


def run_ways(
    bench: Bench,
    ways: Mapping[str, Sequence[Treatment]],
    *,
    executor: Executor,
    progress: Progress = SILENT,
    step: str = "fit models",
    confuse: bool = False,
) -> Ran:
    """Fit the model once per way and fit, and judge the scored rows.

    Fits of the same repeat and fold get the same seed, so that ways differ by what is done
    to the rows alone.

    Parameters
    ----------
    bench : Bench
    ways : mapping of str to sequence of Treatment
        One for each fit of the bench.
    executor : Executor
    progress : Progress
    step : str
        What the progress bar says.
    confuse : bool
        Whether to add up what classes are confused with.

    Returns
    -------
    Ran

    Raises
    ------
    SettingError
        When a model of the user's own fails.
    """
    import numpy as np

    from labelaudit.evidence.execute import spawn_seeds

    seeds = spawn_seeds(bench.seed, len(bench.fits))
    tasks = [
        _Task(bench, way, fit, seeds[fit], treatment, confuse)
        for way, treatments in ways.items()
        for fit, treatment in enumerate(treatments)
    ]
    with (
        progress.step(step, len(tasks)) as bar,
        warnings.catch_warnings(record=True) as caught,
    ):
        # Set here, once: the filters belong to the process, not to the worker thread.
        warnings.simplefilter("always")
        done = executor.map(_run, tasks, on_done=lambda _: bar.advance())
    judged = {way: _gather(bench, [one for one in done if one.way == way]) for way in ways}
    sums = [one.confused for one in done if one.confused is not None]
    return Ran(judged, np.sum(sums, axis=0) if sums else None, notices_of(caught, len(tasks)))


def _gather(bench: Bench, outcomes: Sequence[_Outcome]) -> Judged:
    import numpy as np

    fit = bench.design.fit
    judged = Judged(
        hit=np.zeros(fit.shape, dtype=bool),
        loss=np.zeros(fit.shape, dtype=np.float32),
        confidence=np.zeros(fit.shape, dtype=np.float32),
    )
    for one in outcomes:
        cells = fit == one.fit
        judged.hit[cells] = one.hit
        judged.loss[cells] = one.loss
        judged.confidence[cells] = one.confidence
    return judged


def _run(task: _Task) -> _Outcome:
    import numpy as np

    bench = task.bench
    train = bench.training(task.fit)
    rows, labels, weights = task.treatment.apply(train, bench.rows.y)
    at = np.flatnonzero((bench.design.fit == task.fit).any(axis=0))
    unseen = bench.scored[at]
    beside = _none()
    if task.confuse:
        repeat, held_out = bench.fits[task.fit]
        beside = np.flatnonzero(bench.plans[repeat].fold == held_out)
    probs = _probs(task, rows, labels, weights, np.r_[unseen, beside])
    confused = None
    if task.confuse:
        own = probs[len(unseen) :].astype(np.float64)
        confused = sum_by_class(bench.rows.y[beside], own, bench.n_classes)
    scored = probs[: len(unseen)]
    truth = bench.design.truth[at]
    return _Outcome(
        way=task.way,
        fit=task.fit,
        hit=scored.argmax(axis=1) == truth,
        loss=-np.log(scored[np.arange(len(at)), truth]),
        confidence=scored.max(axis=1),
        confused=confused,
    )


def _probs(
    task: _Task,
    rows: NDArray[np.intp],
    labels: IntArray,
    weights: NDArray[np.float64] | None,
    unseen: NDArray[np.intp],
) -> FloatArray:
    """Fit, and give probabilities (m, K) of rows that were not learned from."""
    import numpy as np

    learner = task.bench.learner
    probs = np.full((len(unseen), task.bench.n_classes), FLOOR, dtype=np.float32)
    present, codes = np.unique(labels, return_inverse=True)
    if len(present) < 2:  # noqa: PLR2004
        probs[:, present] = 1.0
        return normalise(probs)
    try:
        estimator = fresh(learner.estimator, task.seed)
        given = {} if weights is None else {"sample_weight": weights}
        estimator.fit(take_rows(learner.X, rows), codes, **given)
        X = take_rows(learner.X, unseen)
        if hasattr(estimator, "predict_proba"):
            predicted = np.asarray(estimator.predict_proba(X), dtype=np.float64)
        else:
            predicted = softmax(estimator.decision_function(X))
    except Exception as error:
        if not learner.custom:
            raise
        text = " ".join(str(error).split())[:300]
        raise SettingError(
            f"the model cannot be fitted: {type(error).__name__}: {text}",
            where=f"model {task.bench.model}",
            hint="it gets numbers without gaps: a dense matrix, sparse where there is text",
        ) from error
    expected = (len(unseen), len(present))
    if learner.custom and (predicted.shape != expected or not np.isfinite(predicted).all()):
        raise SettingError(
            "the model gives no usable probabilities",
            where=f"model {task.bench.model}",
            hint=f"expected finite values of shape {expected}; got {predicted.shape}",
        )
    probs[:, present] = np.maximum(predicted, FLOOR)
    return normalise(probs)
