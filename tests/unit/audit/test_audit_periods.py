from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from patterns_example import draw, flagged, rows_of

from labelaudit.audit.periods import (
    LEAST_ROWS,
    check_time,
    periods,
    periods_of,
    stretches,
    time_notices,
    times_of,
)
from labelaudit.audit.periods_changes import find_times
from labelaudit.errors import SettingError

N = 2400
START = np.datetime64("2024-01-01")


def days(n=N, span=360, seed=0):
    return START + np.random.default_rng([seed, 4]).integers(0, span, n).astype("timedelta64[D]")


@pytest.mark.parametrize(
    ("span", "rows", "unit"),
    [
        (3000, 1400, "quarter"),
        (700, 2400, "month"),
        (100, 2400, "week"),
        (40, 2400, "day"),
        (1, 2400, None),
    ],
)
def test_the_unit_follows_the_span(span, rows, unit):
    found = periods("when", days(rows, span).astype("datetime64[us]"))
    assert (None if found is None else found.unit) == unit
    if found is not None:
        assert np.bincount(found.codes).min() >= LEAST_ROWS
        assert 2 <= len(found.first) <= 60


def test_thin_units_are_joined_with_the_next():
    months = ["2024-01"] * 40 + ["2024-02"] * 10 + ["2024-03"] * 25
    months += ["2024-05"] * 200 + ["2024-06"] * 200 + ["2024-07"] * 5
    found = periods("when", np.array(months, dtype="datetime64[us]"))
    assert found.unit == "month"
    assert found.first == ("2024-01", "2024-02", "2024-05", "2024-06")
    assert found.last == ("2024-01", "2024-03", "2024-05", "2024-07")
    assert found.name(1, 3) == "2024-02 to 2024-07"


def test_codes_are_in_order_of_time_and_rows_without_one_have_none():
    times = days().astype("datetime64[us]")
    times[5] = "NaT"
    found = periods("when", times)
    assert found.codes[5] == -1
    known = np.delete(np.arange(N), 5)
    order = known[np.argsort(times[known], kind="stable")]
    assert (np.diff(found.codes[order]) >= 0).all()


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2024-05-31", None], "2024-05-31"),
        ([2013, 2014], "2013-01-01"),
        (["2013", "2014"], "2013-01-01"),
        ([1_700_000_000, 1_700_000_001], "2023-11-14"),
        ([1_700_000_000_000, 1_700_000_000_001], "2023-11-14"),
    ],
)
def test_times_are_read(cells, first):
    found = times_of(pa.chunked_array([cells]))
    assert str(found[0].astype("datetime64[D]")) == first


@pytest.mark.parametrize("cells", [["a", "b"], [5, 90_000], [True, False], ["", None]])
def test_other_cells_are_no_times(cells):
    found = times_of(pa.chunked_array([cells]))
    assert found is None or np.isnat(found).all()


def test_numbers_that_count_onwards_stand_for_time():
    found = stretches("row", np.arange(3000.0))
    assert len(found.first) == 24
    assert found.name(0, 1) == "0 to 249"
    assert stretches("row", np.arange(50.0)) is None


def test_a_column_of_words_is_refused():
    columns, _ = rows_of(100, 2, 0, when=["early", "late"] * 50)
    data = flagged(columns, np.zeros(100)).data
    with pytest.raises(SettingError, match="no points in time"):
        check_time(data, "when")
    with pytest.raises(SettingError, match="no column 'then'"):
        check_time(data, "then")
    check_time(data, None)
    check_time(data, "parts")


@pytest.mark.parametrize(
    "blank",
    ["", " ", None, "NA", "null", "-"],
    ids=["empty", "space", "null", "NA", "word", "dash"],
)
def test_cells_that_hold_nothing_do_not_count_against_a_column_of_times(blank):
    when = pa.array(["2024-05-31 13:00", blank, blank, blank] * 25, pa.string())
    data = flagged(rows_of(100, 2, 0, when=when)[0], np.zeros(100)).data
    check_time(data, "when")
    numbers = pa.array([1_700_000_000.0, None, float("nan"), None] * 25)
    check_time(flagged(rows_of(100, 2, 0, when=numbers)[0], np.zeros(100)).data, "when")


