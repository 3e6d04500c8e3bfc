"""The command line in this process: fast, and every stream and exit code can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_data import measurements, messages

from labelaudit.cli.main import run


@dataclass
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _outside_of_ci(monkeypatch):
    """Be no step of CI, whatever runs these tests."""
    for name in (
        *("CI", "GITLAB_CI", "GITHUB_ACTIONS"),
        *("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"),
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """Run a command in an empty directory; give its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


@pytest.fixture
def texts(tmp_path) -> Path:
    path = tmp_path / "messages.csv"
    messages().to_csv(path, index=False)
    return path


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "measurements.parquet"
    measurements().to_parquet(path, index=False)
    return path


@pytest.fixture
def audited(cli, texts):
    """A store with one run of the messages."""
    answer = cli("detect", texts, "-q", "-f", "csv")
    assert answer.code == 0, answer.err
    return cli
