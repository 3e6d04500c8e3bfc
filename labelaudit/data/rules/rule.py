"""What a rule can say. Each kind knows how to put itself into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

Value = str | int | float | bool
"""What a cell is compared with."""

_NAMED = 6
_IN_WORDS = {
    "equals": ("is {}", "is not {}"),
    "one-of": ("is one of {}", "is none of {}"),
    "contains": ("contains {}", "does not contain {}"),
    "matches": ("matches {}", "does not match {}"),
    "below": ("is below {}", ""),
    "at-most": ("is at most {}", ""),
    "above": ("is above {}", ""),
    "at-least": ("is at least {}", ""),
}
TEXT_OPERATORS = ("equals", "one-of", "contains", "matches")
"""Operators that look at a cell as it is written; one of them in a condition."""

NUMBER_OPERATORS = ("below", "at-most", "above", "at-least")
"""Operators that look at a cell as a number; a lower and an upper bound in a condition."""


def quoted(values: tuple[Value, ...]) -> str:
    """List values for a message, the first few of many.

    Parameters
    ----------
    values : tuple of str, int, float or bool

    Returns
    -------
    str
        ``"'cat', 'dog' and 12 more"``.
    """
    shown = ", ".join(written(value) for value in values[:_NAMED])
    more = len(values) - _NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def written(value: Value) -> str:
    """Write one value the way TOML does: text in quotes, true and false in lower case."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


@dataclass(frozen=True)
class Comparison:
    """One operator and what it compares a cell with.

    Attributes
    ----------
    operator : str
        One of `TEXT_OPERATORS` or `NUMBER_OPERATORS`, or ``"empty"``.
    operand : str, int, float, bool or tuple of these
        A tuple for ``"one-of"`` only.
    """

    operator: str
    operand: Value | tuple[Value, ...]


@dataclass(frozen=True)
class Condition:
    """What a cell has to be like.

    An empty cell meets no condition but ``empty = true``, negated or not.

    Attributes
    ----------
    column : str
    comparisons : tuple of Comparison
        All have to hold.
    negated : bool
        Holds for the cells that are not empty and do not pass.
    """

    column: str
    comparisons: tuple[Comparison, ...]
    negated: bool = False

    def __str__(self) -> str:
        parts = [self._say(one) for one in self.comparisons]
        return f"{self.column} {' and '.join(parts)}"

    def _say(self, one: Comparison) -> str:
        if one.operator == "empty":
            return "is empty" if one.operand else "is not empty"
        form = _IN_WORDS[one.operator][self.negated]
        operand = one.operand
        return form.format(quoted(operand) if isinstance(operand, tuple) else written(operand))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What all rules have.

    Attributes
    ----------
    name : str
        Stable: as given, or the kind and its number, such as ``"forbid-1"``.
    because : str
        Why the guideline says so; empty where nobody wrote it down.
    """

    kind: ClassVar[str]
    about_labels: ClassVar[bool] = True
    name: str
    because: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns the rule looks at, beside the label."""
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that the rule names, as the label column would hold them."""
        return ()

    @property
    def message(self) -> str:
        """What is wrong where the rule is broken."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Allowed(Rule):
    """Every label is one of these."""

    kind: ClassVar[str] = "allowed"
    allowed: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels there may be."""
        return self.allowed

    @property
    def message(self) -> str:
        """Say that a label is unknown, and which are known."""
        return f"the label is none of {quoted(self.allowed)}"


@dataclass(frozen=True, kw_only=True)
class Spelling(Rule):
    """Labels that are written so and meant otherwise.

    Attributes
    ----------
    meant : tuple of (str, str)
        As written, as meant.
    """

    kind: ClassVar[str] = "spelling"
    meant: tuple[tuple[str, str], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that are meant."""
        return tuple(dict.fromkeys(meant for _, meant in self.meant))

    @property
    def message(self) -> str:
        """Say that there is another way to write it."""
        return "the label is written otherwise than agreed"


@dataclass(frozen=True, kw_only=True)
class OneSpelling(Rule):
    """Labels that differ only in how they are written are one label."""

    kind: ClassVar[str] = "one-spelling"

    @property
    def message(self) -> str:
        """Say that there is a twin."""
        return "the label differs from another only in case, spaces, hyphens or Unicode form"


