from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from recorder_example import recorder_in
from undo_example import applied, made, rewritten, rows_in, undone

from labelaudit.errors import RefusedError, RunError
from labelaudit.remedy.ledger import Batch
from labelaudit.remedy.undo import choose, plan_undo


@pytest.fixture(params=[".csv", ".parquet"])
def path(request, tmp_path):
    return made(tmp_path, request.param)


@pytest.fixture(params=[".csv", ".parquet"])
def nameless(request, tmp_path):
    """Rows without an id."""
    return made(tmp_path, request.param, with_id=False)


def by_content(rows):
    return sorted(tuple(sorted((name, str(cell)) for name, cell in row.items())) for row in rows)


def extended(path):
    """Reorder the file, and add a row."""
    rows = rows_in(path)[::-1]
    fresh = {**rows[1], "text": "a new row"}
    if "id" in fresh:
        fresh["id"] = "fresh"
    rewritten(path, [*rows, fresh])
    return fresh


@pytest.mark.parametrize("name", ["drop", "correct", "downweight", "soft", "all", "balanced"])
def test_a_file_that_was_extended_and_reordered(path, name):
    before = rows_in(path)
    applied(name, path)
    fresh = {key: cell for key, cell in extended(path).items() if key in before[0]}
    undoing = undone(path.parent)
    assert undoing.way == "rows"
    assert undoing.rows.refused == []
    assert by_content(rows_in(path)) == by_content([*before, fresh])


@pytest.mark.parametrize("name", ["drop", "correct", "downweight", "soft", "all", "balanced"])
def test_rows_without_an_id_are_found_by_content(nameless, name):
    before = rows_in(nameless)
    applied(name, nameless)
    fresh = {key: cell for key, cell in extended(nameless).items() if key in before[0]}
    assert undone(nameless.parent).rows.refused == []
    assert by_content(rows_in(nameless)) == by_content([*before, fresh])


def test_dropped_rows_come_back_to_the_letter(tmp_path):
    path = made(tmp_path, ".csv")
    lines = path.read_bytes()
    applied("drop", path)
    shorter = path.read_bytes()
    path.write_bytes(shorter + b'fresh,"odd ""quotes""",neg,\r\n')
    undone(tmp_path)
    back = path.read_bytes()
    assert back.startswith(shorter + b'fresh,"odd ""quotes""",neg,\r\n')
    first = lines.partition(b"\r\n")[2].partition(b"r-1,")[0]
    assert back[len(shorter) :].partition(b"\r\n")[2].startswith(first)


def test_a_last_line_without_an_end_keeps_it_so(tmp_path):
    path = made(tmp_path, ".csv")
    applied("drop", path)
    path.write_bytes(path.read_bytes() + b"fresh,text,neg,")
    undone(tmp_path)
    assert b"fresh,text,neg,\r\n" in path.read_bytes()
    assert not path.read_bytes().endswith(b"\n")
    assert len(rows_in(path)) == 41


def test_only_what_is_as_it_was_left_is_set_back(path):
    applied("correct", path)
    rows = rows_in(path)
    rows[4]["text"] = "edited since"
    del rows[39]
    rows[1]["label"] = "third"
    rewritten(path, rows)
    undoing = undone(path.parent)
    assert undoing.rows.refused == [
        ("r-4", "content changed since"),
        ("r-39", "not in the file any more"),
    ]
    after = {row["id"]: row for row in rows_in(path)}
    assert after["r-0"]["label"] == "neg"
    assert after["r-4"]["label"] == "pos"
    assert after["r-1"]["label"] == "third"
    header = recorder_in(path.parent).ledger.entries(action="2")
    assert next(header).facts["refused"] == [list(one) for one in undoing.rows.refused]


