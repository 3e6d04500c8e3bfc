from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from patterns_example import draw, flagged, rows_of

from labelaudit.audit.patterns_within import Located, without_echoes
from labelaudit.types import Pattern

N = 2400
SURE = 0.01


def months(n=N, seed=0):
    return np.random.default_rng([seed, 7]).integers(1, 13, n)


def dates(month):
    return [f"2024-{one:02d}-15" for one in month]


def one_cause():
    """Rows of one bad source all came in four months, that no other source has rows of."""
    columns, _ = rows_of(N, 2, 0)
    source = np.random.default_rng(3).integers(0, 5, N)
    month = np.where(source == 2, 7 + months() % 4, 1 + months() % 6)
    columns |= {"source": [f"s{one}" for one in source], "day": dates(month)}
    return flagged(columns, draw(0, np.where(source == 2, 0.25, 0.04)), time="day")


def two_causes():
    """One source is bad, and in June much worse."""
    columns, _ = rows_of(N, 2, 0)
    source, month = np.random.default_rng(3).integers(0, 4, N), months()
    columns |= {"source": [f"s{one}" for one in source], "day": dates(month)}
    bad = source == 2
    rate = np.where(bad & (month == 6), 0.75, np.where(bad, 0.2, 0.01))
    return flagged(columns, draw(0, rate), time="day")


def test_the_period_of_a_bad_source_is_no_second_finding():
    case = one_cause()
    (found,) = case.patterns(time="day")
    assert found.name == "source = s2"
    # Without the source, it is the period that there is to tell.
    alone = case.patterns(time="day", slice=("none",))[0]
    assert alone.kind == "time"
    assert set(alone.row_ids) <= set(found.row_ids)


def test_of_two_names_for_the_same_rows_the_slice_is_told():
    case = one_cause()
    (found,) = case.patterns(time="day")
    alone = case.patterns(time="day", slice=("none",))[0]
    assert alone.name < found.name
    assert (alone.row_ids, alone.expected) == (found.row_ids, found.expected)


def test_a_worse_period_within_a_bad_source_is_told_and_names_it():
    first, second = two_causes().patterns(time="day")
    assert first.name == "source = s2"
    assert second.kind == "time"
    inside = set(first.row_ids) & set(second.row_ids)
    assert 0.8 * second.flagged <= len(inside) < second.flagged
    assert second.note.startswith(
        f"{len(inside)} of its {second.flagged} flagged rows are among those of source = s2, "
        "more of them than its size accounts for. The flagged rate"
    )
    assert "among those of" not in first.note


@pytest.mark.parametrize("case", [one_cause, two_causes])
def test_the_order_of_rows_has_no_say(case):
    assert case().shuffled(5).patterns(time="day") == case().patterns(time="day")


def located(judged, mask, name, note="", *, masked=True, rows=None):
    ids = judged.flagged_ids(mask) if rows is None else rows
    pattern = Pattern("slice", name, (), 9, len(ids), 1.0, 2.0, 1.1, 3.0, 0.01, ids, note)
    return Located(pattern, mask if masked else None)


@pytest.fixture
def judged():
    columns, _ = rows_of(1000, 2, 0)
    flags = np.zeros(1000, dtype=bool)
    flags[:100] = True
    return flagged(columns, flags).judged


def first(n):
    return np.arange(1000) < n


def names(found):
    return [one.name for one in found]


def test_what_the_stronger_one_explains_is_left_out_and_what_it_does_not_stays(judged):
    wide = located(judged, first(400), "wide")
    # Flags come first: 100 of these 200 rows, and none of the other 200.
    inside = located(judged, first(200), "inside", "Note.")
    kept = without_echoes(judged, [wide, inside], most_p=SURE)
    assert names(kept) == ["wide", "inside"]
    assert kept[0] == wide.pattern
    assert kept[1].note == (
        "All its flagged rows are among those of wide, more of them than its size accounts for. "
        "Note."
    )
    same = located(judged, first(400), "same")
    assert names(without_echoes(judged, [wide, same], most_p=SURE)) == ["wide"]


def test_eight_in_ten_flagged_rows_are_as_good_as_all(judged):
    one = located(judged, first(80), "one")
    for n, kept in ((100, ["one"]), (101, ["one", "other"])):
        ids = judged.flagged_ids(first(100))
        ids = (*ids, "elsewhere")[:n] if n > 100 else ids
        other = located(judged, first(80), "other", rows=ids)
        assert names(without_echoes(judged, [one, other], most_p=SURE)) == kept
    shared = located(judged, first(80), "other", rows=ids, masked=False)
    assert without_echoes(judged, [one, shared], most_p=SURE)[1].note == ""


def test_a_pair_or_a_group_within_another_stays_and_names_it(judged):
    wide = located(judged, first(400), "wide")
    pair = located(judged, first(50), "pair", "", masked=False)
    kept = without_echoes(judged, [wide, pair], most_p=SURE)
    assert kept[1].note == "All its flagged rows are among those of wide."
    # Nothing is tested again within rows that are not told apart from others.
    maskless = replace(wide, mask=None)
    small = located(judged, first(30), "small", "Note.")
    kept = without_echoes(judged, [maskless, small], most_p=SURE)
    assert kept[1].note == "All its flagged rows are among those of wide. Note."


def test_what_was_left_out_holds_nothing_itself(judged):
    wide, same = (located(judged, first(400), name) for name in ("wide", "same"))
    pair = located(judged, first(50), "pair", masked=False)
    kept = without_echoes(judged, [wide, same, pair], most_p=SURE)
    assert names(kept) == ["wide", "pair"]
    assert without_echoes(judged, [], most_p=SURE) == ()
