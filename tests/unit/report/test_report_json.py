from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan
from pathlib import PurePosixPath

import numpy as np
import pytest
from audit_example import boolean_audit, example_audit
from measured_example import ALL_CASES, measured_audit

from labelaudit.audit.plain import to_plain
from labelaudit.report import render
from labelaudit.report.json import SCHEMA_VERSION
from labelaudit.types import Severity


def load(audit):
    def refuse(name):
        raise AssertionError(name)

    return json.loads(render(audit, "json"), parse_constant=refuse)


@pytest.mark.parametrize("case", ALL_CASES)
def test_every_case_is_strict_json_with_all_issues(case):
    audit = ALL_CASES[case]()
    document = load(audit)
    assert document["schema_version"] == SCHEMA_VERSION
    assert [one["row_id"] for one in document["issues"]] == [one.row_id for one in audit.issues]
    assert document["issues"] == [] or document["issues"][0]["excerpt"] == audit.issues[0].excerpt


def test_labels_keep_their_type_and_unknown_is_null():
    issue = load(boolean_audit())["issues"][0]
    assert issue["given"] is True
    assert issue["suggested"] is None
    assert issue["given_confidence"] is None


def test_order_of_settings_and_versions_does_not_matter():
    audit = example_audit()
    turned = replace(
        audit,
        settings=dict(reversed(audit.settings.items())),
        versions=dict(reversed(audit.versions.items())),
    )
    assert render(turned, "json") == render(audit, "json")


def test_characters_that_act_on_terminals_are_escaped_without_loss():
    audit = ALL_CASES["hostile"]()
    text = render(audit, "json").decode()
    assert not set(text) & set("\x1b\x07\x9b\u202e\u202c\u2028")
    assert [one["excerpt"] for one in json.loads(text)["issues"]] == [
        issue.excerpt for issue in audit.issues
    ]


def test_plain_turns_what_settings_may_hold_into_json():
    value = {
        "path": PurePosixPath("a/b"),
        "set": {"b", "a"},
        "numpy": np.float32(0.5),
        "array": np.array([1, 2]),
        "enum": Severity.HIGH,
        "nan": nan,
        "inf": inf,
        "bytes": b"\xff",
        1: True,
    }
    assert to_plain(value) == {
        "1": True,
        "array": [1, 2],
        "bytes": "ff",
        "enum": "high",
        "inf": None,
        "nan": None,
        "numpy": 0.5,
        "path": "a/b",
        "set": ["a", "b"],
    }


def test_results_are_rounded_and_settings_are_not():
    settings = {"weight": 0.123456789}
    document = load(replace(example_audit(), settings=settings))
    assert document["settings"] == settings
    assert to_plain(0.123456789) == 0.123457


def test_bands_have_their_precision_with_an_interval():
    measured = load(measured_audit())["summary"]["measured"]
    first, empty = measured["bands"][0]["precision"], measured["bands"][2]["precision"]
    assert first["estimate"] == 0.75
    assert first["low"] < 0.75 < first["high"]
    assert empty["estimate"] is None


def test_rounds_and_verdicts_are_told():
    document = load(measured_audit())
    assert [one["left_out"] for one in document["summary"]["rounds"]] == [4, 1234]
    assert document["summary"]["rounds"][1]["overlap"] is None
    assert document["summary"]["by_verdict"]["duplicate"] == 1
    assert document["issues"][2]["verdict"] == "outlier"
    assert load(example_audit())["summary"]["measured"] is None
