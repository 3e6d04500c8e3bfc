from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from remedy_example import Flag, example_audit, rows_of, write_data

from labelaudit.remedy.plan import plan_fix

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.types import Plan

CLASSES = ("a", "b", "c")


def queue(tmp_path: Path, values: dict[str, list[float]], budget: int | None) -> Plan:
    """Plan for a run that flags rows of each class with these error probabilities."""
    flags = [
        Flag(CLASSES.index(label) + 3 * place, label, None, value, "")
        for label, found in values.items()
        for place, value in enumerate(found)
    ]
    audit = example_audit(flags, classes=CLASSES, n=300)
    data = write_data(tmp_path / "data.csv", rows_of(audit), classes=CLASSES)
    return plan_fix(audit, data, strategy="relabel", run_id="run-1", budget=budget)


VALUES = {
    "a": [0.9 - place / 1000 for place in range(50)],
    "b": [0.5 - place / 1000 for place in range(10)],
    "c": [0.4, 0.3],
}


def chosen(plan: Plan) -> Counter:
    return Counter(action.before for action in plan.actions)


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (1, {"a": 1}),
        (2, {"a": 1, "b": 1}),
        (3, {"a": 1, "b": 1, "c": 1}),
        (12, {"a": 10, "b": 1, "c": 1}),
        # A quarter of an even share of 24 among three classes is 2.
        (24, {"a": 20, "b": 2, "c": 2}),
        # One of 48 would be 4; class c has but 2.
        (48, {"a": 42, "b": 4, "c": 2}),
        (61, {"a": 50, "b": 10, "c": 1}),
    ],
)
def test_every_class_comes_in_within_the_budget(
    tmp_path: Path, budget: int, expected: dict[str, int]
) -> None:
    values = {**VALUES, "c": VALUES["c"][:1]} if budget == 61 else VALUES
    plan = queue(tmp_path, values, budget)
    assert chosen(plan) == expected
    whole = queue(tmp_path, values, None)
    places = {action.row_id: place for place, action in enumerate(whole.actions)}
    order = [places[action.row_id] for action in plan.actions]
    assert order == sorted(order)
    # Of each class the first of the ranking are taken.
    for label in expected:
        of_class = [action.row_id for action in whole.actions if action.before == label]
        taken = [action.row_id for action in plan.actions if action.before == label]
        assert taken == of_class[: len(taken)]
    left = sum(map(len, values.values())) - budget
    assert plan.skipped == ({f"beyond the budget of {budget}": left} if left else {})


def test_without_a_budget_value_alone_decides(tmp_path: Path) -> None:
    plan = queue(tmp_path, {"a": [0.3, 0.9], "b": [0.8], "c": [0.1]}, None)
    assert [action.row_id for action in plan.actions] == ["r-3", "r-1", "r-0", "r-2"]
