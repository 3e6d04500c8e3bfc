"""`labelaudit fix --in-place`, again and again: what a class loses is counted from the start."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from prepared_run import dataset_of, keep_run, prepare

from labelaudit.remedy.ledger_chain import scan

DROP = ("fix", "-s", "drop", "--in-place", "--min-class-size", "1")
CORRECT = ("fix", "-s", "correct", "--in-place", "--min-class-size", "1", "--min-confidence", "0")
NEGATIVE = "earlier fixes took 3 of the 20 it had"


def negatives(path, number):
    """Give the first rows of class neg."""
    data = dataset_of(path)
    return [row for row, code in enumerate(data.y) if data.classes[code] == "neg"][:number]


def next_run(path, number=3):
    return keep_run(path.parent, path.name, negatives(path, number))


@pytest.fixture
def data(cli, tmp_path):
    """A file from which one fix took 3 of 20 rows of class neg."""
    prepare(tmp_path)
    answer = cli(*DROP)
    assert answer.code == 0, answer.err
    return tmp_path / "data.csv"


@pytest.mark.parametrize("command", [DROP, CORRECT])
def test_a_second_step_counts_from_the_first_size(cli, data, command):
    next_run(data)
    before = data.read_bytes()
    answer = cli(*command)
    assert answer.code == 2
    assert f"'neg' would lose 3 of its 17 rows ({NEGATIVE})" in answer.err
    assert "raise --max-class-loss to 0.3" in answer.err
    assert data.read_bytes() == before
    assert cli(*command, "--dry-run").code == 2
    assert cli(*command, "--max-class-loss", "30%").code == 0
    headers = [json.loads(line) for line in cli("log", "--json", "--kind", "fix").out.splitlines()]
    told = [one["facts"] for one in headers if one["kind"] == "fix"]
    assert told[1]["class_losses"] == {"neg": 6, "pos": 1}
    assert told[0]["class_sizes"] == told[1]["class_sizes"] == {"neg": 20, "pos": 20}


def test_one_row_more_may_go(cli, data):
    next_run(data, 1)
    assert cli(*DROP).code == 0
    next_run(data, 1)
    assert "earlier fixes took 4 of the 20 it had" in cli(*DROP).err


def test_another_name_and_a_step_between_change_nothing(cli, data):
    next_run(data)
    assert cli("fix", "-s", "downweight", "-o", "weighted.csv").code == 0
    weighted = data.with_name("weighted.csv")
    copy = data.with_name("copy.csv")
    copy.write_bytes(weighted.read_bytes())
    next_run(copy)
    answer = cli("fix", "-s", "drop", "-o", "out.csv", "--min-class-size", "1")
    assert answer.code == 2
    assert NEGATIVE in answer.err


def test_what_people_decide_goes_between_and_does_not_count(cli, data):
    next_run(data)
    assert cli("fix", "-s", "relabel", "-o", "queue.csv").code == 0
    queue = data.with_name("queue.csv")
    row_id = pd.read_csv(queue)["row_id"][0]
    queue.write_text(f"row_id,decision\n{row_id},drop\n", encoding="utf-8")
    assert cli("apply", "queue.csv", "--in-place").code == 0
    next_run(data)
    answer = cli(*DROP)
    assert answer.code == 2
    assert f"'neg' would lose 3 of its 16 rows ({NEGATIVE})" in answer.err


def test_undoing_gives_the_rows_back(cli, data):
    assert cli("undo").code == 0
    next_run(data, 4)
    assert cli(*DROP).code == 0


def test_a_file_that_others_wrote_to_is_said(cli, data):
    with data.open("ab") as file:
        file.write(b"fresh,more words,neg,\r\n")
    next_run(data)
    answer = cli(*DROP)
    assert answer.code == 0
    assert "Something else wrote to the file since action 1" in answer.err
    assert "does not count towards --max-class-loss" in answer.err
    # From here on it is known again.
    next_run(data)
    again = cli(*DROP)
    assert again.code == 2
    assert "earlier fixes took 3 of the 18 it had" in again.err


def test_no_advice_that_cannot_be_taken(cli, data):
    next_run(data, 17)
    answer = cli("fix", "-s", "drop", "--in-place", "--min-class-size", "0")
    assert "raise --max-class-loss to 100%, or use" in answer.err
    assert cli("fix", "-s", "drop", "--min-class-size", "0", "--max-class-loss", "100%").code == 0


def test_the_ledger_is_read_once_by_a_command(cli, data, monkeypatch):
    next_run(data)
    scans = []

    def counted(path):
        scans.append(path)
        return scan(path)

    for module in ("ledger", "ledger_index"):
        monkeypatch.setattr(f"labelaudit.remedy.{module}.scan", counted)
    commands = (
        ["fix", "-s", "relabel", "-o", "queue.csv"],
        [*DROP, "--max-class-loss", "100%"],
        ["undo", "--dry-run"],
        ["undo"],
        ["undo", "2"],
        ["log", "1"],
        ["verify-ledger"],
    )
    for command in commands:
        scans.clear()
        assert cli(*command).code == 0, command
        assert len(scans) == 1, command
