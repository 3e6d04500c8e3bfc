from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from dataclasses import replace
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from audit_example import CONFIDENT, LOSS
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder_example import recorder_in
from remedy_example import (
    Flag,
    Rows,
    example_audit,
    rows_of,
    with_split,
    write_data,
)

from labelaudit.errors import RefusedError
from labelaudit.remedy.apply import apply_plan
from labelaudit.remedy.edits import weights_of
from labelaudit.remedy.effect import summarise
from labelaudit.remedy.plan import plan_fix
from labelaudit.types import SEVERITIES, VERDICTS, Kind, Severity

if TYPE_CHECKING:
    from labelaudit.types import Audit, Dataset, Plan

CLASSES = ("a", "b", "c")
SIZE = 30
MIXED = {
    "mislabelled": "correct",
    "ambiguous": "downweight",
    "outlier": "relabel",
    "duplicate": "drop",
}
STRATEGIES = ["drop", "downweight", "correct", "relabel", MIXED]
LOOSE = {"min_class_size": 2, "max_class_loss": 1.0}


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
            draw(st.sampled_from(VERDICTS)),
            draw(st.sampled_from([(LOSS,), (CONFIDENT, LOSS)])),
            draw(st.sampled_from([(0.125, 0.75), (0.5, 0.5), (0.0, 1.0)])),
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


def plan_for(
    audit: Audit, rows: Rows, strategy: str | dict[str, str], **options: object
) -> Plan | str:
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder) / "data.csv", rows, classes=CLASSES)
        try:
            return plan_fix(audit, data, strategy=strategy, run_id="run-1", **options)
        except RefusedError as error:
            return str(error)


def told(plan: Plan | str) -> object:
    if isinstance(plan, str):
        return plan
    actions = [replace(one, row=0) for one in plan.actions]
    return actions, plan.skipped, plan.class_weights, plan.notices


@given(
    audit=audits(),
    now=st.permutations(range(SIZE)),
    then=st.permutations(range(SIZE)),
    strategy=st.sampled_from(STRATEGIES),
    budget=st.none() | st.integers(1, SIZE),
    soft=st.booleans(),
    weight_by=st.sampled_from(["error-probability", "class-balanced"]),
)
@settings(deadline=None, max_examples=100)
def test_a_plan_does_not_depend_on_the_order_of_rows(
    audit: Audit,
    now: list[int],
    then: list[int],
    strategy: str | dict[str, str],
    budget: int | None,
    soft: bool,  # noqa: FBT001
    weight_by: str,
) -> None:
    rows = rows_of(audit)
    options = {
        "budget": budget,
        "min_class_size": 2,
        "max_class_loss": 0.5,
        "soft": soft and strategy in ("correct", MIXED),
        "weight_by": weight_by,
        "min_confidence": 0.25,
    }
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


