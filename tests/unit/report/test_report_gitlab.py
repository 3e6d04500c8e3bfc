from __future__ import annotations

import json
from dataclasses import replace

import hostile
import pytest
from audit_example import Flag, blind_audit, clean_audit, example_audit
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from measured_example import ALL_CASES

from labelaudit.report import render

# The table of GitLab's documentation: all of these are required.
SCHEMA = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1, "pattern": "^[^\\n\\r]*$"},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "minLength": 1, "not": {"pattern": "^\\./"}},
                        "lines": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)


def load(audit, **options):
    findings = json.loads(render(audit, "gitlab", **options))
    SCHEMA.validate(findings)
    names = [one["fingerprint"] for one in findings]
    assert len(set(names)) == len(names)
    return findings


@pytest.mark.parametrize("case", ALL_CASES)
def test_every_case_is_a_report_with_all_issues(case):
    audit = ALL_CASES[case]()
    assert len(load(audit)) == len(audit.issues) + bool(audit.summary.blind)


@given(hostile.audits(), st.booleans())
def test_hostile_text_is_a_report(audit, include_text):
    load(audit, include_text=include_text)


def test_a_finding_tells_its_row():
    first, second, third = load(example_audit())
    assert first["check_name"] == "labelaudit/mislabelled"
    assert first["location"] == {"path": "reviews.csv", "lines": {"begin": 19}}
    assert [one["severity"] for one in (first, second, third)] == ["major", "minor", "info"]


def test_without_lines_the_file_is_named_and_the_row_told():
    (one,) = load(example_audit([Flag(7, "neg", "pos", 0.5, "")]))
    assert one["location"]["lines"] == {"begin": 1}
    assert "data row 7" in one["description"]


def test_one_row_in_two_files_is_two_findings():
    audit = example_audit()
    other = replace(audit, source=replace(audit.source, path="other.csv"))
    names = {one["fingerprint"] for one in load(audit)}
    assert not names & {one["fingerprint"] for one in load(other)}


def test_nothing_found_is_an_empty_list_and_blind_is_not():
    assert load(clean_audit()) == []
    (only,) = load(blind_audit())
    assert only["check_name"] == "labelaudit/blind"
    assert only["severity"] == "major"
    first, *others = load(example_audit(blind="chance"))
    assert first["check_name"] == "labelaudit/blind"
    assert {one["severity"] for one in others} == {"info"}


def test_the_text_of_rows_is_told_only_when_asked_for():
    assert b"an hour too long" not in render(example_audit(), "gitlab")
    assert load(example_audit(), include_text=True)[1]["description"].endswith("| an hour too long")
