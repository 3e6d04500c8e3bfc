"""How much work `detect` spends, how often it fits again, and from where it flags."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cli_data import PLANTED, messages


def found(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def detect(cli, path, *arguments):
    return cli("detect", path, "-q", "-f", "json", *arguments)


@pytest.fixture
def probabilities(tmp_path):
    """Probabilities of the messages' classes, from sure to undecided."""
    frame = messages()
    p = np.where(frame["label"] == "spam", 0.85, 0.15)
    p[list(PLANTED)] = 1 - p[list(PLANTED)]
    p = np.clip(p + np.random.default_rng(0).normal(0, 0.2, len(p)), 0.01, 0.99)
    path = tmp_path / "p.npy"
    np.save(path, np.c_[1 - p, p])
    return path


@pytest.mark.parametrize("effort", ["fast", "thorough"])
def test_the_short_flags_are_the_effort(cli, texts, effort):
    short, long = detect(cli, texts, f"--{effort}"), detect(cli, texts, "--effort", effort)
    assert found(short)["settings"]["effort"] == effort
    assert short.out == long.out


def test_fast_asks_fewer_models(cli, texts):
    fast, default = (found(detect(cli, texts, *given)) for given in (["--fast"], []))
    assert default["settings"]["effort"] == "default"
    assert len(fast["models"]) < len(default["models"])


def test_the_same_effort_twice_is_no_contradiction(cli, texts):
    answer = detect(cli, texts, "--fast", "--effort", "fast")
    assert found(answer)["settings"]["effort"] == "fast"


def test_rounds_are_told(cli, texts):
    plain, twice = detect(cli, texts, "--fast"), detect(cli, texts, "--fast", "--rounds", "2")
    assert found(plain)["summary"]["rounds"] == []
    assert found(plain)["settings"]["rounds"] == "0"
    assert len(found(twice)["summary"]["rounds"]) == 2
    assert found(twice)["settings"]["rounds"] == "2"


def test_until_stable_ends_by_itself(cli, texts):
    rounds = found(detect(cli, texts, "--fast", "--rounds", "until-stable"))["summary"]["rounds"]
    assert rounds
    assert rounds[-1]["entered"] == rounds[-1]["left"]


def test_the_threshold_decides_what_is_flagged(cli, texts, probabilities):
    flagged = {}
    for threshold in ("0.01", "0.33", "0.9"):
        answer = found(detect(cli, texts, "--threshold", threshold, "--pred-probs", probabilities))
        assert answer["settings"]["threshold"] == float(threshold)
        flagged[threshold] = {one["row"]: one["error_probability"] for one in answer["issues"]}
        assert all(one >= float(threshold) for one in flagged[threshold].values())
    assert set(flagged["0.9"]) < set(flagged["0.33"]) < set(flagged["0.01"])
    sure = {row: one for row, one in flagged["0.01"].items() if one >= 0.9}
    assert flagged["0.9"] == sure


def test_settings_from_file_and_environment(cli, texts, tmp_path, monkeypatch):
    (tmp_path / "labelaudit.toml").write_text("rounds = 2\nthreshold = 0.5\n")
    monkeypatch.setenv("LABELAUDIT_EFFORT", "fast")
    answer = found(detect(cli, texts))
    assert len(answer["summary"]["rounds"]) == 2
    settings = answer["settings"]
    assert (settings["effort"], settings["rounds"], settings["threshold"]) == ("fast", "2", 0.5)
    monkeypatch.setenv("LABELAUDIT_ROUNDS", "until-stable")
    assert found(detect(cli, texts))["settings"]["rounds"] == "until-stable"
    assert found(detect(cli, texts, "--rounds", "0"))["summary"]["rounds"] == []
    listed = json.loads(cli("config", "--json").out)
    assert listed["effort"] == {"value": "fast", "origin": "LABELAUDIT_EFFORT"}
    assert listed["rounds"] == {"value": "until-stable", "origin": "LABELAUDIT_ROUNDS"}
    assert listed["threshold"]["value"] == 0.5
    table = cli("config").out
    assert all(name in table for name in ("effort", "rounds", "threshold", "max-duplicate"))


def test_the_help_page_tells_of_them(cli):
    page = " ".join(cli("detect", "--help").out.replace("│", " ").split())
    for part in (
        "One of: fast, default, thorough. Default: default.",
        "The same as --effort fast.",
        "The same as --effort thorough.",
        "0 to 20, or until-stable. Default: 0.",
        "from which label-posterior flags a label. Default: 0.25.",
        "labelaudit detect data.csv --fast",
        "--thorough --rounds until-stable --threshold 0.5",
    ):
        assert part in page


REFUSED = {
    "two short flags": (["--fast", "--thorough"], "--fast and --thorough", "choose one"),
    "a flag against the option": (
        ["--thorough", "--effort", "fast"],
        "--thorough and --effort fast",
        "choose one",
    ),
    "an unknown effort": (["--fast", "--effort", "fats"], "--effort", "did you mean 'fast'?"),
    "fewer than no rounds": (["--rounds", "-1"], "--rounds", "until-stable"),
    "rounds in words": (["--rounds", "often"], "--rounds", "until-stable"),
    "too many rounds": (["--rounds", "21"], "--rounds", "from 0 to 20"),
    "more than certain": (["--threshold", "2"], "--threshold", "between 0.01 and 1"),
    "everything": (["--threshold", "0"], "--threshold", "between 0.01 and 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_before_any_work(cli, texts, tmp_path, case):
    arguments, where, hint = REFUSED[case]
    refuse(cli, tmp_path, ["detect", texts, *arguments], where, hint)


def refuse(cli, tmp_path, call, where, hint):
    before = sorted(tmp_path.rglob("*"))
    answer = cli(*call)
    assert answer.code == 2
    assert answer.out == ""
    what, place, way_out = answer.err.splitlines()
    assert what.startswith("error: ")
    assert place == f"  where: {where}"
    assert way_out.startswith("  hint: ")
    assert hint in way_out
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("rounds", ["2", "until-stable"])
def test_given_probabilities_leave_nothing_to_fit_again(
    cli, texts, tmp_path, probabilities, monkeypatch, rounds
):
    call = ["detect", texts, "--pred-probs", probabilities]
    refuse(cli, tmp_path, [*call, "--rounds", rounds], "--rounds", "--rounds 0")
    monkeypatch.setenv("LABELAUDIT_ROUNDS", rounds)
    refuse(cli, tmp_path, call, "LABELAUDIT_ROUNDS", "--rounds 0")
    assert cli(*call, "--rounds", "0", "-q").code == 0


@pytest.mark.parametrize(
    "option",
    [
        ["--fast"],
        ["--thorough"],
        ["--effort", "fast"],
        ["--model", "logistic"],
        ["--folds", "4"],
        ["--repeats", "2"],
    ],
)
def test_given_probabilities_leave_no_model_to_choose(cli, texts, tmp_path, probabilities, option):
    call = ["detect", texts, "--pred-probs", probabilities]
    refuse(cli, tmp_path, [*call, *option], option[0], f"leave out {option[0]}, or --pred-probs")


def test_models_of_the_configuration_wait_for_a_call_without_probabilities(
    cli, texts, tmp_path, probabilities
):
    (tmp_path / "labelaudit.toml").write_text('effort = "fast"\nfolds = 4\n', encoding="utf-8")
    assert cli("detect", texts, "--pred-probs", probabilities, "-q").code == 0
