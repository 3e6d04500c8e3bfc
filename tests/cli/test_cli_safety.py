"""What must never happen to data, however a command is called or disturbed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from prepared_run import audit_of, dataset_of, prepare

from labelaudit.audit.runs import RunStore
from labelaudit.data.write import Staged

WIDE = ("--max-class-loss", "100%", "--min-class-size", "0")
DROP = ("fix", "-s", "drop", *WIDE)


@pytest.fixture
def data(tmp_path):
    prepare(tmp_path)
    return tmp_path / "data.csv"


def test_a_copied_project_works_on_its_own_data(cli, data, tmp_path, monkeypatch):
    before = data.read_bytes()
    shutil.copytree(tmp_path, tmp_path.with_name("copy"))
    monkeypatch.chdir(tmp_path.with_name("copy"))
    assert cli(*DROP, "--in-place").code == 0
    assert data.read_bytes() == before
    assert (tmp_path.with_name("copy") / "data.csv").read_bytes() != before


def test_a_number_is_never_taken_for_the_beginning_of_a_run(cli, data):
    assert cli(*DROP, "--in-place").code == 0
    after = data.read_bytes()
    for what in ("2", "20", ""):
        answer = cli("undo", what)
        assert answer.code == 2
        assert "there is no action and no run" in answer.err
    assert data.read_bytes() == after


def test_undo_called_again_goes_no_further(cli, data):
    assert cli(*DROP, "--output", "out.csv").code == 0
    assert cli(*DROP, "--in-place").code == 0
    assert cli("undo").code == 0
    again = cli("undo")
    assert again.code == 0
    assert "goes no further back" in again.err
    assert "  labelaudit undo 1 (drop: 4 drop, out.csv)\n" in again.err
    assert data.with_name("out.csv").exists()
    assert cli("undo", "1").code == 0
    assert not data.with_name("out.csv").exists()


def test_a_copy_of_what_was_never_replaces_the_data(cli, data):
    assert cli("fix", "-s", "downweight", "--output", "out.csv").code == 0
    with data.with_name("out.csv").open("ab") as file:
        file.write(b"r-99,new,neg,,1\r\n")
    before = data.read_bytes()
    for name in ("data.csv", "out.csv"):
        answer = cli("undo", "1", "--output", name, "--overwrite")
        assert answer.code == 2
    assert data.read_bytes() == before


@pytest.mark.parametrize("name", ["ledger.jsonl", "latest", "new.csv"])
def test_nothing_is_written_into_the_store(cli, data, name):
    assert cli("fix", "-s", "downweight", "--output", "out.csv").code == 0
    ledger = (data.parent / ".labelaudit/ledger.jsonl").read_bytes()
    answer = cli("fix", "-s", "downweight", "--output", f".labelaudit/{name}", "--overwrite")
    assert answer.code == 2
    assert ("says JSON" if name == "ledger.jsonl" else "lies in the store") in answer.err
    assert (data.parent / ".labelaudit/ledger.jsonl").read_bytes() == ledger


def test_a_column_of_the_data_is_no_column_of_weights(cli, data):
    answer = cli("fix", "-s", "downweight", "--weight-column", "note")
    assert answer.code == 2
    assert "has a column 'note' already" in answer.err
    assert not data.with_name("data.downweight.csv").exists()


def test_what_is_written_meanwhile_is_not_lost(cli, data, monkeypatch):
    check = Staged.check

    def late(self, **options):
        check(self, **options)
        with self.target.open("ab") as file:
            file.write(b'r-99,"precious",neg,x\r\n')

    monkeypatch.setattr(Staged, "check", late)
    answer = cli(*DROP, "--in-place")
    assert answer.code == 2
    assert "changed while it was worked on" in answer.err
    assert b"precious" in data.read_bytes()
    assert data.read_bytes().count(b"r-4,") == 1


def test_an_interrupt_right_after_the_rename_leaves_it_on_record(cli, data, monkeypatch):
    before = data.read_bytes()
    commit = Staged.commit

    def interrupted(self, **options):
        commit(self, **options)
        if self.target.name == "data.csv":
            self.published = False
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Staged, "commit", interrupted)
        assert cli(*DROP, "--in-place").code == 130
    assert data.read_bytes() != before
    assert cli("undo").code == 0
    assert data.read_bytes() == before


def test_without_hard_links_an_empty_file_is_never_left(cli, data, monkeypatch):
    def link(*_arguments, **_options):
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr("os.link", link)
    assert cli(*DROP, "--output", "out.csv").code == 0
    assert data.with_name("out.csv").stat().st_size > 0
    data.with_name("out.csv").write_bytes(b"theirs")
    assert cli(*DROP, "--output", "out.csv").code == 2
    assert data.with_name("out.csv").read_bytes() == b"theirs"


def test_a_plan_in_place_called_again_writes_no_empty_queue(cli, data):
    plan = ("fix", "--plan", "mislabelled=correct,outlier=relabel", "--in-place", *WIDE)
    assert cli(*plan, "--min-confidence", "0", "--min-agreement", "1").code == 0
    again = cli(*plan, "--min-confidence", "0", "--min-agreement", "1")
    assert again.code == 0
    assert "is fixed like this already" in again.err
    assert not data.with_name("data.relabel.csv").exists()


def twins(folder):
    """Keep a run of two rows of the same words, the first of them flagged, and of others."""
    path = folder / "data.csv"
    others = "".join(f"row {row} of text,{('neg', 'pos')[row % 2]}\n" for row in range(20))
    path.write_text(f"text,label\nsame words,neg\n{others}same words,pos\n", encoding="utf-8")
    data = dataset_of(path)
    audit = audit_of(replace(data, source=replace(data.source, path="data.csv")), (0,))
    RunStore(folder / ".labelaudit").save(
        audit, command=["detect", "data.csv"], directory=folder, seconds={}
    )
    return path


@pytest.mark.parametrize("mended", ["same words,neg\n", ""])
def test_a_twin_that_had_the_label_on_its_own_keeps_it(cli, tmp_path, mended):
    path = twins(tmp_path)
    correct = ("fix", "-s", "correct", "--in-place", *WIDE)
    assert cli(*correct, "--min-confidence", "0", "--min-agreement", "1").code == 0
    header, first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert (first, rest[-1]) == ("same words,pos\n", "same words,pos\n")
    by_hand = "".join([header, mended, *rest, "new row,pos\n"])
    path.write_text(by_hand, encoding="utf-8")
    answer = cli("undo", "1")
    assert answer.code == 2
    assert ("is as before already" if mended else "not in the file any more") in answer.err
    assert path.read_text(encoding="utf-8") == by_hand


def test_undo_goes_on_after_a_copy_was_made(cli, data):
    before = data.read_bytes()
    assert cli(*DROP, "--in-place").code == 0
    assert cli("undo", "--output", "was.csv").code == 0
    assert cli("undo").code == 0
    assert data.read_bytes() == before


def test_an_undo_interrupted_after_the_ledger_told_of_it_is_taken_back(cli, data, monkeypatch):
    assert cli(*DROP, "--output", "out.csv").code == 0

    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("labelaudit.remedy.ledger.write_head", interrupted)
        assert cli("undo").code == 130
    assert data.with_name("out.csv").exists()
    assert cli("undo").code == 0
    assert not data.with_name("out.csv").exists()


def test_weights_are_never_called_like_a_soft_label(cli, data):
    answer = cli("fix", "-s", "downweight", "--weight-column", "label_prob_pos")
    assert answer.code == 2
    assert "the name of a soft label" in answer.err


def test_a_store_may_be_named_from_within(cli, data, monkeypatch):
    monkeypatch.chdir(data.parent / ".labelaudit")
    before = data.read_bytes()
    assert cli(*DROP, "--in-place", "--store", ".").code == 0
    assert data.read_bytes() != before
    assert cli("undo", "--store", ".").code == 0
    assert data.read_bytes() == before


def test_what_the_run_was_made_from_is_no_output(cli, data):
    before = data.read_bytes()
    data.with_name("copy.csv").write_bytes(before)
    answer = cli(*DROP, "--data", "copy.csv", "--output", "data.csv", "--overwrite")
    assert answer.code == 2
    assert data.read_bytes() == before


def test_a_plan_with_a_queue_in_place_can_be_called_again(cli, data):
    plan = ("fix", "--plan", "mislabelled=drop,outlier=relabel", "--in-place", *WIDE)
    assert cli(*plan).code == 0
    after = data.read_bytes()
    again = cli(*plan)
    assert again.code == 0
    assert data.read_bytes() == after


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "--max-flagged", "1%", "--max-high", "1%"), 1),
        (("check", "--max-flagged", "90%"), 0),
        ((*DROP, "--output", "out.csv"), 0),
    ],
)
def test_a_reader_that_has_gone_changes_neither_the_work_nor_the_exit_code(data, arguments, code):
    command = [sys.executable, "-m", "labelaudit", *arguments]
    with subprocess.Popen(
        command, cwd=data.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        running.stdout.close()
        assert running.wait() == code
    assert data.with_name("out.csv").exists() == ("--output" in arguments)
