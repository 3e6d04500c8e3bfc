"""Reading a filled queue back, and turning its decisions into a plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.errors import InputError, did_you_mean
from labelaudit.remedy.rows import (
    LABEL_CHANGED,
    TRAIN_VALUES,
    RowMatcher,
    label_of,
    same_label,
    split_values,
    training_rows,
)
from labelaudit.review.lookup import Lookup
from labelaudit.review.queue import RUN_COLUMN
from labelaudit.types import Action, Kind, Plan, Safety

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from labelaudit.types import Audit, Dataset, Label

FIRST_ROW = 2
"""How a spreadsheet numbers the first row below the header."""

_SHOWN = 10
_AS_WRITTEN = frozenset({"row_id", "new_label"})
"""Columns whose outer spaces may count: ids and classes are taken from the data as they are."""


class Choice(StrEnum):
    """What a person decided about a row."""

    KEEP = "keep"
    RELABEL = "relabel"
    DROP = "drop"
    SKIP = "skip"


SYNONYMS: Mapping[str, Choice] = {
    **{choice.value: choice for choice in Choice},
    "ok": Choice.KEEP,
    "correct": Choice.KEEP,
    "delete": Choice.DROP,
    "remove": Choice.DROP,
    "": Choice.SKIP,
}
"""The words understood in the column ``decision``; case does not count."""


@dataclass(frozen=True)
class Decision:
    """What was decided about one row.

    Attributes
    ----------
    row_id : str
        As in the run.
    choice : Choice
    label : Label or None
        The label it gets, for `Choice.RELABEL` only.
    reviewer, note : str
        Empty when not given.
    place : int
        The row of the queue, as a spreadsheet numbers it.
    """

    row_id: str
    choice: Choice
    label: Label | None
    reviewer: str
    note: str
    place: int


def read_decisions(
    path: Path, audit: Audit, *, allow_new_labels: bool = False
) -> tuple[Decision, ...]:
    """Read the decisions of a filled queue.

    Columns are found by name; `row_id` and one of `decision` and `new_label` are needed,
    others may be missing, added or moved, and rows reordered or left out.

    Parameters
    ----------
    path : Path
        CSV of any delimiter and usual encoding, or Parquet.
    audit : Audit
        The run that the queue was made from.
    allow_new_labels : bool
        Whether a label may be one that the data did not have.

    Returns
    -------
    tuple of Decision
        One for each row of the data that the queue names, in the order of the queue; a row
        that is not of the run is passed over while nothing is decided about it. A new label
        without a decision means relabel; relabel without a new label takes the suggested
        one; relabel to the given label means keep.

    Raises
    ------
    InputError
        Naming the first of all the decisions that cannot be used: an unknown word, label
        or row, a contradiction, or two different decisions for one row.
    """
    cells = _read_cells(path)
    reader = _Reader(audit, allow_new_labels=allow_new_labels)
    decided: dict[str, Decision] = {}
    for place, row in enumerate(cells, start=FIRST_ROW):
        decision = reader.read(row, place)
        if decision is None:
            continue
        earlier = decided.get(decision.row_id)
        decided[decision.row_id] = decision if earlier is None else reader.merge(earlier, decision)
    if reader.faults:
        raise _unusable(path, reader.faults)
    return tuple(decided.values())


def run_of_queue(path: Path) -> str | None:
    """Tell which run a queue was made from.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str or None
        None where the queue does not say, or names several.

    Raises
    ------
    InputError
        When the file cannot be read as a table.
    """
    from labelaudit.data.read import read_table

    table = read_table(path).table
    if RUN_COLUMN not in table.column_names:
        return None
    named = {_as_text(value).strip() for value in table.column(RUN_COLUMN).unique().to_pylist()} - {
        ""
    }
    return named.pop() if len(named) == 1 else None


def plan_decisions(
    decisions: Sequence[Decision],
    audit: Audit,
    data: Dataset,
    *,
    run_id: str,
    train_values: Iterable[str] = TRAIN_VALUES,
) -> Plan:
    """Turn decisions into a plan of corrections, drops and labels that were confirmed.

    Parameters
    ----------
    decisions : sequence of Decision
    audit : Audit
        The run that they were read for.
    data : Dataset
        The file as it is now.
    run_id : str
    train_values : iterable of str
        What the split column calls the rows that may change.

    Returns
    -------
    Plan
        With the strategy ``"apply"``, in the order of the run's ranking. Rows not decided,
        held out, gone, or changed since the run are left alone and counted.

    Raises
    ------
    RefusedError
        When no row is in a training split.
    RunError
        When the run is not one of this data.
    """
    training = training_rows(data, train_values)
    split = split_values(data)
    matcher = RowMatcher(audit, data)
    position = {str(row_id): row for row, row_id in enumerate(audit.row_id)}
    rank = {row: place for place, row in enumerate(audit.order.tolist())}
    actions: list[Action] = []
    skipped: Counter[str] = Counter()
    ordered = sorted(decisions, key=lambda decision: rank[position[decision.row_id]])
    for decision in ordered:
        if decision.choice is Choice.SKIP:
            skipped["not decided"] += 1
            continue
        row = matcher.find(position[decision.row_id])
        given = None if isinstance(row, str) else label_of(data.classes, data.y, row)
        if isinstance(row, str):
            skipped[row] += 1
        elif given is None:
            skipped[LABEL_CHANGED] += 1
        elif split is not None and not training[row]:
            skipped[f"held-out split {split[row]!r}"] += 1
        else:
            actions.append(_action(decision, row, given))
    return Plan("apply", run_id, tuple(actions), dict(sorted(skipped.items())))


class _FaultError(Exception):
    """What is wrong with one row of the queue; gathered, never seen outside."""


class _Reader:
    """Reads rows of a queue, and gathers what is wrong with them."""

    def __init__(self, audit: Audit, *, allow_new_labels: bool) -> None:
        self.faults: list[str] = []
        self._audit = audit
        self._allow_new_labels = allow_new_labels
        self._rows = Lookup((str(row_id), row) for row, row_id in enumerate(audit.row_id))
        self._labels = Lookup((label_text(label), label) for label in audit.classes)

    def read(self, cells: Mapping[str, str], place: int) -> Decision | None:
        """Read one row; None, and a fault if anything was decided, where it cannot be used."""
        try:
            written = self._written(cells)
            if written[0] is Choice.SKIP and len(self._rows.find(cells["row_id"])) != 1:
                return None
            row = self._row(cells["row_id"])
            choice, label = self._settle(row, *written)
        except _FaultError as fault:
            self.faults.append(f"row {place}: {fault}")
            return None
        return Decision(
            row_id=str(self._audit.row_id[row]),
            choice=choice,
            label=label,
            reviewer=cells["reviewer"],
            note=cells["note"],
            place=place,
        )

    def merge(self, one: Decision, other: Decision) -> Decision:
        """Make one of two decisions for one row; a fault where they differ."""
        if Choice.SKIP in (one.choice, other.choice):
            return other if one.choice is Choice.SKIP else one
        if (one.choice, one.label) != (other.choice, other.label):
            self.faults.append(
                f"row {other.place}: {_told(other)} for {other.row_id!r}, "
                f"but row {one.place} has {_told(one)}"
            )
        return replace(
            one,
            reviewer=_joined(one.reviewer, other.reviewer),
            note=_joined(one.note, other.note),
        )

    def _row(self, text: str) -> int:
        found = self._rows.find(text)
        if not found:
            raise _FaultError(f"row_id {text!r} is not in the run")
        if len(found) > 1:
            raise _FaultError(f"row_id {text!r} could be one of several rows")
        return found[0]

    def _written(self, cells: Mapping[str, str]) -> tuple[Choice, Label | None]:
        word, text = cells["decision"], cells["new_label"]
        choice = SYNONYMS.get(word.casefold())
        if choice is None:
            raise _FaultError(_unknown_word(word))
        if not word and text.strip():
            choice = Choice.RELABEL
        wanted = bool(text.strip()) and choice is not Choice.SKIP
        return choice, self._label(text) if wanted else None

    def _settle(self, row: int, choice: Choice, label: Label | None) -> tuple[Choice, Label | None]:
        if choice is Choice.RELABEL and label is None:
            label = label_of(self._audit.classes, self._audit.suggested, row)
            if label is None:
                raise _FaultError("relabel, but there is no new label and none is suggested")
        given = label_of(self._audit.classes, self._audit.given, row)
        same = label is not None and given is not None and same_label(label, given)
        if choice is not Choice.RELABEL:
            if label is not None and not same:
                raise _FaultError(f"the decision is {choice}, yet there is a new label")
            return choice, None
        return (Choice.KEEP, None) if same else (choice, label)

    def _label(self, text: str) -> Label:
        found = self._labels.find(text)
        if len(found) == 1:
            return found[0]
        if found:
            could_be = " or ".join(repr(label_text(label)) for label in found)
            raise _FaultError(f"label {text!r} could be {could_be}")
        if self._allow_new_labels:
            return _new_label(text.strip(), self._audit.classes)
        close = did_you_mean(text.strip(), (label_text(label) for label in self._audit.classes))
        raise _FaultError(f"label {text!r} is not a class" + (f"; {close}" if close else ""))


def _read_cells(path: Path) -> list[dict[str, str]]:
    from labelaudit.data.read import read_table

    table = read_table(path).table
    by_name = {name.strip().casefold(): name for name in table.column_names}
    if "row_id" not in by_name or not {"decision", "new_label"} & by_name.keys():
        raise InputError(
            "this is not a review queue: it needs the columns row_id and decision",
            where=str(path),
            hint="give the file that `labelaudit fix --strategy relabel` wrote",
        )
    wanted = ("row_id", "decision", "new_label", "reviewer", "note")
    columns = [
        [_as_text(value) for value in table.column(by_name[name]).to_pylist()]
        if name in by_name
        else [""] * table.num_rows
        for name in wanted
    ]
    return [
        {
            name: cell if name in _AS_WRITTEN else cell.strip()
            for name, cell in zip(wanted, cells, strict=True)
        }
        for cells in zip(*columns, strict=True)
    ]


def _as_text(value: object) -> str:
    missing = value is None or value != value  # noqa: PLR0124 - NaN alone differs from itself
    return "" if missing else str(value)


def _new_label(text: str, classes: Sequence[Label]) -> Label:
    whole = all(isinstance(label, int) and not isinstance(label, bool) for label in classes)
    try:
        return int(text) if whole else text
    except ValueError:
        return text


def _unknown_word(word: str) -> str:
    hint = did_you_mean(word, [known for known in SYNONYMS if known])
    return f"decision {word!r} is none of {', '.join(Choice)}" + (f"; {hint}" if hint else "")


def _told(decision: Decision) -> str:
    if decision.label is not None:
        return f"relabel to {label_text(decision.label)!r}"
    return str(decision.choice)


def _joined(one: str, other: str) -> str:
    return ", ".join(dict.fromkeys(part for part in (one, other) if part))


def _action(decision: Decision, row: int, given: Label) -> Action:
    kind, after, safety = {
        Choice.KEEP: (Kind.KEEP, given, Safety.SAFE),
        Choice.RELABEL: (Kind.CORRECT, decision.label, Safety.UNSAFE),
        Choice.DROP: (Kind.DROP, None, Safety.UNSAFE),
    }[decision.choice]
    by = f" by {decision.reviewer}" if decision.reviewer else ""
    note = f": {decision.note}" if decision.note else ""
    return Action(
        row_id=decision.row_id,
        row=row,
        kind=kind,
        before=given,
        after=after,
        weight=0.0 if kind is Kind.DROP else 1.0,
        reason=f"{_told(decision)}, decided in review{by}{note}",
        safety=safety,
    )


def _unusable(path: Path, faults: Sequence[str]) -> InputError:
    number = "1 decision" if len(faults) == 1 else f"{len(faults)} decisions"
    shown = list(faults[:_SHOWN])
    if len(faults) > _SHOWN:
        shown.append(f"and {len(faults) - _SHOWN} more")
    return InputError(
        f"{number} cannot be used:\n  " + "\n  ".join(shown),
        where=f"{path}; the header is row 1",
        hint="mend them in the queue and apply it again; nothing was written",
    )
