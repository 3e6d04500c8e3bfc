"""`history` and `report A B` over kept runs, without any model."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from gate_example import audit_of, keep, write_rows


@pytest.fixture
def path(cli, tmp_path):
    return write_rows(tmp_path / "rows.csv")


@pytest.fixture
def kept(path):
    """Three runs of one file: the second finds more, the third was made in another way."""
    one = keep(audit_of(path, ["r-1"]), 2)
    two = keep(audit_of(path, ["r-1", "r-2", "r-3"]), 3)
    audit = audit_of(path, ["r-1", "r-4"])
    return one, two, keep(replace(audit, settings={**audit.settings, "seed": 5}), 4)


def test_the_runs_of_a_file_as_a_table(cli, kept):
    answer = cli("history")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0].startswith("2 of 40 judged labels flagged (5.0 %")
    assert "made in another way (seed)" in lines[0]
    table = {line.split()[0]: line.split() for line in lines[2:7] if line.startswith("2026")}
    assert list(table) == [run.id for run in kept]
    assert [row[2] for row in table.values()] == ["1", "3", "2"]
    assert table[kept[2].id][-1] == "settings"
    assert f"{kept[2].id}: seed 0 → 5" in lines
    assert any(line.startswith("pos ") for line in lines)


def test_a_file_a_class_and_a_limit(cli, kept, path, tmp_path):
    keep(audit_of(write_rows(tmp_path / "other.csv"), []), 5)
    assert "0 of 40" in cli("history").out
    shown = cli("history", "rows.csv", "--class", "pos", "--limit", "2").out
    assert "of class pos flagged" in shown
    assert "… after 1 earlier" in shown
    assert kept[0].id not in shown
    assert cli("history", path).out == cli("history", "rows.csv").out


def test_json_holds_every_run(cli, kept):
    told = json.loads(cli("history", "--json").out)
    assert (told["schema_version"], told["earlier"], told["skipped"]) == (1, 0, [])
    assert [run["run"] for run in told["runs"]] == [run.id for run in kept]
    assert [run["flagged"] for run in told["runs"]] == [1, 3, 2]
    assert told["runs"][2]["changes"] == [
        {"kind": "setting", "name": "seed", "before": "0", "after": "5"}
    ]
    assert len(told["runs"][0]["classes"]) == 2
    one = json.loads(cli("history", "--json", "--class", "neg").out)["runs"][1]["classes"]
    assert [(found["label"], found["flagged"]) for found in one] == [("neg", 1)]
    assert 0 < one[0]["flagged_rate"]["low"] < one[0]["flagged_rate"]["estimate"] < 0.2


def test_a_picture_is_written_and_replaces_no_data(cli, kept, path, tmp_path):
    answer = cli("history", "--picture", "trend.svg")
    assert "wrote trend.svg" in answer.err
    assert (tmp_path / "trend.svg").read_text().count('gid="flagged"') == 0
    assert 'id="flagged"' in (tmp_path / "trend.svg").read_text()
    before = path.read_bytes()
    linked = tmp_path / "data.svg"
    linked.symlink_to(path)
    for name, words in (
        ("trend.png", "no SVG file"),
        ("absent/trend.svg", "no such directory"),
        (linked, "would replace the data"),
    ):
        answer = cli("history", "--picture", name)
        assert (answer.code, answer.out) == (2, "")
        assert words in answer.err
    assert path.read_bytes() == before


def test_damaged_runs_are_said(cli, kept, tmp_path):
    (kept[1].path / "manifest.json").write_text("{")
    answer = cli("history")
    assert answer.code == 0
    assert f"left out: run {kept[1].id}: the run is damaged" in answer.err
    assert kept[1].id not in answer.out
    assert cli("history", "rows.csv").code == 0


def test_what_is_not_there_is_said(cli, path):
    assert "labelaudit detect" in cli("history").err
    keep(audit_of(path, []), 2)
    for arguments, words in (
        (["else.csv"], "there are runs of "),
        (["--class", "pso"], "did you mean 'pos'?"),
        (["--limit", "0"], "--limit"),
    ):
        answer = cli("history", *arguments)
        assert (answer.code, answer.out) == (2, ""), arguments
        assert words in answer.err


def test_a_narrow_window_keeps_the_marks(cli, kept, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    lines = cli("history").out.splitlines()
    marked = [line for line in lines if line.endswith("settings")]
    assert len(marked) == 1
    assert all(len(line) <= 60 for line in lines[3:7])


def test_report_of_two_runs_is_what_diff_says(cli, kept):
    names = [run.id for run in kept]
    for pair in (names[:2], names[1:]):
        assert cli("report", *pair).out == cli("diff", *pair).out
        assert cli("report", *pair, "-f", "json").out == cli("diff", *pair, "--json").out
    assert "made    in another way: seed 0 → 5" in cli("report", *names[1:]).out
    assert "in another way" not in cli("report", *names[:2]).out
    told = json.loads(cli("diff", *names[1:], "--json").out)
    assert told["changes"][0]["name"] == "seed"


def test_report_of_two_runs_as_markdown(cli, kept, tmp_path):
    names = [run.id for run in kept[1:]]
    shown = cli("report", *names, "-f", "markdown", "--limit", "1").out
    lines = shown.splitlines()
    assert lines[0].startswith("# Two audits of `")
    assert "- made in another way: seed 0 → 5" in lines
    assert "| still | 1 | flagged both times |" in lines
    assert any(line.startswith("| `r-4` | `neg` | `pos` | 0.94 |") for line in lines)
    answer = cli("report", *names, "--report", "markdown=x.md", "--report", "json=x.json")
    assert "wrote x.md" in answer.err
    assert cli("report", *names, "-f", "markdown").out == (tmp_path / "x.md").read_text()
    assert json.loads((tmp_path / "x.json").read_text())["compared"] == "runs"


def test_markdown_of_two_runs_lets_no_data_act(cli, tmp_path):
    path = write_rows(tmp_path / "rows.csv", relabelled={1: "<b>|x"})
    one = keep(audit_of(write_rows(path), []), 2)
    audit = audit_of(path, ["r-2"])
    issue = replace(audit.issues[0], excerpt="a | <script> @you `x`")
    two = keep(replace(audit, issues=(issue,)), 3)
    shown = cli("report", one.id, two.id, "-f", "markdown").out
    assert "`` a \\| <script> @you `x` ``" in shown


def test_a_comparison_joins_the_step_summary_without_the_text_of_rows(
    cli, kept, tmp_path, monkeypatch
):
    page = tmp_path / "summary.md"
    page.write_text("# before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    names = [run.id for run in kept[1:]]
    assert cli("report", *names, "--report", f"markdown={page}").code == 0
    assert page.read_text().startswith("# before\n\n# Two audits")
    assert "excerpt" not in page.read_text()
    cli("report", *names, "--report", f"markdown={page}", "--include-text")
    assert "excerpt" in page.read_text()


def test_two_runs_come_in_three_formats(cli, kept):
    names = [run.id for run in kept[1:]]
    for extra, come_as in (
        (["-f", "csv"], "full, json or markdown"),
        (["--report", "sarif=x.sarif"], "json or markdown"),
        (["--report", "html=x.html"], "json or markdown"),
        (["--report", "full=x.txt"], "json or markdown"),
    ):
        answer = cli("report", *names, *extra)
        assert (answer.code, answer.out) == (2, "")
        assert "two runs are not compared as" in answer.err
        assert f"a comparison comes as {come_as}; the other formats list the issues" in answer.err
    assert "no run 'nope'" in cli("report", names[0], "nope").err
