"""The issues as SARIF 2.1.0, which code scanning and many editors read.

See "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS Standard, 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelaudit.audit.plain import to_plain
from labelaudit.report.ci import (
    by_severity,
    fingerprints,
    loudness,
    row_text,
    source_file,
    source_name,
    source_uri,
    told,
)
from labelaudit.report.findings import headline
from labelaudit.report.glossary import KINDS
from labelaudit.report.json import json_bytes
from labelaudit.report.wording import clean, count
from labelaudit.types import VERDICTS, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.report import Options
    from labelaudit.types import Audit, Issue

MOST = 5_000
"""Results in one file: code scanning shows no more."""

FINGERPRINT = "labelauditRow/v1"
"""The name of our fingerprint; its number rises when the same row would get another."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# The one name that GitHub knows alerts again by.
_GITHUB_FINGERPRINT = "primaryLocationLineHash"
_LEVEL = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_NAMES = {
    Verdict.MISLABELLED: "MislabelledRow",
    Verdict.AMBIGUOUS: "AmbiguousRow",
    Verdict.OUTLIER: "OutlierRow",
    Verdict.DUPLICATE: "DuplicateConflict",
}
_USUAL = {
    Verdict.MISLABELLED: "warning",
    Verdict.AMBIGUOUS: "note",
    Verdict.OUTLIER: "note",
    Verdict.DUPLICATE: "warning",
}
_HELP = {
    Verdict.MISLABELLED: "Look at the row. Where the suggested class is right, correct the label.",
    Verdict.AMBIGUOUS: "Look at the row beside the definitions of both classes; both may apply.",
    Verdict.OUTLIER: "Ask whether the row belongs into this data at all.",
    Verdict.DUPLICATE: "Decide on one label for all copies, or find what tells them apart.",
}


def render(audit: Audit, options: Options) -> bytes:
    """Write the most severe issues as a SARIF log of one run.

    Parameters
    ----------
    audit : Audit
    options : Options
        `include_text` is heeded.

    Returns
    -------
    bytes
        UTF-8. A rule for each verdict; a result for each issue, at most 5,000, most severe
        first; high severity is an error, medium a warning, low and all of a blind run a
        note. That issues were left out and that the run is blind stand among the
        notifications of its invocation.
    """
    issues = by_severity(audit)
    shown = issues[:MOST]
    names = fingerprints(audit, shown)
    run = {
        "tool": {"driver": _driver(audit)},
        "automationDetails": {"id": f"labelaudit/{source_name(audit)}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": _notifications(audit, len(issues) - len(shown)),
            }
        ],
        # Lines are counted as in the messages about a faulty file.
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": [
            _result(audit, issue, name, include_text=options.include_text)
            for issue, name in zip(shown, names, strict=True)
        ],
        "properties": {
            "judged": audit.summary.judged,
            "flagged": audit.summary.flagged,
            "blind": bool(audit.summary.blind),
        },
    }
    return json_bytes({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(audit: Audit) -> dict[str, Any]:
    known = audit.versions.get("labelaudit")
    return {
        "name": "labelaudit",
        **({} if known is None else {"version": known}),
        "rules": list(map(_rule, VERDICTS)),
    }


def _rule(verdict: Verdict) -> dict[str, Any]:
    meaning = KINDS[verdict]
    return {
        "id": verdict.value,
        "name": _NAMES[verdict],
        "shortDescription": {"text": f"{verdict.value.capitalize()}: {meaning}."},
        "fullDescription": {
            "text": f"Models that have not seen the row, or its copies, speak against its "
            f"label: {meaning}."
        },
        "help": {"text": _HELP[verdict]},
        "defaultConfiguration": {"level": _USUAL[verdict]},
        "properties": {"tags": ["data-quality", "labels"]},
    }


def _notifications(audit: Audit, left_out: int) -> list[dict[str, Any]]:
    notifications = []
    if audit.summary.blind:
        notifications.append(_notification("blind", "warning", clean(headline(audit))))
    if left_out:
        text = (
            f"{count(left_out)} issues are left out: this file holds the {count(MOST)} most "
            "severe. Other formats hold them all."
        )
        notifications.append(_notification("cut", "note", text))
    return notifications


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": name}, "level": level, "message": {"text": _message(text)}}


def _message(text: str) -> str:
    """Write text so that nothing in it is a placeholder or a link (3.11.5 and 3.11.6)."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _result(audit: Audit, issue: Issue, name: str, *, include_text: bool) -> dict[str, Any]:
    lines = [told(audit, issue), *(row_text(issue) if include_text else ())]
    return {
        "ruleId": issue.verdict.value,
        "ruleIndex": VERDICTS.index(issue.verdict),
        "level": _LEVEL[loudness(audit, issue)],
        "message": {"text": _message("\n".join(lines))},
        "locations": _locations(audit, issue),
        "partialFingerprints": {FINGERPRINT: name, _GITHUB_FINGERPRINT: name},
        "rank": float(f"{100 * issue.error_probability:.4g}"),
        "properties": {
            "given": to_plain(issue.given),
            "suggested": to_plain(issue.suggested),
            "error_probability": to_plain(issue.error_probability),
            "severity": issue.severity.value,
            "detectors": list(issue.detectors),
            "row": issue.row,
            "row_id": issue.row_id,
        },
    }


def _locations(audit: Audit, issue: Issue) -> Sequence[dict[str, Any]]:
    path = source_file(audit)
    if path is None:
        return []
    physical: dict[str, Any] = {"artifactLocation": {"uri": source_uri(path)}}
    if issue.line is not None:
        physical["region"] = {"startLine": issue.line}
    return [{"physicalLocation": physical}]
