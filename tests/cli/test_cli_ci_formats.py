"""What CI gets: annotations, its own files, the summary page; row text only when asked for."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from cli_data import PLANTED, messages
from sarif_schema import the_run

CI = ("github", "sarif", "junit", "gitlab")


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The summary page of a step that has written to it before."""
    path = tmp_path / "summary.md"
    path.write_text("# Tests\n\nall green\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return path


def test_lines_are_those_of_the_file(audited, texts):
    results = json.loads(audited("report", "-f", "sarif").out)["runs"][0]["results"]
    lines = texts.read_text().splitlines()
    assert {one["properties"]["row"] for one in results} >= set(PLANTED)
    for one in results:
        region = one["locations"][0]["physicalLocation"]["region"]
        assert lines[region["startLine"] - 1].startswith(one["properties"]["row_id"] + ",")
    gitlab = json.loads(audited("report", "-f", "gitlab").out)
    assert (
        gitlab[0]["location"]["lines"]["begin"]
        == results[0]["locations"][0]["physicalLocation"]["region"]["startLine"]
    )


@pytest.mark.parametrize("name", CI)
def test_the_text_of_rows_is_told_only_when_asked_for(audited, name):
    text = re.compile("|".join(messages()["text"]))
    quiet = audited("report", "-f", name)
    assert quiet.code == 0
    assert not text.search(quiet.out)
    loud = audited("report", "-f", name, "--include-text")
    assert bool(text.search(loud.out)) == (name != "junit")


def test_a_format_never_changes_the_exit_code(cli, texts, tmp_path):
    for name in CI:
        answer = cli(
            *("detect", texts, "-q", "--fast", "-f", name, "--fail-above", "0.1%"),
            *("--report", f"{name}=copy", "--include-text"),
        )
        assert answer.code == 1
        assert (tmp_path / "copy").read_bytes() == answer.out.encode()


def test_what_code_scanning_gets_is_as_the_standard_says(cli, texts, tmp_path):
    report = ("--report", "sarif=x.sarif")
    detected = cli("detect", texts, "-q", "--fast", "-f", "sarif", "--fail-above", "0.1%", *report)
    assert detected.code == 1
    quiet = the_run(detected.out)
    assert quiet["results"]
    assert the_run((tmp_path / "x.sarif").read_bytes()) == quiet
    loud = the_run(cli("report", "-f", "sarif", "--include-text").out)
    assert len(loud["results"]) == len(quiet["results"])
    assert cli("check", "--max-flagged", "0.1%", "--include-text", *report).code == 1
    judged = the_run((tmp_path / "x.sarif").read_bytes())
    assert judged["results"] == loud["results"]
    assert judged["properties"]["gate"]["outcome"] == "FAIL"
    assert cli("detect", texts, "-q", "--fast", "--threshold", "1", *report).code == 0
    few = the_run((tmp_path / "x.sarif").read_bytes())["results"]
    assert {one["ruleId"] for one in few} <= {"duplicate"}


def test_junit_tells_the_gate_of_check_and_of_detect(audited, texts, tmp_path):
    report = ("--report", "junit=gate.xml")
    assert audited("check", "--max-flagged", "0.1%", "--max-high", "100%", *report).code == 1
    cases = ET.parse(tmp_path / "gate.xml").findall(".//testcase")  # noqa: S314 our own
    assert [(one.get("name"), one[0].tag) for one in cases] == [
        ("flagged", "failure"),
        ("high severity", "system-out"),
    ]
    out = audited("detect", texts, "-q", "--fast", "-f", "junit", "--fail-above", "90%").out
    assert [one.get("name") for one in ET.fromstring(out).iter("testcase")] == ["flagged"]  # noqa: S314 our own
    out = audited("report", "-f", "junit").out
    assert [one.get("name") for one in ET.fromstring(out).iter("testcase")] == ["audit"]  # noqa: S314 our own


def test_github_adds_a_report_to_the_summary_page(audited, page):
    answer = audited("report", "-f", "github", "--limit", 3)
    assert answer.out.startswith("::notice title=labelaudit::")
    before, report = page.read_text().split("# Label audit of ")
    assert before == "# Tests\n\nall green\n\n"
    assert "## Issues (3 of " in report


def test_the_page_tells_the_text_of_rows_only_when_asked_for(audited, page):
    text = re.compile("|".join(messages()["text"]))
    for spec in ((), ("--report", f"markdown={page}")):
        assert audited("report", "-f", "github", *spec).code == 0
    assert not text.search(page.read_text())
    assert audited("report", "-f", "github", "--include-text").code == 0
    assert text.search(page.read_text())


def test_a_copy_for_the_page_is_added_once_and_by_any_command(audited, page):
    spec = ("--report", f"markdown={page}")
    assert audited("report", "-f", "github", *spec).code == 0
    assert page.read_text().count("# Label audit of ") == 1
    assert audited("check", "--max-flagged", "90%", *spec).code == 0
    assert page.read_text().count("# Label audit of ") == 2
    assert page.read_text().startswith("# Tests\n")


def test_the_page_is_left_alone_by_other_formats_and_elsewhere(audited, page, monkeypatch):
    before = page.read_bytes()
    assert audited("report", "-f", "sarif", "--report", "markdown=other.md").code == 0
    assert page.read_bytes() == before
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert audited("report", "-f", "github").code == 0
    assert page.read_bytes() == before


def test_a_page_that_is_not_there_yet_is_made(audited, page):
    page.unlink()
    assert audited("report", "-q", "--report", f"markdown={page}").code == 0
    assert page.read_text().startswith("# Label audit of ")


def test_a_page_that_cannot_be_written_fails_only_who_asked(audited, page, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page.parent))
    unasked = audited("report", "-f", "github")
    assert unasked.code == 0
    assert "the step summary cannot be written" in unasked.err
    assert audited("report", "--report", f"markdown={page.parent}").code == 2


def test_a_page_too_large_for_github_is_said(audited, page):
    page.write_text("x" * (1 << 20))
    answer = audited("report", "--report", f"markdown={page}")
    assert answer.code == 0
    assert "larger than 1 MiB" in answer.err
