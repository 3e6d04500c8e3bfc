from __future__ import annotations

import codecs

import pyarrow as pa
import pytest

from labelaudit.data.read import read_table
from labelaudit.errors import InputError


@pytest.fixture
def read(tmp_path):
    def read(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path)

    return read


@pytest.fixture
def refuse(read):
    def refuse(content, name="data.csv"):
        with pytest.raises(InputError) as caught:
            read(content, name)
        return caught.value

    return refuse


def test_every_cell_is_the_text_it_is(read):
    raw = read('id,v\n007,1.0\n1e5,\nNA,"say ""hi"", you"\nnull," two\r\nlines "\n')
    assert raw.table.to_pydict() == {
        "id": ["007", "1e5", "NA", "null"],
        "v": ["1.0", "", 'say "hi", you', " two\r\nlines "],
    }
    assert raw.table.schema.types == [pa.string(), pa.string()]
    assert raw.table["v"].null_count == 0
    assert raw.notices == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(read, delimiter):
    lines = [["text", "label"], *([f'"a{delimiter}, b; c|d\t{i}"', "x"] for i in range(5))]
    raw = read("\n".join(delimiter.join(line) for line in lines))
    assert raw.source.dialect.delimiter == delimiter
    assert raw.table.num_columns == 2


def test_decimal_commas_do_not_mislead(read):
    raw = read("x;y\n1,5;2,5\n3,5;4,5\n")
    assert raw.table.to_pydict() == {"x": ["1,5", "3,5"], "y": ["2,5", "4,5"]}


def test_a_tsv_is_split_by_tabs(read):
    raw = read("a,b\tc\n1,2\t3\n", "data.tsv")
    assert raw.table.column_names == ["a,b", "c"]


def test_prose_with_commas_in_a_bar_file(read):
    raw = read("text|label\n" + "well, yes, no, ok|a\n" * 4)
    assert raw.source.dialect.delimiter == "|"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_line_ending_is_that_of_the_header(read, newline):
    raw = read(newline.join(["a,b", "1,2", "3,4"]))
    assert raw.source.dialect.newline == newline
    assert raw.table["b"].to_pylist() == ["2", "4"]


def test_blank_lines_are_no_rows(read):
    raw = read("\na,b\n\n1,2\n   \n3,4\n\n\n")
    assert raw.table.to_pydict() == {"a": ["1", "3"], "b": ["2", "4"]}


def test_in_one_column_a_blank_line_is_an_empty_cell(read):
    assert read("a\nx\n\ny\n").table.to_pydict() == {"a": ["x", "", "y"]}


def test_many_chunks_are_one_table(read):
    raw = read("a,b\n" + "".join(f"{i},{'é' * (i % 7)}\n" for i in range(70_000)))
    assert raw.table["a"].to_pylist() == [str(i) for i in range(70_000)]
    assert raw.table["b"].num_chunks > 1


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-8"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_unicode_encodings(read, bom, encoding):
    text = "name,label\r\nñandú 😀,猫\r\n"
    raw = read(bom + text.encode(encoding))
    assert raw.table.to_pydict() == {"name": ["ñandú 😀"], "label": ["猫"]}
    assert (raw.source.dialect.encoding, raw.source.dialect.bom) == (encoding, bom)
    assert raw.source.dialect.newline == "\r\n"
    assert raw.notices == ()


def test_windows_1252_is_said(read):
    raw = read("a,b\n1,x\n2,“café”\n".encode("cp1252"))
    assert raw.table["b"].to_pylist() == ["x", "“café”"]
    (notice,) = raw.notices
    assert notice.code == "encoding"
    assert notice.message.startswith("line 3 is not UTF-8")
    assert raw.source.dialect.encoding == "cp1252"


def test_latin_1_where_windows_1252_has_no_character(read):
    raw = read(b"a,b\n1,\x81\xe9\n")
    assert raw.table["b"].to_pylist() == ["\x81é"]
    assert raw.source.dialect.encoding == "latin-1"


