from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from trend_example import SEED, THREE, long_trend, point, trend

from labelaudit.audit.history import COLUMN, SETTING, VERSION, Change
from labelaudit.report.trend import (
    changed,
    class_trend_rows,
    tell_changes,
    trend_headline,
    trend_rows,
)
from labelaudit.report.trend_picture import NAMED, draw_trend


def test_the_headline_compares_with_the_run_before():
    told = trend_headline(trend(point(1, 10), point(2, 20, data_changed=True)))
    assert told == (
        "20 of 200 judged labels flagged (10.0 %, 95 % Wilson interval 6.6\u201314.9 %), "
        "+5.0 points since the run before (-0.2 to +10.4)."
    )


def test_the_headline_does_not_blame_the_labels_for_another_seed():
    assert "It was made in another way (seed): not all of that" in trend_headline(THREE)
    assert "The file is the same." in trend_headline(trend(point(1, 10), point(2, 20)))
    assert "same" not in trend_headline(trend(point(1, 10), point(2, 10)))


def test_the_headline_says_what_cannot_be_compared():
    assert trend_headline(trend(point(1, 10))).endswith("; no earlier run to compare with.")
    blind = point(1, 10, blind="at chance")
    assert trend_headline(trend(point(1, 1), replace(blind))) == (
        "The newest run is blind, so that it says nothing about labels: at chance."
    )
    assert "points" not in trend_headline(trend(blind, point(2, 10)))
    assert "points" not in trend_headline(trend(point(1, 1, classes=("x",)), point(2, 1)), "pos")


def test_a_row_for_each_run():
    rows = trend_rows(THREE)
    assert rows.header == (
        "run",
        "rows",
        "flagged",
        "share",
        "95 % interval",
        "noise rate",
        "high",
        "changed",
    )
    assert [row[2] for row in rows.rows] == ["10", "20", "30"]
    assert [row[-1] for row in rows.rows] == ["", "data", "settings"]
    assert rows.rows[0][3:6] == ("5.0 %", "2.7\u20139.0 %", "2.0\u20135.0 %")
    assert "need not be one of the labels" in rows.caption
    assert trend_rows(trend(point(1, 1), earlier=4)).hidden == 4
    assert trend_rows(trend(point(1, 1))).caption == ""


def test_a_row_for_each_run_of_one_class():
    rows = trend_rows(trend(point(1, 10, classes=("neg",)), point(2, 20)), "pos")
    assert "noise rate" not in rows.header
    assert rows.rows[0][1:6] == ("0", "0", "\u2013", "\u2013", "0")
    assert rows.rows[1][1:4] == ("100", "0", "0.0 %")
    assert rows.title == "Runs of rows.csv, class pos"


def test_a_blind_run_has_no_share_and_people_are_marked():
    seen = replace(point(2, 10), by_people=True)
    rows = trend_rows(trend(point(1, 10, blind="at chance"), seen))
    assert rows.rows[0][3:6] == ("blind", "\u2013", "\u2013")
    assert rows.rows[1][5] == "2.0\u20135.0 %*"
    assert "what people found" in rows.caption


def test_classes_now_before_and_over_all_runs():
    rows = class_trend_rows(THREE)
    assert [row[0] for row in rows.rows] == ["neg", "pos"]
    assert rows.rows[0][2:] == (
        "30",
        "30.0 %",
        "21.9\u201339.6 %",
        "20.0 %",
        "10.0\u201330.0 %",
    )
    assert class_trend_rows(trend(point(1, 3))).rows[0][5] == "\u2013"
    assert not class_trend_rows(trend(point(1, 3), point(2, 3, blind="no"))).rows
    many = tuple(f"c{number:03d}" for number in range(150))
    rows = class_trend_rows(trend(point(1, 3, classes=many)))
    assert (len(rows.rows), rows.hidden) == (20, 130)


