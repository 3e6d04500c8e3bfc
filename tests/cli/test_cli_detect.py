from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_data import PLANTED, messages

import labelaudit


def issues(answer):
    return pd.read_csv(io.StringIO(answer.out))


def test_text_from_csv_finds_the_planted_errors(cli, texts, tmp_path):
    answer = cli("detect", texts)
    assert answer.code == 0
    assert "label 'label' with 2 classes" in answer.err
    assert "--label" in answer.err
    assert "m003" in answer.out
    found = pd.read_csv(next((tmp_path / ".labelaudit" / "runs").glob("*/issues.csv")))
    assert set(found["row"].head(len(PLANTED))) == set(PLANTED)
    assert found["rank"].tolist() == list(range(1, len(found) + 1))


def test_a_table_from_parquet_finds_the_planted_errors(cli, table):
    answer = cli("detect", table, "-f", "csv", "-q")
    assert answer.code == 0
    assert answer.err == ""
    top = issues(answer).head(8)
    assert len(set(PLANTED) & set(top["row"])) >= 5
    assert set(top["given"]) <= {0, 1, 2}


def test_formats_on_stdout_and_in_files_are_the_same(cli, texts, tmp_path):
    for name in ("json", "csv", "markdown"):
        answer = cli("detect", texts, "-q", "-f", name, "--report", f"{name}=copy.{name}")
        assert answer.code == 0
        assert (tmp_path / f"copy.{name}").read_bytes() == answer.out.encode()
    assert json.loads((tmp_path / "copy.json").read_text())["schema_version"] == 1


def test_the_number_of_workers_changes_nothing(cli, table):
    one = cli("detect", table, "-q", "-f", "json", "--jobs", 1)
    other = cli("detect", table, "-q", "-f", "json", "--jobs", 4)
    assert one.code == other.code == 0
    assert one.out == other.out


def test_python_gives_what_the_command_line_gives(cli, texts):
    found = issues(cli("detect", texts, "-q", "-f", "csv"))
    audit = labelaudit.detect(messages(), label="label")
    assert [issue.row_id for issue in audit.issues] == found["row_id"].tolist()
    assert [f"{i.suspicion:.6g}" for i in audit.issues] == [
        f"{value:.6g}" for value in found["suspicion"]
    ]


def test_your_own_probabilities(cli, texts, tmp_path):
    frame = messages()
    p = np.where(frame["label"] == "spam", 0.9, 0.1)
    p[list(PLANTED)] = 1 - p[list(PLANTED)]
    generator = np.random.default_rng(0)
    p = np.clip(p + generator.normal(0, 0.05, len(p)), 0.01, 0.99)
    np.save(tmp_path / "probs.npy", np.c_[1 - p, p])
    by_order = cli("detect", texts, "-q", "-f", "csv", "--pred-probs", "probs.npy")
    assert by_order.code == 0, by_order.err
    assert set(issues(by_order)["row"]) == set(PLANTED)
    pd.DataFrame({"spam": p, "ham": 1 - p}).to_csv(tmp_path / "probs.csv", index=False)
    by_name = cli("detect", texts, "-q", "-f", "csv", "--pred-probs", "probs.csv")
    assert set(issues(by_name)["row"]) == set(PLANTED)


def test_fail_above(cli, texts):
    strict = cli("detect", texts, "-q", "-f", "csv", "--fail-above", "1%", "--report", "csv=x.csv")
    assert strict.code == 1
    assert strict.err.startswith("wrote x.csv\n") is False
    assert "FAIL: flagged" in strict.err
    assert Path("x.csv").exists()
    assert cli("detect", texts, "-q", "-f", "csv", "--fail-above", "50%").code == 0
    bad = cli("detect", texts, "--fail-above", "5")
    assert bad.code == 2
    assert "5%" in bad.err


