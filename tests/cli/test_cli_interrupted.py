"""Ctrl-C before the command line is there: a word and an exit code, no traceback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

INTERRUPTING = """
import sys
from importlib.abc import MetaPathFinder

class CtrlC(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise KeyboardInterrupt

import labelaudit.__main__
assert "typer" not in sys.modules
sys.meta_path.insert(0, CtrlC())
labelaudit.__main__.main()
"""


@pytest.mark.parametrize("name", ["labelaudit.cli.main", "typer", "labelaudit.cli.verify_ledger"])
def test_an_interrupt_while_the_command_line_is_loaded(name):
    code = INTERRUPTING.format(name=name)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stdout == ""
    assert done.stderr == "interrupted: nothing was left half-written\n"


def test_the_command_goes_that_way():
    project = Path(__file__).parents[2] / "pyproject.toml"
    scripts = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"labelaudit": "labelaudit.__main__:main"}
    call = [sys.executable, "-m", "labelaudit", "--version"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("labelaudit ")
