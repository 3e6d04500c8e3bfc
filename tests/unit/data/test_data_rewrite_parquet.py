from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelaudit.data.read import read_table
from labelaudit.data.rewrite import rewrite
from labelaudit.data.rewrite_parquet import new_column
from labelaudit.errors import OutputError, RunError

TABLE = pa.table(
    {
        "n": pa.array([1, None, 3, 4, 5], pa.int8()),
        "x": pa.array([0.1, float("nan"), -0.0, None, 1e300]),
        "emb": pa.array([[1.0], [], None, [2.0, 3.0], [4.0]], pa.list_(pa.float32())),
        "c": pa.DictionaryArray.from_arrays(
            pa.array([0, 2, None, 1, 2], pa.int8()), ["lo", "mid", "hi"], ordered=True
        ),
        "t": pa.array([0, 1, 2, None, 4], pa.timestamp("ms", "UTC")),
        "label": pa.array(["a", "b", None, "a", "b"]),
        "flag": pa.array([True, False, None, True, True]),
    },
).replace_schema_metadata({"made by": "me"})


@pytest.fixture
def again(tmp_path):
    def again(table=TABLE, options=None, **changes):
        path, output = tmp_path / "data.parquet", tmp_path / "out.parquet"
        pq.write_table(table, path, row_group_size=2, **(options or {}))
        before = path.read_bytes()
        raw = read_table(path)
        sha256 = rewrite(raw.source, output, n_rows=raw.table.num_rows, **changes)
        assert sha256 == hashlib.sha256(output.read_bytes()).hexdigest()
        assert path.read_bytes() == before
        return pq.ParquetFile(output).read()

    return again


def as_python(table):
    return repr(table.to_pylist())


def test_nothing_to_do_keeps_values_types_and_metadata(again, tmp_path):
    new = again()
    old = pq.ParquetFile(tmp_path / "data.parquet").read()
    assert new.schema.equals(old.schema, check_metadata=True)
    assert as_python(new) == as_python(TABLE)
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups == 3


@pytest.mark.parametrize("codec", ["NONE", "ZSTD", "GZIP", "SNAPPY", "LZ4", "BROTLI"])
def test_compression_is_kept(again, tmp_path, codec):
    again(options={"compression": codec})
    old, new = (
        pq.ParquetFile(tmp_path / name).metadata.row_group(0).column(0).compression
        for name in ("data.parquet", "out.parquet")
    )
    assert old == new


def test_a_file_without_arrow_schema_stays_so(again, tmp_path):
    again(options={"store_schema": False, "use_deprecated_int96_timestamps": True})
    old, new = (pq.ParquetFile(tmp_path / name) for name in ("data.parquet", "out.parquet"))
    assert old.schema.equals(new.schema)
    assert b"ARROW:schema" not in (new.metadata.metadata or {})


def test_drop(again):
    new = again(drop=[0, 2, 3])
    assert as_python(new) == as_python(TABLE.take([1, 4]))
    assert new.schema.equals(TABLE.schema)


def test_drop_all(again):
    assert again(drop=range(5)).num_rows == 0


def test_append(again):
    new = again(drop=[1], append={"w": ["1", "0.5", "1e-3", "2", "-1"], "s": ["a"] * 5})
    assert new["w"].to_pylist() == [1.0, 0.001, 2.0, -1.0]
    assert new.schema.field("w").type == pa.float64()
    assert new["s"].to_pylist() == ["a"] * 4
    assert as_python(new.drop_columns(["w", "s"])) == as_python(TABLE.take([0, 2, 3, 4]))


def test_replace_casts_to_the_type_of_the_column(again):
    new = again(
        replace={
            (0, "label"): "b",
            (2, "label"): "new",
            (1, "n"): "7",
            (3, "flag"): "False",
            (0, "c"): "hi",
            (4, "c"): "top",
            (3, "x"): "1.0",
        }
    )
    assert new["label"].to_pylist() == ["b", "b", "new", "a", "b"]
    assert new["n"].to_pylist() == [1, 7, 3, 4, 5]
    assert new["flag"].to_pylist() == [True, False, None, False, True]
    assert new["c"].to_pylist() == ["hi", "hi", None, "mid", "top"]
    assert new["x"].to_pylist()[3] == 1.0
    assert new.schema.equals(TABLE.schema)
    assert as_python(new.select(["emb", "t"])) == as_python(TABLE.select(["emb", "t"]))


def test_a_cell_that_does_not_fit(again, tmp_path):
    with pytest.raises(OutputError, match="column 'n' holds int8") as caught:
        again(replace={(0, "n"): "cat"})
    assert caught.value.where == "'cat'"
    assert [each.name for each in tmp_path.iterdir()] == ["data.parquet"]


def test_other_rows_than_were_read(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(TABLE, path)
    with pytest.raises(RunError, match="5 rows where 6"):
        rewrite(read_table(path).source, tmp_path / "out.parquet", n_rows=6)


def test_large_and_fixed_types(again):
    table = pa.table(
        {
            "s": pa.array(["x", "y", None], pa.large_string()),
            "v": pa.FixedSizeListArray.from_arrays(np.arange(6.0), 2),
            "d": pa.array([1, 2, 3], pa.decimal128(5, 2)),
            "st": pa.array([{"a": 1}, None, {"a": 3}]),
        }
    )
    new = again(table, drop=[1], replace={(0, "s"): "z"})
    assert new.schema.equals(table.schema)
    assert new["s"].to_pylist() == ["z", None]


@pytest.mark.parametrize("cells", [["1", "007"], ["1", "x"], ["1", ""], ["1", "nan"]])
def test_what_is_not_all_numbers_is_text(cells):
    assert new_column(cells).type == pa.string()


def test_columns_go_and_rows_come_back(again, tmp_path):
    rows = TABLE.take([1, 4])
    new = again(options={"compression": "ZSTD"}, remove=["x", "t"], drop=[1, 4], add=rows)
    kept = [name for name in TABLE.column_names if name not in {"x", "t"}]
    expected = pa.concat_tables([TABLE.take([0, 2, 3]), rows]).select(kept)
    assert as_python(new) == as_python(expected)
    old = pq.ParquetFile(tmp_path / "data.parquet").read().select(kept)
    assert new.schema.equals(old.schema, check_metadata=True)
    written = pq.ParquetFile(tmp_path / "out.parquet").metadata
    assert written.row_group(0).column(0).compression == "ZSTD"


def test_rows_of_other_types_are_refused(again, tmp_path):
    other = TABLE.set_column(0, "n", pa.array(["many"] * 5))
    with pytest.raises(OutputError, match="do not fit"):
        again(add=other)
    with pytest.raises(OutputError, match="do not fit"):
        again(add=TABLE.drop_columns(["n"]))
    assert [one.name for one in tmp_path.iterdir()] == ["data.parquet"]


def test_numbers_may_be_missing():
    column = new_column([0.25, None])
    assert (column.type, column.to_pylist()) == (pa.float64(), [0.25, None])
    assert new_column(["a", None]).to_pylist() == ["a", None]


def test_views_are_filtered_and_replaced_like_other_text(again):
    view = pa.table({"label": pa.array(["a", "b", None, "a", "b"], pa.string_view())})
    new = again(view, drop=[1], replace={(0, "label"): "b"}, append={"w": [1.0] * 5})
    assert new.schema.field("label").type == pa.string_view()
    assert new.column("label").to_pylist() == ["b", None, "a", "b"]
