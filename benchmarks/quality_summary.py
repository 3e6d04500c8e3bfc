"""Sum the quality benchmark up: means by group, rate and kind, comparisons and bars."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from peers import OURS, PIPELINES
from quality_bars import bars
from quality_compare import (
    PARTS,
    Record,
    by_set,
    by_setting,
    compare,
    groups_of,
    mean_over_sets,
    part_of,
    with_errors,
)
from quality_sets import COLUMNS, GROUPS, PLANTED, TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

MEANS = (
    "auprc",
    "auprc_self_confidence",
    "auroc",
    "precision_at_50",
    "precision_at_errors",
    "missed",
    "f1",
    "best_f1",
    "f1_gap",
    "noise_rate_error",
    "in_range",
    "ece",
    "flagged",
    "suggestion_flagged",
    "suggestion_all",
    "seconds",
    "process_seconds",
    "peak_mb",
)
COMPARED = {TEXT: (TEXT,), COLUMNS: (COLUMNS,), PLANTED: (PLANTED,), "all sets": GROUPS}


def summarise(records: list[Record]) -> dict[str, Any]:
    """Sum all records up.

    Parameters
    ----------
    records : list of dict

    Returns
    -------
    dict
        ``means`` by part, group and pipeline; ``by_rate`` and ``by_kind`` of the planted;
        ``comparisons`` by part and group for ours at every effort; ``bars``.
    """
    seen = [
        name
        for name in PIPELINES
        if any(one["pipeline"] == name and "figures" in one for one in records)
    ]
    telling = with_errors(records)
    planted = groups_of(records, PLANTED)
    return {
        "means": {
            part: {
                group: _means(groups_of(part_of(telling, part), group), seen) for group in GROUPS
            }
            for part in PARTS
        },
        "by_rate": _split(planted, seen, lambda one: f"{one['rate']:g}"),
        "by_kind": _split(with_errors(planted), seen, lambda one: one["kind"]),
        "comparisons": {
            part: {
                group: _comparisons(groups_of(part_of(telling, part), *names))
                for group, names in COMPARED.items()
            }
            for part in PARTS
        },
        "bars": [asdict(bar) for bar in bars(records)],
    }


def _means(records: list[Record], pipelines: list[str]) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            "sets": len(by_set(by_setting(records, name, "flagged"))),
            **{metric: mean_over_sets(records, name, metric) for metric in MEANS},
        }
        for name in pipelines
        if any(one["pipeline"] == name for one in records)
    }


def _split(
    records: list[Record], pipelines: list[str], key: Callable[[Record], str]
) -> dict[str, Any]:
    values = dict.fromkeys(key(one) for one in sorted(records, key=lambda one: one["rate"]))
    return {
        value: _means([one for one in records if key(one) == value], pipelines) for value in values
    }


def _comparisons(records: list[Record]) -> list[dict[str, Any]]:
    return [
        asdict(comparison)
        for metric in ("auprc", "f1")
        for ours in OURS
        for comparison in compare(records, metric, ours=ours)
    ]
