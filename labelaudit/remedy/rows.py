"""Finding the rows of a run in the file as it is now, and which of them may change."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.errors import RefusedError, RunError
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Audit, BoolArray, Dataset, IntArray, Label

GONE = "not in the file any more"
CONTENT_CHANGED = "content changed since the run"
LABEL_CHANGED = "label changed since the run"

TRAIN_VALUES = ("train", "training")
"""What the split column calls the rows that a model learns from."""

_SHOWN = 5


def same_label(one: Label, other: Label) -> bool:
    """Tell whether two labels are one class, though read as different types."""
    return one == other or label_text(one) == label_text(other)


class RowMatcher:
    """Finds rows of a run in the data, by what they are and never by where they stand.

    With an id column a row is the one of that id. Without, rows of the same content and
    label are interchangeable: the k-th of them in the run is the k-th in the data.

    Parameters
    ----------
    audit : Audit
    data : Dataset

    Raises
    ------
    RunError
        When the run took other columns for the label or the id than the data now has.
    """

    def __init__(self, audit: Audit, data: Dataset) -> None:
        for role in (Role.LABEL, Role.ID):
            _check_same_column(audit, data, role)
        self._audit = audit
        self._data = data
        self._has_id = data.schema.one(Role.ID) is not None
        self._by_id = {str(row_id): row for row, row_id in enumerate(data.row_id)}
        self._known: frozenset[int] = frozenset()
        self._twin: dict[int, int] = {}
        if not self._has_id:
            self._known = frozenset(data.fingerprint.tolist())
            self._twin = self._match_by_content()

    def find(self, row: int) -> int | str:
        """Give where a row of the run is in the data.

        Parameters
        ----------
        row : int
            0-based position in the run.

        Returns
        -------
        int or str
            The 0-based position in the data, or why it must be left alone.
        """
        return self._find_by_id(row) if self._has_id else self._find_by_content(row)

    def _find_by_id(self, row: int) -> int | str:
        found = self._by_id.get(str(self._audit.row_id[row]))
        if found is None:
            return GONE
        if self._audit.fingerprint[row] != self._data.fingerprint[found]:
            return CONTENT_CHANGED
        before = label_of(self._audit.classes, self._audit.given, row)
        now = label_of(self._data.classes, self._data.y, found)
        unchanged = before is not None and now is not None and same_label(before, now)
        return found if unchanged else LABEL_CHANGED

    def _find_by_content(self, row: int) -> int | str:
        if row in self._twin:
            return self._twin[row]
        known = int(self._audit.fingerprint[row]) in self._known
        return LABEL_CHANGED if known else GONE

    def _match_by_content(self) -> dict[int, int]:
        audit, data = self._audit, self._data
        theirs = _positions(data.fingerprint, data.y, data.classes)
        ours = _positions(audit.fingerprint, audit.given, audit.classes)
        return {
            mine: twin
            for key, rows in ours.items()
            for mine, twin in zip(rows, theirs.get(key, ()), strict=False)
        }


def label_of(classes: Sequence[Label], codes: IntArray, row: int) -> Label | None:
    """Give the label of a row, or None where it has none."""
    code = int(codes[row])
    return classes[code] if code >= 0 else None


def training_rows(data: Dataset, train_values: Iterable[str] = TRAIN_VALUES) -> BoolArray:
    """Tell which rows a model learns from.

    Parameters
    ----------
    data : Dataset
        n rows.
    train_values : iterable of str
        What the split column calls them; case and outer spaces do not count.

    Returns
    -------
    ndarray of bool, shape (n,)
        All of them without a split column.

    Raises
    ------
    RefusedError
        When the split column holds none of `train_values`.
    """
    import numpy as np

    split = split_values(data)
    if split is None:
        return np.ones(data.n_rows, dtype=np.bool_)
    wanted = {_folded(value) for value in train_values}
    training = np.fromiter((_folded(value) in wanted for value in split), np.bool_, data.n_rows)
    if not training.any():
        present = sorted(set(split))
        shown = ", ".join(repr(value) for value in present[:_SHOWN])
        more = f" and {len(present) - _SHOWN} more" if len(present) > _SHOWN else ""
        raise RefusedError(
            "no row is in a training split, and held-out rows are never changed",
            where=f"column {data.schema.one(Role.SPLIT)!r}",
            hint=f"name the training split with --train-split; there are: {shown}{more}",
        )
    return training


def split_values(data: Dataset) -> list[str] | None:
    """Give the split of each row as text (empty when missing), or None without a split."""
    name = data.schema.one(Role.SPLIT)
    if name is None:
        return None
    return ["" if value is None else str(value) for value in data.table.column(name).to_pylist()]


def _folded(value: str) -> str:
    return value.strip().casefold()


def _positions(
    fingerprint: NDArray[np.uint64], codes: IntArray, classes: Sequence[Label]
) -> dict[tuple[int, str], list[int]]:
    names = [label_text(label) for label in classes]
    rows: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row, (key, code) in enumerate(zip(fingerprint.tolist(), codes.tolist(), strict=True)):
        if code >= 0:
            rows[key, names[code]].append(row)
    return rows


def _check_same_column(audit: Audit, data: Dataset, role: Role) -> None:
    then, now = audit.schema.one(role), data.schema.one(role)
    if then != now:
        raise RunError(
            f"the run took {_named(then)} for the {role}, the data now has {_named(now)}",
            where=data.source.path,
            hint=f"give the same --{role} as to detect, or run detect again",
        )


def _named(column: str | None) -> str:
    return "no column" if column is None else f"column {column!r}"
