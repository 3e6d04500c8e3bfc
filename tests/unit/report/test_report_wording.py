from __future__ import annotations

import unicodedata
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.report.wording import (
    clean,
    counted,
    decimal,
    figure,
    legend,
    percent,
    percent_range,
    short_names,
    show_label,
)

DASH = "\u2013"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0.0 %"),
        (0.0802, "8.0 %"),
        (0.0001, "<0.1 %"),
        (0.9999, ">99.9 %"),
        (1, "100.0 %"),
        (nan, DASH),
    ],
)
def test_percent(share, text):
    assert percent(share) == text


def test_percent_range_shows_equal_ends_once():
    assert percent_range(0.07, 0.091) == f"7.0{DASH}9.1 %"
    assert percent_range(0.0701, 0.0702) == "7.0 %"
    assert percent_range(nan, 0.5) == DASH


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00"),
        (0.001, "<0.01"),
        (0.93, "0.93"),
        (0.999, ">0.99"),
        (1, ">0.99"),
        (0.498, "0.49"),
        (nan, DASH),
    ],
)
def test_decimal_never_rounds_to_certainty(value, text):
    assert decimal(value) == text


def test_counted_knows_singular_and_thousands():
    assert (counted(1, "row"), counted(2706, "row")) == ("1 row", "2,706 rows")


def test_show_label_keeps_apart_what_would_look_empty():
    assert [show_label(label) for label in (None, "", " ", True, -3, 1.0)] == [
        DASH,
        '""',
        '" "',
        "true",
        "-3",
        "1.0",
    ]


@given(st.text(alphabet=st.characters()))
def test_clean_text_holds_nothing_that_acts(text):
    cleaned = clean(text)
    kinds = {unicodedata.category(character) for character in cleaned}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(character) for character in cleaned} & {
        *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN")
    } - {"BN" if "\u200c" in text or "\u200d" in text else ""}
    assert "  " not in cleaned


def test_clean_keeps_what_scripts_and_emoji_need():
    text = "می\u200cخواهم 👩\u200d💻 é 正面"  # noqa: RUF001
    assert clean(text) == text


def test_figure_is_no_probability():
    assert [figure(value) for value in (1.0, 0.0, nan)] == ["1.00", "0.00", DASH]


def test_short_names_that_share_initials_fall_back_to_two_letters():
    names = ["label-posterior", "confident-learning", "duplicates", "drift", "loss-percentile"]
    shorts = short_names([*names, "confident-learning"])
    assert list(shorts) == names
    assert list(shorts.values()) == ["LaPo", "CL", "Du", "Dr", "LoPe"]
    assert legend(shorts).startswith("LaPo label-posterior, CL confident-learning, Du dup")


def test_short_names_alike_to_the_last_stay_whole():
    shorts = short_names(["loss-percentile", "lost-peers"])
    assert shorts == {"loss-percentile": "loss-percentile", "lost-peers": "lost-peers"}
    assert legend(shorts) == ""


def test_a_fallback_that_meets_another_abbreviation_gives_way():
    # The two letters of the first are the initials of the last.
    shorts = short_names(["duplicates", "drift", "data-units"])
    assert shorts == {"duplicates": "duplicates", "drift": "Dr", "data-units": "DaUn"}


@given(
    st.lists(st.text(alphabet="abAB-_", min_size=1, max_size=6), max_size=6, unique_by=str.casefold)
)
def test_no_two_detectors_share_a_short_name_in_any_order(names):
    shorts = short_names(names)
    assert len({short.casefold() for short in shorts.values()}) == len(names)
    assert short_names(reversed(names)) == shorts
