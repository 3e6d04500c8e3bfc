"""Find rules that contradict each other before any row is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.rules.spelling import fold
from labelaudit.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from labelaudit.data.rules.rule import Rules


def refuse_contradictions(rules: Rules) -> None:
    """Refuse rules that cannot all be meant.

    Parameters
    ----------
    rules : Rules

    Raises
    ------
    SettingError
        When a rule names a label that is not allowed, or one that is spelled otherwise;
        when a spelling leads to another one; when labels of the rules themselves differ
        only in spelling.
    """
    _refuse_spelled(rules)
    for rule in rules.rules:
        for label in rule.labels if rules.allowed else ():
            if label not in rules.allowed:
                raise SettingError(
                    f"the label {label!r} is not among the allowed",
                    where=f"{rules.where}, {rule.name}",
                    hint=did_you_mean(label, rules.allowed) or "add it to `allowed`",
                )
    if rules.one_spelling:
        _refuse_twins(rules)


def _refuse_spelled(rules: Rules) -> None:
    spelled = rules.spelled
    for rule in rules.rules:
        for label in rule.labels:
            if label in spelled:
                raise SettingError(
                    f"{label!r} is named, and `spelling` says that it means {spelled[label]!r}",
                    where=f"{rules.where}, {rule.name}",
                    hint=f"name {spelled[label]!r}",
                )


def _refuse_twins(rules: Rules) -> None:
    first: dict[str, str] = {}
    for rule in rules.rules:
        for label in rule.labels:
            twin = first.setdefault(fold(label), label)
            if twin != label:
                raise SettingError(
                    f"one-spelling takes {twin!r} and {label!r} for one label, "
                    "and the rules name both",
                    where=f"{rules.where}, {rule.name}",
                    hint="name one of them, or leave one-spelling out",
                )
