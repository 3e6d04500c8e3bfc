"""The bars that labelaudit is held to, and whether it passes them.

Each is one number against a limit, on all sets, on those its defaults were chosen on, and
on those held out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from peers import BASELINE
from quality_compare import (
    MAIN,
    PARTS,
    Comparison,
    Record,
    by_set,
    by_setting,
    compare,
    groups_of,
    part_of,
    with_errors,
)
from quality_sets import COLUMNS, GROUPS, PLANTED, TEXT

REAL = (TEXT, COLUMNS)
CLEAN_ACCURACY = 0.97


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes
    ----------
    name : str
    limit : float
    at_least : bool
        Whether the value has to reach the limit, or must not exceed it.
    values : dict of str to float or None
        By part; None where no set has the figure.
    """

    name: str
    limit: float
    at_least: bool
    values: dict[str, float | None]

    def passes(self, part: str) -> bool | None:
        """Tell whether the bar is passed on a part; None where it could not be measured."""
        value = self.values[part]
        if value is None:
            return None
        return value >= self.limit if self.at_least else value <= self.limit


Measure = Callable[[list[Record]], "float | None"]


def bars(records: list[Record]) -> list[Bar]:
    """Measure every bar.

    Parameters
    ----------
    records : list of dict

    Returns
    -------
    list of Bar
    """
    wanted: list[tuple[str, float, bool, Measure]] = [
        ("mean AUPRC, ratio to tutorial-lr, real text", 1.25, True, _ratio("auprc", TEXT)),
        (
            "mean AUPRC, ratio to tutorial-lr, real tables and embeddings",
            1.15,
            True,
            _ratio("auprc", COLUMNS),
        ),
        ("mean AUPRC, ratio to tutorial-lr, planted", 1.10, True, _ratio("auprc", PLANTED)),
        ("worst set's AUPRC, ratio to tutorial-lr", 0.97, True, _worst),
        ("mean F1 of the flags, ratio to cleanlab's, real errors", 1.5, True, _ratio("f1", *REAL)),
        ("mean F1 of the flags, ratio to cleanlab's, planted", 1.1, True, _ratio("f1", PLANTED)),
        ("mean of best F1 - F1 of the flags", 0.05, False, _mean("f1_gap", *GROUPS)),
        ("mean ECE of the error probability, planted", 0.05, False, _mean("ece", PLANTED)),
        ("mean ECE, real errors, blind runs left out", 0.10, False, _sighted_ece),
        ("planted runs whose range contains the noise rate", 0.8, True, _share_in_range),
        ("planted runs with high <= 2 low", 0.5, True, _share_narrow),
        (
            f"largest share flagged of clean data, where accuracy >= {CLEAN_ACCURACY}",
            0.02,
            False,
            _flagged_clean,
        ),
    ]
    return [
        Bar(name, limit, at_least, {part: value_of(part_of(records, part)) for part in PARTS})
        for name, limit, at_least, value_of in wanted
    ]


def _against_baseline(records: list[Record], metric: str) -> Comparison | None:
    found = compare(with_errors(records), metric, others=[BASELINE])
    return found[0] if found else None


def _ratio(metric: str, *groups: str) -> Measure:
    def value(records: list[Record]) -> float | None:
        found = _against_baseline(groups_of(records, *groups), metric)
        return found.ratio if found else None

    return value


def _worst(records: list[Record]) -> float | None:
    found = _against_baseline(records, "auprc")
    return found.worst_ratio if found else None


def _mean(metric: str, *groups: str) -> Measure:
    def value(records: list[Record]) -> float | None:
        values = by_set(by_setting(with_errors(groups_of(records, *groups)), MAIN, metric))
        return float(np.mean(list(values.values()))) if values else None

    return value


def _sighted_ece(records: list[Record]) -> float | None:
    return _mean("ece", *REAL)([one for one in records if not one.get("facts", {}).get("blind")])


def _planted_runs(records: list[Record]) -> list[Record]:
    return [
        one
        for one in with_errors(groups_of(records, PLANTED))
        if one["pipeline"] == MAIN and one.get("figures", {}).get("in_range") is not None
    ]


def _share_in_range(records: list[Record]) -> float | None:
    runs = _planted_runs(records)
    return float(np.mean([one["figures"]["in_range"] for one in runs])) if runs else None


def _share_narrow(records: list[Record]) -> float | None:
    ratios = [one["figures"]["range_ratio"] for one in _planted_runs(records)]
    narrow = [ratio is not None and ratio <= 2 for ratio in ratios]
    return float(np.mean(narrow)) if narrow else None


def _flagged_clean(records: list[Record]) -> float | None:
    shares = [
        one["figures"]["flagged"]
        for one in groups_of(records, PLANTED)
        if one["pipeline"] == MAIN
        and one["rate"] == 0
        and "figures" in one
        and (one["facts"]["accuracy"] or 0) >= CLEAN_ACCURACY
    ]
    return max(shares, default=None)
