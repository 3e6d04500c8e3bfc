"""Undoing row by row, in a file that was changed by others since."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.data.schema import SOFT_LABEL_PREFIX
from labelaudit.remedy.rows import GONE
from labelaudit.remedy.undo_added import cells_of_added, is_one_hot, number
from labelaudit.remedy.undo_inverse import CORRECT, DOWNWEIGHT, DROP, inverse, is_soft
from labelaudit.remedy.undo_match import LABEL_CHANGED, WEIGHT_CHANGED, FileNow, same_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from labelaudit.data.write import Staged
    from labelaudit.remedy.ledger_chain import Entry

AS_BEFORE = "is as before already"
SOFT_LABEL_CHANGED = "soft label changed since"
THERE_ALREADY = "is in the file already"
NO_ORIGINAL = "the file it came from is not kept as it was"


_SAME = 1e-6


@dataclass(frozen=True)
class RowUndo:
    """What undoing means for a file as it is now.

    Attributes
    ----------
    now : FileNow
    replace : mapping of (row, column name) to str
    remove : tuple of str
        Columns that only held what the action gave them.
    add : sequence of str or pyarrow.Table or None
        Rows that come back, as `labelaudit.data.rewrite.rewrite` takes them.
    changes : list of dict
        For the ledger.
    refused : list of (str, str)
        Rows that are left alone: id and reason.
    kept : tuple of str
        Columns the action added that hold more than it gave them, and stay.
    """

    now: FileNow
    replace: Mapping[tuple[int, str], str]
    remove: tuple[str, ...]
    add: Sequence[str] | pa.Table | None
    changes: list[dict[str, Any]]
    refused: list[tuple[str, str]]
    kept: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be undone."""
        return not (self.replace or self.remove or self.changes)

    def write(self, staged: Staged) -> str:
        """Write the file; see `labelaudit.data.rewrite.rewrite`."""
        from labelaudit.data.rewrite import rewrite

        return rewrite(
            self.now.source,
            staged,
            n_rows=self.now.table.num_rows,
            replace=self.replace,
            remove=self.remove,
            add=self.add,
        )


def undo_rows(
    header: Entry,
    lines: Sequence[Mapping[str, Any]],
    now: FileNow,
    original: FileNow | None,
    before: Mapping[tuple[str, str], int] | None = None,
) -> RowUndo:
    """Work out what can be undone, row by row.

    Parameters
    ----------
    header : Entry
        Of the action.
    lines : sequence of mapping
        The facts of its changes.
    now : FileNow
        The file it wrote, as it is now.
    original : FileNow or None
        What it was made from, where that is still there.
    before : mapping of (str, str) to int, optional
        How many rows of a content, as 16 hexadecimal digits, had a label before the action.
        Without ids so many are not touched: they had it on their own.

    Returns
    -------
    RowUndo
    """
    work = _Work(header, now, before or {})
    for line in lines:
        work.undo(line)
    work.balance_classes()
    work.drop_columns()
    add = work.put_back([line for line in lines if line["change"] == DROP], original)
    return RowUndo(
        now=now,
        replace=work.replace,
        remove=tuple(work.remove),
        add=add,
        changes=work.changes,
        refused=work.refused,
        kept=tuple(name for name in work.added if name not in work.remove),
    )


