from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from cli_data import messages

from labelaudit.audit.runs import RunStore

N = 600


@pytest.fixture
def sourced(tmp_path):
    """Write messages from six sources, one of which labels at random often, and what models say."""
    frame = messages(N)
    random = np.random.default_rng(0)
    source = random.integers(0, 6, N)
    true = frame["label"].to_numpy()
    wrong = random.random(N) < np.where(source == 1, 0.4, 0.05)
    frame["label"] = np.where(wrong, np.where(true == "spam", "ham", "spam"), true)
    frame["source"] = [f"s{one}" for one in source]
    frame["day"] = pd.date_range("2024-01-01", periods=N, freq="6h").astype(str)
    path = tmp_path / "sourced.csv"
    frame.to_csv(path, index=False)
    spam = np.where(true == "spam", 0.95, 0.05)
    pd.DataFrame({"ham": 1 - spam, "spam": spam}).to_parquet(tmp_path / "probs.parquet")
    return path


def test_detect_finds_the_source_and_fix_takes_its_rows_only(cli, sourced, tmp_path):
    detect = ("detect", sourced.name, "--pred-probs", "probs.parquet", "--time", "day")
    assert cli(*detect).code == 0
    audit = RunStore(tmp_path / ".labelaudit").load().audit()
    assert audit.settings["time"] == "day"
    number, found = next(
        (at, one) for at, one in enumerate(audit.patterns, 1) if one.kind == "slice"
    )
    assert found.conditions == (("source", "s1"),)
    answer = cli("fix", "-s", "drop", "--pattern", str(number), "--max-class-loss", "50%")
    assert answer.code == 0, answer.err
    assert "not in the chosen pattern" in answer.err
    kept = pd.read_csv(tmp_path / "sourced.drop.csv")
    gone = set(pd.read_csv(sourced)["id"]) - set(kept["id"])
    assert gone
    assert gone <= set(found.row_ids)
    check = found.note.partition("--fail-on '")[2].rstrip("'")
    assert cli("check", "--fail-on", check).code == 1


def test_the_ledger_tells_the_pattern(cli, sourced, tmp_path):
    cli("detect", sourced.name, "--pred-probs", "probs.parquet")
    answer = cli("fix", "-s", "downweight", "--pattern", "1")
    assert answer.code == 0, answer.err
    told = (tmp_path / ".labelaudit" / "ledger.jsonl").read_text()
    assert '"pattern":[1]' in told.replace(" ", "")


def test_a_pattern_that_is_not_there_is_refused(cli, sourced):
    cli("detect", sourced.name, "--pred-probs", "probs.parquet", "--slice", "none")
    answer = cli("fix", "-s", "drop", "--pattern", "99")
    assert answer.code == 2
    assert "no pattern 99" in answer.err


def test_columns_that_are_not_there_are_refused(cli, sourced):
    for option in ("--time", "--slice"):
        answer = cli("detect", sourced.name, "--pred-probs", "probs.parquet", option, "sauce")
        assert answer.code == 2
        assert option in answer.err
        assert "source" in answer.err


def test_the_same_call_gives_the_same_patterns(cli, sourced, tmp_path):
    for store in ("one", "other"):
        detect = ("detect", sourced.name, "--pred-probs", "probs.parquet", "--store", store)
        assert cli(*detect).code == 0
    one, other = (
        json.loads(next((tmp_path / store / "runs").glob("*/evidence.json")).read_text())
        for store in ("one", "other")
    )
    assert one["patterns"] == other["patterns"] != []
