from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.data import labels
from labelaudit.errors import InputError


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def encode(values, kind=None, missing=()):
    return labels.encode_labels(column(values, kind), "label", where="data.csv", missing=missing)


def codes_of(encoded):
    return {notice.code for notice in encoded.notices}


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", "a", "b"], ("a", "b")),
        (["10", "9", "10"], (9, 10)),
        (["1.0", "2", "1"], (1, 2)),
        (["01", "02", "01"], ("01", "02")),
        (["true", "false", "true"], ("false", "true")),
        (["0.5", "1", "0.50"], (0.5, 1.0)),
        ([3, 1, 3], (1, 3)),
        ([1.0, 2.0, 1.0], (1, 2)),
        ([0.5, 1.0, 0.5], (0.5, 1.0)),
        ([True, False, True], (False, True)),
        (["Car", "car ", "Car"], ("Car", "car ")),
    ],
)
def test_values_become_sorted_classes_of_their_own_type(values, classes):
    encoded = encode(values)
    assert encoded.classes == classes
    assert [type(value) for value in encoded.classes] == [type(value) for value in classes]
    assert encoded.y.dtype == np.int32
    assert encoded.y[0] == encoded.y[2] != encoded.y[1]


def test_missing_labels_are_set_aside_and_counted():
    encoded = encode(["a", None, "", "  ", "b", "??"], missing=("??",))
    assert encoded.y.tolist() == [0, -1, -1, -1, 1, -1]
    assert "4 of 6" in encoded.notices[0].message
    assert codes_of(encoded) == {"missing-labels"}


def test_missing_label_matches_numbers_by_their_text():
    assert encode([1.0, 2.0, -1.0, float("nan")], missing=("-1",)).y.tolist() == [0, 1, -1, -1]
    assert encode([1, 2, -1], missing=("-1",)).classes == (1, 2)


def test_missing_label_leaves_numbers_to_be_numbers():
    assert encode(["1", "2", "none given"], missing=("none given",)).classes == (1, 2)


def test_na_is_a_class_and_said_so():
    encoded = encode(["NA", "a", "None"])
    assert encoded.classes == ("NA", "None", "a")
    assert codes_of(encoded) == {"label-na"}
    assert "--missing-label NA" in encoded.notices[0].hint


def test_spellings_that_differ_in_case_or_space_are_pointed_out():
    assert codes_of(encode(["Car", "car ", "bus"])) == {"label-spelling"}


def test_dictionary_encoding_and_chunks_change_nothing():
    chunks = [pa.array(["b", "a"]).dictionary_encode(), pa.array(["c", "b"]).dictionary_encode()]
    encoded = labels.encode_labels(pa.chunked_array(chunks), "label", where="x")
    assert encoded.y.tolist() == [1, 0, 2, 1]
    assert encoded.classes == ("a", "b", "c")


def test_mixed_python_values_are_sorted_by_type_then_value():
    values = ["b", 2, True, "a", None, np.int64(2), float("nan")]
    encoded = labels.encode_objects(values, "label", where="x")
    assert encoded.classes == (True, 2, "a", "b")
    assert encoded.y.tolist() == [3, 1, 0, 2, -1, 1, -1]


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([None, None], pa.string(), "all labels are missing"),
        (["", " "], pa.string(), "all labels are missing"),
        (["a", "a", ""], pa.string(), "single class, 'a'"),
        ([i / 7 for i in range(100)], None, "regression target"),
        ([str(i / 7) for i in range(100)], None, "regression target"),
        ([f"user {i}" for i in range(100)], None, "identifier"),
        ([dt.datetime(2020, 1, 1, tzinfo=dt.UTC)] * 3, None, "dates"),
        ([[1], [2]], None, "lists"),
        ([{"a": 1}], None, "struct"),
    ],
)
def test_what_cannot_be_classes_is_refused(values, kind, message):
    with pytest.raises(InputError, match=message) as caught:
        encode(values, kind)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.0, 1.0, float("inf"), 1.0, float("-inf")], "inf"),
        ([0.5, 1.0, float("-inf")], "-inf"),
        (["0", "1", "1e999"], "1e999"),
    ],
)
def test_an_infinite_label_is_refused_and_its_row_named(values, shown):
    with pytest.raises(InputError, match="infinite number, the first in data row 3") as caught:
        encode(values)
    assert "'label'" in caught.value.what
    assert f"--missing-label={shown}" in caught.value.hint
    assert encode([*values, values[0]], missing=("inf", shown, "-inf")).y.tolist()[:3] == [0, 1, -1]
    with pytest.raises(InputError, match="data row 3"):
        labels.encode_objects(values, "label", where="x")


def test_an_infinite_label_may_stand_for_none():
    assert encode([0.0, 1.0, float("inf")], missing=("inf",)).y.tolist() == [0, 1, -1]


def test_mixed_values_that_are_no_classes_are_refused():
    with pytest.raises(InputError, match="holds dates"):
        labels.encode_objects(["a", dt.date(2020, 1, 1)], "label", where="x")


def find(columns):
    return labels.find_label(pa.table(columns), where="data.csv")


@pytest.mark.parametrize("name", ["label", "LABEL", " Target ", "class", "y", "outcome"])
def test_the_label_is_found_by_name(name):
    assert find({"x": [1.5, 2.5], name: ["a", "b"], "other": ["c", "d"]}) == name


def test_names_have_an_order():
    assert find({"sentiment": ["a", "b"], "class": ["a", "b"]}) == "class"


def test_a_coordinate_y_is_no_label():
    coordinates = [i / 3 for i in range(60)]
    with pytest.raises(InputError, match="no column is named like a label") as caught:
        find({"x": coordinates, "y": coordinates, "cut": ["a", "b"] * 30})
    assert "cut" in caught.value.hint
    assert "x" not in caught.value.hint.split("could be:")[1]


def test_the_hint_lists_columns_when_nothing_can_be_meant():
    with pytest.raises(InputError) as caught:
        find({"a": [0.5, 1.5], "b": [0.1, 0.2]})
    assert "the columns are: a, b" in caught.value.hint
    assert "--label" in caught.value.hint


@pytest.mark.parametrize(
    "name",
    ["true_label", "label_majority", "votes_spam", "n_votes", "lf_votes", "y_true", "n_annotations",
     "ground_truth", "label", "Class", "gold_label", "n_spam", "spam_prob"],
)  # fmt: skip
def test_second_labels_are_known_by_name(name):
    assert labels.looks_like_second_label(name, ["spam", "ham"])


@pytest.mark.parametrize(
    "name", ["x", "n_words", "category", "p_1", "table", "favorites", "is_book"]
)
def test_features_are_no_second_labels(name):
    assert not labels.looks_like_second_label(name, [1, 0, "spam"])
