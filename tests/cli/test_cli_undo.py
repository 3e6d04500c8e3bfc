from __future__ import annotations

import json

import pytest
from prepared_run import prepare

NO_FURTHER = (
    "the newest change is an undo, and nothing was changed: calling it again goes no further "
    "back. To take another action back, name it:"
)
DROP = ("fix", "-s", "drop", "--max-class-loss", "50%", "--min-class-size", "1")


@pytest.fixture
def run(tmp_path):
    return prepare(tmp_path).id


@pytest.fixture
def data(tmp_path, run):
    return tmp_path / "data.csv"


def test_undo_brings_the_bytes_back_and_says_so(cli, data):
    before = data.read_bytes()
    assert cli(*DROP, "--in-place").code == 0
    dry = cli("undo", "--dry-run")
    assert (dry.code, dry.out) == (0, "")
    assert "would undo action 1 (drop: 4 drop): data.csv is what it was before" in dry.err
    assert data.read_bytes() != before
    answer = cli("undo")
    assert answer.code == 0
    assert "undid action 1" in answer.err
    assert "recorded as 2" in answer.err
    assert data.read_bytes() == before
    for what in ([], ["1"]):
        again = cli("undo", *what)
        assert again.code == 0
        assert "nothing to undo" in again.err
    assert cli("verify-ledger").out == "10 lines, 2 actions, chain intact\n"


def test_undo_of_a_run_takes_all_of_its_actions_back(cli, data, run):
    before = data.read_bytes()
    assert cli(*DROP, "--output", "out.csv").code == 0
    assert cli("fix", "-s", "downweight", "--in-place").code == 0
    dry = cli("undo", run, "--dry-run")
    assert dry.err.index("action 2") < dry.err.index("action 1")
    assert "out.csv was new and is removed" in dry.err
    assert data.read_bytes() != before
    taken = cli("undo", run, "--output", "x.csv")
    assert taken.code == 2
    assert "2, 1" in taken.err
    assert cli("undo", run[:10]).code == 0
    assert data.read_bytes() == before
    assert not data.with_name("out.csv").exists()


def test_after_an_undo_the_next_one_has_to_be_named(cli, data):
    before = data.read_bytes()
    for number in range(6):
        assert cli(*DROP, "--output", f"out{number}.csv").code == 0
    assert cli(*DROP, "--in-place").code == 0
    assert cli("undo").code == 0
    ledger = data.with_name(".labelaudit") / "ledger.jsonl"
    lines = ledger.read_bytes()
    for options in ([], ["--dry-run"]):
        again = cli("undo", *options)
        assert (again.code, again.out) == (0, "")
        assert "nothing to undo" not in again.err
        assert again.err.splitlines() == [
            NO_FURTHER,
            *(f"  labelaudit undo {n} (drop: 4 drop, out{n - 1}.csv)" for n in (6, 5, 4, 3, 2)),
            "  and 1 more: `labelaudit log` lists them",
        ]
    assert ledger.read_bytes() == lines
    assert data.read_bytes() == before
    assert "undid action 6" in cli("undo", "6").err
    assert "labelaudit undo 5 (" in cli("undo").err


def test_rows_that_cannot_be_set_back_are_named(cli, data):
    assert cli(*DROP, "--in-place").code == 0
    with data.open("ab") as file:
        file.write(b"r-4,new text,neg,\r\n")
    dry = cli("undo", "--dry-run")
    answer = cli("undo")
    for one in (dry, answer):
        assert one.code == 0
        assert "3 rows of data.csv are set back" in one.err
        assert "1 left alone:\n  r-4: is in the file already" in one.err
    assert cli("log", "--kind", "undo", "--json").out.count('"restore"') == 4


def test_an_id_that_is_there_twice_is_named_and_the_rest_is_set_back(cli, data):
    correct = ("fix", "-s", "correct", "--min-confidence", "0", "--min-class-size", "1")
    assert cli(*correct, "--max-class-loss", "50%", "--in-place").code == 0
    twice = data.read_bytes().partition(b"r-4,")[2].partition(b"r-5,")[0]
    with data.open("ab") as file:
        file.write(b"r-4," + twice)
    answer = cli("undo")
    assert answer.code == 0, answer.err
    assert "3 rows of data.csv are set back" in answer.err
    assert "1 left alone:\n  r-4: is in the file more than once" in answer.err


def test_a_copy_without_the_action(cli, data, tmp_path):
    before = data.read_bytes()
    assert cli(*DROP, "--in-place").code == 0
    answer = cli("undo", "1", "--output", "was.csv")
    assert answer.code == 0
    assert "wrote was.csv" in answer.err
    assert (tmp_path / "was.csv").read_bytes() == before
    assert cli("undo", "1", "--output", "was.csv").code == 0
    (tmp_path / "was.csv").write_bytes(b"theirs")
    assert cli("undo", "1", "--output", "was.csv").code == 2
    assert cli("undo", "1", "--output", "was.csv", "--overwrite").code == 0


def test_a_queue_that_was_filled_in_stays(cli, data, tmp_path):
    assert cli("fix", "-s", "relabel", "--output", "queue.csv").code == 0
    queue = tmp_path / "queue.csv"
    empty = queue.read_bytes()
    queue.write_bytes(empty.replace(b"r-4", b"r-4 "))
    answer = cli("undo")
    assert answer.code == 2
    assert "never deleted" in answer.err
    queue.write_bytes(empty)
    assert cli("undo").code == 0
    assert not queue.exists()