def test_a_label_that_people_changed_since_is_theirs(path):
    applied("correct", path)
    rows = rows_in(path)
    rows[0]["label"], rows[4]["label"] = "third", "neg"
    rewritten(path, rows)
    assert undone(path.parent).rows.refused == [
        ("r-0", "label changed since"),
        ("r-4", "is as before already"),
    ]
    assert [row["label"] for row in rows_in(path)][:5] == ["third", "pos", "neg", "pos", "neg"]


def test_rows_that_came_back_otherwise_are_not_doubled(path):
    before = rows_in(path)
    applied("drop", path)
    rewritten(path, [*rows_in(path), before[4]])
    assert undone(path.parent).rows.refused == [("r-4", "is in the file already")]
    assert by_content(rows_in(path)) == by_content(before)


def test_twins_come_back_as_often_as_they_were(tmp_path):
    path = made(tmp_path, ".csv", with_id=False)
    rows = rows_in(path)
    for row in (4, 39):
        rows[row] = dict(rows[0])
    rewritten(path, [*rows, rows[0]])
    before = rows_in(path)
    applied("drop", path)
    rewritten(path, [*rows_in(path), rows[0]])
    assert [reason for _, reason in undone(tmp_path).rows.refused] == ["is in the file already"]
    assert by_content(rows_in(path)) == by_content(before)


def test_a_column_of_weights_that_holds_more_stays(path):
    applied("downweight", path)
    rows = rows_in(path)
    rows[7]["sample_weight"] = 0.5 if path.suffix == ".parquet" else "0.5"
    rows[4]["sample_weight"] = 0.75 if path.suffix == ".parquet" else "0.75"
    rewritten(path, rows)
    undoing = undone(path.parent)
    assert undoing.rows.kept == ("sample_weight",)
    assert undoing.rows.refused == [("r-4", "weight changed since")]
    weights = [float(row["sample_weight"]) for row in rows_in(path)]
    assert (weights[0], weights[4], weights[7], weights[39]) == (1, 0.75, 0.5, 1)


def test_rows_come_back_into_a_file_with_a_column_that_stays(path):
    before = rows_in(path)
    applied("all", path)
    rows = rows_in(path)
    rows[7]["sample_weight"] = 0.5 if path.suffix == ".parquet" else "0.5"
    rewritten(path, [{"extra": "x", **row} for row in rows])
    undone(path.parent)
    after = rows_in(path)
    assert {row["id"] for row in after} == {row["id"] for row in before}
    assert [(row["extra"], float(row["sample_weight"])) for row in after[-2:]] == [("", 1), ("", 1)]
    assert [row["text"] for row in after[-2:]] == [before[2]["text"], before[3]["text"]]


def test_soft_labels_somebody_edited_stay(path):
    applied("soft", path)
    rows = rows_in(path)
    rows[9]["label_prob_neg"] = 0.5 if path.suffix == ".parquet" else "0.5"
    rewritten(path, rows)
    assert undone(path.parent).rows.kept == ("label_prob_neg", "label_prob_pos")
    after = rows_in(path)
    assert (float(after[0]["label_prob_neg"]), float(after[0]["label_prob_pos"])) == (1, 0)
    assert float(after[9]["label_prob_neg"]) == 0.5


def test_a_new_file_that_was_changed_is_set_back_by_its_input(path):
    before = rows_in(path)
    out = path.with_name(f"out{path.suffix}")
    applied("all", path, output=out)
    fresh = {key: cell for key, cell in extended(out).items() if key in before[0]}
    undone(path.parent)
    assert by_content(rows_in(out)) == by_content([*before, fresh])


def test_without_what_it_came_from_dropped_rows_cannot_come_back(path):
    out = path.with_name(f"out{path.suffix}")
    applied("all", path, output=out)
    extended(out)
    path.unlink()
    refused = undone(path.parent).rows.refused
    assert refused == [
        (f"r-{row}", "the file it came from is not kept as it was") for row in (2, 3)
    ]
    applied_labels = {row["id"]: row["label"] for row in rows_in(out)}
    assert applied_labels["r-0"] == "neg"


