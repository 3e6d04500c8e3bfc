"""The page: on stdout, as a copy beside it, and from a kept run without the data."""

from __future__ import annotations

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


def test_the_number_of_issues_can_be_chosen(audited):
    page = Page(audited("report", "-f", "html", "--limit", "1").out)
    assert sum("data-n" in one for one in page.of("tbody")) == 1


def test_the_page_is_made_only_when_asked_for(audited, tmp_path):
    audited("runs")
    assert not list(tmp_path.rglob("*.html"))


def test_detect_tells_how_to_get_it(cli, texts):
    answer = cli("detect", texts, "--fast")
    assert "labelaudit report --report html=report.html" in answer.out
