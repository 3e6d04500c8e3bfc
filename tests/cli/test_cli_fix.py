from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from cli_data import PLANTED, messages


def flagged_rows(tmp_path):
    found = pd.read_csv(next((tmp_path / ".labelaudit" / "runs").glob("*/issues.csv")))
    return set(found.loc[found["severity"] != "low", "row"])


def test_downweight_adds_one_column_and_changes_nothing_else(audited, texts, tmp_path):
    answer = audited("fix", "--strategy", "downweight")
    assert answer.code == 0, answer.err
    before = texts.read_text().splitlines()
    after = (tmp_path / "messages.downweight.csv").read_text().splitlines()
    assert after[0] == before[0] + ",sample_weight"
    flagged = flagged_rows(tmp_path)
    for row, (one, other) in enumerate(zip(before[1:], after[1:], strict=True)):
        kept, _, weight = other.rpartition(",")
        assert kept == one
        assert (float(weight) < 1) == (row in flagged)


def test_a_constant_weight(audited, tmp_path):
    assert audited("fix", "-s", "downweight", "--weight", "0.1", "-o", "w.csv").code == 0
    weights = pd.read_csv(tmp_path / "w.csv")["sample_weight"]
    assert set(weights) == {1.0, 0.1}


def test_drop_removes_the_flagged_rows_and_no_other(audited, texts, tmp_path):
    assert audited("fix", "--strategy", "drop").code == 0
    lines = texts.read_text().splitlines(keepends=True)
    gone = {row + 1 for row in flagged_rows(tmp_path)}
    kept = "".join(line for place, line in enumerate(lines) if place not in gone)
    assert (tmp_path / "messages.drop.csv").read_text() == kept


def test_drop_refuses_to_empty_a_class(audited, tmp_path):
    answer = audited("fix", "--strategy", "drop", "--max-class-loss", "0.1%")
    assert answer.code == 2
    assert "--max-class-loss" in answer.err
    assert not (tmp_path / "messages.drop.csv").exists()


