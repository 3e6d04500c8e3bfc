"""Hold what people decided against written rules, before any of it is carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.data.rules.check import GivenLabels, check
from labelaudit.data.rules.wording import reason
from labelaudit.review.decisions import unusable
from labelaudit.types import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from labelaudit.data.rules.rule import Rules
    from labelaudit.review.answers import Filled
    from labelaudit.review.decisions import Decision
    from labelaudit.types import Dataset, Plan


def refuse_forbidden(
    rules: Rules,
    plan: Plan,
    decisions: Sequence[Decision],
    data: Dataset,
    filled: Sequence[Filled],
) -> None:
    """Refuse new labels that break a rule where they would stand.

    Parameters
    ----------
    rules : Rules
        Those about labels are looked at.
    plan : Plan
        Of `labelaudit.review.decisions.settle`.
    decisions : sequence of Decision
        What it was made of.
    data : Dataset
        The file as it is now.
    filled : sequence of Filled
        Where they were read, for the message.

    Raises
    ------
    InputError
        Naming the first of all such answers.
    SettingError
        When a rule names a column that the data does not have.
    """
    faults = list(_faults(rules, plan, decisions, data))
    if faults:
        raise unusable(filled, faults, hint="mend them in the queue, or the rules")


def _faults(
    rules: Rules, plan: Plan, decisions: Sequence[Decision], data: Dataset
) -> Iterator[str]:
    relabelled = {one.row_id: one for one in plan.actions if one.kind is Kind.CORRECT}
    if not relabelled or not rules.about_labels:
        return
    wanted = {
        one.row: label_text(one.after) for one in relabelled.values() if one.after is not None
    }
    given = tuple(map(label_text, data.classes))
    names = (*given, *sorted(set(wanted.values()) - set(given)))
    codes = data.y.copy()
    for row, label in wanted.items():
        codes[row] = names.index(label)
    labels = GivenLabels(codes, names, data.schema.one(Role.LABEL))
    checked = check(replace(rules, rules=rules.about_labels), data.table, labels)
    broken = [(one, frozenset(one.rows.tolist())) for one in checked.broken]
    for decision in decisions:
        if decision.row_id not in relabelled:
            continue
        row = relabelled[decision.row_id].row
        for one in (one for one, rows in broken if row in rows):
            because = f" ({one.rule.because})" if one.rule.because else ""
            told = f"{one.rule.name}: {reason(checked, one, row)}{because}"
            yield f"{decision.place}: the new label breaks the rule {told}"
