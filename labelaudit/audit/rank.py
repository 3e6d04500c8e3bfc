"""Combine the opinions of all detectors into one ranking and one probability of error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.detectors import Spec
    from labelaudit.types import BoolArray, Dataset, Evidence, FloatArray, IntArray, Scores

HIGH, MEDIUM = 0.9, 0.5
"""The error probabilities from which a flagged row's severity is high, and medium."""


@dataclass(frozen=True)
class Ranking:
    """One opinion of every row, out of many.

    Attributes
    ----------
    suspicion : ndarray of float32, shape (n,)
        NaN where nobody has an opinion.
    error_probability : ndarray of float32, shape (n,)
        In [0, 1]; NaN where `suspicion` is.
    flagged : ndarray of bool, shape (n,)
        By a detector that does more than corroborate.
    severity : ndarray of int8, shape (n,)
        Index into `SEVERITIES`, by error probability; -1 when not flagged. Low where no
        detector that flags proposes a class, as when copies are tied, nor is certain.
    suggested : ndarray of int32, shape (n,)
    order : ndarray of int64, shape (n,)
        Most suspicious first; ties by error probability, then by row id, so that the order
        of the file has no say.
    """

    suspicion: FloatArray
    error_probability: FloatArray
    flagged: BoolArray
    severity: NDArray[np.int8]
    suggested: IntArray
    order: NDArray[np.int64]


def rank(
    data: Dataset,
    evidence: Evidence,
    scores: Sequence[Scores],
    specs: Mapping[str, Spec],
    calibration: Calibration | None = None,
) -> Ranking:
    """Combine scores.

    Detectors that give an error probability decide the ranking and what is flagged. Without
    one, the mean suspicion of those that rest on pred_probs ranks, what they flag is
    flagged, and the probability comes from the pred_probs all the same. A flag that rests
    on neither, such as that of copies, raises a row to where its suspicion is the error
    probability.

    Parameters
    ----------
    data : Dataset
    evidence : Evidence
    scores : sequence of Scores
        At least one.
    specs : mapping of str to Spec
        The catalogue entry of each.
    calibration : Calibration, optional
        From `calibration_of`, where it is at hand.

    Returns
    -------
    Ranking
    """
    import numpy as np

    chiefs = [one for one in scores if one.error_probability is not None]
    raising = [one for one in scores if raises(specs[one.code])]
    by_models = [one for one in scores if "pred_probs" in specs[one.code].needs]
    leading = chiefs or by_models or [one for one in scores if not raises(specs[one.code])]
    deciding = [one for one in leading if not specs[one.code].corroborates] + raising
    suspicion = _mean([one.suspicion for one in leading], data.n_rows)
    given = [one.error_probability for one in chiefs]
    if not chiefs:
        calibration = calibration or calibration_of(scores, data, evidence)
        given = [None if calibration is None else calibration.error_probability]
    errors = _mean([one for one in given if one is not None], data.n_rows)
    errors[np.isnan(suspicion)] = np.nan
    errors[np.isfinite(suspicion) & np.isnan(errors)] = 0
    suspicion, errors = _raise(suspicion, errors, raising)
    flagged, proposes = np.zeros((2, data.n_rows), dtype=bool)
    for one in deciding:
        flagged |= one.flagged
        proposes |= one.flagged & ((one.suggested >= 0) | specs[one.code].certain)
    severity = np.where(errors >= HIGH, 2, np.where(errors >= MEDIUM, 1, 0))
    severity = np.where(flagged, np.where(proposes, severity, 0), -1).astype(np.int8)
    place = np.empty(data.n_rows, dtype=np.int64)
    place[np.argsort(data.row_id, kind="stable")] = np.arange(data.n_rows)
    # A raised row shares the suspicion of the first that models hold as probable, or more so.
    by_suspicion, by_errors = (-np.nan_to_num(one, nan=-1.0) for one in (suspicion, errors))
    order = np.lexsort((place, by_errors, by_suspicion)).astype(np.int64)
    suggested = _suggested([*raising, *leading, *scores], data.n_rows)
    return Ranking(suspicion, errors, flagged, severity, suggested, order)