def test_utf_8_with_one_foreign_byte_is_said_louder(read):
    raw = read("a,b\n1,é\n".encode() + b"2,\xe9\n")
    assert [notice.code for notice in raw.notices] == ["mixed-encoding"]


def test_a_byte_order_mark_is_a_promise(refuse):
    fault = refuse(codecs.BOM_UTF8 + b"a,b\n1,\xe9t\xe9\n")
    assert "UTF-8" in fault.what
    assert fault.where.endswith("data.csv:2")


def test_a_nul_is_named_by_its_line(refuse):
    fault = refuse(b"a,b\n" + b"1,2\n" * 5000 + b"3,\x004\n")
    assert "NUL" in fault.what
    assert fault.where.endswith(":5002")


def test_too_many_cells(refuse):
    fault = refuse('a,b\n"1\n1",2\n\n3,4,5\n6,7\n')
    assert fault.what == "the line has 3 cells, the header has 2"
    assert fault.where.endswith("data.csv:5")
    assert "double quotes" in fault.hint


def test_too_few_cells(refuse):
    fault = refuse("a,b\n1,2\n3\n")
    assert fault.what == "the line has 1 cell, the header has 2"
    assert fault.where.endswith(":3")


def test_a_ragged_line_far_down(refuse):
    assert refuse("a,b\n" + "1,2\n" * 50_000 + "1,2,3\n").where.endswith(":50002")


def test_a_title_above_the_header(refuse):
    fault = refuse("My export\na,b\n1,2\n")
    assert fault.where.endswith(":2")
    assert "header" in fault.hint


def test_an_unclosed_quote_is_named_where_it_opens(refuse):
    fault = refuse('a,b\n1,2\n"x\ny","open\n3,4\n5,6\n')
    assert fault.what == "a quote that opens here is never closed"
    assert fault.where.endswith("data.csv:4")


def test_text_after_a_closed_quote(refuse):
    fault = refuse('a,b\n1,2\n3,"abc"def\n')
    assert "goes on after the quote closes" in fault.what
    assert fault.where.endswith(":3")


def test_a_quote_that_swallows_the_next_line(refuse):
    assert refuse('a,b\n1,"abc\n2,"def"\n3,4\n').where.endswith(":2")


def test_a_broken_quote_in_the_header(refuse):
    assert refuse('a,"b\n1,2\n').where.endswith(":1")


def test_a_quote_inside_of_a_bare_cell_is_text(read):
    assert read('a,b\n5" pipe,1\n').table["a"].to_pylist() == ['5" pipe']


def test_a_header_only(refuse):
    assert refuse("a,b\n\n").what == "the file has a header and no rows"


def test_names_used_twice(refuse):
    assert refuse("a,b,a,b\n1,2,3,4\n").what == "column names used more than once: 'a', 'b'"


def test_columns_without_a_name(refuse):
    assert refuse("a,,b, \n1,2,3,4\n").what == "columns without a name: 2, 4, counted from 1"


def test_the_index_that_pandas_writes_is_read_and_said(read):
    raw = read(",a\n0,x\n")
    assert raw.table.column_names == ["", "a"]
    assert [notice.code for notice in raw.notices] == ["unnamed-column"]


def test_line_separators_of_unicode_end_no_line(read):
    assert read("a,b\nx\u2028y\x0bz\x85w,1\n").table["a"].to_pylist() == ["x\u2028y\x0bz\x85w"]


def test_progress_reaches_the_size_of_the_file(tmp_path):
    from contextlib import contextmanager

    seen = []

    class Recorder:
        @contextmanager
        def step(self, name, total=None):
            seen.append(total)
            yield self

        def advance(self, amount=1):
            seen.append(-amount)

    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + "1,2\n" * 30_000)
    read_table(path, progress=Recorder())
    assert sum(seen) == 0