def test_a_queue_that_was_replaced_is_not_called_filled_in(cli, data, tmp_path):
    queue = ("fix", "-s", "relabel", "--output", "queue.csv")
    assert cli(*queue).code == 0
    first = (tmp_path / "queue.csv").read_bytes()
    assert cli(*queue, "--budget", "2", "--overwrite").code == 0
    for more in ([], ["--dry-run"]):
        answer = cli("undo", "1", *more)
        assert answer.code == 2
        assert "the queue of action 1 was replaced by action 2" in answer.err
        assert "hint: undo that one first, `labelaudit undo 2`" in answer.err
        assert "filled in" not in answer.err
    second = (tmp_path / "queue.csv").read_bytes()
    (tmp_path / "queue.csv").write_bytes(second + b"more")
    answer = cli("undo", "1")
    assert "the queue of action 2, which replaced that of action 1, was filled in" in answer.err
    (tmp_path / "queue.csv").write_bytes(second)
    assert cli("undo", "2").code == 0
    assert (tmp_path / "queue.csv").read_bytes() == first
    assert cli("undo", "1").code == 0
    assert not (tmp_path / "queue.csv").exists()


def test_unknown_actions_are_the_users_to_fix(cli, data):
    assert cli("undo").code == 0
    answer = cli("undo", "7")
    assert answer.code == 2
    assert "labelaudit log" in answer.err


def spoilt(ledger, how):
    lines = ledger.read_bytes().splitlines(keepends=True)
    if how == "edited":
        lines[2] = lines[2].replace(b'"weight":0.0', b'"weight":0.5')
    elif how == "removed":
        del lines[2]
    elif how == "torn":
        lines[-1] = lines[-1][:-9]
    elif how == "cut":
        del lines[6:]
    elif how == "gone":
        lines = []
    ledger.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("how", "line"), [("edited", 3), ("removed", 3), ("torn", 11), ("cut", 7), ("gone", 1)]
)
def test_a_spoilt_ledger_is_said_and_nothing_is_written(cli, data, tmp_path, how, line):
    assert cli("fix", "-s", "relabel", "--output", "queue.csv").code == 0
    assert cli(*DROP, "--in-place").code == 0
    assert cli("undo", "2").code == 0
    ledger = tmp_path / ".labelaudit" / "ledger.jsonl"
    spoilt(ledger, how)
    before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    for command in (["undo"], ["undo", "2"], [*DROP], [*DROP, "--in-place"], ["log"]):
        answer = cli(*command)
        assert answer.code == 2, command
        assert f"line {line}" in answer.err
    found = cli("verify-ledger")
    assert found.code == 1
    assert f"line {line}" in found.out
    told = json.loads(cli("verify-ledger", "--json").out)
    assert told["intact"] is False
    assert told["faults"][0]["line"] == line
    after = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    assert {one: content for one, content in after.items() if one in before} == before
    assert {one.suffix for one in after.keys() - before.keys()} <= {".lock", ".parquet"}


def test_verify_ledger_checks_what_undoing_needs(cli, data, tmp_path):
    assert cli("verify-ledger").out == "0 lines, 0 actions, chain intact\n"
    assert cli(*DROP, "--in-place").code == 0
    (kept,) = (tmp_path / ".labelaudit" / "versions" / "files").iterdir()
    content = kept.read_bytes()
    kept.write_bytes(content[:-50])
    found = cli("verify-ledger")
    assert found.code == 1
    assert "line 1, action 1: what data.csv held before is damaged" in found.out
    kept.write_bytes(content)
    labels = sorted((tmp_path / ".labelaudit" / "versions" / "labels").iterdir())
    labels[0].unlink()
    assert "are missing" in cli("verify-ledger").out
    assert cli("undo").code == 0


def test_outputs_that_changed_are_told_and_are_no_fault(cli, data, tmp_path):
    assert cli(*DROP, "--output", "out.csv").code == 0
    (tmp_path / "out.csv").write_bytes(b"theirs")
    found = cli("verify-ledger")
    assert (found.code, found.out) == (0, "5 lines, 1 action, chain intact\n")
    assert "action 1: out.csv is changed" in found.err
    told = json.loads(cli("verify-ledger", "--json").out)
    assert told["outputs"] == [{"action": "1", "output": "out.csv", "state": "changed"}]
    assert told["has_head"]


@pytest.mark.parametrize("kept", [1, 6])
def test_a_ledger_that_lost_its_head_is_used_no_more(cli, data, tmp_path, kept):
    assert cli("fix", "-s", "relabel", "--output", "queue.csv").code == 0
    assert cli(*DROP, "--in-place").code == 0
    store = tmp_path / ".labelaudit"
    ledger, head = store / "ledger.jsonl", store / "ledger.head"
    whole, was = ledger.read_bytes(), head.read_bytes()
    ledger.write_bytes(b"".join(whole.splitlines(keepends=True)[:kept]))
    head.unlink()
    before = data.read_bytes()
    for command in (["undo"], ["undo", "1"], [*DROP, "--in-place"], ["log"]):
        answer = cli(*command)
        assert answer.code == 2, command
        assert "ledger.head is not there" in answer.err
        assert "hint: restore ledger.head from a backup" in answer.err
    assert data.read_bytes() == before
    assert data.with_name("queue.csv").exists()
    found = cli("verify-ledger")
    assert found.code == 1
    assert "ledger.jsonl: ledger.head is not there" in found.out
    assert "chain intact" in found.out
    told = json.loads(cli("verify-ledger", "--json").out)
    assert (told["intact"], told["has_head"], told["faults"][0]["line"]) == (False, False, 0)
    ledger.write_bytes(whole)
    head.write_bytes(was)
    assert cli("verify-ledger").code == 0
    assert cli("undo").code == 0
