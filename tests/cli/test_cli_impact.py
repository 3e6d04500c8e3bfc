"""What `impact` answers, on what labels, and what it refuses."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from cli_data import measurements, messages

QUICK = ("--folds", "3", "--repeats", "1", "--rates", "20%", "-j", "1")
BARE = (*QUICK[:4], "--no-curve", "-j", "1")


@pytest.fixture
def run(cli, tmp_path):
    """A kept run of messages, a fifth of them mislabelled, and a test file that is right."""
    frame, test = messages(360), messages(360)
    test = test.iloc[240:].assign(id=lambda rows: "t" + rows["id"])
    frame = frame.iloc[:240].copy()
    wrong = np.random.default_rng(4).random(240) < 0.2
    other = frame["label"].map({"spam": "ham", "ham": "spam"})
    frame["label"] = frame["label"].where(~wrong, other)
    frame["source"] = np.where(np.arange(240) % 2, "web", "mail")
    test["source"] = np.where(np.arange(120) % 2, "web", "mail")
    frame.to_csv(tmp_path / "messages.csv", index=False)
    test.to_csv(tmp_path / "test.csv", index=False)
    answer = cli("detect", "messages.csv", "-q", "--fast", "--exclude", "source")
    assert answer.code == 0, answer.err
    return cli


def test_it_answers_first_and_says_how_it_was_measured(run):
    answer = run("impact", "--test", "test.csv", "--slice", "source", *QUICK)
    assert answer.code == 0, answer.err
    first = answer.out.lstrip()
    assert first.startswith(("Worth fixing: ", "Not shown to be worth fixing: "))
    assert "120 rows of the test file" in " ".join(answer.out.split())
    for word in ("nothing", "downweight", "correct", "class", "source", "web", "planted", "20.0 %"):
        assert word in answer.out
    assert "Intervals are for 95 %" in answer.err
    assert "noise" in answer.out.lower()


def test_json_has_everything_and_is_the_same_whatever_the_jobs(run):
    call = ("impact", "--test", "test.csv", "--slice", "source", "--json", *QUICK[:-2])
    answer = run(*call, "-j", "1")
    assert answer.code == 0
    assert run(*call, "-j", "3").out == answer.out
    told = json.loads(answer.out)
    assert told["schema_version"] == 1
    assert told["labels"] == {"kind": "test file", "clean": True, "rows": 120}
    assert told["sentences"] == [told["answer"], told["bottleneck"]]
    ways = {one["way"]: one for one in told["effects"]}
    assert ways["nothing"]["changes"]["accuracy"]["estimate"] == 0
    assert {part["of"] for part in ways["nothing"]["parts"]} == {"class", "source"}
    assert [point["rate"] for point in told["curve"]["points"]] == [0, 0.2]
    if told["strategy"]:
        assert f"--strategy {told['strategy']}" in told["command"]


def test_nothing_is_changed(run, tmp_path):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert run("impact", "--test", "test.csv", *QUICK).code == 0
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert after == before
    assert not (tmp_path / ".labelaudit" / "ledger.jsonl").exists()


def test_options_of_fix_have_their_say(run):
    refused = run("impact", "--test", "test.csv", "--max-class-loss", "1%", *BARE)
    assert refused.code == 0
    assert "left out: drop: dropping would take too many" in " ".join(refused.err.split())
    told = json.loads(
        run(
            "impact", "--test", "test.csv", "-s", "drop", "--max-class-loss", "60%", "--json", *BARE
        ).out
    )
    assert [one["way"] for one in told["effects"]] == ["nothing", "drop", "random-drop"]
    assert told["effects"][1]["touched"] == told["effects"][2]["touched"]


def test_without_a_test_file_held_out_rows_are_scored_and_said_to_be_noisy(run):
    answer = run("impact", "-s", "downweight", *BARE)
    assert answer.code == 0
    assert "as noisy as the rest" in " ".join(answer.out.split())
    assert "give rows whose labels were checked with --test FILE" in " ".join(answer.err.split())


def test_a_test_split_is_scored_and_never_learned_from(cli, tmp_path):
    frame = measurements(300)
    frame["split"] = np.where(np.arange(300) % 3 == 0, "test", "train")
    frame.to_csv(tmp_path / "m.csv", index=False)
    assert cli("detect", "m.csv", "-q", "--fast", "--model", "logreg").code == 0
    call = ("impact", "--json", "--model", "logreg", *BARE)
    told = json.loads(cli(*call).out)
    assert told["labels"] == {"kind": "test split", "clean": True, "rows": 100}
    assert told["training_rows"] == 200
    told = json.loads(cli(*call, "--train-split", "test").out)
    assert (told["labels"]["rows"], told["training_rows"]) == (200, 100)


def test_the_curve_alone_and_its_picture(run, tmp_path):
    answer = run("impact", "--curve-only", "--test", "test.csv", "--picture", "c.svg", *QUICK)
    assert answer.code == 0
    assert "fixing" not in answer.out
    assert "wrote c.svg" in answer.err
    root = ET.fromstring((tmp_path / "c.svg").read_bytes())  # noqa: S314
    assert root.tag.endswith("svg")


def test_a_blind_run_says_so_first(cli, tmp_path):
    frame = messages()
    frame["label"] = np.random.default_rng(5).permutation(frame["label"])
    frame.to_csv(tmp_path / "noise.csv", index=False)
    assert cli("detect", "noise.csv", "-q", "--fast").code == 0
    answer = cli("impact", "--folds", "2", "--repeats", "1", "-s", "downweight", "--rates", "20%")
    assert answer.code == 0
    assert answer.out.startswith("The run is blind: ")
    assert "is not known" in " ".join(answer.out.split())
    assert "is no better than naming the largest class" in answer.err


REFUSED = [
    (("--curve-only", "--no-curve"), "--curve-only and --no-curve"),
    (("--curve-only", "-s", "drop"), "--curve-only and --strategy"),
    (("--no-curve", "--rates", "10%"), "--no-curve and --rates"),
    (("--rates", "10"), "--rates"),
    (("--rates", "95%"), "--rates"),
    (("--picture", "c.png"), "--picture"),
    (("--no-curve", "--picture", "c.svg"), "--picture"),
    (("--picture", "no/such/c.svg"), "no"),
    (("--slice", "sourc"), "--slice"),
    (("--test", "none.csv"), "none.csv"),
    (("-s", "relabel"), "relabel"),
    (("--model", "logrg"), "logreg"),
    (("--metric", "acuracy"), "accuracy"),
    (("--reviewed", "test.csv"), "test.csv"),
]


def test_what_makes_no_sense_is_refused(run):
    for options, where in REFUSED:
        answer = run("impact", *options)
        assert answer.code == 2, options
        assert answer.err.startswith("error: ")
        assert where in answer.err
        assert answer.out == ""


def test_a_test_file_with_other_columns_is_refused(run, tmp_path):
    test = pd.read_csv(tmp_path / "test.csv")
    test.drop(columns="text").to_csv(tmp_path / "less.csv", index=False)
    answer = run("impact", "--test", "less.csv", *BARE)
    assert answer.code == 2
    assert "columns that the run learned from are not there: 'text'" in answer.err
    test.drop(columns="label").to_csv(tmp_path / "bare.csv", index=False)
    answer = run("impact", "--test", "bare.csv", *BARE)
    assert answer.code == 2
    assert "label" in answer.err


def test_the_command_that_would_do_it_works(run):
    told = json.loads(run("impact", "--test", "test.csv", "--json", *BARE).out)
    if told["command"]:
        words = told["command"].split()[1:]
        assert run(*words, "--dry-run").code == 0
    assert told["verdict"] in {"worth fixing", "not shown", "harmful"}


def test_rows_that_people_reviewed_are_scored_by_what_they_said(run, tmp_path):
    assert run("sample", "--n", "160", "-o", "answers.csv", "-q").code == 0
    truth = messages(360).set_index("id")["label"]
    answers = pd.read_csv(tmp_path / "answers.csv", dtype=str, keep_default_na=False)
    answers["answer"] = answers["row_id"].map(truth)
    answers.to_csv(tmp_path / "answers.csv", index=False)
    call = ("impact", "--reviewed", "answers.csv", "-s", "downweight", *BARE)
    answer = run(*call)
    assert answer.code == 0, answer.err
    assert "160 reviewed rows" in " ".join(answer.out.split())
    assert json.loads(run(*call, "--json").out)["labels"]["clean"] is True
    answers.loc[:9, "answer"] = "wrong"
    answers.loc[10:14, "answer"] = "unsure"
    answers.to_csv(tmp_path / "answers.csv", index=False)
    answer = run(*call)
    assert "145 reviewed rows" in " ".join(answer.out.split())
    assert "10 rows are judged wrong without a word on which class is right" in answer.err


def test_it_is_said_why_fix_changes_another_number_of_rows(run, tmp_path):
    def words(answer):
        assert answer.code == 0, answer.err
        return " ".join(answer.out.split())

    again = words(run("impact", "-s", "drop", "--max-class-loss", "60%", *BARE))
    assert "searched for errors by itself: fix goes by the run's own flags" in again
    call = ("impact", "--test", "test.csv", "-s", "drop", "--max-class-loss", "60%", *BARE)
    assert "fix changes more, for no fold is left out" in words(run(*call))
    told = json.loads(run(*call, "--json").out)
    assert told["searched_again"] is False
    dropped = {one["way"]: one["touched"]["dropped"] for one in told["effects"]}["drop"]
    fixed = run("fix", "-s", "drop", "--max-class-loss", "60%", "--dry-run").err
    total = int(fixed.partition(" drop (")[0].rpartition(" ")[2])
    # Of three folds each fit leaves out one, so each dropped row is counted in two of three.
    assert dropped == pytest.approx(total * 2 / 3, abs=1e-4)


def test_labels_on_record_as_right_are_left_alone_as_by_fix(run, tmp_path):
    call = ("impact", "--test", "test.csv", "-s", "drop", "--max-class-loss", "60%", "--json")
    before = json.loads(run(*call, *BARE).out)
    assert run("fix", "-s", "relabel", "-o", "queue.csv", "-q").code == 0
    queue = pd.read_csv(tmp_path / "queue.csv")
    queue.head(6)[["row_id"]].assign(decision="keep").to_csv(tmp_path / "kept.csv", index=False)
    assert run("apply", "kept.csv").code == 0
    after = json.loads(run(*call, *BARE).out)
    dropped = [
        {one["way"]: one["touched"]["dropped"] for one in told["effects"]}["drop"]
        for told in (before, after)
    ]
    assert dropped[0] - dropped[1] == pytest.approx(6 * 2 / 3)
