from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.data import identity
from labelaudit.errors import InputError


def hashes(values, kind=None):
    return identity.hash_cells(pa.chunked_array([pa.array(values, kind)])).tolist()


def same(left, right):
    return hashes(*left) == hashes(*right)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (([1, 2, None],), (["1", "2", ""],)),
        (([0.1, -0.0, 1e20],), (["0.1", "0", "100000000000000000000.0"],)),
        (([0.1, 1 / 3], pa.float32()), (["0.1", "0.33333334"],)),
        (([2**60 + 1, -(2**62)],), ([str(2**60 + 1), str(-(2**62))],)),
        (([True, False, None],), (["True", "false", ""],)),
        (
            ([dt.datetime(2020, 1, 2, 3, 4, 5)], pa.timestamp("us")),  # noqa: DTZ001
            (["2020-01-02T03:04:05"],),
        ),
        (([dt.date(2020, 1, 2)],), (["2020-01-02 00:00:00"],)),
        (([[1, 2], [3]],), (["[1, 2]", "[3.0]"],)),
        ((["a", "1.50"],), (["a", "1.5"],)),
        ((["nan"],), ([None], pa.string())),
    ],
)
def test_a_cell_is_what_it_says_whatever_the_file_format(typed, text):
    assert same(typed, text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (([2**60],), ([2**60 + 1],)),
        (([str(2**60)],), ([str(2**60 + 1)],)),
        ((["1"],), (["one"],)),
        ((["a"],), (["A"],)),
        ((["0"],), ([""],)),
        (([[1, 2]],), ([[2, 1]],)),
        (([[1.0, 2.0]],), ([[1.0, 2.0, 0.0]],)),
        (([["a", "b"]],), ([["ab"]],)),
    ],
)
def test_different_cells_have_different_hashes(left, right):
    assert not same(left, right)


def test_what_one_cell_is_does_not_depend_on_the_others():
    alone = hashes(["1.5"]) + hashes(["inf"]) + hashes([" 1"]) + hashes(["+7"])
    assert hashes(["1.5", "inf", " 1", "+7"]) == alone


def test_chunks_and_dictionaries_change_nothing():
    whole = hashes(["a", "2", None, "b"])
    parts = pa.chunked_array([pa.array(["a", "2"]), pa.array([None, "b"], pa.string())])
    assert identity.hash_cells(parts).tolist() == whole
    assert identity.hash_cells(parts.dictionary_encode()).tolist() == whole


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.list_(pa.float64(), 2)])
def test_missing_lists_do_not_shift_the_next_row(kind):
    first, gap, last = hashes([[1.0, 2.0], None, [3.0, 4.0]], kind)
    assert first == hashes([[1.0, 2.0]], kind)[0]
    assert last == hashes([[3.0, 4.0]], kind)[0]
    assert gap == hashes([None], pa.string())[0]


def test_other_types_are_hashed_by_what_they_spell():
    for values in ([{"a": 1}, None, {"a": 2}], [b"\xff", None, b"b"], [["a"], None, ["b"]]):
        first, missing, second = hashes(values)
        assert len({first, missing, second}) == 3
    assert len(set(hashes([None, None], pa.null()))) == 1


def test_hashes_never_change():
    # A fingerprint kept in a ledger must be found again by every later version.
    table = pa.table({"n": ["1", "2.5"], "t": ["abc", ""], "l": ["[1,2]", "2020-01-01"]})
    found = [f"{value:016x}" for value in identity.fingerprints(table, table.column_names)]
    assert found == ["bcc67f312b464c76", "2986341b4ef0e7a1"]


def test_equal_rows_are_numbered_by_label_then_file_order():
    content = np.array([7, 7, 5, 7], dtype=np.uint64)
    ids = identity.row_ids(content, np.array([1, 0, 0, 1]))
    assert ids.tolist() == [
        "0000000000000007#1",
        "0000000000000007#0",
        "0000000000000005#0",
        "0000000000000007#2",
    ]


def test_no_rows_have_no_ids():
    assert identity.row_ids(np.array([], dtype=np.uint64), np.array([])).tolist() == []


def ids(values, kind=None):
    column = pa.chunked_array([pa.array(values, kind)])
    return identity.ids_from_column(column, "id", where="data.csv").tolist()


def test_ids_are_taken_as_text():
    assert ids([3, 1]) == ["3", "1"]
    assert ids([3.0, 1.0]) == ["3", "1"]
    assert ids(["007", "b"]) == ["007", "b"]


def test_duplicate_ids_are_named_with_their_rows():
    with pytest.raises(InputError, match=r"'a' in data rows 1, 3") as caught:
        ids(["a", "b", "a"])
    assert "--id none" in caught.value.hint


def test_missing_ids_are_named_with_the_first_row():
    with pytest.raises(InputError, match=r"2 of 3 ids are missing.*data row 2"):
        ids(["a", None, " "])


def test_lists_are_no_ids():
    with pytest.raises(InputError, match="holds list"):
        ids([[1], [2]])


@pytest.mark.parametrize(
    ("values", "kind", "may"),
    [
        (["a", None], None, True),
        ([1.5, 2.0], None, True),
        ([dt.date(2020, 1, 2)], None, True),
        ([b"text"], None, True),
        ([b"\xff"], None, False),
        ([b"\xff" * 16], pa.binary(16), False),
        ([[1], [2]], None, False),
        (["a", "b"], pa.dictionary(pa.int32(), pa.string()), True),
    ],
)
def test_what_may_name_rows(values, kind, may):
    assert identity.may_name_rows(pa.chunked_array([pa.array(values, kind)])) is may


def test_feature_keys_see_what_models_see():
    table = pa.table({"a": ["$1,000", "1000", "x"]})
    values = np.array([1000.0, 1000.0, np.nan])
    keys = identity.feature_keys(table, [("a", lambda _: values)])
    assert keys[0] == keys[1] != keys[2]
    matrix = np.array([[1, 2], [1, 2], [2, 1]], dtype=np.float32)
    keys = identity.feature_keys(table, [("a", lambda _: matrix)])
    assert keys[0] == keys[1] != keys[2]
