"""`labelaudit apply`: new labels that a written rule forbids."""

from __future__ import annotations

import pytest
from prepared_run import prepare

FORBID = """
[[forbid]]
label = "pos"
when = { column = "text", contains = "text, \\"4\\"" }
because = "the guideline says so"
"""


@pytest.fixture
def data(tmp_path):
    prepare(tmp_path)
    return tmp_path / "data.csv"


def decided(folder, *lines):
    path = folder / "queue.csv"
    path.write_text("\n".join(["row_id,decision,new_label", *lines, ""]), encoding="utf-8")
    return path.name


def test_a_forbidden_label_is_a_fault_of_its_row(cli, data, tmp_path):
    (tmp_path / "rules.toml").write_text(FORBID, encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    queue = decided(tmp_path, "r-0,relabel,pos", "r-4,relabel,pos", "r-9,keep,")
    for more in ([], ["--in-place"], ["--dry-run"]):
        answer = cli("apply", queue, *more)
        assert (answer.code, answer.out) == (2, "")
        assert "error: 1 decision cannot be used:" in answer.err
        told = "row 3: the new label breaks the rule forbid-1: 'pos' cannot be where text contains"
        assert told in answer.err
        assert "(the guideline says so)" in answer.err
        assert "hint: mend them in the queue, or the rules, and apply it again" in answer.err
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / queue])
    assert cli("apply", decided(tmp_path, "r-0,relabel,pos", "r-4,drop,")).code == 0


def test_labels_that_are_new_or_misspelled(cli, data, tmp_path):
    (tmp_path / "labelaudit.toml").write_text(
        '[rules]\nallowed = ["neg", "pos"]\none-spelling = true\n', encoding="utf-8"
    )
    answer = cli("apply", decided(tmp_path, "r-0,,other", "r-4,,Pos"), "--allow-new-labels")
    assert answer.code == 2
    assert "2 decisions cannot be used" in answer.err
    assert "row 2: the new label breaks the rule allowed: 'other' is not one of" in answer.err
    assert "row 3: the new label breaks the rule one-spelling: 'Pos' is to be" in answer.err


def test_without_rules_about_labels_nothing_is_asked(cli, data, tmp_path):
    queue = decided(tmp_path, "r-0,,other")
    assert cli("apply", queue, "--allow-new-labels", "--dry-run").code == 0
    (tmp_path / "rules.toml").write_text('required = ["gone"]\n', encoding="utf-8")
    assert cli("apply", queue, "--allow-new-labels", "--dry-run").code == 0


def test_labels_that_were_there_before_are_not_held_against_the_queue(cli, data, tmp_path):
    (tmp_path / "rules.toml").write_text('allowed = ["neg"]\n', encoding="utf-8")
    assert cli("apply", decided(tmp_path, "r-9,keep,", "r-1,relabel,neg")).code == 0
    assert "breaks the rule allowed" in cli("apply", decided(tmp_path, "r-0,relabel,")).err


def test_the_rules_of_the_run_hold_too(cli, texts, tmp_path):
    (tmp_path / "mine.toml").write_text('allowed = ["ham", "spam"]\n', encoding="utf-8")
    assert cli("detect", texts, "-q", "-f", "csv", "--rules", "mine.toml").code == 0
    row_id = texts.read_text(encoding="utf-8").splitlines()[1].partition(",")[0]
    queue = decided(tmp_path, f"{row_id},,eggs")
    answer = cli("apply", queue, "--allow-new-labels")
    assert answer.code == 2
    assert "'eggs' is not one of the allowed labels" in answer.err
    (tmp_path / "labelaudit.toml").write_text('rules = "none"\n', encoding="utf-8")
    assert cli("apply", queue, "--allow-new-labels").code == 0
