"""Whatever a CSV file looks like, what is not asked to change comes out byte for byte."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from labelaudit.data.csv_records import cell_spans
from labelaudit.data.raw_rows import raw_rows
from labelaudit.data.read import read_table
from labelaudit.data.rewrite import rewrite
from labelaudit.types import Dialect

CELLS = st.one_of(
    st.sampled_from(["", "NA", "007", "1.0", "1e5", " ", "é", "猫", "\u2028", "'", "null", '5" x']),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
ENDINGS = st.sampled_from(["\n", "\r\n", "\r"])


@dataclass(frozen=True)
class Written:
    """A CSV file in pieces: header, records with the blank lines before them."""

    bom: bytes
    encoding: str
    header: str
    records: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, ...], ...]
    tail: str

    def content(self, keep=None):
        kept = [
            blank + (raw if keep is None or index in keep else "")
            for index, (blank, raw) in enumerate(self.records)
        ]
        return self.bom + "".join([self.header, *kept, self.tail]).encode(self.encoding)


@st.composite
def files(draw):
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    width = draw(st.integers(2, 4))
    bom, encoding = draw(
        st.sampled_from([(b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le")])
    )

    def written(cell):
        must = any(mark in cell for mark in f'{delimiter}\r\n"')
        return f'"{cell.replace(chr(34), chr(34) * 2)}"' if must or draw(st.booleans()) else cell

    rows = draw(st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=5))
    endings = [draw(ENDINGS) for _ in rows]
    blanks = [draw(st.sampled_from(["", "", "", "\n", "\r\n", "  \n"])) for _ in rows]
    # After a bare \r, a line that starts with \n would be one line ending, not two.
    before = [draw(ENDINGS), *endings[:-1]]
    blanks = [
        blank.lstrip("\n") if end == "\r" else blank
        for blank, end in zip(blanks, before, strict=True)
    ]
    if draw(st.booleans()):
        endings[-1] = ""
    raws = [
        delimiter.join(written(cell) for cell in row) + end
        for row, end in zip(rows, endings, strict=True)
    ]
    return Written(
        bom,
        encoding,
        delimiter.join(f"c{index}" for index in range(width)) + before[0],
        tuple(zip(blanks, raws, strict=True)),
        tuple(rows),
        draw(st.sampled_from(["", "\r\n"])) if endings[-1] else "",
    )


def again(content, **changes):
    with tempfile.TemporaryDirectory() as directory:
        path, output = Path(directory, "data.csv"), Path(directory, "out.csv")
        path.write_bytes(content)
        raw = read_table(path)
        rewrite(raw.source, output, n_rows=raw.table.num_rows, **changes)
        return raw, output.read_bytes(), read_table(output) if raw.table.num_rows else None


@given(files())
@settings(deadline=None)
def test_nothing_to_do_gives_the_same_bytes_and_the_cells_written(file):
    raw, new, _ = again(file.content())
    assert new == file.content()
    assert tuple(zip(*(column.to_pylist() for column in raw.table.columns), strict=True)) == (
        file.cells
    )


@given(files(), st.data())
@settings(deadline=None)
def test_drop_removes_exactly_those_records(file, data):
    n_rows = len(file.records)
    assume(n_rows > 1)
    drop = data.draw(st.sets(st.integers(0, n_rows - 1), max_size=n_rows - 1))
    _, new, _ = again(file.content(), drop=drop)
    assert new == file.content(keep=set(range(n_rows)) - drop)


@given(files(), st.data())
@settings(deadline=None)
def test_append_only_appends(file, data):
    n_rows = len(file.records)
    cells = data.draw(st.lists(CELLS, min_size=n_rows, max_size=n_rows))
    raw, new, back = again(file.content(), append={"new": cells})
    assert back.table.column_names == [*raw.table.column_names, "new"]
    assert back.table.drop_columns(["new"]).equals(raw.table)
    assert back.table["new"].to_pylist() == cells
    text = new[len(file.bom) :].decode(file.encoding)
    for _, record in file.records:
        assert record.rstrip("\r\n") in text


@given(files(), st.data())
@settings(deadline=None)
def test_replace_changes_that_cell_alone(file, data):
    row = data.draw(st.integers(0, len(file.records) - 1))
    name = f"c{data.draw(st.integers(0, len(file.cells[0]) - 1))}"
    cell = data.draw(CELLS)
    raw, _, back = again(file.content(), replace={(row, name): cell})
    expected = raw.table.to_pydict()
    expected[name][row] = cell
    assert back.table.to_pydict() == expected


@given(files(), st.data())
@settings(deadline=None)
def test_removing_what_was_appended_gives_the_same_bytes(file, data):
    n_rows = len(file.records)
    cells = data.draw(st.lists(CELLS, min_size=n_rows, max_size=n_rows))
    _, longer, _ = again(file.content(), append={"new": cells, "newer": cells})
    _, back, _ = again(longer, remove={"new", "newer"})
    assert back == file.content()


@given(files(), st.data())
@settings(deadline=None)
def test_rows_that_come_back_are_what_they_were(file, data):
    n_rows = len(file.records)
    assume(n_rows > 1)
    drop = data.draw(st.sets(st.integers(0, n_rows - 1), min_size=1, max_size=n_rows - 1))
    raw, shorter, _ = again(file.content(), drop=drop)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "data.csv")
        path.write_bytes(file.content())
        taken = raw_rows(path, raw.source.dialect, drop)
    assert sorted(taken) == sorted(drop)
    _, _, back = again(shorter, add=[taken[row] for row in sorted(drop)])
    order = [row for row in range(n_rows) if row not in drop] + sorted(drop)
    assert back.table.equals(raw.table.take(order))


@given(st.text(alphabet='ab,"\r\n ', max_size=12))
def test_spans_are_the_cells_csv_reads(raw):
    lines = list(io.StringIO(raw, newline=""))
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error:
        return
    if len(rows) != 1 or not rows[0]:
        return
    found = [raw[span.start : span.end] for span in cell_spans(raw, Dialect())]
    plain = [cell[1:-1].replace('""', '"') if cell.startswith('"') else cell for cell in found]
    assert plain == rows[0]
