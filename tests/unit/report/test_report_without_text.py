"""An Audit for those who may not read the data."""

from __future__ import annotations

from dataclasses import replace

from evidence_example import evidence_audit
from measured_example import measured_audit

from labelaudit.report import render
from labelaudit.report.without_text import without_text
from labelaudit.types import Finding


def test_nothing_quotes_a_row():
    audit = evidence_audit(measured_audit())
    quoting = Finding(
        "mojibake", "Broken: 'text' (such as 'Zoë').", "do", 1, bare="Broken: 'text'."
    )
    plain = Finding("constant-column", "Column 'x' holds one value.", "do", 1)
    issues = tuple(replace(one, excerpt="Zoë", explanation="Zoë is odd") for one in audit.issues)
    shown = without_text(replace(audit, issues=issues, findings=(quoting, plain)))
    assert {(one.excerpt, one.explanation) for one in shown.issues} == {("", "")}
    assert [one.message for one in shown.findings] == ["Broken: 'text'.", plain.message]
    assert {one.kind for one in audit.patterns} > {"pair"}
    assert {one.kind for one in shown.patterns} <= {"pair"}
    hidden = len(audit.patterns) - len(shown.patterns)
    (notice,) = [one for one in shown.notices if one.code == "patterns-left-out"]
    assert notice.message.startswith(f"{hidden} pattern")
    assert "Zoë" not in render(shown, "markdown").decode()
    assert [one.row_id for one in shown.issues] == [one.row_id for one in audit.issues]


def test_where_no_pattern_is_left_out_none_is_missed():
    audit = replace(evidence_audit(measured_audit()), patterns=())
    assert without_text(audit).notices == audit.notices
