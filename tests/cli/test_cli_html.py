"""The page: on stdout, as a copy beside it, and from a kept run without the data."""

from __future__ import annotations

import json

import pytest
from gate_example import audit_of, keep, write_rows
from html_check import Page, faults


def test_a_kept_run_gives_the_page_of_its_detect_without_the_data(cli, texts, tmp_path):
    answer = cli("detect", texts, "-q", "--fast", "--report", "html=report.html")
    assert answer.code == 0
    page = tmp_path / "report.html"
    texts.unlink()
    printed = cli("report", "-f", "html")
    assert printed.code == 0
    assert printed.out.encode() == page.read_bytes()
    assert faults(page.read_bytes()) == []


def test_the_page_names_the_run_and_the_store_it_lies_in(cli, texts, tmp_path):
    page = tmp_path / "report.html"
    asked = ("-q", "--fast", "--store", "my runs")
    assert cli("detect", texts, *asked, "--report", f"html={page}").code == 0
    (run,) = [one.name for one in (tmp_path / "my runs" / "runs").iterdir()]
    words = Page(page.read_bytes()).words
    assert f"run {run}, made " in words
    assert "labelaudit fix --strategy relabel --store 'my runs'" in words
    assert cli("report", "-f", "html", "--store", "my runs").out.encode() == page.read_bytes()


def test_the_number_of_issues_can_be_chosen(audited):
    page = Page(audited("report", "-f", "html", "--limit", "1").out)
    assert sum("data-n" in one for one in page.of("tbody")) == 1


def test_the_page_is_made_only_when_asked_for(audited, tmp_path):
    audited("runs")
    assert not list(tmp_path.rglob("*.html"))


def test_detect_tells_how_to_get_it(cli, texts):
    answer = cli("detect", texts, "--fast")
    assert "labelaudit report --report html=report.html" in answer.out


def runs_of(content):
    """Give the runs that the table over time names, in its order."""
    _, there, after = Page(content).words.partition("Runs of ")
    if not there:
        return []
    table = after.partition(" changed ")[2].partition("The name of a run")[0]
    return [word for word in table.split() if word.startswith("20") and "-" in word]


@pytest.fixture
def kept(cli, tmp_path):
    path = write_rows(tmp_path / "rows.csv")
    other = keep(audit_of(write_rows(tmp_path / "other.csv"), ["r-9"]), 3)
    names = ("r-1", "r-2", "r-3")
    return [*(keep(audit_of(path, names[:day]), day) for day in (1, 2, 3)), other]


def test_the_first_page_of_a_file_knows_no_runs_before(cli, kept):
    *_, other = kept
    assert "over-time" not in cli("report", other.id, "-f", "html").out
    assert "over-time" not in cli("report", kept[0].id, "-f", "html").out


def test_a_page_follows_the_runs_of_its_file_up_to_its_own(cli, kept, tmp_path):
    one, two, three, _ = kept
    assert runs_of(cli("report", three.id, "-f", "html").out) == [one.id, two.id, three.id]
    answer = cli("report", two.id, "-q", "--report", "html=two.html", "--report", "json=two.json")
    assert answer.code == 0
    page = (tmp_path / "two.html").read_bytes()
    assert runs_of(page) == [one.id, two.id]
    assert faults(page) == []
    assert "trend" not in json.loads((tmp_path / "two.json").read_text())
    assert page.decode() == cli("report", two.id, "-f", "html").out


def test_the_page_of_a_gate_has_them_too(cli, kept, tmp_path):
    answer = cli("check", kept[2].id, "--max-flagged", "1%", "--report", "html=gate.html")
    assert answer.code == 1
    assert runs_of((tmp_path / "gate.html").read_bytes()) == [run.id for run in kept[:3]]


def test_a_damaged_run_stops_no_page(cli, kept):
    (kept[0].path / "summary.json").write_text("{")
    (kept[1].path / "manifest.json").write_text("{")
    answer = cli("report", kept[2].id, "-f", "html")
    assert (answer.code, runs_of(answer.out)) == (0, [])


def test_detect_shows_the_run_just_made_last(cli, texts, tmp_path):
    page = tmp_path / "report.html"
    made = []
    for seed in (0, 1):
        arguments = ("-q", "--fast", "--seed", seed, "--report", "html=report.html")
        assert cli("detect", texts, *arguments).code == 0
        made = sorted(path.name for path in (tmp_path / ".labelaudit" / "runs").iterdir())
        assert runs_of(page.read_bytes()) == (made if seed else [])
    assert len(made) == 2
    assert f"{made[1]}: seed 0 → 1" in Page(page.read_bytes()).words
    assert cli("report", "-f", "html").out.encode() == page.read_bytes()
