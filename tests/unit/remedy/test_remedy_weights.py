from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import numpy as np
import pytest
from remedy_example import (
    Severity,
    example_audit,
    flags_of,
    rows_of,
    with_split,
    write_data,
)
from sklearn.utils.class_weight import compute_class_weight

from labelaudit.errors import SettingError
from labelaudit.remedy.plan import plan_fix
from labelaudit.remedy.weights import short_weight
from labelaudit.types import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.types import Audit, Dataset, Label, Plan

CLASSES = ("a", "b", "c")
SIZES = (60, 30, 10)


def uneven(tmp_path: Path, audit: Audit, split: tuple[str, ...] | None = None) -> Dataset:
    """Of 300 rows in three equal classes, keep 60, 30 and 10."""
    rows = [row for row in range(300) if row // 3 < SIZES[row % 3]]
    kept = rows_of(audit, split=split).picked(rows)
    return write_data(tmp_path / "data.csv", kept, classes=CLASSES)


def weights(plan: Plan, data: Dataset, rows: range | None = None) -> dict[Label, list[float]]:
    """Give the weight of every row with a label, by its label afterwards."""
    named = {action.row: action for action in plan.actions}
    found: dict[Label, list[float]] = {label: [] for label in data.classes}
    for row in rows or range(data.n_rows):
        label = data.classes[data.y[row]]
        action = named.get(row)
        if action is None:
            found[label].append(plan.class_weights.get(label, 1.0))
        elif action.after is not None:
            found[action.after].append(action.weight)
    return found


def balanced(audit: Audit, data: Dataset, **options: object) -> Plan:
    options.setdefault("strategy", "downweight")
    return plan_fix(
        audit, data, run_id="run-1", weight_by="class-balanced", min_class_size=2, **options
    )


def test_balanced_weights_are_those_of_scikit_learn(tmp_path: Path) -> None:
    audit = example_audit((), classes=CLASSES, n=300)
    data = uneven(tmp_path, audit)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=data.y)
    plan = balanced(audit, data)
    assert plan.actions == ()
    assert list(plan.class_weights) == list(CLASSES)
    assert list(plan.class_weights.values()) == pytest.approx(expected, rel=1e-5)


def test_classes_have_equal_totals_with_lowered_rows_too(tmp_path: Path) -> None:
    audit = example_audit(
        [
            *flags_of((0, 3, 6, 9), given="a", suggested="b"),
            *flags_of((1, 4), given="b", suggested="a"),
            *flags_of((2,), given="c", suggested="a"),
        ],
        classes=CLASSES,
        n=300,
    )
    data = uneven(tmp_path, audit)
    plain = plan_fix(audit, data, strategy="downweight", run_id="run-1", min_class_size=2)
    plan = balanced(audit, data)
    found = weights(plan, data)
    totals = [fsum(found[label]) for label in CLASSES]
    assert totals == pytest.approx([100 / 3] * 3, rel=1e-5)
    assert fsum(totals) / 100 == pytest.approx(1, rel=1e-5)
    for before, after in zip(plain.actions, plan.actions, strict=True):
        factor = plan.class_weights[after.before]
        assert after.weight == pytest.approx(before.weight * factor, rel=1e-5)


def test_balance_counts_rows_as_the_plan_leaves_them(tmp_path: Path) -> None:
    both = {"detectors": ("confident-learning", "loss-percentile"), "confidences": (0.01, 0.98)}
    audit = example_audit(
        [
            *flags_of((0, 3), given="a", suggested="b", **both),
            *flags_of((1, 4), given="b", suggested="a", verdict="ambiguous"),
            *flags_of((7,), given="b", suggested="a", verdict="outlier"),
            *flags_of((10,), given="b", suggested="a", verdict="duplicate"),
        ],
        classes=CLASSES,
        n=300,
    )
    data = uneven(tmp_path, audit)
    plan = balanced(
        audit,
        data,
        strategy={
            "mislabelled": "correct",
            "ambiguous": "downweight",
            "outlier": "drop",
            "duplicate": "relabel",
        },
    )
    kinds = [action.kind for action in plan.actions]
    assert kinds == [Kind.CORRECT] * 2 + [Kind.DOWNWEIGHT] * 2 + [Kind.DROP, Kind.QUEUE]
    found = weights(plan, data)
    assert [len(found[label]) for label in CLASSES] == [58, 31, 10]
    totals = [fsum(found[label]) for label in CLASSES]
    assert totals == pytest.approx([33, 33, 33], rel=1e-5)
    assert plan.actions[0].weight == plan.class_weights["b"]
    assert plan.actions[4].weight == 0
    assert plan.actions[5].weight == plan.class_weights["b"]


