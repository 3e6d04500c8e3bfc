from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import pytest
from remedy_example import (
    Flag,
    Rows,
    Severity,
    example_audit,
    flags_of,
    rows_of,
    with_split,
    write_data,
)

from labelaudit.errors import RefusedError, RunError, SettingError
from labelaudit.remedy.effect import ClassEffect, summarise
from labelaudit.remedy.plan import data_part, plan_fix, queue_part
from labelaudit.types import Column, Kind, Role, Safety, Schema, Verdict
from labelaudit.types import Severity as Level

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.types import Audit, Dataset, Plan

EVEN = (0, 2, 4, 6, 8)
"""Rows that the example labels ``neg``: 20 of 40 are."""


def plan(
    audit: Audit, data: Dataset, strategy: str | dict[str, str] = "drop", **options: object
) -> Plan:
    return plan_fix(audit, data, strategy=strategy, run_id="run-1", **options)


@pytest.fixture
def audit() -> Audit:
    return example_audit(flags_of(EVEN[:3]))


@pytest.fixture
def data(audit: Audit, tmp_path: Path) -> Dataset:
    return write_data(tmp_path / "data.csv", rows_of(audit))


def test_drop_names_each_flagged_row_with_its_reason(audit: Audit, data: Dataset) -> None:
    found = plan(audit, data)
    assert (found.strategy, found.run_id, found.skipped) == ("drop", "run-1", {})
    assert [action.row_id for action in found.actions] == ["r-0", "r-2", "r-4"]
    first = found.actions[0]
    assert (first.row, first.kind, first.before, first.after, first.safety) == (
        0,
        Kind.DROP,
        "neg",
        None,
        Safety.UNSAFE,
    )
    assert first.reason == (
        "flagged by confident-learning; given 'neg', suggested 'pos', error probability 0.94"
    )


def test_weight_follows_suspicion_and_is_never_nothing(data: Dataset) -> None:
    chances = (0.999, 0.926789, 0.5, 0.0)
    flags = [
        replace(flag, probability=chance)
        for flag, chance in zip(flags_of(EVEN[:4]), chances, strict=True)
    ]
    found = plan(example_audit(flags), data, "downweight")
    assert [action.weight for action in found.actions] == [0.05, 0.0732, 0.5, 1.0]
    assert {action.kind for action in found.actions} == {Kind.DOWNWEIGHT}
    assert {action.after for action in found.actions} == {"neg"}
    assert {action.safety for action in found.actions} == {Safety.SAFE}


def test_weight_can_be_constant(audit: Audit, data: Dataset) -> None:
    found = plan(audit, data, "downweight", weight=0.1)
    assert [action.weight for action in found.actions] == [0.1] * 3


def test_weight_falls_back_to_suspicion(audit: Audit, data: Dataset) -> None:
    issues = tuple(replace(one, error_probability=nan, suspicion=0.25) for one in audit.issues)
    found = plan(replace(audit, issues=issues), data, "downweight")
    assert {action.weight for action in found.actions} == {0.75}
    assert "error probability" not in found.actions[0].reason


def test_queue_is_most_valuable_first_and_keeps_to_the_budget(data: Dataset) -> None:
    flags = [
        Flag(0, "neg", "pos", 0.5, "", Severity.LOW),
        Flag(2, "neg", None, 0.75, "", Severity.HIGH),
        Flag(4, "neg", "pos", 0.75, ""),
        Flag(6, "neg", "pos", 0.875, ""),
    ]
    audit = example_audit(flags)
    whole = plan(audit, data, "relabel")
    assert [action.row_id for action in whole.actions] == ["r-6", "r-2", "r-4", "r-0"]
    assert {action.kind for action in whole.actions} == {Kind.QUEUE}
    cut = plan(audit, data, "relabel", budget=3)
    assert cut.actions == whole.actions[:3]
    assert cut.skipped == {"beyond the budget of 3": 1}
    assert plan(audit, data, "relabel", budget=9).skipped == {}


@pytest.mark.parametrize("strategy", ["drop", "downweight"])
def test_weak_evidence_loses_nothing_by_default(strategy: str, data: Dataset) -> None:
    audit = example_audit(
        (*flags_of((0,)), *flags_of((2,), severity=Severity.LOW, detectors=("duplicates",)))
    )
    found = plan(audit, data, strategy)
    assert [action.row_id for action in found.actions] == ["r-0"]
    assert found.skipped == {"severity low": 1}
    assert len(plan(audit, data, strategy, min_severity="low").actions) == 2
    assert plan(audit, data, strategy, min_severity=Level.HIGH).skipped == {
        "severity low": 1,
        "severity medium": 1,
    }


