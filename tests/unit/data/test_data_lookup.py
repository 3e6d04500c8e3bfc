from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.data.lookup import Lookup


def test_lookup() -> None:
    lookup = Lookup([("1e5", "a"), ("inf", "b"), ("true", "c")])
    assert lookup.find("100000") == ["a"]
    assert lookup.find("Infinity") == []
    assert lookup.find(" True") == ["c"]
    assert lookup.find("") == []
    assert Lookup([(" ", "a")]).find("") == []
    spaced = Lookup([(" a", 1), ("a ", 2), ("'b ", 3)])
    assert (spaced.find("a "), spaced.find("a"), spaced.find("'b")) == ([2], [1, 2], [3])


@pytest.mark.parametrize(
    ("written", "came_back"),
    [
        ("1", "1.0"),
        ("1", "1,0"),
        ("1.5", "1,5"),
        ("-0.25", "-0,25"),
        ("100000", "1E+05"),
        ("100000", "1,00E+05"),
        ("007", "7"),
        ("true", "TRUE"),
        ("false", "False"),
        ("2024-01-31", "31.01.2024"),
        ("2024-01-31", "1/31/24"),
        ("2024-01-31", "1/31/2024"),
        ("2024-01-31", "31/01/2024"),
        ("2024-01-31", "2024-01-31 00:00:00"),
        ("2024-01-31T09:05:00", "31.01.2024 09:05"),
        ("2024-01-31 09:05:59", "1/31/24 9:05"),
        ("31.01.2024", "2024-01-31"),
    ],
)
def test_what_spreadsheets_do_to_cells(written: str, came_back: str) -> None:
    lookup = Lookup([(written, "this"), ("3", "other"), ("2020-05-05", "another")])
    assert lookup.find(came_back) == ["this"]


def test_a_date_that_could_be_two_is_not_guessed() -> None:
    both = Lookup([("2024-01-02", "January"), ("2024-02-01", "February")])
    assert sorted(both.find("01/02/2024")) == ["February", "January"]
    assert both.find("2024-01-02") == ["January"]
    assert Lookup([("2024-02-01", "February")]).find("01/02/2024") == ["February"]


@pytest.mark.parametrize("text", ["31.31.2024", "2024-13-01", "1-2", "99:99", "1,2,3", "12345 7"])
def test_what_is_no_date_and_no_number_is_text(text: str) -> None:
    assert Lookup([(text, 1)]).find(f" {text} ") == [1]
    assert Lookup([("2024-01-02", 1)]).find(text) == []


def test_numbers_too_long_for_a_spreadsheet_are_not_guessed() -> None:
    lookup = Lookup([("12345678901234567", 1), ("12345678901234568", 2)])
    assert lookup.find("12345678901234568") == [2]
    assert lookup.find("1.23457E+16") == []


@given(st.lists(st.text(min_size=1), unique=True, min_size=1))
def test_what_went_out_as_it_is_comes_back_as_it_is(texts: list[str]) -> None:
    lookup = Lookup([(text, text) for text in texts])
    for text in texts:
        assert lookup.find(text) == [text]
