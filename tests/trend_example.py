"""Runs of one file in a row, without a store: what a trend is made of."""

from __future__ import annotations

import math

from labelaudit.audit.history import SETTING, Change, Point, Trend
from labelaudit.audit.summarise import wilson
from labelaudit.types import ClassSummary, Rate

SEED = Change(SETTING, "seed", "0", "3")
RANGE = Rate(0.03, 0.02, 0.05, "range over estimators")
UNKNOWN = Rate(math.nan, math.nan, math.nan, "blind")


def point(day, flagged, *, changes=(), blind="", data_changed=False, classes=("neg", "pos")):
    found = tuple(
        ClassSummary(label, 100, 100, flagged if place == 0 else 0, 1, 0.9)
        for place, label in enumerate(classes)
    )
    n = 100 * len(classes)
    return Point(
        run=f"202603{day:02d}-120000-rows",
        created=f"2026-03-{day:02d}T12:00:00+00:00",
        rows=n + 5,
        judged=n,
        flagged=flagged,
        high=1,
        flagged_rate=wilson(flagged, n),
        noise_rate=UNKNOWN if blind else RANGE,
        by_people=False,
        blind=blind,
        data_changed=data_changed,
        changes=changes,
        classes=found,
    )


def trend(*points, **more):
    return Trend("rows.csv", points, **more)


THREE = trend(point(1, 10), point(2, 20, data_changed=True), point(3, 30, changes=(SEED,)))


def long_trend(runs: int = 45, classes: int = 150) -> Trend:
    """Give more runs and classes than a page shows."""
    names = tuple(f"class number {number:03d}" for number in range(classes))
    return trend(
        *(
            point(1 + day % 28, 3 + day % 7, classes=names, changes=(SEED,) * (day % 9 == 4))
            for day in range(runs)
        ),
        earlier=3,
    )


LONG = long_trend()
