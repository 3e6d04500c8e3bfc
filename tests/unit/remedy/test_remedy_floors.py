from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from audit_example import CONFIDENT, LOSS
from remedy_example import example_audit, flags_of, rows_of, write_data

from labelaudit.errors import RefusedError
from labelaudit.remedy.plan import plan_fix
from labelaudit.types import Kind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.types import Audit, Plan

SURE = {"detectors": (CONFIDENT, LOSS), "confidences": (0.01, 0.98)}


def plan(tmp_path: Path, audit: Audit, **options: object) -> Plan:
    data = write_data(tmp_path / "data.csv", rows_of(audit))
    return plan_fix(audit, data, run_id="run-1", **options)


def test_a_corrected_row_is_a_loss_of_its_class(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0, 2, 4, 6, 8), **SURE))
    with pytest.raises(RefusedError, match=r"correcting .* 'neg' would lose 5 of its 20 rows"):
        plan(tmp_path, audit, strategy="correct")
    found = plan(tmp_path, audit, strategy="correct", max_class_loss=0.25)
    assert len(found.actions) == 5


def test_dropped_and_corrected_rows_are_lost_together(tmp_path: Path) -> None:
    audit = example_audit(
        [*flags_of((0, 2, 4), **SURE), *flags_of((6, 8), verdict=Verdict.OUTLIER)]
    )
    strategy = {"mislabelled": "correct", "outlier": "drop"}
    with pytest.raises(
        RefusedError, match=r"dropping and correcting .* lose 5 of its 20"
    ) as caught:
        plan(tmp_path, audit, strategy=strategy)
    assert "--max-class-loss to 0.25" in str(caught.value.hint)
    assert len(plan(tmp_path, audit, strategy=strategy, max_class_loss=0.25).actions) == 5
    assert len(plan(tmp_path, audit, strategy={"outlier": "drop"}).actions) == 2


def test_a_soft_label_takes_part_of_a_row(tmp_path: Path) -> None:
    # Error probabilities from 0.9375 down in steps of 1/64: 4.53 of 20 rows go.
    audit = example_audit(flags_of((0, 2, 4, 6, 8), **SURE))
    with pytest.raises(RefusedError, match=r"'neg' would lose 4\.5 of its 20 rows") as caught:
        plan(tmp_path, audit, strategy="correct", soft=True)
    assert "--max-class-loss to 0.23" in str(caught.value.hint)
    options = {"strategy": "correct", "soft": True, "max_class_loss": 0.23}
    assert len(plan(tmp_path, audit, **options).actions) == 5
    with pytest.raises(RefusedError) as caught:
        plan(tmp_path, audit, **options, min_class_size=16)
    assert "--min-class-size to 15" in str(caught.value.hint)
    assert len(plan(tmp_path, audit, **options, min_class_size=15).actions) == 5


def test_classes_below_the_floor_are_left_alone_by_what_takes_rows(tmp_path: Path) -> None:
    audit = example_audit(
        [
            *flags_of((0,), **SURE),
            *flags_of((2,), verdict=Verdict.OUTLIER),
            *flags_of((1,), given="pos", suggested="neg", **SURE),
        ]
    )
    rows = rows_of(audit).picked([0, 2, *range(1, 40, 2)])
    data = write_data(tmp_path / "data.csv", rows)
    found = plan_fix(
        audit, data, strategy={"mislabelled": "correct", "outlier": "relabel"}, run_id="run-1"
    )
    assert [(one.row_id, one.kind) for one in found.actions] == [
        ("r-1", Kind.CORRECT),
        ("r-2", Kind.QUEUE),
    ]
    assert found.skipped == {"class 'neg' has fewer than 10 training rows": 1}


def test_many_refused_classes_are_cut_short(tmp_path: Path) -> None:
    classes = tuple("abcdefg")
    flags = [
        one
        for code, label in enumerate(classes)
        for one in flags_of(range(code, 35, 7), given=label, suggested=classes[code - 1])
    ]
    audit = example_audit(flags, classes=classes, n=140)
    data = write_data(tmp_path / "data.csv", rows_of(audit), classes=classes)
    with pytest.raises(RefusedError, match=r"'e' would lose 5 of its 20 rows, and 2 more classes"):
        plan_fix(audit, data, strategy="drop", run_id="run-1")


def test_a_class_that_is_a_misspelling_may_go(tmp_path: Path) -> None:
    rules = {**SURE, "detectors": ("rules",)}
    audit = example_audit(flags_of((0, 2, 4, 6, 8), **rules))
    found = plan(tmp_path, audit, strategy="correct", min_class_size=25)
    assert len(found.actions) == 5
    assert found.skipped == {}
    with pytest.raises(RefusedError):
        plan(tmp_path, audit, strategy="drop")
