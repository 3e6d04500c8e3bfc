"""Everything models have to say about a dataset, gathered once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from labelaudit.errors import InputError
from labelaudit.progress import SILENT
from labelaudit.types import Evidence, ModelReport, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.evidence.blocks import Blocks
    from labelaudit.evidence.execute import Executor
    from labelaudit.evidence.folds import FoldPlan
    from labelaudit.evidence.models import ModelSpec
    from labelaudit.evidence.oof import Learner
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, Dataset, FloatArray, IntArray, Notice


@dataclass(frozen=True)
class Collector:
    """Models, folds and matrices made ready once, to be asked as often as needed.

    Attributes
    ----------
    data : Dataset
    learners : mapping of str to Learner
    plans : tuple of FoldPlan
        One per repeat.
    blocks : Blocks
    seed : int
    executor : Executor or None
    """

    data: Dataset
    learners: Mapping[str, Learner]
    plans: tuple[FoldPlan, ...]
    blocks: Blocks
    seed: int
    executor: Executor | None

    def judge(
        self,
        y: IntArray | None = None,
        *,
        left_out: BoolArray | None = None,
        only: BoolArray | None = None,
        once: bool = False,
        progress: Progress = SILENT,
    ) -> Evidence:
        """Have the models judge rows they have not seen.

        Parameters
        ----------
        y : ndarray of int32, shape (n,), optional
            Learn from and judge these labels instead of the given ones.
        left_out : ndarray of bool, shape (n,), optional
            Rows that are judged and that nobody learns from.
        only : ndarray of bool, shape (n,), optional
            Judge these rows alone.
        once : bool
            Cross-validate once even where several times were asked for.
        progress : Progress

        Returns
        -------
        Evidence
            `pred_probs` has NaN for rows without a label, of classes too rare to judge, and
            left aside by `only`.
        """
        from labelaudit.evidence.oof import out_of_fold

        labels = self.data.y if y is None else y
        plans = [
            replace(
                plan,
                judged=plan.judged if only is None else plan.judged & only,
                left_out=left_out,
            )
            for plan in (self.plans[:1] if once else self.plans)
        ]
        found = out_of_fold(
            self.learners,
            labels,
            plans,
            n_classes=len(self.data.classes),
            seed=self.seed,
            executor=self.executor,
            progress=progress,
        )
        pred_probs, per_model, reports = combine(found.per_model, labels, plans[0].judged)
        return Evidence(
            pred_probs=pred_probs,
            per_model=per_model,
            fold=self.plans[0].fold,
            models=reports,
            notices=self.plans[0].notices + found.notices,
        )

    def with_neighbors(self, evidence: Evidence, progress: Progress = SILENT) -> Evidence:
        """Add the nearest other labelled rows of every labelled row.

        Parameters
        ----------
        evidence : Evidence
        progress : Progress

        Returns
        -------
        Evidence
        """
        import numpy as np

        from labelaudit.evidence.neighbors import find_neighbors

        name = "directions" if self.blocks.encoded.modality == "embedding" else "linear"
        found = find_neighbors(
            self.blocks.get(name),
            np.flatnonzero(self.data.y >= 0),
            key=self.data.feature_key,
            seed=self.seed,
            progress=progress,
        )
        return replace(
            evidence,
            neighbors=found.neighbors,
            distances=found.distances,
            notices=evidence.notices + found.notices,
        )


def prepare(
    data: Dataset,
    *,
    models: tuple[str, ...] = (),
    effort: str = "default",
    folds: int = 5,
    repeats: int = 1,
    seed: int = 0,
    groups: NDArray[Any] | None = None,
    executor: Executor | None = None,
) -> Collector:
    """Encode the data, deal the folds and choose the models.

    Parameters
    ----------
    data : Dataset
        n rows, K classes.
    models : tuple of str
        Names or import paths, see `resolve_models`; empty for those of the effort.
    effort : str
        ``"fast"``, ``"default"`` or ``"thorough"``.
    folds, repeats : int
        At least 2, at least 1.
    seed : int
    groups : ndarray, shape (n,), optional
        Rows that share a value are held out together; the group column by default.
    executor : Executor, optional

    Returns
    -------
    Collector

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
    from labelaudit.evidence.models import resolve_models
    from labelaudit.evidence.oof import make_plans

    blocks = Blocks(encode(typed_features(data), seed=seed))
    n_labelled, n_classes = int((data.y >= 0).sum()), len(data.classes)
    specs = resolve_models(
        models, blocks.encoded.modality, n_rows=n_labelled, n_classes=n_classes, effort=effort
    )
    plans = make_plans(
        data.y,
        folds=folds,
        repeats=repeats,
        seed=seed,
        feature_key=data.feature_key,
        groups=group_values(data) if groups is None else groups,
        names=data.classes,
    )
    learners = _learners(specs, blocks, n_labelled, n_classes)
    return Collector(data, learners, tuple(plans), blocks, seed, executor)