def test_drop_refuses_to_take_too_great_a_share(data: Dataset) -> None:
    audit = example_audit(flags_of(EVEN))
    with pytest.raises(RefusedError, match=r"'neg' would lose 5 of its 20 rows") as caught:
        plan(audit, data)
    assert "--max-class-loss to 0.25," in str(caught.value.hint)
    assert "--min-class-size" not in str(caught.value.hint)
    assert "--strategy downweight" in str(caught.value.hint)
    assert len(plan(audit, data, max_class_loss=0.25).actions) == 5
    assert len(plan(audit, data, "downweight").actions) == 5


def test_drop_refuses_to_leave_a_class_too_small(audit: Audit, data: Dataset) -> None:
    with pytest.raises(RefusedError, match="'neg' would lose 3 of its 20 rows") as caught:
        plan(audit, data, min_class_size=18)
    assert "lower --min-class-size to 17," in str(caught.value.hint)
    assert len(plan(audit, data, min_class_size=17).actions) == 3


def test_drop_leaves_a_class_alone_that_is_too_small_already(audit: Audit, data: Dataset) -> None:
    found = plan(audit, data, min_class_size=21)
    assert found.actions == ()
    assert found.skipped == {"class 'neg' has fewer than 21 training rows": 3}


def test_share_that_is_met_exactly_is_allowed(tmp_path: Path) -> None:
    audit = example_audit(flags_of(range(0, 58, 2)), n=200)
    data = write_data(tmp_path / "data.csv", rows_of(audit))
    assert len(plan(audit, data, max_class_loss=0.29).actions) == 29


def test_every_refused_class_is_named(tmp_path: Path) -> None:
    flags = [
        *flags_of(EVEN),
        *flags_of((1, 3, 5, 7, 9), given="pos", suggested="neg"),
    ]
    audit = example_audit(flags)
    data = write_data(tmp_path / "data.csv", rows_of(audit))
    with pytest.raises(RefusedError, match=r"'neg' would lose 5 .*, 'pos' would lose 5 "):
        plan(audit, data)


def test_rows_are_found_in_a_file_that_changed(audit: Audit, tmp_path: Path) -> None:
    moved = rows_of(audit).picked([*range(39, 4, -1), 2, 4, 0])
    labels = (*moved.labels[:36], "pos", moved.labels[37])
    edited = replace(moved, labels=labels, fingerprints=(*moved.fingerprints[:-1], 999))
    found = plan(audit, write_data(tmp_path / "data.csv", edited))
    assert [(action.row_id, action.row) for action in found.actions] == [("r-2", 35)]
    assert found.skipped == {
        "content changed since the run": 1,
        "label changed since the run": 1,
    }


def test_rows_that_are_gone_are_counted(audit: Audit, tmp_path: Path) -> None:
    found = plan(audit, write_data(tmp_path / "data.csv", rows_of(audit).picked(range(1, 40))))
    assert [action.row for action in found.actions] == [1, 3]
    assert found.skipped == {"not in the file any more": 1}


def test_a_label_that_was_removed_or_retyped(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0, 3), given=1, suggested=2), classes=(1, 2))
    labels = [str(label) for label in rows_of(audit).labels]
    labels[3] = None
    rows = rows_of(audit, labels=tuple(labels))
    data = write_data(tmp_path / "data.csv", rows, classes=("1", "2"))
    found = plan(audit, data)
    assert [(action.row_id, action.before) for action in found.actions] == [("r-0", "1")]
    assert found.skipped == {"label changed since the run": 1}


def without_id(audit: Audit) -> Audit:
    columns = tuple(column for column in audit.schema.columns if column.role is not Role.ID)
    return replace(audit, schema=Schema(columns))


