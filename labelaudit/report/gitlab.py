"""The issues as a code quality report of GitLab, which shows them in a merge request.

See "Code Quality report format" in GitLab's documentation.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from labelaudit.report.ci import (
    by_severity,
    fingerprints,
    loudness,
    row_text,
    source_file,
    source_name,
    told,
)
from labelaudit.report.findings import headline
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
        `include_text` is heeded.

    Returns
    -------
    bytes
        UTF-8. High severity is major, medium minor, low and all of a blind run info; that
        a run is blind is a finding of its own, the first. GitLab requires a line: it is 1
        where the file has no lines, and the description names the row.
    """
    issues = by_severity(audit)
    names = fingerprints(audit, issues)
    findings = [
        _finding(audit, issue, name, include_text=options.include_text)
        for issue, name in zip(issues, names, strict=True)
    ]
    if audit.summary.blind:
        findings.insert(0, _blind(audit))
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


def _blind(audit: Audit) -> dict[str, Any]:
    return {
        "description": clean(headline(audit)),
        "check_name": "labelaudit/blind",
        "fingerprint": _hash(_path(audit), "blind"),
        "severity": _SEVERITY[Severity.HIGH],
        "location": {"path": _path(audit), "lines": {"begin": 1}},
    }


def _path(audit: Audit) -> str:
    return source_file(audit) or source_name(audit)


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
