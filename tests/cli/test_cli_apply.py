from __future__ import annotations

import csv
import json
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_data import messages

from labelaudit.errors import OutputError

BASELINE = "labelaudit-baseline.csv"


@pytest.fixture
def queue(audited, tmp_path):
    """A queue of the run, as a list of rows and a function that writes it filled."""
    assert audited("fix", "-s", "relabel", "-o", "queue.csv", "-q").code == 0
    with (tmp_path / "queue.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(path, rows, **decisions):
    """Write a queue in which the rows of these places are decided: r0="keep"."""
    filled = [dict(row) for row in rows]
    for place, decision in decisions.items():
        filled[int(place[1:])] |= {"decision": decision, "reviewer": path.stem}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(filled[0]))
        writer.writeheader()
        writer.writerows(filled)
    return path.name


def entries(tmp_path):
    with (tmp_path / BASELINE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_kept_is_not_flagged_again(audited, texts, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="relabel", r2="drop")
    answer = audited("apply", name)
    assert answer.code == 0
    assert answer.out == ""
    told = answer.err.splitlines()
    assert told[-4] == f"wrote {texts.with_name('messages.apply.csv')}, recorded as 2"
    assert told[-3] == f"  relabelled: 1 to '{queue[1]['suggested_label']}'"
    assert told[-2] == "  dropped: 1 row"
    assert told[-1] == f"  kept: 1 label, on record as right in {BASELINE}"
    assert any(line.startswith("  left alone: 3 rows, not decided") for line in told)
    (entry,) = entries(tmp_path)
    assert (entry["row_id"], entry["label"]) == (queue[0]["row_id"], queue[0]["given_label"])
    assert (entry["decision"], entry["who"], entry["expires"]) == ("right", "anna", "")
    again = audited("detect", texts, "-f", "json")
    assert queue[0]["row_id"] not in {one["row_id"] for one in json.loads(again.out)["issues"]}
    assert json.loads(again.out)["summary"]["accepted"] == 1
    shown = audited("detect", texts, "-q", "-f", "json", "--baseline", "none")
    assert queue[0]["row_id"] in {one["row_id"] for one in json.loads(shown.out)["issues"]}
    wrong = audited("detect", texts, "-q", "--baseline", "nowhere.csv")
    assert wrong.code == 2
    assert "no such baseline file" in wrong.err


def test_labels_that_are_all_kept_change_the_baseline_only(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r3="keep")
    before = {one.name for one in tmp_path.iterdir()}
    ledger = (tmp_path / ".labelaudit" / "ledger.jsonl").read_bytes()
    answer = audited("apply", name)
    assert answer.code == 0
    assert f"no label changes: no data was written, only {BASELINE}" in answer.err
    assert {one.name for one in tmp_path.iterdir()} == before | {BASELINE}
    assert len(entries(tmp_path)) == 2
    assert (tmp_path / ".labelaudit" / "ledger.jsonl").read_bytes() == ledger
    copied = audited("apply", name, "-o", "copy.csv")
    assert "wrote copy.csv" in copied.err
    assert (tmp_path / "copy.csv").read_bytes() == (tmp_path / "messages.csv").read_bytes()


def test_a_known_issue_becomes_right_and_what_is_right_stays(audited, queue, tmp_path):
    row = queue[0]["row_id"]
    assert audited("baseline", "add", "--why", "later", "--row", row).code == 0
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="keep")
    answer = audited("apply", name)
    assert answer.code == 0
    assert answer.err.splitlines()[-2:] == [
        f"  kept: 2 labels, on record as right in {BASELINE}",
        "    1 of them known until now",
    ]
    written = (tmp_path / BASELINE).read_bytes()
    assert {(one["decision"], one["who"]) for one in entries(tmp_path)} == {("right", "anna")}
    again = audited("apply", name, "--expires", "30d")
    assert again.code == 0
    assert "no label changes: no data was written\n" in again.err
    assert again.err.splitlines()[-1] == "    2 of them on record before, and left as it was"
    assert (tmp_path / BASELINE).read_bytes() == written


