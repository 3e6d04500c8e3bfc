"""The published JSON Schemas are true, and tell all that is written."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from audit_example import example_audit
from evidence_example import evidence_audit
from jsonschema import Draft202012Validator, ValidationError
from measured_example import ALL_CASES, measured_audit

from labelaudit.audit.gate import Earlier, judge
from labelaudit.audit.gate_uncounted import Uncounted
from labelaudit.audit.plain import to_plain
from labelaudit.report import render
from labelaudit.types import VERDICTS, Rate, Role, Severity, Source, Verified

SCRIPTS = Path(__file__).parents[3] / "scripts"
FOLDER = files("labelaudit.report") / "schemas"
NAMES = ("json.schema.json", "jsonl.schema.json")
RATE = Rate(0.25, 0.125, 0.5, "95 % Wilson interval")


def load(name, *, strict):
    schema = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return close(schema) if strict else schema


def close(schema):
    """Let an object have no key but those that the schema names."""
    if isinstance(schema, list):
        return [close(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: close(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("unevaluatedProperties", False)
    return closed


def open_run(schema):
    """Leave the run open again: in `json` it is one of two parts of an object."""
    schema["$defs"]["run"].pop("unevaluatedProperties")
    return schema


def validator(name, *, strict=True):
    """Give one that reads no other file: each schema has to stand by itself."""
    contents = load(name, strict=strict)
    if strict and name == "json.schema.json":
        contents = open_run(contents)
    return Draft202012Validator(contents)


def full_audit():
    """Give one that has every optional part."""
    audit = evidence_audit(measured_audit())
    verified = Verified("sample-1", 40, 3, RATE, RATE, replace(RATE, estimate=float("nan")))
    issues = tuple(replace(issue, line=issue.row + 2) for issue in audit.issues)
    summary = replace(audit.summary, verified=verified, accepted=2)
    return replace(audit, summary=summary, issues=issues)


def bare_audit():
    """Give one that has none, and is of a file without lines."""
    audit = example_audit((), missing=1, models=(), notices=(), estimates={})
    source = Source("rows.parquet", "parquet", 10, "00" * 32)
    return replace(audit, source=source, settings={}, versions={})


CASES = ALL_CASES | {"full": full_audit, "bare": bare_audit}


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_schemas(name):
    Draft202012Validator.check_schema(load(name, strict=False))
    Draft202012Validator.check_schema(load(name, strict=True))


@pytest.mark.parametrize("strict", [False, True], ids=["open", "strict"])
@pytest.mark.parametrize("case", CASES)
def test_every_report_is_as_the_schema_says(case, strict):
    audit = CASES[case]()
    validator("json.schema.json", strict=strict).validate(json.loads(render(audit, "json")))
    lines = render(audit, "jsonl").decode().splitlines()
    assert len(lines) == 1 + len(audit.issues)
    line_by_line = validator("jsonl.schema.json", strict=strict)
    for line in lines:
        line_by_line.validate(json.loads(line))


def test_every_optional_part_is_among_the_examples():
    summary = json.loads(render(full_audit(), "json"))["summary"]
    assert summary["measured"]
    assert summary["verified"]
    assert summary["rounds"]
    assert summary["accepted"]
    assert summary["reliability"]
    document = json.loads(render(full_audit(), "json"))
    assert document["findings"]
    assert document["patterns"][0]["conditions"] == []
    assert document["patterns"][0]["high"] is None
    assert document["patterns"][1]["conditions"] == [["source", "web"]]
    assert "cards" not in document


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one.pop("schema_version"),
        lambda one: one.update(schema_version=2),
        lambda one: one.pop("issues"),
        lambda one: one["issues"][0].pop("line"),
        lambda one: one["issues"][0].update(line=0),
        lambda one: one["issues"][0].update(severity="grave"),
        lambda one: one["issues"][0].update(error_probability=1.5),
        lambda one: one["issues"][0].update(new=1),
        lambda one: one["summary"].pop("measured"),
        lambda one: one["summary"]["measured"]["bands"][0].pop("precision"),
        lambda one: one["summary"]["verified"].update(reviewed=-1),
        lambda one: one["summary"].update(new=1),
        lambda one: one.update(new=1),
        lambda one: one.pop("findings"),
        lambda one: one.pop("patterns"),
        lambda one: one["findings"][0].update(remedy=""),
        lambda one: one["patterns"][0].update(kind="other"),
        lambda one: one["patterns"][1]["conditions"][0].append("x"),
        lambda one: one["summary"]["reliability"][0].update(agreed=2),
    ],
)
def test_what_is_not_so_is_refused(spoil):
    document = json.loads(render(full_audit(), "json"))
    spoil(document)
    with pytest.raises(ValidationError):
        validator("json.schema.json").validate(document)


def test_the_published_schemas_take_keys_that_come_later():
    document = json.loads(render(full_audit(), "json"))
    document["new"] = document["summary"]["new"] = document["issues"][0]["new"] = 1
    validator("json.schema.json", strict=False).validate(document)


def test_the_choices_of_the_schema_are_ours():
    defs = load("json.schema.json", strict=False)["$defs"]
    issue = defs["issue"]["properties"]
    assert issue["verdict"]["enum"] == [verdict.value for verdict in VERDICTS]
    assert issue["severity"]["enum"] == [severity.value for severity in Severity]
    assert defs["column"]["properties"]["role"]["enum"] == [role.value for role in Role]


def test_the_schema_of_lines_is_written_from_that_of_the_whole():
    spec = spec_from_file_location("write_schemas", SCRIPTS / "write_schemas.py")
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    whole, lines = (load(name, strict=False) for name in NAMES)
    assert lines == script.of_lines(whole), "run python scripts/write_schemas.py"
    ids = [one["$id"] for one in (whole, lines)]
    assert all(one.startswith("urn:labelaudit:report:") for one in ids)
    assert len(set(ids)) == 2


def test_the_answer_of_a_gate_is_as_the_schema_says():
    audit = full_audit()
    uncounted = Uncounted(
        np.zeros(len(audit.flagged), dtype=bool), {"known": 2}, "labelaudit-baseline.csv", 1
    )
    earlier = Earlier("a run", audit)
    gate = judge(
        audit,
        fail_on=["noise_rate>1%", "flagged.lower95>=1%"],
        max_class_flagged=0.0,
        max_increase=0.01,
        earlier=earlier,
        uncounted=uncounted,
        notes=["a note"],
    )
    first = judge(audit, max_increase=0.01, first_passes=True)
    unsure = judge(audit, max_increase=0.01)
    outcomes = []
    for one in (gate, first, unsure):
        document = json.loads(render(audit, "json", gate=one))
        validator("json.schema.json").validate(document)
        head = json.loads(render(audit, "jsonl", gate=one).splitlines()[0])
        validator("jsonl.schema.json").validate(head)
        assert head["gate"] == document["gate"]
        outcomes.append(document["gate"]["outcome"])
    assert outcomes == ["FAIL", "PASS", "INCONCLUSIVE"]
    assert json.loads(render(audit, "json"))["gate"] is None
    document["gate"]["outcome"] = "maybe"
    with pytest.raises(ValidationError):
        validator("json.schema.json").validate(document)


def test_lines_hold_what_json_holds():
    audit = full_audit()
    whole = json.loads(render(audit, "json"))
    first, *issues = map(json.loads, render(audit, "jsonl").splitlines())
    assert first == {key: value for key, value in whole.items() if key != "issues"}
    assert issues == whole["issues"] == to_plain(audit.issues)
    assert all(one["rank"] < other["rank"] for one, other in pairwise(issues))


def test_blind_is_said_at_once():
    assert json.loads(render(ALL_CASES["blind"](), "json"))["blind"] is True
    assert json.loads(render(example_audit(), "jsonl").splitlines()[0])["blind"] is False
