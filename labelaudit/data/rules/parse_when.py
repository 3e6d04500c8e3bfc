"""Turn ``when = …`` into conditions."""

from __future__ import annotations

from labelaudit.data.rules.keys import Keys
from labelaudit.data.rules.rule import NUMBER_OPERATORS, TEXT_OPERATORS, Comparison, Condition
from labelaudit.errors import SettingError

_OPERATORS = (*TEXT_OPERATORS, *NUMBER_OPERATORS, "empty")


def conditions(rule: Keys) -> tuple[Condition, ...]:
    """Read the conditions of a rule, all of which have to hold.

    Parameters
    ----------
    rule : Keys
        With a key ``when``: one condition or a list of them.

    Returns
    -------
    tuple of Condition

    Raises
    ------
    SettingError
    """
    given = rule["when"]
    if isinstance(given, dict):
        return (_condition(given, f"{rule.where}, when"),)
    if not isinstance(given, list) or not given:
        rule.refuse("there is no condition", "when", 'write { column = "text", contains = "free" }')
    if len(given) == 1:
        return (_condition(given[0], f"{rule.where}, when"),)
    return tuple(
        _condition(one, f"{rule.where}, when (the {number}. condition)")
        for number, one in enumerate(given, 1)
    )


def _condition(raw: object, where: str) -> Condition:
    keys = Keys(raw, where, ("column", *_OPERATORS, "not"))
    keys.need("column")
    given = [operator for operator in _OPERATORS if operator in keys]
    if not given:
        raise SettingError(
            "the condition says nothing of the column",
            where=where,
            hint=f"add one of: {', '.join(_OPERATORS)}",
        )
    negated = keys.switch("not")
    _refuse_together(given, keys)
    if negated and given[0] not in TEXT_OPERATORS:
        keys.refuse(
            f"'not' does not go with {given[0]!r}",
            "not",
            "write empty = false" if given[0] == "empty" else "write the bound the other way round",
        )
    comparisons = tuple(_comparison(operator, keys) for operator in given)
    return Condition(keys.text("column"), comparisons, negated)


def _refuse_together(given: list[str], keys: Keys) -> None:
    """Refuse operators that cannot hold together, or of which one says it all."""
    if len(given) == 1:
        return
    bounds = [operator for operator in given if operator in NUMBER_OPERATORS]
    upper = [operator for operator in bounds if operator in {"below", "at-most"}]
    lower = [operator for operator in bounds if operator in {"above", "at-least"}]
    if len(bounds) < len(given) or len(upper) > 1 or len(lower) > 1:
        raise SettingError(
            f"{given[0]!r} and {given[1]!r} do not go together in one condition",
            where=keys.where,
            hint="write several conditions: when = [{ … }, { … }]; all of them have to hold",
        )
    low, high = keys.number(lower[0]), keys.number(upper[0])
    closed = (lower[0], upper[0]) == ("at-least", "at-most")
    if low is not None and high is not None and (low > high or (low == high and not closed)):
        raise SettingError(
            f"no number is {lower[0]} {low} and {upper[0]} {high}",
            where=keys.where,
            hint="turn the bounds round",
        )


def _comparison(operator: str, keys: Keys) -> Comparison:
    if operator == "empty":
        return Comparison(operator, keys.switch(operator))
    if operator == "one-of":
        return Comparison(operator, keys.values(operator))
    if operator == "equals":
        value = keys.value(operator)
        if isinstance(value, str) and not value.strip():
            keys.refuse("no cell equals nothing", operator, "write empty = true")
        return Comparison(operator, value)
    if operator in NUMBER_OPERATORS:
        number = keys.number(operator)
        return Comparison(operator, 0 if number is None else number)
    pattern = keys.text(operator)
    if operator == "matches":
        _refuse_pattern(pattern, keys)
    return Comparison(operator, pattern)


def _refuse_pattern(pattern: str, keys: Keys) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).partition(":")[2].strip() or str(error)
        keys.refuse(
            f"the pattern {pattern!r} cannot be used: {reason}",
            "matches",
            "patterns are those of RE2: no look-ahead, look-behind or back-reference",
        )