def test_what_the_ledger_and_an_undo_say_of_kept_labels(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="drop")
    assert audited("apply", name, "--in-place").code == 0
    before = (tmp_path / BASELINE).read_bytes()
    (tmp_path / BASELINE).unlink()
    again = audited("apply", name, "--in-place", "--data", "messages.csv")
    assert "holds these decisions already" in again.err
    assert again.err.splitlines()[-1] == f"  kept: 1 label, on record as right in {BASELINE}"
    (header,) = [
        json.loads(line)
        for line in audited("log", "--json", "--kind", "apply").out.splitlines()
        if json.loads(line)["kind"] == "apply"
    ]
    assert header["facts"]["baseline"] == BASELINE
    undone = audited("undo")
    assert undone.code == 0
    assert f"  labels that were kept stay on record in {BASELINE}: " in undone.err
    assert "labelaudit baseline list" in undone.err
    assert (tmp_path / BASELINE).read_bytes() == before


def test_an_undo_does_not_speak_of_a_baseline_that_was_not_written(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="drop")
    assert audited("apply", name, "--in-place", "--baseline", "none").code == 0
    undone = audited("undo")
    assert undone.code == 0
    assert "on record" not in undone.err


def test_a_dry_run_writes_no_baseline(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="drop")
    before = sorted(tmp_path.rglob("*"))
    answer = audited("apply", name, "--dry-run")
    assert answer.code == 0
    assert f"would write {tmp_path / 'messages.apply.csv'} and {BASELINE}" in answer.err
    assert queue[0]["row_id"] in answer.out
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_baseline_only_the_data_changes(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="drop")
    answer = audited("apply", name, "--baseline", "none")
    assert answer.code == 0
    assert answer.err.splitlines()[-1] == "  kept: 1 label"
    assert not (tmp_path / BASELINE).exists()


def test_another_baseline_and_a_last_day(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep")
    options = ["--baseline", "mine.csv", "--expires", "2999-01-31"]
    assert audited("apply", name, *options).code == 0
    with (tmp_path / "mine.csv").open() as file:
        assert next(csv.DictReader(file))["expires"] == "2999-01-31"
    assert not (tmp_path / BASELINE).exists()
    bad = audited("apply", name, "--expires", "soon")
    assert bad.code == 2
    assert "--expires" in bad.err


@pytest.mark.parametrize("content", ["<<<<<<< HEAD\n", "a,b\n"])
def test_a_broken_baseline_stops_it_before_anything_is_written(audited, queue, tmp_path, content):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="drop")
    (tmp_path / BASELINE).write_text(content)
    answer = audited("apply", name)
    assert answer.code == 2
    assert BASELINE in answer.err
    assert not (tmp_path / "messages.apply.csv").exists()
    assert (tmp_path / BASELINE).read_text() == content


def test_a_queue_that_shows_other_labels_than_the_run_is_refused(audited, queue, tmp_path):
    swapped = [
        row | {"given_label": row["suggested_label"], "suggested_label": row["given_label"]}
        for row in queue
    ]
    name = fill(tmp_path / "anna.csv", [swapped[0], queue[1], swapped[2]], r0="keep")
    before = sorted(tmp_path.rglob("*"))
    answer = audited("apply", name)
    assert (answer.code, answer.out) == (2, "")
    first, third = queue[0], queue[2]
    assert "error: 2 decisions cannot be used:" in answer.err
    for place, row in (("row 2", first), ("row 4", third)):
        assert (
            f"  {place}: given_label '{row['suggested_label']}' is not the run's, which is "
            f"'{row['given_label']}'; the right label goes into new_label\n" in answer.err
        )
    assert "where: anna.csv; the header is row 1" in answer.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_that_says_another_format_is_refused(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="drop")
    before = sorted(tmp_path.rglob("*"))
    answer = audited("apply", name, "-o", "reviewed.parquet")
    assert (answer.code, answer.out) == (2, "")
    assert "error: CSV is written, as the data is, and .parquet says Parquet" in answer.err
    assert "hint: name a file that ends in .csv" in answer.err
    assert sorted(tmp_path.rglob("*")) == before