def test_twins_without_an_id_are_told_apart_by_their_label(tmp_path: Path) -> None:
    audit = example_audit((Flag(1, "pos", "neg", 0.9, ""), Flag(2, "neg", "pos", 0.8, "")), n=30)
    fingerprint = audit.fingerprint.copy()
    fingerprint[[1, 2]] = 7777
    audit = without_id(replace(audit, fingerprint=fingerprint))
    then = rows_of(audit)

    def plan_for(rows: Rows) -> Plan:
        data = write_data(tmp_path / "data.csv", rows)
        return plan(audit, replace(data, schema=audit.schema))

    swapped = plan_for(replace(then.picked([0, 2, 1, *range(3, 30)]), ids=then.ids))
    assert [(one.row_id, one.row, one.before) for one in swapped.actions] == [
        ("r-1", 2, "pos"),
        ("r-2", 1, "neg"),
    ]
    mended = list(then.labels)
    mended[2] = "pos"
    found = plan_for(replace(then, labels=tuple(mended)))
    assert [one.row for one in found.actions] == [1]
    assert found.skipped == {"label changed since the run": 1}
    assert plan_for(then.picked([0, 1, *range(3, 30)])).skipped == {
        "label changed since the run": 1
    }


def test_a_run_of_another_file_is_told(audit: Audit, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.csv", rows_of(audit).picked(range(10, 40)))
    with pytest.raises(RunError, match="none of the rows") as caught:
        plan(audit, data)
    assert "reviews.csv" in str(caught.value.hint)


def test_a_run_with_another_id_or_label_is_told(audit: Audit, data: Dataset) -> None:
    with pytest.raises(RunError, match="no column for the id, the data now has column 'id'"):
        plan(without_id(audit), data)
    columns = tuple(
        replace(column, name="gold") if column.role is Role.LABEL else column
        for column in audit.schema.columns
    )
    with pytest.raises(RunError, match="'gold' for the label"):
        plan(replace(audit, schema=Schema(columns)), data)


def split_data(audit: Audit, tmp_path: Path, split: tuple[str | None, ...]) -> Dataset:
    return write_data(tmp_path / "data.csv", rows_of(audit, split=split))


def test_held_out_rows_are_never_changed(audit: Audit, tmp_path: Path) -> None:
    split = ("test", "x", "Train ", "x", None, *["train"] * 35)
    data = split_data(audit, tmp_path, split)
    found = plan(with_split(audit), data)
    assert [action.row_id for action in found.actions] == ["r-2"]
    assert found.skipped == {"held-out split ''": 1, "held-out split 'test'": 1}


def test_training_splits_can_be_named_otherwise(audit: Audit, tmp_path: Path) -> None:
    data = split_data(audit, tmp_path, tuple("a" if row % 4 else "b" for row in range(40)))
    with pytest.raises(RefusedError, match="never changed") as caught:
        plan(with_split(audit), data)
    assert "'a', 'b'" in str(caught.value.hint)
    found = plan(with_split(audit), data, train_values=("b",), min_class_size=1, max_class_loss=1)
    assert [action.row_id for action in found.actions] == ["r-0", "r-4"]


def test_floors_count_training_rows_only(audit: Audit, tmp_path: Path) -> None:
    split = tuple("train" if row < 24 else "test" for row in range(40))
    with pytest.raises(RefusedError, match="'neg' would lose 3 of its 12 rows"):
        plan(with_split(audit), split_data(audit, tmp_path, split))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strategy": "relable"}, "no strategy 'relable'"),
        ({"min_severity": "severe"}, "no severity 'severe'"),
        ({"min_class_size": -1}, "--min-class-size is -1"),
        ({"max_class_loss": 1.5}, "--max-class-loss is 1.5"),
        ({"max_class_loss": nan}, "--max-class-loss is nan"),
        ({"weight": -0.1}, "--weight is -0.1"),
        ({"budget": 0}, "--budget is 0"),
    ],
)
def test_impossible_options_are_refused(
    options: dict[str, object], words: str, audit: Audit, data: Dataset
) -> None:
    with pytest.raises(SettingError, match=words):
        plan(audit, data, **options)


def test_a_blind_run_is_not_trusted_silently(data: Dataset) -> None:
    audit = example_audit(flags_of(EVEN[:3]), blind="no better than chance")
    assert [notice.code for notice in plan(audit, data).notices] == ["blind-run"]
    assert plan(audit, data, "relabel").notices == ()


def test_summary_of_a_plan(audit: Audit, data: Dataset) -> None:
    effect = summarise(plan(audit, data), data)
    assert (effect.rows_before, effect.rows_after, effect.by_kind) == (40, 37, {"drop": 3})
    assert effect.classes == (
        ClassEffect("neg", 20, 17, 17.0),
        ClassEffect("pos", 20, 20, 20.0),
    )
    effect = summarise(plan(audit, data, "downweight", weight=0.5), data)
    assert effect.classes[0] == ClassEffect("neg", 20, 20, 18.5)


