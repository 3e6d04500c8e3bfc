"""The gate's whole answer in lines and as plain values."""

from __future__ import annotations

import json

import hostile
import numpy as np
import pytest
from audit_example import blind_audit, example_audit
from hypothesis import given

from labelaudit.audit.gate import Earlier, judge
from labelaudit.audit.gate_uncounted import Uncounted
from labelaudit.report.gate_told import compared_with_nothing, gate_lines, gate_plain
from labelaudit.report.markdown import gate_section
from labelaudit.report.wording import HARMLESS


def test_what_fails_comes_first_and_alone():
    (line,) = gate_lines(judge(example_audit(), max_flagged=0.0, max_high=1.0))
    assert line.startswith("FAIL: flagged: 3 of 40 (7.5 %; 95 % Wilson interval: 2.6")
    assert line.endswith(", more than 0 %")


def test_a_pass_tells_all_its_numbers():
    first, second = gate_lines(judge(example_audit(), max_flagged=1.0, max_high=1.0))
    assert first.startswith("PASS: flagged: 3 of 40 ")
    assert second.startswith("  high severity: 1 of 40 ")


def test_each_way_out_is_named_where_it_leads_out():
    first = gate_lines(judge(example_audit(), max_increase=0.1))
    assert first[1] == "  --first-run-passes lets a first run pass, and no blind one"
    blind = gate_lines(judge(blind_audit(), max_flagged=0.1))
    insist = "--allow-inconclusive lets the gate pass"
    assert blind[1] == f"  what was not flagged was not seen; {insist}"
    rise = gate_lines(judge(example_audit(), max_increase=0.1, earlier=Earlier("a", blind_audit())))
    assert rise[1] == f"  {insist}"


def test_notes_and_what_is_left_out_come_last():
    left = Uncounted(np.zeros(40, dtype=bool), {"known": 2}, "b.csv", 1)
    lines = gate_lines(judge(example_audit(), uncounted=left, notes=["a\x1bnote"]))
    assert lines[1:3] == [
        "  not counted: 2 known",
        "  1 stale line in b.csv: `labelaudit baseline prune` takes them out",
    ]
    assert lines[3].startswith("  note: a")
    assert "\x1b" not in lines[3]


@pytest.mark.parametrize("first_passes", [False, True])
def test_a_pass_without_a_comparison_is_known_as_one(first_passes):
    gate = judge(example_audit(), max_increase=0.1, first_passes=first_passes)
    assert compared_with_nothing(gate) is first_passes
    (check,) = gate_plain(gate)["checks"]
    assert (check["waived"] is not None, check["reason"] is not None) == (
        first_passes,
        not first_passes,
    )
    assert check["against"] is None


@given(hostile.audits(), hostile.text)
def test_hostile_names_are_harmless_in_lines_and_in_markdown(audit, note):
    gate = judge(audit, max_class_flagged=0.0, max_increase=0.5, notes=[note])
    for line in gate_lines(gate):
        assert line.translate(HARMLESS) == line
    section = gate_section(gate, title="# Gate")
    assert section.startswith("# Gate\n\n> **Gate: ")
    assert "<" not in section.replace("&lt;", "")
    json.dumps(gate_plain(gate), allow_nan=False)
