from __future__ import annotations

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from labelaudit.report.grid import Column, cut, cut_middle, fit, print_grid, wrap
from labelaudit.report.wording import clean

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=40).map(clean)


@given(TEXT, st.integers(1, 30))
def test_cut_text_takes_no_more_cells_than_allowed(text, width):
    for shortened in (cut(text, width), cut_middle(text, width)):
        assert cell_len(shortened) <= width
        assert shortened == text or "…" in shortened


def test_cut_middle_keeps_both_ends():
    assert cut_middle("comp.sys.ibm.pc.hardware", 13) == "comp.s…rdware"


def test_cut_never_halves_a_wide_character():
    assert cut("正面评价", 6) == "正面…"


@given(st.text(alphabet="ab %正", max_size=60), st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_wrap_keeps_a_number_with_its_percent_sign():
    assert wrap("about 89.1 %, or so", 12) == ["about", "89.1 %, or", "so"]


def test_fit_drops_the_most_expendable_first():
    columns = [
        Column("needed", ("x",)),
        Column("first", ("x" * 10,), expendable=2),
        Column("second", ("x" * 10,), expendable=1),
    ]
    assert [column.header for column in fit(columns, 100)] == ["needed", "first", "second"]
    assert [column.header for column in fit(columns, 20)] == ["needed", "second"]
    assert [column.header for column in fit(columns, 3)] == ["needed"]


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5), st.integers(20, 120))
def test_grid_rows_are_never_wrapped_nor_too_wide(rows, width):
    paper = StringIO()
    console = Console(file=paper, width=width, color_system=None, _environ={})
    names, texts, numbers = zip(*rows, strict=True)
    columns = [
        Column("name", names, least=8, middle=True),
        Column("number", numbers, right=True, expendable=1),
        Column("text", texts, least=6),
    ]
    print_grid(fit(columns, width), console)
    lines = paper.getvalue().split("\n")
    assert len(lines) == 2 + len(rows) + 1
    assert all(cell_len(line) <= width for line in lines)


def printed(columns, width):
    console = Console(file=StringIO(), width=width)
    print_grid(columns, console)
    return console.file.getvalue().splitlines()


def test_a_folded_column_goes_on_in_the_next_line():
    names = ("a_long_name_of_a_class → another_long_name", "short")
    columns = [
        Column("id", ("1", "2")),
        Column("label", names, least=12, fold=True),
        Column("rows", ("7", "8"), right=True),
    ]
    lines = printed(columns, 34)
    assert lines == [
        "id  label                     rows",
        "──  ────────────────────────  ────",
        "1   a_long_name_of_a_class →     7",
        "    another_long_name",
        "2   short                        8",
    ]
    narrow = printed(columns, 22)
    assert max(map(len, narrow)) <= 22
    assert "…" not in "".join(narrow)
    folded = "".join(line[4:16].strip() for line in narrow[2:-1])
    assert folded.replace(" ", "") == names[0].replace(" ", "")
