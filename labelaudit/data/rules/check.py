"""Hold a table against rules: which rows break which, and what their label should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.data.rules.conditions import Columns, refuse_missing
from labelaudit.data.rules.labels import LabelRules
from labelaudit.data.rules.rule import Range, Required

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.data.rules.rule import Rule, Rules
    from labelaudit.types import BoolArray, IntArray


@dataclass(frozen=True)
class GivenLabels:
    """The label column, apart from the table.

    Attributes
    ----------
    codes : ndarray of int32, shape (n,)
        Index into `names`; -1 where the label is missing.
    names : tuple of str, length K
        Each label as reports write it.
    column : str or None
        The name of the column; None for a table without labels.
    """

    codes: IntArray
    names: tuple[str, ...]
    column: str | None


@dataclass(frozen=True)
class Broken:
    """One rule and the rows that break it.

    Attributes
    ----------
    rule : Rule
    rows : ndarray of int64
        0-based positions, ascending.
    no_column : bool
        The column that is required is not there at all; `rows` is then empty.
    """

    rule: Rule
    rows: NDArray[np.int64]
    no_column: bool = False


@dataclass(frozen=True)
class Checked:
    """What came of the check.

    Attributes
    ----------
    broken : tuple of Broken
        Only rules that are broken, in the order of `Rules`.
    names : tuple of str
        The labels of the data, then those that only the rules name.
    given : ndarray of int32, shape (n,)
        Index into `names`; -1 where the label is missing.
    meant : ndarray of int32, shape (n,)
        What the given label becomes when it is written as agreed.
    suggested : ndarray of int32, shape (n,)
        The label that would break no rule and that the rules point to: demanded, the
        agreed spelling, or the only one of its parent. -1 where they point to none.
    columns : Columns
    """

    broken: tuple[Broken, ...]
    names: tuple[str, ...]
    given: IntArray
    meant: IntArray
    suggested: IntArray
    columns: Columns

    @property
    def n_broken_rows(self) -> int:
        """How many rows break a rule."""
        import numpy as np

        rows = [one.rows for one in self.broken]
        return int(np.unique(np.concatenate(rows)).size) if rows else 0


def check(rules: Rules, table: pa.Table, labels: GivenLabels) -> Checked:
    """Find the rows that break rules, without any model.

    Each distinct cell is looked at once. Patterns are searched for by RE2, through Arrow,
    in time that grows with the length of the text whatever the pattern is.

    Parameters
    ----------
    rules : Rules
    table : pyarrow.Table
        n rows.
    labels : GivenLabels
        Of the same rows.

    Returns
    -------
    Checked
        Whatever the order of the rows, the same rows.

    Raises
    ------
    SettingError
        When a rule names a column that is not there, or asks of it what its type does not
        have.
    """
    import numpy as np

    columns = Columns(table, rules.where)
    refuse_missing(rules.rules, table.column_names, rules.where)
    judge = LabelRules(rules, columns, labels.codes, labels.names)
    broken = []
    wrong_label = np.zeros(table.num_rows, dtype=bool)
    for rule in rules.rules:
        if isinstance(rule, Required) and rule.column not in columns:
            broken.append(Broken(rule, np.array([], dtype=np.int64), no_column=True))
            continue
        if rule.about_labels:
            held = judge.broken(rule)
            wrong_label |= held
        else:
            held = _broken_field(rule, columns, labels)
        if held.any():
            broken.append(Broken(rule, np.flatnonzero(held)))
    return Checked(
        broken=tuple(broken),
        names=judge.names,
        given=labels.codes,
        meant=judge.meant,
        suggested=judge.suggest(np.flatnonzero(wrong_label)),
        columns=columns,
    )


def _broken_field(rule: Rule, columns: Columns, labels: GivenLabels) -> BoolArray:
    import numpy as np

    if isinstance(rule, Required):
        if rule.column == labels.column:
            missing: BoolArray = labels.codes < 0
            return missing
        return columns.column(rule.column).empty
    if not isinstance(rule, Range):
        raise TypeError(f"no rule about fields: {rule!r}")
    column = columns.column(rule.column)
    columns.need_numbers(column, rule)
    values = column.numbers
    low = -np.inf if rule.low is None else rule.low
    high = np.inf if rule.high is None else rule.high
    # Written so that what is no number lies outside.
    outside = ~((values >= low) & (values <= high))
    return column.spread(outside & ~column.is_empty)
