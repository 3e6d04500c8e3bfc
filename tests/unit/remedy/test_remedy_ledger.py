from __future__ import annotations

import json
import os
from datetime import timedelta, timezone
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest
from remedy_example import ledger_in, still_clock

from labelaudit.errors import OutputError, RunError
from labelaudit.remedy.ledger import Batch, JsonlLedger, relative_to_base
from labelaudit.remedy.ledger_chain import Entry, head_path, scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier
    from pathlib import Path


def batch(n: int = 2, **facts: object) -> Batch:
    changes = [{"row_id": f"r-{row}", "before": "né\n", "weight": 0.1} for row in range(n)]
    return Batch("fix", {"strategy": "drop", **facts}, changes)


@pytest.fixture
def ledger(tmp_path: Path) -> JsonlLedger:
    return ledger_in(tmp_path)


def test_what_is_appended_is_read_back(ledger: JsonlLedger) -> None:
    assert ledger.append(batch()) == "1"
    assert ledger.append(batch(0)) == "2"

    found = list(ledger.entries())
    assert [(entry.seq, entry.action, entry.kind) for entry in found] == [
        (1, "1", "fix"),
        (2, "1", "change"),
        (3, "1", "change"),
        (4, "2", "fix"),
    ]
    assert found[0].facts == {"strategy": "drop", "changes": 2}
    assert found[1].facts == {"row_id": "r-0", "before": "né\n", "weight": 0.1}
    assert {entry.who for entry in found} == {"anna"}
    assert {entry.time for entry in found} == {"2024-05-06T07:08:09+00:00"}
    assert ledger.verify() == 4


def test_lines_have_sorted_keys_and_are_chained(ledger: JsonlLedger) -> None:
    ledger.append(batch())
    bodies = [json.loads(line) for line in ledger.path.read_bytes().splitlines()]
    assert all(list(body) == sorted(body) for body in bodies)
    assert [body["prev"] for body in bodies[1:]] == [body["hash"] for body in bodies[:-1]]


def test_entries_are_filtered(ledger: JsonlLedger) -> None:
    ledger.append(batch())
    ledger.append(batch())
    assert [entry.seq for entry in ledger.entries(row_id="r-1")] == [3, 6]
    assert [entry.seq for entry in ledger.entries(action="2", kind="change")] == [5, 6]
    assert [entry.seq for entry in ledger.entries(kind="fix")] == [1, 4]


def test_a_ledger_that_is_not_there_is_empty(ledger: JsonlLedger) -> None:
    assert list(ledger.entries()) == []
    assert ledger.verify() == 0


def test_time_is_utc_whatever_the_clock(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=5))
    ledger = JsonlLedger(tmp_path / "s" / "l.jsonl", "b", lambda: still_clock().astimezone(zone))
    ledger.append(batch(0))
    assert next(ledger.entries()).time == "2024-05-06T07:08:09+00:00"


@pytest.mark.parametrize("line", range(6))
def test_an_edited_line_is_named(ledger: JsonlLedger, line: int) -> None:
    ledger.append(batch())
    ledger.append(batch())
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b"anna", b"bert")
    ledger.path.write_bytes(b"".join(lines))
    with pytest.raises(RunError, match="altered") as caught:
        ledger.verify()
    assert caught.value.where == f"{ledger.path}, line {line + 1}"
    with pytest.raises(RunError, match="altered"):
        ledger.append(batch())
    assert ledger.path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("line", range(5))
def test_a_removed_line_is_noticed(ledger: JsonlLedger, line: int) -> None:
    ledger.append(batch())
    ledger.append(batch())
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
    with pytest.raises(RunError) as caught:
        ledger.verify()
    assert caught.value.where == f"{ledger.path}, line {line + 1}"


@pytest.mark.parametrize("rubbish", [b"{}\n", b"[]\n", b"3\n", b"no\n", b"\xff\n", b"\n"])
def test_a_line_that_is_no_entry_is_named(ledger: JsonlLedger, rubbish: bytes) -> None:
    ledger.append(batch())
    with ledger.path.open("ab") as file:
        file.write(rubbish)
    with pytest.raises(RunError, match="altered") as caught:
        ledger.verify()
    assert str(caught.value.where).endswith("line 4")


def test_every_cut_is_noticed(ledger: JsonlLedger) -> None:
    ledger.append(batch())
    whole = ledger.path.read_bytes()
    ledger.append(batch())
    full = ledger.path.read_bytes()
    for end in range(len(full)):
        ledger.path.write_bytes(full[:end])
        with pytest.raises(RunError, match="cut off") as caught:
            ledger.verify()
        assert f"{ledger.path}, line " in str(caught.value.where)
        assert "restore it from a backup" in str(caught.value.hint)
    ledger.path.write_bytes(whole)
    with pytest.raises(RunError, match="3 of at least 6 lines") as caught:
        ledger.append(batch())
    assert str(caught.value.where).endswith("line 4")
    ledger.path.unlink()
    with pytest.raises(RunError, match="0 of at least 6 lines"):
        ledger.append(batch())


