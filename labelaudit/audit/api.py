"""One call from Python: the same Audit the command line makes."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings, parse, specs
from labelaudit.errors import SettingError, did_you_mean
from labelaudit.progress import SILENT

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import ArrayLike

    from labelaudit.evidence.execute import Executor
    from labelaudit.progress import Progress
    from labelaudit.types import Audit


def detect(
    data: str | PathLike[str] | pd.DataFrame | pa.Table,
    label: str | None = None,
    *,
    pred_probs: str | PathLike[str] | ArrayLike | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
    **settings: Any,  # noqa: ANN401
) -> Audit:
    """Find, rank and explain the labels that are probably wrong.

    Parameters
    ----------
    data : str, path, DataFrame or pyarrow.Table
        A CSV or Parquet file, or a table in memory; n rows.
    label : str, optional
        The column of given labels; found by its name when left out.
    pred_probs : str, path or array-like of shape (n, K), optional
        Your own out-of-sample probabilities in place of any model: a file, or an array
        whose columns are the classes in sorted order.
    executor : Executor, optional
        Where models are fitted.
    progress : Progress
        Told how the work goes on.
    **settings
        Any setting of `labelaudit detect`, with underscores: ``text="body"``,
        ``exclude=["source"]``, ``folds=10``, ``seed=1``, ``model="logreg"``.

    Returns
    -------
    Audit
        What ``labelaudit detect`` keeps for the same table and settings.

    Raises
    ------
    LabelauditError
        When the data or a setting cannot be used; it says what to do.

    Examples
    --------
    >>> audit = detect(frame, label="y", folds=10)  # doctest: +SKIP
    >>> [(issue.row_id, issue.suggested) for issue in audit.issues[:3]]  # doctest: +SKIP
    """
    from labelaudit.data.dataset import load_dataset
    from labelaudit.data.schema import SchemaChoices

    path = str(pred_probs) if isinstance(pred_probs, str | PathLike) else None
    given = {**settings, "label": label, "pred_probs": path}
    chosen = _settings(given)
    dataset = load_dataset(
        data,
        SchemaChoices(
            label=chosen.label,
            id=chosen.id,
            text=chosen.text,
            features=chosen.features,
            exclude=chosen.exclude,
            embedding=chosen.embedding,
            group=chosen.group,
            split=chosen.split,
            missing_label=chosen.missing_label,
            need_features=pred_probs is None,
        ),
        progress=progress,
    )
    evidence = None
    if pred_probs is not None and not isinstance(pred_probs, str | PathLike):
        from labelaudit.data.plausibility import check_pred_probs
        from labelaudit.data.probabilities import validate_pred_probs
        from labelaudit.evidence.collect import evidence_from_pred_probs

        checked = validate_pred_probs(pred_probs, dataset.classes, dataset.n_rows)
        notices = check_pred_probs(checked, dataset.y, dataset.classes)
        evidence = evidence_from_pred_probs(checked, dataset, notices=notices)
    return audit_dataset(dataset, chosen, evidence=evidence, executor=executor, progress=progress)


def _settings(given: dict[str, Any]) -> Settings:
    known = specs()
    values = {}
    for name, raw in given.items():
        if name not in known:
            raise SettingError(
                f"there is no setting {name!r}",
                hint=did_you_mean(name, known) or f"there are: {', '.join(known)}",
            )
        if raw is not None:
            values[name] = parse(name, raw, where=name)
    return Settings(**values)