def test_reviewers_who_agree_and_who_do_not(audited, queue, tmp_path):
    alice = fill(tmp_path / "alice.csv", queue, r0="keep", r1="relabel", r2="drop")
    bob = fill(tmp_path / "bob.csv", queue, r0="keep", r1="keep", r3="drop")
    answer = audited("apply", alice, bob)
    assert answer.code == 2
    assert (
        f"bob.csv row 3: keep by bob for '{queue[1]['row_id']}', but alice.csv row 3 has relabel"
        in answer.err
    )
    assert "by alice" in answer.err
    assert not (tmp_path / BASELINE).exists()
    assert not (tmp_path / "messages.apply.csv").exists()
    skipping = audited("apply", alice, bob, "--on-conflict", "skip")
    assert skipping.code == 0
    assert "left alone: 1 row, reviewers disagree" in skipping.err
    assert entries(tmp_path)[0]["who"] == "alice, bob"
    after = set(pd.read_csv(tmp_path / "messages.apply.csv")["id"])
    assert set(messages()["id"]) - after == {queue[2]["row_id"], queue[3]["row_id"]}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--on-conflict", "skpi"], "did you mean 'skip'?"),
        (["--in-place", "-o", "x.csv"], "--in-place and --output"),
        (["--baseline", "nowhere/b.csv"], "no such directory"),
    ],
)
def test_bad_options(audited, queue, tmp_path, options, words):
    answer = audited("apply", fill(tmp_path / "anna.csv", queue, r0="keep"), *options)
    assert answer.code == 2
    assert words in answer.err


def test_what_became_of_each_decision_as_json(audited, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="relabel", r2="drop")
    answer = audited("apply", name, "--json", "-q")
    told = json.loads(answer.out)
    assert (told["written"], told["already"], told["action"]) == (True, False, "2")
    assert told["output"] == str(tmp_path / "messages.apply.csv")
    assert told["baseline"] == BASELINE
    outcomes = {one["row_id"]: one for one in told["decisions"]}
    assert [outcomes[row["row_id"]]["outcome"] for row in queue[:4]] == [
        *("kept", "relabelled", "dropped", "left"),
    ]
    assert outcomes[queue[3]["row_id"]]["why"] == "not decided"
    assert outcomes[queue[1]["row_id"]]["after"] == queue[1]["suggested_label"]
    assert outcomes[queue[2]["row_id"]]["reviewer"] == "anna"
    again = json.loads(audited("apply", name, "--json", "-q").out)
    assert (again["written"], again["already"], again["action"]) == (True, True, "2")
    dry = json.loads(audited("apply", name, "--json", "-q", "--dry-run", "--overwrite").out)
    assert (dry["written"], dry["output"]) == (False, None)


def test_in_place_and_again(audited, texts, queue, tmp_path):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="relabel", r2="drop")
    before = texts.read_bytes()
    answer = audited("apply", name, "--in-place")
    assert answer.code == 0, answer.err
    after = pd.read_csv(texts).set_index("id")
    assert after.loc[queue[1]["row_id"], "label"] == queue[1]["suggested_label"]
    assert queue[2]["row_id"] not in after.index
    written, recorded = texts.read_bytes(), (tmp_path / BASELINE).read_bytes()
    again = audited("apply", name, "--in-place")
    assert again.code == 0
    assert "holds these decisions already, recorded as 2" in again.err
    assert texts.read_bytes() == written != before
    assert (tmp_path / BASELINE).read_bytes() == recorded
    assert not (tmp_path / "messages.apply.csv").exists()


def test_parquet_queues_and_new_labels(audited, queue, tmp_path):
    rows = [dict(row, decision=None) for row in queue]
    rows[0]["new_label"] = "neither"
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "queue.parquet")
    refused = audited("apply", "queue.parquet")
    assert refused.code == 2
    assert "label 'neither' is not a class" in refused.err
    assert audited("apply", "queue.parquet", "--allow-new-labels").code == 0
    after = pd.read_csv(tmp_path / "messages.apply.csv").set_index("id")
    assert after.loc[queue[0]["row_id"], "label"] == "neither"