def collect_evidence(
    data: Dataset,
    *,
    models: tuple[str, ...] = (),
    effort: str = "default",
    folds: int = 5,
    repeats: int = 1,
    seed: int = 0,
    groups: NDArray[Any] | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Evidence:
    """Have models judge every labelled row out of fold.

    Several models are brought to one scale by a temperature each and averaged.

    Parameters
    ----------
    data, models, effort, folds, repeats, seed, groups, executor
        See `prepare`.
    progress : Progress, optional

    Returns
    -------
    Evidence
        See `Collector.judge`.

    Raises
    ------
    InputError
        When there is nothing to learn from or to hold out.
    SettingError
        For a model that is not there or does not work.
    """
    collector = prepare(
        data,
        models=models,
        effort=effort,
        folds=folds,
        repeats=repeats,
        seed=seed,
        groups=groups,
        executor=executor,
    )
    return collector.judge(progress=progress)


def _learners(
    specs: Sequence[ModelSpec], blocks: Blocks, n_rows: int, n_classes: int
) -> dict[str, Learner]:
    from labelaudit.evidence.models import Size
    from labelaudit.evidence.oof import Learner

    learners = {}
    for spec in specs:
        X = blocks.get(spec.block)
        size = Size(n_rows, n_classes, X.shape[1], blocks.encoded.modality)
        learners[spec.name] = Learner(spec.factory(size), X, custom=spec.custom)
    return learners


def group_values(data: Dataset) -> NDArray[Any] | None:
    """Give the values of the group column.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    ndarray, shape (n,), or None
        None without a group column.

    Raises
    ------
    InputError
        When the column holds lists or records.
    """
    import pyarrow as pa

    name = data.schema.one(Role.GROUP)
    if name is None:
        return None
    column = data.table.column(name)
    if pa.types.is_nested(column.type):
        raise InputError(
            f"the group column {name!r} holds {column.type}, which cannot name a group",
            hint="give --group a column of text, numbers or dates",
        )
    values: NDArray[Any] = column.to_pandas().to_numpy()
    return values


def combine(
    per_model: Mapping[str, FloatArray], y: IntArray, judged: BoolArray
) -> tuple[FloatArray, dict[str, FloatArray], tuple[ModelReport, ...]]:
    """Bring the models to one scale and average them, in logarithms.

    The geometric mean lets a model that rules a class out have its say, where the
    arithmetic mean drowns it. Weighting models by how well they fit the given labels
    would favour those that memorise the wrong ones, so all count alike.

    Parameters
    ----------
    per_model : mapping of str to ndarray of float32, shape (n, K)
        Scaled in place: with many classes a second copy of each would not fit.
    y : ndarray of int32, shape (n,)
    judged : ndarray of bool, shape (n,)

    Returns
    -------
    pred_probs : ndarray of float32, shape (n, K)
    per_model : dict of str to ndarray of float32, shape (n, K)
        The arrays given, scaled.
    reports : tuple of ModelReport
    """
    import numpy as np

    from labelaudit.evidence.probabilities import normalise, row_chunks

    rows = np.flatnonzero(judged)
    temperatures = {name: _temperature(probs, y, rows) for name, probs in per_model.items()}
    mean = np.full_like(next(iter(per_model.values())), np.nan)
    for chunk in row_chunks(rows, mean.shape[1]):
        total = np.zeros((len(chunk), mean.shape[1]))
        for name, probs in per_model.items():
            total += np.log(_scale(probs, chunk, temperatures[name]))
        total /= len(per_model)
        mean[chunk] = normalise(np.exp(total - total.max(axis=1, keepdims=True)))
    reports = tuple(
        replace(report(name, probs, y, judged), temperature=temperatures[name])
        for name, probs in per_model.items()
    )
    return mean, dict(per_model), reports


def _temperature(probs: FloatArray, y: IntArray, rows: NDArray[np.intp]) -> float:
    """Fit on the rows that the fit would pick anyhow, to copy no others."""
    from labelaudit.evidence.probabilities import SAMPLE, fit_temperature
    from labelaudit.evidence.sampling import sample_rows

    picked = rows[sample_rows(len(rows), SAMPLE)]
    return fit_temperature(probs[picked], y[picked])


def _scale(probs: FloatArray, rows: NDArray[np.intp], temperature: float) -> FloatArray:
    from labelaudit.evidence.probabilities import apply_temperature

    scaled = apply_temperature(probs[rows], temperature)
    probs[rows] = scaled
    return scaled


def report(name: str, probs: FloatArray, y: IntArray, judged: BoolArray) -> ModelReport:
    """Say how well probabilities meet the given labels.

    Parameters
    ----------
    name : str
    probs : ndarray of float32, shape (n, K)
    y : ndarray of int32, shape (n,)
    judged : ndarray of bool, shape (n,)
        At least one row.

    Returns
    -------
    ModelReport
    """
    import numpy as np

    rows = np.flatnonzero(judged)
    given = y[rows]
    confidence = probs[rows, given].astype(np.float64)
    return ModelReport(
        name=name,
        accuracy=float((probs.argmax(axis=1)[rows] == given).mean()),
        log_loss=float(-np.log(np.maximum(confidence, np.finfo(np.float32).tiny)).mean()),
    )


def evidence_from_pred_probs(
    pred_probs: NDArray[np.floating[Any]], data: Dataset, *, notices: tuple[Notice, ...] = ()
) -> Evidence:
    """Take the user's own out-of-fold probabilities as the evidence.

    Parameters
    ----------
    pred_probs : ndarray, shape (n, K)
        Columns in the order of `data.classes`; checked by whoever read them.
    data : Dataset
    notices : tuple of Notice
        What reading them brought to light.

    Returns
    -------
    Evidence
        Rows without a label are NaN, as for our own models.

    Raises
    ------
    InputError
        When the shape does not fit the data, or no labelled row has probabilities.
    """
    import numpy as np

    from labelaudit.evidence.probabilities import judged_rows, normalise, row_chunks

    expected = (data.n_rows, len(data.classes))
    if pred_probs.shape != expected:
        raise InputError(
            f"the probabilities have shape {pred_probs.shape}, the data needs {expected}",
            hint="one row per row of the data, one column per class",
        )
    judged = judged_rows(data.y, pred_probs)
    if not judged.any():
        raise InputError(
            "no labelled row has probabilities", hint="check the file of probabilities"
        )
    own = np.full(expected, np.nan, dtype=np.float32)
    for rows in row_chunks(np.flatnonzero(judged), own.shape[1]):
        own[rows] = normalise(pred_probs[rows])
    return Evidence(
        pred_probs=own,
        per_model={"pred-probs": own},
        models=(report("pred-probs", own, data.y, judged),),
        provenance="user",
        notices=notices,
    )
