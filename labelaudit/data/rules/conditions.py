"""For which rows conditions hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.data.rules.column import RuleColumn
from labelaudit.data.rules.rule import NUMBER_OPERATORS
from labelaudit.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.data.rules.rule import Comparison, Condition, Rule, Value
    from labelaudit.types import BoolArray


class Columns:
    """The columns that rules look at, each taken apart once.

    Parameters
    ----------
    table : pyarrow.Table
        n rows.
    where : str
        Where the rules were written, for errors.
    """

    def __init__(self, table: pa.Table, where: str) -> None:
        self.n_rows = table.num_rows
        self._table = table
        self._where = where
        self._columns: dict[str, RuleColumn] = {}
        self._held: dict[str, BoolArray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._table.column_names

    def column(self, name: str) -> RuleColumn:
        """Take a column apart, once."""
        if name not in self._columns:
            self._columns[name] = RuleColumn(name, self._table.column(name))
        return self._columns[name]

    def place(self, name: str, values: tuple[str, ...], rule: Rule) -> NDArray[np.int64]:
        """Find each cell of a column among some values.

        Parameters
        ----------
        name : str
        values : tuple of str
        rule : Rule
            The one that asks, for errors.

        Returns
        -------
        ndarray of int64, shape (n,)
            -1 where it is none of them, -2 where it is empty.

        Raises
        ------
        SettingError
            When the column holds lists or bytes.
        """
        column = self.column(name)
        if not column.has_text:
            raise _incomparable(column, f"{self._where}, {rule.name}")
        return column.place_of(values)

    def need_numbers(self, column: RuleColumn, rule: Rule) -> None:
        """Refuse a column that has no numbers where a rule is about numbers."""
        _need_numbers(column, f"{self._where}, {rule.name}")

    def holds(self, conditions: Iterable[Condition], rule: Rule) -> BoolArray:
        """Tell for which rows all conditions hold.

        Parameters
        ----------
        conditions : iterable of Condition
        rule : Rule
            The one they belong to, for errors.

        Returns
        -------
        ndarray of bool, shape (n,)

        Raises
        ------
        SettingError
            When an operator does not go with the type of its column.
        """
        import numpy as np

        together = np.ones(self.n_rows, dtype=bool)
        for one in conditions:
            # Not by equality: what equals 1 and what equals true are two conditions.
            key = repr(one)
            if key not in self._held:
                self._held[key] = self._hold(one, f"{self._where}, {rule.name}")
            together &= self._held[key]
        return together

    def _hold(self, one: Condition, where: str) -> BoolArray:
        import numpy as np

        column = self.column(one.column)
        first = one.comparisons[0]
        if first.operator == "empty":
            return column.empty if first.operand else ~column.empty
        passed = np.ones(len(column.is_empty) if column.has_text else 0, dtype=bool)
        for comparison in one.comparisons:
            passed &= _compare(column, comparison, f"{where}, when.{comparison.operator}")
        if one.negated:
            passed = ~passed
        return column.spread(passed & ~column.is_empty)


def refuse_missing(rules: Iterable[Rule], names: list[str], where: str) -> None:
    """Refuse rules about columns that the data does not have.

    Required columns are another matter: that they are there is what is checked.

    Parameters
    ----------
    rules : iterable of Rule
    names : list of str
        The columns there are.
    where : str
        Where the rules were written, and what they are held against.

    Raises
    ------
    SettingError
    """
    for rule in rules:
        for name in rule.columns:
            if name not in names:
                raise SettingError(
                    f"no column is named {name!r}",
                    where=f"{where}, {rule.name}",
                    hint=did_you_mean(name, names) or f"the columns are: {', '.join(names[:20])}",
                )


def _compare(column: RuleColumn, one: Comparison, where: str) -> BoolArray:
    """Tell which distinct cells pass."""
    import pyarrow.compute as pc

    if not column.has_text:
        raise _incomparable(column, where)
    operand = one.operand
    if one.operator in NUMBER_OPERATORS and isinstance(operand, int | float):
        return _bounded(column, one.operator, operand, where)
    if isinstance(operand, tuple) or one.operator == "equals":
        return _equal(column, operand if isinstance(operand, tuple) else (operand,), where)
    find = pc.match_substring if one.operator == "contains" else pc.match_substring_regex
    return cells.as_numpy(find(column.texts, operand)).astype(bool)


def _bounded(column: RuleColumn, operator: str, bound: float, where: str) -> BoolArray:
    import numpy as np

    _need_numbers(column, where)
    values = column.numbers
    compare = {
        "below": np.less,
        "at-most": np.less_equal,
        "above": np.greater,
        "at-least": np.greater_equal,
    }[operator]
    passed: BoolArray = compare(values, float(bound))
    return passed


def _equal(column: RuleColumn, wanted: tuple[Value, ...], where: str) -> BoolArray:
    import numpy as np
    import pyarrow.compute as pc

    texts = [one.strip() for one in wanted if isinstance(one, str)]
    truths = [str(one).lower() for one in wanted if isinstance(one, bool)]
    numbers = [float(one) for one in wanted if not isinstance(one, str | bool)]
    passed = np.zeros(len(column.bare), dtype=bool)
    if texts:
        passed |= _among(column.bare, texts)
    if truths:
        if not (column.is_text or column.is_boolean):
            raise SettingError(
                f"column {column.name!r} holds {column.kind}, not true and false", where=where
            )
        passed |= _among(pc.utf8_lower(column.bare), truths)
    if numbers:
        _need_numbers(column, where)
        passed |= np.isin(column.numbers, numbers)
    return passed


def _among(texts: pa.Array, wanted: list[str]) -> BoolArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(texts, value_set=pa.array(wanted, pa.large_string()))
    return cells.as_numpy(found).astype(bool)


def _incomparable(column: RuleColumn, where: str) -> SettingError:
    return SettingError(
        f"column {column.name!r} holds {column.kind}, which cannot be compared",
        where=where,
        hint="only `empty` and `required` can be asked of it",
    )


def _need_numbers(column: RuleColumn, where: str) -> None:
    if not column.has_numbers:
        hint = "write equals = true or equals = false" if column.is_boolean else None
        raise SettingError(
            f"column {column.name!r} holds {column.kind}, not numbers", where=where, hint=hint
        )
