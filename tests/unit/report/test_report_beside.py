from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest
from evidence_example import FINDINGS, PATTERNS, evidence_audit
from measured_example import measured_audit

from labelaudit.report import render
from labelaudit.report.beside import finding_place, pattern_rows, q_value, times, times_range


def test_places_are_told():
    assert [finding_place(one) for one in FINDINGS] == [
        "column source",
        f"column label; rows {', '.join(map(str, range(20)))} and 3 more",
        "row 7",
    ]
    assert finding_place(replace(FINDINGS[0], columns=())) == ""
    assert finding_place(replace(FINDINGS[0], columns=("a", "b\x1b"))) == "columns a, b␛"


def test_patterns_are_a_table():
    rows = pattern_rows(evidence_audit(measured_audit()), 2)
    assert rows.rows[0] == (
        "neg given where pos is suggested",
        "classes",
        "2 of 400",
        "0.25",
        "8.0x",
        "from 2.2x",
        "<0.001",
    )
    assert rows.hidden == len(PATTERNS) - 2
    assert pattern_rows(evidence_audit(measured_audit(blind="chance"))).rows == ()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (times(inf), "\u2013"),
        (times_range(nan, nan), "\u2013"),
        (times_range(0.5, 2), "0.5\u20132.0x"),
        (q_value(nan), "\u2013"),
        (q_value(0.0), "<0.001"),
        (q_value(0.05), "0.050"),
    ],
)
def test_unknown_and_small_numbers(told, shown):
    assert told == shown


@pytest.mark.parametrize("name", ["full", "markdown"])
def test_findings_stand_below_the_headline_and_patterns_before_issues(name):
    text = render(evidence_audit(measured_audit()), name).decode()
    places = [
        text.index(one) for one in ("5 of 800 labels", "gives the label away", "Patterns", "Issues")
    ]
    assert places == sorted(places)
    assert "Leave it out with --exclude source" in text


@pytest.mark.parametrize("name", ["full", "markdown"])
def test_many_findings_are_cut_and_counted(name):
    audit = replace(measured_audit(), findings=FINDINGS * 5)
    assert "… and 5 more" in render(audit, name).decode()
