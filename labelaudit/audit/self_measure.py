"""How well the run finds errors in this very data, measured on errors planted into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.detectors.label_posterior import THRESHOLD
from labelaudit.detectors.noise_channel import calibrate
from labelaudit.evidence.planting import plant_errors
from labelaudit.progress import SILENT
from labelaudit.types import Band, Measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.evidence.collect import Collector
    from labelaudit.progress import Progress
    from labelaudit.types import BoolArray, Evidence, FloatArray

ENOUGH_ROWS = 4_000
"""Rows among which planted errors are sought; fewer where there are fewer."""

FEWEST = 10
"""Fewer planted errors than this measure nothing."""

EDGES = (0.9, 0.7, 0.5)
"""Where bands of error probability begin, above that of the threshold."""

_STRICT, _WIDE = 0.3, 0.7


def measure_on_planted(
    collector: Collector,
    evidence: Evidence,
    error_probability: FloatArray,
    *,
    threshold: float = THRESHOLD,
    enough: int = ENOUGH_ROWS,
    left_out: BoolArray | None = None,
    progress: Progress = SILENT,
) -> Measured | None:
    """Plant errors, judge the rows again, and see what would be found.

    Parameters
    ----------
    collector : Collector
    evidence : Evidence
        What the collector gave for the labels as they are.
    error_probability : ndarray of float32, shape (n,)
        Of the labels as they are.
    threshold : float
        Rows are flagged from here on.
    enough : int
        Folds are judged again until they hold this many rows.
    left_out : ndarray of bool, shape (n,), optional
        Rows that nobody learns from.
    progress : Progress

    Returns
    -------
    Measured or None
        None where too few errors could be planted to tell anything.
    """
    import numpy as np

    from labelaudit.evidence.probabilities import judged_rows

    if evidence.pred_probs is None:
        return None
    data = collector.data
    judged = judged_rows(data.y, evidence.pred_probs)
    only = judged & np.isin(evidence_fold(evidence), _folds(collector, judged, enough))
    changed = plant_errors(data.y, evidence.pred_probs, judged, seed=collector.seed)
    if (changed.planted & only).sum() < FEWEST:
        return None
    again = collector.judge(changed.y, only=only, left_out=left_out, progress=progress)
    if again.pred_probs is None:
        return None
    rows = np.flatnonzero(only & judged_rows(changed.y, again.pred_probs))
    ranking, probability = calibrate(again.pred_probs[rows], changed.y[rows])
    return summarise_planted(
        ranking, probability, changed.planted[rows], error_probability, threshold
    )


def evidence_fold(evidence: Evidence) -> NDArray[np.int32]:
    """Give the fold of each row; of evidence that was made out of fold."""
    assert evidence.fold is not None
    return evidence.fold


def _folds(collector: Collector, judged: BoolArray, enough: int) -> list[int]:
    """Choose the folds to judge again: enough to measure by, no more."""
    import numpy as np

    plan = collector.plans[0]
    sizes = np.bincount(plan.fold[judged], minlength=plan.n_folds).cumsum()
    return list(range(int(np.searchsorted(sizes, min(enough, sizes[-1]))) + 1))


def summarise_planted(
    ranking: NDArray[np.float64],
    probability: NDArray[np.float64],
    planted: BoolArray,
    error_probability: FloatArray,
    threshold: float,
) -> Measured:
    """Count what was found of the planted errors.

    Parameters
    ----------
    ranking, probability : ndarray of float64, shape (m,)
        Of the rows judged with planted errors.
    planted : ndarray of bool, shape (m,)
        At least one, not all.
    error_probability : ndarray of float32, shape (n,)
        Of the labels as they are; NaN where not judged.
    threshold : float

    Returns
    -------
    Measured
    """
    import numpy as np
    from sklearn.metrics import roc_auc_score

    flagged = probability >= threshold
    return Measured(
        planted=int(planted.sum()),
        rows=len(planted),
        auroc=float(roc_auc_score(planted, ranking)),
        recall=float(flagged[planted].mean()),
        precision=float(planted[flagged].mean()) if flagged.any() else float("nan"),
        strict=_mixture(ranking, planted, _STRICT),
        wide=_mixture(ranking, planted, _WIDE),
        bands=_bands(probability, planted, np.nan_to_num(error_probability), threshold),
    )


def _mixture(ranking: NDArray[np.float64], planted: BoolArray, share: float) -> float:
    """Estimate the noise rate of the rows that were left alone.

    If the errors they hold rank like the planted ones, the share of them above the rank
    that a given share of the planted ones reaches is that share times the noise rate, plus
    right labels that rank as high.
    """
    import numpy as np

    ordered = np.sort(ranking[planted])[::-1]
    cut = ordered[min(int(share * len(ordered)), len(ordered) - 1)]
    reached = (ordered >= cut).mean()
    return float(min(1.0, (ranking[~planted] >= cut).mean() / reached))


def _bands(
    probability: NDArray[np.float64],
    planted: BoolArray,
    error_probability: FloatArray,
    threshold: float,
) -> tuple[Band, ...]:
    edges = [1.0, *(edge for edge in EDGES if edge > threshold), threshold]
    bands = []
    for high, low in zip(edges, edges[1:], strict=False):
        inside = (probability >= low) & ((probability < high) | (high == 1))
        here = (error_probability >= low) & ((error_probability < high) | (high == 1))
        bands.append(
            Band(
                low=low,
                high=high,
                flagged=int(here.sum()),
                rows=int(inside.sum()),
                planted=int(planted[inside].sum()),
                found=float((probability[planted] >= low).mean()),
            )
        )
    return tuple(bands)
