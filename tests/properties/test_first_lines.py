"""The line a row starts on is the one that csv.reader itself counts."""

from __future__ import annotations

import csv
from io import StringIO

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.data.csv_records import first_lines
from labelaudit.data.dataset import load_dataset
from labelaudit.data.read import read_table

BREAKS = st.sampled_from(["\n", "\r\n", "\r"])
CELLS = st.text(alphabet='ab",\n\r\u2028', max_size=6)


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@st.composite
def files(draw):
    """Text of a file of two columns, and for each row the line an editor shows it on."""
    end = draw(BREAKS)
    text = end * draw(st.integers(0, 2)) + '"a\n\nb",c' + end
    lines = []
    for cells in draw(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8)):
        text += end * draw(st.integers(0, 2))
        lines.append(len(StringIO(text, newline="").readlines()) + 1)
        text += ",".join(map(quoted, cells)) + end
    return text, lines


@given(files())
def test_every_row_knows_the_line_it_starts_on(tmp_path_factory, file):
    text, lines = file
    path = tmp_path_factory.mktemp("lines") / "data.csv"
    path.write_bytes(text.encode())
    assert read_table(path).line.tolist() == lines


@given(files())
def test_lines_are_those_that_the_reader_counts(file):
    reader = csv.reader(StringIO(file[0], newline=""), strict=True)
    chunk, starts, before = [], [], 0
    for row in reader:
        chunk.append(row)
        starts.append(before + 1)
        before = reader.line_num
    assert first_lines(chunk, 0, before).tolist() == starts


def test_lines_go_on_from_chunk_to_chunk(tmp_path):
    cells = ["x" if number % 7 else '"x\ny"' for number in range(1000)]
    path = tmp_path / "data.csv"
    path.write_text("text,label\n" + "".join(f"{cell},{n % 2}\n" for n, cell in enumerate(cells)))
    expected, line = [], 2
    for cell in cells:
        expected.append(line)
        line += 1 + cell.count("\n")
    assert read_table(path).line.tolist() == expected
    assert load_dataset(path).line.tolist() == expected


def test_a_blank_line_of_one_column_is_a_row_with_its_line(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a\nx\n\ny\n")
    assert read_table(path).line.tolist() == [2, 3, 4]


def test_what_has_no_lines_has_none(tmp_path):
    table = pa.table({"text": ["a b", "c d", "e f"], "label": ["x", "y", "x"]})
    path = tmp_path / "data.parquet"
    pq.write_table(table, path)
    assert read_table(path).line is None
    assert load_dataset(table).line is None
