from __future__ import annotations

import json

import pytest
from prepared_run import prepare


@pytest.fixture
def logged(cli, tmp_path):
    """A ledger with a fix, a fix in place, its undo, and a file that is gone."""
    prepare(tmp_path)
    for command in (
        ["fix", "-s", "downweight", "--output", "weighted.csv"],
        ["fix", "-s", "correct", "--min-confidence", "0.5", "--in-place"],
        ["undo", "2"],
    ):
        assert cli(*command).code == 0
    (tmp_path / "weighted.csv").unlink()
    return cli


def lines(answer):
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def actions(answer):
    return sorted({line["action"] for line in lines(answer)})


def test_what_became_of_each_file_is_told(logged):
    said = logged("log").out
    assert "wrote weighted.csv (output missing)" in said
    assert "wrote data.csv (output undone by 3)" in said
    assert "undo of 2: 4 correct" in said
    states = {
        line["action"]: line["state"] for line in lines(logged("log", "--json")) if "state" in line
    }
    assert states == {"1": "missing", "2": "undone by 3", "3": "present"}


def test_filters_leave_actions_out(logged):
    run = lines(logged("log", "--json"))[0]["facts"]["run"]
    assert actions(logged("log", "--json", "--run", run[:12])) == ["1", "2", "3"]
    assert actions(logged("log", "--json", "--run", "another")) == []
    assert actions(logged("log", "--json", "--strategy", "correct")) == ["2"]
    assert actions(logged("log", "--json", "--kind", "undo")) == ["3"]
    assert actions(logged("log", "--json", "--since", "2020-01-01")) == ["1", "2", "3"]
    assert actions(logged("log", "--json", "--since", "2999-01-01T00:00")) == []
    assert actions(logged("log", "2", "--json")) == ["2"]
    changes = lines(logged("log", "--row", "r-4", "--kind", "fix", "--json"))
    assert [(one["action"], one["kind"]) for one in changes] == [("1", "change"), ("2", "change")]
    nobody = logged("log", "--row", "nobody")
    assert (nobody.out, nobody.err) == ("", "the ledger holds no such change\n")


def test_changes_are_listed_with_both_labels(logged):
    said = logged("log", "2").out
    assert "output undone by 3" in said
    row = next(line for line in said.splitlines() if "r-9" in line)
    assert row.split()[:5] == ["2", "r-9", "9", "pos", "neg"]


@pytest.mark.parametrize("option", [["--since", "yesterday"], ["--kind", "fixed"]])
def test_bad_filters_are_the_users_to_fix(logged, option):
    answer = logged("log", *option)
    assert answer.code == 2
    assert option[0] in answer.err


@pytest.mark.parametrize("more", [[], ["--json"], ["--row", "r-4"]])
def test_an_action_that_is_not_there_is_the_users_to_fix(logged, more):
    answer = logged("log", "99", *more)
    assert (answer.code, answer.out) == (2, "")
    assert "there is no action '99' in the ledger" in answer.err
    assert "hint: `labelaudit log` lists the actions" in answer.err
    # A filter that leaves an action out is no mistake.
    assert logged("log", "2", "--kind", "undo").code == 0
