from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from impact_example import clean_test, data_of, frame_of, noisy_run

from labelaudit.errors import InputError, RefusedError, SettingError
from labelaudit.measure.impact_rows import (
    FEWEST_REVIEWED,
    lay_out,
    slice_values,
    take,
    with_roles,
)
from labelaudit.types import Role


def codes(notices):
    return [one.code for one in notices]


def test_without_anything_else_each_row_is_scored_when_it_is_held_out():
    data, _ = noisy_run()
    rows = lay_out(data)
    assert rows.kind == "held-out rows"
    assert not rows.apart
    assert (rows.y == data.y).all()
    assert (rows.truth == data.y).all()


def test_a_test_split_is_scored_and_never_learned_from():
    data, _ = noisy_run(split="test")
    rows = lay_out(data)
    held = np.array(data.table.column("split").to_pylist()) == "test"
    assert rows.kind == "test split"
    assert rows.apart
    assert (rows.y[held] == -1).all()
    assert (rows.truth[held] == data.y[held]).all()
    assert (rows.truth[~held] == -1).all()


def test_other_names_of_the_training_split_are_taken_or_refused():
    data, _ = noisy_run(split="test")
    turned = lay_out(data, train_values=("test",))
    assert ((turned.y >= 0) == (lay_out(data).y < 0)).all()
    with pytest.raises(RefusedError, match="no row is in a training split"):
        lay_out(data, train_values=("fit",))


def test_a_test_file_stands_below_the_data_and_goes_before_a_split():
    data, audit = noisy_run(split="test")
    test = with_roles(clean_test(), audit)
    rows = lay_out(with_roles(data, audit), test=test)
    n = data.n_rows
    assert rows.kind == "test file"
    assert len(rows.y) == n + test.n_rows
    assert (rows.y[n:] == -1).all()
    assert (rows.truth[:n] == -1).all()
    assert (rows.truth[n:] == test.y).all()


def test_rows_that_the_test_file_repeats_are_not_learned_from():
    frame, true = frame_of(300, rate=0.2)
    data = data_of(frame)
    test = data_of(frame.assign(label=true).iloc[100:200])
    rows = lay_out(data, test=test)
    assert (rows.y[100:200] == -1).all()
    assert (rows.y[:100] >= 0).all()
    assert codes(rows.notices) == ["test-rows-left-out"]


def test_without_ids_repeated_rows_are_known_by_their_content():
    frame, _ = frame_of(300)
    frame = frame.drop(columns="id")
    data, test = (
        data_of_no_id(frame),
        data_of_no_id(frame.iloc[:60].assign(label=["ant", "bee"] * 30)),
    )
    rows = lay_out(data, test=test)
    assert (rows.y[:60] == -1).all()
    assert (rows.y[60:300] >= 0).all()


def data_of_no_id(frame):
    from labelaudit.data.dataset import load_dataset
    from labelaudit.data.schema import NO_ID, SchemaChoices

    return load_dataset(frame, SchemaChoices(label="label", id=NO_ID))


def test_a_table_of_few_different_rows_is_not_emptied_by_the_test_file():
    frame, _ = frame_of(300)
    frame = frame[["side", "label"]].assign(width=np.arange(300) % 4)
    rows = lay_out(data_of_no_id(frame), test=data_of_no_id(frame.iloc[:100]))
    assert (rows.y[:300] >= 0).all()
    assert codes(rows.notices) == ["test-rows-in-training"]


def test_labels_of_the_test_file_are_read_by_the_classes_of_the_data():
    frame, _ = frame_of(300)
    data = data_of(frame)
    test, _ = frame_of(200, seed=1, name="t")
    test.loc[:9, "label"] = "aardvark"
    rows = lay_out(data, test=data_of(test))
    names = np.array([*data.classes, None], dtype=object)
    assert (names[rows.truth[300:]][10:] == test["label"].to_numpy()[10:]).all()
    assert (rows.truth[300:310] == -1).all()
    assert codes(rows.notices) == ["unknown-test-labels"]
    assert "10 test rows" in rows.notices[0].message


def test_reviewed_rows_are_scored_by_what_people_said():
    data, _ = noisy_run()
    reviewed = np.full(data.n_rows, -1, dtype=np.int32)
    reviewed[:FEWEST_REVIEWED] = (data.y[:FEWEST_REVIEWED] + 1) % 3
    rows = lay_out(data, reviewed=reviewed)
    assert rows.kind == "reviewed rows"
    assert (rows.truth == reviewed).all()
    assert (rows.y == data.y).all()
    few = np.where(np.arange(data.n_rows) < 50, reviewed, -1).astype(np.int32)
    rows = lay_out(data, reviewed=few)
    assert rows.kind == "held-out rows"
    assert codes(rows.notices) == ["few-reviewed"]


def test_a_sample_rich_in_flagged_rows_is_weighed_back():
    data, _ = noisy_run()
    flagged = np.arange(300) < 60
    reviewed = np.where(np.arange(300) < 120, data.y, -1).astype(np.int32)
    rows = lay_out(data, reviewed=reviewed, flagged=flagged)
    assert rows.weight[:60] == pytest.approx(1.0)
    assert rows.weight[60:120] == pytest.approx(4.0)
    one_sided = np.where(np.arange(300) >= 60, data.y, -1).astype(np.int32)
    rows = lay_out(data, reviewed=one_sided, flagged=flagged)
    assert codes(rows.notices) == ["reviewed-one-sided"]
    assert (rows.weight == 1).all()


def test_too_few_rows_to_score_are_refused():
    data, audit = noisy_run()
    tiny = with_roles(take(clean_test(), np.arange(12)), audit)
    with pytest.raises(InputError, match="12 rows"):
        lay_out(with_roles(data, audit), test=tiny)


def test_columns_play_the_part_they_had_in_the_run():
    data, audit = noisy_run()
    other = with_roles(clean_test(), audit)
    assert other.schema == audit.schema
    assert "side" in audit.schema.names(Role.CATEGORICAL)
    twin = with_roles(take(data, np.arange(5)), audit)
    assert (twin.feature_key == with_roles(data, audit).feature_key[:5]).all()


def test_a_file_without_a_column_of_the_run_is_refused():
    _, audit = noisy_run()
    frame, _ = frame_of(100)
    with pytest.raises(InputError, match="'height'"):
        with_roles(data_of(frame.drop(columns="height")), audit)


def test_a_run_that_learned_from_no_column_is_refused():
    data, audit = noisy_run()
    columns = tuple(
        replace(one, role=Role.IGNORED) if one.name in audit.schema.features else one
        for one in audit.schema.columns
    )
    bare = replace(audit, schema=replace(audit.schema, columns=columns))
    with pytest.raises(InputError, match="no feature column"):
        with_roles(data, bare)


def test_some_rows_keep_all_classes():
    data, _ = noisy_run()
    ants = np.flatnonzero(data.y == 0)
    part = take(data, ants)
    assert part.classes == data.classes
    assert part.n_rows == len(ants) == part.table.num_rows
    assert (part.row_id == data.row_id[ants]).all()


def test_slices_are_the_values_of_what_is_scored():
    data, test = noisy_run()[0], clean_test()
    own = slice_values("side", data, None, n_rows=300)
    assert set(own) == {"left", "right"}
    below = slice_values("side", data, test, n_rows=600)
    assert (below[:300] == "").all()
    assert (below[300:] == test.table.column("side").to_pylist()).all()
    with pytest.raises(SettingError, match="'sid'") as refused:
        slice_values("sid", data, None, n_rows=300)
    assert refused.value.hint == "did you mean 'side'?"
