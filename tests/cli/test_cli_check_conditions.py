"""`check` with conditions, a baseline and earlier runs, on runs kept without any model."""

from __future__ import annotations

import json
import shlex

import pytest
from gate_example import audit_of, keep, write_rows

from labelaudit.config import Settings

HEADER = "fingerprint,row_id,label,decision,who,when,why,expires\n"
USUAL = Settings().baseline
FLAGGED = ["r-0", "r-1", "r-2", "r-4", "r-8"]


@pytest.fixture
def path(cli, tmp_path):
    return write_rows(tmp_path / "rows.csv")


@pytest.fixture
def run(path):
    return keep(audit_of(path, FLAGGED), 2)


def ask(cli, *arguments):
    answer = cli("check", *arguments, "--json")
    return answer, json.loads(answer.out)


def again(cli, told):
    """Ask what the answer says one would have to ask."""
    name, *words = shlex.split(told["reproduce"])
    assert name == "labelaudit"
    return cli(*words)


def test_conditions_on_parts_of_the_data(cli, run):
    answer, told = ask(
        cli,
        "--fail-on",
        'slice:"my source"="app store" flagged>29%',
        "--fail-on",
        "class:neg mislabelled.upper95>=99%",
    )
    assert answer.code == 1
    assert answer.err.startswith(
        "FAIL: slice my source='app store' flagged: 3 of 10 (30.0 %; 95 % Wilson interval: "
        "10.8\u201360.3 %), more than 29 %\n"
    )
    assert "class 'neg'" not in answer.err.partition("\n")[2].partition("to ask again")[0]
    first, second = told["checks"]
    assert (first["failed"], second["failed"]) == (True, False)
    assert (second["bound"], second["reached"], second["of"]) == ("upper95", True, 20)
    assert second["low"] < second["share"] < second["high"] < 0.99
    assert again(cli, told).err == answer.err


def test_a_pass_tells_its_numbers_too(cli, run):
    answer = cli("check", "--fail-on", "flagged.lower95>20%", "--fail-on", "noise_rate>=50%")
    assert answer.code == 0
    assert answer.out == ""
    assert answer.err == (
        "PASS: flagged: 5 of 40 (12.5 %; 95 % Wilson interval: 5.5\u201326.1 %), of which the "
        "lower end is at most 20 %\n"
        "  noise rate: 7.8 % (range over estimators: 6.2\u20139.4 %; 40 rows judged), "
        "less than 50 %\n"
        f"  to ask again: labelaudit check {run.id} --fail-on 'flagged.lower95>20%' "
        "--fail-on 'noise_rate>=50%'\n"
    )


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("mislabeled>2%", "did you mean 'mislabelled'?"),
        ("class:nag flagged>1%", "did you mean 'neg'?"),
        ("slice:'my sauce'=web flagged>1%", "did you mean 'my source'?"),
        ("slice:'my source'=wob flagged>1%", "did you mean 'web'?"),
        ("slice:'my source'=web noise_rate>1%", "leave the slice or class out"),
    ],
)
def test_what_cannot_be_asked_is_said(cli, run, condition, hint):
    answer = cli("check", "--fail-on", condition, "--report", "csv=x.csv")
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert "where: --fail-on" in answer.err
    assert hint in answer.err
    assert answer.out == ""


def test_a_bad_condition_is_refused_before_any_run_is_read(cli, tmp_path):
    assert "no metric 'hi'" in cli("check", "--fail-on", "hi>1%").err
    (tmp_path / "labelaudit.toml").write_text('[check]\nfail-on = ["flagged>1%", "hi>1%"]\n')
    answer = cli("check")
    assert answer.code == 2
    assert f"where: {tmp_path / 'labelaudit.toml'} 'hi>1%', from character 1" in answer.err


def test_a_policy_file_makes_the_command_short(cli, run, tmp_path):
    (tmp_path / "labelaudit.toml").write_text(
        "[detect]\nfolds = 3\n\n"
        '[check]\nfail-on = [\'slice:"my source"=web flagged>5%\', "high>0%"]\n'
        'max-flagged = "50%"\nallow-inconclusive = true\n'
    )
    answer, told = ask(cli)
    assert answer.code == 1
    assert [(one["condition"], one["failed"]) for one in told["checks"]] == [
        ("flagged>50%", False),
        ('slice:"my source"=web flagged>5%', True),
        ("high>0%", False),
    ]
    assert told["reproduce"].endswith("--allow-inconclusive")
    (tmp_path / "labelaudit.toml").unlink()
    assert again(cli, told).err == answer.err


