from __future__ import annotations

import os
import subprocess
import sys

import pytest
from recorder_example import recorder_in
from undo_example import applied, made

from labelaudit.data.digest import file_sha256
from labelaudit.data.leftovers import aside_name, owner_of
from labelaudit.remedy.ledger import Batch
from labelaudit.remedy.ledger_chain import head_path
from labelaudit.remedy.ledger_states import states
from labelaudit.remedy.recover import done_already, recover


def interrupted(folder, *, output="out.csv", content=b"new", before=b"", staged=b"new", **facts):
    """Leave what a crash leaves between the ledger and the file."""
    recorder = recorder_in(folder)
    path, aside = folder / output, folder / aside_name(owner_of(recorder.ledger.path))
    if before:
        path.write_bytes(before)
    replaces = file_sha256(path) if before else ""
    aside.write_bytes(content)
    sha256 = file_sha256(aside)
    aside.write_bytes(staged)
    told = {"output": output, "output_sha256": sha256, "replaces": replaces, "staged": aside.name}
    told |= {"run": "run-1", "strategy": "drop", "counts": {}, **facts}
    recorder.ledger.append(Batch("fix", told))
    return recorder, path, aside


@pytest.mark.parametrize("before", [b"", b"old"])
def test_what_is_whole_is_finished(tmp_path, before):
    recorder, path, aside = interrupted(tmp_path, before=before)
    assert [one.action for one in recover(recorder)] == ["1"]
    assert path.read_bytes() == b"new"
    assert not aside.exists()
    assert states(recorder.ledger.entries(), tmp_path) == {"1": "present"}
    assert recover(recorder) == ()


def test_what_has_its_name_already_is_only_tidied(tmp_path):
    recorder, path, aside = interrupted(tmp_path)
    os.link(aside, path)
    assert [one.action for one in recover(recorder)] == ["1"]
    assert not aside.exists()
    assert recorder.ledger.verify() == 1


def test_what_somebody_wrote_meanwhile_is_not_replaced(tmp_path):
    recorder, path, aside = interrupted(tmp_path)
    path.write_bytes(b"theirs")
    assert recover(recorder) == ()
    assert path.read_bytes() == b"theirs"
    assert not aside.exists()
    assert states(recorder.ledger.entries(), tmp_path) == {"1": "void", "2": "void"}


def test_what_is_not_whole_is_taken_back(tmp_path):
    recorder, path, aside = interrupted(tmp_path, before=b"old", staged=b"ne")
    assert recover(recorder) == ()
    assert path.read_bytes() == b"old"
    assert not aside.exists()
    assert states(recorder.ledger.entries(), tmp_path)["1"] == "void"


def test_a_file_on_its_way_out_goes(tmp_path):
    recorder, path, aside = interrupted(tmp_path, before=b"old", staged=b"", output_sha256="")
    assert [one.action for one in recover(recorder)] == ["1"]
    assert not path.exists()
    assert not aside.exists()
    path.write_bytes(b"old")
    assert recover(recorder) == ()
    assert path.exists()


def test_leftovers_nobody_waits_for_are_swept_wherever_something_was_written(tmp_path):
    recorder, _, _ = interrupted(tmp_path)
    recover(recorder)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    folders = [tmp_path, tmp_path / "sub", recorder.ledger.path.parent, *recorder.versions.folders]
    names = [aside_name().replace(f"-{os.getpid()}-", f"-{process.pid}-") for _ in folders]
    for folder, name in zip(folders, names, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"half")
    recover(recorder, tmp_path / "sub" / "next.csv")
    assert not list(tmp_path.rglob(".labelaudit-*"))


def test_nothing_is_made_where_there_is_nothing(tmp_path):
    assert recover(recorder_in(tmp_path), tmp_path / "out.csv") == ()
    assert list(tmp_path.iterdir()) == []


def _only_hashed(_store, path):
    return file_sha256(path)


def test_a_plan_that_recovery_finished_is_done_already(tmp_path, monkeypatch):
    path = made(tmp_path, ".csv")
    before = path.read_bytes()

    def killed(*_, **__):
        raise SystemExit

    with monkeypatch.context() as patch:
        # Neither the name is given nor anything cleared away, as when the process is killed.
        patch.setattr("labelaudit.data.write.Staged.commit", killed)
        patch.setattr("labelaudit.remedy.apply.take_back", lambda *_: None)
        patch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
        patch.setattr("labelaudit.remedy.ledger._extend", _written_directly)
        patch.setattr("labelaudit.remedy.ledger.write_head", _only_the_first)
        patch.setattr("labelaudit.remedy.apply.keep_vectors", lambda *_, **__: ("", ""))
        patch.setattr("labelaudit.remedy.versions.VersionStore.keep_file", _only_hashed)
        with pytest.raises(SystemExit):
            applied("drop", path)
    assert path.read_bytes() == before
    again = applied("drop", path)
    assert again.already
    assert again.action == "1"
    assert path.read_bytes() != before


def _only_the_first(path, last):
    if not last.seq:
        head_path(path).write_text(f'{{"seq": 0, "hash": "{last.hash}"}}', encoding="ascii")


def _written_directly(path, lines):
    with path.open("ab") as file:
        file.write(lines)


def test_what_a_strategy_made_of_a_file_is_known(tmp_path):
    path = made(tmp_path, ".csv")
    done = applied("drop", path, facts={"options": {"weight": 1}})
    recorder = recorder_in(tmp_path)

    def ask(run="run-1", strategy="drop", sha256=done.sha256, **facts):
        return done_already(recorder, run, strategy, sha256, path, facts)

    assert ask() == "1"
    assert ask(options={"weight": 1}) == "1"
    assert ask(options={"weight": 2}) is None
    assert ask(run="run-2") is None
    assert ask(strategy="correct") is None
    assert ask(sha256="0") is None
