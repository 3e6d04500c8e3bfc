from __future__ import annotations

import re
from dataclasses import replace

import pytest
from html_check import Page, faults
from measured_example import ALL_CASES
from trend_example import THREE, long_trend, point, trend

from labelaudit.audit.history import SETTING, Change, Skipped
from labelaudit.report import render
from labelaudit.report.html.over_time import over_time
from labelaudit.report.trend import MAX_RUNS

HOSTILE = ("<script>alert(1)</script>", "$\\frac{1}{2}$", "\x1b[31m", "正面评价", "إيجابي")


def page_of(shown):
    return render(ALL_CASES["plain"](), "html", trend=shown)


def section(content):
    found = re.search(r'(?s)<section id="over-time".*?</section>', content.decode())
    return found[0] if found else ""


def test_the_runs_stand_between_the_pictures_and_the_tables():
    content = page_of(THREE)
    assert faults(content) == []
    ids = [one["id"] for one in Page(content).of("section")]
    assert ids[ids.index("pictures") : ids.index("tables") + 1] == [
        "pictures",
        "over-time",
        "tables",
    ]
    assert '<a href="#over-time">Over time</a>' in content.decode()


def test_table_picture_and_words_tell_the_same():
    told = section(page_of(THREE))
    words = Page(told).words
    assert "30 of 200 judged labels flagged (15.0 %" in words
    assert words.count("20260303-120000-rows") == 2
    second = "20260302-120000-rows 205 20 10.0 % 6.6\u201314.9 % 2.0\u20135.0 % 1 data"
    assert second in words
    assert "20260303-120000-rows: seed 0 → 3" in words
    assert "3 runs, 1 of them made in another way than the run before." in words
    assert 'aria-labelledby="trend-title trend-desc"' in told
    assert "<details open>" in told


@pytest.mark.parametrize(
    "shown",
    [
        None,
        trend(point(1, 3)),
        trend(point(1, 3, blind="no"), point(2, 3)),
        trend(point(1, 3), replace(point(2, 0), flagged_rate=point(1, 3, blind="no").rate())),
    ],
    ids=["none", "one", "one that sees", "one that judged"],
)
def test_where_nothing_can_be_compared_there_is_no_section(shown):
    assert over_time(shown) is None
    assert page_of(shown) == render(ALL_CASES["plain"](), "html")


def test_a_blind_run_is_told_of_among_others():
    words = Page(section(page_of(trend(*THREE.points, point(4, 5, blind="at chance"))))).words
    assert "The newest run is blind, so that it says nothing about labels: at chance." in words
    assert "cross: blind" in words


def test_what_is_left_out_is_said():
    many = replace(
        long_trend(), skipped=(Skipped("20260101-120000-rows", "damaged"),), of_other_labels=1
    )
    told = section(page_of(many))
    words = Page(told).words
    assert len(re.findall(r"<tr ", told)) == MAX_RUNS + 20 + 2
    assert f"{45 - MAX_RUNS + 3} earlier runs of the file not shown" in words
    assert "1 run of another label column left out" in words
    assert "130 more classes not shown; labelaudit history --class LABEL shows" in words
    assert "1 kept run cannot be read" in words
    assert "the 30 most flagged of 150 classes, the 5 most flagged of this run named" in words
    assert "<details>" in told
    assert "JSON report" not in words


def test_the_newest_runs_are_those_shown():
    days = trend(*(point(1 + day % 28, day) for day in range(MAX_RUNS + 5)))
    found = over_time(days)
    assert [row[2] for row in found.runs.rows] == [str(n) for n in range(5, MAX_RUNS + 5)]


def test_hostile_names_show_as_text():
    changes = (Change(SETTING, "<b>", "<i>\u202e", "x" * 900),)
    shown = trend(
        point(1, 3, classes=HOSTILE),
        replace(point(2, 4, classes=HOSTILE, changes=changes), run="<u>run</u>"),
    )
    content = page_of(replace(shown, source="<b>&.csv"))
    assert faults(content) == []
    page = Page(content)
    assert len(page.of("script")) == 1
    assert page.of("u") == page.of("i") == []
    words = Page(section(content)).words
    for name in (HOSTILE[0], HOSTILE[1], HOSTILE[3], HOSTILE[4], "<u>run</u>", "<b>&.csv"):
        assert name in words
    assert not set(content.decode()) & set("\x1b\u202e")
    assert "x" * 100 not in words


def test_the_same_trend_gives_the_same_bytes_and_they_stay_few():
    assert page_of(THREE) == page_of(THREE)
    assert page_of(THREE) != page_of(trend(*THREE.points[1:]))
    content = page_of(long_trend())
    assert faults(content) == []
    # What the fullest page of issues leaves below 3 MB: see test_html_page.py.
    assert len(content) - len(page_of(None)) < 250_000


def test_other_formats_do_not_show_it():
    audit = ALL_CASES["plain"]()
    for form in ("full", "json", "markdown", "sarif"):
        assert render(audit, form, trend=THREE) == render(audit, form)
