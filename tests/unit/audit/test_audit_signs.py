from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit import signs as module
from labelaudit.audit import signs_columns, signs_words
from labelaudit.audit.signs import TEXT, cut_text, find_signs
from labelaudit.data.dataset import dataset_from_arrays, load_dataset


def texts(words: dict[str, list[str]], n: int = 60):
    """Give rows that take turns in holding the words of either class."""
    names = sorted(words)
    labels = [names[row % 2] for row in range(n)]
    rows = [
        f"{words[label][row % len(words[label])]} the thing" for row, label in enumerate(labels)
    ]
    return rows, labels


def signs_of(rows, labels, row, rival):
    data = dataset_from_arrays(labels, rows)
    code = data.classes.index(rival)
    return find_signs(data, [row], [int(data.y[row])], [code])[0]


def test_words_speak_for_the_class_whose_rows_hold_them():
    rows, labels = texts({"ham": ["lunch at home"], "spam": ["win Cash now"]})
    rows[0] = "Lunch, and CASH: the thing"
    found = signs_of(rows, labels, 0, "spam")
    told = {sign.name: sign.label for sign in found.signs}
    assert told == {"CASH": "spam", "Lunch": "ham"}
    assert found.text == rows[0]
    assert found.basis == signs_words.BASIS
    assert max(sign.weight for sign in found.signs) == 1


def test_a_row_is_no_witness_of_its_own_words():
    rows, labels = texts({"ham": ["lunch at home"], "spam": ["win cash now"]})
    rows[0] = "unheard-of zebra"
    assert signs_of(rows, labels, 0, "spam").signs == ()
    assert signs_of(rows, labels, 0, "spam").basis == ""


def test_words_of_scripts_without_spaces_are_pairs_of_characters():
    rows, labels = texts({"坏": ["电影非常难看"], "好": ["电影非常好看"]})
    rows[0] = "难看好看电影"
    found = signs_of(rows, labels, 0, "好")
    told = {sign.name: sign.label for sign in found.signs}
    assert told["难看"] == "坏"
    assert told["好看"] == "好"
    assert "电影" not in told


@given(
    st.lists(st.text(max_size=40), min_size=12, max_size=30),
    st.integers(0, 11),
)
def test_signs_stand_in_the_text_whatever_it_is(rows, row):
    labels = ["a" if at % 2 else "b" for at in range(len(rows))]
    # A text of its own that is never blank keeps the column a text.
    rows = [f"{text} word" for text in rows]
    data = dataset_from_arrays(labels, np.array(rows, dtype=object))
    found = find_signs(data, [row], [int(data.y[row])], [1 - int(data.y[row])])[0]
    for sign in found.signs:
        assert sign.name in found.text
        assert 0 < sign.weight <= 1
        assert sign.label in {"a", "b"}
        assert sign.value == sign.usual == ""
    assert [one.weight for one in found.signs] == sorted(
        (one.weight for one in found.signs), reverse=True
    )


def test_a_long_text_is_cut_and_signs_stand_in_what_is_left():
    rows, labels = texts({"ham": ["lunch at home"], "spam": ["win cash now"]})
    rows[0] = "word " * 2_000 + "cash"
    found = signs_of(rows, labels, 0, "spam")
    assert len(found.text) <= TEXT
    assert found.text.endswith("word…")
    assert all(sign.name in found.text for sign in found.signs)


@given(st.text(), st.integers(2, 50))
def test_a_cut_text_begins_as_the_text_does(text, most):
    cut = cut_text(text, most)
    assert len(cut) <= most
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


def measured(n: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(0)
    true = np.arange(n) % 2
    frame = pd.DataFrame(
        {
            "width": random.normal(true * 6.0, 1).round(3),
            "noise": random.normal(size=n).round(3),
            "colour": np.where(random.random(n) < 0.9, np.array(["red", "blue"])[true], "green"),
            "day": pd.date_range("2024-01-01", periods=n) + pd.to_timedelta(true * 900, "D"),
            "label": np.array(["thin", "wide"])[true],
        }
    )
    frame.loc[0, "width"] = 6.25
    frame.loc[0, "colour"] = "blue"
    frame.loc[0, "day"] = pd.Timestamp("2026-10-01")
    frame.loc[2, "width"] = np.nan
    return frame


def columns_of(frame, row):
    data = load_dataset(frame)
    return find_signs(data, [row], [int(data.y[row])], [1 - int(data.y[row])])[0]


def test_columns_that_are_unusual_for_the_given_class_speak_for_the_other():
    found = columns_of(measured(), 0)
    told = {sign.name: sign for sign in found.signs}
    assert set(told) >= {"width", "colour", "day"}
    assert "noise" not in told or told["noise"].weight < 0.2
    for name in ("width", "colour", "day"):
        assert told[name].label == "wide"
    assert told["width"].value == "6.25"
    assert told["day"].value == "2026-10-01"
    assert told["day"].usual.startswith("2024-")
    assert told["colour"].value == "blue"
    assert told["colour"].usual.startswith("red (")
    low, high = told["width"].usual.partition("(")[2].rstrip(")").split(" to ")
    assert float(low) < float(high) < 3
    assert found.basis == signs_columns.BASIS
    assert found.text == ""


def test_usual_columns_speak_for_the_given_class():
    found = columns_of(measured(), 4)
    assert {sign.label for sign in found.signs if sign.name != "noise"} == {"thin"}


def test_a_gap_says_nothing():
    assert "width" not in {sign.name for sign in columns_of(measured(), 2).signs}


def test_classes_of_few_rows_have_no_habits():
    frame = measured()
    frame.loc[[1, 3, 5], "label"] = "odd"
    data = load_dataset(frame)
    odd = data.classes.index("odd")
    for own, other in ((int(data.y[0]), odd), (odd, int(data.y[0]))):
        row = 0 if own != odd else 1
        assert find_signs(data, [row], [own], [other])[0].signs == ()


def test_constant_and_extreme_columns_do_no_harm():
    frame = measured()
    frame["huge"] = np.where(np.arange(len(frame)) % 2, 1e300, -1e300)
    frame["mostly"] = np.where(np.arange(len(frame)) == 0, 5, 0)
    found = columns_of(frame, 0)
    assert all(np.isfinite(sign.weight) for sign in found.signs)


def test_without_another_class_nothing_is_contrasted():
    data = load_dataset(measured())
    assert find_signs(data, [0], [int(data.y[0])], [-1])[0].signs == ()
    assert find_signs(data, [], [], []) == []


def test_of_large_data_a_part_is_contrasted_and_said_so(monkeypatch):
    monkeypatch.setattr(module, "CONTRAST_ROWS", 100)
    monkeypatch.setattr(module, "_FEWEST_ROWS", 10)
    found = columns_of(measured(), 0)
    assert "(over 10" in found.basis
    assert {"width", "day"} <= {sign.name for sign in found.signs}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_has_no_say(seed):
    data = load_dataset(measured())
    order = np.random.default_rng(seed).permutation(data.n_rows)
    moved = replace(
        data,
        table=data.table.take(order),
        y=data.y[order],
        fingerprint=data.fingerprint[order],
    )
    rows = [0, 4, 9]
    place = [int(np.flatnonzero(order == row)[0]) for row in rows]
    own = data.y[rows].tolist()
    rival = [1 - code for code in own]
    assert find_signs(data, rows, own, rival) == find_signs(moved, place, own, rival)