def test_settings_from_file_and_environment(cli, texts, tmp_path, monkeypatch):
    (tmp_path / "labelaudit.toml").write_text("folds = 3\n")
    monkeypatch.setenv("LABELAUDIT_SEED", "9")
    answer = cli("detect", texts, "-q", "-f", "json")
    settings = json.loads(answer.out)["settings"]
    assert (settings["folds"], settings["seed"]) == (3, 9)


def test_stdin(texts, tmp_path):
    command = [sys.executable, "-m", "labelaudit", "detect", "-", "-q", "-f", "concise"]
    done = subprocess.run(
        command, input=texts.read_bytes(), capture_output=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"m003" in done.stdout


def test_parquet_on_stdout(texts, tmp_path):
    command = [sys.executable, "-m", "labelaudit", "detect", texts, "-q", "-f", "parquet"]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert pd.read_parquet(io.BytesIO(done.stdout))["rank"].iloc[0] == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_a_reader_that_goes_away_is_no_error(texts, tmp_path):
    call = f"{sys.executable} -m labelaudit detect {texts} -q -f json"
    line = f"{call} | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=tmp_path, check=False)
    assert done.stdout.endswith(b"0\n")
    assert done.stderr == b""


def test_missing_labels_are_counted_and_a_rare_class_is_told(cli, tmp_path):
    frame = messages()
    frame.loc[[5, 6], "label"] = None
    frame.loc[[10, 11], "label"] = "other"
    frame.to_csv(tmp_path / "holes.csv", index=False)
    answer = cli("detect", "holes.csv", "-f", "json", "-q")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert found["summary"]["missing"] == 2
    codes = [told["code"] for told in (*found["notices"], *found["findings"])]
    assert (codes.count("missing-labels"), codes.count("rare-classes")) == (1, 1)
    assert not {"other"} & {issue["given"] for issue in found["issues"]}


def test_a_blind_run_says_so_and_is_no_pass(cli, tmp_path):
    frame = messages()
    frame["label"] = np.random.default_rng(5).permutation(frame["label"])
    frame.to_csv(tmp_path / "noise.csv", index=False)
    answer = cli("detect", "noise.csv", "--fail-above", "100%")
    assert "BLIND" in answer.out
    assert answer.code == 1
    assert "INCONCLUSIVE" in answer.err
    assert cli("check", "--max-flagged", "100%", "--allow-inconclusive").code == 0


def test_the_input_is_not_touched(cli, texts):
    before = texts.read_bytes()
    cli("detect", texts, "-q")
    cli("fix", "--strategy", "downweight")
    cli("fix", "--strategy", "relabel")
    assert texts.read_bytes() == before


def test_agreement_that_is_too_good_is_questioned(cli, tmp_path):
    generator = np.random.default_rng(0)
    frame = messages(300).drop(columns="text")
    leak = (frame["label"] == "spam") + generator.normal(0, 0.01, 300)
    frame["before"] = generator.normal(0, 3, 300)
    frame["after"] = frame["before"] + leak
    frame.to_csv(tmp_path / "two.csv", index=False)
    found = json.loads(cli("detect", "two.csv", "-f", "json", "-q").out)
    assert "nearly-perfect" in {notice["code"] for notice in found["notices"]}
    frame.assign(score=leak).to_csv(tmp_path / "one.csv", index=False)
    found = json.loads(cli("detect", "one.csv", "-f", "json", "-q").out)
    # The finding names the column; the notice only suspects that there is one.
    assert found["findings"][0]["columns"] == ["score"]
    assert "nearly-perfect" not in {notice["code"] for notice in found["notices"]}


def test_a_reader_of_the_full_report_may_go_away_too(texts, tmp_path):
    call = f"{sys.executable} -m labelaudit detect {texts} -q"
    line = f"{call} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=tmp_path, check=False)
    assert done.stdout.endswith(b"\n0\n")


def test_lists_may_be_written_with_commas(cli, texts):
    answer = cli("detect", texts, "-q", "-f", "json", "--model", "logreg,complement-nb")
    assert [model["name"] for model in json.loads(answer.out)["models"]] == [
        "logreg",
        "complement-nb",
    ]
