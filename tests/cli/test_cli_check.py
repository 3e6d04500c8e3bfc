"""The gate for each verdict: mislabelled, ambiguous, outlier, duplicate conflict."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from cli_data import messages

NAMES = {
    "mislabelled": "mislabelled",
    "ambiguous": "ambiguous",
    "outlier": "outlier",
    "duplicate": "duplicate conflict",
}


@pytest.fixture
def conflicting(cli, tmp_path):
    """A kept run of messages with planted errors, and one row copied with another label."""
    frame = messages()
    copy = frame.iloc[[0]].assign(
        id="copy", label="ham" if frame.loc[0, "label"] == "spam" else "spam"
    )
    pd.concat([frame, copy]).to_csv(tmp_path / "copies.csv", index=False)
    answer = cli("detect", "copies.csv", "-q", "--fast", "-f", "json")
    assert answer.code == 0, answer.err
    summary = json.loads(answer.out)["summary"]
    assert summary["by_verdict"]["mislabelled"] > 0
    assert summary["by_verdict"]["duplicate"] > 0
    return summary


@pytest.mark.parametrize("kind", NAMES)
def test_each_verdict_is_gated_on_its_own(cli, conflicting, kind):
    count, of = conflicting["by_verdict"][kind], conflicting["judged"]
    answer = cli("check", f"--max-{kind}", "0%", "--json")
    assert answer.code == (1 if count else 0)
    told = json.loads(answer.out)
    assert told["outcome"] == ("FAIL" if count else "PASS")
    (check,) = told["checks"]
    expected = {"name": NAMES[kind], "count": count, "of": of, "limit": 0.0, "failed": count > 0}
    assert {key: check[key] for key in expected} == expected
    assert (check["condition"], check["share"]) == (f"{kind}>0%", count / of)
    assert answer.err.startswith(f"{told['outcome']}: {NAMES[kind]}: {count} of {of} ")
    assert cli("check", f"--max-{kind}", repr(count / of)).code == 0


def test_verdicts_and_the_other_thresholds_are_judged_together(cli, conflicting):
    answer = cli(
        "check", "--max-flagged", "100%", "--max-mislabelled", "100%", "--max-duplicate", "0%"
    )
    assert answer.code == 1
    assert answer.err.startswith("FAIL: duplicate conflict: ")
    assert "mislabelled:" not in answer.err


def test_a_threshold_of_a_verdict_replaces_the_usual_one(cli, conflicting, tmp_path):
    assert json.loads(cli("check", "--json").out)["checks"][0]["limit"] == 0.05
    (tmp_path / "labelaudit.toml").write_text('max-outlier = "50%"\n')
    checks = json.loads(cli("check", "--json").out)["checks"]
    assert [(one["name"], one["limit"]) for one in checks] == [("outlier", 0.5)]


def test_what_is_no_share_is_refused(cli, conflicting):
    for kind in NAMES:
        answer = cli("check", f"--max-{kind}", "5")
        assert answer.code == 2
        assert f"where: --max-{kind}" in answer.err
        assert "5%" in answer.err


def test_the_help_page_names_each_verdict(cli):
    page = cli("check", "--help").out
    assert all(f"--max-{kind}" in page for kind in NAMES)
    assert "labelaudit check --max-mislabelled 2% --max-duplicate 0%" in page


def test_a_blind_run_is_no_pass_for_any_verdict(cli, tmp_path):
    frame = messages()
    frame["label"] = np.random.default_rng(5).permutation(frame["label"])
    frame.to_csv(tmp_path / "noise.csv", index=False)
    assert cli("detect", "noise.csv", "-q", "--fast").code == 0
    for kind in NAMES:
        answer = cli("check", f"--max-{kind}", "100%")
        assert answer.code == 1
        assert answer.err.startswith("INCONCLUSIVE: ")
        assert "; --allow-inconclusive lets the gate pass\n" in answer.err
        allowed = cli("check", f"--max-{kind}", "100%", "--allow-inconclusive")
        assert allowed.code == 0
        assert "; it passes by --allow-inconclusive\n" in allowed.err
        assert "lets the gate pass" not in allowed.err


def test_copies_that_nobody_looked_for_are_no_pass(cli, texts):
    assert cli("detect", texts, "-q", "--fast", "--detectors", "label-posterior").code == 0
    answer = cli("check", "--max-duplicate", "0%")
    assert answer.code == 1
    assert answer.err.startswith("INCONCLUSIVE: nobody looked for duplicate conflicts")
    assert cli("check", "--max-duplicate", "0%", "--allow-inconclusive").code == 0
    assert cli("check", "--max-mislabelled", "100%").code == 0
