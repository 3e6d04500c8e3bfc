"""What the words of a report mean: severities, kinds, estimators, columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.rank import HIGH, MEDIUM
from labelaudit.types import Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_IDENTIFIABLE = (
    "The ends of the range differ by more than 2x: the noise rate is not identifiable without "
    "reviewing some rows. The classes may overlap, or the errors may depend on the features."
)

ROW = "row: position among the data rows, the first is 0."
P_WRONG = "p(wrong): estimated probability that the given label is wrong."
CONFIDENCE = "confidence: what the models give to the given → the suggested label."
SEVERITY = (
    f"severity: {Severity.HIGH.value} from a p(wrong) of {HIGH:g}, "
    f"{Severity.MEDIUM.value} from {MEDIUM:g}, {Severity.LOW.value} below "
    "and where nothing is suggested."
)

BARS = (
    "bars of a card: the geometric mean of the models' probabilities, brought back to a sum of "
    "100 %, so that it may lie above their average. Each model's were first sharpened or softened "
    "until they fit the labels."
)

ESTIMATORS = {
    "confident-joint": "joint counts of given and true labels (cleanlab)",
    "disagreement": "labels that are not the models' first choice",
    "em": "mean posterior at sharpness 2, not yet calibrated",
    "em-calibrated": "the same, sharpened for the number of rows",
    "flagged": "the share of labels flagged: there is no other",
    "label-issues": "labels counted as label issues (cleanlab)",
    "planted-strict": "labels that rank like the clearest planted errors",
    "planted-wide": "labels that rank like most planted errors",
}
"""What each estimator of the noise rate counts."""

ROUNDS = (
    "left out: rows that no model learned from. newly, no longer: flagged, against the round "
    "before. same top: share of the highest-ranked rows that stood there before. Counted before "
    "planted errors calibrate p(wrong): the last count can differ from what is flagged above."
)

KINDS = {
    Verdict.MISLABELLED: "another class fits clearly better",
    Verdict.AMBIGUOUS: "no class is clearly ahead of the given one",
    Verdict.OUTLIER: "no class fits, or all other rows are far away",
    Verdict.DUPLICATE: "a row with the same features has another label",
}
"""What each verdict means."""


def kinds(by_verdict: Mapping[str, int]) -> str:
    """Say what the kinds of issues mean that a run found.

    Parameters
    ----------
    by_verdict : mapping of str to int

    Returns
    -------
    str
        Empty where nothing is flagged.
    """
    found = [
        f"{kind.value}, {meaning}" for kind, meaning in KINDS.items() if by_verdict.get(kind.value)
    ]
    return f"kind: {'; '.join(found)}." if found else ""
