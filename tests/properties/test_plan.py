from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from remedy_example import (
    TOOL,
    Flag,
    Rows,
    example_audit,
    ledger_in,
    rows_of,
    write_data,
)

from labelaudit.errors import RefusedError
from labelaudit.remedy.apply import apply_plan
from labelaudit.remedy.plan import plan_fix, summarise
from labelaudit.types import SEVERITIES, Severity

if TYPE_CHECKING:
    from labelaudit.types import Audit, Plan

CLASSES = ("a", "b", "c")
SIZE = 30


@st.composite
def audits(draw: st.DrawFn, most: int = SIZE) -> Audit:
    rows = draw(st.lists(st.integers(0, SIZE - 1), unique=True, max_size=most))
    flags = [
        Flag(
            row,
            CLASSES[row % 3],
            draw(st.sampled_from([None, *CLASSES])),
            draw(st.sampled_from([0.25, 0.5, 0.96875, 1.0])),
            "",
            draw(st.sampled_from(SEVERITIES)),
        )
        for row in rows
    ]
    return example_audit(flags, classes=CLASSES, n=SIZE)


def shuffled(audit: Audit, order: list[int]) -> Audit:
    """Give the same run of the file with its rows in another order."""
    place = {row: position for position, row in enumerate(order)}
    index = np.array(order)
    return replace(
        audit,
        row_id=audit.row_id[index],
        fingerprint=audit.fingerprint[index],
        given=audit.given[index],
        suggested=audit.suggested[index],
        order=np.array([place[row] for row in audit.order.tolist()]),
        issues=tuple(replace(issue, row=place[issue.row]) for issue in audit.issues),
    )


def plan_for(audit: Audit, rows: Rows, strategy: str, **options: object) -> Plan | str:
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder) / "data.csv", rows, classes=CLASSES)
        try:
            return plan_fix(audit, data, strategy=strategy, run_id="run-1", **options)
        except RefusedError as error:
            return str(error)


def told(plan: Plan | str) -> object:
    if isinstance(plan, str):
        return plan
    actions = [(one.row_id, one.kind, one.weight, one.reason) for one in plan.actions]
    return actions, plan.skipped


@given(
    audit=audits(),
    now=st.permutations(range(SIZE)),
    then=st.permutations(range(SIZE)),
    strategy=st.sampled_from(["drop", "downweight", "relabel"]),
    budget=st.none() | st.integers(1, SIZE),
)
@settings(deadline=None, max_examples=60)
def test_a_plan_does_not_depend_on_the_order_of_rows(
    audit: Audit, now: list[int], then: list[int], strategy: str, budget: int | None
) -> None:
    rows = rows_of(audit)
    options = {"budget": budget, "min_class_size": 2, "max_class_loss": 0.5}
    expected = told(plan_for(audit, rows, strategy, **options))
    assert told(plan_for(audit, rows.picked(now), strategy, **options)) == expected
    moved = plan_for(shuffled(audit, then), rows.picked(now), strategy, **options)
    assert told(moved) == expected


@given(
    audit=audits(),
    floor=st.integers(0, 12),
    share=st.floats(0, 1),
    severity=st.sampled_from(SEVERITIES),
)
@settings(deadline=None, max_examples=100)
def test_floors_always_hold(audit: Audit, floor: int, share: float, severity: Severity) -> None:
    options = {"min_class_size": floor, "max_class_loss": share, "min_severity": severity}
    least = SEVERITIES.index(severity)
    wanted = Counter(
        issue.given for issue in audit.issues if SEVERITIES.index(issue.severity) >= least
    )
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder) / "data.csv", rows_of(audit), classes=CLASSES)
        try:
            plan = plan_fix(audit, data, strategy="drop", run_id="run-1", **options)
        except RefusedError:
            sizes = dict.fromkeys(CLASSES, SIZE // 3)
            assert any(
                sizes[label] >= floor and (sizes[label] - n < floor or n > share * sizes[label])
                for label, n in wanted.items()
            )
            return
        for effect in summarise(plan, data).classes:
            lost = effect.before - effect.after
            assert lost <= share * effect.before + 1e-9
            assert effect.after >= min(floor, effect.before)
            assert lost in (0, wanted[effect.label])
        assert len(plan.actions) + sum(plan.skipped.values()) == len(audit.issues)


@given(weight=st.none() | st.floats(0, 1), audit=audits())
@settings(deadline=None, max_examples=40)
def test_weights_are_between_nothing_and_one(weight: float | None, audit: Audit) -> None:
    plan = plan_for(audit, rows_of(audit), "downweight", weight=weight, min_severity="low")
    assert not isinstance(plan, str)
    assert len(plan.actions) == len(audit.issues)
    assert all(0 <= action.weight <= 1 for action in plan.actions)
    if weight is None:
        assert all(action.weight >= 0.05 for action in plan.actions)


@given(order=st.permutations(range(SIZE)), kind=st.sampled_from(["drop", "downweight", "relabel"]))
@settings(deadline=None, max_examples=15)
def test_nothing_flagged_nothing_changed(order: list[int], kind: str) -> None:
    audit = example_audit((), classes=CLASSES, n=SIZE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = write_data(folder / "data.csv", rows_of(audit).picked(order), classes=CLASSES)
        plan = plan_fix(audit, data, strategy=kind, run_id="run-1")
        assert (plan.actions, plan.skipped) == ((), {})
        if kind == "drop":
            apply_plan(plan, data, output=folder / "out.csv", ledger=ledger_in(folder), tool=TOOL)
            assert (folder / "out.csv").read_bytes() == (folder / "data.csv").read_bytes()