def baseline(tmp_path, run, decisions, name=USUAL):
    audit = run.audit()
    rows = audit.row_id.tolist()
    lines = [
        f"{int(audit.fingerprint[rows.index(row_id)]):016x},{row_id},{label},{decision},,"
        f"2026-03-01,,{expires}\n"
        for row_id, label, decision, expires in decisions
    ]
    path = tmp_path / name
    path.write_text(HEADER + "".join(lines))
    return path


def test_known_issues_do_not_count(cli, run, tmp_path):
    baseline(
        tmp_path,
        run,
        [("r-0", "neg", "known", ""), ("r-1", "pos", "right", ""), ("r-2", "neg", "known", "")],
    )
    answer, told = ask(cli, "--max-flagged", "5%")
    assert answer.code == 0
    assert told["checks"][0]["count"] == 2
    assert told["not_counted"] == {"known": 2, "said to be right": 1}
    assert told["baseline"] == {"file": USUAL, "stale": 0}
    assert "  not counted: 2 known, 1 said to be right\n" in answer.err
    assert "--baseline labelaudit-baseline.csv" in told["reproduce"]
    assert again(cli, told).err == answer.err
    without, told = ask(cli, "--max-flagged", "5%", "--baseline", "none")
    assert without.code == 1
    assert (told["not_counted"], told["baseline"]) == ({}, None)
    assert "--baseline none" in told["reproduce"]


def test_entries_that_hold_no_more_are_told_and_do_nothing(cli, run, tmp_path):
    named = baseline(
        tmp_path,
        run,
        [
            ("r-0", "neg", "known", "2020-01-01"),
            ("r-1", "neg", "right", ""),
            ("r-2", "neg", "known", ""),
        ],
        "accepted.csv",
    )
    answer, told = ask(cli, "--baseline", named.name)
    assert (told["checks"][0]["count"], told["baseline"]["stale"]) == (4, 2)
    assert "2 stale lines in accepted.csv: `labelaudit baseline prune`" in answer.err
    answer = cli("check", "--baseline", "gone.csv")
    assert answer.code == 2
    assert "no such baseline file" in answer.err


def test_new_since_a_run_counts_only_what_that_did_not_flag(cli, path, run, tmp_path):
    write_rows(path, relabelled={1: "neg"}, order=range(39, -1, -1))
    keep(audit_of(path, ["r-0", "r-1", "r-2", "r-12"]), 3)
    answer, told = ask(cli, "--new-since", run.id[:8], "--fail-on", "flagged>=5%")
    assert answer.code == 1
    assert told["checks"][0]["count"] == 2
    assert told["not_counted"] == {f"flagged in run {run.id} too": 2}
    assert f"--new-since {run.id}" in told["reproduce"]
    assert again(cli, told).err == answer.err
    assert cli("check", "--new-since", "1999").code == 2


def test_a_rise_since_the_run_before_of_the_same_file(cli, path, run, tmp_path):
    other = write_rows(tmp_path / "other.csv")
    keep(audit_of(other, []), 3)
    write_rows(path, relabelled={39: "neg"})
    newest = keep(audit_of(path, [f"r-{row}" for row in range(24)]), 4)
    answer, told = ask(cli, "--max-increase", "2%")
    assert answer.code == 1
    assert answer.err.startswith(
        f"FAIL: rise of flagged: 24 of 40 (60.0 %) after 5 of 40 (12.5 %) in run {run.id}; "
        "a difference of +47.5 points (95 % Newcombe hybrid score interval "
    )
    assert ", of which the lower end is more than 2 %\n" in answer.err
    assert told["checks"][0]["against"] == {
        "run": run.id,
        "count": 5,
        "of": 40,
        "share": 0.125,
    }
    assert told["reproduce"] == (
        f"labelaudit check {newest.id} --max-increase 2% --against {run.id}"
    )
    assert again(cli, told).err == answer.err
    assert cli("check", "--max-increase", "40%").code == 0
    named = cli("check", "--max-increase", "2%", "--against", "20260303")
    assert "24 of 40 (60.0 %) after 0 of 40 (0.0 %)" in named.err