def test_changes_in_words():
    changes = (
        SEED,
        Change(SETTING, "loss_scope", "overall", "class"),
        Change(COLUMN, "label", "label", "a\x1b[31mb"),
        Change(COLUMN, "features", "none", "x" * 90),
        Change(VERSION, "cleanlab", "2.9", "3.0"),
    )
    told = tell_changes(changes)
    assert told.startswith("seed 0 → 3; loss-scope overall → class; label column label → a")
    assert "\x1b" not in told
    assert "x…; cleanlab 2.9 → 3.0" in told
    assert tell_changes(()) == ""
    assert changed(replace(point(1, 1, data_changed=True), changes=changes)) == (
        "data, settings, versions"
    )


@pytest.fixture(scope="module")
def picture():
    return draw_trend(trend(*THREE.points, point(4, 5, blind="no"), point(5, 8)))


def test_the_picture_is_one_that_can_be_read_out(picture):
    root = ET.fromstring(picture)  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert "rows.csv" in root.find(f"{space}title").text
    assert "8 of 200 judged labels flagged" in root.find(f"{space}desc").text
    ids = {node.get("id") for node in root.iter() if node.get("id")}
    assert {"interval", "flagged", "noise-rate", "changed-2", "blind", "class-0"} <= ids
    assert not {"changed-1", "changed-3"} & ids
    assert not re.search(r"<script|href=\"http", picture)


def test_the_picture_is_the_same_for_the_same_trend():
    assert draw_trend(THREE) == draw_trend(THREE)
    assert draw_trend(THREE) != draw_trend(trend(*THREE.points[:2]))


@pytest.mark.parametrize(
    "case",
    [
        trend(point(1, 3)),
        trend(point(1, 0), point(2, 0)),
        trend(point(1, 3, blind="no")),
        trend(*(point(day, day) for day in range(1, 29))),
        trend(point(1, 3, classes=tuple(f"c{number}" for number in range(150)))),
    ],
    ids=["one", "nothing", "blind", "many runs", "many classes"],
)
def test_the_picture_copes(case):
    ET.fromstring(draw_trend(case))  # noqa: S314


def test_runs_of_one_day_are_told_apart_by_the_hour():
    day = replace(point(2, 3), created="2026-03-01T17:30:00+00:00")
    assert "17:30" in draw_trend(trend(point(1, 3), day))
    assert "2026-03-01" in draw_trend(trend(point(1, 3)))


def test_hostile_names_do_nothing_in_the_picture():
    names = ("<script>alert(1)</script>", "$\\frac{1}{2}$", "\x1b[31m", "正面评价", "إيجابي")
    found = replace(trend(point(1, 3, classes=names)), source="<b>&.csv")
    drawn = draw_trend(found)
    ET.fromstring(drawn)  # noqa: S314
    assert "<script" not in drawn
    ET.fromstring(draw_trend(found, names[1]))  # noqa: S314


def test_names_at_the_ends_of_lines_do_not_lie_on_each_other():
    root = ET.fromstring(draw_trend(long_trend(3, 8)))  # noqa: S314
    texts = [one for one in root.iter("{http://www.w3.org/2000/svg}text") if "number" in one.text]
    heights = sorted(float(one.get("y")) for one in texts)
    assert len(heights) == NAMED
    assert all(below - above > 8 for above, below in pairwise(heights))


def test_times_are_no_finer_than_it_takes_to_tell_runs_apart():
    def ticks(*created):
        runs = [replace(point(1, 3), created=f"{one}+00:00") for one in created]
        # The first panel; the other has the same axis.
        return re.findall(r">([-:\d ]{8,})</text>", draw_trend(trend(*runs)))[: len(created)]

    assert ticks("2026-03-01T17:39:01", "2026-03-01T17:39:44") == ["17:39:01", "17:39:44"]
    days = ticks("2026-03-01T17:39:01", "2026-03-02T17:39:01")
    assert days == ["2026-03-01", "2026-03-02"]
    mixed = ticks("2026-03-01T17:39:01", "2026-03-01T18:00:00", "2026-03-02T17:39:01")
    assert mixed[:2] == ["2026-03-01 17:39", "2026-03-01 18:00"]
