from __future__ import annotations

import csv
import hashlib
import io
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelaudit.data.dataset import load_dataset
from labelaudit.data.read import read_table
from labelaudit.errors import InputError


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        read_table(path, **options)
    return caught.value


def test_the_bytes_are_hashed_and_counted(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n")
    source = read_table(path).source
    assert source.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert (source.size, source.format, source.path) == (8, "csv", str(path))


def test_stdin_is_csv():
    raw = read_table("-", stdin=io.BytesIO(b"a;b\n1;2\n"))
    assert raw.table.to_pydict() == {"a": ["1"], "b": ["2"]}
    assert raw.source.path == "-"


def test_stdin_must_be_given():
    assert refused("-").what == "there is no standard input to read"


def test_parquet_on_stdin_is_named():
    assert "Parquet" in refused("-", stdin=io.BytesIO(b"PAR1" + bytes(99))).what


def test_no_such_file_suggests_its_neighbour(tmp_path):
    (tmp_path / "data.csv").write_text("a\n1\n")
    fault = refused(tmp_path / "dato.csv")
    assert fault.what == "there is no such file"
    assert "data.csv" in fault.hint


def latin_name(directory, suffix):
    path = directory / os.fsdecode(b"caf\xe9" + suffix)
    try:
        path.touch()
    except (OSError, UnicodeError):
        pytest.skip("this file system has UTF-8 names only")
    return path


@pytest.mark.parametrize("as_text", [str, lambda path: path])
def test_a_name_that_is_not_utf8(tmp_path, as_text):
    path = latin_name(tmp_path, b".csv")
    path.write_text("label,n\na,1\nb,2\na,3\nb,3\n")
    assert load_dataset(as_text(path)).source.path == str(path)
    path.write_text("a,b\n1\n")
    assert refused(as_text(path)).where == f"{path}:2"
    parquet = latin_name(tmp_path, b".parquet")
    with parquet.open("wb") as file:
        pq.write_table(pa.table({"a": [1]}), file)
    assert read_table(as_text(parquet)).source.path == str(parquet)
    assert "caf" in refused(as_text(latin_name(tmp_path, b".csv").with_suffix(".csx"))).hint


def test_no_such_directory(tmp_path):
    assert "does not exist either" in refused(tmp_path / "no" / "data.csv").hint


def test_a_directory_is_no_file(tmp_path):
    assert refused(tmp_path).what == "this is a directory, not a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_forbidden_file(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,2\n")
    path.chmod(0)
    assert refused(path).what == "the file may not be read"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_file(tmp_path, content):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    assert refused(path).what == "the file is empty"


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"PK\x03\x04", "Excel"), (b"\x1f\x8b\x08", "gzip"), (b"ARROW1\0\0", "Feather")],
)
def test_other_formats_are_named(tmp_path, head, kind):
    path = tmp_path / "data.csv"
    path.write_bytes(head + bytes(40))
    assert kind in refused(path).what


def test_json_is_named(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1, "b": 2}\n')
    assert "JSON lines" in refused(path).what


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "year=2024" / "data.parquet"
    path.parent.mkdir()
    table = pa.table(
        {
            "n": pa.array([1, None], pa.int8()),
            "emb": pa.array([[1.0], [2.0]], pa.list_(pa.float32())),
            "c": pa.array(["x", "y"]).dictionary_encode(),
        }
    )
    pq.write_table(table, path)
    raw = read_table(path)
    assert raw.table.equals(table)
    assert (raw.source.format, raw.source.dialect) == ("parquet", None)
    assert raw.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_parquet_is_known_without_its_suffix(tmp_path):
    path = tmp_path / "data"
    pq.write_table(pa.table({"a": [1]}), path)
    assert read_table(path).source.format == "parquet"


def test_parquet_named_csv(tmp_path):
    path = tmp_path / "data.csv"
    pq.write_table(pa.table({"a": [1]}), path)
    assert refused(path).hint == "rename it to end in .parquet"


def test_csv_named_parquet(tmp_path):
    path = tmp_path / "data.parquet"
    path.write_text("a,b\n1,2\n")
    assert refused(path).what == "the file is not Parquet, though its name says so"


def test_truncated_parquet(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-50])
    assert refused(path).what.startswith("the Parquet file is damaged or cut short")


def test_corrupt_parquet_pages(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"a": [f"text {i}" for i in range(1000)]}), path)
    content = bytearray(path.read_bytes())
    content[8:400] = bytes(392)
    path.write_bytes(content)
    assert "damaged" in refused(path).what


def test_parquet_without_rows(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    assert refused(path).what == "the file has columns and no rows"


def test_parquet_with_one_name_twice(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    assert refused(path).what == "column names used more than once: 'a'"


def test_the_limit_of_csv_is_left_as_it_was(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(f"a,b\n1,{'x' * 200_000}\n")
    before = csv.field_size_limit()
    assert len(read_table(path).table["b"][0].as_py()) == 200_000
    assert csv.field_size_limit() == before
