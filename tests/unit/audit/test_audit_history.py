from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from gate_example import audit_of, keep, write_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.audit.history import (
    COLUMN,
    SETTING,
    VERSION,
    Change,
    Trend,
    changes_between,
    check_class,
    trend_of,
)
from labelaudit.audit.pack import SUMMARY, VERIFIED
from labelaudit.audit.plain import to_plain
from labelaudit.audit.run_source import same_source, source_path
from labelaudit.audit.runs import MANIFEST, RunStore
from labelaudit.audit.summarise import wilson
from labelaudit.errors import RunError, SettingError
from labelaudit.types import Column, Rate, Role, Schema, Verified

IDS = tuple(f"r-{row}" for row in range(9))


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_rows(tmp_path / "rows.csv")


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / ".labelaudit")


def with_settings(audit, **settings):
    return replace(audit, settings={**audit.settings, **settings})


def test_one_run_is_a_trend(path, store):
    run = keep(audit_of(path, IDS[:3]), 1)
    trend = trend_of(store, run)
    (point,) = trend.points
    assert (trend.source, trend.earlier, trend.skipped) == (str(path), 0, ())
    assert (point.run, point.created) == (run.id, "2026-03-01T12:00:00+00:00")
    assert (point.rows, point.judged, point.flagged) == (40, 40, 3)
    assert (point.data_changed, point.changes, point.blind) == (False, (), "")
    assert point.flagged_rate == run.audit().summary.flagged_rate
    assert point.classes == run.audit().summary.classes


def test_runs_follow_each_other_up_to_the_one_asked_about(path, store, tmp_path):
    runs = [keep(audit_of(path, IDS[:day]), day) for day in range(1, 6)]
    other = keep(audit_of(write_rows(tmp_path / "other.csv"), IDS), 3)
    trend = trend_of(store, runs[3])
    assert [point.run for point in trend.points] == [run.id for run in runs[:4]]
    assert [point.flagged for point in trend.points] == [1, 2, 3, 4]
    assert [point.run for point in trend_of(store, other).points] == [other.id]


def test_a_limit_shows_the_newest_and_still_compares_the_first_of_them(path, store):
    runs = [keep(with_settings(audit_of(path), seed=day), day) for day in range(1, 5)]
    trend = trend_of(store, runs[-1], limit=2)
    assert [point.run for point in trend.points] == [run.id for run in runs[2:]]
    assert trend.earlier == 2
    assert trend.points[0].changes == (Change(SETTING, "seed", "2", "3"),)
    assert trend_of(store, runs[-1], limit=4) == trend_of(store, runs[-1])
    assert trend_of(store, runs[-1], limit=9).earlier == 0


def test_settings_columns_and_versions_that_changed_are_named(path, store):
    before = audit_of(path)
    after = with_settings(before, seed=7, model=["logreg", "knn"], exclude=("note",))
    columns = tuple(c for c in before.schema.columns if c.name != "my source")
    after = replace(
        after,
        versions={**before.versions, "cleanlab": "9.9"},
        schema=Schema((*columns, Column("my source", Role.TEXT, "--text"))),
    )
    one, other = keep(before, 1), keep(after, 2)
    changes = changes_between(one, other)
    assert changes == (
        Change(SETTING, "exclude", "none", "note"),
        Change(SETTING, "model", "none", "logreg, knn"),
        Change(SETTING, "seed", "0", "7"),
        Change(COLUMN, "features", "my source (category)", "my source (text)"),
        Change(VERSION, "cleanlab", "2.9.0", "9.9"),
    )
    assert trend_of(store, other).points[-1].changes == changes
    assert changes_between(one, one) == ()


def test_another_label_column_and_many_columns_are_told_in_short(path):
    before = audit_of(path)
    many = tuple(Column(f"c{number}", Role.NUMERIC, "") for number in range(8))
    fewer = tuple(c for c in before.schema.columns if c.role is not Role.LABEL)
    after = replace(before, schema=Schema((*fewer, Column("intent", Role.LABEL, ""), *many)))
    changes = changes_between(keep(before, 1), keep(after, 2))
    assert changes == (
        Change(COLUMN, "label", "label", "intent"),
        Change(
            COLUMN, "features", "none", ", ".join(f"c{n} (number)" for n in range(5)) + ", 3 more"
        ),
    )


def test_a_changed_file_is_known_by_its_content(path, store):
    keep(audit_of(path), 1)
    keep(audit_of(path), 2)
    write_rows(path, extra=1)
    newest = keep(audit_of(path), 3)
    changed = [point.data_changed for point in trend_of(store, newest).points]
    assert changed == [False, False, True]


def test_what_people_found_takes_the_place_of_the_range(path, store):
    run = keep(audit_of(path, IDS[:2]), 1)
    rate = Rate(0.25, 0.125, 0.5, "people")
    verified = Verified("s1", 20, 2, rate, rate, rate)
    plain = json.dumps(to_plain(verified, exact=True))
    assert not trend_of(store, run).points[0].by_people
    (run.path / VERIFIED).write_text(plain)
    point = trend_of(store, run).points[0]
    assert (point.noise_rate, point.by_people) == (rate, True)


