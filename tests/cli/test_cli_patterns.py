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


def test_a_bad_source_with_a_time_of_its_own_is_told_once(cli, sourced):
    frame = pd.read_csv(sourced)
    month = np.where(frame["source"] == "s1", 9, 1 + np.arange(N) % 6)
    frame["day"] = [f"2024-{one:02d}-10" for one in month]
    frame.to_csv(sourced, index=False)
    detect = ("detect", sourced.name, "--pred-probs", "probs.parquet", "--time", "day", "-q")
    answer = cli(*detect, "-f", "json", "--slice", "source")
    assert answer.code == 0, answer.err
    assert answer.err == ""
    told = [one["name"] for one in json.loads(answer.out)["patterns"]]
    assert told[0] == "source = s1"
    assert not [name for name in told if name.startswith("day ")]
    alone = json.loads(cli(*detect, "-f", "json", "--slice", "none").out)["patterns"]
    assert next(one["name"] for one in alone if one["kind"] == "time") == "day 2024-09"


def test_blank_times_of_a_csv_file_are_left_out_as_nulls_of_parquet_are(cli, sourced, tmp_path):
    frame = pd.read_csv(sourced)
    bad = (frame["source"] == "s1").to_numpy()
    frame["day"] = [f"2024-{one:02d}-10" for one in np.where(bad, 9, 1 + np.arange(N) % 6)]
    frame.loc[~bad & (np.arange(N) % 10 < 8), "day"] = None
    assert frame["day"].isna().mean() > 0.5
    frame.to_csv(sourced, index=False)
    frame.assign(day=pd.to_datetime(frame["day"])).to_parquet(tmp_path / "sourced.parquet")
    found = []
    for name in ("sourced.csv", "sourced.parquet"):
        detect = ("detect", name, "--pred-probs", "probs.parquet", "--time", "day")
        answer = cli(*detect, "--slice", "none", "-f", "json", "-q")
        assert answer.code == 0, answer.err
        assert answer.err == ""
        document = json.loads(answer.out)
        (notice,) = [one for one in document["notices"] if one["code"] == "rows-without-time"]
        assert notice["message"].startswith(
            f"{frame['day'].isna().sum()} of {N} judged rows have no time in column 'day'"
        )
        found.append(document["patterns"])
    assert found[0] == found[1]
    blank = int(frame["day"].isna().sum())
    notes = [one["note"] for one in found[0] if one["kind"] == "time"]
    assert notes
    assert all(one.endswith(f" {blank} rows without a time are left out.") for one in notes)


def test_a_column_of_few_times_is_refused_with_what_is_true_of_it(cli, sourced):
    frame = pd.read_csv(sourced)
    frame["day"] = ["2024-05-31", "soon", "later", ""] * (N // 4)
    frame.to_csv(sourced, index=False)
    answer = cli("detect", sourced.name, "--pred-probs", "probs.parquet", "--time", "day")
    assert answer.code == 2
    assert answer.out == ""
    assert "error: only 150 of 450 cells of column 'day' are points in time" in answer.err
    assert "holds no" not in answer.err
