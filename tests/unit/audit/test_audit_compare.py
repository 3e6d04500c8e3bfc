from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from audit_example import example_audit
from gate_example import audit_of, write_rows

from labelaudit.audit.compare import Move, compare_runs, compare_versions, flagged_of, newcombe
from labelaudit.errors import RunError
from labelaudit.types import Column, Role, Schema

KINDS = ("new", "regressed", "fixed", "cleared", "still", "still_changed")


def ids(audit, rows):
    return audit.row_id[rows].tolist()


@pytest.fixture
def two(tmp_path):
    """Before: rows 1 to 5 are flagged. Then labels are changed, rows go and come."""
    before = audit_of(write_rows(tmp_path / "a.csv"), ["r-1", "r-2", "r-3", "r-4", "r-5"])
    path = write_rows(
        tmp_path / "b.csv",
        relabelled={1: "neg", 2: "pos", 9: "neg"},
        without={5, 30},
        order=range(39, -1, -1),
        extra=2,
    )
    return before, audit_of(path, ["r-41", "r-9", "r-2", "r-3", "r-11"])


def test_each_row_gets_the_word_for_what_became_of_it(two):
    before, after = two
    found = compare_runs(before, after)
    told = {kind: ids(after, getattr(found, kind)) for kind in KINDS}
    assert told == {
        "new": ["r-41", "r-11"],
        "regressed": ["r-9"],
        "fixed": ["r-1"],
        "cleared": ["r-4"],
        "still": ["r-3"],
        "still_changed": ["r-2"],
    }
    assert ids(before, found.gone) == ["r-5"]
    movement = found.movement
    assert (movement.common, movement.added, movement.removed) == (38, 2, 2)
    assert movement.moved == (Move("pos", "neg", 2), Move("neg", "pos", 1))
    assert movement.relabelled == 3
    assert movement.changed_content == 0
    assert (found.before.estimate, found.after.estimate) == (5 / 40, 5 / 40)
    assert found.difference.estimate == 0
    twins = {after.row_id[row]: int(twin) for row, twin in enumerate(found.twin)}
    assert (twins["r-41"], twins["r-0"], twins["r-39"]) == (-1, 0, 39)