def raises(spec: Spec) -> bool:
    """Tell whether a detector's flags hold whatever models think."""
    return not spec.corroborates and "pred_probs" not in spec.needs


def _mean(opinions: Sequence[FloatArray], n: int) -> FloatArray:
    import numpy as np

    total, voices = np.zeros(n), np.zeros(n, dtype=np.int32)
    for one in opinions:
        known = np.isfinite(one)
        total[known] += one[known]
        voices += known
    mean: FloatArray = np.divide(total, voices, out=np.full(n, np.nan), where=voices > 0).astype(
        np.float32
    )
    return mean


@dataclass(frozen=True)
class Calibration:
    """What the error probabilities rest on: see `LabelPosterior`.

    Attributes
    ----------
    sharpness, borne_out, separation : float
    noise_rates : mapping of str to float
    error_probability : ndarray of float32, shape (n,), or None
        Where no detector gives one; NaN where not judged.
    """

    sharpness: float
    borne_out: float
    noise_rates: Mapping[str, float]
    error_probability: FloatArray | None = None
    separation: float = math.nan


def calibration_of(
    scores: Sequence[Scores], data: Dataset, evidence: Evidence
) -> Calibration | None:
    """Give what the error probabilities rest on, from the detector that made them.

    Parameters
    ----------
    scores : sequence of Scores
    data : Dataset
    evidence : Evidence

    Returns
    -------
    Calibration or None
        Worked out from the pred_probs where no detector tells it; None without any.
    """
    for one in scores:
        if one.error_probability is not None and "sharpness" in one.details:
            return Calibration(
                one.details["sharpness"],
                one.details.get("borne_out", 1.0),
                one.details.get("noise_rates", {}),
                separation=one.details.get("separation", math.nan),
            )
    return _work_out(data, evidence)


def _work_out(data: Dataset, evidence: Evidence) -> Calibration | None:
    import numpy as np

    from labelaudit.detectors.label_posterior import calibrate
    from labelaudit.evidence.probabilities import judged_rows

    if evidence.pred_probs is None:
        return None
    judged = judged_rows(data.y, evidence.pred_probs)
    if not judged.any():
        return None
    found = calibrate(evidence.pred_probs[judged], data.y[judged], evidence.planted)
    errors = np.full(data.n_rows, np.nan, dtype=np.float32)
    errors[judged] = found.error_probability
    return Calibration(
        found.sharpness, found.borne_out, found.noise_rates, errors, found.separation
    )


def _raise(
    suspicion: FloatArray, errors: FloatArray, raising: Sequence[Scores]
) -> tuple[FloatArray, FloatArray]:
    """Lift flagged rows to the error probability that their flag stands for."""
    import numpy as np

    least = np.full(len(suspicion), np.nan, dtype=np.float32)
    for one in raising:
        known = np.isfinite(one.suspicion)
        known &= one.flagged | np.isnan(suspicion)
        least[known] = np.fmax(least[known], one.suspicion[known])
    lifted = np.flatnonzero((least > errors) | (np.isfinite(least) & np.isnan(errors)))
    if not lifted.size:
        return suspicion, errors
    ranked = np.flatnonzero(np.isfinite(suspicion))
    ranked = ranked[np.argsort(suspicion[ranked], kind="stable")]
    new_suspicion, new_errors = suspicion.copy(), errors.copy()
    new_errors[lifted] = least[lifted]
    if ranked.size:
        # The suspicion at which models reach that probability, so that one order holds.
        rising = np.maximum.accumulate(errors[ranked])
        beyond = np.append(suspicion[ranked], np.float32(1))
        place = np.searchsorted(rising, least[lifted], side="left")
        new_suspicion[lifted] = np.fmax(suspicion[lifted], beyond[place])
    else:
        new_suspicion[lifted] = least[lifted]
    return new_suspicion, new_errors


def _suggested(scores: Sequence[Scores], n: int) -> IntArray:
    """Take each row's first proposal, flagged ones before others."""
    import numpy as np

    suggested = np.full(n, -1, dtype=np.int32)
    for among_flagged in (True, False):
        for one in scores:
            fresh = (suggested < 0) & (one.suggested >= 0)
            if among_flagged:
                fresh &= one.flagged
            suggested[fresh] = one.suggested[fresh]
    return suggested
