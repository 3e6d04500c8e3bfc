from __future__ import annotations

import contextlib
import re

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.data import identity

CELLS = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.integers(-(2**62), 2**62).map(str),
    st.floats(width=64).map(repr),
    st.sampled_from(["", "nan", "inf", "-0.0", "007", "1e5", "True", "2020-01-01", "[1,2]"]),
)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12)


def table_of(rows):
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip("abc", columns, strict=True)}
    )


def prints(table):
    return identity.fingerprints(table, table.column_names).tolist()


@given(ROWS, st.randoms(use_true_random=False))
def test_reordering_rows_reorders_fingerprints(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    before = prints(table_of(rows))
    assert prints(table_of([rows[i] for i in order])) == [before[i] for i in order]


@given(ROWS, ROWS)
def test_new_rows_leave_the_others_alone(rows, more):
    assert prints(table_of(rows + more))[: len(rows)] == prints(table_of(rows))


@given(ROWS)
def test_the_order_of_columns_does_not_matter(rows):
    table = table_of(rows)
    assert prints(table.select(["c", "a", "b"])) == prints(table)


@given(ROWS)
def test_swapped_cells_are_another_row(rows):
    table = table_of(rows)
    swapped = table.rename_columns(["b", "a", "c"])
    for cells, before, after in zip(rows, prints(table), prints(swapped), strict=True):
        if cells[0] != cells[1] and _hash(cells[0]) != _hash(cells[1]):
            assert before != after


def _hash(cell):
    return identity.hash_cells(pa.chunked_array([pa.array([cell], pa.string())]))[0]


@given(st.lists(st.one_of(st.none(), st.floats(allow_infinity=False)), min_size=1))
def test_floats_are_the_same_as_text_and_as_numbers(values):
    texts = ["" if value is None else repr(value) for value in values]
    typed = identity.hash_cells(pa.chunked_array([pa.array(values, pa.float64())]))
    assert typed.tolist() == identity.hash_cells(pa.chunked_array([pa.array(texts)])).tolist()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_are_the_same_as_text_and_as_numbers(values):
    typed = identity.hash_cells(pa.chunked_array([pa.array(values, pa.int64())]))
    texts = pa.array([str(value) for value in values])
    assert typed.tolist() == identity.hash_cells(pa.chunked_array([texts])).tolist()


@given(st.text(alphabet="0123456789+-.eEinfaNty()x_ ", max_size=8))
def test_we_know_what_arrow_takes_for_a_number(text):
    accepted = False
    with contextlib.suppress(pa.ArrowInvalid):
        pa.array([text]).cast(pa.float64())
        accepted = True
    assert accepted == (re.search(identity._ARROW_NUMBER, text) is not None)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1),
    st.randoms(use_true_random=False),
)
def test_row_ids_are_unique_and_move_with_content_and_label(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    content, y = np.array(rows).T
    before = identity.row_ids(content.astype(np.uint64), y)
    after = identity.row_ids(content[order].astype(np.uint64), y[order])
    assert len(set(before)) == len(rows)
    said_before = {(name, int(label)) for name, label in zip(before, y, strict=True)}
    assert said_before == {(name, int(label)) for name, label in zip(after, y[order], strict=True)}
