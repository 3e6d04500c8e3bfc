"""The run in numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labelaudit.audit.blindness import why_blind
from labelaudit.audit.noise_rate import noise_range
from labelaudit.audit.reliability import reliability
from labelaudit.evidence.probabilities import judged_rows
from labelaudit.types import SEVERITIES, VERDICTS, ClassSummary, PairSummary, Rate, Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.rank import Ranking
    from labelaudit.types import (
        BoolArray,
        Dataset,
        FloatArray,
        Measured,
        ReliabilityBin,
        Round,
    )


def wilson(successes: int, trials: int) -> Rate:
    """Give a share with its 95 % Wilson interval.

    Parameters
    ----------
    successes, trials : int
        Not negative; `successes` at most `trials`.

    Returns
    -------
    Rate
        NaN throughout without a trial.

    References
    ----------
    Wilson: Probable Inference, the Law of Succession, and Statistical Inference, 1927.
    """
    from scipy.stats import binomtest

    basis = "95 % Wilson interval"
    if trials == 0:
        return Rate(float("nan"), float("nan"), float("nan"), basis)
    interval = binomtest(successes, trials).proportion_ci(method="wilson")
    return Rate(successes / trials, float(interval.low), float(interval.high), basis)


def summarise(
    data: Dataset,
    pred_probs: FloatArray | None,
    ranking: Ranking,
    verdict: NDArray[np.int8],
    judged: BoolArray,
    *,
    can_flag: bool,
    estimates: Mapping[str, float],
    separation: float = float("nan"),
    measured: Measured | None = None,
    rounds: tuple[Round, ...] = (),
    accepted: int = 0,
) -> Summary:
    """Count and estimate.

    Parameters
    ----------
    data : Dataset
    pred_probs : ndarray of float32, shape (n, K), or None
    ranking : Ranking
    verdict : ndarray of int8, shape (n,)
    judged : ndarray of bool, shape (n,)
        Rows with a label and an opinion.
    can_flag : bool
        Whether any detector took part that flags by itself.
    estimates : mapping of str to float
        Noise rates by estimator; may be empty.
    separation : float
        How far planted errors stand out, see `noise_range`; NaN where none were planted.
    measured : Measured, optional
        What planted errors told.
    rounds : tuple of Round
    accepted : int
        Rows that `ranking` does not flag because their label is on record as right.

    Returns
    -------
    Summary
    """
    import numpy as np

    labelled = data.y >= 0
    sizes = np.bincount(data.y[labelled], minlength=len(data.classes))
    flagged = int(ranking.flagged.sum())
    n_judged = int(judged.sum())
    rate = wilson(flagged, n_judged)
    correct, by_model = np.full(data.n_rows, np.nan), judged
    bins: tuple[ReliabilityBin, ...] = ()
    blind = "" if n_judged else "no row could be judged"
    if pred_probs is not None:
        by_model = judged & judged_rows(data.y, pred_probs)
        rows = np.flatnonzero(by_model)
        probs, y = pred_probs[rows], data.y[rows]
        correct[rows] = probs.argmax(axis=1) == y
        bins = reliability(probs, y)
        blind = blind or why_blind(probs, y, measured)
    blind = blind if can_flag else "no detector took part that flags by itself"
    if blind:
        # What a blind run estimates is not less certain, it is nothing at all.
        estimates, noise = {}, Rate(float("nan"), float("nan"), float("nan"), "blind")
    else:
        estimates = dict(estimates) or {"flagged": rate.estimate}
        noise = noise_range(estimates, separation)
    classes = _classes(data, ranking, sizes, judged, correct)
    known = [one.accuracy for one in classes]
    return Summary(
        rows=data.n_rows,
        labelled=int(labelled.sum()),
        missing=int((~labelled).sum()),
        judged=n_judged,
        flagged=flagged,
        by_severity={
            level.value: int((ranking.severity == code).sum())
            for code, level in reversed(list(enumerate(SEVERITIES)))
        },
        by_verdict={kind.value: int((verdict == code).sum()) for code, kind in enumerate(VERDICTS)},
        flagged_rate=rate,
        noise_rate=noise,
        noise_rate_estimates=estimates,
        accuracy=_mean(correct[by_model]),
        majority=float(sizes.max() / sizes.sum()),
        balanced_accuracy=_mean(np.asarray(known)),
        blind=blind,
        classes=classes,
        pairs=_pairs(data, ranking, sizes),
        measured=measured,
        rounds=rounds,
        accepted=accepted,
        reliability=bins,
    )


def _mean(values: NDArray[np.float64]) -> float:
    import numpy as np

    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _classes(
    data: Dataset,
    ranking: Ranking,
    sizes: NDArray[np.int64],
    judged: BoolArray,
    correct: NDArray[np.float64],
) -> tuple[ClassSummary, ...]:
    import numpy as np

    k = len(data.classes)

    def count(rows: BoolArray) -> NDArray[np.int64]:
        return np.bincount(data.y[rows], minlength=k)

    known = np.isfinite(correct)
    n_known, n_correct = count(known), count(known & (correct == 1))
    n_judged, n_flagged = count(judged), count(ranking.flagged)
    n_high = count(ranking.severity == len(SEVERITIES) - 1)
    return tuple(
        ClassSummary(
            label=label,
            n=int(sizes[code]),
            judged=int(n_judged[code]),
            flagged=int(n_flagged[code]),
            high=int(n_high[code]),
            accuracy=float(n_correct[code] / n_known[code]) if n_known[code] else float("nan"),
        )
        for code, label in enumerate(data.classes)
    )


def _pairs(data: Dataset, ranking: Ranking, sizes: NDArray[np.int64]) -> tuple[PairSummary, ...]:
    import numpy as np

    rows = np.flatnonzero(ranking.flagged & (ranking.suggested >= 0))
    pairs = Counter(zip(data.y[rows].tolist(), ranking.suggested[rows].tolist(), strict=True))
    return tuple(
        PairSummary(
            given=data.classes[given],
            suggested=data.classes[suggested],
            flagged=number,
            share_of_given=number / int(sizes[given]),
        )
        for (given, suggested), number in sorted(
            pairs.items(), key=lambda item: (-item[1], item[0])
        )
    )
