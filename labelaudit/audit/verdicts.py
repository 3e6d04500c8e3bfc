"""What kind of issue a flagged row is: wrong, ambiguous, out of place, or at odds with a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.rank import raises
from labelaudit.types import VERDICTS, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.rank import Ranking
    from labelaudit.detectors import Spec
    from labelaudit.types import BoolArray, Dataset, Evidence, Scores

AHEAD = 0.2
"""By how much the probability of the suggested class leads where a label is mislabelled."""

LOST = 0.5
"""No class fits where the greatest probability is below this share of the usual one."""

FAR = 0.99
"""No class fits where the neighbours are farther away than for this share of the rows."""


def verdicts(
    data: Dataset,
    evidence: Evidence,
    scores: Sequence[Scores],
    specs: Mapping[str, Spec],
    ranking: Ranking,
) -> NDArray[np.int8]:
    """Say what kind of issue each flagged row is.

    A row is a duplicate conflict where a detector of copies flags it and models do not, an
    outlier where no class fits it, mislabelled where another class is clearly ahead of the
    given one or a detector is certain, and ambiguous otherwise.

    Parameters
    ----------
    data : Dataset
    evidence : Evidence
    scores : sequence of Scores
    specs : mapping of str to Spec
    ranking : Ranking

    Returns
    -------
    ndarray of int8, shape (n,)
        Index into `VERDICTS`; -1 when not flagged.
    """
    import numpy as np

    by_copies, by_models, certain = np.zeros((3, data.n_rows), dtype=bool)
    chiefs = any(one.error_probability is not None for one in scores)
    for one in scores:
        spec = specs[one.code]
        certain |= one.flagged & spec.certain
        if raises(spec):
            by_copies |= one.flagged & (one.code == "duplicates")
            by_models |= one.flagged & (one.code != "duplicates")
        elif not spec.corroborates and (one.error_probability is not None or not chiefs):
            by_models |= one.flagged
    verdict = np.full(data.n_rows, VERDICTS.index(Verdict.MISLABELLED), dtype=np.int8)
    rows = np.flatnonzero(ranking.flagged)
    ahead, lost = _by_pred_probs(data, evidence, ranking, rows)
    verdict[rows[~ahead]] = VERDICTS.index(Verdict.AMBIGUOUS)
    verdict[rows[lost | _far(evidence, rows)]] = VERDICTS.index(Verdict.OUTLIER)
    verdict[by_copies & ~by_models] = VERDICTS.index(Verdict.DUPLICATE)
    verdict[certain] = VERDICTS.index(Verdict.MISLABELLED)
    verdict[~ranking.flagged] = -1
    return verdict


def _by_pred_probs(
    data: Dataset, evidence: Evidence, ranking: Ranking, rows: NDArray[np.intp]
) -> tuple[BoolArray, BoolArray]:
    """Tell for flagged rows whether another class leads, and whether none fits."""
    import numpy as np

    ahead, lost = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    if evidence.pred_probs is None or not rows.size:
        return ahead, lost
    probs = evidence.pred_probs
    known = np.isfinite(probs[rows, 0])
    seen = rows[known]
    suggested = ranking.suggested[seen]
    lead = probs[seen, np.maximum(suggested, 0)] - probs[seen, data.y[seen]]
    ahead[known] = (suggested >= 0) & (lead >= AHEAD)
    usual = float(np.nanmedian(probs.max(axis=1)))
    lost[known] = probs[seen].max(axis=1) < LOST * usual
    return ahead, lost


def _far(evidence: Evidence, rows: NDArray[np.intp]) -> BoolArray:
    """Tell which flagged rows lie farther from their neighbours than nearly all rows do."""
    import numpy as np

    if evidence.distances is None or not rows.size:
        return np.zeros(len(rows), dtype=bool)
    finite = np.where(np.isfinite(evidence.distances), evidence.distances, np.nan)
    counted = np.isfinite(finite).sum(axis=1)
    total = np.nansum(finite, axis=1)
    mean = np.divide(total, counted, out=np.full(len(total), np.nan), where=counted > 0)
    if not np.isfinite(mean).any():
        return np.zeros(len(rows), dtype=bool)
    limit = np.nanquantile(mean, FAR)
    far: BoolArray = np.nan_to_num(mean[rows], nan=-np.inf) > limit
    return far
