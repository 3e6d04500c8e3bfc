"""Faults at every point: the files are old or new, the ledger reads, a rerun completes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prepared_run import prepare

from labelaudit.remedy.ledger import JsonlLedger
from labelaudit.remedy.ledger_states import standing, states

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that part")

DROP = ["fix", "-s", "drop", "--max-class-loss", "50%", "--min-class-size", "1"]
HERE = [*DROP, "--in-place"]
NEW = [*DROP, "--output", "out.csv"]
WEIGH = ["fix", "-s", "downweight", "--output", "out.csv", "--overwrite"]
APPLY = ["apply", "queue.csv", "--output", "out.csv"]
CASES = {
    "fix in place": ([], HERE),
    "fix": ([], NEW),
    "fix over another file": ([NEW], WEIGH),
    "apply": ([], APPLY),
    "undo in place": ([HERE], ["undo", "1"]),
    "undo of a new file": ([NEW], ["undo"]),
}
DRIVER = Path(__file__).with_name("faults_driver.py")


@pytest.fixture
def folder(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    run = prepare(work)
    lines = ["row_id,decision,new_label,run", f"r-0,relabel,pos,{run.id}", f"r-4,drop,,{run.id}"]
    (work / "queue.csv").write_text("\n".join(lines) + "\n")
    return work


def environment():
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(DRIVER.parents[1])}


def tries(folder, fault, case):
    preparing, command = CASES[case]
    answer = subprocess.run(
        [sys.executable, DRIVER, folder, fault, json.dumps(preparing), json.dumps(command)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert answer.returncode == 0, answer.stderr + answer.stdout
    start, *each = map(json.loads, answer.stdout.splitlines())
    assert len(each) > 5
    return start["before"], start["whole"], each


def assert_sound(one, before, whole):
    """Every file is as before or as it will be, and the ledger reads."""
    after = one["after"]
    assert after["broken"] == ""
    for name in before["files"].keys() | whole["files"].keys():
        allowed = (before["files"].get(name), whole["files"].get(name))
        assert after["files"].get(name) in allowed, one
    assert after["files"].keys() <= before["files"].keys() | whole["files"].keys()
    if "again" in one:
        assert (one["again"], one["finally"]) == (0, whole), one


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_point(folder, case):
    before, whole, each = tries(folder, "kill", case)
    assert before["files"] != whole["files"]
    states_seen = {json.dumps(one["after"]["files"]) for one in each}
    assert {json.dumps(before["files"]), json.dumps(whole["files"])} == states_seen
    for one in each:
        assert_sound(one, before, whole)


@pytest.mark.parametrize("case", ["fix over another file", "undo of a new file"])
def test_a_full_disk_at_any_point(folder, case):
    before, whole, each = tries(folder, "full", case)
    for one in each:
        assert_sound(one, before, whole)
        assert one["after"]["leftovers"] == 0
        assert one["after"]["files"] == (whole if one["code"] == 0 else before)["files"], one
        assert one["code"] in (0, 2)


def test_no_room_for_a_file_of_any_size(folder):
    before, whole, each = tries(folder, "limit", "fix in place")
    for one in each:
        assert_sound(one, before, whole)
        assert one["after"]["leftovers"] == 0
    assert {one["code"] for one in each} == {0, 2}


@pytest.mark.parametrize("command", [HERE, NEW])
def test_two_at_once(folder, command):
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "labelaudit", *command],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in processes]
    codes = sorted(process.returncode for process in processes)
    assert codes in ([0, 0], [0, 2]), said
    ledger = JsonlLedger(folder / ".labelaudit" / "ledger.jsonl", "nobody")
    assert [one.facts["strategy"] for one in standing(ledger.entries())] == ["drop"]
    assert list(states(ledger.entries(), ledger.base).values()) == ["present"]
    assert not list(folder.rglob(".labelaudit-*.tmp"))
