from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from cli_data import PLANTED, messages
from prepared_run import prepare


def truth(frame=None):
    """Give the true label of each message by its id."""
    frame = messages() if frame is None else frame
    right = frame.set_index("id")["label"]
    rows = [f"m{row:03d}" for row in PLANTED]
    right[rows] = right[rows].map({"spam": "ham", "ham": "spam"})
    return right


def fill(path, output, *, by="class", leave=0, **columns):
    """Answer a sample as somebody who knows the truth; `leave` rows at its end stay empty."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    right = truth().loc[frame["row_id"]].to_numpy()
    same = right == frame["given_label"]
    words = {"class": right, "word": np.where(same, "right", "wrong")}
    frame["answer"] = words[by]
    frame.loc[len(frame) - leave :, "answer"] = ""
    frame.assign(**columns).to_csv(output, index=False, sep=";")
    return frame


@pytest.fixture
def sampled(audited):
    answer = audited("sample", "--n", "60")
    assert answer.code == 0, answer.err
    return audited


def kept(tmp_path):
    (path,) = (tmp_path / ".labelaudit" / "runs").glob("*/verified.json")
    return json.loads(path.read_text())


def test_a_sample_shows_rows_and_nothing_else(audited, tmp_path):
    answer = audited("sample", "--n", "60")
    assert answer.code == 0, answer.err
    assert answer.out == ""
    assert "messages.sample.csv: 60 rows of run" in answer.err
    assert "then: labelaudit verify " in answer.err
    frame = pd.read_csv(tmp_path / "messages.sample.csv", dtype=str, keep_default_na=False)
    assert list(frame) == [
        *("sample", "number", "row_id", "given_label", "text", "answer", "reviewer", "note")
    ]
    assert {f"m{row:03d}" for row in PLANTED} <= set(frame["row_id"])
    source = messages().set_index("id").loc[frame["row_id"]]
    assert list(frame["text"]) == list(source["text"])
    assert set(frame["answer"]) == {""}


def test_the_same_seed_gives_the_same_bytes(audited, tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert audited("sample", "--n", "40", "--seed", seed, "-o", f"{name}.csv").code == 0
    a, b, c = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert a == b != c
    assert len(list((tmp_path / ".labelaudit" / "samples").glob("*.json"))) == 2


def test_answers_measure_the_run_from_then_on(sampled, tmp_path):
    fill(tmp_path / "messages.sample.csv", "ann.csv")
    answer = sampled("verify", "ann.csv")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("People judged 60 rows drawn at random: ")
    assert "precision: every flagged row was judged by people" in answer.out
    assert "recall: wrong labels flagged" in answer.out
    assert "kept with run" in answer.err
    verified = kept(tmp_path)
    assert verified["reviewed"] == 60
    assert verified["precision"]["low"] == verified["precision"]["high"]
    assert verified["noise_rate"]["low"] <= len(PLANTED) / 240 <= verified["noise_rate"]["high"]
    report = sampled("report")
    assert "People judged 60 rows drawn at random" in report.out.replace("\n", " ")
    assert "Found by people in a random sample" in report.out
    told = json.loads(sampled("report", "-f", "json").out)["summary"]["verified"]
    assert told["sample"] == verified["sample"]


def test_json_holds_every_figure(sampled, tmp_path):
    fill(tmp_path / "messages.sample.csv", "ann.csv", by="word")
    answer = sampled("verify", "ann.csv", "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    assert told["verified"] == kept(tmp_path)
    assert sum(part["reviewed"] for part in told["strata"]) == 60
    assert told["suggestions_of"] == 0
    assert told["run"].endswith("-messages")


def test_verifying_again_replaces_and_says_what(sampled, tmp_path):
    fill(tmp_path / "messages.sample.csv", "ann.csv", leave=20)
    first = sampled("verify", "ann.csv")
    assert "left out: 0 unsure, 20 not answered, of 60 rows" in first.err
    assert "those are the end of the sample" in first.err
    assert "replaces" not in first.err
    fill(tmp_path / "messages.sample.csv", "ann.csv")
    second = sampled("verify", "ann.csv")
    assert "replaces what was kept before: sample s" in second.err
    assert ", 40 rows: precision" in second.err
    assert kept(tmp_path)["reviewed"] == 60


def test_many_unsure_rows_are_warned_about(sampled, tmp_path):
    frame = fill(tmp_path / "messages.sample.csv", "ann.csv")
    frame.loc[:9, "answer"] = "unsure"
    frame.to_csv("ann.csv", index=False)
    answer = sampled("verify", "ann.csv")
    assert answer.code == 0
    assert "left out: 10 unsure, 0 not answered" in answer.err
    assert "up to 50.0 % of a stratum without an answer" in answer.err


def test_several_reviewers_agree_or_conflict(sampled, tmp_path):
    path = tmp_path / "messages.sample.csv"
    fill(path, "ann.csv", reviewer="ann", leave=30)
    frame = fill(path, "bob.csv", by="word", reviewer="bob")
    assert sampled("verify", "ann.csv", "bob.csv").code == 0
    frame.loc[0, "answer"] = "wrong" if frame.loc[0, "answer"] == "right" else "right"
    frame.to_csv("bob.csv", index=False)
    answer = sampled("verify", "ann.csv", "bob.csv")
    assert answer.code == 2
    assert answer.out == ""
    assert "1 row is called right and wrong" in answer.err
    assert "--on-conflict unsure" in answer.err
    assert kept(tmp_path)["reviewed"] == 60
    answer = sampled("verify", "ann.csv", "bob.csv", "--on-conflict", "unsure")
    assert answer.code == 0
    assert "left out: 1 unsure" in answer.err
    assert kept(tmp_path)["reviewed"] == 59


def test_an_answer_that_cannot_be_used_stops_the_whole(sampled, tmp_path):
    frame = fill(tmp_path / "messages.sample.csv", "ann.csv")
    frame.loc[4, "answer"] = "hamm"
    frame.to_csv("ann.csv", index=False)
    answer = sampled("verify", "ann.csv")
    assert answer.code == 2
    assert "ann.csv, row 6: the answer 'hamm'" in answer.err
    assert "did you mean 'ham'?" in answer.err
    assert not list((tmp_path / ".labelaudit" / "runs").glob("*/verified.json"))


def test_an_empty_sample_measures_nothing(sampled, tmp_path):
    answer = sampled("verify", "messages.sample.csv")
    assert answer.code == 2
    assert "no row is answered" in answer.err


def test_a_file_that_lost_the_sample_is_told_which_one(sampled, tmp_path):
    frame = fill(tmp_path / "messages.sample.csv", "ann.csv")
    frame.drop(columns="sample").to_csv("ann.csv", index=False)
    answer = sampled("verify", "ann.csv")
    assert answer.code == 2
    assert "--sample" in answer.err
    assert sampled("verify", "ann.csv", "--sample", frame.loc[0, "sample"]).code == 0
    unknown = sampled("verify", "ann.csv", "--sample", "s0")
    assert unknown.code == 2
    assert "no sample 's0'" in unknown.err


def test_rows_that_changed_since_are_said_to_be_out_of_reach(audited, texts, tmp_path):
    frame = messages().drop(index=[0, 1, 2])
    frame.to_csv(texts, index=False)
    answer = audited("sample", "--n", "500")
    assert answer.code == 0, answer.err
    assert "3 judged rows are not in the file any more" in answer.err
    assert "every row there is to judge" in answer.err
    fill(tmp_path / "messages.sample.csv", "ann.csv")
    assert "figures do not speak for them" in sampled_err(audited)


def sampled_err(cli):
    answer = cli("verify", "ann.csv")
    assert answer.code == 0, answer.err
    return answer.err


def test_an_output_that_exists_or_is_the_input_is_refused(sampled, texts):
    again = sampled("sample")
    assert again.code == 2
    assert "--overwrite" in again.err
    assert sampled("sample", "--overwrite").code == 0
    assert sampled("sample", "-o", texts, "--overwrite").code == 2
    assert sampled("sample", "-o", "nowhere/s.csv").code == 2
    assert sampled("sample", "-o", "s.xlsx").code == 2


@pytest.mark.parametrize("arguments", [["--n", "5"], ["--flagged-share", "2"], ["nope"]])
def test_bad_calls(audited, arguments):
    answer = audited("sample", *arguments)
    assert answer.code == 2
    assert answer.err.startswith("error: ")


def test_parquet_goes_out_and_comes_back(cli, table, tmp_path):
    assert cli("detect", table, "-q").code == 0
    answer = cli("sample", "--n", "50", "-o", "s.parquet")
    assert answer.code == 0, answer.err
    frame = pd.read_parquet(tmp_path / "s.parquet")
    assert set(frame) >= {"width", "height", "colour", "when", "answer"}
    frame.assign(answer="right").to_parquet(tmp_path / "s.parquet")
    answer = cli("verify", "s.parquet")
    assert answer.code == 0, answer.err
    assert kept(tmp_path)["precision"]["estimate"] == 0


def test_words_that_are_classes_are_warned_about(cli, tmp_path):
    frame = messages().replace({"label": {"spam": "yes", "ham": "no"}})
    frame.to_csv(tmp_path / "yes.csv", index=False)
    assert cli("detect", "yes.csv", "-q").code == 0
    answer = cli("sample", "--n", "20")
    assert answer.code == 0
    assert "'yes', 'no' mean a class here" in answer.err


def test_a_blind_run_can_be_sampled_and_measured(cli, tmp_path):
    frame = messages()
    frame["label"] = np.random.default_rng(5).permutation(frame["label"])
    frame.to_csv(tmp_path / "noise.csv", index=False)
    assert "BLIND" in cli("detect", "noise.csv").out
    assert cli("sample", "--n", "50").code == 0
    answers = pd.read_csv(tmp_path / "noise.sample.csv", dtype=str)
    answers["answer"] = np.where(np.arange(50) % 2, "right", "wrong")
    answers.to_csv("ann.csv", index=False)
    assert cli("verify", "ann.csv").code == 0
    report = cli("report", "-f", "concise")
    assert "BLIND" in report.out
    assert "People judged 50 rows" in report.out


@pytest.mark.parametrize(
    ("n", "share", "told"),
    [
        (10, 0, ["10 rows", " 1 of them flagged", "one is flagged: without one"]),
        (60, 1, ["60 rows", "there are no more flagged rows to draw"]),
        (10, 0.1, ["10 rows", " 1 of them flagged"]),
    ],
)
def test_another_share_of_flagged_rows_than_asked_for_is_explained(audited, n, share, told):
    answer = audited("sample", "--n", n, "--flagged-share", share)
    assert answer.code == 0
    assert all(words in answer.err for words in told)
    assert ("without" in answer.err or "no more" in answer.err) == (share != 0.1)


def test_one_row_that_is_not_flagged_is_drawn_whatever_is_asked(cli, tmp_path):
    prepare(tmp_path, rows=200, flagged=range(150))
    answer = cli("sample", "--n", "100", "--flagged-share", "1")
    assert answer.code == 0
    assert "100 rows of run" in answer.err
    assert "99 of them flagged" in answer.err
    assert "  one is not flagged: without one, nothing could be said of misses" in answer.err
    many = cli("sample", "--n", "180", "--flagged-share", "0.5", "-o", "many.csv")
    assert "130 of them flagged" in many.err
    assert "there are no more rows that are not flagged" in many.err
