"""`labelaudit doctor`, and what `detect` says before any model."""

from __future__ import annotations

import io
import json
import sys

import pytest
from doctor_example import codes_of, sound


@pytest.fixture
def odd(tmp_path):
    frame = sound()
    frame["copy"] = [f"k{code}" for code in codes_of(frame)]
    frame.loc[[2, 5], "label"] = ["CLASS A", None]
    frame["unit"] = "cm"
    frame.to_csv(tmp_path / "odd.csv", index=False)
    return "odd.csv"


@pytest.fixture
def good(tmp_path):
    sound().to_csv(tmp_path / "good.csv", index=False)
    return "good.csv"


def test_findings_stand_on_stdout_and_the_sum_on_stderr(cli, odd):
    answer = cli("doctor", odd)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("grave: gives-label-away: A single column tells nearly every label")
    assert lines[1].endswith("--exclude copy")
    assert lines[2].startswith("grave: label-spelling: ")
    assert lines[3] == "  line 4"
    assert lines[4].startswith("  remedy: Write one-spelling = true")
    assert "missing-labels: 1 row (0.2 %) has no label" in answer.out
    assert answer.err.splitlines()[-1] == "odd.csv: 400 rows, 4 findings, 2 of them grave"


def test_strict_fails_on_what_is_grave_only(cli, odd, good):
    assert cli("doctor", odd, "--strict").code == 1
    assert cli("doctor", good, "--strict").code == 0
    answer = cli("doctor", odd, "--strict", "--exclude", "copy", "--missing-label", "CLASS A")
    assert answer.code == 0
    assert "missing-labels: 2 rows" in answer.out


def test_sound_data_says_nothing_on_stdout(cli, good):
    answer = cli("doctor", good)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines()[-1] == "good.csv: 400 rows, nothing found"
    answer = cli("doctor", good, "-q")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_json_holds_rows_lines_and_remedies(cli, odd, good):
    answer = cli("doctor", odd, "--json", "-q")
    told = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert (told["path"], told["rows"], told["label"], told["grave"]) == (odd, 400, "label", True)
    spelling = told["findings"][1]
    assert spelling["code"] == "label-spelling"
    (row,) = spelling["rows"]
    assert (row["row"], row["line"]) == (2, 4)
    assert row["row_id"].endswith("#0")
    assert all(one["remedy"] for one in told["findings"])
    assert json.loads(cli("doctor", good, "--json", "-q").out)["findings"] == []


def test_what_cannot_be_read_is_an_error_with_a_hint(cli, good):
    answer = cli("doctor", "missing.csv")
    assert answer.code == 2
    assert answer.out == ""
    assert "missing.csv" in answer.err
    assert cli("doctor", good, "--label", "nowhere").code == 2


def test_stdin_is_read_and_hostile_cells_do_nothing(cli, monkeypatch):
    frame = sound().assign(note="\x1b[31mred")
    frame.loc[1, "note"] = "plain"
    raw = io.BytesIO(frame.to_csv(index=False).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw))
    answer = cli("doctor", "-")
    assert answer.code == 0
    assert "control-characters: 399 rows hold" in answer.out
    assert "\x1b" not in answer.out + answer.err


def test_detect_says_the_gravest_first_and_keeps_all(cli, odd):
    answer = cli("detect", odd, "--detectors", "duplicates", "-f", "json")
    assert answer.code == 0, answer.err
    told = [line for line in answer.err.splitlines() if "gives-label-away" in line]
    assert told[0].startswith("grave: gives-label-away: ")
    assert "and 1 finding more about the data" in answer.err
    found = json.loads(answer.out)
    codes = [one["code"] for one in found["findings"]]
    assert codes[:2] == ["gives-label-away", "label-spelling"]
    assert not set(codes) & {notice["code"] for notice in found["notices"]}
    quiet = cli("detect", odd, "--detectors", "duplicates", "-f", "json", "-q")
    assert quiet.err == ""
    assert json.loads(quiet.out)["findings"] == found["findings"]
