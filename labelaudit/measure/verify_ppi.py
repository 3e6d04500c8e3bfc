"""Prediction-powered inference: the noise rate from people's answers, sharpened by a model.

The model's error probability only makes the interval narrower where it goes with what
people say; where it is wrong, the answers correct it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.measure.intervals import CONFIDENCE
from labelaudit.types import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

FEWEST_REVIEWED = 270
"""Answers it takes: a sample of 300, a tenth of which nobody could judge."""

FEWEST_OF_EACH = 5
"""Wrong and right labels that each stratum needs for it."""


_ADDED = (1.0, 0.0)


@dataclass(frozen=True)
class Predicted:
    """What people found in one stratum, and what the run had thought of it.

    Attributes
    ----------
    name : str
    population : int
        Rows of the run in it.
    mean_prediction : float
        Mean error probability of all of those, in [0, 1].
    wrong : ndarray of bool, shape (m,)
        Of the rows judged, whether the label is wrong.
    prediction : ndarray of float64, shape (m,)
        Their error probabilities.
    """

    name: str
    population: int
    mean_prediction: float
    wrong: NDArray[np.bool_]
    prediction: NDArray[np.float64]

    @property
    def complete(self) -> bool:
        """Whether every row was judged."""
        return len(self.wrong) == self.population


def sharpen(plain: Rate, strata: Sequence[Predicted]) -> Rate:
    """Take the prediction-powered estimate where it can be trusted and tells more.

    Parameters
    ----------
    plain : Rate
        The estimate from people's answers alone.
    strata : sequence of Predicted
        The same answers.

    Returns
    -------
    Rate
        Its basis says which of the two it is, and of the plain one why.
    """
    reason = why_not(strata)
    if not reason:
        powered = prediction_powered(strata)
        if powered.high - powered.low < plain.high - plain.low:
            return powered
        reason = "prediction-powered inference gives no narrower interval"
    return replace(plain, basis=f"{plain.basis} ({reason})")


def why_not(strata: Sequence[Predicted]) -> str:
    """Say why the normal approximation cannot be trusted here.

    Parameters
    ----------
    strata : sequence of Predicted

    Returns
    -------
    str
        Empty when it can: with at least `FEWEST_REVIEWED` answers, and `FEWEST_OF_EACH`
        wrong and right labels in each stratum that was not judged completely.
    """
    reviewed = sum(len(stratum.wrong) for stratum in strata)
    if reviewed < FEWEST_REVIEWED:
        return f"{reviewed} rows judged, and prediction-powered inference takes {FEWEST_REVIEWED}"
    for stratum in strata:
        wrong = int(stratum.wrong.sum())
        fewest = min(wrong, len(stratum.wrong) - wrong)
        if not stratum.complete and fewest < FEWEST_OF_EACH:
            kind = "wrong" if wrong == fewest else "right"
            return (
                f"{fewest} {kind} {'label' if fewest == 1 else 'labels'} found in the stratum "
                f"{stratum.name!r}, and prediction-powered inference takes {FEWEST_OF_EACH}"
            )
    return ""


def prediction_powered(strata: Sequence[Predicted]) -> Rate:
    """Estimate the share of all labels that are wrong.

    Parameters
    ----------
    strata : sequence of Predicted
        All of them, each with at least two rows judged or judged completely.

    Returns
    -------
    Rate
        In each stratum, the mean prediction of all rows, corrected by the mean difference
        of answer and prediction on those judged; one weight for all predictions, chosen in
        [0, 1] to make the variance smallest (PPI++). The run's rows are all there are, so
        that only the choice of those judged is random: this is the difference estimator of
        survey sampling, with its correction for a finite population. For the interval, not
        the estimate, one wrong and one right label are added to each stratum: without them
        it misses rates that are higher (benchmarks/verify_coverage.py).

    References
    ----------
    Angelopoulos et al.: Prediction-powered inference, Science 2023.
    Angelopoulos, Duchi, Zrnic: PPI++: Efficient Prediction-Powered Inference, 2023.
    Fisch et al.: Stratified Prediction-Powered Inference, NeurIPS 2024.
    Price and Bonett: An improved confidence interval for a linear function of binomial
    proportions, 2004 (the added labels).
    """
    import numpy as np
    from scipy.special import ndtri

    total = sum(stratum.population for stratum in strata)
    weight = _best_weight(strata, total)
    estimate, shift, variance = 0.0, 0.0, 0.0
    for stratum in strata:
        if not stratum.population:
            continue
        share = stratum.population / total
        rectifier = stratum.wrong - weight * stratum.prediction
        mean = float(rectifier.mean())
        estimate += share * (weight * stratum.mean_prediction + mean)
        if not stratum.complete:
            more = np.append(rectifier, np.array(_ADDED) - weight * stratum.prediction.mean())
            variance += _factor(stratum, total) * float(more.var(ddof=1))
            # The labels that are added stand for rows not judged: without those, none.
            shift += share * _unseen(stratum) * (float(more.mean()) - mean)
    half = float(ndtri((1 + CONFIDENCE) / 2)) * math.sqrt(variance)
    least, most = (bound / total for bound in _certain(strata))
    estimate = min(most, max(least, estimate))
    return Rate(
        estimate,
        min(estimate, max(least, estimate + shift - half)),
        max(estimate, min(most, estimate + shift + half)),
        f"{100 * CONFIDENCE:g} % interval by prediction-powered inference, "
        f"the error probability weighted by {weight:.2f}",
    )


def _factor(stratum: Predicted, total: int) -> float:
    """Weigh a stratum's variance by its size, its answers, and how much of it was judged."""
    return (stratum.population / total) ** 2 * _unseen(stratum) / len(stratum.wrong)


def _unseen(stratum: Predicted) -> float:
    """Give the share of a stratum that nobody judged."""
    return 1 - len(stratum.wrong) / stratum.population


def _certain(strata: Sequence[Predicted]) -> tuple[int, int]:
    """Give the fewest and the most wrong labels there can be, given those that were found."""
    found = sum(int(stratum.wrong.sum()) for stratum in strata)
    return found, found + sum(stratum.population - len(stratum.wrong) for stratum in strata)


def _best_weight(strata: Sequence[Predicted], total: int) -> float:
    import numpy as np

    shared, own = 0.0, 0.0
    for stratum in strata:
        if stratum.complete:
            continue
        table = np.cov(stratum.wrong.astype(np.float64), stratum.prediction)
        shared += _factor(stratum, total) * float(table[0, 1])
        own += _factor(stratum, total) * float(table[1, 1])
    return min(1.0, max(0.0, shared / own)) if own > 0 else 0.0