def test_damaged_runs_are_left_out_and_named(path, store):
    runs = [keep(audit_of(path, IDS[:day]), day) for day in range(1, 6)]
    (runs[0].path / SUMMARY).unlink()
    (runs[1].path / MANIFEST).write_text("[]")
    manifest = dict(runs[2].manifest)
    del manifest["source"]
    (runs[2].path / MANIFEST).write_text(json.dumps(manifest))
    trend = trend_of(store, runs[4])
    assert [point.run for point in trend.points] == [runs[3].id, runs[4].id]
    assert [one.run for one in trend.skipped] == [run.id for run in runs[:3]]
    assert all(one.why for one in trend.skipped)
    (runs[4].path / SUMMARY).write_text("{}")
    assert [point.run for point in trend_of(store, runs[4]).points] == [runs[3].id]
    (runs[3].path / SUMMARY).write_text("null")
    with pytest.raises(RunError, match="no run of the file can be read"):
        trend_of(store, runs[4])
    with pytest.raises(RunError, match="damaged"):
        changes_between(runs[3], runs[4])


def test_runs_of_another_label_column_can_be_left_out(path, store):
    def judging(audit, name):
        columns = tuple(
            replace(one, role=Role.LABEL)
            if one.name == name
            else replace(one, role=Role.IGNORED)
            if one.role is Role.LABEL
            else one
            for one in audit.schema.columns
        )
        return replace(audit, schema=replace(audit.schema, columns=columns))

    labels = ("label", "my source", "label", "my source", "label")
    runs = [
        keep(judging(audit_of(path, IDS[:day]), name), day)
        for day, name in enumerate(labels, start=1)
    ]
    trend = trend_of(store, runs[4], same_label=True)
    assert [point.flagged for point in trend.points] == [1, 3, 5]
    assert (trend.of_other_labels, trend.earlier) == (2, 0)
    assert not any(point.changes for point in trend.points)
    newest = trend_of(store, runs[4], limit=1, same_label=True)
    assert [point.flagged for point in newest.points] == [5]
    assert (newest.of_other_labels, newest.earlier) == (1, 3)
    every = trend_of(store, runs[4])
    assert (len(every.points), every.of_other_labels) == (5, 0)


def test_data_from_stdin_has_no_name_to_go_by(path, store):
    audit = audit_of(path)
    audit = replace(audit, source=replace(audit.source, path="-"))
    first, second = keep(audit, 1), keep(audit, 2)
    assert source_path(first) is None
    assert not same_source(first, second)
    assert [point.run for point in trend_of(store, second).points] == [second.id]


def test_a_relative_path_is_the_same_file_as_its_absolute_one(path, store):
    audit = audit_of(path)
    relative = replace(audit, source=replace(audit.source, path="rows.csv"))
    keep(relative, 1)
    newest = keep(audit, 2)
    assert len(trend_of(store, newest).points) == 2
    assert source_path(keep(relative, 3)) == Path("rows.csv")


def test_rates_of_a_class_a_blind_run_and_an_absent_class(path, store):
    run = keep(audit_of(path, IDS[:3]), 1)
    point = trend_of(store, run).points[0]
    assert point.rate() == point.flagged_rate
    assert point.rate("pos") == wilson(1, 20)
    assert point.rate("neg") == wilson(2, 20)
    assert np.isnan(point.rate("other").estimate)
    blind = trend_of(store, keep(audit_of(path, IDS[:3], blind="no"), 2)).points[1]
    assert np.isnan(blind.rate().estimate)
    assert np.isnan(blind.rate("pos").estimate)


def test_a_class_that_no_run_knows_is_refused(path, store):
    trend = trend_of(store, keep(audit_of(path), 1))
    check_class(trend, "pos")
    with pytest.raises(SettingError) as caught:
        check_class(trend, "poss")
    assert caught.value.hint == "did you mean 'pos'?"
    with pytest.raises(SettingError) as caught:
        check_class(trend, "???")
    assert caught.value.hint == "there are: neg, pos"


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=6))
def test_every_run_has_a_point_and_marks_stand_where_the_seed_moved(tmp_path_factory, days):
    folder = tmp_path_factory.mktemp("store")
    path = write_rows(folder / "rows.csv")
    audits = [
        with_settings(audit_of(path, IDS[:flagged]), seed=int(moved)) for flagged, moved in days
    ]
    place = str(folder / "kept")
    runs = [keep(audit, day, place) for day, audit in enumerate(audits, start=1)]
    trend = trend_of(RunStore(Path(place)), runs[-1])
    assert isinstance(trend, Trend)
    assert [point.flagged for point in trend.points] == [flagged for flagged, _ in days]
    moved = [bool(point.changes) for point in trend.points]
    seeds = [moved for _, moved in days]
    assert moved == [False, *(one != other for one, other in pairwise(seeds))]
