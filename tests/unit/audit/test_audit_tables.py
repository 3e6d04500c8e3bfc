from __future__ import annotations

import csv
from io import StringIO

import pyarrow as pa
import pytest
from audit_example import CASES, Flag, boolean_audit, example_audit, integer_audit
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.tables import (
    count_formula_cells,
    csv_bytes,
    issues_csv,
    issues_table,
    label_text,
    label_type,
    scores_table,
)

ISSUE_COLUMNS = [
    *("rank", "row_id", "row", "line", "given", "suggested", "given_confidence"),
    *("suggested_confidence", "suspicion", "error_probability", "severity", "verdict"),
    *("detectors", "suspicion_confident-learning", "suspicion_loss-percentile"),
    *("excerpt", "explanation"),
]
SCORE_COLUMNS = [
    *("row_id", "row", "given", "suggested", "self_confidence", "suspicion", "error_probability"),
    *("flagged", "severity", "verdict"),
    *("suspicion_confident-learning", "suspicion_loss-percentile"),
]


@pytest.mark.parametrize("case", CASES)
def test_tables_have_their_columns_and_types(case):
    audit = CASES[case]()
    issues, scores = issues_table(audit), scores_table(audit)
    assert issues.column_names == ISSUE_COLUMNS
    assert scores.column_names == SCORE_COLUMNS
    assert (issues.num_rows, scores.num_rows) == (len(audit.issues), len(audit.row_id))
    for table in (issues, scores):
        assert table.schema.field("given").type == label_type(audit.classes)
        assert table.schema.field("suspicion").type == pa.float32()


def test_tables_of_an_audit_without_issues_keep_their_types():
    assert issues_table(CASES["clean"]()).schema == issues_table(example_audit()).schema


def test_scores_are_in_file_order_and_null_where_nothing_is_known():
    audit = integer_audit()
    scores = scores_table(audit).to_pylist()
    assert [one["row"] for one in scores] == list(range(40))
    assert (
        scores[4] | {"given": 1, "suggested": 7, "severity": "high", "flagged": True} == (scores[4])
    )
    assert scores[0]["severity"] is scores[0]["verdict"] is None
    assert scores[39]["given"] is scores[39]["suspicion"] is scores[39]["self_confidence"] is None


def test_unknown_values_of_issues_are_null():
    issue = issues_table(boolean_audit()).to_pylist()[0]
    assert issue["given"] is True
    assert issue["suggested"] is issue["given_confidence"] is None


@pytest.mark.parametrize(
    ("classes", "kind"),
    [
        (("a", "b"), pa.string()),
        ((0, 1), pa.int64()),
        ((False, True), pa.bool_()),
        ((0.0, 1.0), pa.float64()),
        ((0, "a"), pa.string()),
        ((0, 2**70), pa.string()),
    ],
)
def test_label_type_holds_the_classes(classes, kind):
    assert label_type(classes) == kind


def test_label_text_of_booleans_is_lower_case():
    assert [label_text(label) for label in (True, "True", 1, 1.0)] == ["true", "True", "1", "1.0"]


def test_classes_that_no_column_type_holds_become_text():
    audit = example_audit((), classes=(0, 2**70))
    assert set(scores_table(audit).column("given").to_pylist()) == {"0", str(2**70)}


def test_csv_gives_float_labels_as_they_are():
    flag = Flag(1, 1234567.0, 1.0, 0.5, "text")
    content = issues_csv(example_audit((flag,), classes=(1.0, 1234567.0))).decode()
    assert content.splitlines()[1].startswith("1,r-1,1,,1234567.0,1.0,0.0625,")


def test_csv_numbers_have_six_digits_and_null_is_empty():
    table = pa.table(
        {
            "x": pa.array([0.1, 1 / 3, None, float("nan")], pa.float32()),
            "b": pa.array([True, False, None, True]),
            "i": pa.array([1, -2, None, 2**60]),
        }
    )
    assert csv_bytes(table).decode().splitlines() == [
        "x,b,i",
        "0.1,true,1",
        "0.333333,false,-2",
        ",,",
        f",true,{2**60}",
    ]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"))))
def test_csv_text_survives_the_standard_reader(values):
    table = pa.table({"a": pa.array(values, pa.string()), "b": pa.array(values, pa.string())})
    content = csv_bytes(table).decode()
    rows = list(csv.reader(StringIO(content, newline="")))
    assert rows == [["a", "b"], *([value, value] for value in values)]


@given(
    st.lists(
        st.text(alphabet=st.one_of(st.sampled_from("=+-@\t\r' a"), st.characters(codec="utf-8")))
    )
)
def test_safe_csv_leaves_no_formula(values):
    table = pa.table({"a": pa.array(values, pa.string())})
    rows = list(csv.reader(StringIO(csv_bytes(table, safe_cells=True).decode(), newline="")))
    safe = pa.table({"a": pa.array(["".join(row) for row in rows], pa.string())})
    assert count_formula_cells(safe) == 0


def test_issues_csv_is_the_csv_of_the_issues_table():
    audit = example_audit()
    assert issues_csv(audit) == csv_bytes(issues_table(audit))
