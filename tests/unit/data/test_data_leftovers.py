from __future__ import annotations

import os
import subprocess
import sys

import pytest

from labelaudit.data import leftovers as module
from labelaudit.data.leftovers import aside_name, leftovers, owner_of, sweep
from labelaudit.data.write import aside

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes cannot be asked there")


@pytest.fixture
def gone():
    """The id of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left_by(folder, pid, owner="", host=None):
    name = aside_name(owner)
    name = name.replace(f"-{os.getpid()}-", f"-{pid}-")
    if host:
        name = name.replace(module._host(), host)
    path = folder / name
    path.write_bytes(b"half")
    return path


def test_only_what_a_dead_process_left_is_found(tmp_path, gone):
    dead = left_by(tmp_path, gone)
    left_by(tmp_path, os.getpid())
    left_by(tmp_path, gone, host="0" * 8)
    left_by(tmp_path, 1)
    for name in (".labelaudit-x.tmp", "data.csv", ".labelaudit", f".labelaudit-{gone}.tmp"):
        (tmp_path / name).write_bytes(b"theirs")
    assert leftovers(tmp_path) == (dead,)
    assert leftovers(tmp_path / "nowhere") == ()
    with aside(tmp_path / "out") as staged:
        assert staged.aside not in leftovers(tmp_path)


def test_what_another_ledger_may_wait_for_is_left_alone(tmp_path, gone):
    mine, theirs = (owner_of(tmp_path / name / "ledger.jsonl") for name in ("a", "b"))
    assert mine != theirs
    nobodys = left_by(tmp_path, gone)
    own, waited_for = left_by(tmp_path, gone, mine), left_by(tmp_path, gone, mine)
    other = left_by(tmp_path, gone, theirs)
    assert set(leftovers(tmp_path, mine)) == {nobodys, own, waited_for}
    sweep(leftovers(tmp_path, mine), {waited_for})
    assert set(tmp_path.iterdir()) == {waited_for, other}


def test_a_directory_goes_with_what_it_holds(tmp_path, gone):
    left = left_by(tmp_path, gone)
    left.unlink()
    left.mkdir()
    (left / "half").write_bytes(b"x")
    sweep(leftovers(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_number_no_process_can_have_is_not_swept(tmp_path):
    left_by(tmp_path, 10**30)
    assert leftovers(tmp_path) == ()


def test_names_are_new_each_time():
    assert len({aside_name() for _ in range(100)}) == 100
