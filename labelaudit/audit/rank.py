"""Combine the opinions of all detectors into one ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.types import VERDICTS, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.detectors import Spec
    from labelaudit.types import BoolArray, FloatArray, IntArray, Scores

AMBIGUOUS_BELOW = 0.5
"""A flagged row whose error probability lies below this is called ambiguous."""


@dataclass(frozen=True)
class Ranking:
    """One opinion of every row, out of many.

    Attributes
    ----------
    suspicion : ndarray of float32, shape (n,)
        Mean over the detectors that rest on pred_probs, and at least the suspicion of
        any other detector that flags the row; NaN where nobody has an opinion.
    flagged : ndarray of bool, shape (n,)
        By a detector that does more than corroborate.
    severity : ndarray of int8, shape (n,)
        Index into `SEVERITIES`; -1 when not flagged. High: two detectors agree. Low: none
        of those that flag proposes a class, as when copies are tied.
    suggested : ndarray of int32, shape (n,)
    order : ndarray of int64, shape (n,)
        Most suspicious first; ties by row id, so that the order of the file has no say.
    """

    suspicion: FloatArray
    flagged: BoolArray
    severity: NDArray[np.int8]
    suggested: IntArray
    order: NDArray[np.int64]


def rank(
    scores: Sequence[Scores], specs: Mapping[str, Spec], row_id: NDArray[np.object_]
) -> Ranking:
    """Combine scores.

    Parameters
    ----------
    scores : sequence of Scores
        At least one.
    specs : mapping of str to Spec
        The catalogue entry of each.
    row_id : ndarray of str, shape (n,)

    Returns
    -------
    Ranking
    """
    import numpy as np

    n = len(row_id)
    total, voices = np.zeros(n), np.zeros(n, dtype=np.int32)
    floor = np.full(n, np.nan)
    flagged, proposes = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    agreeing = np.zeros(n, dtype=np.int32)
    suggested = np.full(n, -1, dtype=np.int32)
    for one in scores:
        spec = specs[one.code]
        known = np.isfinite(one.suspicion)
        if "pred_probs" in spec.needs:
            total[known] += one.suspicion[known]
            voices += known
        else:
            raising = known & one.flagged
            floor[raising] = np.fmax(floor[raising], one.suspicion[raising])
        agreeing += one.flagged
        if not spec.corroborates:
            flagged |= one.flagged
            proposes |= one.flagged & (one.suggested >= 0)
        fresh = (suggested < 0) & (one.suggested >= 0)
        suggested[fresh] = one.suggested[fresh]
    mean = np.divide(total, voices, out=np.full(n, np.nan), where=voices > 0)
    suspicion = np.fmax(mean, floor).astype(np.float32)
    severity = np.where(agreeing > 1, 2, np.where(proposes, 1, 0))
    severity = np.where(flagged, severity, -1).astype(np.int8)
    place = np.empty(n, dtype=np.int64)
    place[np.argsort(row_id, kind="stable")] = np.arange(n)
    order = np.lexsort((place, -np.nan_to_num(suspicion, nan=-1.0)))
    return Ranking(suspicion, flagged, severity, suggested, order.astype(np.int64))


def verdicts(
    scores: Sequence[Scores],
    specs: Mapping[str, Spec],
    flagged: BoolArray,
    error_probability: FloatArray,
) -> NDArray[np.int8]:
    """Say what kind of issue each flagged row is.

    Parameters
    ----------
    scores : sequence of Scores
    specs : mapping of str to Spec
    flagged : ndarray of bool, shape (n,)
    error_probability : ndarray of float32, shape (n,)

    Returns
    -------
    ndarray of int8, shape (n,)
        Index into `VERDICTS`; -1 when not flagged.
    """
    import numpy as np

    by_models = np.zeros(len(flagged), dtype=bool)
    by_copies = np.zeros(len(flagged), dtype=bool)
    for one in scores:
        if "pred_probs" in specs[one.code].needs and not specs[one.code].corroborates:
            by_models |= one.flagged
        if one.code == "duplicates":
            by_copies |= one.flagged
    verdict = np.full(len(flagged), VERDICTS.index(Verdict.MISLABELLED), dtype=np.int8)
    verdict[~(error_probability >= AMBIGUOUS_BELOW)] = VERDICTS.index(Verdict.AMBIGUOUS)
    verdict[by_copies & ~by_models] = VERDICTS.index(Verdict.DUPLICATE)
    verdict[~flagged] = -1
    return verdict
