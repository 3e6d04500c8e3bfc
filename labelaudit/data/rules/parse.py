"""Turn the tables of a rules file into rules, or say which key of which rule is wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from labelaudit.data.rules.consistency import refuse_contradictions
from labelaudit.data.rules.keys import Keys, columns_of, label_text, labels_of
from labelaudit.data.rules.parse_when import conditions
from labelaudit.data.rules.rule import (
    Allowed,
    Demand,
    Forbid,
    Hierarchy,
    OneSpelling,
    Range,
    Required,
    Rule,
    Rules,
    Spelling,
)
from labelaudit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

KEYS = (
    "allowed",
    "spelling",
    "one-spelling",
    "forbid",
    "demand",
    "hierarchy",
    "required",
    "range",
)
"""What may stand in ``[rules]``."""

_ANY = ("name", "because")


def parse_rules(table: Mapping[str, Any], where: str) -> Rules:
    """Read rules.

    Parameters
    ----------
    table : mapping
        What stands in ``[rules]``, or in a file of rules.
    where : str
        The file, for errors.

    Returns
    -------
    Rules

    Raises
    ------
    SettingError
        For a key that is not known, a value of the wrong kind, a pattern that cannot be
        used, rules that contradict each other, and where there is no rule at all.
    """
    keys = Keys(dict(table), where, KEYS)
    found = [*_of_labels(keys), *_of_fields(keys)]
    if not found:
        raise SettingError(
            "there is no rule", where=where, hint=f"write one or more of: {', '.join(KEYS)}"
        )
    _refuse_shared_names(found, where)
    rules = Rules(tuple(found), where)
    refuse_contradictions(rules)
    return rules


def _of_labels(keys: Keys) -> Iterator[Rule]:
    if "allowed" in keys:
        yield Allowed(name="allowed", allowed=keys.labels("allowed"))
    if "spelling" in keys:
        yield Spelling(name="spelling", meant=_meant(keys["spelling"], f"{keys.where}, spelling"))
    if keys.switch("one-spelling"):
        yield OneSpelling(name="one-spelling")
    yield from _numbered(keys, "forbid", _forbid)
    yield from _numbered(keys, "demand", _demand)
    yield from _numbered(keys, "hierarchy", _hierarchy)


def _of_fields(keys: Keys) -> Iterator[Rule]:
    if "required" in keys:
        for column in columns_of(keys["required"], f"{keys.where}, required"):
            yield Required(name="required", column=column)
    yield from _numbered(keys, "range", _range)


def _numbered(keys: Keys, kind: str, read: Callable[[object, str, str], Rule]) -> Iterator[Rule]:
    for number, raw in enumerate(keys.tables(kind), 1):
        default = f"{kind}-{number}"
        yield read(raw, f"{keys.where}, {_called(raw, default)}", default)


def _called(raw: object, default: str) -> str:
    """Tell a rule by its number, and by the name it was given."""
    name = raw.get("name") if isinstance(raw, dict) else None
    return f"{default} {name!r}" if isinstance(name, str) else default


def _forbid(raw: object, where: str, default: str) -> Rule:
    return Forbid(**_by_cells(raw, where, default))


def _demand(raw: object, where: str, default: str) -> Rule:
    return Demand(**_by_cells(raw, where, default))


def _by_cells(raw: object, where: str, default: str) -> dict[str, Any]:
    keys = Keys(raw, where, ("label", "when", *_ANY))
    keys.need("label", "when")
    return {
        "name": keys.text("name", default),
        "because": keys.text("because"),
        "named": keys.labels("label"),
        "when": conditions(keys),
    }


def _hierarchy(raw: object, where: str, default: str) -> Rule:
    keys = Keys(raw, where, ("column", "parents", *_ANY))
    keys.need("column", "parents")
    given = keys["parents"]
    if not isinstance(given, dict) or not given:
        keys.refuse(
            "there is no table of parents", "parents", 'write { animal = ["cat"], vehicle = [] }'
        )
    parents = tuple(
        (parent.strip(), labels_of(children, f"{where}, parents.{parent}"))
        for parent, children in given.items()
    )
    if len({parent for parent, _ in parents}) < len(parents):
        keys.refuse("two parents differ in white space only", "parents")
    return Hierarchy(
        name=keys.text("name", default),
        because=keys.text("because"),
        column=keys.text("column"),
        parents=parents,
    )


def _range(raw: object, where: str, default: str) -> Rule:
    keys = Keys(raw, where, ("column", "min", "max", *_ANY))
    keys.need("column")
    low, high = keys.number("min"), keys.number("max")
    if low is None and high is None:
        raise SettingError("a range has 'min', 'max' or both", where=where)
    if low is not None and high is not None and low > high:
        keys.refuse(f"min {low} is above max {high}", "min")
    return Range(
        name=keys.text("name", default),
        because=keys.text("because"),
        column=keys.text("column"),
        low=low,
        high=high,
    )


def _meant(given: object, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, dict) or not given:
        raise SettingError(
            "there is no table of spellings", where=where, hint='write "Car" = "car" in it'
        )
    pairs = []
    for as_written, meant in given.items():
        at = f"{where}.{as_written}"
        if isinstance(meant, list | dict):
            raise SettingError("a spelling means one label", where=at, hint='write "Car" = "car"')
        (label,) = labels_of(meant, at)
        if not as_written.strip():
            raise SettingError(
                "a blank label is no label", where=at, hint="required = [...] finds rows without"
            )
        if as_written == label:
            raise SettingError(f"{label!r} means itself", where=at)
        pairs.append((label_text(as_written), label))
    return tuple(pairs)


def _refuse_shared_names(rules: list[Rule], where: str) -> None:
    names = Counter(rule.name for rule in rules if rule.kind != "required")
    names["required"] += any(rule.kind == "required" for rule in rules)
    for name, count in names.items():
        if count > 1:
            raise SettingError(
                f"{count} rules are named {name!r}", where=where, hint="give each a name of its own"
            )
