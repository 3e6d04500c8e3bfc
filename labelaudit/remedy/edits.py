"""What a plan means for the file: rows that go, cells that change, columns that come."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.data.schema import SOFT_LABEL_PREFIX, WEIGHT_COLUMN
from labelaudit.errors import InputError, SettingError
from labelaudit.remedy.rows import TRAIN_VALUES, training_rows
from labelaudit.types import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from labelaudit.types import Dataset, Label, Plan


@dataclass(frozen=True)
class Edits:
    """What is done to a file, by 0-based position among its data rows.

    Attributes
    ----------
    drop : list of int
        Rows that go, in order.
    replace : mapping of (row, column name) to str
        New cells.
    append : mapping of column name to sequence, length n
        New columns: text for CSV, numbers (None where there is none) for Parquet.
    """

    drop: list[int]
    replace: Mapping[tuple[int, str], str]
    append: Mapping[str, Sequence[str] | Sequence[float | None]]

    @property
    def is_empty(self) -> bool:
        """Whether the file stays as it is."""
        return not (self.drop or self.replace or self.append)


def edits_of(
    plan: Plan,
    data: Dataset,
    *,
    weight_column: str = WEIGHT_COLUMN,
    train_values: Iterable[str] = TRAIN_VALUES,
) -> Edits:
    """Work out what a plan means for the file it was made for.

    Parameters
    ----------
    plan : Plan
    data : Dataset
    weight_column : str
    train_values : iterable of str
        What the split column calls training rows, which alone get weights of their class.

    Returns
    -------
    Edits
        Without a column of weights where no weight is changed.

    Raises
    ------
    InputError
        When a column to be added is there already.
    SettingError
        When the column of weights is called like a soft label.
    """
    append: dict[str, list[float | None]] = {}
    if weight_column.startswith(SOFT_LABEL_PREFIX):
        raise SettingError(
            f"{weight_column!r} is the name of a soft label",
            where="--weight-column",
            hint=f"choose a name that does not begin with {SOFT_LABEL_PREFIX}",
        )
    if _changes_weights(plan):
        _refuse_clash(
            data, weight_column, hint="call the new one otherwise with --weight-column NAME"
        )
        append[weight_column] = list(weights_of(plan, data, train_values=train_values))
    append |= _soft_labels(plan, data)
    as_text = data.source.format == "csv"
    return Edits(
        drop=sorted(action.row for action in plan.actions if action.kind is Kind.DROP),
        replace=_corrections(plan, data),
        append={
            name: [number_text(cell) for cell in cells] if as_text else cells
            for name, cells in append.items()
        },
    )


def number_text(value: float | None) -> str:
    """Write a number as short as it can be read back: ``1``, ``0.0625``; None is empty."""
    return "" if value is None else repr(float(value)).removesuffix(".0")


def weights_of(
    plan: Plan,
    data: Dataset,
    *,
    before: Sequence[float] | None = None,
    train_values: Iterable[str] = TRAIN_VALUES,
) -> list[float]:
    """Give the sample weight of every row after a plan.

    Parameters
    ----------
    plan : Plan
    data : Dataset
        n rows.
    before : sequence of float, length n, optional
        The weights before; 1 each when left out.
    train_values : iterable of str

    Returns
    -------
    list of float, length n
    """
    weights = [1.0] * data.n_rows if before is None else list(before)
    if plan.class_weights:
        by_code = [plan.class_weights.get(label, 1.0) for label in data.classes]
        learned = training_rows(data, train_values).tolist()
        for row, code in enumerate(data.y.tolist()):
            if learned[row] and code >= 0:
                weights[row] = by_code[code]
    if _changes_weights(plan):
        for action in plan.actions:
            weights[action.row] = action.weight
    return weights


def _changes_weights(plan: Plan) -> bool:
    return bool(plan.class_weights) or any(a.kind is Kind.DOWNWEIGHT for a in plan.actions)


def _soft_labels(plan: Plan, data: Dataset) -> dict[str, list[float | None]]:
    soft = {
        action.row: action.probabilities
        for action in plan.actions
        if action.probabilities is not None
    }
    if not soft:
        return {}
    names = [SOFT_LABEL_PREFIX + label_text(label) for label in data.classes]
    for name in names:
        _refuse_clash(data, name, hint=f"remove the columns {SOFT_LABEL_PREFIX}* first")
    columns: dict[str, list[float | None]] = {name: [] for name in names}
    for row, code in enumerate(data.y.tolist()):
        given = soft.get(row)
        for place, name in enumerate(names):
            hard = None if code < 0 else float(place == code)
            columns[name].append(hard if given is None else given[place])
    return columns


def _refuse_clash(data: Dataset, column: str, *, hint: str) -> None:
    if column in data.table.column_names:
        raise InputError(
            f"the data has a column {column!r} already", where=data.source.path, hint=hint
        )


def _corrections(plan: Plan, data: Dataset) -> dict[tuple[int, str], str]:
    corrected = {
        action.row: action.after
        for action in plan.actions
        if action.kind is Kind.CORRECT and action.after is not None and action.probabilities is None
    }
    column = data.schema.one(Role.LABEL)
    if not corrected or column is None:
        return {}
    spelled = _spellings(data, set(corrected.values()))
    return {(row, column): spelled[label] for row, label in sorted(corrected.items())}


def _spellings(data: Dataset, labels: set[Label]) -> dict[Label, str]:
    """Give classes as the file itself writes them; a new one is written as it is."""
    codes = {code: label for code, label in enumerate(data.classes) if label in labels}
    seen: dict[int, Counter[str]] = defaultdict(Counter)
    cells = data.table.column(data.schema.one(Role.LABEL)).to_pylist() if codes else []
    for code, cell in zip(data.y.tolist(), cells, strict=False):
        if code in codes:
            seen[code][str(cell)] += 1
    found = {label: label_text(label) for label in labels}
    for code, counts in seen.items():
        found[codes[code]] = min(counts, key=lambda text: (-counts[text], text))
    return found


def weights_now(data: Dataset, weight_column: str = WEIGHT_COLUMN) -> list[float]:
    """Give the sample weights a table comes with; 1 where it has none.

    Parameters
    ----------
    data : Dataset
        n rows.
    weight_column : str

    Returns
    -------
    list of float, length n
    """
    if weight_column not in data.table.column_names:
        return [1.0] * data.n_rows
    return [_number(cell) for cell in data.table.column(weight_column).to_pylist()]


def _number(cell: Any) -> float:  # noqa: ANN401
    try:
        return float(cell)
    except (TypeError, ValueError):
        return 1.0
