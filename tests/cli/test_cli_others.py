from __future__ import annotations

import json
import signal as signals
import subprocess
import sys

import pytest
from cli_data import messages

from labelaudit import __version__
from labelaudit.cli import main
from labelaudit.config import Settings

COMMANDS = [
    "detect",
    "fix",
    "apply",
    "undo",
    "baseline",
    "check",
    "diff",
    "lint",
    "sample",
    "verify",
    "impact",
    "log",
    "verify-ledger",
    "runs",
    "history",
    "report",
    "explain",
    "detectors",
    "config",
]


def test_version_and_bare_call(cli):
    assert cli("--version").out == f"labelaudit {__version__}\n"
    bare = cli()
    assert bare.code == 2
    assert all(name in bare.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(cli, name):
    for flag in ("--help", "-h"):
        answer = cli(name, flag)
        assert answer.code == 0
        assert answer.err == ""
        assert "Examples:" in answer.out
        assert f"labelaudit {name}" in answer.out


def test_wrong_commands_and_options_are_the_users_to_fix(cli):
    for arguments in (["detekt"], ["detect", "x.csv", "--fold", "3"], ["detect"]):
        answer = cli(*arguments)
        assert answer.code == 2
        assert answer.err.startswith("error: ")
        assert "Traceback" not in answer.err


def test_check(audited):
    passes = audited("check", "--max-flagged", "20%")
    assert passes.code == 0
    assert passes.err.startswith("PASS: flagged")
    fails = audited("check", "--max-high", "0%", "--max-class-flagged", "0")
    assert fails.code == 1
    assert fails.err.startswith("FAIL: ")
    answer = audited("check", "--max-flagged", "0.1%", "--json", "--report", "markdown=x.md")
    assert answer.code == 1
    assert json.loads(answer.out)["outcome"] == "FAIL"


def test_check_refuses_a_run_of_another_file(audited, texts):
    texts.write_text(texts.read_text() + "m999,new row here,ham\n")
    answer = audited("check", "--max-flagged", "50%")
    assert answer.code == 2
    assert "has changed since the run" in answer.err
    assert audited("check", "--max-flagged", "50%", "--allow-stale").code == 0
    texts.unlink()
    assert "is gone since the run" in audited("check").err


def test_without_a_run_the_question_cannot_be_asked(cli):
    for name in (["check"], ["report"], ["fix", "-s", "drop"]):
        answer = cli(*name)
        assert answer.code == 2
        assert "labelaudit detect" in answer.err


def test_runs_and_report(audited, texts):
    listed = json.loads(audited("runs", "--json").out)
    assert len(listed) == 1
    assert listed[0]["id"] in audited("runs").out
    fresh = audited("detect", texts, "-q", "-f", "json").out
    assert audited("report", "-f", "json").out == fresh
    assert audited("report", listed[0]["id"], "-f", "json").out == fresh
    assert audited("report", "nope").code == 2


def test_config_shows_where_each_value_comes_from(cli, tmp_path, monkeypatch):
    (tmp_path / "labelaudit.toml").write_text('max-flagged = "3%"\n')
    monkeypatch.setenv("LABELAUDIT_FOLDS", "7")
    found = json.loads(cli("config", "--json").out)
    assert found["max_flagged"] == {"value": 0.03, "origin": str(tmp_path / "labelaudit.toml")}
    assert found["folds"] == {"value": 7, "origin": "LABELAUDIT_FOLDS"}
    assert "LABELAUDIT_FOLDS" in cli("config").out


def test_detectors(cli):
    assert {"label-posterior", "confident-learning"} <= set(cli("detectors").out.split())
    listed = {one["name"] for one in json.loads(cli("detectors", "--json").out)}
    assert listed >= set(Settings().detectors)


def test_our_bugs_have_a_code_and_a_log_of_their_own(cli, monkeypatch, tmp_path):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("oops")

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("labelaudit.audit.runs.RunStore.load", broken)
    answer = cli("report")
    assert answer.code == main.OUR_BUG
    assert answer.err.startswith("bug: ZeroDivisionError: oops")
    log = next(tmp_path.glob("labelaudit-crash-*.log")).read_text()
    assert "Traceback" in log
    assert __version__ in log


def test_interrupting_leaves_no_file(cli, monkeypatch, texts, tmp_path):
    def stop(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("labelaudit.audit.detect.rank", stop)
    before = sorted(tmp_path.iterdir())
    answer = cli("detect", texts, "--report", "csv=x.csv")
    assert answer.code == main.INTERRUPTED
    assert sorted(tmp_path.iterdir()) == before


def test_no_report_replaces_the_data_of_its_run(audited, texts):
    before = texts.read_bytes()
    for command in (["check", "--max-flagged", "50%"], ["report"]):
        answer = audited(*command, "--report", f"csv={texts}")
        assert answer.code == 2
        assert "would replace the input" in answer.err
    assert texts.read_bytes() == before


def test_a_run_leads_to_its_own_file_from_any_directory(cli, tmp_path, monkeypatch):
    for name, rows in (("a", 240), ("b", 200)):
        (tmp_path / name).mkdir()
        messages(rows).to_csv(tmp_path / name / "data.csv", index=False)
    monkeypatch.chdir(tmp_path / "a")
    assert cli("detect", "data.csv", "-q").code == 0
    at_home = cli("fix", "-s", "drop", "--dry-run")
    assert "this would write data.drop.csv" in at_home.err
    monkeypatch.chdir(tmp_path / "b")
    store = ["--store", tmp_path / "a" / ".labelaudit"]
    assert cli("check", "--max-flagged", "50%", *store).code == 0
    assert cli("fix", "-s", "downweight", *store).code == 0
    assert (tmp_path / "a" / "data.downweight.csv").exists()
    assert not (tmp_path / "b" / "data.downweight.csv").exists()


def test_a_gate_without_anything_judged_does_not_pass(cli, texts):
    for detector in ("duplicates", "loss-percentile"):
        answer = cli("detect", texts, "-q", "--detectors", detector, "--fail-above", "5%")
        assert answer.code == 1
        assert answer.err.startswith("INCONCLUSIVE")


def test_one_damaged_run_does_not_hide_the_others(audited, tmp_path):
    kept = json.loads(audited("runs", "--json").out)[0]["id"]
    broken = tmp_path / ".labelaudit" / "runs" / "20200101-000000-old"
    broken.mkdir()
    (broken / "manifest.json").write_text("[]")
    answer = audited("runs")
    assert answer.code == 0
    assert kept in answer.out
    assert "left out" in answer.err
    for flag in ("-q", "--quiet"):
        quiet = audited("runs", flag)
        assert (quiet.code, quiet.out, quiet.err) == (0, answer.out, "")


def test_escape_sequences_in_names_do_nothing(cli, tmp_path):
    frame = messages().rename(columns={"text": "\x1b]0;pwn\x07\x1b[31mevil"})
    frame.to_csv(tmp_path / "evil.csv", index=False)
    answer = cli("detect", "evil.csv", "-f", "concise")
    assert answer.code == 0
    assert "evil" in answer.err
    assert "\x1b" not in answer.err
    frame.rename(columns={"label": "\x1b[2Jlabel?"}).to_csv(tmp_path / "evil.csv", index=False)
    answer = cli("detect", "evil.csv")
    assert answer.code == 2
    assert "\x1b" not in answer.err


@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_ended_half_way_it_leaves_nothing(texts, tmp_path, signal):
    big = tmp_path / "big.csv"
    messages(20_000).to_csv(big, index=False)
    before = sorted(tmp_path.iterdir())
    process = subprocess.Popen(
        [sys.executable, "-m", "labelaudit", "detect", "big.csv", "-v", "--repeats", "50"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what runs in its background deaf to Ctrl-C, this test run included.
        preexec_fn=lambda: signals.signal(signals.SIGINT, signals.SIG_DFL),  # noqa: PLW1509
    )
    assert any(line.startswith("to decide") for line in process.stderr)
    process.send_signal(getattr(signals, f"SIG{signal}"))
    assert process.wait(30) == main.INTERRUPTED
    process.stderr.close()
    assert sorted(tmp_path.iterdir()) == before
