from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from labelaudit.data.dataset import load_dataset
from labelaudit.data.features import typed_features
from labelaudit.data.schema import SchemaChoices
from labelaudit.errors import InputError


def features(columns, **choices):
    rows = len(next(iter(columns.values())))
    labels = ["a", "b", "a", "b", "a", "b"][:rows]
    return typed_features(
        load_dataset(pa.table({"label": labels, **columns}), SchemaChoices(**choices))
    )


def test_tables_become_typed_frames():
    found = features(
        {
            "price": ["$1,000", "?", "12.5"],
            "share": ["12%", "7%", "inf"],
            "wide": [1, 2**40, 3],
            "flag": [True, False, None],
            "kind": ["red", " ", "NA"],
            "day": ["2020-01-01", "", "2020-01-03"],
        },
        features=("price", "share", "wide", "flag", "kind", "day"),
    )
    assert (found.text, found.embedding) == (None, None)
    frame = found.table
    np.testing.assert_array_equal(frame["price"], [1000, np.nan, 12.5])
    np.testing.assert_array_equal(frame["share"], [12, 7, np.nan])
    assert frame["wide"].tolist() == [1, 2**40, 3]
    assert frame["flag"].tolist() == ["true", "false", None]
    assert frame["kind"].tolist() == ["red", None, "NA"]
    assert frame["day"].dtype == np.dtype("datetime64[us]")
    assert frame["day"].isna().tolist() == [False, True, False]


def test_decimal_commas_are_read_by_the_column():
    frame = features({"x": ["3,14", "1.002,5", "7"]}).table
    assert frame["x"].tolist() == [3.14, 1002.5, 7]


def test_a_comma_that_may_part_thousands_does():
    assert features({"x": ["1,234", "12,345", "7"]}).table["x"].tolist() == [1234, 12345, 7]


def test_equal_numbers_are_one_block_of_the_narrowest_exact_float():
    small = features({"a": pa.array([1, 2, 200], pa.uint8()), "b": pa.array([3, 3, 4], pa.uint8())})
    assert set(small.table.dtypes) == {np.dtype("float32")}
    wide = features({"a": [1, 2, 2], "b": pa.array([3, 3, 4], pa.uint8())})
    assert [str(kind) for kind in wide.table.dtypes] == ["float64", "float32"]


def test_texts_are_joined_and_never_missing():
    found = features(
        {"title": ["good one", "bad", None], "body": ["x y", "", "z"]}, text=("title", "body")
    )
    assert (found.table, found.embedding) == (None, None)
    assert found.text.tolist() == ["good one\nx y", "bad\n", "\nz"]


def test_anything_can_be_text_by_the_users_word():
    assert features({"n": [1, None, 3]}, text=("n",)).text.tolist() == ["1", "", "3"]


@pytest.mark.parametrize(
    "column",
    [
        [[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]],
        ["[0.5, 1.0]", "[2, 3]", "[4,5]"],
        pa.array([[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]], pa.list_(pa.float32(), 2)),
    ],
)
def test_lists_become_one_matrix(column):
    found = features({"vector": column})
    assert (found.text, found.table) == (None, None)
    assert found.embedding.dtype == np.float32
    assert found.embedding.tolist() == [[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]]


def test_numbered_columns_become_one_matrix_in_file_order():
    columns = {f"emb_{i}": [i + 0.25, i + 0.5, i + 0.75] for i in range(12)}
    matrix = features(columns).embedding
    assert matrix.shape == (3, 12)
    assert matrix[0].tolist() == [i + 0.25 for i in range(12)]


def test_several_embeddings_are_laid_side_by_side():
    found = features({"a": [[1.0, 2.0], [3.0, 4.5]], "b": [[5.0, 6.0], [7.0, 8.5]]})
    assert found.embedding.tolist() == [[1, 2, 5, 6], [3, 4.5, 7, 8.5]]


@pytest.mark.parametrize("broken", [None, [0.5, float("nan")], [float("inf"), 1.0], [0.5, None]])
def test_a_broken_embedding_is_named_by_its_row(broken):
    with pytest.raises(InputError, match="missing or not finite in data row 2") as caught:
        features({"vector": [[1.0, 2.0], broken, [1.0, 3.0]]})
    assert "--exclude" in caught.value.hint


def test_uneven_lists_asked_for_are_refused():
    with pytest.raises(InputError, match="differ in length"):
        features({"vector": [[1.0], [2.0, 3.0]]}, embedding=("vector",))


def test_kinds_mix():
    found = features({"n": [1.5, 2.5, 3.5], "vector": [[1.0, 2.0], [2.0, 0.5], [1.0, 3.0]]})
    assert isinstance(found.table, pd.DataFrame)
    assert found.embedding.shape == (3, 2)


def test_no_feature_is_said():
    table = pa.table({"label": ["a", "b"]})
    data = load_dataset(table, SchemaChoices(need_features=False))
    with pytest.raises(InputError, match="no feature column"):
        typed_features(data)


def test_zoned_times_are_utc():
    zone = dt.timezone(dt.timedelta(hours=2))
    stamps = [dt.datetime(2020, 1, 1, 12, tzinfo=zone), dt.datetime(2020, 1, 2, tzinfo=zone)]
    frame = features({"at": pa.array(stamps, pa.timestamp("ms", tz="Europe/Berlin"))}).table
    assert frame["at"][0] == pd.Timestamp("2020-01-01 10:00:00")
