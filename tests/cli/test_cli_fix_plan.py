"""`labelaudit fix`: several strategies, corrections, and what is safe."""

from __future__ import annotations

import pandas as pd
import pytest
from cli_data import PLANTED, messages

from labelaudit.data.dataset import load_dataset

FLOORS = ["--max-class-loss", "50%"]
MIXED = "mislabelled=correct,ambiguous=downweight,outlier=relabel,duplicate=relabel"


def issues(tmp_path):
    return pd.read_csv(next((tmp_path / ".labelaudit" / "runs").glob("*/issues.csv")))


def test_correct_changes_the_cells_of_planted_errors_and_no_other(audited, tmp_path):
    shown = audited("fix", "-s", "correct", "--min-confidence", "0.5", "--dry-run")
    assert shown.code == 0
    assert "correct to " in shown.out
    assert "(unsafe)" in shown.out
    assert "6 unsafe: rows go, or what models learn of them changes" in shown.err
    assert "were planted" in shown.err
    answer = audited("fix", "-s", "correct", "--min-confidence", "0.5")
    assert answer.code == 0, answer.err
    assert "messages.correct.csv: 6 rows corrected, recorded as 1" in answer.err
    before, after = messages(), pd.read_csv(tmp_path / "messages.correct.csv")
    changed = before["label"] != after["label"]
    assert set(changed[changed].index) == set(PLANTED)
    assert after.drop(columns="label").equals(before.drop(columns="label"))
    alone = audited("fix", "-s", "correct", "--min-agreement", "9", "-o", "none.csv")
    assert "6 rows, flagged by fewer than 9 detectors" in alone.err
    assert (tmp_path / "none.csv").read_bytes() == (tmp_path / "messages.csv").read_bytes()


def test_soft_labels_are_columns_beside_the_label(audited, texts, tmp_path):
    answer = audited("fix", "-s", "correct", "--soft")
    assert answer.code == 0, answer.err
    before, after = messages(), pd.read_csv(tmp_path / "messages.correct.csv")
    own = ["label_prob_ham", "label_prob_spam"]
    assert after.columns.tolist() == [*before.columns, *own]
    assert after[before.columns.tolist()].equals(before)
    assert after[own].sum(axis=1).to_numpy() == pytest.approx(1)
    same = load_dataset(tmp_path / "messages.correct.csv").fingerprint
    assert same.tolist() == load_dataset(texts).fingerprint.tolist()
    given = after["label_prob_spam"].where(after["label"] == "spam", after["label_prob_ham"])
    assert set(given[given < 1].index) == set(PLANTED)
    chance = issues(tmp_path).set_index("row")["error_probability"]
    assert given[list(PLANTED)].to_numpy() == pytest.approx(
        1 - chance[list(PLANTED)].to_numpy(), abs=1e-6
    )


def test_balanced_weights_give_each_class_the_same_total(cli, tmp_path):
    frame = messages()
    frame = frame.drop(index=frame[frame["label"] == "ham"].index[60:])
    frame.to_csv(tmp_path / "uneven.csv", index=False)
    assert cli("detect", "uneven.csv", "-q").code == 0
    answer = cli("fix", "-s", "downweight", "--weight-by", "class-balanced")
    assert answer.code == 0, answer.err
    assert "classes balanced" in answer.err
    after = pd.read_csv(tmp_path / "uneven.downweight.csv")
    totals = after.groupby("label")["sample_weight"].sum()
    assert totals.to_numpy() == pytest.approx([len(after) / 2] * 2, rel=1e-4)


@pytest.fixture
def kinds(cli, tmp_path):
    """A run with mislabelled rows and copies that are at odds."""
    frame = messages()
    copies = frame.iloc[[10, 20]].copy()
    copies["id"] = ["copy-10", "copy-20"]
    copies["label"] = ["ham" if one == "spam" else "spam" for one in copies["label"]]
    pd.concat([frame, copies]).to_csv(tmp_path / "kinds.csv", index=False)
    assert cli("detect", "kinds.csv", "-q").code == 0
    found = set(issues(tmp_path)["verdict"])
    assert {"mislabelled", "duplicate"} <= found, found
    return cli


def test_a_plan_by_verdict_writes_the_data_and_a_queue(kinds, tmp_path):
    call = ["fix", "--plan", MIXED, "--min-confidence", "0.5"]
    shown = kinds(*call, "--dry-run")
    assert "would write kinds.fix.csv and kinds.relabel.csv" in shown.err
    assert not (tmp_path / "kinds.fix.csv").exists()
    answer = kinds(*call)
    assert answer.code == 0, answer.err
    assert f"plan {MIXED}, from run " in answer.err
    assert "wrote kinds.fix.csv: " in answer.err
    assert "rows corrected" in answer.err
    assert "wrote kinds.relabel.csv: " in answer.err
    assert "recorded as 2" in answer.err
    queue = pd.read_csv(tmp_path / "kinds.relabel.csv")
    assert set(queue["verdict"]) <= {"outlier", "duplicate"}
    changed = messages()["label"] != pd.read_csv(tmp_path / "kinds.fix.csv")["label"][:240]
    assert set(changed[changed].index) <= set(PLANTED)
    assert changed.any()
    again = kinds(*call)
    assert again.code == 0
    assert again.err.count("holds exactly this already") == 2


