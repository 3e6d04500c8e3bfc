"""The gate as JUnit XML: one test case for each check, none for rows."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from labelaudit.audit.gate import Outcome
from labelaudit.report.ci import as_seen, source_name
from labelaudit.report.findings import context, headline
from labelaudit.report.gate_words import tell_answer
from labelaudit.report.wording import clean, count
from labelaudit.types import SEVERITIES

if TYPE_CHECKING:
    from labelaudit.audit.gate import Check, Gate
    from labelaudit.report import Options
    from labelaudit.types import Audit

# What `clean` leaves and XML 1.0 forbids all the same.
_FORBIDDEN = dict.fromkeys((0xFFFE, 0xFFFF), "\ufffd")
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def render(audit: Audit, options: Options) -> bytes:
    """Write what the gate answers as a test suite.

    Parameters
    ----------
    audit : Audit
    options : Options
        `gate` is heeded. No text of rows is told in any case.

    Returns
    -------
    bytes
        UTF-8. A test case for each check: a failure with its numbers where it failed, an
        error with the reason where the gate is inconclusive, skipped where it had no row
        to judge or nothing to compare with. Without a gate one case ``audit``, an error
        where the run is blind.
    """
    gate, audit = options.gate, as_seen(audit, options)
    cases = [_audit_case(audit)] if gate is None else _gate_cases(audit, gate)
    counts = {"tests": str(len(cases))} | {
        name: str(sum(case.find(tag) is not None for case in cases))
        for tag, name in _COUNTED.items()
    }
    root = ET.Element("testsuites", {"name": "labelaudit", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _text(source_name(audit)), **counts})
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = _lines(headline(audit), *context(audit))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _audit_case(audit: Audit) -> ET.Element:
    summary = audit.summary
    if summary.blind:
        return _case(audit, "audit", "error", "blind", summary.blind)
    by_severity = ", ".join(
        f"{count(summary.by_severity.get(level.value, 0))} {level.value}"
        for level in reversed(SEVERITIES)
    )
    told = f"{count(summary.flagged)} of {count(summary.judged)} labels flagged: {by_severity}"
    return _case(audit, "audit", "system-out", "", told)


def _gate_cases(audit: Audit, gate: Gate) -> list[ET.Element]:
    if gate.outcome is Outcome.INCONCLUSIVE:
        names = [check.name for check in gate.checks] or ["gate"]
        return [_case(audit, name, "error", "inconclusive", gate.reason) for name in names]
    return [_check_case(audit, check) for check in gate.checks]


def _check_case(audit: Audit, check: Check) -> ET.Element:
    if not check.of:
        return _case(audit, check.name, "skipped", "", "no row to judge")
    told = tell_answer(check)
    if check.waived:
        return _case(audit, check.name, "skipped", "", told)
    if check.failed:
        return _case(audit, check.name, "failure", "gate", told)
    return _case(audit, check.name, "system-out", "", told)


def _case(audit: Audit, name: str, tag: str, kind: str, text: str) -> ET.Element:
    case = ET.Element("testcase", {"name": _text(name), "classname": _text(source_name(audit))})
    told = ET.SubElement(case, tag)
    if tag != "system-out":
        told.set("message", _text(text))
    if kind:
        told.set("type", kind)
    if tag != "skipped":
        # GitLab shows what stands inside, others the message.
        told.text = _text(text)
    return case


def _lines(*texts: str) -> str:
    return "\n".join(map(_text, texts))


def _text(text: str) -> str:
    return clean(text).translate(_FORBIDDEN)
