"""How right a run was, by what people found in a random sample of its rows."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.pack import VERIFIED
from labelaudit.audit.plain import to_plain
from labelaudit.data.write import write_bytes
from labelaudit.errors import InputError
from labelaudit.measure.answers import Finding
from labelaudit.measure.intervals import (
    CONFIDENCE,
    Tally,
    clopper_pearson,
    missed,
    noise_rate,
    precision,
)
from labelaudit.measure.sample import make_folder
from labelaudit.measure.verify_ppi import Predicted, sharpen
from labelaudit.types import Rate, Verified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from labelaudit.measure.answers import Answer
    from labelaudit.measure.sample import Sample, SampledRow, Stratum

MOST_LEFT_OUT = 0.05
"""Share of a sample without an answer above which the figures may speak for others."""

EVEN = 0.02
"""How far shares of answers may differ where strata drawn in proportion count as one."""


@dataclass(frozen=True)
class Found:
    """What people found in one stratum.

    Attributes
    ----------
    name : str
    flagged : bool
    population, sampled : int
        Rows of the run in it; rows of those in the sample.
    reviewed, wrong : int
        Rows answered; those of them whose label is wrong.
    unsure, unanswered : int
        Rows left out: nobody could tell, nobody answered.
    """

    name: str
    flagged: bool
    population: int
    sampled: int
    reviewed: int
    wrong: int
    unsure: int
    unanswered: int


@dataclass(frozen=True)
class Verification:
    """What people found in a sample.

    Attributes
    ----------
    verified : Verified
        What is kept with the run.
    strata : tuple of Found
    left_out : int
        Rows of the sample that nobody could judge, or nobody did.
    at_random : bool
        Whether those are just the end of the sample, whose order is random: then the rest
        is as good a sample, only smaller.
    suggestions : Rate
        Share of the flagged wrong labels whose suggested class is the one that people
        named, among those where they named one; NaN without any.
    suggestions_of : int
        How many those are.
    """

    verified: Verified
    strata: tuple[Found, ...]
    left_out: int
    at_random: bool
    suggestions: Rate
    suggestions_of: int

    @property
    def share_left_out(self) -> float:
        """Share without an answer in the stratum where it is greatest, in [0, 1]."""
        return max(1 - _answered(part) for part in self.strata if part.sampled)


def verify_sample(sample: Sample, answers: Mapping[str, Answer]) -> Verification:
    """Estimate how right the run was.

    Parameters
    ----------
    sample : Sample
    answers : mapping of str to Answer
        By row id; from `labelaudit.measure.answers.read_answers`.

    Returns
    -------
    Verification
        Rows that are unsure or not answered are left out, as if the sample had been
        smaller. Precision and the share missed rest on the answers alone. So does the noise
        rate, unless prediction-powered inference can be trusted and its interval is
        narrower; its basis says which, and why.

    Raises
    ------
    InputError
        When no row is answered.
    """
    strata = tuple(_found(part, answers) for part in sample.strata)
    if not any(part.reviewed for part in strata):
        raise InputError(
            "no row is answered: there is nothing to go by",
            where=f"sample {sample.id}",
            hint="write right, wrong, unsure or the true class in the column answer",
        )
    (flagged,), unflagged = _tallies(strata)
    named = _named_classes(sample, answers)
    left_out = {row.number for row in sample.rows if not _is_sure(answers.get(row.row_id))}
    return Verification(
        verified=Verified(
            sample=sample.id,
            reviewed=sum(part.reviewed for part in strata),
            flagged_reviewed=flagged.reviewed,
            precision=precision(flagged),
            missed=missed(flagged, unflagged),
            noise_rate=_noise_rate(sample, answers, [flagged, *unflagged]),
        ),
        strata=strata,
        left_out=len(left_out),
        at_random=min(left_out, default=0) + len(left_out) > len(sample.rows),
        suggestions=_share(sum(label == row.suggested for row, label in named), len(named)),
        suggestions_of=len(named),
    )


def keep_verified(
    verification: Verification, answers: Mapping[str, Answer], *, run_path: Path, samples: Path
) -> None:
    """Keep what people found with the run, and beside the sample what they answered.

    Parameters
    ----------
    verification : Verification
    answers : mapping of str to Answer
    run_path : Path
        The directory of the run.
    samples : Path
        The directory of the samples.

    Raises
    ------
    OutputError
    """
    verified = verification.verified
    listed = [
        {
            "row_id": one.row_id,
            "answer": one.finding.value,
            "label": one.label,
            "reviewer": one.reviewer,
            "note": one.note,
        }
        for one in answers.values()
    ]
    make_folder(samples)
    # First the answers: whoever reads the figures finds what they rest on.
    write_bytes(samples / f"{verified.sample}.answers.json", _as_json({"answers": listed}))
    write_bytes(run_path / VERIFIED, _as_json(to_plain(verified, exact=True)))


def _found(part: Stratum, answers: Mapping[str, Answer]) -> Found:
    given = [answers[row.row_id].finding for row in part.rows if row.row_id in answers]
    unsure = given.count(Finding.UNSURE)
    return Found(
        name=part.name,
        flagged=part.flagged,
        population=part.population,
        sampled=len(part.rows),
        reviewed=len(given) - unsure,
        wrong=given.count(Finding.WRONG),
        unsure=unsure,
        unanswered=len(part.rows) - len(given),
    )


def _tallies(strata: Sequence[Found]) -> tuple[list[Tally], list[Tally]]:
    """Count by what counts as one stratum, flagged rows and others."""
    flagged, *others = _groups(strata)
    return [_tally(flagged)], [_tally(part) for part in others]


def _groups(strata: Sequence[Found]) -> list[list[Found]]:
    """Put those together that were drawn in proportion, and answered in proportion too.

    Where people were unsure about rows of one kind more often, what they found there must
    not stand for the other kind.
    """
    flagged = [part for part in strata if part.flagged]
    others = [part for part in strata if not part.flagged]
    shares = [_answered(part) for part in others if part.sampled]
    apart = max(shares, default=1.0) - min(shares, default=1.0) > EVEN
    if apart and all(part.reviewed for part in others):
        return [flagged, *([part] for part in others)]
    return [flagged, others]


def _answered(part: Found) -> float:
    return part.reviewed / part.sampled


def _tally(parts: Sequence[Found]) -> Tally:
    return Tally(
        population=sum(part.population for part in parts),
        reviewed=sum(part.reviewed for part in parts),
        wrong=sum(part.wrong for part in parts),
    )


def _noise_rate(sample: Sample, answers: Mapping[str, Answer], tallies: Sequence[Tally]) -> Rate:
    plain = noise_rate(tallies)
    if all(tally.complete for tally in tallies):
        return plain
    by_name = {part.name: part for part in sample.strata}
    groups = _groups([_found(part, answers) for part in sample.strata])
    parts = (_predicted([by_name[one.name] for one in group], answers) for group in groups)
    return sharpen(plain, [part for part in parts if part is not None])


def _predicted(parts: Sequence[Stratum], answers: Mapping[str, Answer]) -> Predicted | None:
    import numpy as np

    population = sum(part.population for part in parts)
    if not population:
        return None
    rows = [row for part in parts for row in part.rows if _is_sure(answers.get(row.row_id))]
    whole = math.fsum(part.population * part.mean_error_probability for part in parts)
    return Predicted(
        name=parts[0].name if len(parts) == 1 else "not flagged",
        population=population,
        mean_prediction=whole / population,
        wrong=np.array([answers[row.row_id].finding is Finding.WRONG for row in rows], dtype=bool),
        prediction=np.array([row.error_probability for row in rows], dtype=np.float64),
    )


def _is_sure(answer: Answer | None) -> bool:
    return answer is not None and answer.finding is not Finding.UNSURE


def _named_classes(sample: Sample, answers: Mapping[str, Answer]) -> list[tuple[SampledRow, str]]:
    """Give the flagged rows with a suggestion for whose wrong label people named the class."""
    named = []
    for part in sample.strata:
        for row in part.rows:
            answer = answers.get(row.row_id)
            label = None if answer is None else answer.label
            if part.flagged and row.suggested is not None and label is not None:
                named.append((row, label))
    return named


def _share(successes: int, trials: int) -> Rate:
    estimate = successes / trials if trials else math.nan
    ends = clopper_pearson(successes, trials, CONFIDENCE) if trials else (math.nan, math.nan)
    return Rate(estimate, *ends, f"{100 * CONFIDENCE:g} % Clopper-Pearson interval")


def _as_json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode("ascii")
