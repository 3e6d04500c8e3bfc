"""Gather what the detectors need: out-of-fold opinions, rounds of them, neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from labelaudit.audit.blindness import why_blind
from labelaudit.audit.own_probabilities import own_evidence
from labelaudit.audit.rounds import iterate
from labelaudit.audit.similar import space_of
from labelaudit.audit.votes import votes_of
from labelaudit.config import Settings
from labelaudit.errors import SettingError
from labelaudit.progress import SILENT
from labelaudit.types import Evidence, Notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from labelaudit.audit.similar import Space
    from labelaudit.audit.votes import Votes
    from labelaudit.evidence.execute import Executor
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, Dataset, Round

NEIGHBOR_ROWS = {"fast": 0, "default": 20_000, "thorough": 2**62}
"""Rows up to which neighbours are sought, by effort: beyond, they take longer than models."""

MEASURED_ROWS = {"fast": 1_000, "default": 4_000, "thorough": 2**62}
"""Rows that planted errors are sought among, by effort."""

REPEATS = {"fast": 1, "default": 1, "thorough": 2}
"""Cross-validations, by effort, where more are not asked for."""


_NOT_SOUGHT = Notice(
    "neighbors-left-out",
    f"The most similar rows were not looked at: with more than {NEIGHBOR_ROWS['default']:,} rows "
    "that takes longer than all models.",
    "add --thorough to have neighbor-agreement take part",
)


@dataclass(frozen=True)
class Gathered:
    """Evidence, how each round of fitting changed it, and what cards need besides.

    Attributes
    ----------
    evidence : Evidence
    rounds : tuple of Round
    votes : mapping of str to Votes
        What each model holds the rows for.
    space : Space or None
        The rows as points, where they were encoded.
    """

    evidence: Evidence
    rounds: tuple[Round, ...] = ()
    votes: Mapping[str, Votes] = field(default_factory=dict)
    space: Space | None = None


def gather(
    data: Dataset,
    settings: Settings,
    needs: AbstractSet[str],
    *,
    given: Evidence | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Gathered:
    """Collect the evidence that the detectors need.

    Parameters
    ----------
    data : Dataset
    settings : Settings
    needs : set of str
        Of the detectors: ``"pred_probs"``, ``"neighbors"``; anything else needs no model.
    given : Evidence, optional
        Take this instead of collecting any.
    executor : Executor, optional
    progress : Progress

    Returns
    -------
    Gathered

    Raises
    ------
    InputError, SettingError
        See `labelaudit.evidence.collect.prepare`.
    """
    own = given is not None or settings.pred_probs is not None
    if settings.rounds != Settings.rounds and (own or "pred_probs" not in needs):
        raise SettingError(
            "no model takes part that could be fitted again",
            where="rounds",
            hint="leave --rounds out, or let models judge: without --pred-probs, and with the "
            "detector label-posterior",
        )
    if given is not None:
        return Gathered(given, votes=votes_of(given.per_model))
    if not needs & {"pred_probs", "neighbors"}:
        return Gathered(Evidence())
    if settings.pred_probs is not None:
        given = own_evidence(settings.pred_probs, data)
        return Gathered(given, votes=votes_of(given.per_model))
    from labelaudit.evidence.collect import prepare
    from labelaudit.evidence.execute import LocalExecutor
    from labelaudit.evidence.planting import judge_planted

    collector = prepare(
        data,
        models=settings.model,
        effort=settings.effort,
        folds=settings.folds,
        repeats=settings.repeats or REPEATS[settings.effort],
        seed=settings.seed,
        executor=executor or LocalExecutor(settings.jobs or None),
    )
    evidence = Evidence()
    rounds: tuple[Round, ...] = ()
    left_out: BoolArray | None = None
    votes: Mapping[str, Votes] = {}
    if "pred_probs" in needs:
        evidence = collector.judge(progress=progress)
        enough = MEASURED_ROWS[settings.effort]
        if settings.rounds != Settings.rounds and not _blind(data, evidence):
            planted = judge_planted(collector, evidence, enough=enough, progress=progress)
            evidence = replace(evidence, planted=planted)
            evidence, left_out, rounds = iterate(
                collector,
                evidence,
                settings.rounds,
                threshold=settings.threshold,
                progress=progress,
            )
        # Each model's own opinion is as large as their mean, and nobody asks for it any more.
        votes = votes_of(evidence.per_model)
        evidence = replace(evidence, per_model={})
        planted = judge_planted(
            collector,
            evidence,
            enough=enough,
            left_out=left_out,
            progress=progress,
        )
        evidence = replace(evidence, planted=planted)
    labelled = int((data.y >= 0).sum())
    if "neighbors" in needs and labelled <= NEIGHBOR_ROWS[settings.effort]:
        evidence = collector.with_neighbors(evidence, progress)
    elif "neighbors" in needs and settings.effort != "fast":
        evidence = replace(evidence, notices=(*evidence.notices, _NOT_SOUGHT))
    return Gathered(evidence, rounds, votes, space_of(collector.blocks))


def _blind(data: Dataset, evidence: Evidence) -> bool:
    """Tell whether models are at chance: without the rows they dislike they would not be."""
    from labelaudit.evidence.probabilities import judged_rows

    if evidence.pred_probs is None:
        return True
    judged = judged_rows(data.y, evidence.pred_probs)
    return bool(why_blind(evidence.pred_probs[judged], data.y[judged]))