@given(audit=audits(), floor=st.integers(0, 12), share=st.floats(0, 1), soft=st.booleans())
@settings(deadline=None, max_examples=100)
def test_floors_hold_for_several_strategies_together(
    audit: Audit,
    floor: int,
    share: float,
    soft: bool,  # noqa: FBT001
) -> None:
    options = {"min_class_size": floor, "max_class_loss": share, "min_confidence": 0.25}
    plan = plan_for(audit, rows_of(audit), MIXED, soft=soft, min_severity="low", **options)
    if isinstance(plan, str):
        return
    lost: dict[object, list[float]] = defaultdict(list)
    weights = {label: [1.0] * (SIZE // 3) for label in CLASSES}
    for action in plan.actions:
        if action.kind is not Kind.QUEUE:
            weights[action.before].remove(1.0)
        if action.kind is not Kind.QUEUE and action.after is not None:
            weights[action.after].append(action.weight)
        if action.probabilities is not None:
            lost[action.before].append(1 - action.probabilities[CLASSES.index(action.before)])
        elif action.kind in (Kind.DROP, Kind.CORRECT):
            lost[action.before].append(1)
    for label in CLASSES:
        assert fsum(lost[label]) <= share * (SIZE // 3) + 1e-6
        assert fsum(weights[label]) >= min(floor, len(weights[label])) - 1e-9
    assert len(plan.actions) + sum(plan.skipped.values()) == len(audit.issues)


@given(audit=audits())
@settings(deadline=None, max_examples=60)
def test_soft_labels_are_probabilities(audit: Audit) -> None:
    options = {"soft": True, "min_severity": "low", "min_agreement": 1, **LOOSE}
    plan = plan_for(audit, rows_of(audit), "correct", **options)
    assert not isinstance(plan, str)
    errors = {one.row_id: one.error_probability for one in audit.issues}
    for action in plan.actions:
        assert action.probabilities is not None
        assert all(0 <= prob <= 1 for prob in action.probabilities)
        assert fsum(action.probabilities) == pytest.approx(1, abs=1e-12)
        own = action.probabilities[CLASSES.index(action.before)]
        assert own == pytest.approx(1 - errors[action.row_id], abs=1e-7)
        assert action.after == action.before


@given(
    audit=audits(),
    strategy=st.sampled_from(["downweight", MIXED]),
    weight=st.none() | st.floats(0.01, 1),
)
@settings(deadline=None, max_examples=60)
def test_balanced_classes_weigh_the_same(
    audit: Audit, strategy: str | dict[str, str], weight: float | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder) / "data.csv", rows_of(audit), classes=CLASSES)
        options = {"weight": weight, "weight_by": "class-balanced", "min_severity": "low"}
        plan = plan_fix(audit, data, strategy=strategy, run_id="run-1", **LOOSE, **options)
    after = dict(enumerate(data.classes[code] for code in data.y.tolist()))
    after |= {action.row: action.after for action in plan.actions}
    changes = tuple(action for action in plan.actions if action.kind is not Kind.QUEUE)
    written = weights_of(replace(plan, actions=changes), data)
    totals: dict[object, list[float]] = defaultdict(list)
    for row, label in after.items():
        if label is not None:
            totals[label].append(written[row])
    sums = [fsum(found) for found in totals.values()]
    assert sums == pytest.approx([sums[0]] * len(sums), rel=1e-4)
    rows = sum(map(len, totals.values()))
    assert fsum(sums) == pytest.approx(rows, rel=1e-4)


@given(
    audit=audits(),
    held_out=st.lists(st.sampled_from(["train", "test", "dev"]), min_size=SIZE, max_size=SIZE),
    strategy=st.sampled_from(STRATEGIES),
)
@settings(deadline=None, max_examples=60)
def test_held_out_rows_are_never_in_a_plan(
    audit: Audit, held_out: list[str], strategy: str | dict[str, str]
) -> None:
    audit = with_split(audit)
    held_out[0] = "train"
    rows = rows_of(audit, split=tuple(held_out))
    options = {"weight_by": "class-balanced", "min_severity": "low", "min_confidence": 0.25}
    plan = plan_for(audit, rows, strategy, **LOOSE, **options)
    if not isinstance(plan, str):
        assert {held_out[action.row] for action in plan.actions} <= {"train"}
        wanted = sum(held_out[issue.row] != "train" for issue in audit.issues)
        assert sum(n for why, n in plan.skipped.items() if "held-out" in why) == wanted


@given(weight=st.none() | st.floats(0, 1), audit=audits())
@settings(deadline=None, max_examples=40)
def test_weights_are_between_nothing_and_one(weight: float | None, audit: Audit) -> None:
    options = {"weight": weight, "min_severity": "low", "min_class_size": 0}
    plan = plan_for(audit, rows_of(audit), "downweight", **options)
    assert not isinstance(plan, str)
    assert len(plan.actions) == len(audit.issues)
    assert all(0 <= action.weight <= 1 for action in plan.actions)
    if weight is None:
        assert all(action.weight >= 0.05 for action in plan.actions)


@given(order=st.permutations(range(SIZE)), strategy=st.sampled_from(STRATEGIES))
@settings(deadline=None, max_examples=15)
def test_nothing_flagged_nothing_changed(order: list[int], strategy: str | dict[str, str]) -> None:
    audit = example_audit((), classes=CLASSES, n=SIZE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data: Dataset = write_data(
            folder / "data.csv", rows_of(audit).picked(order), classes=CLASSES
        )
        plan = plan_fix(audit, data, strategy=strategy, run_id="run-1")
        assert (plan.actions, plan.skipped, plan.class_weights) == ((), {}, {})
        apply_plan(plan, data, output=folder / "out.csv", recorder=recorder_in(folder))
        assert (folder / "out.csv").read_bytes() == (folder / "data.csv").read_bytes()
