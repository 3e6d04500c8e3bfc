from __future__ import annotations

from dataclasses import replace

from prepared_run import dataset_of, write_table
from recorder_example import recorder_in
from undo_example import applied, made, plan_of, rows_in, table_of, undone

from labelaudit.remedy.candidates import Target
from labelaudit.remedy.ledger import VOID, Batch
from labelaudit.remedy.rows import training_rows
from labelaudit.remedy.taken import Taken, facts_of_losses, taken_before


def target_of(data):
    return Target(data, training_rows(data), data.classes)


def recorded(folder, path, losses, **facts):
    """Record that a fix left a file as it is."""
    told = {
        "output": path.name,
        "output_sha256": dataset_of(path).source.sha256,
        "class_sizes": {"neg": 20, "pos": 20},
        "class_losses": losses,
        **facts,
    }
    return recorder_in(folder).ledger.append(Batch("fix", told))


def test_a_file_that_no_fix_wrote_lost_nothing(tmp_path):
    path = made(tmp_path, ".csv")
    ledger = recorder_in(tmp_path).ledger
    assert taken_before(ledger, dataset_of(path)) == Taken()
    # A plan that counts no losses, as people's decisions do not, leaves none on record.
    applied("drop", path)
    assert taken_before(ledger, dataset_of(path)) == Taken()


def test_the_newest_that_wrote_this_content_tells(tmp_path):
    path = made(tmp_path, ".csv")
    recorded(tmp_path, path, {"neg": 2.0})
    action = recorded(tmp_path, path, {"neg": 3.5})
    ledger, data = recorder_in(tmp_path).ledger, dataset_of(path)
    found = taken_before(ledger, data)
    assert (found.of("neg"), found.size("neg", 17)) == (3.5, 20)
    assert (found.of("pos"), found.size("pos", 25)) == (0, 25)
    ledger.append(Batch(VOID, {"voids": action, "staged": ""}))
    assert taken_before(ledger, data).of("neg") == 2


def test_it_is_said_where_something_else_wrote_to_the_file(tmp_path):
    path = made(tmp_path, ".csv")
    recorded(tmp_path, path, {"neg": 2.0})
    write_table(table_of(39), path)
    found = taken_before(recorder_in(tmp_path).ledger, dataset_of(path))
    assert found == Taken(unknown_since="1")


def test_an_undone_fix_took_nothing(tmp_path):
    path = made(tmp_path, ".csv")
    data = dataset_of(path)
    applied("drop", path, facts={"class_sizes": {"neg": 20}, "class_losses": {"neg": 2.0}})
    assert taken_before(recorder_in(tmp_path).ledger, dataset_of(path)).of("neg") == 2
    undone(tmp_path)
    assert taken_before(recorder_in(tmp_path).ledger, data) == Taken()
    assert len(rows_in(path)) == 40


def test_losses_add_up_and_the_first_sizes_stay(tmp_path):
    data = dataset_of(made(tmp_path, ".csv"))
    plan = replace(plan_of("drop", data), class_losses={"neg": 2.0, "pos": 0.0})
    assert facts_of_losses(plan, target_of(data), Taken()) == {
        "class_sizes": {"neg": 20, "pos": 20},
        "class_losses": {"neg": 2.0},
    }
    before = Taken({"neg": 25, "pos": 20}, {"neg": 1.5, "pos": 1.0})
    assert facts_of_losses(plan, target_of(data), before) == {
        "class_sizes": {"neg": 25, "pos": 20},
        "class_losses": {"neg": 3.5, "pos": 1.0},
    }
    assert facts_of_losses(plan_of("nothing", data), target_of(data), Taken()) == {}
