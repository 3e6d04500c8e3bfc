"""README, help and behaviour are one: what the README shows is run, in its order."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labelaudit.cli.main import run
from labelaudit.config import option_name, specs
from labelaudit.detectors import CATALOG
from labelaudit.evidence.models import DEFAULTS, MODELS
from labelaudit.report import FORMATS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    "detect",
    "doctor",
    "lint",
    "report",
    "explain",
    "fix",
    "apply",
    "undo",
    "sample",
    "verify",
    "impact",
    "check",
    "diff",
    "baseline",
    "runs",
    "history",
    "log",
    "verify-ledger",
    "detectors",
    "config",
]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language):
    return [body for kind, body in FENCE.findall(README) if kind == language]


ASK_ALL = """
import sys
from labelaudit.cli.main import run
for name in sys.argv[1:]:
    print("\\f" + name, flush=True)
    run([*name.split(), "--help"])
    sys.stdout.flush()
"""


@pytest.fixture(scope="module")
def helps():
    parts = [f"baseline {name}" for name in ("list", "add", "prune")]
    done = subprocess.run(
        [sys.executable, "-c", ASK_ALL, *COMMANDS, *parts],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "PATH": "", "TERM": "dumb", "NO_COLOR": "1"},
    )
    pages = (page.partition("\n") for page in done.stdout.split("\f")[1:])
    return {name: text for name, _, text in pages}


def test_every_command_stands_in_the_readme(helps):
    for name in COMMANDS:
        assert re.search(rf"labelaudit {name}\b", README), name
    listed = subprocess.run(
        [sys.executable, "-m", "labelaudit", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert re.findall(r"^│ ([a-z][a-z-]+)  ", listed, re.MULTILINE) == COMMANDS


def test_every_option_of_the_readme_exists(helps):
    every = " ".join(helps.values())
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", every), option


def test_every_setting_is_an_option_with_the_declared_help(helps):
    every = " ".join(" ".join(helps.values()).replace("│", " ").split())
    for name, spec in specs().items():
        assert option_name(name) in every
        assert spec.metadata["help"].rstrip(".").split(";")[0][:40] in every


def test_every_detector_and_format_stands_in_the_readme():
    for name in (*CATALOG, *FORMATS):
        assert f"`{name}`" in README


def test_the_default_models_are_those_of_the_readme():
    rows = re.findall(r"^\| [\w ]+ \| (`[^|]*) \| (`[^|]*) \| (`[^|]*) \|$", README, re.MULTILINE)
    for (defaults, fast, others), modality in zip(rows, DEFAULTS["default"], strict=True):
        # What stands in brackets takes the place of a model on larger data.
        named = tuple(re.findall(r"`([\w-]+)`", re.sub(r"\([^)]*\)", "", defaults)))
        assert named == DEFAULTS["default"][modality]
        assert tuple(re.findall(r"`([\w-]+)`", fast)) == DEFAULTS["fast"][modality]
        assert set(re.findall(r"`([\w-]+)`", others)) <= set(MODELS)


def test_what_the_readme_shows_works(tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "sample_data").glob("*.*")}
    lines = [line for body in blocks("sh") for line in body.splitlines() if line.strip()]
    assert len(lines) > 10
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "labelaudit"
        code = run(arguments)
        assert code == 0, f"{line}\n{capsys.readouterr().err}"
    for path, content in before.items():
        assert path.read_bytes() == content


def test_the_readmes_python_works(tmp_path):
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    for body in blocks("python"):
        subprocess.run([sys.executable, "-c", body], cwd=tmp_path, check=True, capture_output=True)


def test_the_readmes_configuration_is_accepted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (body,) = blocks("toml")
    (tmp_path / "labelaudit.toml").write_text(body)
    assert run(["config"]) == 0
