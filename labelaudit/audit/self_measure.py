"""How well the run finds errors in this very data, measured on errors planted into it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from labelaudit.detectors.noise_channel import fit_channel, follow
from labelaudit.detectors.noise_rates import rank_planted
from labelaudit.types import Band, Measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, FloatArray, PlantedEvidence

EDGES = (0.9, 0.7, 0.5)
"""Where bands of error probability begin, above that of the threshold."""


def measure_on_planted(
    planted: PlantedEvidence,
    error_probability: FloatArray,
    *,
    sharpness: float,
    borne_out: float = 1.0,
    threshold: float,
) -> Measured:
    """Count what would be found of the planted errors, and among how much else.

    Parameters
    ----------
    planted : PlantedEvidence
        m rows.
    error_probability : ndarray of float32, shape (n,)
        Of the labels as they are; NaN where not flagged.
    sharpness, borne_out : float
        What the error probability rests on, see `Calibrated`.
    threshold : float
        Rows are flagged from here on.

    Returns
    -------
    Measured
    """
    import numpy as np
    from sklearn.metrics import roc_auc_score

    ranking = rank_planted(planted)
    posterior = fit_channel(planted.pred_probs, planted.y, sharpness=sharpness).error_probability
    probability = borne_out * follow(ranking.log_odds, posterior)
    flagged = probability >= threshold
    wrong = planted.planted
    return Measured(
        planted=int(wrong.sum()),
        rows=len(wrong),
        auroc=float(roc_auc_score(wrong, ranking.log_odds)),
        recall=float(flagged[wrong].mean()),
        precision=float(wrong[flagged].mean()) if flagged.any() else float("nan"),
        bands=_bands(probability, wrong, np.nan_to_num(error_probability), threshold),
    )


def _bands(
    probability: NDArray[np.float64],
    planted: BoolArray,
    error_probability: FloatArray,
    threshold: float,
) -> tuple[Band, ...]:
    edges = [1.0, *(edge for edge in EDGES if edge > threshold), threshold]
    bands = []
    for high, low in pairwise(edges):
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