def test_nothing_left_to_undo_is_refused(path):
    applied("correct", path)
    rewritten(path, rows_in(path)[5:30])
    content = path.read_bytes()
    with pytest.raises(RefusedError, match="r-0: not in the file any more"):
        undone(path.parent)
    assert path.read_bytes() == content


def test_columns_that_rows_are_known_by_must_be_there(path):
    applied("correct", path)
    rewritten(path, [{"id": row["id"], "label": row["label"]} for row in rows_in(path)])
    with pytest.raises(RunError, match="column 'text'"):
        undone(path.parent)
    rewritten(path, [{**row, "id": "twice"} for row in rows_in(path)])
    with pytest.raises(RunError):
        undone(path.parent)


@pytest.mark.parametrize("name", ["correct", "downweight", "soft", "drop", "all"])
def test_an_id_that_is_there_twice_or_missing_stops_no_other_row(path, name):
    before = {row["id"]: row for row in rows_in(path)}
    applied(name, path)
    fresh = [{**rows_in(path)[7], "id": row_id} for row_id in ("r-1", "r-1", "", "  ")]
    rewritten(path, [*rows_in(path), *fresh])
    assert undone(path.parent).rows.refused == []
    after = [row for row in rows_in(path) if row["text"] != fresh[0]["text"]]
    assert {row["id"]: row for row in after} == {
        row_id: row for row_id, row in before.items() if row["text"] != fresh[0]["text"]
    }


def test_a_changed_row_that_is_there_twice_is_named_and_left(path):
    applied("correct", path)
    rows = rows_in(path)
    rewritten(path, [*rows, {**rows[0], "label": "third"}, {**rows[4], "text": "another"}])
    undoing = undone(path.parent)
    assert undoing.rows.refused == [("r-0", "is in the file more than once")]
    labels = [row["label"] for row in rows_in(path)]
    # Of the two rows called r-4 one has the content that was corrected.
    assert (labels[0], labels[40], labels[4], labels[41]) == ("pos", "third", "neg", "pos")
    versions = recorder_in(path.parent).versions
    header = next(recorder_in(path.parent).ledger.entries(action="2"))
    kept = versions.load(header.facts["version_after"]).column("row_id").to_pylist()
    assert len(set(kept)) == 42
    assert "r-39" in kept
    assert "r-0" not in kept


def test_a_dropped_row_whose_id_is_there_twice_does_not_come_back(path):
    applied("drop", path)
    fresh = {**rows_in(path)[7], "id": "r-4"}
    rewritten(path, [*rows_in(path), fresh, fresh])
    assert undone(path.parent).rows.refused == [("r-4", "is in the file already")]
    assert len(rows_in(path)) == 41


def test_a_ledger_of_an_older_version_is_told(tmp_path):
    path = made(tmp_path, ".csv")
    recorder = recorder_in(tmp_path)
    facts = {
        "output": path.name,
        "output_sha256": "0" * 64,
        "input": "gone.csv",
        "input_sha256": "1" * 64,
        "run": "r",
        "strategy": "drop",
        "counts": {"drop": 1},
    }
    recorder.ledger.append(Batch("fix", facts))
    with pytest.raises(RunError, match="older version"):
        plan_undo(recorder, choose(recorder)[0])


def test_types_and_versions_after_going_row_by_row(tmp_path):
    path = made(tmp_path, ".parquet")
    schema = pq.read_schema(path)
    applied("all", path)
    extended(path)
    undone(tmp_path)
    assert pq.read_schema(path).equals(schema)
    versions = recorder_in(tmp_path).versions
    fix, undo = (e for e in recorder_in(tmp_path).ledger.entries() if e.kind != "change")
    before = versions.load(fix.facts["version_before"])
    after = versions.load(undo.facts["version_after"])
    rows = {row["row_id"]: row for row in after.to_pylist()}
    fresh = rows.pop("fresh")
    assert fresh["label"] == "neg"
    assert list(rows.values()) == before.to_pylist()