def without_id(path):
    lines = [line.split(",", 1)[1] for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    return path


def content_audit(path, flagged):
    from labelaudit.data.dataset import load_dataset
    from labelaudit.data.schema import NO_ID, SchemaChoices

    data = load_dataset(without_id(path), SchemaChoices(label="label", id=NO_ID))
    texts = data.table.column("text").to_pylist()
    rows = [texts.index(text) for text in flagged]
    audit = example_audit((), classes=data.classes, n=data.n_rows)
    flags = np.isin(np.arange(data.n_rows), rows)
    return replace(
        audit,
        schema=data.schema,
        row_id=data.row_id,
        fingerprint=data.fingerprint,
        given=data.y,
        flagged=flags,
    )


def test_rows_without_an_id_are_found_by_content(tmp_path):
    before = content_audit(write_rows(tmp_path / "a.csv"), ["the words of row 1"])
    after = content_audit(
        write_rows(tmp_path / "b.csv", relabelled={1: "neg"}, order=range(39, -1, -1)), []
    )
    found = compare_runs(before, after)
    assert len(found.fixed) == 1
    assert (found.movement.common, found.movement.relabelled) == (40, 1)


def by_content(labels, content, flagged):
    """A run without an id column; equal content is the same row but for its number."""
    from labelaudit.data.identity import row_ids

    fingerprint = np.array(content, dtype=np.uint64)
    given = np.array([("neg", "pos").index(label) for label in labels], dtype=np.int32)
    audit = example_audit((), n=len(labels))
    return replace(
        audit,
        schema=Schema((Column("label", Role.LABEL, "name"),)),
        row_id=row_ids(fingerprint, given),
        fingerprint=fingerprint,
        given=given,
        flagged=np.array(flagged, dtype=bool),
    )


def test_a_copy_that_goes_does_not_move_the_labels_of_the_others():
    before = by_content(["neg", "neg", "pos", "pos"], [7, 7, 7, 8], [0, 0, 1, 0])
    after = by_content(["pos", "neg", "pos"], [8, 7, 7], [0, 0, 1])
    found = compare_runs(before, after)
    assert found.movement.moved == ()
    assert (found.movement.common, found.movement.removed) == (3, 1)
    assert found.still.tolist() == [2]


def test_a_copy_whose_label_changes_is_still_that_row():
    before = by_content(["neg", "neg", "pos"], [7, 7, 7], [0, 0, 1])
    after = by_content(["neg", "neg", "neg"], [7, 7, 7], [0, 0, 0])
    found = compare_runs(before, after)
    assert found.movement.moved == (Move("pos", "neg", 1),)
    assert len(found.fixed) == 1


def test_a_label_that_comes_or_goes_has_moved(tmp_path):
    before = audit_of(write_rows(tmp_path / "a.csv", relabelled={4: ""}), [])
    after = audit_of(write_rows(tmp_path / "b.csv", relabelled={6: ""}), ["r-4"])
    found = compare_runs(before, after)
    assert set(found.movement.moved) == {Move(None, "neg", 1), Move("neg", None, 1)}
    assert ids(after, found.regressed) == ["r-4"]


def test_labels_are_the_same_by_their_text_whatever_their_type():
    one = example_audit((), classes=(1, 7), n=10)
    other = example_audit((), classes=("1", "7"), n=10)
    assert compare_runs(one, other).movement.moved == ()


def test_runs_that_go_by_other_columns_are_not_compared(tmp_path):
    path = write_rows(tmp_path / "a.csv")
    one, other = audit_of(path), audit_of(path, id_column="text")
    with pytest.raises(RunError, match="took column 'id' for the id, the later one column 'text'"):
        compare_runs(one, other)
    renamed = [
        replace(column, name="y") if column.role is Role.LABEL else column
        for column in one.schema.columns
    ]
    with pytest.raises(RunError, match="for the label") as caught:
        compare_runs(one, replace(one, schema=Schema(tuple(renamed))))
    assert "--label" in caught.value.hint


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_is_that_of_newcombes_table(counts, low, high):
    found = newcombe(*counts)
    assert found.estimate == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    turned = newcombe(*counts[2:], *counts[:2])
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_without_a_trial_there_is_no_difference():
    assert np.isnan(newcombe(1, 2, 0, 0).estimate)
    assert np.isnan(newcombe(0, 0, 1, 2).low)


def test_what_is_flagged_is_counted_among_the_judged():
    assert flagged_of(example_audit(missing=4)) == (3, 36)


def version(rows):
    row_id, fingerprint, label, weight = zip(*rows, strict=True)
    return pa.table(
        {
            "row_id": pa.array(row_id, pa.string()),
            "fingerprint": pa.array(fingerprint, pa.uint64()),
            "label": pa.array(label, pa.string()),
            "weight": pa.array(weight, pa.float64()),
        }
    )


def test_versions_differ_in_labels_weights_and_rows():
    before = version(
        [("a", 1, "x", 1.0), ("b", 2, "x", 1.0), ("c", 3, None, 1.0), ("d", 4, "y", 1)]
    )
    after = version(
        [("e", 5, "y", 1.0), ("c", 3, "y", 0.5), ("b", 9, "y", 1.0), ("a", 1, "x", 0.25)]
    )
    found = compare_versions(before, after)
    assert found.movement.moved == (Move(None, "y", 1), Move("x", "y", 1))
    movement = found.movement
    assert (movement.common, movement.added, movement.removed) == (3, 1, 1)
    assert movement.changed_content == 1
    assert found.reweighted == 2
    assert (found.mean_before, found.mean_after) == (1.0, 0.375)


def test_versions_without_ids_go_by_content():
    one = "{:016x}#{}".format
    before = version([(one(7, 0), 7, "x", 1), (one(7, 1), 7, "y", 1), (one(8, 0), 8, "y", 1)])
    after = version([(one(7, 0), 7, "y", 1), (one(8, 0), 8, "x", 1)])
    found = compare_versions(before, after)
    assert found.movement.moved == (Move("y", "x", 1),)
    assert (found.movement.removed, found.reweighted) == (1, 0)
    assert np.isnan(found.mean_after)


def test_labels_all_missing_are_labels_too():
    empty = version([("a", 1, None, 1.0)])
    assert compare_versions(empty, empty).movement.moved == ()