def test_a_column_with_few_times_says_how_few():
    when = ["2024-05-31", "soon", "", "later"] * 25
    data = flagged(rows_of(100, 2, 0, when=when)[0], np.zeros(100)).data
    with pytest.raises(SettingError, match="only 25 of 75 cells of column 'when' are points"):
        check_time(data, "when")
    data = flagged(rows_of(100, 2, 0, when=[""] * 100)[0], np.zeros(100)).data
    with pytest.raises(SettingError, match="'when' holds no points in time"):
        check_time(data, "when")


def times_found(when, flags, columns):
    case = flagged({**columns, "when": when}, flags, time="when")
    cut = periods_of(case.data, case.judged.rows, "when")
    found = find_times(case.judged, cut, families=5, q=0.05, seed=0)
    return tuple(one.pattern for one in found)


def test_a_rise_of_the_flagged_rate_is_found_where_it_is():
    columns, _ = rows_of(N, 3, 0)
    when = days()
    late = when >= np.datetime64("2024-09-01")
    (found,) = times_found(when, draw(0, np.where(late, 0.15, 0.04)), columns)
    assert found.kind == "time"
    assert found.conditions[0][0] == "when"
    start = np.datetime64(found.conditions[0][1].partition(" to ")[0])
    assert abs((start.astype("datetime64[D]") - np.datetime64("2024-09-01")).astype(int)) <= 21
    assert "rises from" in found.note
    assert found.low < 3.75 < found.high
    assert found.q_value <= 0.05
    assert found.flagged == len(found.row_ids)


def test_a_bad_month_in_the_middle_is_found():
    columns, _ = rows_of(N, 3, 0)
    when = days()
    bad = (when >= np.datetime64("2024-05-01")) & (when < np.datetime64("2024-06-01"))
    (found,) = times_found(when, draw(0, np.where(bad, 0.25, 0.05)), columns)
    assert "rises from" in found.note
    assert "falls from" in found.note


def test_flags_at_random_make_no_pattern_of_time():
    columns, _ = rows_of(N, 3, 0)
    assert times_found(days(), draw(0, np.full(N, 0.08)), columns) == ()


def test_a_change_of_labels_is_told_as_that_and_not_as_errors():
    columns, y = rows_of(N, 2, 0)
    when = np.where(
        (y == 1) & (np.random.default_rng(1).random(N) < 0.5),
        START + np.timedelta64(300, "D"),
        days(),
    ).astype("datetime64[D]")
    # One class is noisier, and frequent from October on.
    found = times_found(when, draw(0, np.where(y == 1, 0.2, 0.05)), columns)
    assert found
    assert all(one.name.startswith("labels change") for one in found)
    assert "says nothing about errors" in found[0].note
    assert "k1" in found[0].note


def test_rows_without_a_time_have_no_say_and_are_counted():
    columns, _ = rows_of(N, 3, 0)
    when = days().astype(str).astype(object)
    late = when >= "2024-09-01"
    flags = draw(0, np.where(late, 0.15, 0.04))
    (before,) = times_found(when, flags, columns)
    assert "left out" not in before.note
    # As many rows again, and all of them flagged.
    undated = {name: [*values, *values] for name, values in columns.items()}
    undated["id"] = [f"r{row:05d}" for row in range(2 * N)]
    more = np.random.default_rng(8).normal(size=N).round(4)
    undated["width"] = [*columns["width"], *more]
    (after,) = times_found([*when, *[""] * N], np.append(flags, np.ones(N)), undated)
    assert after.note == f"{before.note} 2,400 rows without a time are left out."
    for name in ("name", "rows", "flagged", "expected", "lift", "row_ids"):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.low, after.high) == pytest.approx((before.low, before.high), rel=1e-3)
    (one,) = times_found([*when[1:], None], flags[[*range(1, N), 0]], columns)
    assert one.note.endswith(" 1 row without a time is left out.")


def test_judged_rows_without_a_time_are_counted_for_people():
    when = ["2024-05-31", "", "NA", "2024-06-01"] * 25
    data = flagged(rows_of(100, 2, 0, when=when)[0], np.zeros(100)).data
    judged = np.arange(100) < 80
    (told,) = time_notices(data, judged, "when")
    assert told.code == "rows-without-time"
    assert told.message.startswith("40 of 80 judged rows have no time in column 'when'")
    assert (
        "1 of 2 judged rows has no time"
        in time_notices(data, np.arange(100) < 2, "when")[0].message
    )
    assert time_notices(data, judged, None) == ()
    assert time_notices(data, judged, "parts") == ()
    assert time_notices(data, np.arange(100) < 1, "when") == ()
