from __future__ import annotations

import codecs
import hashlib

import pytest

from labelaudit.data.read import read_table
from labelaudit.data.rewrite import copy, rewrite
from labelaudit.errors import InputError, OutputError, RunError
from labelaudit.types import Source

ODD = b'id,text,label\r\n007,"a ""b"", c",x\n\n1e5,,"y"\r\n 1.0 ,"two\r\nlines",z'


@pytest.fixture
def again(tmp_path):
    def again(content, **changes):
        path, output = tmp_path / "data.csv", tmp_path / "out.csv"
        path.write_bytes(content)
        raw = read_table(path)
        sha256 = rewrite(raw.source, output, n_rows=raw.table.num_rows, **changes)
        new = output.read_bytes()
        assert sha256 == hashlib.sha256(new).hexdigest()
        assert path.read_bytes() == content
        return new

    return again


def test_nothing_to_do_changes_nothing(again):
    assert again(ODD) == ODD


def test_drop(again):
    assert again(ODD, drop=[1]) == ODD.replace(b'1e5,,"y"\r\n', b"")
    assert again(ODD, drop={2}) == ODD[: ODD.index(b" 1.0")]


def test_append_goes_before_each_lines_own_ending(again):
    assert again(ODD, append={"w": ["1", "0.5", 'q"'], "v": [1.0, 0.25, 2]}) == (
        b'id,text,label,w,v\r\n007,"a ""b"", c",x,1,1.0\n\n1e5,,"y",0.5,0.25\r\n'
        b' 1.0 ,"two\r\nlines",z,"q""",2.0'
    )


def test_drop_and_append_together(again):
    assert again(b"a,b\n1,2\n3,4\n", drop=[0], append={"w": ["x", "y"]}) == b"a,b,w\n3,4,y\n"


def test_remove_takes_the_cell_and_one_delimiter(again):
    assert again(ODD, remove=["label"]) == (
        b'id,text\r\n007,"a ""b"", c"\n\n1e5,\r\n 1.0 ,"two\r\nlines"'
    )
    assert again(ODD, remove=["id", "text"]) == b'label\r\nx\n\n"y"\r\nz'
    assert again(b"a,b\n1,2\n", remove=["a"], append={"a2": ["3"]}) == b"b,a2\n2,3\n"


def test_added_rows_come_last_and_end_as_the_file_does(again):
    assert again(ODD, add=["1,2,3\n", '"4",,'], drop=[0]) == (
        b'id,text,label\r\n\n1e5,,"y"\r\n 1.0 ,"two\r\nlines",z\r\n1,2,3\r\n"4",,'
    )
    assert again(b"a,b\n1,2\n", add=["3,4"]) == b"a,b\n1,2\n3,4\n"


def test_an_empty_cell_stands_for_none(again):
    assert again(b"a,b\n1,2\n3,4\n", append={"c": [None, 0.5]}) == b"a,b,c\n1,2,\n3,4,0.5\n"


def test_what_is_not_there_is_not_removed(again):
    with pytest.raises(ValueError, match="no such columns"):
        again(ODD, remove=["nope"])
    with pytest.raises(ValueError, match="no column would be left"):
        again(ODD, remove=["id", "text", "label"])


def test_a_copy_is_checked_against_what_was_read(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(ODD)
    source = read_table(path).source
    assert copy(source, tmp_path / "copy.csv") == source.sha256
    assert (tmp_path / "copy.csv").read_bytes() == ODD
    path.write_bytes(ODD + b"x")
    with pytest.raises(RunError, match="not the one that was read"):
        copy(source, tmp_path / "other.csv")
    assert not (tmp_path / "other.csv").exists()


def test_replace_touches_one_cell_and_keeps_its_quotes(again):
    changes = {(0, "label"): "new", (1, "label"): "n", (2, "text"): "a,b", (1, "text"): "t"}
    assert again(ODD, replace=changes) == (
        b'id,text,label\r\n007,"a ""b"", c",new\n\n1e5,t,"n"\r\n 1.0 ,"a,b",z'
    )


def test_replace_quotes_what_needs_it(again):
    changes = {(0, "b"): 'x "y"\nz', (1, "a"): ""}
    assert again(b"a;b\n1;2\n3;4\n", replace=changes) == b'a;b\n1;"x ""y""\nz"\n;4\n'


def test_unicode_line_separators_in_a_replaced_record(again):
    content = "a,b\nx\u2028y,1\n".encode()
    assert again(content, replace={(0, "b"): "2"}) == "a,b\nx\u2028y,2\n".encode()


def test_one_column(again):
    assert again(b"a\nx\n\ny\n", drop=[0], replace={(1, "a"): "z"}) == b'a\n"z"\ny\n'
    assert again(b"a\nx\ny", replace={(1, "a"): ""}) == b'a\nx\n""'


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (b"", "utf-16-be"),
        (b"", "cp1252"),
    ],
)
def test_encoding_and_mark_are_kept(again, bom, encoding):
    content = bom + "a,b\r\né,1\r\nü,2\r\n".encode(encoding)
    expected = bom + "a,b,w\r\né,1,ß\r\nü,3,x\r\n".encode(encoding)
    assert again(content, append={"w": ["ß", "x"]}, replace={(1, "b"): "3"}) == expected


def test_a_cell_the_encoding_cannot_hold(tmp_path, again):
    with pytest.raises(OutputError) as caught:
        again("a,b\né,1\n".encode("cp1252"), replace={(0, "b"): "猫"})
    assert "'猫'" in caught.value.what
    assert [each.name for each in tmp_path.iterdir()] == ["data.csv"]


def test_the_file_has_other_rows_than_were_read(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n3,4\n")
    source = read_table(path).source
    for n_rows in (1, 3):
        with pytest.raises(RunError, match="the file has 2 rows"):
            rewrite(source, tmp_path / "out.csv", n_rows=n_rows)
    assert [each.name for each in tmp_path.iterdir()] == ["data.csv"]


def test_the_input_is_never_the_output(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(OutputError, match="never modified"):
        rewrite(read_table(path).source, path, n_rows=1)


def test_data_in_memory_cannot_be_rewritten(tmp_path):
    with pytest.raises(InputError, match="only a file"):
        rewrite(Source("<memory>", "memory", 0, ""), tmp_path / "out.csv", n_rows=1)


@pytest.mark.parametrize(
    "changes",
    [
        {"drop": [3]},
        {"drop": [-1]},
        {"replace": {(0, "none"): "x"}},
        {"append": {"label": ["", "", ""]}},
        {"append": {"w": ["1"]}},
    ],
)
def test_a_senseless_request_is_our_fault(tmp_path, again, changes):
    with pytest.raises(ValueError, match=r"rows outside|no such|there already|cells"):
        again(ODD, **changes)
    assert [each.name for each in tmp_path.iterdir()] == ["data.csv"]