def test_queues_of_different_runs(audited, texts, queue, tmp_path):
    one = fill(tmp_path / "one.csv", queue, r0="keep")
    other = fill(tmp_path / "two.csv", [row | {"run": "another"} for row in queue], r1="keep")
    answer = audited("apply", one, other)
    assert answer.code == 2
    assert "several runs" in answer.err
    assert audited("apply", one, other, "--run", queue[0]["run"]).code == 0
    unknown = audited("apply", other)
    assert unknown.code == 2
    assert "there is no run 'another'" in unknown.err


def test_label_studio_from_the_command_line(audited, tmp_path):
    answer = audited("fix", "-s", "relabel", "-o", "queue.label-studio.json")
    assert answer.code == 0
    tasks = json.loads((tmp_path / "queue.label-studio.json").read_text())
    assert (tmp_path / "queue.label-studio.xml").exists()
    label = tasks[0]["predictions"][0]["result"]
    tasks[0]["annotations"] = [{"id": 5, "completed_by": 2, "result": label}]
    kept = [{**label[0], "value": {"choices": [tasks[1]["data"]["given_label"]]}}]
    tasks[1]["annotations"] = [{"id": 6, "completed_by": 2, "result": kept}]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    assert audited("apply", "export.json").code == 0
    after = pd.read_csv(tmp_path / "messages.apply.csv").set_index("id")
    first = tasks[0]["data"]
    assert after.loc[first["row_id"], "label"] == first["suggested_label"]
    assert [one["who"] for one in entries(tmp_path)] == ["2"]


def test_argilla_from_the_command_line(audited, tmp_path):
    assert audited("fix", "-s", "relabel", "-o", "queue.argilla.jsonl").code == 0
    lines = (tmp_path / "queue.argilla.jsonl").read_text().splitlines()
    record = json.loads(lines[0])
    record["responses"] = {"label": [{"value": "ham", "user_id": "u"}]}
    (tmp_path / "export.json").write_text(json.dumps([record]))
    answer = audited("apply", "export.json", "--json", "-q")
    assert answer.code == 0
    assert json.loads(answer.out)["decisions"][0]["outcome"] in {"kept", "relabelled"}


def test_a_queue_for_nobody_is_refused(audited, tmp_path):
    answer = audited("fix", "-s", "relabel", "-o", "queue.json")
    assert answer.code == 2
    assert "queue.label-studio.json or queue.argilla.jsonl" in answer.err
    assert not (tmp_path / "queue.json").exists()


def test_those_who_keep_at_once_lose_nothing(audited, queue, tmp_path):
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "labelaudit", "apply", name, "-q"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
        )
        for name in (
            fill(tmp_path / f"q{place}.csv", queue, **{f"r{place}": "keep"}) for place in range(3)
        )
    ]
    for process in running:
        _, told = process.communicate(timeout=60)
        assert (process.returncode, told) == (0, b"")
    assert {one["row_id"] for one in entries(tmp_path)} == {row["row_id"] for row in queue[:3]}


def test_where_the_baseline_could_not_be_written_a_rerun_completes(
    audited, queue, tmp_path, monkeypatch
):
    name = fill(tmp_path / "anna.csv", queue, r0="keep", r1="drop")

    def full(*_args):
        raise OutputError("the disk is full", where=BASELINE, hint="free some space")

    with monkeypatch.context() as patched:
        patched.setattr("labelaudit.audit.baseline_write.write_bytes", full)
        answer = audited("apply", name)
    assert answer.code == 2
    assert "the disk is full" in answer.err
    assert not (tmp_path / BASELINE).exists()
    again = audited("apply", name)
    assert again.code == 0
    assert "holds exactly this already, recorded as 2" in again.err
    assert [one["row_id"] for one in entries(tmp_path)] == [queue[0]["row_id"]]