@dataclass(frozen=True, kw_only=True)
class _ByCells(Rule):
    """Labels that cells of the row have a say about."""

    named: tuple[str, ...]
    when: tuple[Condition, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the conditions."""
        return tuple(dict.fromkeys(one.column for one in self.when))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that are ruled out or called for."""
        return self.named


@dataclass(frozen=True, kw_only=True)
class Forbid(_ByCells):
    """A label, or several, that cells of the row rule out."""

    kind: ClassVar[str] = "forbid"

    @property
    def message(self) -> str:
        """Say what is forbidden where."""
        return f"{quoted(self.named)} cannot be where {_all(self.when)}"


@dataclass(frozen=True, kw_only=True)
class Demand(_ByCells):
    """A label, or one of several, that cells of the row call for."""

    kind: ClassVar[str] = "demand"

    @property
    def message(self) -> str:
        """Say what is demanded where."""
        one_of = "one of " if len(self.named) > 1 else ""
        return f"the label must be {one_of}{quoted(self.named)} where {_all(self.when)}"


@dataclass(frozen=True, kw_only=True)
class Hierarchy(Rule):
    """Which labels belong under which value of another column.

    Attributes
    ----------
    column : str
        Holds the parent.
    parents : tuple of (str, tuple of str)
        Each parent with its labels.
    """

    kind: ClassVar[str] = "hierarchy"
    column: str
    parents: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The one that holds the parent."""
        return (self.column,)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all parents."""
        return tuple(dict.fromkeys(label for _, labels in self.parents for label in labels))

    @property
    def message(self) -> str:
        """Say that the two do not go together."""
        return f"the label does not belong under its {self.column}"


@dataclass(frozen=True, kw_only=True)
class Required(Rule):
    """A column that is there and holds something in every row."""

    kind: ClassVar[str] = "required"
    about_labels: ClassVar[bool] = False
    column: str

    @property
    def message(self) -> str:
        """Say that it is not so."""
        return f"{self.column} is empty"


@dataclass(frozen=True, kw_only=True)
class Range(Rule):
    """A column whose cells are numbers between bounds, or empty.

    Attributes
    ----------
    column : str
    low, high : float or None
        Both belong to the range; None where it is open.
    """

    kind: ClassVar[str] = "range"
    about_labels: ClassVar[bool] = False
    column: str
    low: float | None = None
    high: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The one with the numbers."""
        return (self.column,)

    @property
    def message(self) -> str:
        """Say which numbers there may be."""
        if self.low is None:
            return f"{self.column} is not a number up to {self.high}"
        if self.high is None:
            return f"{self.column} is not a number from {self.low}"
        return f"{self.column} is not a number from {self.low} to {self.high}"


def _all(conditions: tuple[Condition, ...]) -> str:
    return " and ".join(map(str, conditions))


@dataclass(frozen=True)
class Rules:
    """All rules of one table.

    Attributes
    ----------
    rules : tuple of Rule
        In the order they are told in: allowed, spelling, one-spelling, forbid, demand,
        hierarchy, required, range.
    where : str
        Where they were written, for messages.
    """

    rules: tuple[Rule, ...]
    where: str

    @property
    def about_labels(self) -> tuple[Rule, ...]:
        """Those that a label can break."""
        return tuple(rule for rule in self.rules if rule.about_labels)

    @property
    def about_fields(self) -> tuple[Rule, ...]:
        """Those that concern other columns only."""
        return tuple(rule for rule in self.rules if not rule.about_labels)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The labels there may be; empty where any may."""
        return next((rule.allowed for rule in self.rules if isinstance(rule, Allowed)), ())

    @property
    def spelled(self) -> dict[str, str]:
        """Labels as written, with what they mean."""
        return next((dict(rule.meant) for rule in self.rules if isinstance(rule, Spelling)), {})

    @property
    def one_spelling(self) -> bool:
        """Whether labels that differ only in writing are one label."""
        return any(isinstance(rule, OneSpelling) for rule in self.rules)
