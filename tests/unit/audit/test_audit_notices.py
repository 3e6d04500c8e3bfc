from __future__ import annotations

import pytest

from labelaudit.audit.notices import swallowed_classes
from labelaudit.types import ClassSummary, Rate, Summary

NAN = float("nan")


def summary(*classes, blind=""):
    rate = Rate(NAN, NAN, NAN, "")
    return Summary(
        rows=0,
        labelled=0,
        missing=0,
        judged=0,
        flagged=0,
        by_severity={},
        by_verdict={},
        flagged_rate=rate,
        noise_rate=rate,
        noise_rate_estimates={},
        accuracy=NAN,
        majority=NAN,
        balanced_accuracy=NAN,
        blind=blind,
        classes=tuple(
            ClassSummary(label, judged, judged, flagged, 0, NAN)
            for label, judged, flagged in classes
        ),
        pairs=(),
    )


def test_a_class_most_of_which_is_flagged_is_named_with_its_counts():
    (notice,) = swallowed_classes(summary(("rare", 40, 21), ("usual", 400, 9)))
    assert notice.code == "class-mostly-flagged"
    assert "'rare' (21 of 40)" in notice.message
    assert "usual" not in notice.message


@pytest.mark.parametrize(
    "one",
    [
        summary(("half", 40, 20)),
        summary(("few", 9, 9)),
        summary(("rare", 40, 40), blind="at chance"),
    ],
)
def test_half_of_a_class_or_few_rows_or_a_blind_run_says_nothing(one):
    assert swallowed_classes(one) == ()


def test_many_such_classes_are_counted():
    (notice,) = swallowed_classes(summary(*((f"c{at}", 10, 10) for at in range(8))))
    assert "and 3 more classes" in notice.message