def test_one_output_is_enough_where_the_other_would_be_empty(kinds, tmp_path):
    nothing = ["--plan", MIXED, "--min-agreement", "9"]
    answer = kinds("fix", *nothing, "-o", "d.csv", "--queue", "q.csv")
    assert answer.code == 0, answer.err
    assert (tmp_path / "q.csv").exists()
    assert not (tmp_path / "d.csv").exists()
    only = kinds("fix", "--plan", "mislabelled=drop,outlier=relabel", *FLOORS, "-o", "d.csv")
    assert only.code == 0, only.err
    assert (tmp_path / "d.csv").exists()
    assert not (tmp_path / "kinds.relabel.csv").exists()
    assert "verdict duplicate, which the plan does not name" in only.err


def test_a_queue_in_the_way_stops_the_data_too(kinds, tmp_path):
    (tmp_path / "kinds.relabel.csv").write_text("decisions of last week")
    answer = kinds("fix", "--plan", MIXED, "--min-confidence", "0.5")
    assert answer.code == 2
    assert "kinds.relabel.csv" in answer.err
    assert not (tmp_path / "kinds.fix.csv").exists()
    assert (tmp_path / "kinds.relabel.csv").read_text() == "decisions of last week"


def test_a_plan_may_stand_in_the_policy_file(kinds, tmp_path):
    (tmp_path / "labelaudit.toml").write_text('[fix]\nplan = "duplicate=relabel"\n')
    answer = kinds("fix")
    assert answer.code == 0, answer.err
    assert "plan duplicate=relabel" in answer.err
    assert (tmp_path / "kinds.relabel.csv").exists()
    beaten = kinds("fix", "-s", "downweight", "--dry-run")
    assert beaten.code == 0
    assert "plan downweight" in beaten.err
    (tmp_path / "labelaudit.toml").write_text('[fix]\nplan = "duplicates=relabel"\n')
    wrong = kinds("fix")
    assert wrong.code == 2
    assert "labelaudit.toml" in wrong.err
    assert "did you mean 'duplicate'?" in wrong.err


def test_safe_only_keeps_to_what_loses_nothing(kinds, tmp_path):
    answer = kinds("fix", "-s", "drop", "--safe-only")
    assert answer.code == 0
    assert "drop is unsafe, and --safe-only leaves it out" in answer.err
    assert "nothing is left to do with --safe-only: nothing was written" in answer.err
    assert answer.out == ""
    assert not (tmp_path / "kinds.drop.csv").exists()
    assert not (tmp_path / ".labelaudit" / "ledger.jsonl").exists()
    part = kinds("fix", "--plan", MIXED, "--safe-only")
    assert part.code == 0, part.err
    assert "correct is unsafe" in part.err
    assert not (tmp_path / "kinds.fix.csv").exists()
    assert (tmp_path / "kinds.relabel.csv").exists()


def test_bad_calls_say_what_to_do(kinds, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    cases = [
        (["-s", "drop", "--plan", MIXED], "--strategy and --plan"),
        ([], "no strategy is given"),
        (["--plan", "mislabeled=drop"], "did you mean 'mislabelled'?"),
        (["--plan", "mislabelled=dorp"], "did you mean 'drop'?"),
        (["-s", "corect"], "did you mean 'correct'?"),
        (["-s", "drop", "--soft"], "--soft has a say in correct only"),
        (["-s", "relabel", "--min-confidence", "0.9"], "--min-confidence has a say in correct"),
        (["-s", "drop", "--weight-by", "class-balanced"], "--weight-by has a say in downweight"),
        (["-s", "drop", "--budget", "5"], "--budget has a say in relabel"),
        (["-s", "correct", "--safe-cells"], "--safe-cells has a say in relabel"),
        (["-s", "drop", "--queue", "q.csv"], "nothing is queued by drop"),
        (["-s", "relabel", "-o", "a.csv", "--queue", "b.csv"], "the queue has two names"),
        (["--plan", MIXED, "-o", "a.csv", "--queue", "a.csv"], "one name"),
        (["-s", "correct", "--min-confidence", "1.5"], "1.5 is out of range"),
        (["-s", "downweight", "--weight-by", "size"], "'size' is not a choice"),
    ]
    for arguments, words in cases:
        answer = kinds("fix", *arguments)
        assert answer.code == 2, arguments
        assert words in answer.err, answer.err
        assert "hint: " in answer.err, arguments
        assert answer.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_a_blind_run_corrects_nothing_unless_told_to(cli, tmp_path):
    frame = messages()
    frame["label"] = frame["label"].sample(frac=1, random_state=3).to_numpy()
    frame.to_csv(tmp_path / "noise.csv", index=False)
    cli("detect", "noise.csv", "-q")
    answer = cli("fix", "--plan", MIXED)
    assert answer.code == 2
    assert "blind" in answer.err
    assert not (tmp_path / "noise.fix.csv").exists()
