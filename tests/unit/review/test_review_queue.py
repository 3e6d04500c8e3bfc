from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from recorder_example import recorder_in
from remedy_example import (
    Flag,
    Severity,
    example_audit,
    flags_of,
    ledger_in,
    read_csv,
    rows_of,
    write_data,
)

from labelaudit.errors import OutputError
from labelaudit.remedy.plan import plan_fix
from labelaudit.review.queue import write_queue
from labelaudit.types import Column, Kind, Role, Schema

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.review.queue import Queued
    from labelaudit.types import Audit, Dataset

COLUMNS = [
    *("rank", "row_id", "row", "given_label", "suggested_label", "given_confidence"),
    *("suggested_confidence", "error_probability", "severity", "verdict", "detectors"),
    *("reason", "excerpt", "run", "text", "decision", "new_label", "reviewer", "note"),
]


def queue(audit: Audit, data: Dataset, output: Path, **options: object) -> Queued:
    plan = plan_fix(audit, data, strategy="relabel", run_id="run-1")
    recorder = recorder_in(output.parent)
    return write_queue(plan, audit, data, output, recorder=recorder, **options)


@pytest.fixture
def audit() -> Audit:
    return example_audit(
        (
            Flag(0, "neg", "pos", 0.5, "rather dull", Severity.LOW, confidences=(0.4, 0.6)),
            Flag(4, "neg", None, 0.75, "", confidences=(nan, nan)),
        )
    )


@pytest.fixture
def data(audit: Audit, tmp_path: Path) -> Dataset:
    return write_data(tmp_path / "data.csv", rows_of(audit))


def test_csv_queue(audit: Audit, data: Dataset, tmp_path: Path) -> None:
    done = queue(audit, data, tmp_path / "queue.csv")
    first, second = read_csv(tmp_path / "queue.csv")
    assert list(first) == COLUMNS
    assert (first["row_id"], second["row_id"]) == ("r-4", "r-0")
    assert second == {
        "rank": "1",
        "row_id": "r-0",
        "row": "0",
        "given_label": "neg",
        "suggested_label": "pos",
        "given_confidence": "0.4",
        "suggested_confidence": "0.6",
        "error_probability": "0.5",
        "severity": "low",
        "verdict": "mislabelled",
        "detectors": "confident-learning",
        "reason": "flagged by confident-learning",
        "excerpt": "rather dull",
        "run": "run-1",
        "text": "text, 0",
        "decision": "",
        "new_label": "",
        "reviewer": "",
        "note": "",
    }
    assert (first["suggested_label"], first["given_confidence"]) == ("", "")
    assert (done.n_rows, done.risky_cells, done.applied.n_changed) == (2, 0, 0)
    assert b"\xef\xbb\xbf" not in (tmp_path / "queue.csv").read_bytes()


def test_parquet_queue(audit: Audit, data: Dataset, tmp_path: Path) -> None:
    queue(audit, data, tmp_path / "queue.parquet")
    table = pq.read_table(tmp_path / "queue.parquet")
    assert table.column_names == COLUMNS
    first = table.to_pylist()[0]
    assert (first["rank"], first["error_probability"], first["decision"]) == (2, 0.75, None)
    assert first["given_confidence"] is None


def test_a_queue_is_one_line_of_the_ledger(audit: Audit, data: Dataset, tmp_path: Path) -> None:
    done = queue(audit, data, tmp_path / "queue.csv")
    (entry,) = ledger_in(tmp_path).entries()
    assert entry.kind == "fix"
    assert entry.facts["strategy"] == "relabel"
    assert entry.facts["counts"] == {"queue": 2}
    assert entry.facts["output_sha256"] == done.applied.sha256


