"""One call from Python: the same Audit the command line makes."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from labelaudit.audit.baseline import load_baseline
from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.doctor import examine_for
from labelaudit.audit.own_probabilities import own_evidence
from labelaudit.audit.runs import now
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
        What ``labelaudit detect`` keeps for the same table and settings, called in the same
        directory: labels on record as right in the baseline there are not flagged.

    Raises
    ------
    LabelauditError
        When the data or a setting cannot be used; it says what to do.

    Examples
    --------
    >>> audit = detect(frame, label="y", folds=10)  # doctest: +SKIP
    >>> [(issue.row_id, issue.suggested) for issue in audit.issues[:3]]  # doctest: +SKIP
    """
    from labelaudit.data.choices import choices_of
    from labelaudit.data.dataset import load_dataset

    path = str(pred_probs) if isinstance(pred_probs, str | PathLike) else None
    chosen = _settings({**settings, "label": label, "pred_probs": path})
    choices = choices_of(chosen, need_features=pred_probs is None)
    baseline = load_baseline(chosen.baseline, today=now().date())
    dataset = load_dataset(data, choices, progress=progress)
    evidence = None
    if pred_probs is not None and path is None:
        evidence = own_evidence(pred_probs, dataset)
    findings = examine_for(dataset, chosen, learning=evidence is None, today=now().date())
    return audit_dataset(
        dataset,
        chosen,
        findings=findings,
        evidence=evidence,
        baseline=baseline,
        executor=executor,
        progress=progress,
    )


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
