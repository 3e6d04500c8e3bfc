from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from recorder_example import recorder_in
from remedy_example import Flag, example_audit, flags_of, rows_of, write_data

from labelaudit.errors import InputError
from labelaudit.remedy.plan import plan_fix
from labelaudit.review.answers import Answer, Form
from labelaudit.review.decisions import Choice, read_decisions
from labelaudit.review.queue import write_queue
from labelaudit.review.read_filled import read_filled

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.review.decisions import Decision
    from labelaudit.types import Audit, Label

NOTE = "naïve „so“ 100 €"


def a_queue(tmp_path: Path, audit: Audit) -> list[dict[str, str]]:
    """Write the queue of a run and give its rows, as a spreadsheet opens them."""
    data = write_data(tmp_path / "data.csv", rows_of(audit), classes=audit.classes)
    plan = plan_fix(audit, data, strategy="relabel", run_id="run-1")
    output = tmp_path / "queue.csv"
    write_queue(plan, audit, data, output, recorder=recorder_in(tmp_path))
    text = output.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def saved(
    rows: list[dict[str, str]], *, delimiter: str = ",", newline: str = "\r\n", encoding: str
) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


def decided(path: Path, audit: Audit) -> dict[str, Decision]:
    return {one.row_id: one for one in read_decisions([read_filled(path)], audit)}


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [
        (",", "utf-8"),
        (",", "utf-8-sig"),
        (";", "cp1252"),
        (";", "utf-8-sig"),
        ("\t", "utf-16"),
        ("\t", "utf-16-le"),
        (",", "cp1252"),
    ],
)
def test_saved_by_another_program(delimiter: str, encoding: str, tmp_path: Path) -> None:
    audit = example_audit(
        (Flag(0, "schön", "übel", 0.9, "so, „lala“; na ja"), Flag(2, "übel", "schön", 0.8, "a\tb")),
        classes=("schön", "übel"),
    )
    rows = a_queue(tmp_path, audit)
    rows[0] |= {"decision": "Relabel", "note": NOTE, "reviewer": "Zoë"}
    rows[1] |= {"new_label": "übel"}
    path = tmp_path / "edited.csv"
    path.write_bytes(saved(rows, delimiter=delimiter, encoding=encoding))
    filled = read_filled(path)
    assert (filled.form, filled.runs) == (Form.TABLE, ("run-1",))
    found = {one.row_id: one for one in read_decisions([filled], audit)}
    assert (found["r-0"].choice, found["r-0"].label) == (Choice.RELABEL, "übel")
    assert (found["r-0"].note, found["r-0"].reviewer) == (NOTE, "Zoë")
    assert found["r-2"].choice is Choice.KEEP


def test_rows_and_columns_moved_added_and_removed(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0, 2, 4, 6)))
    rows = a_queue(tmp_path, audit)
    rows[1]["decision"], rows[3]["decision"] = "drop", "keep"
    kept = [rows[3], rows[1]]
    edited = [
        {"Meine Spalte": "?", "NOTE": "x", "Decision": row["decision"], "row_id ": row["row_id"]}
        for row in kept
    ]
    path = tmp_path / "edited.csv"
    path.write_bytes(saved(edited, delimiter=";", encoding="cp1252"))
    found = decided(path, audit)
    assert [(one.row_id, one.choice, one.note, one.place) for one in found.values()] == [
        ("r-6", Choice.KEEP, "x", "row 2"),
        ("r-2", Choice.DROP, "x", "row 3"),
    ]