def test_a_ledger_may_be_ahead_of_its_head(ledger: JsonlLedger) -> None:
    ledger.append(batch())
    head = head_path(ledger.path).read_bytes()
    ledger.append(batch())
    head_path(ledger.path).write_bytes(head)
    assert ledger.append(batch()) == "3"
    assert head_path(ledger.path).read_bytes() != head


@pytest.mark.parametrize("kept", [0, 1, 3, 6])
def test_a_ledger_that_lost_its_head_is_told(ledger: JsonlLedger, kept: int) -> None:
    ledger.append(batch())
    ledger.append(batch())
    head_path(ledger.path).unlink()
    lines = ledger.path.read_bytes().splitlines(keepends=True)[:kept]
    ledger.path.write_bytes(b"".join(lines))
    told = "cut off in the middle" if kept == 1 else "head is not there"
    for use in (ledger.verify, ledger.headers, lambda: ledger.append(batch())):
        with pytest.raises(RunError, match=told):
            use()
    assert ledger.path.read_bytes() == b"".join(lines)
    assert not head_path(ledger.path).exists()


def test_there_is_a_head_before_there_is_a_ledger(
    ledger: JsonlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("labelaudit.remedy.ledger._extend", killed)
        with pytest.raises(KeyboardInterrupt):
            ledger.append(batch())
    assert not ledger.path.exists()
    assert head_path(ledger.path).exists()
    assert ledger.verify() == 0
    assert ledger.append(batch()) == "1"
    ledger.path.unlink()
    head_path(ledger.path).unlink()
    assert ledger.append(batch()) == "1"


def test_a_ledger_is_read_once(ledger: JsonlLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.append(batch())
    again, scans = JsonlLedger(ledger.path, "b", still_clock), []

    def counted(path: Path) -> Iterator[tuple[Entry, int]]:
        scans.append(path)
        return scan(path)

    monkeypatch.setattr("labelaudit.remedy.ledger_index.scan", counted)
    assert [one.action for one in again.headers()] == ["1"]
    assert again.append(batch(1)) == "2"
    assert again.append(batch(0)) == "3"
    assert [one.facts.get("row_id") for one in again.entries(action="2")] == [None, "r-0"]
    assert [one.seq for one in again.headers()] == [1, 4, 6]
    assert len(scans) == 1
    # What somebody else appended is seen.
    ledger.append(batch())
    assert [one.action for one in again.headers()] == ["1", "2", "3", "4"]
    assert len(scans) == 3
    fresh = JsonlLedger(ledger.path, "c")
    assert fresh.headers() == again.headers()
    assert list(fresh.entries(action="4")) == list(again.entries(action="4"))
    assert list(again.entries(action="5")) == []


def test_a_head_that_says_otherwise_is_told(ledger: JsonlLedger) -> None:
    ledger.append(batch())
    other = ledger_in(ledger.base / "other")
    other.append(batch(1))
    head_path(other.path).replace(head_path(ledger.path))
    with pytest.raises(RunError, match="altered") as caught:
        ledger.verify()
    assert str(caught.value.where).endswith("line 2")
    head_path(ledger.path).write_bytes(b"{}")
    with pytest.raises(RunError, match="head of the ledger cannot be read"):
        ledger.append(batch())


def test_a_failed_write_leaves_the_ledger_as_it_was(
    ledger: JsonlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.append(batch())
    before = ledger.path.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        with pytest.raises(OutputError, match="cannot be written: the disk is full"):
            ledger.append(batch())
    assert ledger.path.read_bytes() == before
    assert ledger.append(batch()) == "2"


def test_a_store_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ".labelaudit").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        ledger_in(tmp_path).append(batch())


def test_a_fact_cannot_pose_as_part_of_the_chain(ledger: JsonlLedger) -> None:
    with pytest.raises(ValueError, match="who"):
        ledger.append(batch(who="somebody"))
    assert not ledger.path.exists()


def _append_twenty(folder: Path, start: Barrier) -> None:
    start.wait(timeout=60)
    for _ in range(20):
        ledger_in(folder).append(batch())


def test_two_processes_do_not_break_the_chain(tmp_path: Path) -> None:
    spawn = get_context("spawn")
    start = spawn.Barrier(2)
    workers = [spawn.Process(target=_append_twenty, args=(tmp_path, start)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    ledger = ledger_in(tmp_path)
    assert ledger.verify() == 120
    assert [one.action for one in ledger.entries(kind="fix")] == [str(n) for n in range(1, 41)]


def test_others_wait_while_one_appends(
    ledger: JsonlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelaudit.remedy.ledger._LOCK_SECONDS", 0.01)
    with ledger.exclusive() as append:
        with pytest.raises(RunError, match="locked"):
            ledger.append(batch())
        assert (append(batch()), append(batch())) == ("1", "2")
    assert ledger.append(batch()) == "3"


def test_a_ledger_that_cannot_be_read_is_told(ledger: JsonlLedger) -> None:
    ledger.path.mkdir(parents=True)
    with pytest.raises(RunError, match="cannot be read"):
        ledger.append(batch())


def test_paths_are_relative_where_they_can_be(tmp_path: Path) -> None:
    base = tmp_path / "project"
    assert relative_to_base(base / "data" / "a.csv", base) == "data/a.csv"
    assert relative_to_base(tmp_path / "a.csv", base) == (tmp_path / "a.csv").as_posix()
