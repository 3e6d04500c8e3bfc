"""Which labels break rules, and which one the rules point to instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.rules.rule import Allowed, Demand, Forbid, Hierarchy, OneSpelling, Spelling
from labelaudit.data.rules.spelling import alike_allowed, meant_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.rules.conditions import Columns
    from labelaudit.data.rules.rule import Rule, Rules
    from labelaudit.types import BoolArray, IntArray


class LabelRules:
    """The rules about labels, held against labels of a table.

    A label that is only written otherwise breaks the rule of spelling and no other: all
    else is held against the label that is meant.

    Parameters
    ----------
    rules : Rules
    columns : Columns
        Of the table, n rows.
    given : ndarray of int32, shape (n,)
        Index into `names`; -1 where the label is missing.
    names : tuple of str
        The labels of the data.

    Attributes
    ----------
    names : tuple of str
        Those, then the labels that only the rules name.
    meant : ndarray of int32, shape (n,)
        What the given label becomes when it is written as agreed.
    """

    def __init__(
        self, rules: Rules, columns: Columns, given: IntArray, names: tuple[str, ...]
    ) -> None:
        import numpy as np

        self._rules = rules
        self._columns = columns
        self._given = given
        there = set(names)
        told = dict.fromkeys(label for rule in rules.rules for label in rule.labels)
        self.names = (*names, *(label for label in told if label not in there))
        # Where classes of mixed types share a text, the first of them is meant.
        self._code = {name: code for code, name in reversed(list(enumerate(self.names)))}
        counts = np.bincount(given[given >= 0], minlength=len(names)).tolist()
        self._meant_names = meant_labels(rules, names, counts)
        self.meant = self._lookup(self._meant_names, keep=True)[given]
        self._of_rule: dict[str, BoolArray] = {}

    def broken(self, rule: Rule) -> BoolArray:
        """Tell which rows break one rule.

        Parameters
        ----------
        rule : Rule
            About labels.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        if isinstance(rule, Spelling | OneSpelling):
            return self._misspelled(rule)
        return self._breaks(rule, self.meant, slice(None))

    def suggest(self, rows: NDArray[np.int64]) -> IntArray:
        """Give the label that rules point to, where that breaks none of them.

        Parameters
        ----------
        rows : ndarray of int64
            Those that break a rule about labels.

        Returns
        -------
        ndarray of int32, shape (n,)
            Index into `names`; -1 for none.
        """
        import numpy as np

        suggested = np.full(len(self._given), -1, dtype=np.int32)
        if not rows.size:
            return suggested
        chosen = np.full(len(rows), -1, dtype=np.int32)
        for candidate in self._candidates(rows):
            fresh = (chosen < 0) & (candidate >= 0) & (candidate != self._given[rows])
            for rule in self._rules.about_labels if fresh.any() else ():
                if not isinstance(rule, Spelling | OneSpelling):
                    fresh &= ~self._breaks(rule, candidate, rows)
            chosen[fresh] = candidate[fresh]
        suggested[rows] = chosen
        return suggested

    def _candidates(self, rows: NDArray[np.int64]) -> Iterator[IntArray]:
        """Give one label a row at a time, the most telling first."""
        import numpy as np

        for rule in self._rules.about_labels:
            if isinstance(rule, Demand) and len(rule.named) == 1:
                called_for = self._breaks(rule, self.meant[rows], rows)
                yield np.where(called_for, self._code[rule.named[0]], -1).astype(np.int32)
        yield self.meant[rows]
        alike = alike_allowed(self._rules, self.names)
        yield self._lookup(alike, keep=False)[self._given[rows]]
        for rule in self._rules.about_labels:
            if isinstance(rule, Hierarchy):
                only = [
                    self._code[labels[0]] if len(labels) == 1 else -1 for _, labels in rule.parents
                ]
                yield np.array([*only, -1, -1], dtype=np.int32)[self._parent(rule)[rows]]

    def _lookup(self, change: dict[str, str], *, keep: bool) -> IntArray:
        """Make an array that gives the label that another one becomes; -1 gives -1."""
        import numpy as np

        codes = [
            self._code[change[name]] if name in change else (code if keep else -1)
            for code, name in enumerate(self.names)
        ]
        return np.array([*codes, -1], dtype=np.int32)

    def _misspelled(self, rule: Rule) -> BoolArray:
        import numpy as np

        of_table = set(self._rules.spelled)
        wrong = [
            name in self._meant_names and (name in of_table) == isinstance(rule, Spelling)
            for name in self.names
        ]
        told: BoolArray = np.array([*wrong, False])[self._given]
        return told

    def _breaks(self, rule: Rule, codes: IntArray, rows: NDArray[np.int64] | slice) -> BoolArray:
        """Tell which rows would break a rule with these labels."""
        if isinstance(rule, Allowed):
            return ~self._named(rule)[codes] & (codes >= 0)
        if isinstance(rule, Forbid):
            return self._named(rule)[codes] & self._columns.holds(rule.when, rule)[rows]
        if isinstance(rule, Demand):
            called_for = self._columns.holds(rule.when, rule)[rows]
            return called_for & ~self._named(rule)[codes] & (codes >= 0)
        if isinstance(rule, Hierarchy):
            return self._out_of_place(rule, codes, rows)
        raise TypeError(f"no rule about labels: {rule!r}")

    def _named(self, rule: Rule) -> BoolArray:
        """Tell which labels a rule names; the last place is that of no label."""
        import numpy as np

        if rule.name not in self._of_rule:
            labels = set(rule.labels)
            self._of_rule[rule.name] = np.array([*(n in labels for n in self.names), False])
        return self._of_rule[rule.name]

    def _parent(self, rule: Hierarchy) -> NDArray[np.int64]:
        """Find the parent of each row: -1 for one that the rule does not name, -2 for none."""
        return self._columns.place(rule.column, tuple(parent for parent, _ in rule.parents), rule)

    def _out_of_place(
        self, rule: Hierarchy, codes: IntArray, rows: NDArray[np.int64] | slice
    ) -> BoolArray:
        import numpy as np

        below = np.zeros((len(rule.parents) + 2, len(self.names) + 1), dtype=bool)
        for place, (_, labels) in enumerate(rule.parents):
            below[place] = [*(name in labels for name in self.names), True]
        # A parent that the rule does not name may have any label that belongs nowhere else.
        below[-1] = ~below[: len(rule.parents)].any(axis=0)
        below[-1, -1] = True
        below[-2] = True
        told: BoolArray = ~below[self._parent(rule)[rows], codes]
        return told
