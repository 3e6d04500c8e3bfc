"""Rules: labels that break a guideline, whatever models think of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.data.rules.check import GivenLabels, check
from labelaudit.data.rules.keys import label_text
from labelaudit.data.rules.wording import message, reason
from labelaudit.types import Role, Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.rules.check import Checked
    from labelaudit.data.rules.rule import Rules as RulesOfTable
    from labelaudit.types import Dataset, Evidence

BROKEN = 0.99
"""Suspicion of a label that breaks a rule. It is no estimate: label and guideline
contradict each other for certain. Not 1, since people write guidelines too."""


@dataclass(frozen=True)
class Rules:
    """Rows whose label breaks a rule: one that is not allowed, forbidden or not demanded.

    Rows without a label abstain, and all rows where there are no rules about labels.
    Empty cells and numbers out of range say nothing of the label: they are told as
    warnings.

    Parameters
    ----------
    rules : labelaudit.data.rules.rule.Rules, optional
        From `load_rules`.
    """

    rules: RulesOfTable | None = None

    def score(self, data: Dataset, evidence: Evidence) -> Scores:  # noqa: ARG002
        """Judge every labelled row; see `Detector.score`.

        Raises
        ------
        SettingError
            When a rule names a column that the data does not have.
        """
        import numpy as np

        suspicion = np.full(data.n_rows, np.nan, dtype=np.float32)
        flagged = np.zeros(data.n_rows, dtype=bool)
        suggested = np.full(data.n_rows, -1, dtype=np.int32)
        details: dict[str, object] = {}
        if self.rules is not None:
            names = tuple(map(label_text, data.classes))
            labels = GivenLabels(data.y, names, data.schema.one(Role.LABEL))
            checked = check(self.rules, data.table, labels)
            # Lists of rows are of labelled ones: a rule about labels has no say elsewhere.
            for one in checked.broken:
                if one.rule.about_labels:
                    flagged[one.rows] = True
            if self.rules.about_labels:
                suspicion[data.y >= 0] = 0
            suspicion[flagged] = BROKEN
            # A label that only the rules know is no class of the data.
            inside = flagged & (checked.suggested < len(names))
            suggested[inside] = checked.suggested[inside]
            details = {"reasons": _reasons(checked), "warnings": _warnings(checked)}
        return Scores(
            code="rules",
            suspicion=suspicion,
            flagged=flagged,
            suggested=suggested,
            details=details,
        )


def _reasons(checked: Checked) -> dict[int, str]:
    """Say for each row which rules its label breaks and why they are there."""
    reasons: dict[int, str] = {}
    for one in checked.broken:
        if not one.rule.about_labels:
            continue
        because = f" ({one.rule.because})" if one.rule.because else ""
        for row in one.rows.tolist():
            told = f"breaks the rule {one.rule.name}: {reason(checked, one, row)}{because}"
            reasons[row] = f"{reasons[row]}; {told}" if row in reasons else told
    return reasons


def _warnings(checked: Checked) -> tuple[str, ...]:
    told = []
    for one in checked.broken:
        if one.no_column:
            told.append(f"{message(one)}, which is required")
        elif not one.rule.about_labels:
            told.append(f"{message(one)} in {_rows(one.rows)}")
    if not told:
        return ()
    return (f"{'; '.join(told)}; `labelaudit lint` lists them",)


def _rows(rows: NDArray[np.int64]) -> str:
    return "1 row" if rows.size == 1 else f"{rows.size:,} rows"
