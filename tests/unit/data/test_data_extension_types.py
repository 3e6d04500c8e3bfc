from __future__ import annotations

import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from undo_example import applied, rows_in, undone

from labelaudit.data.dataset import load_dataset
from labelaudit.data.extension_types import with_extension, without_extensions
from labelaudit.data.read import read_table
from labelaudit.data.schema import NO_ID, SchemaChoices
from labelaudit.errors import InputError

ROWS = 60
KEYS = [uuid.UUID(int=row * 7919 + 1) for row in range(ROWS)]


def of(kind, storage):
    return pa.ExtensionArray.from_storage(kind, storage)


UUIDS = of(pa.uuid(), pa.array([one.bytes for one in KEYS], pa.binary(16)))
BOOLS = of(pa.bool8(), pa.array([row % 2 for row in range(ROWS)], pa.int8()))
TENSORS = of(
    pa.fixed_shape_tensor(pa.float32(), [2]),
    pa.FixedSizeListArray.from_arrays(pa.array([float(n) for n in range(2 * ROWS)], "float32"), 2),
)
TEXTS = [f"words {row % 7} {row}" for row in range(ROWS)]
LABELS = [("neg", "pos")[row % 2] for row in range(ROWS)]


def written(path, **columns):
    pq.write_table(pa.table(columns), path, row_group_size=16)
    return path


def test_they_are_read_as_plain_columns():
    table = pa.table({"u": UUIDS, "b": BOOLS, "t": TENSORS, "n": [1] * ROWS})
    plain = without_extensions(table)
    assert plain.column("u").to_pylist() == [str(one) for one in KEYS]
    assert plain.column("b").to_pylist() == [bool(row % 2) for row in range(ROWS)]
    assert plain.column("t").to_pylist()[1] == [2.0, 3.0]
    assert plain.column("n").type == pa.int64()
    for name in table.column_names:
        back = with_extension(plain.column(name), table.schema.field(name).type)
        assert back.type == table.schema.field(name).type
        assert back.to_pylist() == table.column(name).to_pylist()
    assert without_extensions(table.slice(0, 0)).num_rows == 0


def test_missing_ones_stay_missing():
    kind = pa.uuid()
    column = pa.chunked_array([of(kind, pa.array([KEYS[0].bytes, None], pa.binary(16)))])
    plain = without_extensions(pa.table({"u": column})).column("u")
    assert plain.to_pylist() == [str(KEYS[0]), None]
    assert with_extension(plain, kind).to_pylist() == [KEYS[0], None]
    with pytest.raises(ValueError, match="badly formed"):
        with_extension(pa.chunked_array([["no uuid"]]), kind)


def test_uuids_name_rows_as_in_a_csv_file(tmp_path):
    path = written(tmp_path / "data.parquet", id=UUIDS, text=TEXTS, label=LABELS)
    text = tmp_path / "data.csv"
    lines = zip(KEYS, TEXTS, LABELS, strict=True)
    text.write_text("id,text,label\n" + "".join(f"{a},{b},{c}\n" for a, b, c in lines))
    one, other = load_dataset(path, SchemaChoices()), load_dataset(text, SchemaChoices())
    assert one.row_id.tolist() == other.row_id.tolist() == [str(key) for key in KEYS]
    assert one.fingerprint.tolist() == other.fingerprint.tolist()


@pytest.mark.parametrize("label", [UUIDS, pa.nulls(ROWS)], ids=["uuid", "null"])
def test_a_label_column_that_holds_no_classes_is_refused(tmp_path, label):
    path = written(tmp_path / "data.parquet", text=TEXTS, label=label)
    with pytest.raises(InputError, match=r"looks like an identifier|all labels are missing") as no:
        load_dataset(path, SchemaChoices())
    assert "--label" in no.value.hint
    # Another column that is named like a label is taken instead.
    path = written(tmp_path / "more.parquet", text=TEXTS, label=label, target=LABELS)
    assert load_dataset(path, SchemaChoices()).classes == ("neg", "pos")


def test_bytes_are_no_ids(tmp_path):
    keys = pa.array([b"\xff" + bytes([row]) for row in range(ROWS)])
    path = written(tmp_path / "data.parquet", id=keys, text=TEXTS, label=LABELS)
    with pytest.raises(InputError, match="'id' holds binary") as no:
        load_dataset(path, SchemaChoices(id="id"))
    assert "--id" in no.value.hint
    # Nobody named it: rows go by their content, and that is said.
    found = load_dataset(path, SchemaChoices())
    assert found.row_id[0] == f"{int(found.fingerprint[0]):016x}#0"
    (notice,) = [one for one in found.notices if one.code == "no-id"]
    assert "'id' is named like an id, but holds binary" in notice.message
    assert "by their content" in notice.message


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([one.bytes for one in KEYS], pa.binary(16)),
        pa.array([[row] for row in range(ROWS)]),
        pa.array([{"a": row} for row in range(ROWS)]),
    ],
)
def test_the_next_column_named_like_an_id_is_taken(cells):
    table = pa.table({"uid": cells, "record_id": range(ROWS), "text": TEXTS, "label": LABELS})
    found = load_dataset(table, SchemaChoices())
    assert found.row_id.tolist() == [str(row) for row in range(ROWS)]
    (notice,) = [one for one in found.notices if one.code == "no-id"]
    assert "by column 'record_id'" in notice.message
    assert all(one.code != "no-id" for one in load_dataset(table, SchemaChoices(id=NO_ID)).notices)


def test_bytes_that_are_text_are_ids():
    keys = pa.array([f"k{row}".encode() for row in range(ROWS)])
    found = load_dataset(pa.table({"id": keys, "text": TEXTS, "label": LABELS}), SchemaChoices())
    assert found.row_id[1] == "k1"
    assert all(one.code != "no-id" for one in found.notices)


def test_truth_values_are_classes(tmp_path):
    path = written(tmp_path / "data.parquet", text=TEXTS, label=BOOLS)
    assert load_dataset(path, SchemaChoices(id=NO_ID)).classes == (False, True)


@pytest.mark.parametrize("name", ["all", "correct", "drop", "soft"])
def test_a_file_of_them_is_fixed_and_undone(tmp_path, name):
    path = written(
        tmp_path / "data.parquet", id=UUIDS, text=TEXTS, label=LABELS, flag=BOOLS, e=TENSORS
    )
    schema, bytes_before, before = pq.read_schema(path), path.read_bytes(), rows_in(path)
    applied(name, path)
    now = pq.read_schema(path)
    assert [now.field(one).type for one in schema.names] == schema.types
    undone(tmp_path)
    assert path.read_bytes() == bytes_before
    # Changed by others since, it is undone row by row, and dropped rows come back.
    applied(name, path)
    pq.write_table(pq.read_table(path).slice(1), path)
    gone = read_table(path).table.num_rows
    undoing = undone(tmp_path)
    assert undoing.way == "rows"
    after = {row["id"]: row for row in rows_in(path)}
    assert len(after) >= gone
    assert all(after[row["id"]] == row for row in before if row["id"] in after)
    assert pq.read_schema(path).types == schema.types
