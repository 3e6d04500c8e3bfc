from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from audit_example import boolean_audit, example_audit, integer_audit
from measured_example import ALL_CASES
from pyarrow import parquet

from labelaudit.audit.tables import issues_table
from labelaudit.report import render
from labelaudit.report.csv import formula_cells


def read_csv(content):
    return list(csv.DictReader(StringIO(content.decode(), newline="")))


@pytest.mark.parametrize("case", ALL_CASES)
def test_csv_gives_back_the_issues(case):
    audit = ALL_CASES[case]()
    rows = read_csv(render(audit, "csv"))
    assert [(row["row_id"], row["excerpt"]) for row in rows] == [
        (issue.row_id, issue.excerpt) for issue in audit.issues
    ]


@pytest.mark.parametrize("case", ALL_CASES)
def test_parquet_gives_back_the_issues_table(case):
    audit = ALL_CASES[case]()
    table = parquet.read_table(BytesIO(render(audit, "parquet")))
    assert table.equals(issues_table(audit))


def test_parquet_columns_have_the_type_of_the_classes():
    kinds = [
        str(parquet.read_schema(BytesIO(render(audit, "parquet"))).field("given").type)
        for audit in (example_audit(), integer_audit(), boolean_audit())
    ]
    assert kinds == ["string", "int64", "bool"]


def test_files_hold_all_issues_whatever_the_limit():
    for name in ("csv", "json", "parquet"):
        assert render(example_audit(), name, limit=1) == render(example_audit(), name)


def test_safe_cells_neutralise_exactly_the_counted_cells():
    audit = ALL_CASES["hostile"]()
    plain, safe = render(audit, "csv"), render(audit, "csv", safe_cells=True)
    changed = [
        (before[name], after[name])
        for before, after in zip(read_csv(plain), read_csv(safe), strict=True)
        for name in before
        if before[name] != after[name]
    ]
    assert len(changed) == formula_cells(audit) > 0
    assert all(after == f"'{before}" for before, after in changed)


def test_negative_integer_labels_are_no_formulas():
    assert formula_cells(integer_audit()) == 0
    assert render(integer_audit(), "csv", safe_cells=True) == render(integer_audit(), "csv")