def test_only_training_rows_are_balanced(tmp_path: Path) -> None:
    audit = with_split(example_audit((), classes=CLASSES, n=300))
    split = tuple("test" if row < 30 else "train" for row in range(300))
    data = uneven(tmp_path, audit, split)
    plan = balanced(audit, data)
    training = [row for row in range(data.n_rows) if int(data.row_id[row][2:]) >= 30]
    sizes = np.bincount(data.y[training], minlength=3)
    # The smallest class is in the test split as a whole: it has no weight to balance.
    assert sizes.tolist() == [50, 20, 0]
    assert plan.class_weights == {"a": 0.7, "b": 1.75}


def test_strategies_without_weights_balance_nothing(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0,), given="a", suggested="b"), classes=CLASSES, n=300)
    data = uneven(tmp_path, audit)
    for strategy in ("drop", "relabel"):
        plan = balanced(audit, data, strategy=strategy)
        assert plan.class_weights == {}
        assert plan.actions[0].weight in (0.0, 1.0)


def test_a_class_keeps_its_weight(tmp_path: Path) -> None:
    audit = example_audit(flags_of(range(0, 24, 2), given="neg", severity=Severity.HIGH), n=40)
    data = write_data(tmp_path / "data.csv", rows_of(audit))
    plan = plan_fix(audit, data, strategy="downweight", run_id="run-1", min_class_size=15)
    (notice,) = plan.notices
    assert notice.code == "weights-raised"
    assert "'neg'" in notice.message
    assert "15" in notice.message
    found = [action.weight for action in plan.actions]
    total = fsum(found) + 8
    assert total == pytest.approx(15, abs=1e-4)
    assert total >= 15
    lowered = [1 - one.error_probability for one in audit.issues]
    # Raised in proportion to what was taken: the most suspicious stay the lightest.
    scale = [(1 - after) / (1 - before) for after, before in zip(found, lowered, strict=True)]
    assert scale == pytest.approx([scale[0]] * 12, abs=0.002)
    assert (
        plan_fix(audit, data, strategy="downweight", run_id="run-1", min_class_size=9).notices == ()
    )


def test_a_class_with_nothing_to_spare_is_left_alone(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0, 2)), n=20)
    data = write_data(tmp_path / "data.csv", rows_of(audit))
    plan = plan_fix(audit, data, strategy="downweight", run_id="run-1")
    assert plan.actions == ()
    assert plan.notices == ()
    assert plan.skipped == {"class 'neg' has 10 training rows, and none to spare": 2}


def test_weights_go_by_what_there_is(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0,)))
    data = write_data(tmp_path / "data.csv", rows_of(audit))
    with pytest.raises(SettingError, match="'class-balance'") as caught:
        plan_fix(audit, data, strategy="downweight", run_id="run-1", weight_by="class-balance")
    assert "class-balanced" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("weight", "text"), [(1.0, "1"), (0.1, "0.1"), (1 / 3, "0.333333"), (0.05, "0.05"), (0, "0")]
)
def test_weights_are_written_short(weight: float, text: str) -> None:
    assert short_weight(weight) == text


def test_a_class_of_few_rows_is_not_made_to_outweigh_the_rest(tmp_path: Path) -> None:
    audit = example_audit((), classes=CLASSES, n=300)
    data = uneven(tmp_path, audit)
    sizes = np.bincount(data.y).tolist()
    small = CLASSES[int(np.argmin(sizes))]
    plan = plan_fix(
        audit,
        data,
        run_id="run-1",
        strategy="downweight",
        weight_by="class-balanced",
        min_class_size=min(sizes) + 1,
    )
    assert small not in plan.class_weights
    totals = [
        plan.class_weights[label] * size
        for label, size in zip(CLASSES, sizes, strict=True)
        if label != small
    ]
    assert totals[0] == pytest.approx(totals[1], rel=1e-4)
