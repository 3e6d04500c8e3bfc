from __future__ import annotations

import unicodedata
from dataclasses import replace
from math import nan

import pytest
from audit_example import blind_audit, clean_audit, example_audit
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.report.wording import (
    clean,
    context,
    counted,
    decimal,
    headline,
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
    [(0, "0.00"), (0.001, "<0.01"), (0.93, "0.93"), (0.999, ">0.99"), (1, ">0.99"), (nan, DASH)],
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


def test_headline_counts_and_estimates():
    assert headline(example_audit()).startswith("3 of 40 labels (7.5 %, 95 % interval ")


def test_headline_of_a_clean_run_says_what_that_does_not_prove():
    text = headline(clean_audit())
    assert text.startswith("No label was flagged among the 40 judged.")
    assert "does not prove" in text


def test_headline_of_a_blind_run_is_loud_and_counts_nothing():
    text = headline(blind_audit())
    assert text.startswith("BLIND: ")
    assert "says nothing about the labels" in text
    assert "No label was flagged" not in text
    flagged = headline(replace(example_audit(blind="noise."), notices=()))
    assert "noise. The 3 rows marked below are no better than guesses." in flagged


def test_context_tells_of_rows_set_aside():
    lines = context(example_audit(missing=4))
    assert "4 rows without a label set aside." in lines
    summary = replace(example_audit().summary, judged=39)
    unjudged = context(replace(example_audit(), summary=summary))
    assert "1 labelled row not judged by any model." in unjudged


def test_context_without_models_says_so():
    summary = replace(example_audit().summary, accuracy=nan)
    assert "No model took part." in context(replace(example_audit(), summary=summary))


def test_short_names_stay_unambiguous():
    names = ["confident-learning", "duplicates", "drift", "confident-learning"]
    shorts = short_names(names)
    assert shorts == {"confident-learning": "CL", "duplicates": "duplicates", "drift": "drift"}
    assert legend(shorts) == "CL confident-learning"
