"""Plans for the rows of `prepared_run`, and applying them, for the tests of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from prepared_run import dataset_of, table_of, write_table
from recorder_example import recorder_in

from labelaudit.data.read import read_table
from labelaudit.remedy.apply import apply_plan
from labelaudit.remedy.undo import carry_out, choose, plan_undo
from labelaudit.types import Action, Kind, Plan, Safety

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labelaudit.remedy.apply import Applied
    from labelaudit.remedy.undo import Undoing
    from labelaudit.types import Dataset

OTHER = {"neg": "pos", "pos": "neg"}
PLANS = {
    "drop": {Kind.DROP: (0, 4, 39)},
    "correct": {Kind.CORRECT: (0, 4, 39)},
    "downweight": {Kind.DOWNWEIGHT: (0, 4, 39)},
    "soft": {"soft": (0, 4)},
    "all": {Kind.DROP: (2, 3), Kind.CORRECT: (0, 39), Kind.DOWNWEIGHT: (4, 5)},
    "balanced": {Kind.DOWNWEIGHT: (4,)},
    "nothing": {},
}


def action(data: Dataset, row: int, kind: Kind | str) -> Action:
    given = data.classes[data.y[row]]
    after = {Kind.DROP: None, Kind.CORRECT: OTHER[given]}.get(kind, given)
    weight = {Kind.DROP: 0.0, Kind.DOWNWEIGHT: 0.25}.get(kind, 1.0)
    probabilities = (0.25, 0.75) if kind == "soft" else None
    real = Kind.CORRECT if kind == "soft" else kind
    return Action(
        str(data.row_id[row]), row, real, given, after, weight, "why", Safety.SAFE, probabilities
    )


def plan_of(name: str, data: Dataset) -> Plan:
    actions = tuple(action(data, row, kind) for kind, rows in PLANS[name].items() for row in rows)
    weights = {"pos": 0.5} if name == "balanced" else {}
    return Plan(name, "run-1", actions, class_weights=weights)


def made(folder: Path, suffix: str, *, with_id: bool = True) -> Path:
    path = folder / f"data{suffix}"
    write_table(table_of(with_id=with_id), path)
    return path


def applied(name: str, path: Path, **options: object) -> Applied:
    data = dataset_of(path)
    options.setdefault("output", path)
    options.setdefault("in_place", options["output"] == path)
    return apply_plan(plan_of(name, data), data, recorder=recorder_in(path.parent), **options)


def undone(folder: Path, what: str | None = None) -> Undoing:
    """Undo, and give what was planned."""
    recorder = recorder_in(folder)
    (header,) = choose(recorder, what)
    undoing = plan_undo(recorder, header)
    carry_out(recorder, undoing)
    return undoing


def rows_in(path: Path) -> list[dict[str, object]]:
    """Give the rows of a file, empty cells as text."""
    rows = read_table(path).table.to_pylist()
    return [{name: "" if cell is None else cell for name, cell in row.items()} for row in rows]


def rewritten(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """Let somebody else write the file again."""
    write_table(pa.Table.from_pylist(list(rows)), path)
