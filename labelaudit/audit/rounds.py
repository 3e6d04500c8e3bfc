"""Fit again without the rows that were flagged, until the flags settle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from labelaudit.detectors.label_posterior import THRESHOLD, LabelPosterior
from labelaudit.progress import SILENT
from labelaudit.types import Round

if TYPE_CHECKING:
    from labelaudit.evidence.collect import Collector
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, Dataset, Evidence, FloatArray, Scores

UNTIL_STABLE = "until-stable"
GIVE_UP = 10
"""Where `until-stable` ends although the flags have not settled."""

LEAVE_OUT_FROM = 0.5
"""Rows are left out of fitting from this error probability on."""

MOST_OF_A_CLASS = 0.4
"""No class loses more than this share of its rows: it could not be learned any more."""

_SETTLED = 0.01


def iterate(
    collector: Collector,
    evidence: Evidence,
    rounds: str,
    *,
    threshold: float = THRESHOLD,
    progress: Progress = SILENT,
) -> tuple[Evidence, BoolArray | None, tuple[Round, ...]]:
    """Fit again without suspicious rows; those rows are still judged.

    Parameters
    ----------
    collector : Collector
    evidence : Evidence
        Of the first fit.
    rounds : str
        How many more, as a number, or ``"until-stable"``: until the flagged count changes
        by less than a hundredth.
    threshold : float
        Rows are flagged from here on.
    progress : Progress

    Returns
    -------
    evidence : Evidence
        Of the last fit.
    left_out : ndarray of bool, shape (n,), or None
        What the last fit did not learn from.
    rounds : tuple of Round
    """
    most = GIVE_UP if rounds == UNTIL_STABLE else int(rounds)
    detector = LabelPosterior(threshold)
    left_out: BoolArray | None = None
    told: list[Round] = []
    before = detector.score(collector.data, evidence)
    for _ in range(most):
        left_out = _suspicious(collector.data, before)
        again = collector.judge(left_out=left_out, progress=progress)
        # Calibrated as the first fit was, or the counts could not be compared.
        evidence = replace(again, planted=evidence.planted)
        after = detector.score(collector.data, evidence)
        told.append(_compare(before, after, left_out))
        settled = abs(int(after.flagged.sum()) - int(before.flagged.sum()))
        few = settled <= _SETTLED * max(1, int(before.flagged.sum()))
        before = after
        if rounds == UNTIL_STABLE and few:
            break
    return evidence, left_out, tuple(told)


def _suspicious(data: Dataset, scores: Scores) -> BoolArray:
    """Mark the rows to fit without, the most suspicious of each class first."""
    import numpy as np

    errors = np.full(data.n_rows, np.nan, dtype=np.float32)
    if scores.error_probability is not None:
        errors = scores.error_probability
    left_out: BoolArray = errors >= LEAVE_OUT_FROM
    for code in range(len(data.classes)):
        rows = np.flatnonzero(data.y == code)
        most = int(MOST_OF_A_CLASS * len(rows))
        worst_first = rows[np.lexsort((data.row_id[rows], -scores.suspicion[rows]))]
        left_out[worst_first[most:]] = False
    return left_out


def _compare(before: Scores, after: Scores, left_out: BoolArray) -> Round:
    flagged = int(after.flagged.sum())
    return Round(
        left_out=int(left_out.sum()),
        flagged=flagged,
        entered=int((after.flagged & ~before.flagged).sum()),
        left=int((before.flagged & ~after.flagged).sum()),
        overlap=_overlap(before.suspicion, after.suspicion, flagged),
    )


def _overlap(before: FloatArray, after: FloatArray, depth: int) -> float:
    import numpy as np

    if not depth:
        return float("nan")
    was, now = (
        np.argsort(-np.nan_to_num(one, nan=-1.0), kind="stable")[:depth] for one in (before, after)
    )
    return len(np.intersect1d(was, now)) / depth
