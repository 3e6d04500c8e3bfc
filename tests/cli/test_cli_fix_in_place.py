"""`labelaudit fix --in-place`: over the input, once, and so that it can be undone."""

from __future__ import annotations

import pandas as pd
from cli_data import messages


def test_it_writes_over_the_input_and_only_once(audited, texts, tmp_path):
    before = texts.read_bytes()
    answer = audited("fix", "-s", "downweight", "--in-place")
    assert answer.code == 0, answer.err
    assert "labelaudit undo 1 brings back what it was" in answer.err
    after = texts.read_bytes()
    assert pd.read_csv(texts).columns.tolist() == [*messages().columns, "sample_weight"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".labelaudit", "messages.csv"]
    again = audited("fix", "-s", "downweight", "--in-place")
    assert again.code == 0
    assert "is fixed like this already, recorded as 1" in again.err
    assert texts.read_bytes() == after
    assert after != before


def test_the_same_run_serves_the_file_it_changed(audited, texts):
    """Own columns are no content: the rows are found again."""
    assert audited("fix", "-s", "downweight", "--in-place").code == 0
    answer = audited("fix", "-s", "correct", "--min-confidence", "0.5", "-o", "c.csv")
    assert answer.code == 0, answer.err
    assert "6 correct" in answer.err
    assert "left alone" not in answer.err


def test_a_dry_run_leaves_the_input_alone(audited, texts):
    before = texts.read_bytes()
    answer = audited("fix", "-s", "drop", "--in-place", "--dry-run")
    assert answer.code == 0
    assert f"would write {texts}" in answer.err
    assert texts.read_bytes() == before


def test_it_excludes_another_output_and_a_queue(audited, texts):
    before = texts.read_bytes()
    named = audited("fix", "-s", "drop", "--in-place", "-o", "other.csv")
    assert named.code == 2
    assert "--in-place and --output" in named.err
    queue = audited("fix", "-s", "relabel", "--in-place")
    assert queue.code == 2
    assert "a queue is a file of its own" in queue.err
    assert texts.read_bytes() == before


def test_nothing_to_change_is_said(audited, texts):
    before = texts.read_bytes()
    answer = audited("fix", "-s", "correct", "--min-agreement", "9", "--in-place")
    assert answer.code == 0
    assert "there is nothing to change: nothing was written" in answer.err
    assert texts.read_bytes() == before


def test_the_queue_of_a_plan_lies_beside(cli, tmp_path):
    frame = messages()
    copies = frame.iloc[[10, 20]].assign(id=["x", "y"])
    copies["label"] = copies["label"].map({"spam": "ham", "ham": "spam"})
    pd.concat([frame, copies]).to_csv(tmp_path / "kinds.csv", index=False)
    assert cli("detect", "kinds.csv", "-q").code == 0
    call = [
        "fix",
        "--plan",
        "mislabelled=correct,duplicate=relabel",
        "--min-confidence",
        "0.5",
        "--in-place",
    ]
    answer = cli(*call)
    assert answer.code == 0, answer.err
    assert (tmp_path / "kinds.relabel.csv").exists()
    assert not (tmp_path / "kinds.fix.csv").exists()
    queue = (tmp_path / "kinds.relabel.csv").read_bytes()
    fixed = (tmp_path / "kinds.csv").read_bytes()
    again = cli(*call)
    assert again.code == 0, again.err
    assert "kinds.csv is fixed like this already" in again.err
    assert (tmp_path / "kinds.relabel.csv").read_bytes() == queue
    # Killed between the two outputs the queue is there, and the same call completes it.
    assert cli("undo").code == 0
    half = cli(*call)
    assert half.code == 0, half.err
    assert "kinds.relabel.csv holds exactly this already" in half.err
    assert (tmp_path / "kinds.csv").read_bytes() == fixed
