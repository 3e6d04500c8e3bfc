"""Workflow commands of GitHub Actions, which show as annotations of a pull request.

See "Workflow commands for GitHub Actions" in GitHub's documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.gate import Outcome
from labelaudit.report.ci import (
    as_seen,
    left_out_told,
    loudness,
    parted,
    row_text,
    source_file,
    source_name,
    told,
)
from labelaudit.report.findings import headline
from labelaudit.report.gate_told import compared_with_nothing, gate_lines
from labelaudit.report.wording import HARMLESS, clean, count
from labelaudit.types import SEVERITIES, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.audit.gate import Gate
    from labelaudit.report import Options
    from labelaudit.types import Audit, Issue

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""

_KIND = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}
_LINE_BREAKS = "\r\n"
# A path must come out as it is, or GitHub does not find the file; its line breaks are escaped.
_IN_PATHS = {code: sign for code, sign in HARMLESS.items() if chr(code) not in _LINE_BREAKS}


def render(audit: Audit, options: Options) -> bytes:
    """Write the headline and the most severe issues as workflow commands.

    Parameters
    ----------
    audit : Audit
    options : Options
        `include_text`, `gate` and `for_ci` are heeded.

    Returns
    -------
    bytes
        One command per line. What the gate answers comes first, where there is one: an
        error unless it passes, a warning where it had nothing to compare with. The headline
        is a warning where the run is blind and else a notice; it says how many issues are
        not listed. Those that people know of are left out. High severity is an
        error, medium a warning, low a notice; at most 10 commands of each kind.
    """
    audit = as_seen(audit, options)
    issues, known = parted(audit, options)
    summary_kind = _KIND[Severity.MEDIUM if audit.summary.blind else Severity.LOW]
    room = dict.fromkeys(_KIND.values(), MOST)
    room[summary_kind] -= 1
    gate = None if options.gate is None else _gate_kind(options.gate)
    if gate is not None:
        room[gate] -= 1
    lines, hidden = [], dict.fromkeys(reversed(SEVERITIES), 0)
    for issue in issues:
        kind = _KIND[loudness(audit, issue)]
        if room[kind]:
            room[kind] -= 1
            lines.append(_annotation(audit, issue, kind, include_text=options.include_text))
        else:
            hidden[issue.severity] += 1
    message = f"{source_name(audit)}: {clean(headline(audit))}{_not_listed(hidden)}"
    message = " ".join(filter(None, [message, left_out_told(options, known)]))
    first = [command(summary_kind, message, {"title": "labelaudit"})]
    if options.gate is not None and gate is not None:
        answer = "\n".join(gate_lines(options.gate))
        first.insert(0, command(gate, answer, {"title": "labelaudit"}))
    return "".join(f"{line}\n" for line in (*first, *lines)).encode("utf-8")


def _gate_kind(gate: Gate) -> str:
    if gate.outcome is not Outcome.PASS:
        return _KIND[Severity.HIGH]
    return _KIND[Severity.MEDIUM if compared_with_nothing(gate) else Severity.LOW]


def command(kind: str, message: str, properties: Mapping[str, str]) -> str:
    """Write a workflow command.

    Parameters
    ----------
    kind : str
        ``"error"``, ``"warning"`` or ``"notice"``.
    message : str
        May have several lines.
    properties : mapping of str to str

    Returns
    -------
    str
        One line.
    """
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {listed}::{_data(message)}"


def _annotation(audit: Audit, issue: Issue, kind: str, *, include_text: bool) -> str:
    properties = {}
    path = source_file(audit)
    if path is not None:
        properties["file"] = path.translate(_IN_PATHS)
        if issue.line is not None:
            properties["line"] = str(issue.line)
    properties["title"] = f"labelaudit: {issue.verdict.value}"
    lines = [told(audit, issue), *(row_text(issue) if include_text else ())]
    return command(kind, "\n".join(lines), properties)


def _not_listed(hidden: Mapping[Severity, int]) -> str:
    if not any(hidden.values()):
        return ""
    counts = ", ".join(f"{count(number)} {name.value}" for name, number in hidden.items() if number)
    return (
        f" {count(sum(hidden.values()))} more are not listed here ({counts}): GitHub shows "
        f"{MOST} of a kind. Other formats hold them all."
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
