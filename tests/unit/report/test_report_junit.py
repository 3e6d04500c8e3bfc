from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import hostile
import pytest
from audit_example import blind_audit, example_audit
from hypothesis import given
from hypothesis import strategies as st
from measured_example import ALL_CASES

from labelaudit.audit.gate import Gate, Outcome, judge
from labelaudit.report import render


def load(audit, gate=None, **options):
    root = ET.fromstring(render(audit, "junit", gate=gate, **options))  # noqa: S314 our own
    assert root.tag == "testsuites"
    (suite,) = root
    cases = suite.findall("testcase")
    for one in (root, suite):
        assert int(one.get("tests")) == len(cases) > 0
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(one.get(name)) == len(suite.findall(f"testcase/{tag}"))
    return cases


def told(case):
    (child,) = case
    if child.tag in {"failure", "error"}:
        assert child.text == child.get("message")
    return child.tag, child.get("message") or child.text


@pytest.mark.parametrize("case", ALL_CASES)
def test_without_a_gate_the_audit_is_the_one_case(case):
    (only,) = load(ALL_CASES[case]())
    assert only.get("name") == "audit"
    assert told(only)[0] == ("error" if case == "blind" else "system-out")


def test_the_audit_passes_with_its_counts():
    assert told(load(example_audit())[0]) == (
        "system-out",
        "3 of 40 labels flagged: 1 high, 1 medium, 1 low",
    )


def test_a_blind_audit_is_an_error_with_the_reason():
    tag, message = told(load(blind_audit())[0])
    assert tag == "error"
    assert "no better than chance" in message


def test_each_check_is_a_case_of_its_own():
    gate = judge(example_audit(), max_flagged=0.05, max_high=0.5)
    flagged, high = load(example_audit(), gate)
    assert (flagged.get("name"), high.get("name")) == ("flagged", "high severity")
    assert flagged.get("classname") == "reviews.csv"
    assert told(flagged) == (
        "failure",
        "3 of 40 (7.5 %; 95 % Wilson interval: 2.6\u201319.9 %), more than 5 %",
    )
    assert told(high) == (
        "system-out",
        "1 of 40 (2.5 %; 95 % Wilson interval: 0.4\u201312.9 %), at most 50 %",
    )


def test_a_blind_run_passes_no_check():
    audit = example_audit(blind="chance")
    gate = judge(audit, max_flagged=1.0, max_high=0.0)
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert [told(case) for case in load(audit, gate)] == [("error", "chance")] * 2


def test_an_inconclusive_gate_without_checks_is_an_error_all_the_same():
    (only,) = load(example_audit(), Gate(Outcome.INCONCLUSIVE, (), "nobody looked"))
    assert told(only) == ("error", "nobody looked")


def test_a_check_of_no_row_is_skipped():
    (seen,) = judge(example_audit(), max_flagged=0.5).checks
    checks = (seen, replace(seen, name="class 'x' flagged", count=0, of=0))
    cases = load(example_audit(), Gate(Outcome.PASS, checks, ""))
    assert [told(case)[0] for case in cases] == ["system-out", "skipped"]


@given(hostile.audits(), st.booleans(), hostile.text)
def test_hostile_names_and_reasons_stay_within_xml(audit, include_text, reason):
    gate = judge(audit, max_class_flagged=0.0)
    for one in (None, gate, replace(gate, outcome=Outcome.INCONCLUSIVE, reason=reason)):
        cases = load(audit, one, include_text=include_text)
        assert len(cases) == (1 if one is None else len(audit.classes))


def test_no_row_is_told_even_where_text_is_asked_for():
    content = render(example_audit(), "junit", include_text=True)
    assert b"an hour too long" not in content
    assert b"r-17" not in content
