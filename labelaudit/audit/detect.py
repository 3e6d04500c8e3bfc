"""The pipeline: from a Dataset to an Audit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from labelaudit import __version__
from labelaudit.audit.baseline import match_rows
from labelaudit.audit.cards import CARDS, build_cards
from labelaudit.audit.doctor import examine_for, unsaid
from labelaudit.audit.explain import build_issues
from labelaudit.audit.gather import gather
from labelaudit.audit.notices import (
    baseline_notices,
    detector_notices,
    nearly_perfect,
    swallowed_classes,
)
from labelaudit.audit.patterns import check_patterns, find_patterns
from labelaudit.audit.periods import time_notices
from labelaudit.audit.rank import calibration_of, rank
from labelaudit.audit.self_measure import measure_on_planted
from labelaudit.audit.summarise import summarise
from labelaudit.audit.verdicts import verdicts
from labelaudit.config import Settings, result_settings
from labelaudit.data.rules.conditions import refuse_missing
from labelaudit.data.rules.load import load_rules
from labelaudit.detectors import Spec, catalog, check_names, create
from labelaudit.errors import SettingError
from labelaudit.progress import SILENT
from labelaudit.types import Audit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelaudit.audit.baseline import Baseline
    from labelaudit.audit.gather import Gathered
    from labelaudit.audit.rank import Calibration, Ranking
    from labelaudit.data.rules.rule import Rules
    from labelaudit.evidence.execute import Executor
    from labelaudit.progress import Progress
    from labelaudit.types import (
        BoolArray,
        Dataset,
        Evidence,
        Finding,
        FloatArray,
        Issue,
        Notice,
        Scores,
    )

RULES = "rules"
"""The detector that takes part wherever there are rules, and nowhere else."""

_RESULT_LIBRARIES = ("cleanlab", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "skrub")


def audit_dataset(
    data: Dataset,
    settings: Settings | None = None,
    *,
    evidence: Evidence | None = None,
    baseline: Baseline | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
    cards: int = CARDS,
    findings: tuple[Finding, ...] | None = None,
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
    baseline : Baseline, optional
        Labels on record as right, which are not flagged. No other file is looked for,
        whatever `settings` name.
    executor : Executor, optional
        Where models are fitted; on this machine by default.
    progress : Progress
        Told how the work goes on.
    cards : int
        How many of the first issues have their evidence gathered on a card.
    findings : tuple of Finding, optional
        What was found in the data before; it is examined here when left out.

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
    settings, rules = _with_rules(settings, data)
    check_patterns(data, settings)
    specs = _chosen(settings.detectors, rules)
    detectors = {name: create(name, **_options(name, settings, rules)) for name in specs}
    needs = {need for spec in specs.values() for need in spec.needs}
    if findings is None:
        findings = examine_for(data, settings, learning=evidence is None)
    gathered = gather(data, settings, needs, given=evidence, executor=executor, progress=progress)
    scores = []
    with progress.step("score labels", len(detectors)) as step:
        for detector in detectors.values():
            scores.append(detector.score(data, gathered.evidence))
            step.advance()
    calibration = calibration_of(scores, data, gathered.evidence)
    ranking = rank(data, gathered.evidence, scores, specs, calibration)
    ranking, stand = _let_stand(data, ranking, baseline)
    audit = _assemble(data, gathered, settings, specs, scores, ranking, calibration, stand)
    told = build_cards(
        data, gathered, settings, scores, specs, audit.issues, limit=cards, progress=progress
    )
    notices = unsaid(audit.notices, findings)
    return replace(audit, cards=told, findings=findings, notices=notices)


def _with_rules(settings: Settings, data: Dataset) -> tuple[Settings, Rules | None]:
    """Give the rules, and settings that hold them as they were written instead of a path."""
    found = load_rules(settings.rules)
    if found is None:
        return settings, None
    rules, table = found
    # Before models are fitted: that takes longer than anyone wants to wait for a typo.
    refuse_missing(rules.rules, data.table.column_names, rules.where)
    return replace(settings, rules=table), rules


def _chosen(names: Sequence[str], rules: Rules | None) -> dict[str, Spec]:
    if not names:
        raise SettingError("no detector is chosen", where="--detectors")
    every = catalog()
    check_names(names)
    if RULES in names and rules is None:
        raise SettingError(
            "the detector 'rules' has no rules to go by",
            where="--detectors",
            hint="write a [rules] section or rules.toml, or name a file with --rules",
        )
    # First, since what a rule demands prevails over what copies and models propose.
    chosen = names if rules is None else (RULES, *names)
    return {name: every[name] for name in dict.fromkeys(chosen)}


def _options(name: str, settings: Settings, rules: Rules | None) -> dict[str, Any]:
    if name == RULES:
        return {"rules": rules}
    if name == "label-posterior":
        return {"threshold": settings.threshold}
    if name == "confident-learning":
        return {"filter_by": settings.filter_by}
    if name == "loss-percentile":
        return {"percentile": settings.loss_percentile, "scope": settings.loss_scope}
    return {}


@dataclass(frozen=True)
class _LetStand:
    """The rows that would be flagged but for the baseline, and what there is to say of it."""

    accepted: BoolArray
    notices: tuple[Notice, ...] = ()


def _let_stand(
    data: Dataset, ranking: Ranking, baseline: Baseline | None
) -> tuple[Ranking, _LetStand]:
    """Take back the flags of labels that are on record as right; their suspicion stays."""
    import numpy as np

    if baseline is None:
        return ranking, _LetStand(np.zeros(data.n_rows, dtype=bool))
    matched = match_rows(baseline, data)
    accepted = ranking.flagged & matched.right
    kept = replace(
        ranking,
        flagged=ranking.flagged & ~accepted,
        severity=np.where(accepted, np.int8(-1), ranking.severity),
    )
    return kept, _LetStand(accepted, baseline_notices(baseline, matched))


def _assemble(
    data: Dataset,
    gathered: Gathered,
    settings: Settings,
    specs: Mapping[str, Spec],
    scores: Sequence[Scores],
    ranking: Ranking,
    calibration: Calibration | None,
    stand: _LetStand,
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
        separation=math.nan if calibration is None else calibration.separation,
        measured=measured,
        rounds=gathered.rounds,
        accepted=int(stand.accepted.sum()),
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
        accepted=stand.accepted,
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
            + time_notices(data, judged, settings.time)
            + stand.notices
        ),
        patterns=()
        if summary.blind
        else find_patterns(data, ranking, judged, settings, evidence.pred_probs),
    )


def _probs_of(issues: Sequence[Issue], evidence: Evidence, n_classes: int) -> FloatArray:
    import numpy as np

    if evidence.pred_probs is None:
        return np.full((len(issues), n_classes), np.nan, dtype=np.float32)
    return evidence.pred_probs[[issue.row for issue in issues]]


def _versions() -> dict[str, str]:
    return {"labelaudit": __version__} | {name: version(name) for name in _RESULT_LIBRARIES}