def test_extra_columns_do_not_matter(audit: Audit, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.csv", rows_of(audit, extra={"sex": ("f",) * 40}))
    assert Column("sex", Role.CATEGORICAL, "name") in data.schema.columns
    assert len(plan(audit, data).actions) == 3


MIXED = {
    "outlier": "relabel",
    "mislabelled": "drop",
    "ambiguous": "downweight",
}


@pytest.fixture
def kinds_of_issues() -> Audit:
    return example_audit(
        (
            *flags_of((0,), verdict=Verdict.OUTLIER),
            *flags_of((2,)),
            *flags_of((4,), verdict=Verdict.AMBIGUOUS),
            *flags_of((6,), verdict=Verdict.DUPLICATE),
            *flags_of((8,), verdict=Verdict.OUTLIER, severity=Severity.LOW),
            *flags_of((10,), severity=Severity.LOW),
        )
    )


def test_each_verdict_has_its_strategy(kinds_of_issues: Audit, data: Dataset) -> None:
    found = plan(kinds_of_issues, data, MIXED)
    assert found.strategy == "mislabelled=drop,ambiguous=downweight,outlier=relabel"
    assert [(one.row_id, one.kind) for one in found.actions] == [
        ("r-2", Kind.DROP),
        ("r-4", Kind.DOWNWEIGHT),
        ("r-0", Kind.QUEUE),
        ("r-8", Kind.QUEUE),
    ]
    assert found.skipped == {
        "severity low": 1,
        "verdict duplicate, which the plan does not name": 1,
    }


def test_a_plan_has_a_part_for_the_data_and_one_for_people(
    kinds_of_issues: Audit, data: Dataset
) -> None:
    found = plan(kinds_of_issues, data, MIXED, weight_by="class-balanced")
    assert found.class_weights
    changes, queue = data_part(found), queue_part(found)
    assert changes.actions + queue.actions == found.actions
    assert {one.kind for one in queue.actions} == {Kind.QUEUE}
    assert changes.class_weights == found.class_weights
    assert queue.class_weights == {}


def test_what_is_unsafe_can_be_left_out(kinds_of_issues: Audit, data: Dataset) -> None:
    found = plan(kinds_of_issues, data, MIXED, safe_only=True)
    assert [one.row_id for one in found.actions] == ["r-4", "r-0", "r-8"]
    assert {one.safety for one in found.actions} == {Safety.SAFE}
    assert found.skipped["drop is unsafe, and --safe-only leaves it out"] == 2
    nothing = plan(kinds_of_issues, data, "correct", safe_only=True)
    assert nothing.actions == ()
    assert nothing.skipped == {"correct is unsafe, and --safe-only leaves it out": 6}


def test_safe_only_is_not_held_up_by_floors(data: Dataset) -> None:
    audit = example_audit(flags_of(range(0, 20, 2)))
    assert plan(audit, data, safe_only=True).actions == ()


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ({"mislabled": "drop"}, "no verdict 'mislabled'"),
        ({"outlier": "relable"}, "no strategy 'relable'"),
        ({}, "no verdict has a strategy"),
    ],
)
def test_impossible_plans_are_refused(
    strategy: dict[str, str], words: str, audit: Audit, data: Dataset
) -> None:
    with pytest.raises(SettingError, match=words):
        plan(audit, data, strategy)


def test_summary_of_balanced_classes(audit: Audit, tmp_path: Path) -> None:
    split = tuple("test" if row >= 36 else "train" for row in range(40))
    data = split_data(audit, tmp_path, split)
    found = plan(with_split(audit), data, "downweight", weight_by="class-balanced")
    effect = summarise(found, data)
    # 18 training rows of each class weigh as much as all 36 do; 2 held-out rows weigh 1.
    assert [one.weight for one in effect.classes] == pytest.approx([20, 20], rel=1e-5)
    assert effect.by_safety == {"safe": 3}


def test_only_the_rows_of_a_pattern_are_taken(audit: Audit, data: Dataset) -> None:
    found = plan(audit, data, only=frozenset({"r-2"}))
    assert [action.row_id for action in found.actions] == ["r-2"]
    assert found.skipped == {"not in the chosen pattern": 2}
