"""Shares of wrong labels with intervals, from what people found in a stratified sample.

Every figure here rests on people's answers alone: no model has a say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.types import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95
"""How often an interval is to cover what is true."""


@dataclass(frozen=True)
class Tally:
    """What people found in one stratum.

    Attributes
    ----------
    population : int
        Rows of the run in it.
    reviewed, wrong : int
        Rows drawn from it at random that people judged; those of them whose label is wrong.
    """

    population: int
    reviewed: int
    wrong: int

    @property
    def share(self) -> float:
        """Share of the judged rows whose label is wrong, in [0, 1]; NaN without any."""
        return self.wrong / self.reviewed if self.reviewed else math.nan

    @property
    def complete(self) -> bool:
        """Whether every row was judged, so that the share is known and not estimated."""
        return self.reviewed == self.population

    def bounds(self, confidence: float) -> tuple[float, float]:
        """Give the Clopper-Pearson interval, no wider than what is certain.

        Parameters
        ----------
        confidence : float
            In (0, 1).

        Returns
        -------
        low, high : float
            In [0, 1]. The rows that were not judged can at most all be right, or all be
            wrong: that alone bounds the share, and meets it when every row was judged.
        """
        if not self.population:
            return 0.0, 0.0
        low, high = clopper_pearson(self.wrong, self.reviewed, confidence)
        unknown = self.population - self.reviewed
        return (
            max(low, self.wrong / self.population),
            min(high, (self.wrong + unknown) / self.population),
        )


def clopper_pearson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """Give the exact interval of a share.

    Parameters
    ----------
    successes, trials : int
        Not negative; `successes` at most `trials`.
    confidence : float
        In (0, 1).

    Returns
    -------
    low, high : float
        In [0, 1]; 0 and 1 without a trial.

    References
    ----------
    Clopper and Pearson: The Use of Confidence or Fiducial Limits, 1934.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    misses = trials - successes
    low = float(betaincinv(successes, misses + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, misses, 1 - tail)) if misses else 1.0
    return low, high


def precision(flagged: Tally) -> Rate:
    """Estimate the share of the flagged labels that are wrong.

    Parameters
    ----------
    flagged : Tally

    Returns
    -------
    Rate
        Just a point when every flagged row was judged; NaN throughout when nothing is
        flagged.
    """
    if not flagged.population:
        return Rate(math.nan, math.nan, math.nan, "nothing is flagged")
    return Rate(flagged.share, *flagged.bounds(CONFIDENCE), _basis([flagged], "flagged row"))


def noise_rate(strata: Sequence[Tally]) -> Rate:
    """Estimate the share of all labels that are wrong, without any model.

    Parameters
    ----------
    strata : sequence of Tally
        All of them; at least one row.

    Returns
    -------
    Rate
        The shares of the strata weighted by their sizes; the ends are the sums of theirs,
        each at the confidence that Bonferroni's inequality asks for, so that the interval
        is wider than it would have to be.
    """
    total = sum(stratum.population for stratum in strata)
    low, high = _counts(strata, _confidence(strata))
    return Rate(_wrong(strata) / total, low / total, high / total, _basis(strata, "row"))


def missed(flagged: Tally, unflagged: Sequence[Tally]) -> Rate:
    """Estimate the share of the wrong labels that are not flagged.

    Parameters
    ----------
    flagged : Tally
    unflagged : sequence of Tally

    Returns
    -------
    Rate
        ``u / (u + f)`` of the wrong labels among the unflagged and the flagged rows; the
        low end takes the fewest of the one and the most of the other, the high end the
        other way round, each at the confidence that Bonferroni's inequality asks for. The
        estimate is NaN where people found no wrong label at all.
    """
    strata = [flagged, *unflagged]
    if not flagged.population:
        return Rate(1.0, 1.0, 1.0, "nothing is flagged")
    if not any(stratum.population for stratum in unflagged):
        return Rate(0.0, 0.0, 0.0, "every row is flagged")
    confidence = _confidence(strata)
    low, high = _counts(unflagged, confidence)
    fewest, most = _counts([flagged], confidence)
    unseen, seen = _wrong(unflagged), _wrong([flagged])
    if not (high or most):
        return Rate(math.nan, math.nan, math.nan, "no label is wrong")
    return Rate(
        unseen / (unseen + seen) if unseen + seen else math.nan,
        low / (low + most) if low else 0.0,
        high / (high + fewest) if high else 0.0,
        _basis(strata, "row"),
    )


def _wrong(strata: Sequence[Tally]) -> float:
    return math.fsum(stratum.population * stratum.share for stratum in strata if stratum.population)


def _counts(strata: Sequence[Tally], confidence: float) -> tuple[float, float]:
    ends = [(stratum.population, *stratum.bounds(confidence)) for stratum in strata]
    return math.fsum(n * low for n, low, _ in ends), math.fsum(n * high for n, _, high in ends)


def _uncertain(strata: Sequence[Tally]) -> int:
    return sum(not stratum.complete for stratum in strata)


def _confidence(strata: Sequence[Tally]) -> float:
    return 1 - (1 - CONFIDENCE) / max(1, _uncertain(strata))


def _basis(strata: Sequence[Tally], what: str) -> str:
    parts = _uncertain(strata)
    if not parts:
        return f"every {what} was judged by people"
    level = f"{100 * CONFIDENCE:g} %"
    if parts == 1:
        return f"{level} Clopper-Pearson interval"
    return (
        f"{level} interval from Clopper-Pearson bounds of {parts} strata, "
        "combined by Bonferroni: conservative"
    )