def test_the_first_run_has_nothing_to_rise_from(cli, run):
    answer, told = ask(cli, "--max-increase", "2%")
    assert answer.code == 1
    assert answer.err.startswith("INCONCLUSIVE: there is no earlier run of this file")
    assert "not seen" not in answer.err
    assert told["checks"][0]["share"] is None
    assert again(cli, told).code == 1
    assert cli("check", "--max-increase", "2%", "--allow-inconclusive").code == 0


def test_a_blind_run_is_no_ground_to_rise_from(cli, path):
    run = keep(audit_of(path, [], blind="nothing to see"), 2)
    write_rows(path, relabelled={39: "neg"})
    keep(audit_of(path, FLAGGED), 3)
    answer = cli("check", "--max-increase", "100%")
    assert answer.code == 1
    assert "was blind: nothing to see" in answer.err
    assert "  rise of flagged: 5 of 40 (12.5 %), undecided\n" in answer.err
    write_rows(path)
    answer = cli("check", "--fail-on", "noise_rate>1%", "--max-flagged", "5%", run.id)
    assert answer.code == 1
    assert "INCONCLUSIVE: nothing to see\n" in answer.err
    assert "  flagged: 0 of 40 (0.0 %), undecided\n" in answer.err
    assert "  noise rate: undecided\n" in answer.err


def test_a_damaged_earlier_run_is_passed_over(cli, path, run, tmp_path):
    broken = keep(audit_of(path, []), 3)
    (broken.path / "manifest.json").write_text("[]")
    write_rows(path, relabelled={39: "neg"})
    keep(audit_of(path, FLAGGED), 4)
    answer = cli("check", "--max-increase", "1%")
    assert answer.code == 0
    assert "passed over" in answer.err
    assert run.id in answer.err


def test_an_earlier_run_without_a_rise_is_no_question(cli, run):
    answer = cli("check", "--against", run.id)
    assert answer.code == 2
    assert "--max-increase" in answer.err
    answer = cli("check", "--against", run.id, "--max-increase", "1%")
    assert answer.code == 2
    assert "against itself" in answer.err


def test_an_old_run_finds_its_rows_in_the_file_as_it_is(cli, path, run):
    write_rows(path, relabelled={4: "pos"}, without={0}, order=range(39, -1, -1))
    assert cli("check", "--fail-on", "flagged>1%").code == 2
    condition = ["--fail-on", "slice:'my source'='app store' flagged>50%", "--allow-stale"]
    answer, told = ask(cli, *condition)
    assert answer.code == 0
    assert (told["checks"][0]["count"], told["checks"][0]["of"]) == (1, 8)
    assert told["rows_left_out_of_slices"] == 2
    assert "left out of slices: 2 rows not in the data as before" in answer.err
    assert told["reproduce"].endswith("--allow-stale")
    assert again(cli, told).err == answer.err


def test_data_from_stdin_has_no_slices(cli, path):
    from dataclasses import replace

    audit = audit_of(path, FLAGGED)
    keep(replace(audit, source=replace(audit.source, path="-")), 2)
    answer = cli("check", "--fail-on", "slice:id=r-1 flagged>1%")
    assert answer.code == 2
    assert "stdin" in answer.err
    assert cli("check", "--max-increase", "1%").err.startswith("INCONCLUSIVE: there is no earlier")


def test_the_command_to_ask_again_works_from_a_store_elsewhere(cli, path, tmp_path):
    keep(audit_of(path, FLAGGED), 2, store="my store")
    answer, told = ask(cli, "--store", "my store", "--max-class-flagged", "12.34%")
    assert answer.code == 1
    assert again(cli, told).err == answer.err
    assert "--max-class-flagged 12.34%" in told["reproduce"]


def test_escape_sequences_in_values_do_nothing(cli, run):
    answer = cli("check", "--fail-on", "class:\x1b[31mred flagged>1%")
    assert answer.code == 2
    assert "\x1b" not in answer.err
