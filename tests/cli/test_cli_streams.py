"""Standard output that takes no more: said, and no fault of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prepared_run import prepare

FULL = Path("/dev/full")
COMMANDS = [["report"], ["report", "-f", "json"], ["report", "-q", "-f", "concise"], ["runs"]]


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk_behind_standard_output(command, tmp_path):
    prepare(tmp_path)
    with FULL.open("wb") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "labelaudit", *command],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-3:] == [
        "error: the disk is full",
        "  where: standard output",
        "  hint: free some space, or write to another disk",
    ]
    assert "bug" not in answer.stderr


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("option", ["--version", "--help"])
def test_answers_that_typer_prints(option, tmp_path):
    with FULL.open("wb") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "labelaudit", option],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert answer.returncode == 2
    assert answer.stderr.startswith("error: the disk is full\n")


def test_a_full_disk_elsewhere_is_no_bug_either(cli, monkeypatch, tmp_path):
    prepare(tmp_path)

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device", "half")

    monkeypatch.setattr("labelaudit.cli.runs.RunStore", full)
    answer = cli("runs")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[:2] == ["error: the disk is full", "  where: half"]


def test_another_fault_of_the_system_still_is_one(cli, monkeypatch, tmp_path):
    prepare(tmp_path)

    def broken(*_args, **_kwargs):
        raise OSError(5, "Input/output error", "half")

    monkeypatch.setattr("labelaudit.cli.runs.RunStore", broken)
    answer = cli("runs")
    assert answer.code == 3
    assert answer.err.startswith("bug: OSError")
