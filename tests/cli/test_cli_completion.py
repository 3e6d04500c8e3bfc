"""What Tab offers, asked the way a shell asks."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import pytest
from gate_example import audit_of, keep, write_rows

from labelaudit.cli import complete
from labelaudit.detectors import CATALOG
from labelaudit.evidence.models import MODELS
from labelaudit.remedy.strategies import STRATEGIES
from labelaudit.report import FORMATS
from labelaudit.types import VERDICTS

ASK = """
import atexit, sys
from labelaudit.cli.main import run
heavy = {"numpy", "pandas", "pyarrow", "sklearn", "scipy", "matplotlib", "cleanlab"}
atexit.register(lambda: print("heavy:", sorted(heavy & set(sys.modules)), file=sys.stderr))
run()
"""


@pytest.fixture
def ask(cli, tmp_path):
    """Complete a line; give what is offered."""

    def offered(line, **environment):
        words = shlex.split(line)
        place = len(words) - (not line.endswith(" "))
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "_LABELAUDIT_COMPLETE": "complete_bash",
                "COMP_WORDS": line,
                "COMP_CWORD": str(place),
                **environment,
            },
        )
        assert done.stderr == "heavy: []\n"
        return done.stdout.split()

    return offered


@pytest.fixture
def kept(cli, tmp_path):
    path = write_rows(tmp_path / "rows.csv")
    return [keep(audit_of(path), day).id for day in (2, 3, 14)]


def test_runs_are_offered_where_a_run_is_taken(ask, kept):
    assert ask("labelaudit report ") == kept[::-1]
    assert ask("labelaudit report 2026030") == kept[1::-1]
    assert ask(f"labelaudit report {kept[0]} 2026031") == kept[2:]
    assert ask("labelaudit check --against 2026031") == kept[2:]


def test_the_store_is_heeded_and_its_absence_no_error(ask, kept, tmp_path):
    assert ask("labelaudit report ", LABELAUDIT_STORE="elsewhere") == []
    (tmp_path / ".labelaudit").rename(tmp_path / "moved")
    assert ask("labelaudit report ") == []
    assert ask("labelaudit report --store moved ") == kept[::-1]
    (tmp_path / "labelaudit.toml").write_text('store = "moved"\n')
    assert ask("labelaudit fix ") == kept[::-1]
    (tmp_path / "labelaudit.toml").write_text("not = toml = at all")
    assert ask("labelaudit report ") == []


def test_names_are_offered(ask):
    assert ask("labelaudit fix --strategy d") == ["drop", "downweight"]
    assert ask("labelaudit detect x.csv --effort t") == ["thorough"]
    assert "history" in ask("labelaudit h")


@pytest.mark.parametrize(
    ("names", "there_are"),
    [
        (complete.verdicts, [verdict.value for verdict in VERDICTS]),
        (complete.strategies, list(STRATEGIES)),
        (complete.compared_strategies, ["drop", "downweight", "correct"]),
        (complete.detectors, list(CATALOG)),
        (complete.models, list(MODELS)),
        (FORMATS, list(FORMATS)),
    ],
)
def test_what_is_offered_is_what_there_is(names, there_are):
    offer = complete.one_of(names)
    assert offer("") == there_are
    assert offer(there_are[0]) == [name for name in there_are if name.startswith(there_are[0])]
    assert offer("nothing begins so") == []


def test_a_fault_offers_nothing():
    def broken():
        raise RuntimeError

    assert complete.one_of(broken)("") == []
    assert complete.runs(None, "") == []


def test_every_run_argument_and_choice_completes():
    """Hold the commands to it, so that a new one is not forgotten."""
    script = """
import inspect, json
from typing import get_type_hints
from labelaudit.cli.main import app
found = []
groups = [app, *(group.typer_instance for group in app.registered_groups)]
for command in (one for group in groups for one in group.registered_commands):
    for name, hint in get_type_hints(command.callback, include_extras=True).items():
        info = next(iter(getattr(hint, "__metadata__", ())), None)
        if name in {"run", "after", "strategy", "verdict", "effort", "output_format"} and info:
            found.append([command.name or command.callback.__name__, name,
                          info.autocompletion is not None])
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert len(found) > 15
    assert [one for one in found if not one[2]] == []
