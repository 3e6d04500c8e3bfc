"""An Audit for those who may not read the data: no cell of a row is quoted in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from labelaudit.report.wording import counted
from labelaudit.types import Notice

if TYPE_CHECKING:
    from labelaudit.types import Audit

_OF_LABELS = "pair"
"""The one kind of pattern that names labels only, and no cell."""


def without_text(audit: Audit) -> Audit:
    """Leave out of an Audit what quotes rows: labels, row ids and names of columns stay.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    Audit
        Issues without excerpt and explanation, findings without examples, and of the
        patterns those of labels alone; a notice says how many are left out.
    """
    issues = (replace(issue, excerpt="", explanation="") for issue in audit.issues)
    findings = (replace(one, message=one.without_text, bare="") for one in audit.findings)
    patterns = tuple(one for one in audit.patterns if one.kind == _OF_LABELS)
    hidden = len(audit.patterns) - len(patterns)
    told = (
        Notice(
            "patterns-left-out",
            f"{counted(hidden, 'pattern')} not shown here: they name what cells hold.",
            "--include-text tells them",
        ),
    )
    return replace(
        audit,
        issues=tuple(issues),
        findings=tuple(findings),
        patterns=patterns,
        notices=(*audit.notices, *(told if hidden else ())),
    )
