from __future__ import annotations

import json
import math
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def quality(load):
    return load("quality")


@pytest.fixture(scope="module")
def peers(load):
    return load("peers")


@pytest.fixture
def folder(tmp_path):
    """Make a directory with one clean set."""
    random = np.random.default_rng(0)
    y = np.arange(80) % 2
    frame = pd.DataFrame({"id": [str(at) for at in range(80)], "label": np.array(["a", "b"])[y]})
    frame["x"] = y * 3 + random.normal(size=80)
    frame["z"] = random.normal(size=80)
    (tmp_path / "sets" / "clean").mkdir(parents=True)
    frame.to_parquet(tmp_path / "sets" / "clean" / "blobs.parquet")
    return tmp_path / "sets"


@pytest.fixture
def run(quality, peers, folder, tmp_path, monkeypatch, capsys):
    """Run the benchmark with the pipelines in this process, and count them."""
    calls = []

    def child(pipeline, file, result, timeout):
        calls.append(pipeline)
        frame = pd.read_parquet(file)
        if pipeline == "datalab" or len(set(frame["label"])) == 1:
            return {"error": "it broke"}
        found = peers.PIPELINES["tutorial-lr"](frame)
        peers.write_found(result, found, seconds=1.0, peak_mb=2.0)
        return {"process_seconds": 3.0}

    def run(*arguments):
        calls.clear()
        monkeypatch.setattr(quality, "run_child", child)
        monkeypatch.setattr(
            sys, "argv", ["quality.py", str(folder), "--output", str(tmp_path / "out"), *arguments]
        )
        quality.main()
        report = json.loads((tmp_path / "out" / "quality.json").read_text())
        return list(calls), report, capsys.readouterr()

    return run


def test_every_setting_meets_every_pipeline_once(run):
    calls, report, _ = run("--pipelines", "tutorial-lr", "tutorial-rf")
    assert calls == ["tutorial-lr", "tutorial-rf"] * 3
    records = report["records"]
    assert [one["rate"] for one in records] == [0, 0, 0.05, 0.05, 0.2, 0.2]
    assert records[-1]["figures"]["process_seconds"] == 3
    assert records[-1]["role"] == "held out"
    assert records[-1]["error_rate"] == pytest.approx(0.2, abs=0.1)


def test_an_interrupted_run_goes_on_where_it_stopped(run):
    run("--pipelines", "tutorial-lr")
    calls, report, _ = run("--pipelines", "tutorial-lr", "tutorial-rf")
    assert calls == ["tutorial-rf"] * 3
    assert len(report["records"]) == 6
    assert run("--pipelines", "tutorial-lr", "--rows", "60")[0] == ["tutorial-lr"] * 3


def test_results_are_renewed_when_the_code_or_the_data_change(run, quality, folder, monkeypatch):
    run("--pipelines", "tutorial-lr")
    with monkeypatch.context() as patch:
        patch.setattr(quality, "code_hash", cache(lambda pipeline: "changed"))
        assert len(run("--pipelines", "tutorial-lr")[0]) == 3
    file = folder / "clean" / "blobs.parquet"
    pd.read_parquet(file).assign(z=1.5).to_parquet(file)
    assert len(run("--pipelines", "tutorial-lr")[0]) == 3


def test_a_peers_code_does_not_include_labelaudits_own(quality, tmp_path, monkeypatch):
    before = {name: quality.code_hash(name) for name in ("labelaudit", "tutorial-lr")}
    (tmp_path / "measure").mkdir()
    noise = quality.PACKAGE / "measure" / "noise.py"
    (tmp_path / "measure" / "noise.py").write_bytes(noise.read_bytes())
    (tmp_path / "new.py").write_text("")
    monkeypatch.setattr(quality, "PACKAGE", tmp_path)
    quality.code_hash.cache_clear()
    after = {name: quality.code_hash(name) for name in before}
    quality.code_hash.cache_clear()
    assert after["tutorial-lr"] == before["tutorial-lr"]
    assert after["labelaudit"] != before["labelaudit"]


def test_code_that_changes_while_it_is_measured_is_told(quality, tmp_path, monkeypatch):
    (tmp_path / "measure").mkdir()
    noise = tmp_path / "measure" / "noise.py"
    noise.write_text("before")
    monkeypatch.setattr(quality, "PACKAGE", tmp_path)
    quality.code_hash.cache_clear()
    assert not quality.changed_meanwhile(("tutorial-lr",))
    noise.write_text("after")
    assert quality.changed_meanwhile(("tutorial-lr",))
    quality.code_hash.cache_clear()


def test_a_failure_is_told_kept_in_the_report_and_tried_again(run):
    calls, report, told = run("--pipelines", "datalab", "tutorial-lr")
    assert calls == ["tutorial-lr", "datalab"] * 3
    failed = [one for one in report["records"] if one["pipeline"] == "datalab"]
    assert {one["error"] for one in failed} == {"it broke"}
    assert "failed: it broke" in told.out
    assert "datalab: it broke" in told.err
    assert run("--pipelines", "datalab", "tutorial-lr")[0] == ["datalab"] * 3


def test_noise_that_cannot_be_planted_does_not_end_the_run(run, folder):
    file = folder / "clean" / "blobs.parquet"
    pd.read_parquet(file).assign(label="a").to_parquet(file)
    _, report, _ = run("--pipelines", "tutorial-rf")
    errors = [one["error"] for one in report["records"] if one["rate"] > 0]
    assert len(errors) == 2
    assert all(error.startswith("errors not planted: ") for error in errors)


def test_the_report_never_names_the_directory(run, folder, tmp_path):
    run("--pipelines", "tutorial-lr", "datalab")
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert str(folder) not in path.read_text()


def test_a_set_that_is_not_there_is_named(run):
    with pytest.raises(SystemExit, match="no set 'nowhere'"):
        run("--only", "nowhere")


def test_the_directory_comes_from_the_argument_the_environment_or_the_samples(
    quality, monkeypatch, tmp_path
):
    monkeypatch.setenv("LABELAUDIT_BENCH", str(tmp_path))
    assert quality.choose_directory(tmp_path / "given") == tmp_path / "given"
    assert quality.choose_directory(None) == tmp_path
    monkeypatch.delenv("LABELAUDIT_BENCH")
    assert quality.choose_directory(None) == quality.SAMPLE_DATA


def test_a_child_leaves_what_it_found(quality, peers, folder, tmp_path):
    file = tmp_path / "rows.parquet"
    pd.read_parquet(folder / "clean" / "blobs.parquet").to_parquet(file)
    result = tmp_path / "found.npz"
    assert quality.run_child("tutorial-lr", file, result, 600)["process_seconds"] > 0
    found, about = peers.read_found(result)
    assert len(found.suspicion) == 80
    assert set(about) == {"seconds", "peak_mb"}


def test_a_child_that_fails_says_why_without_naming_where(quality, tmp_path):
    file = tmp_path / "rows.parquet"
    pd.DataFrame({"id": ["1"], "x": [1.0]}).to_parquet(file)
    ran = quality.run_child("tutorial-lr", file, tmp_path / "found.npz", 600)
    assert "KeyError: 'label'" in ran["error"]
    ran = quality.run_child("tutorial-lr", tmp_path / "none", tmp_path / "found.npz", 600)
    assert str(tmp_path) not in ran["error"]


def test_json_holds_no_nan(quality):
    value = {"a": [math.nan, 1.0], "b": {"c": -math.inf}, "d": "x"}
    assert quality.without_nan(value) == {"a": [None, 1.0], "b": {"c": None}, "d": "x"}