@pytest.mark.parametrize(
    ("classes", "written", "label"),
    [
        ((1, 2), "2.0", 2),
        ((1, 2), "2,0", 2),
        ((1.5, 2.5), "2,5", 2.5),
        ((1, 100_000), "1E+05", 100_000),
        (("007", "042"), "42", "042"),
        (("2024-01-31", "2024-02-28"), "28.02.2024", "2024-02-28"),
        (("2024-01-31", "2024-02-28"), "2/28/24", "2024-02-28"),
        ((False, True), "TRUE", True),
        ((False, True), "True", True),
        (("=a", "=b"), "'=b", "=b"),
        (("no", "yes"), " yes ", "yes"),
    ],
)
def test_labels_that_a_spreadsheet_rewrote(
    classes: tuple[Label, ...], written: str, label: Label, tmp_path: Path
) -> None:
    audit = example_audit(flags_of((0,), given=classes[0], suggested=classes[1]), classes=classes)
    rows = a_queue(tmp_path, audit)
    rows[0]["new_label"] = written
    path = tmp_path / "edited.csv"
    path.write_bytes(saved(rows, delimiter=";", encoding="cp1252"))
    assert decided(path, audit)["r-0"].label == label


@pytest.mark.parametrize(
    ("row_id", "written"),
    [
        ("7", "7.0"),
        ("007", "7"),
        ("100000", "1E+05"),
        ("1.5", "1,5"),
        ("2024-01-31", "31.01.2024"),
        ("2024-01-31 10:00:00", "31.01.2024 10:00"),
        ("true", "TRUE"),
        ("=1+1", "'=1+1"),
        ("-5", "-5"),
    ],
)
def test_row_ids_that_a_spreadsheet_rewrote(row_id: str, written: str, tmp_path: Path) -> None:
    audit = example_audit((Flag(0, "neg", "pos", 0.9, "", row_id=row_id),))
    path = tmp_path / "edited.csv"
    path.write_text(f"row_id;decision\n{written};drop\n")
    assert decided(path, audit)[row_id].choice is Choice.DROP


def test_parquet_with_other_types(tmp_path: Path) -> None:
    audit = example_audit(
        (Flag(0, 1, 2, 0.9, "", row_id="7"), Flag(1, 1, 2, 0.8, "", row_id="8")), classes=(1, 2)
    )
    table = pa.table(
        {
            "row_id": pa.array([7, 8], pa.int64()),
            "new_label": pa.array([2.0, None], pa.float64()),
            "decision": pa.array([None, "drop"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "queue.parquet")
    found = decided(tmp_path / "queue.parquet", audit)
    assert (found["7"].label, found["8"].choice) == (2, Choice.DROP)


def test_a_column_of_just_that_name_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "queue.csv"
    path.write_text("row_id,decision,Decision,Note,run\nr-0,drop,keep,x,a\nr-1,,,,b\n")
    filled = read_filled(path)
    assert filled.answers[0] == Answer("r-0", "drop", "", "", "x", "row 2")
    assert filled.runs == ("a", "b")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("queue.xlsx", b"PK\x03\x04", "an Excel workbook"),
        ("queue.csv", b"", "is empty"),
        ("queue.csv", b"a,b\n1,2\n", "not a review queue"),
        ("queue.csv", b"row_id,decision\nr-0\n", "line"),
        ("queue.json", b"", "not valid JSON"),
        ("queue.json", b'[{"a": 1}]', "neither an export of Label Studio nor records of Argilla"),
        ("queue.json", b"[1, 2]", "entry 1 is no JSON object"),
        ("queue.json", b"[]", "neither"),
        ("queue.json", b'[{"data": {"row_id": "x"}', "not valid JSON"),
        ("queue.json", b"[" * 100_000, "nested too deeply"),
        ("queue.jsonl", b'{"id": 1, "fields": {}}\n{"id": 2, "fi\n', "not valid JSON"),
        ("queue.json", b'[{"data": {"row_id": "\xff"}}]', "not UTF-8"),
        ("queue.txt", b'[{"a": 1}]', "neither"),
    ],
)
def test_what_is_no_queue_is_told(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_filled(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value.where)


@pytest.mark.parametrize("name", ["gone.csv", "gone.json"])
def test_a_file_that_is_missing(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_filled(tmp_path / name)


def test_the_broken_line_of_a_file_of_lines_is_named(tmp_path: Path) -> None:
    path = tmp_path / "queue.jsonl"
    path.write_text('{"id": "a", "fields": {}}\n\n{"id": "b",\n')
    with pytest.raises(InputError) as caught:
        read_filled(path)
    assert caught.value.where == f"{path}:3"
