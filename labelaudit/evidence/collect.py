"""Everything models have to say about a dataset, gathered once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labelaudit.errors import InputError
from labelaudit.progress import SILENT
from labelaudit.types import Evidence, ModelReport, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.evidence.encode import Encoded
    from labelaudit.evidence.execute import Executor
    from labelaudit.evidence.models import ModelSpec
    from labelaudit.evidence.oof import Learner
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, Dataset, FloatArray, IntArray, Notice


def collect_evidence(
    data: Dataset,
    *,
    models: tuple[str, ...] = (),
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
    data : Dataset
        n rows, K classes.
    models : tuple of str
        Names or import paths, see `resolve_models`; empty for the defaults.
    folds, repeats : int
        At least 2, at least 1.
    seed : int
    groups : ndarray, shape (n,), optional
        Rows that share a value are held out together; the group column by default.
    executor : Executor, optional
    progress : Progress, optional

    Returns
    -------
    Evidence
        `pred_probs` has NaN for rows without a label and of classes too rare to judge.

    Raises
    ------
    InputError
        When there is nothing to learn from or to hold out.
    SettingError
        For a model that is not there or does not work.
    """
    from labelaudit.data.features import typed_features
    from labelaudit.evidence.encode import encode
    from labelaudit.evidence.models import resolve_models
    from labelaudit.evidence.oof import make_plans, out_of_fold

    encoded = encode(typed_features(data), seed=seed)
    n_labelled = int((data.y >= 0).sum())
    specs = resolve_models(models, encoded.modality, n_rows=n_labelled)
    plans = make_plans(
        data.y,
        folds=folds,
        repeats=repeats,
        seed=seed,
        feature_key=data.feature_key,
        groups=group_values(data) if groups is None else groups,
        names=data.classes,
    )
    found = out_of_fold(
        _learners(specs, encoded, n_labelled, len(data.classes)),
        data.y,
        plans,
        n_classes=len(data.classes),
        seed=seed,
        executor=executor,
        progress=progress,
    )
    pred_probs, per_model, reports = combine(found.per_model, data.y, plans[0].judged)
    return Evidence(
        pred_probs=pred_probs,
        per_model=per_model,
        fold=plans[0].fold,
        models=reports,
        notices=plans[0].notices + found.notices,
    )


def _learners(
    specs: Sequence[ModelSpec], encoded: Encoded, n_rows: int, n_classes: int
) -> dict[str, Learner]:
    from labelaudit.evidence.models import Size
    from labelaudit.evidence.oof import Learner

    learners = {}
    for spec in specs:
        X = getattr(encoded, spec.block)
        size = Size(n_rows, n_classes, X.shape[1], encoded.modality)
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
    """Bring the models to one scale and average them.

    Weighting models by how well they fit the given labels would favour those that
    memorise the wrong ones, so all count alike.

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
            total += _scale(probs, chunk, temperatures[name])
        mean[chunk] = normalise(total)
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
