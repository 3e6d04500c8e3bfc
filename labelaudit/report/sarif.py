"""The issues as SARIF 2.1.0, which code scanning and many editors read.

See "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS Standard, 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelaudit.audit.gate import Outcome
from labelaudit.audit.gate_uncounted import KNOWN, RIGHT
from labelaudit.audit.plain import to_plain
from labelaudit.report.ci import (
    as_seen,
    fingerprints,
    loudness,
    parted,
    row_text,
    source_file,
    source_name,
    source_uri,
    told,
)
from labelaudit.report.findings import headline
from labelaudit.report.gate_told import gate_lines, gate_plain
from labelaudit.report.glossary import KINDS
from labelaudit.report.json import json_bytes
from labelaudit.report.wording import clean, count
from labelaudit.types import VERDICTS, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.gate import Gate
    from labelaudit.audit.gate_uncounted import Uncounted
    from labelaudit.report import Options
    from labelaudit.types import Audit, Issue

MOST = 5_000
"""Results in one file: code scanning shows no more."""

FINGERPRINT = "labelauditRow/v1"
"""The name of our fingerprint; its number rises when the same row would get another."""

ROOT = "%SRCROOT%"
"""What paths are relative to where they are seen from the root of the repository."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# The one name that GitHub knows alerts again by.
_GITHUB_FINGERPRINT = "primaryLocationLineHash"
_ROOT_TOLD = {"description": {"text": "The root of the repository."}}
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
        `include_text`, `gate` and `for_ci` are heeded.

    Returns
    -------
    bytes
        UTF-8. A rule for each verdict; a result for each issue, at most 5,000, most severe
        first; high severity is an error, medium a warning, low and all of a blind run a
        note. Those on record in a baseline come last, as suppressed; where the issues of an
        earlier run do not count, each result says whether it is new. That issues were left
        out, that the run is blind and what the gate answers stand among the notifications
        of its invocation; the gate's answer is a property of the run, too.
    """
    audit = as_seen(audit, options)
    issues = [issue for part in parted(audit, options) for issue in part]
    shown = issues[:MOST]
    names = fingerprints(audit, shown)
    gate = options.gate
    rooted = options.for_ci.path is not None
    run = {
        "tool": {"driver": _driver(audit)},
        "automationDetails": {"id": f"labelaudit/{source_name(audit)}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    *_notifications(audit, len(issues) - len(shown)),
                    *([] if gate is None else [_of_gate(gate)]),
                ],
            }
        ],
        # Where it was checked out says nothing to others; the name is one that readers know.
        **({"originalUriBaseIds": {ROOT: _ROOT_TOLD}} if rooted else {}),
        # Lines are counted as in the messages about a faulty file.
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": [
            _result(audit, issue, name, include_text=options.include_text, rooted=rooted)
            | _state(issue, options.uncounted)
            for issue, name in zip(shown, names, strict=True)
        ],
        "properties": {
            "judged": audit.summary.judged,
            "flagged": audit.summary.flagged,
            "blind": bool(audit.summary.blind),
            **({} if gate is None else {"gate": gate_plain(gate)}),
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


def _of_gate(gate: Gate) -> dict[str, Any]:
    level = "note" if gate.outcome is Outcome.PASS else "error"
    return _notification("gate", level, "\n".join(gate_lines(gate)))


def _state(issue: Issue, left: Uncounted | None) -> dict[str, Any]:
    """Tell that people know of an issue, and whether an earlier run flags it, too."""
    if left is None:
        return {}
    reason = left.why.get(issue.row, "")
    state: dict[str, Any] = {}
    if reason in (KNOWN, RIGHT):
        told = f"{reason}, on record in {clean(left.baseline)}"
        state["suppressions"] = [{"kind": "external", "justification": told}]
    if left.before:
        again = bool(reason) and reason not in (KNOWN, RIGHT)
        state["baselineState"] = "unchanged" if again else "new"
    return state


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": name}, "level": level, "message": {"text": _message(text)}}


def _message(text: str) -> str:
    """Write text so that nothing in it is a placeholder or a link (3.11.5 and 3.11.6)."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _result(
    audit: Audit, issue: Issue, name: str, *, include_text: bool, rooted: bool
) -> dict[str, Any]:
    lines = [told(audit, issue), *(row_text(issue) if include_text else ())]
    return {
        "ruleId": issue.verdict.value,
        "ruleIndex": VERDICTS.index(issue.verdict),
        "level": _LEVEL[loudness(audit, issue)],
        "message": {"text": _message("\n".join(lines))},
        "locations": _locations(audit, issue, rooted=rooted),
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


def _locations(audit: Audit, issue: Issue, *, rooted: bool) -> Sequence[dict[str, Any]]:
    path = source_file(audit)
    if path is None:
        return []
    artifact = {"uri": source_uri(path), **({"uriBaseId": ROOT} if rooted else {})}
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if issue.line is not None:
        physical["region"] = {"startLine": issue.line}
    return [{"physicalLocation": physical}]
