from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from labelaudit.data.dataset import dataset_from_arrays, describe, load_dataset
from labelaudit.data.schema import SchemaChoices
from labelaudit.errors import InputError
from labelaudit.types import Role

FRAME = pd.DataFrame(
    {
        "label": ["a", "b", None, "a"],
        "size": [1.5, 2.5, 2.5, 1.5],
        "color": ["red", "blue", "red", "red"],
    }
)


def test_a_frame_and_its_table_are_the_same():
    frame = load_dataset(FRAME)
    table = load_dataset(pa.Table.from_pandas(FRAME, preserve_index=False))
    assert frame.row_id.tolist() == table.row_id.tolist()
    assert frame.y.tolist() == table.y.tolist() == [0, 1, -1, 0]
    assert frame.schema == table.schema
    assert frame.source.path == "<memory>"
    assert frame.source.format == "memory"


def test_the_hash_of_memory_is_that_of_its_content():
    table = pa.table({"label": ["a", "b"], "x": [1.5, 2.5]})
    chunked = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    other = pa.table({"label": ["a", "b"], "x": [1.5, 3.5]})
    hashes = [load_dataset(t).source.sha256 for t in (table, chunked, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_labels_do_not_change_fingerprints():
    swapped = load_dataset(FRAME.assign(label=["b", "a", "a", "b"]))
    assert swapped.fingerprint.tolist() == load_dataset(FRAME).fingerprint.tolist()


def test_roles_do_not_change_fingerprints_but_feature_keys():
    plain, chosen = load_dataset(FRAME), load_dataset(FRAME, SchemaChoices(exclude=("color",)))
    assert chosen.fingerprint.tolist() == plain.fingerprint.tolist()
    assert plain.feature_key[1] != plain.feature_key[2]
    assert chosen.feature_key[1] == chosen.feature_key[2]


def test_row_ids_move_with_their_rows():
    before = load_dataset(FRAME)
    order = [3, 1, 0, 2]
    after = load_dataset(FRAME.iloc[order])
    assert set(after.row_id) == set(before.row_id)
    assert after.row_id[[1, 3]].tolist() == before.row_id[[1, 2]].tolist()


def test_ids_name_rows():
    data = load_dataset(FRAME.assign(id=[7, 8, 9, 10]))
    assert data.row_id.tolist() == ["7", "8", "9", "10"]
    assert data.fingerprint.tolist() == load_dataset(FRAME).fingerprint.tolist()


def test_labels_of_mixed_types_are_kept():
    data = load_dataset(pd.DataFrame({"label": ["a", 1, None, "a"], "x": [1.5, 2.5, 3.5, 4.5]}))
    assert data.classes == (1, "a")
    assert data.y.tolist() == [1, 0, -1, 1]


def test_an_empty_table_is_refused():
    with pytest.raises(InputError, match="no rows"):
        load_dataset(pa.table({"label": pa.array([], pa.string())}))


def test_two_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(InputError, match="two columns are named 'a'"):
        load_dataset(frame)


def test_what_was_decided_is_two_lines():
    table = FRAME.assign(
        id=[7, 8, 9, 10], same=1, a_column_with_a_very_long_name=[1, 1, 2, 2], split="train"
    )
    decided, how = describe(load_dataset(table))
    assert decided == (
        "label 'label' with 2 classes; rows by id 'id'; learning from 2 numbers (size, "
        "a_column_with_a_very_lo…), 1 category (color); split 'split'; not from 1 (same: 1 value)"
    )
    for flag in ("label", "id", "text", "features", "exclude", "embedding", "group", "split"):
        assert f"--{flag}" in how
    assert "rows by their content" in describe(load_dataset(FRAME))[0]


def test_arrays_make_a_dataset():
    X = np.array([[1, 0.5], [2, 0.5], [3, 0.25], [1, 0.5]])
    data = dataset_from_arrays(np.array([0, 1, 1, 0]), X)
    assert data.classes == (0, 1)
    assert data.schema.names(Role.NUMERIC) == ("x0", "x1")
    assert data.feature_key[0] == data.feature_key[3] != data.feature_key[1]
    assert data.row_id[0].endswith("#0")
    assert data.row_id[3].endswith("#1")


def test_numbers_of_an_array_are_never_identifiers():
    data = dataset_from_arrays([0, 1] * 20, np.arange(40).reshape(-1, 1))
    assert data.schema.features == ("x0",)


def test_labels_alone_are_named_by_position():
    data = dataset_from_arrays(["b", "a", "b"])
    assert data.row_id.tolist() == ["0", "1", "2"]
    assert data.feature_key is None


def test_texts_and_frames_are_features_too():
    texts = dataset_from_arrays(["a", "b"], np.array(["good day", "bad day"]), row_id=["p", "q"])
    assert texts.schema.names(Role.TEXT) == ("text",)
    assert texts.row_id.tolist() == ["p", "q"]
    frame = dataset_from_arrays(["a", "b", "a", "a"], FRAME)
    assert frame.schema.features == ("size", "color")
    assert frame.schema.one(Role.LABEL) == "label_"


@pytest.mark.parametrize(
    ("y", "X", "message"),
    [
        ([0, 1], np.zeros((3, 2)), "X has 3 rows and y has 2"),
        ([0, 1], np.zeros((2, 2, 2)), "X has shape"),
        (np.zeros((2, 2)), None, "y has shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(y, X, message):
    with pytest.raises(InputError, match=message):
        dataset_from_arrays(y, X)
