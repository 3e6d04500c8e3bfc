"""What CI gets to see: no cell of a row, the gate's answer, no known issue, the right paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_data import messages
from gate_example import audit_of, keep, write_rows
from sarif_schema import the_run

FLAGGED = ("r-0", "r-4", "r-9", "r-14", "r-17")
CELL = "SECRETcafé"
REPORTS = {
    "github": "g.txt",
    "gitlab": "g.json",
    "sarif": "x.sarif",
    "json": "x.json",
    "jsonl": "x.jsonl",
    "markdown": "x.md",
    "concise": "c.txt",
    "full": "f.txt",
    "junit": "x.xml",
}
ALL = [word for form, name in REPORTS.items() for word in ("--report", f"{form}={name}")]


@pytest.fixture
def path(cli, tmp_path):
    return write_rows(tmp_path / "rows.csv")


@pytest.fixture
def run(path):
    return keep(audit_of(path, FLAGGED), 2)


@pytest.fixture
def actions(tmp_path, monkeypatch):
    """Be a step of GitHub Actions; give its summary page."""
    page = tmp_path / "page.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    return page


@pytest.fixture
def broken_cells(tmp_path):
    """Write a file in which a cell was read in a wrong encoding."""
    frame = messages()
    broken = CELL.encode().decode("cp1252")
    frame["city"] = ["Bern", "Basel"] * 120
    frame.loc[:29, "city"] = broken
    path = tmp_path / "cells.csv"
    frame.to_csv(path, index=False)
    return path, broken


# ---- the text of rows ----


def test_findings_quote_no_cell_where_others_read(cli, broken_cells, actions):
    path, broken = broken_cells
    answer = cli("detect", path, "--fast", "-f", "github")
    assert answer.code == 0
    assert (
        "mojibake: 30 rows hold characters that were read in a wrong encoding: 'city'."
        in answer.err
    )
    page = actions.read_text()
    assert "mojibake" in page
    for told in (answer.out, answer.err, page):
        assert broken not in told
        assert "SECRET" not in told
    assert cli("report", "-f", "github", "--report", f"markdown={actions}").code == 0
    assert "SECRET" not in actions.read_text()


def test_findings_quote_cells_for_those_who_may_read_them(cli, broken_cells, actions, monkeypatch):
    path, broken = broken_cells
    asked = cli("detect", path, "--fast", "-f", "github", "--include-text")
    assert broken in asked.err
    assert "SECRET" in actions.read_text()
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert broken in cli("detect", path, "--fast", "-f", "github").err
    monkeypatch.setenv("CI", "true")
    assert "SECRET" not in cli("detect", path, "--fast", "-f", "github").err


# ---- the gate's answer ----


@pytest.mark.parametrize(("limit", "code", "outcome"), [("5%", 1, "FAIL"), ("50%", 0, "PASS")])
def test_every_report_tells_what_the_gate_answers(cli, run, tmp_path, limit, code, outcome):
    answer = cli("check", "--max-flagged", limit, *ALL)
    assert answer.code == code
    told = {form: (tmp_path / name).read_text() for form, name in REPORTS.items()}
    said = f"{outcome}: flagged: 5 of 40 (12.5 %"
    github = told["github"].splitlines()
    assert github[0].startswith(f"::{'error' if code else 'notice'} title=labelaudit::{outcome}: ")
    assert told["markdown"].split("\n\n")[1].startswith(f"> **Gate: {outcome}: flagged: 5 of 40")
    assert told["full"].startswith(said)
    assert told["concise"].splitlines()[-1].startswith(said)
    assert json.loads(told["json"])["gate"]["outcome"] == outcome
    assert (
        json.loads(told["jsonl"].splitlines()[0])["gate"]["checks"][0]["limit"]
        == float(limit[:-1]) / 100
    )
    sarif = the_run(told["sarif"])
    assert sarif["properties"]["gate"]["outcome"] == outcome
    notes = sarif["invocations"][0]["toolExecutionNotifications"]
    assert [(one["level"], one["message"]["text"].startswith(said)) for one in notes] == [
        ("error" if code else "note", True)
    ]
    findings = json.loads(told["gitlab"])
    named = [one["check_name"] for one in findings]
    assert ("labelaudit/gate" in named) == bool(code)
    assert ("<failure" in told["junit"]) == bool(code)


def test_without_a_gate_no_report_tells_of_one(cli, run, tmp_path):
    assert cli("report", "-q", *ALL).code == 0
    assert json.loads((tmp_path / "x.json").read_text())["gate"] is None
    for name in ("g.txt", "x.md", "c.txt", "f.txt"):
        text = (tmp_path / name).read_text()
        assert "PASS" not in text
        assert "Gate" not in text


def test_detect_tells_its_gate_once(cli, texts, actions):
    answer = cli("detect", texts, "-q", "--fast", "-f", "github", "--fail-above", "0%")
    assert answer.code == 1
    assert answer.out.startswith("::error title=labelaudit::FAIL: flagged: ")
    assert "::" not in answer.err
    assert actions.read_text().split("\n\n")[1].startswith("> **Gate: FAIL: ")
    other = cli("detect", texts, "-q", "--fast", "-f", "csv", "--fail-above", "0%")
    assert other.err.splitlines()[-1].startswith("::error title=labelaudit::FAIL: flagged: ")


def test_check_in_actions_annotates_and_adds_to_the_page(cli, run, actions):
    actions.write_text("# Tests\n")
    answer = cli("check", "--max-flagged", "5%", "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["outcome"] == "FAIL"
    (line,) = [line for line in answer.err.splitlines() if line.startswith("::")]
    assert line.startswith("::error title=labelaudit::FAIL: flagged: 5 of 40 (12.5 %25;")
    page = actions.read_text()
    assert page.startswith("# Tests\n\n# Label gate\n\n> **Gate: FAIL: flagged: 5 of 40 ")
    # A report on the page tells it already.
    assert cli("check", "--max-flagged", "5%", "--report", f"markdown={actions}").code == 1
    assert actions.read_text().count("Gate: FAIL") == 2
    assert actions.read_text().count("# Label gate") == 1


def test_a_pass_for_lack_of_a_comparison_is_a_warning(cli, run, actions):
    answer = cli("check", "--max-increase", "1%", "--first-run-passes")
    assert answer.code == 0
    assert "::warning title=labelaudit::PASS: rise of flagged: " in answer.err
    assert cli("check", "--max-flagged", "50%").err.splitlines()[-1].startswith("::notice ")


def test_a_page_that_cannot_be_written_fails_no_gate(cli, run, actions, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(actions.parent))
    answer = cli("check", "--max-flagged", "50%")
    assert answer.code == 0
    assert "the step summary cannot be written" in answer.err


@pytest.mark.parametrize(
    "words", [("check", "--max-flagged", "7"), ("check", "--nope"), ("detect", "nope.csv")]
)
def test_a_refusal_is_one_error_in_actions(cli, actions, monkeypatch, words):
    answer = cli(*words)
    assert (answer.code, answer.out) == (2, "")
    errors = [line for line in answer.err.splitlines() if line.startswith("::")]
    assert len(errors) == 1
    assert errors[0].startswith("::error title=labelaudit::")
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert "::error" not in cli(*words).err


# ---- known issues ----


def test_known_issues_do_not_shout(cli, run, tmp_path):
    assert cli("baseline", "add", "-q", "--why", "seen", "--row", "r-4", "--row", "r-9").code == 0
    for command in (("check", "--max-flagged", "50%"), ("report", "-q")):
        assert cli(*command, *ALL).code == 0
        sarif = the_run((tmp_path / "x.sarif").read_text())
        states = [
            (one["properties"]["row_id"], one.get("suppressions")) for one in sarif["results"]
        ]
        known = [
            {"kind": "external", "justification": "known, on record in labelaudit-baseline.csv"}
        ]
        assert [row for row, state in states if state == known] == ["r-4", "r-9"]
        assert [row for row, state in states if state is None] == ["r-0", "r-14", "r-17"]
        findings = json.loads((tmp_path / "g.json").read_text())
        assert len(findings) == 4
        assert findings[-1]["check_name"] == "labelaudit/known"
        assert findings[-1]["severity"] == "info"
        assert "Not counted: 2 known." in findings[-1]["description"]
        github = (tmp_path / "g.txt").read_text()
        assert "id r-0;" in github
        assert "id r-4;" not in github
        assert "Not counted: 2 known." in github


def test_known_issues_do_not_shout_from_detect(audited, texts, tmp_path):
    assert audited("baseline", "add", "-q", "--why", "seen").code == 0
    answer = audited("detect", texts, "-q", "-f", "github", "--report", "sarif=x.sarif")
    assert answer.code == 0
    assert "::error" not in answer.out
    assert "Not counted: 6 known." in answer.out
    results = the_run((tmp_path / "x.sarif").read_text())["results"]
    assert len(results) == 6
    assert all(one["suppressions"] for one in results)


def test_what_an_earlier_run_flags_is_told_from_what_is_new(cli, path, tmp_path):
    old = keep(audit_of(path, FLAGGED[:3]), 2)
    keep(audit_of(path, FLAGGED), 3)
    answer = cli("check", "--new-since", old.id, "--max-flagged", "50%", *ALL)
    assert answer.code == 0
    results = the_run((tmp_path / "x.sarif").read_text())["results"]
    states = {one["properties"]["row_id"]: one["baselineState"] for one in results}
    assert states == dict.fromkeys(FLAGGED[:3], "unchanged") | dict.fromkeys(FLAGGED[3:], "new")
    assert not any("suppressions" in one for one in results)
    assert f"3 flagged in run {old.id} too" in (tmp_path / "g.txt").read_text()


# ---- paths ----


@pytest.fixture
def checkout(tmp_path, monkeypatch, path):
    """Lie in a repository, one directory below its root, with a run called from there."""
    data = tmp_path / "repo" / "data"
    data.mkdir(parents=True)
    write_rows(data / "my rows.csv")
    monkeypatch.chdir(data)
    keep(audit_of(Path("my rows.csv"), FLAGGED), 2, store=str(data / ".labelaudit"))
    return data


def paths_told(cli, *words):
    sarif = the_run(cli("report", *words, "-f", "sarif").out)
    (artifact,) = {
        json.dumps(one["locations"][0]["physicalLocation"]["artifactLocation"])
        for one in sarif["results"]
    }
    gitlab = {
        one["location"]["path"] for one in json.loads(cli("report", *words, "-f", "gitlab").out)
    }
    github = cli("report", *words, "-f", "github").out
    return json.loads(artifact), sarif.get("originalUriBaseIds"), gitlab, github


@pytest.mark.parametrize("known_by", ["git", "a worktree", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
@pytest.mark.parametrize("below", [True, False])
def test_paths_are_those_of_the_repository(cli, checkout, monkeypatch, known_by, below):
    root = checkout.parent
    if known_by == "git":
        (root / ".git").mkdir()
    elif known_by == "a worktree":
        (root / ".git").write_text("gitdir: elsewhere\n")
    else:
        monkeypatch.setenv(known_by, str(root))
    monkeypatch.chdir(checkout if below else root)
    artifact, bases, gitlab, github = paths_told(cli, "--store", str(checkout / ".labelaudit"))
    assert artifact == {"uri": "data/my%20rows.csv", "uriBaseId": "%SRCROOT%"}
    assert set(bases) == {"%SRCROOT%"}
    assert str(root) not in json.dumps(bases)
    assert gitlab == {"data/my rows.csv"}
    assert "file=data/my rows.csv," in github


def test_outside_of_a_repository_a_file_is_named_as_it_was(cli, checkout, tmp_path, monkeypatch):
    for root in ("", str(tmp_path / "elsewhere")):
        monkeypatch.setenv("GITHUB_WORKSPACE", root)
        artifact, bases, gitlab, github = paths_told(cli)
        assert artifact == {"uri": "my%20rows.csv"}
        assert bases is None
        assert gitlab == {"my rows.csv"}
        assert "file=my rows.csv," in github
