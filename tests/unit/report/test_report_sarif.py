from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from urllib.parse import unquote

import hostile
import pytest
from audit_example import Flag, blind_audit, example_audit
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError
from measured_example import ALL_CASES
from sarif_schema import OFFICIAL, SCHEMAS, the_run

from labelaudit.audit.gate import Outcome, judge
from labelaudit.report import render
from labelaudit.report.sarif import FINGERPRINT, MOST
from labelaudit.types import SEVERITIES, VERDICTS, Severity


def load(audit, **options):
    return the_run(render(audit, "sarif", **options))


def test_the_schema_is_the_official_one_unchanged():
    told = (SCHEMAS / "README.md").read_text(encoding="utf-8")
    held = hashlib.sha256((SCHEMAS / "sarif-2.1.0.json").read_bytes()).hexdigest()
    assert f"`{held}`" in told
    OFFICIAL.check_schema(OFFICIAL.schema)
    assert OFFICIAL.schema["properties"]["version"]["enum"] == ["2.1.0"]
    assert len(OFFICIAL.schema["definitions"]) > 50


@pytest.mark.parametrize("include_text", [False, True])
@pytest.mark.parametrize("case", ALL_CASES)
def test_every_case_is_as_the_standard_says(case, include_text):
    audit = ALL_CASES[case]()
    run = load(audit, include_text=include_text)
    assert len(run["results"]) == len(audit.issues)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [verdict.value for verdict in VERDICTS]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


@given(hostile.audits(), st.booleans())
def test_hostile_text_is_as_the_standard_says(audit, include_text):
    run = load(audit, include_text=include_text)
    assert len(run["results"]) == len(audit.issues)
    keys = [one["partialFingerprints"][FINGERPRINT] for one in run["results"]]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: run["results"][0].pop("message"),
        lambda run: run["results"][0].update(level="high"),
        lambda run: run["results"][0].update(line=1),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(
            startLine=0
        ),
        lambda run: run["results"][0]["partialFingerprints"].update(x=1),
        lambda run: run["tool"]["driver"].pop("name"),
        lambda run: run["tool"]["driver"]["rules"][0].pop("id"),
        lambda run: run["invocations"][0].pop("executionSuccessful"),
        lambda run: run["results"][0].update(rank=100.5),
        lambda run: run["tool"]["driver"]["rules"].append(run["tool"]["driver"]["rules"][0]),
    ],
)
def test_what_the_standard_forbids_is_refused(spoil):
    document = json.loads(render(example_audit(), "sarif"))
    spoil(document["runs"][0])
    with pytest.raises(ValidationError):
        OFFICIAL.validate(document)


def test_the_name_of_a_file_is_an_address():
    audit = example_audit()
    odd = replace(audit, source=replace(audit.source, path="a b/ä%20[1]#.csv"))
    (location,) = load(odd)["results"][0]["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == "a b/ä%20[1]#.csv"
    assert " " not in uri


def test_a_gate_is_told_and_changes_no_result():
    audit = example_audit()
    gate = judge(audit, max_flagged=0.0)
    assert gate.outcome is Outcome.FAIL
    plain, told = load(audit), load(audit, gate=gate)
    assert told["results"] == plain["results"]
    assert told["properties"].pop("gate")["outcome"] == "FAIL"
    (note,) = told["invocations"][0].pop("toolExecutionNotifications")
    assert (note["descriptor"]["id"], note["level"]) == ("gate", "error")
    assert note["message"]["text"].startswith("FAIL: flagged: 3 of 40 ")
    del plain["invocations"][0]["toolExecutionNotifications"]
    assert told == plain


def test_nothing_flagged_is_a_run_without_results():
    assert load(ALL_CASES["clean"]())["results"] == []


def test_a_result_tells_its_row():
    result = load(example_audit())["results"][0]
    assert result["level"] == "error"
    assert result["rank"] == 96.88
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "reviews.csv"},
        "region": {"startLine": 19},
    }
    assert result["properties"] == {
        "given": "neg",
        "suggested": "pos",
        "error_probability": 0.96875,
        "severity": "high",
        "detectors": ["confident-learning", "loss-percentile"],
        "row": 17,
        "row_id": "r-17",
    }


def test_rows_without_a_line_and_without_a_file():
    flag = Flag(7, "neg", "pos", 0.5, "")
    audit = example_audit([flag])
    (location,) = load(audit)["results"][0]["locations"]
    assert "region" not in location["physicalLocation"]
    piped = replace(audit, source=replace(audit.source, path="-"))
    run = load(piped)
    assert run["results"][0]["locations"] == []
    assert run["automationDetails"]["id"] == "labelaudit/stdin/"


def test_the_same_row_is_known_again_when_others_come_and_go():
    def keys(audit):
        return {
            one["properties"]["row_id"]: one["partialFingerprints"][FINGERPRINT]
            for one in load(audit)["results"]
        }

    some = example_audit()
    fewer = replace(some, issues=some.issues[1:])
    assert keys(fewer).items() <= keys(some).items()


def test_five_thousand_at_most_and_it_says_so():
    flags = [Flag(row, "neg", "pos", 0.5, "", SEVERITIES[row % 3]) for row in range(MOST + 10)]
    run = load(example_audit(flags, n=2 * MOST))
    assert len(run["results"]) == MOST
    levels = [one["level"] for one in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["descriptor"]["id"] == "cut"
    assert notification["message"]["text"].startswith("10 issues are left out")


def test_exactly_as_many_as_fit_are_not_said_to_be_cut():
    flags = [Flag(row, "neg", "pos", 0.5, "") for row in range(MOST)]
    run = load(example_audit(flags, n=2 * MOST))
    assert run["invocations"][0]["toolExecutionNotifications"] == []


def test_a_blind_run_says_so_and_only_notes():
    (notification,) = load(blind_audit())["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    assert "BLIND" in notification["message"]["text"]
    run = load(example_audit(blind="chance"))
    assert {one["level"] for one in run["results"]} == {"note"}
    assert run["results"][0]["properties"]["severity"] == Severity.HIGH.value
    assert run["properties"]["blind"] is True


def test_a_message_holds_no_placeholder_and_no_link():
    flag = Flag(0, "{0}", "[click](https://example.org)", 0.5, "")
    audit = example_audit([flag], classes=("[click](https://example.org)", "{0}"))
    message = load(audit)["results"][0]["message"]["text"]
    assert 'label "{{0}}" looks wrong: "[click] (https://example.org)"' in message


def test_the_text_of_rows_is_told_only_when_asked_for():
    assert b"an hour too long" not in render(example_audit(), "sarif")
    message = load(example_audit(), include_text=True)["results"][1]["message"]["text"]
    assert message.endswith("\nan hour too long")