class _Work:
    def __init__(self, header: Entry, now: FileNow, before: Mapping[tuple[str, str], int]) -> None:
        self.replace: dict[tuple[int, str], str] = {}
        self.remove: list[str] = []
        self.changes: list[dict[str, Any]] = []
        self.refused: list[tuple[str, str]] = []
        there = set(now.table.column_names)
        self.added = [name for name in header.facts.get("added", ()) if name in there]
        self._soft = [name for name in self.added if name.startswith(SOFT_LABEL_PREFIX)]
        self._weights = next((name for name in self.added if name not in self._soft), None)
        self._cells = {name: now.cells(name) for name in self.added}
        self._header = header
        self._now = now
        self._before = before
        self._set_back: Counter[tuple[str, str]] = Counter()

    def undo(self, line: Mapping[str, Any]) -> None:
        if line["change"] == CORRECT and is_soft(line):
            self._harden(line)
        elif line["change"] == CORRECT:
            self._correct(line)
        elif line["change"] == DOWNWEIGHT and self._weights is not None:
            self._reweight(line, self._weights)

    def _correct(self, line: Mapping[str, Any]) -> None:
        labels = self._now.labels
        if not self._now.columns["id"] and self._count(line, "after") <= self._had(line, "after"):
            back = self._count(line, "before") >= self._had(line, "before") > 0
            self._refuse(line, AS_BEFORE if back else GONE)
            return
        row = self._found(line, lambda one: same_text(labels[one], line["after"]))
        if row is None:
            return
        if same_text(labels[row], line["after"]):
            self._set_back[line["fingerprint"], label_text(line["after"])] += 1
            cell = line.get("cell", label_text(line["before"]))
            self.replace[row, self._now.columns["label"]] = cell
            self._done(line, row)
        else:
            same = same_text(labels[row], line["before"])
            self._refuse(line, AS_BEFORE if same else LABEL_CHANGED)

    def _count(self, line: Mapping[str, Any], which: str) -> int:
        """Count the rows of this content that still have a label of the change."""
        twins = self._now.twins(line["fingerprint"])
        there = sum(same_text(self._now.labels[one], line[which]) for one in twins)
        return there - self._set_back[line["fingerprint"], label_text(line[which])]

    def _had(self, line: Mapping[str, Any], which: str) -> int:
        return self._before.get((line["fingerprint"], label_text(line[which])), 0)

    def _reweight(self, line: Mapping[str, Any], column: str) -> None:
        cells = self._cells[column]
        row = self._found(line, lambda one: number(cells[one]) == line["weight"])
        if row is None:
            return
        if number(cells[row]) == line["weight"]:
            self._set(row, column, "1")
            self._done(line, row)
        else:
            self._refuse(line, AS_BEFORE if number(cells[row]) == 1 else WEIGHT_CHANGED)

    def _harden(self, line: Mapping[str, Any]) -> None:
        if not self._soft:
            return
        labels = self._now.labels
        row = self._found(line, lambda one: self._is_soft_as(one, line))
        if row is None:
            return
        if not self._is_soft_as(row, line):
            same = same_text(labels[row], line["before"])
            self._refuse(line, SOFT_LABEL_CHANGED if same else LABEL_CHANGED)
            return
        given = SOFT_LABEL_PREFIX + label_text(line["before"])
        for name in self._soft:
            self._set(row, name, "1" if name == given else "0")
        self._done(line, row)

    def _is_soft_as(self, row: int, line: Mapping[str, Any]) -> bool:
        """Tell whether a row still has the label and the soft label that it was given."""
        cells = (number(self._cells[name][row]) for name in self._soft)
        told = line["probabilities"]
        return same_text(self._now.labels[row], line["before"]) and all(
            cell is not None and abs(cell - prob) < _SAME
            for cell, prob in zip(cells, told, strict=False)
        )

    def balance_classes(self) -> None:
        """Give rows whose weight came from their class the weight 1."""
        of_classes = {float(one) for one in self._header.facts.get("class_weights", {}).values()}
        if self._weights is None:
            return
        for row, cell in enumerate(self._cells[self._weights]):
            if number(cell) in of_classes - {1.0}:
                self._set(row, self._weights, "1")

    def drop_columns(self) -> None:
        """Take the columns out that tell nothing any more."""
        if self._weights is not None:
            cells = self._cells[self._weights]
            if all(not cell or number(cell) == 1 for cell in cells):
                self.remove.append(self._weights)
        if self._soft and is_one_hot([self._cells[name] for name in self._soft]):
            self.remove += self._soft
        self.replace = {
            key: cell for key, cell in self.replace.items() if key[1] not in self.remove
        }

    def put_back(
        self, lines: Sequence[Mapping[str, Any]], original: FileNow | None
    ) -> Sequence[str] | pa.Table | None:
        """Find the rows that come back, unless they are there."""
        from labelaudit.remedy.undo_added import rows_to_add

        if original is None:
            for line in lines:
                self._refuse(line, NO_ORIGINAL)
            return None
        rows: list[int] = []
        for line in lines:
            if self._is_there(line, original, rows):
                self._refuse(line, THERE_ALREADY)
                continue
            self.changes.append(
                inverse(line, self._header.action, self._now.table.num_rows + len(rows))
            )
            rows.append(int(line["row"]))
        if not rows:
            return None
        names = [name for name in self._now.table.column_names if name not in self.remove]
        extra = cells_of_added(self._weights, self._soft, [original.labels[row] for row in rows])
        return rows_to_add(self._now.source, names, original, rows, extra)

    def _is_there(self, line: Mapping[str, Any], original: FileNow, put: list[int]) -> bool:
        now, content = self._now, line["fingerprint"]
        if now.columns["id"]:
            return now.has_id(str(line["row_id"]))
        label = original.labels[int(line["row"])]
        wanted = sum(original.labels[row] == label for row in original.twins(content))
        there = sum(now.labels[row] == label for row in now.twins(content))
        back = sum(original.labels[row] == label for row in original.twins(content) if row in put)
        return there + back >= wanted

    def _found(self, line: Mapping[str, Any], fits: Any) -> int | None:  # noqa: ANN401
        row = self._now.find(line, fits)
        if row is None:
            self._refuse(line, self._now.why_not(line))
        return row

    def _set(self, row: int, column: str, cell: str) -> None:
        self.replace[row, column] = cell
        self._cells[column][row] = cell

    def _done(self, line: Mapping[str, Any], row: int) -> None:
        self.changes.append(inverse(line, self._header.action, row))

    def _refuse(self, line: Mapping[str, Any], reason: str) -> None:
        self.refused.append((str(line["row_id"]), reason))
