"""The issues as a code quality report of GitLab, which shows them in a merge request.

See "Code Quality report format" in GitLab's documentation.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from labelaudit.audit.gate import Outcome
from labelaudit.report.ci import (
    as_seen,
    fingerprints,
    left_out_told,
    loudness,
    parted,
    row_text,
    source_file,
    source_name,
    told,
)
from labelaudit.report.findings import headline
from labelaudit.report.gate_told import gate_lines
from labelaudit.report.json import json_bytes
from labelaudit.report.wording import clean
from labelaudit.types import Severity

if TYPE_CHECKING:
    from labelaudit.report import Options
    from labelaudit.types import Audit, Issue

_SEVERITY = {Severity.HIGH: "major", Severity.MEDIUM: "minor", Severity.LOW: "info"}


def render(audit: Audit, options: Options) -> bytes:
    """Write the issues as code quality findings, most severe first.

    Parameters
    ----------
    audit : Audit
    options : Options
        `include_text`, `gate` and `for_ci` are heeded.

    Returns
    -------
    bytes
        UTF-8. High severity is major, medium minor, low and all of a blind run info. That
        the gate does not pass is a finding of its own, the first; that a run is blind is
        another. Issues that people know of are left out, and one finding says how many.
        GitLab requires a line: it is 1 where the file has no lines, and the description
        names the row.
    """
    audit = as_seen(audit, options)
    issues, known = parted(audit, options)
    names = fingerprints(audit, issues)
    findings = [
        _finding(audit, issue, name, include_text=options.include_text)
        for issue, name in zip(issues, names, strict=True)
    ]
    if audit.summary.blind:
        told = clean(headline(audit))
        findings.insert(0, _of_file(audit, "blind", told, Severity.HIGH))
    if options.gate is not None and options.gate.outcome is not Outcome.PASS:
        told = " | ".join(line.strip() for line in gate_lines(options.gate))
        findings.insert(0, _of_file(audit, "gate", told, Severity.HIGH))
    if known:
        findings.append(_of_file(audit, "known", left_out_told(options, known), Severity.LOW))
    return json_bytes(findings, indent=2)


def _finding(audit: Audit, issue: Issue, name: str, *, include_text: bool) -> dict[str, Any]:
    parts = [told(audit, issue), *(row_text(issue) if include_text else ())]
    return {
        "description": " | ".join(parts),
        "check_name": f"labelaudit/{issue.verdict.value}",
        # GitLab keeps one finding of each fingerprint, in all files together.
        "fingerprint": _hash(_path(audit), name),
        "severity": _SEVERITY[loudness(audit, issue)],
        "location": {"path": _path(audit), "lines": {"begin": issue.line or 1}},
    }


def _of_file(audit: Audit, name: str, told: str, severity: Severity) -> dict[str, Any]:
    return {
        "description": told,
        "check_name": f"labelaudit/{name}",
        "fingerprint": _hash(_path(audit), name),
        "severity": _SEVERITY[severity],
        "location": {"path": _path(audit), "lines": {"begin": 1}},
    }


def _path(audit: Audit) -> str:
    return source_file(audit) or source_name(audit)


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
