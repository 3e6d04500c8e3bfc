from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pyarrow.parquet as pq
import pytest

from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.plain import summary_from, to_plain
from labelaudit.audit.runs import RunStore
from labelaudit.config import Settings
from labelaudit.data.leftovers import aside_name
from labelaudit.errors import OutputError, RunError
from labelaudit.report import FORMATS, render
from labelaudit.testing import example
from labelaudit.types import Round

NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def audit():
    data, evidence = example()
    return audit_dataset(data, evidence=evidence)


@pytest.fixture(scope="module")
def fitted_audit():
    """Give an Audit of our own models, with planted errors and a round."""
    data, _ = example(300)
    audit = audit_dataset(data, Settings(model=("logreg",), rounds="1"))
    assert audit.summary.measured is not None
    assert audit.summary.measured.bands
    assert len(audit.summary.rounds) == 1
    return audit


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / ".labelaudit", clock=lambda: NOON)


def save(store, audit):
    return store.save(audit, command=["detect", "x.csv"], directory=store.root, seconds={"a": 1.0})


KILLED = """
import os, signal, sys
from pathlib import Path
from labelaudit.audit import runs
from labelaudit.audit.detect import audit_dataset
from labelaudit.testing import example

data, evidence = example()
audit = audit_dataset(data, evidence=evidence)
where = sys.argv[1]

def kill(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

if where == "pack":
    runs.pack_manifest, packed = lambda audit: {}, runs.pack_audit
    def pack(audit, path):
        packed(audit, path)
        kill()
    runs.pack_audit = pack
else:
    Path.replace = kill
runs.RunStore(Path(".labelaudit")).save(audit, command=[], directory=Path(), seconds={})
"""


@pytest.mark.skipif(os.name == "nt", reason="processes cannot be asked there")
@pytest.mark.parametrize(("where", "folder"), [("pack", "runs"), ("latest", ".")])
def test_what_a_killed_run_left_is_cleared_away_by_the_next(store, audit, tmp_path, where, folder):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, where], cwd=tmp_path, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (left,) = (store.root / folder).glob(".labelaudit-*")
    # Another process writes a run at the same time.
    others = store.runs_path / aside_name()
    others.mkdir()
    run = save(store, audit)
    assert not left.exists()
    assert others.is_dir()
    assert store.load().id == run.id
    assert [one for one in store.root.rglob(".*") if one != others] == []


@pytest.mark.parametrize("which", ["audit", "fitted_audit"])
def test_a_run_gives_back_the_same_audit(store, which, request):
    audit = request.getfixturevalue(which)
    save(store, audit)
    again = store.load().audit()
    for item in fields(audit):
        one, other = getattr(audit, item.name), getattr(again, item.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype or item.name == "row_id", item.name
            np.testing.assert_array_equal(one, other, err_msg=item.name)
        elif item.name == "by_detector":
            assert list(one) == list(other)
            for name in one:
                np.testing.assert_array_equal(one[name], other[name])
        elif item.name not in {"settings", "issues"}:
            assert one == other, item.name


def test_what_was_measured_and_every_round_survives_json(fitted_audit):
    summary = fitted_audit.summary
    plain = json.loads(json.dumps(to_plain(summary, exact=True), allow_nan=False))
    assert summary_from(plain) == summary


def test_what_is_unknown_survives_json_as_unknown(fitted_audit):
    measured = replace(fitted_audit.summary.measured, precision=float("nan"), recall=0.0)
    settled = Round(left_out=0, flagged=0, entered=0, left=0, overlap=float("nan"))
    summary = replace(fitted_audit.summary, measured=measured, rounds=(settled, settled))
    plain = json.loads(json.dumps(to_plain(summary, exact=True), allow_nan=False))
    again = summary_from(plain)
    assert np.isnan(again.measured.precision)
    assert again.measured.recall == 0
    assert replace(again.measured, precision=1.0) == replace(measured, precision=1.0)
    assert [replace(one, overlap=1.0) for one in again.rounds] == [
        replace(settled, overlap=1.0)
    ] * 2
    assert all(np.isnan(one.overlap) for one in again.rounds)


@pytest.mark.parametrize("name", FORMATS)
def test_a_kept_run_is_reported_like_a_fresh_one(store, audit, name):
    save(store, audit)
    assert render(store.load().audit(), name) == render(audit, name)


def test_what_a_run_directory_holds(store, audit):
    run = save(store, audit)
    names = {path.name for path in run.path.iterdir()}
    assert {"manifest.json", "scores.parquet", "issues.csv", "summary.json"} <= names
    scores = pq.read_table(run.path / "scores.parquet")
    assert scores.column_names[:10] == [
        "row_id",
        "row",
        "given",
        "suggested",
        "self_confidence",
        "suspicion",
        "error_probability",
        "flagged",
        "severity",
        "verdict",
    ]
    assert scores.column_names[10:] == [f"suspicion_{name}" for name in audit.by_detector]
    assert scores.column("row").to_pylist() == list(range(120))
    assert (run.path / "issues.csv").read_text().startswith("rank,row_id,row,line,given,suggested,")
    manifest = json.loads((run.path / "manifest.json").read_text())
    assert manifest["seed"] == 0
    assert manifest["versions"]["labelaudit"]
    assert (store.root / "latest").read_text().strip() == run.id


def test_runs_of_one_second_do_not_collide(store, audit):
    one, other = save(store, audit), save(store, audit)
    assert one.id == "20260314-120000-memory"
    assert other.id == "20260314-120000-memory-2"
    assert store.load().id == other.id
    assert store.ids() == [one.id, other.id]


def test_runs_are_found_by_the_beginning_of_their_name(store, audit):
    one, other = save(store, audit), save(store, audit)
    assert store.load(one.id).id == one.id
    assert store.load(other.id).id == other.id
    with pytest.raises(RunError, match="could be any of 2"):
        store.load("2026")
    with pytest.raises(RunError, match="there is no run 'nope'"):
        store.load("nope")


def test_no_run_at_all_says_how_to_make_one(store):
    with pytest.raises(RunError, match="there is no run to go by") as caught:
        store.load()
    assert "labelaudit detect" in caught.value.hint
    assert store.ids() == []


def test_a_latest_run_that_was_removed_is_said_and_not_replaced_by_another(store, audit):
    save(store, audit)
    shutil.rmtree(save(store, audit).path)
    with pytest.raises(RunError, match="is gone"):
        store.load()


@pytest.mark.parametrize(
    "name", ["manifest.json", "scores.parquet", "summary.json", "issues.parquet"]
)
def test_damage_is_said(store, audit, name):
    run = save(store, audit)
    (run.path / name).write_bytes(b"{")
    with pytest.raises(RunError, match="damaged"):
        store.load().audit()


def test_a_failed_save_leaves_nothing_behind(store, audit, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labelaudit.audit.runs.pack_audit", fail)
    with pytest.raises(OutputError, match="No space left"):
        save(store, audit)
    assert list(store.runs_path.iterdir()) == []
    assert not (store.root / "latest").exists()


def test_a_store_that_cannot_be_made_is_said(tmp_path, audit):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot keep the run"):
        save(RunStore(tmp_path / "file"), audit)


def test_a_file_name_that_is_no_text_is_kept_all_the_same(store, audit):
    odd = replace(audit, source=replace(audit.source, path="caf\udce9.csv"))
    run = save(store, odd)
    assert store.load(run.id).audit().source.path == "caf\udce9.csv"


def test_runs_of_one_second_are_listed_as_they_were_made(store, audit):
    made = [save(store, audit).id for _ in range(11)]
    assert store.ids() == made