def test_text_beyond_ascii_is_marked_for_spreadsheets(data: Dataset, tmp_path: Path) -> None:
    audit = example_audit((Flag(0, "neg", "pos", 0.5, "très bon, 好"),))
    queue(audit, data, tmp_path / "queue.csv")
    assert (tmp_path / "queue.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_csv(tmp_path / "queue.csv")[0]["excerpt"] == "très bon, 好"


@pytest.mark.parametrize("excerpt", ["two\nlines", "a\rb", 'quo"ted', "a,b", ""])
def test_awkward_cells_come_back(excerpt: str, data: Dataset, tmp_path: Path) -> None:
    queue(example_audit((Flag(0, "neg", "pos", 0.5, excerpt),)), data, tmp_path / "queue.csv")
    assert read_csv(tmp_path / "queue.csv")[0]["excerpt"] == excerpt


def test_cells_that_would_run_are_counted_or_neutralised(data: Dataset, tmp_path: Path) -> None:
    audit = example_audit((Flag(0, "neg", "pos", 0.5, "=cmd()"),))
    done = queue(audit, data, tmp_path / "queue.csv")
    assert (read_csv(tmp_path / "queue.csv")[0]["excerpt"], done.risky_cells) == ("=cmd()", 1)
    done = queue(audit, data, tmp_path / "safe.csv", safe_cells=True)
    assert (read_csv(tmp_path / "safe.csv")[0]["excerpt"], done.risky_cells) == ("'=cmd()", 1)
    assert queue(audit, data, tmp_path / "queue.parquet").risky_cells == 0


def test_a_text_column_keeps_out_of_the_way(audit: Audit, tmp_path: Path) -> None:
    rows = rows_of(audit, extra={"note": tuple(f"n{row}" for row in range(40))})
    data = write_data(tmp_path / "data.csv", rows)
    columns = tuple(
        Column(column.name, Role.TEXT, "--text") if column.name == "note" else column
        for column in data.schema.columns
    )
    queue(audit, replace(data, schema=Schema(columns)), tmp_path / "queue.csv")
    row = read_csv(tmp_path / "queue.csv")[0]
    assert (row["data.note"], row["note"]) == ("n4", "")


def test_queue_of_a_reordered_file_shows_the_right_rows(audit: Audit, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.csv", rows_of(audit).picked(range(39, -1, -1)))
    queue(audit, data, tmp_path / "queue.csv")
    assert [
        (row["row_id"], row["row"], row["text"]) for row in read_csv(tmp_path / "queue.csv")
    ] == [
        ("r-4", "35", "text, 4"),
        ("r-0", "39", "text, 0"),
    ]


def test_an_empty_queue_has_a_header(data: Dataset, tmp_path: Path) -> None:
    assert queue(example_audit(()), data, tmp_path / "queue.csv").n_rows == 0
    assert (tmp_path / "queue.csv").read_text() == ",".join(COLUMNS) + "\n"


def test_filled_queues_are_not_overwritten(data: Dataset, tmp_path: Path) -> None:
    audit = example_audit(flags_of((0,)))
    path = tmp_path / "queue.csv"
    queue(audit, data, path)
    path.write_text(path.read_text() + "mine\n")
    with pytest.raises(OutputError, match="exists already"):
        queue(audit, data, path)
    with pytest.raises(OutputError, match="is the input"):
        queue(audit, data, tmp_path / "data.csv", overwrite=True)
    queue(audit, data, path, overwrite=True)
    assert "mine" not in path.read_text()


def test_the_same_queue_again_is_no_fault(data: Dataset, tmp_path: Path) -> None:
    audit = example_audit(flags_of((0,)))
    first = queue(audit, data, tmp_path / "queue.csv")
    again = queue(audit, data, tmp_path / "queue.csv")
    assert (first.applied.already, again.applied.already) == (False, True)
    assert again.applied.action == first.applied.action


@pytest.mark.parametrize("name", ["queue.xlsx", "queue"])
def test_other_formats_are_refused(name: str, audit: Audit, data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written as") as caught:
        queue(audit, data, tmp_path / name)
    assert "queue.csv" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["queue.json", "queue.jsonl", "label-studio.json"])
def test_json_must_say_for_whom(name: str, audit: Audit, data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="which tool") as caught:
        queue(audit, data, tmp_path / name)
    assert ".label-studio.json or" in str(caught.value.hint)
    assert ".argilla.jsonl" in str(caught.value.hint)


def test_only_what_is_queued_is_in_the_queue(audit: Audit, data: Dataset, tmp_path: Path) -> None:
    plan = plan_fix(audit, data, strategy="relabel", run_id="run-1")
    dropped = replace(plan.actions[0], kind=Kind.DROP)
    mixed = replace(plan, actions=(dropped, *plan.actions[1:]))
    output = tmp_path / "queue.csv"
    done = write_queue(mixed, audit, data, output, recorder=recorder_in(tmp_path))
    assert done.n_rows == 1
    assert [row["row_id"] for row in read_csv(output)] == [plan.actions[1].row_id]


def test_a_text_column_of_another_case_keeps_out_of_the_way(audit: Audit, tmp_path: Path) -> None:
    rows = rows_of(audit, extra={"Decision ": tuple(f"n{row}" for row in range(40))})
    data = write_data(tmp_path / "data.csv", rows)
    columns = tuple(
        Column(column.name, Role.TEXT, "--text") if column.name == "Decision " else column
        for column in data.schema.columns
    )
    queue(audit, replace(data, schema=Schema(columns)), tmp_path / "queue.csv")
    row = read_csv(tmp_path / "queue.csv")[0]
    assert (row["data.Decision "], row["decision"]) == ("n4", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("queue.csv", "labelaudit apply"),
        ("queue.label-studio.json", "queue.label-studio.xml"),
        ("queue.argilla.jsonl", "Argilla"),
    ],
)
def test_what_people_do_with_it_is_told(
    name: str, words: str, audit: Audit, data: Dataset, tmp_path: Path
) -> None:
    done = queue(audit, data, tmp_path / name)
    assert words in done.next_step
    assert (done.beside is not None) == name.endswith("label-studio.json")
