"""The pipeline: from a Dataset to an Audit."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from labelaudit import __version__
from labelaudit.audit.explain import build_issues
from labelaudit.audit.gather import gather
from labelaudit.audit.notices import detector_notices, nearly_perfect, swallowed_classes
from labelaudit.audit.rank import calibration_of, rank
from labelaudit.audit.self_measure import measure_on_planted
from labelaudit.audit.summarise import summarise
from labelaudit.audit.verdicts import verdicts
from labelaudit.config import Settings, result_settings
from labelaudit.detectors import Spec, catalog, create
from labelaudit.errors import SettingError
from labelaudit.progress import SILENT
from labelaudit.types import Audit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelaudit.audit.gather import Gathered
    from labelaudit.audit.rank import Calibration, Ranking
    from labelaudit.evidence.execute import Executor
    from labelaudit.progress import Progress
    from labelaudit.types import Dataset, Evidence, FloatArray, Issue, Scores

_RESULT_LIBRARIES = ("cleanlab", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "skrub")


def audit_dataset(
    data: Dataset,
    settings: Settings | None = None,
    *,
    evidence: Evidence | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Audit:
    """Find, rank and explain the labels that are probably wrong.

    Parameters
    ----------
    data : Dataset
        n rows, K classes.
    settings : Settings, optional
        Defaults throughout when left out.
    evidence : Evidence, optional
        Use this instead of collecting any.
    executor : Executor, optional
        Where models are fitted; on this machine by default.
    progress : Progress
        Told how the work goes on.

    Returns
    -------
    Audit
        The same for the same data, settings and seed, whatever the executor.

    Raises
    ------
    InputError
        When the data cannot be audited as it is.
    SettingError
        For a model or detector that does not exist.
    """
    settings = settings or Settings()
    specs = _chosen(settings.detectors)
    detectors = {name: create(name, **_options(name, settings)) for name in specs}
    needs = {need for spec in specs.values() for need in spec.needs}
    gathered = gather(data, settings, needs, given=evidence, executor=executor, progress=progress)
    scores = []
    with progress.step("score labels", len(detectors)) as step:
        for detector in detectors.values():
            scores.append(detector.score(data, gathered.evidence))
            step.advance()
    calibration = calibration_of(scores, data, gathered.evidence)
    ranking = rank(data, gathered.evidence, scores, specs, calibration)
    return _assemble(data, gathered, settings, specs, scores, ranking, calibration)


def _chosen(names: Sequence[str]) -> dict[str, Spec]:
    if not names:
        raise SettingError("no detector is chosen", where="--detectors")
    every = catalog()
    for name in names:
        if name not in every:
            create(name)
    return {name: every[name] for name in dict.fromkeys(names)}


def _options(name: str, settings: Settings) -> dict[str, Any]:
    if name == "label-posterior":
        return {"threshold": settings.threshold}
    if name == "confident-learning":
        return {"filter_by": settings.filter_by}
    if name == "loss-percentile":
        return {"percentile": settings.loss_percentile, "scope": settings.loss_scope}
    return {}


def _assemble(
    data: Dataset,
    gathered: Gathered,
    settings: Settings,
    specs: Mapping[str, Spec],
    scores: Sequence[Scores],
    ranking: Ranking,
    calibration: Calibration | None,
) -> Audit:
    import numpy as np

    evidence = gathered.evidence
    judged = (data.y >= 0) & np.isfinite(ranking.suspicion)
    verdict = verdicts(data, evidence, scores, specs, ranking)
    self_confidence = np.full(data.n_rows, np.nan, dtype=np.float32)
    if evidence.pred_probs is not None:
        labelled = np.flatnonzero(data.y >= 0)
        self_confidence[labelled] = evidence.pred_probs[labelled, data.y[labelled]]
    measured = None
    if evidence.planted is not None and calibration is not None:
        measured = measure_on_planted(
            evidence.planted,
            np.where(ranking.flagged, ranking.error_probability, np.float32(np.nan)),
            sharpness=calibration.sharpness,
            borne_out=calibration.borne_out,
            threshold=settings.threshold,
        )
    issues = build_issues(data, evidence, scores, ranking, verdict)
    summary = summarise(
        data,
        evidence.pred_probs,
        ranking,
        verdict,
        judged,
        can_flag=not all(spec.corroborates for spec in specs.values()),
        estimates={} if calibration is None else calibration.noise_rates,
        measured=measured,
        rounds=gathered.rounds,
    )
    return Audit(
        source=data.source,
        schema=data.schema,
        classes=data.classes,
        settings=result_settings(settings),
        versions=_versions(),
        row_id=data.row_id,
        fingerprint=data.fingerprint,
        given=data.y,
        suggested=ranking.suggested,
        self_confidence=self_confidence,
        suspicion=ranking.suspicion,
        error_probability=ranking.error_probability,
        flagged=ranking.flagged,
        accepted=np.zeros(data.n_rows, dtype=bool),
        severity=ranking.severity,
        verdict=verdict,
        by_detector={one.code: one.suspicion for one in scores},
        order=ranking.order,
        issues=issues,
        issue_pred_probs=_probs_of(issues, evidence, len(data.classes)),
        summary=summary,
        models=evidence.models,
        notices=(
            data.notices
            + evidence.notices
            + detector_notices(specs, scores)
            + nearly_perfect(evidence, summary)
            + swallowed_classes(summary)
        ),
    )


def _probs_of(issues: Sequence[Issue], evidence: Evidence, n_classes: int) -> FloatArray:
    import numpy as np

    if evidence.pred_probs is None:
        return np.full((len(issues), n_classes), np.nan, dtype=np.float32)
    return evidence.pred_probs[[issue.row for issue in issues]]


def _versions() -> dict[str, str]:
    return {"labelaudit": __version__} | {name: version(name) for name in _RESULT_LIBRARIES}