def test_a_dry_run_shows_the_plan_and_writes_nothing(audited, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    answer = audited("fix", "--strategy", "drop", "--dry-run")
    assert answer.code == 0
    assert "m003" in answer.out
    assert "nothing was changed" in answer.err
    assert sorted(tmp_path.rglob("*")) == before


def test_an_output_that_exists_or_is_the_input_is_refused(audited, texts):
    assert audited("fix", "-s", "downweight").code == 0
    other = ["fix", "-s", "downweight", "--weight", "0.5"]
    again = audited(*other)
    assert again.code == 2
    assert "--overwrite" in again.err
    assert audited(*other, "--overwrite").code == 0
    onto = audited("fix", "-s", "downweight", "-o", texts, "--overwrite")
    assert onto.code == 2
    assert "never modified" in onto.err


def test_the_same_again_is_done_already(audited, tmp_path):
    assert audited("fix", "-s", "downweight").code == 0
    written = (tmp_path / "messages.downweight.csv").stat().st_mtime_ns
    again = audited("fix", "-s", "downweight")
    assert again.code == 0
    assert "messages.downweight.csv holds exactly this already, recorded as 1" in again.err
    assert (tmp_path / "messages.downweight.csv").stat().st_mtime_ns == written


def test_the_loop_through_people(audited, tmp_path):
    assert audited("fix", "-s", "relabel", "-o", "queue.csv").code == 0
    with (tmp_path / "queue.csv").open(encoding="utf-8-sig", newline="") as file:
        queue = list(csv.DictReader(file))
    assert {row["decision"] for row in queue} == {""}
    assert float(queue[0]["error_probability"]) >= float(queue[-1]["error_probability"])
    queue[0]["decision"], queue[1]["decision"], queue[2]["new_label"] = "relabel", "drop", "keep?"
    write(tmp_path / "queue.csv", queue)
    bad = audited("apply", "queue.csv")
    assert bad.code == 2
    assert "row 4" in bad.err
    assert not (tmp_path / "messages.apply.csv").exists()
    queue[2]["new_label"], queue[2]["decision"] = "", "keep"
    write(tmp_path / "queue.csv", queue)
    assert audited("apply", "queue.csv").code == 0
    after = pd.read_csv(tmp_path / "messages.apply.csv").set_index("id")
    assert len(after) == 239
    assert after.loc[queue[0]["row_id"], "label"] == queue[0]["suggested_label"]
    assert queue[1]["row_id"] not in after.index
    untouched = messages().set_index("id").drop([queue[0]["row_id"], queue[1]["row_id"]])
    assert after.drop(queue[0]["row_id"]).equals(untouched)
    log = audited("log", "--json")
    entries = [json.loads(line) for line in log.out.splitlines()]
    assert [entry["kind"] for entry in entries].count("apply") == 1
    assert audited("log").out.count("queue") >= 1


def test_a_queue_knows_its_run(audited, texts):
    first = json.loads(audited("runs", "--json").out)[0]["id"]
    assert audited("fix", "-s", "relabel", "-o", "queue.csv").code == 0
    assert audited("detect", texts, "-q", "--seed", "5").code == 0
    answer = audited("apply", "queue.csv", "--dry-run")
    assert answer.code == 0
    assert f"from run {first}:" in answer.err


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_every_change_is_logged_with_its_reason(audited, tmp_path):
    audited("fix", "-s", "drop")
    answer = audited("log", "1", "--json")
    changes = [json.loads(line) for line in answer.out.splitlines()]
    changes = [one["facts"] for one in changes if one["kind"] == "change"]
    assert {one["row"] for one in changes} == flagged_rows(tmp_path)
    assert all("label-posterior" in one["reason"] for one in changes)
    row = audited("log", "--row", "m003")
    assert "m003" in row.out
    assert audited("log", "--row", "nobody").err.startswith("the ledger holds no such change")


def test_parquet_keeps_types_and_values(cli, table, tmp_path):
    assert cli("detect", table, "-q").code == 0
    for strategy in ("downweight", "drop"):
        answer = cli("fix", "-s", strategy)
        assert answer.code == 0, answer.err
    before = pd.read_parquet(table)
    weighted = pd.read_parquet(tmp_path / "measurements.downweight.parquet")
    pd.testing.assert_frame_equal(weighted.drop(columns="sample_weight"), before)
    dropped = pd.read_parquet(tmp_path / "measurements.drop.parquet")
    kept = before.drop(index=sorted(flagged_rows(tmp_path))).reset_index(drop=True)
    pd.testing.assert_frame_equal(dropped.reset_index(drop=True), kept)


def test_a_name_that_says_another_format_is_refused(cli, table, tmp_path):
    assert cli("detect", table, "-q").code == 0
    before = sorted(tmp_path.rglob("*"))
    for options in ([], ["--dry-run"], ["--overwrite"]):
        answer = cli("fix", "-s", "drop", "-o", "dropped.csv", *options)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.splitlines()[-3:] == [
            "error: Parquet is written, as the data is, and .csv says CSV",
            "  where: dropped.csv",
            "  hint: name a file that ends in .parquet",
        ]
    assert sorted(tmp_path.rglob("*")) == before
    assert cli("fix", "-s", "relabel", "-o", "queue.csv").code == 0
    assert cli("fix", "-s", "drop", "-o", "dropped.pq").code == 0
    undo = cli("undo", "2", "-o", "was.csv")
    assert undo.code == 2
    assert "ends in .pq" in undo.err


def test_held_out_rows_are_never_changed(cli, tmp_path):
    frame = messages()
    frame["split"] = ["test" if row in PLANTED[:3] else "train" for row in range(len(frame))]
    frame.to_csv(tmp_path / "split.csv", index=False)
    assert cli("detect", "split.csv", "-q").code == 0
    answer = cli("fix", "-s", "drop")
    assert answer.code == 0
    assert "held-out split 'test'" in answer.err
    kept = set(pd.read_csv(tmp_path / "split.drop.csv")["id"])
    assert {f"m{row:03d}" for row in PLANTED[:3]} <= kept
    assert not {f"m{row:03d}" for row in PLANTED[3:]} & kept


def test_a_file_that_changed_since_is_matched_by_id(audited, texts, tmp_path):
    frame = messages()
    frame.loc[3, "text"] = "something else entirely"
    frame.loc[40, "label"] = "spam" if frame.loc[40, "label"] == "ham" else "ham"
    frame = frame.drop(index=77).sample(frac=1, random_state=0)
    frame.to_csv(texts, index=False)
    answer = audited("fix", "-s", "drop")
    assert answer.code == 0, answer.err
    assert answer.err.count("left alone") == 3
    kept = set(pd.read_csv(tmp_path / "messages.drop.csv")["id"])
    assert {"m003", "m040"} <= kept
    assert "m111" not in kept


@pytest.mark.parametrize("arguments", [["-s", "delete"], ["-s", "drop", "nope"], []])
def test_bad_calls(audited, arguments):
    answer = audited("fix", *arguments)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert "hint" in answer.err


@pytest.fixture
def blind(cli, tmp_path):
    frame = messages()
    frame["label"] = np.random.default_rng(5).permutation(frame["label"])
    frame.to_csv(tmp_path / "noise.csv", index=False)
    answer = cli("detect", "noise.csv")
    assert "BLIND" in answer.out
    assert "next: labelaudit fix" not in answer.out
    return cli


@pytest.mark.parametrize("strategy", ["drop", "downweight"])
def test_a_blind_run_changes_no_data(blind, tmp_path, strategy):
    answer = blind("fix", "-s", strategy, "--max-class-loss", "100%")
    assert answer.code == 2
    assert "blind" in answer.err
    assert not (tmp_path / f"noise.{strategy}.csv").exists()
    insisting = ["--max-class-loss", "100%", "--allow-inconclusive"]
    assert blind("fix", "-s", strategy, *insisting).code == 0


def test_a_blind_run_queues_rows_and_says_so(blind):
    answer = blind("fix", "-s", "relabel")
    assert answer.code == 0
    assert "the run is blind" in answer.err


def test_a_dry_run_promises_nothing_that_would_be_refused(audited, texts):
    assert audited("fix", "-s", "drop", "--dry-run", "-o", texts).code == 2
    texts.with_name("there.csv").write_text("")
    assert audited("fix", "-s", "drop", "--dry-run", "-o", "there.csv").code == 2


def test_a_queue_without_decisions_writes_nothing(audited, tmp_path):
    audited("fix", "-s", "relabel", "-o", "queue.csv")
    answer = audited("apply", "queue.csv")
    assert answer.code == 0
    assert "nothing was written" in answer.err
    assert not (tmp_path / "messages.apply.csv").exists()


def test_a_file_that_lost_its_id_column_is_named(audited, texts):
    messages().drop(columns="id").to_csv(texts, index=False)
    answer = audited("fix", "-s", "drop")
    assert answer.code == 2
    assert "'id'" in answer.err
    assert "--id" not in answer.err
