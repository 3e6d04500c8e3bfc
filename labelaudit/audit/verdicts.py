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

NO_CLASS = "no class fits it"
FAR_AWAY = f"it lies farther from its nearest rows than {100 * FAR:g} % of the rows do"


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
    verdict[rows[~_ahead(data, evidence, ranking, rows)]] = VERDICTS.index(Verdict.AMBIGUOUS)
    verdict[rows[_lost(evidence, rows)[0] | _far(evidence, rows)]] = VERDICTS.index(Verdict.OUTLIER)
    verdict[by_copies & ~by_models] = VERDICTS.index(Verdict.DUPLICATE)
    verdict[certain] = VERDICTS.index(Verdict.MISLABELLED)
    verdict[~ranking.flagged] = -1
    return verdict


def _ahead(
    data: Dataset, evidence: Evidence, ranking: Ranking, rows: NDArray[np.intp]
) -> BoolArray:
    """Tell for flagged rows whether another class is clearly ahead."""
    import numpy as np

    ahead = np.ones(len(rows), dtype=bool)
    if evidence.pred_probs is None or not rows.size:
        return ahead
    probs = evidence.pred_probs
    known = np.isfinite(probs[rows, 0])
    seen = rows[known]
    suggested = ranking.suggested[seen]
    lead = probs[seen, np.maximum(suggested, 0)] - probs[seen, data.y[seen]]
    ahead[known] = (suggested >= 0) & (lead >= AHEAD)
    return ahead


def outlier_reasons(evidence: Evidence, rows: NDArray[np.intp]) -> list[str]:
    """Say of each row by which of the two tests it is an outlier.

    Parameters
    ----------
    evidence : Evidence
    rows : ndarray of int, shape (r,)

    Returns
    -------
    list of str, length r
        What is so, or both, joined by "and"; empty for a row that is none.
    """
    lost, best, usual = _lost(evidence, rows)
    far = _far(evidence, rows)
    return [
        " and ".join(
            reason
            for reason, so in (
                (f"{NO_CLASS}: the most probable has {top:.2f}, {usual:.2f} is usual", no_class),
                (FAR_AWAY, alone),
            )
            if so
        )
        for no_class, alone, top in zip(lost.tolist(), far.tolist(), best.tolist(), strict=True)
    ]


def outlier_reason(explanation: str) -> str:
    """Give back from the explanation of an issue why it is an outlier.

    Parameters
    ----------
    explanation : str
        That ends with one of `outlier_reasons`.

    Returns
    -------
    str
        Empty where it does not.
    """
    last = explanation.rpartition("; ")[2]
    return last if last.startswith((NO_CLASS, FAR_AWAY)) else ""


def _lost(
    evidence: Evidence, rows: NDArray[np.intp]
) -> tuple[BoolArray, NDArray[np.float32], float]:
    """Tell which rows no class fits, what the most probable has, and what it usually has."""
    import numpy as np

    best = np.full(len(rows), np.nan, dtype=np.float32)
    if evidence.pred_probs is None or not rows.size:
        return np.zeros(len(rows), dtype=bool), best, float("nan")
    greatest = evidence.pred_probs.max(axis=1)
    best = greatest[rows]
    usual = float(np.nanmedian(greatest))
    lost: BoolArray = best < LOST * usual
    return lost, best, usual


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
