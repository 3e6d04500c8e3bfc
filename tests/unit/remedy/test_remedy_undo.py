from __future__ import annotations

import pytest
from recorder_example import recorder_in
from undo_example import PLANS, applied, made, rows_in, undone

from labelaudit.errors import OutputError, RefusedError, RunError
from labelaudit.remedy.ledger import Batch
from labelaudit.remedy.ledger_states import states
from labelaudit.remedy.undo import carry_out, choose, plan_undo

SUFFIXES = (".csv", ".parquet")


def state_of(folder):
    recorder = recorder_in(folder)
    return states(recorder.ledger.entries(), recorder.ledger.base)


def headers(folder):
    return [entry for entry in recorder_in(folder).ledger.entries() if entry.kind != "change"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", sorted(PLANS.keys() - {"nothing"}))
@pytest.mark.parametrize("with_id", [True, False])
def test_in_place_and_back_gives_the_same_bytes(tmp_path, name, suffix, with_id):
    path = made(tmp_path, suffix, with_id=with_id)
    before = path.read_bytes()
    done = applied(name, path)
    after = path.read_bytes()
    assert after != before
    assert undone(tmp_path).way == "restore"
    assert path.read_bytes() == before
    assert state_of(tmp_path) == {"1": "undone by 2", "2": "present"}
    fix, undo = headers(tmp_path)
    assert undo.facts["undoes"] == done.action
    assert undo.facts["version_before"] == fix.facts["version_after"]
    assert undo.facts["version_after"] == fix.facts["version_before"]
    undone(tmp_path, "2")
    assert path.read_bytes() == after
    assert state_of(tmp_path) == {"1": "present", "2": "undone by 3", "3": "present"}
    undone(tmp_path)
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == [".labelaudit", path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_to_do_in_place_gives_the_same_bytes(tmp_path, suffix):
    path = made(tmp_path, suffix)
    before = path.read_bytes()
    done = applied("nothing", path)
    assert done.already
    assert path.read_bytes() == before
    assert headers(tmp_path) == []


def test_a_new_file_goes_and_can_come_back(tmp_path):
    path = made(tmp_path, ".csv")
    out = tmp_path / "out.csv"
    applied("drop", path, output=out)
    content = out.read_bytes()
    assert undone(tmp_path).way == "remove"
    assert not out.exists()
    assert state_of(tmp_path) == {"1": "undone by 2", "2": "removed"}
    assert undone(tmp_path, "2").way == "restore"
    assert out.read_bytes() == content
    assert state_of(tmp_path) == {"1": "present", "2": "undone by 3", "3": "present"}
    assert choose(recorder_in(tmp_path))[0].action == "1"


def test_a_replaced_file_comes_back(tmp_path):
    path = made(tmp_path, ".csv")
    out = tmp_path / "out.csv"
    out.write_bytes(b"somebody's work")
    applied("drop", path, output=out, overwrite=True)
    undone(tmp_path)
    assert out.read_bytes() == b"somebody's work"


def test_a_file_that_is_gone_already_is_only_noted(tmp_path):
    path = made(tmp_path, ".csv")
    out = tmp_path / "out.csv"
    applied("drop", path, output=out)
    out.unlink()
    assert undone(tmp_path).way == "nothing"
    assert not out.exists()
    assert choose(recorder_in(tmp_path)) == ()
    applied("drop", path)
    path.unlink()
    assert undone(tmp_path).way == "restore"
    assert len(rows_in(path)) == 40


def test_what_somebody_restored_is_only_noted(tmp_path):
    path = made(tmp_path, ".csv")
    before = path.read_bytes()
    applied("drop", path)
    path.write_bytes(before)
    assert state_of(tmp_path) == {"1": "as before"}
    assert undone(tmp_path).way == "nothing"
    assert path.read_bytes() == before
    assert state_of(tmp_path)["1"] == "undone by 2"


def test_actions_are_chosen_by_number_run_or_age(tmp_path):
    path = made(tmp_path, ".csv")
    recorder = recorder_in(tmp_path)
    assert choose(recorder) == ()
    for name in ("drop", "correct", "soft"):
        applied(name, path, output=tmp_path / f"{name}.csv")
    assert [one.action for one in choose(recorder)] == ["3"]
    assert [one.action for one in choose(recorder, "2")] == ["2"]
    assert [one.action for one in choose(recorder, "run")] == ["3", "2", "1"]
    undone(tmp_path)
    # Called again it goes no further: whoever wants that names the action.
    assert choose(recorder) == ()
    assert choose(recorder, "3") == ()
    assert [one.action for one in choose(recorder, "run-1")] == ["2", "1"]
    with pytest.raises(RunError, match="no action and no run '9'"):
        choose(recorder, "9")


def test_of_a_chain_in_place_the_newest_comes_first(tmp_path):
    path = made(tmp_path, ".csv")
    before = path.read_bytes()
    applied("correct", path)
    between = path.read_bytes()
    applied("downweight", path)
    recorder = recorder_in(tmp_path)
    for header, content in zip(choose(recorder, "run-1"), (between, before), strict=True):
        carry_out(recorder, plan_undo(recorder, header))
        assert path.read_bytes() == content


def test_what_never_happened_cannot_be_undone(tmp_path):
    recorder = recorder_in(tmp_path)
    facts = {"output": "out.csv", "output_sha256": "x", "run": "run-1", "staged": ""}
    recorder.ledger.append(Batch("fix", facts))
    recorder.ledger.append(Batch("void", {**facts, "voids": "1"}))
    for what in ("1", "2"):
        with pytest.raises(RunError, match="never happened"):
            choose(recorder, what)
    assert choose(recorder) == ()


def test_a_copy_changes_nothing_else(tmp_path):
    path = made(tmp_path, ".csv")
    before = path.read_bytes()
    applied("correct", path)
    after = path.read_bytes()
    recorder = recorder_in(tmp_path)
    (header,) = choose(recorder)
    copy = tmp_path / "copy.csv"
    done = carry_out(recorder, plan_undo(recorder, header), output=copy)
    assert (copy.read_bytes(), path.read_bytes()) == (before, after)
    assert (done.action, state_of(tmp_path)["1"]) == ("2", "present")
    assert choose(recorder)[0].action == "1"
    copy.write_bytes(b"theirs")
    undoing = plan_undo(recorder, header)
    with pytest.raises(OutputError, match="exists already"):
        carry_out(recorder, undoing, output=copy)
    carry_out(recorder, undoing, output=copy, overwrite=True)
    assert copy.read_bytes() == before


def test_a_new_file_has_no_other_content_to_write(tmp_path):
    path = made(tmp_path, ".csv")
    applied("drop", path, output=tmp_path / "out.csv")
    recorder = recorder_in(tmp_path)
    undoing = plan_undo(recorder, choose(recorder)[0])
    with pytest.raises(RunError, match="the file was new"):
        carry_out(recorder, undoing, output=tmp_path / "copy.csv")


def queue_written(folder, path):
    recorder = recorder_in(folder)
    facts = {
        "strategy": "relabel",
        "run": "run-1",
        "input": "data.csv",
        "input_sha256": "",
        "counts": {"queue": 2},
        "output": path.name,
        "replaces": "",
        "staged": "",
    }
    import hashlib

    path.write_bytes(b"row_id,decision\nr-0,\n")
    facts["output_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    recorder.ledger.append(Batch("fix", facts))


def test_a_queue_goes_unless_somebody_filled_it_in(tmp_path):
    queue = tmp_path / "queue.csv"
    queue_written(tmp_path, queue)
    undone(tmp_path)
    assert not queue.exists()
    queue_written(tmp_path, queue)
    queue.write_bytes(b"row_id,decision\nr-0,drop\n")
    with pytest.raises(RefusedError, match="never deleted"):
        undone(tmp_path)
    assert queue.read_bytes() == b"row_id,decision\nr-0,drop\n"


def test_a_damaged_version_is_told_before_anything_is_written(tmp_path):
    path = made(tmp_path, ".csv")
    applied("drop", path)
    after = path.read_bytes()
    (kept,) = recorder_in(tmp_path).versions.folders[1].iterdir()
    for damage in (b"rubbish", kept.read_bytes()[:-20], None):
        if damage is None:
            kept.unlink()
        else:
            kept.write_bytes(damage)
        with pytest.raises(RunError, match="missing" if damage is None else "damaged"):
            undone(tmp_path)
        assert path.read_bytes() == after
    assert len(headers(tmp_path)) == 1


def test_an_undo_of_a_file_that_changed_cannot_be_undone(tmp_path):
    path = made(tmp_path, ".csv")
    applied("drop", path)
    undone(tmp_path)
    path.write_bytes(path.read_bytes() + b"r-99,new,neg,\r\n")
    with pytest.raises(RefusedError, match="run `labelaudit fix` again"):
        undone(tmp_path, "2")


def test_a_file_that_changes_at_the_last_moment_is_left_alone(tmp_path):
    path = made(tmp_path, ".csv")
    out = tmp_path / "out.csv"
    applied("drop", path, output=out)
    applied("correct", path)
    recorder = recorder_in(tmp_path)
    plans = [plan_undo(recorder, choose(recorder, one)[0]) for one in ("1", "2")]
    for one in (out, path):
        one.write_bytes(b"theirs")
    for undoing in plans:
        with pytest.raises(RunError, match="changed while"):
            carry_out(recorder, undoing)
        assert undoing.path.read_bytes() == b"theirs"
    assert len(headers(tmp_path)) == 2
