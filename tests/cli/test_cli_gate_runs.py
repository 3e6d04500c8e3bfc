"""Which earlier run a gate goes by, and what it answers where the two do not compare."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest
from gate_example import audit_of, keep, write_rows

FEW, MANY = [f"r-{row}" for row in range(2)], [f"r-{row}" for row in range(24)]
RISE = ("check", "--max-increase", "1%")


@pytest.fixture
def path(cli, tmp_path):
    return write_rows(tmp_path / "rows.csv")


def by(audit, **settings):
    return replace(audit, settings={**audit.settings, **settings})


def test_asking_again_does_not_make_a_rise_go_away(cli, path):
    first = keep(audit_of(path, FEW), 2)
    write_rows(path, relabelled={39: "neg"})
    keep(audit_of(path, MANY), 3)
    once = cli(*RISE)
    assert (once.code, f"in run {first.id};" in once.err) == (1, True)
    keep(audit_of(path, MANY), 4)
    newest = keep(audit_of(path, MANY), 5)
    again = cli(*RISE, "--json")
    assert again.code == 1
    assert again.err.startswith("FAIL: rise of flagged: 24 of 40 (60.0 %) after 2 of 40 (5.0 %) ")
    note = f"2 runs of the very same content passed over, up to run {first.id}"
    assert f"  note: {note}\n" in again.err
    told = json.loads(again.out)
    assert told["notes"] == [note]
    assert (
        told["reproduce"] == f"labelaudit check {newest.id} --max-increase 1% --against {first.id}"
    )
    assert cli(*shlex.split(told["reproduce"])[1:]).code == 1


def test_only_content_that_was_there_before_is_a_first_run(cli, path):
    for day in (2, 3):
        keep(audit_of(path, FEW), day)
    assert cli(*RISE).err.startswith(
        "INCONCLUSIVE: there is no earlier run of this file with other"
    )
    assert cli(*RISE, "--first-run-passes").code == 0


def test_a_first_run_passes_only_where_that_was_agreed(cli, path, tmp_path):
    run = keep(audit_of(path, FEW), 2)
    answer = cli(*RISE)
    assert answer.code == 1
    assert answer.out == ""
    assert "  --first-run-passes lets a first run pass, and no blind one\n" in answer.err
    answer = cli(*RISE, "--first-run-passes", "--json", "--report", "junit=gate.xml")
    assert answer.code == 0
    told_first = "PASS: rise of flagged: 2 of 40 (5.0 %), there is no earlier run of this file with"
    assert told_first in answer.err
    told = json.loads(answer.out)
    assert told["checks"][0]["waived"].startswith("there is no earlier run")
    assert told["checks"][0]["reason"] is None
    assert told["reproduce"] == (f"labelaudit check {run.id} --max-increase 1% --first-run-passes")
    junit = (tmp_path / "gate.xml").read_text()
    assert '<skipped message="2 of 40 (5.0 %), there is no earlier run' in junit
    (tmp_path / "labelaudit.toml").write_text("first-run-passes = true\n")
    assert cli(*RISE).code == 0
    # Another threshold holds all the same.
    assert cli(*RISE, "--max-flagged", "1%").code == 1


def test_a_blind_first_run_is_no_pass_and_says_why(cli, path):
    keep(audit_of(path, [], blind="nothing to see"), 2)
    for words in ((), ("--first-run-passes",)):
        answer = cli(*RISE, *words)
        assert answer.code == 1
        assert answer.err.startswith("INCONCLUSIVE: nothing to see\n")
        assert "no earlier run" not in answer.err
    assert cli(*RISE, "--allow-inconclusive").code == 0


@pytest.mark.parametrize("option", ["--new-since", "--against"])
def test_a_run_that_is_no_earlier_one_of_the_data_is_refused(cli, path, tmp_path, option):
    other = tmp_path / "other.csv"
    rows = [
        f"x-{row},some other words {row * row},{'shop' if row % 3 else 'mail'},"
        f"{'neg' if row % 2 else 'pos'}"
        for row in range(40)
    ]
    other.write_text("\n".join(["id,text,my source,label", *rows, ""]))
    strange = keep(audit_of(other), 1)
    old = keep(audit_of(path, FEW), 2)
    new = keep(audit_of(path, FEW), 3)
    words = ("--max-increase", "1%") if option == "--against" else ()
    for run, named, what in (
        (new, strange, "shares no row with"),
        (old, new, "is later than"),
        (new, new, "against itself"),
    ):
        answer = cli("check", run.id, option, named.id, *words)
        assert (answer.code, answer.out) == (2, "")
        assert what in answer.err
        assert f"where: {option} {named.id}" in answer.err
        assert "hint: name an earlier one of the same data" in answer.err


def test_a_file_that_moved_is_still_the_data(cli, path, tmp_path):
    old = keep(audit_of(path, FEW), 2)
    moved = write_rows(tmp_path / "moved.csv")
    keep(audit_of(moved, FEW), 3)
    assert cli("check", "--new-since", old.id).code == 0
    assert cli(*RISE, "--against", old.id).code == 0
    # Where every cell changed, the ids still tell.
    moved.write_text(moved.read_text().replace("the words of", "text"))
    keep(audit_of(moved, FEW), 4)
    assert cli(*RISE, "--against", old.id).code == 0


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"threshold": 0.9}, "threshold 0.9, now 0.5"),
        ({"detectors": ["confident-learning"]}, "detectors confident-learning, now "),
    ],
)
def test_runs_that_flag_by_other_settings_do_not_compare(cli, path, settings, told):
    audit = audit_of(path, FEW)
    old = keep(by(audit, **{"threshold": 0.5, **settings}), 2)
    write_rows(path, relabelled={39: "neg"})
    keep(by(audit_of(path, FEW), threshold=0.5), 3)
    for words in (("--max-increase", "100%"), ("--new-since", old.id, "--max-flagged", "100%")):
        answer = cli("check", *words)
        assert answer.code == 1
        assert answer.err.startswith(
            f"INCONCLUSIVE: run {old.id} flagged by other settings: {told}"
        )
        assert cli("check", *words, "--allow-inconclusive").code == 0


def test_other_settings_that_differ_are_noted(cli, path):
    old = keep(by(audit_of(path, FEW), seed=1), 2)
    write_rows(path, relabelled={39: "neg"})
    keep(by(audit_of(path, FEW), seed=0), 3)
    for words in (("--max-increase", "1%"), ("--new-since", old.id)):
        answer = cli("check", *words)
        assert answer.code == 0
        assert f"  note: run {old.id} was made otherwise: seed 1, now 0\n" in answer.err


def test_a_decision_on_a_label_is_one_for_both_gates(audited, texts):
    """Hold `detect --fail-above` to what `check` says of issues on record."""
    assert audited("check", "--max-flagged", "0%").code == 1
    accepted = audited("baseline", "add", "--why", "seen before")
    assert accepted.code == 0, accepted.err
    judged = audited("check", "--max-flagged", "0%")
    detected = audited("detect", texts, "-q", "-f", "csv", "--fail-above", "0%")
    assert (judged.code, detected.code) == (0, 0)
    for answer in (judged, detected):
        assert answer.err.startswith("PASS: flagged: 0 of 240 (0.0 %")
        assert "  not counted: 6 known\n" in answer.err
    assert audited("detect", texts, "-q", "--fail-above", "0%", "--baseline", "none").code == 1
