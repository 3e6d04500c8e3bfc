from __future__ import annotations

import pyarrow as pa
import pytest

from labelaudit.data.dataset import load_dataset
from labelaudit.data.schema import SchemaChoices, sampled
from labelaudit.errors import InputError, SettingError
from labelaudit.types import Role

BASE = {
    "id": ["r1", "r2", "r3", "r4"],
    "label": ["a", "b", "a", "b"],
    "size": ["1", "2", "2", "9"],
    "color": ["red", "blue", "red", "red"],
}


def load(extra=None, /, **choices):
    return load_dataset(pa.table({**BASE, **(extra or {})}), SchemaChoices(**choices))


def roles(extra=None, /, **choices):
    return {c.name: c.role for c in load(extra, **choices).schema.columns}


def test_columns_are_found_by_name_and_content():
    data = load({"split": ["train", "train", "test", "dev"]})
    assert [(c.name, c.role) for c in data.schema.columns] == [
        ("id", Role.ID),
        ("label", Role.LABEL),
        ("size", Role.NUMERIC),
        ("color", Role.CATEGORICAL),
        ("split", Role.SPLIT),
    ]


def test_another_label_is_not_learned_from():
    column = load({"true_label": ["a", "a", "b", "b"]}).schema.columns[-1]
    assert (column.role, column.reason) == (Role.IGNORED, "looks like another label")
    asked = roles({"true_label": ["a", "a", "b", "b"]}, features=("true_label", "size"))
    assert asked["true_label"] == Role.CATEGORICAL


def test_a_coordinate_named_y_is_learned_from():
    rows = 60
    values = [i / 7 for i in range(rows)]
    table = pa.table(
        {"label": ["a", "b"] * 30, "x": values, "y": values, "target": ["a", "b"] * 30}
    )
    schema = load_dataset(table).schema
    assert schema.features == ("x", "y")


PARTS = ["oos_train", "val", "Test", "validate"]


@pytest.mark.parametrize("name", ["split", "Subset", "partition", "data_split", "set"])
def test_a_split_is_known_by_its_name_and_values(name):
    assert roles({name: PARTS})[name] == Role.SPLIT


@pytest.mark.parametrize("name", ["subset", "partition", "data_split", "set"])
def test_other_values_are_learned_from(name):
    assert roles({name: ["left", "right", "left", "left"]})[name] == Role.CATEGORICAL
    assert roles({name: [1, 2, 2, 1]})[name] == Role.NUMERIC


def test_parts_of_another_name_are_no_split():
    assert roles({"station": PARTS})["station"] != Role.SPLIT


@pytest.mark.parametrize(
    "values",
    [[0, 1, 0, 0], ["left", "right", "left", ""], [True, False, None, True], [[1], [2], [1], [1]]],
)
def test_a_split_of_unknown_values_is_not_learned_from_and_asked_about(values):
    data = load({"split": values})
    assert data.schema.columns[-1].role == Role.IGNORED
    (notice,) = data.notices
    assert notice.code == "split"
    assert str(values[0]) in notice.message
    assert "--split split --train-split VALUE" in notice.hint


def test_the_users_word_on_a_split_of_unknown_values_prevails():
    extra = {"split": ["0", "1", "0", "0"]}
    for choices in ({"split": "split"}, {"features": ("split", "size")}, {"exclude": ("split",)}):
        assert load(extra, **choices).notices == ()
    assert roles(extra, split="split")["split"] == Role.SPLIT
    assert roles(extra, features=("split", "size"))["split"] == Role.NUMERIC
    assert roles({"split": ["", "", None, ""]})["split"] == Role.CONSTANT


def test_there_is_one_split_and_another_is_not_learned_from():
    extra = {"set": PARTS, "split": PARTS}
    found = roles(extra)
    assert (found["split"], found["set"]) == (Role.SPLIT, Role.IGNORED)
    found = roles({**extra, "fold": ["1", "2", "2", "1"]}, split="fold")
    assert (found["fold"], found["split"], found["set"]) == (Role.SPLIT, *[Role.IGNORED] * 2)


def test_the_users_word_prevails():
    found = roles(text=("color",), group="size", id="none")
    assert found["color"] == Role.TEXT
    assert found["size"] == Role.GROUP
    assert found["id"] == Role.CATEGORICAL


def test_features_leave_all_others_out():
    data = load({"time": ["1", "2", "3", "4"]}, features=("size",))
    assert data.schema.features == ("size",)
    assert data.schema.columns[3].reason == "not in --features"


def test_text_goes_with_features():
    data = load(features=("size",), text=("color",))
    assert data.schema.features == ("size", "color")


def test_patterns_name_many_columns_and_names_prevail_over_them():
    extra = {f"emb_{i}": [0.5 * i, 1.0, 2.0, 3.0] for i in range(3)}
    found = roles(extra, embedding=("emb_*",), exclude=("emb_1",))
    assert [found[f"emb_{i}"] for i in range(3)] == [Role.EMBEDDING, Role.IGNORED, Role.EMBEDDING]


def test_a_column_named_like_a_pattern_is_a_name():
    found = roles({"a?": ["1", "2", "3", "3"], "ab": ["1", "2", "3", "3"]}, exclude=("a?",))
    assert found["a?"] == Role.IGNORED
    assert found["ab"] == Role.NUMERIC


@pytest.mark.parametrize(
    ("choices", "where", "hint"),
    [
        ({"label": "lable"}, "--label", "did you mean 'label'?"),
        ({"text": ("colour",)}, "--text", "did you mean 'color'?"),
        ({"group": "zzz"}, "--group", "the columns are: id, label"),
        ({"embedding": ("emb_*",)}, "--embedding", "the columns are"),
        ({"features": ("siez",)}, "--features", "did you mean 'size'?"),
        ({"id": "ids"}, "--id", "did you mean 'id'?"),
        ({"text": ("color",), "exclude": ("color",)}, "--exclude", "one of them"),
        ({"label": "label", "group": "label"}, "--group", "one of them"),
        ({"features": ("color",), "exclude": ("color",)}, "--features", "one of them"),
        ({"label": "label", "features": ("label",)}, "--features", "one of them"),
    ],
)
def test_choices_that_do_not_fit_are_refused(choices, where, hint):
    with pytest.raises(SettingError) as caught:
        load(**choices)
    assert caught.value.where == where
    assert hint in caught.value.hint


def test_features_may_not_name_the_label_that_is_found():
    with pytest.raises(InputError, match="no column is named like a label"):
        load(features=("label",))


def test_without_features_the_error_says_why_each_is_left_out():
    table = pa.table({"id": ["a", "b"], "label": ["x", "y"], "same": [1, 1]})
    with pytest.raises(InputError, match=r"id \(id: name\), same \(constant: 1 value\)"):
        load_dataset(table)
    assert load_dataset(table, SchemaChoices(need_features=False)).feature_key is None


def test_a_label_alone_is_not_enough():
    with pytest.raises(InputError, match="the label is the only column"):
        load_dataset(pa.table({"label": ["a", "b"]}))


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_a_nameless_index_is_not_learned_from_and_not_content(name):
    index = {name: ["0", "1", "2", "3"]}
    plain = {key: value for key, value in BASE.items() if key != "id"}
    with_index = load_dataset(pa.table({**index, **plain}))
    assert with_index.schema.columns[0].role == Role.IDENTIFIER
    assert [n.code for n in with_index.notices] == ["unnamed-index"]
    assert with_index.row_id.tolist() == load_dataset(pa.table(plain)).row_id.tolist()


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__"])
def test_a_nameless_index_is_not_content_whatever_the_user_makes_of_it(name):
    plain = {key: value for key, value in BASE.items() if key != "id"}
    table = pa.table({name: ["0", "1", "2", "3"], **plain})
    without = load_dataset(pa.table(plain)).fingerprint.tolist()
    for choices, role in (
        (SchemaChoices(), Role.IDENTIFIER),
        (SchemaChoices(exclude=(name,)), Role.IGNORED),
        (SchemaChoices(features=(name, "size")), Role.NUMERIC),
        (SchemaChoices(group=name), Role.GROUP),
        (SchemaChoices(split=name), Role.SPLIT),
        (SchemaChoices(time=name), Role.TIME),
        (SchemaChoices(text=(name,)), Role.TEXT),
    ):
        data = load_dataset(table, choices)
        assert data.fingerprint.tolist() == without
        assert data.schema.columns[0].role == role
        asked = role != Role.IDENTIFIER
        assert [n.code for n in data.notices] == ([] if asked else ["unnamed-index"])


def test_a_nameless_column_of_numbers_is_a_feature():
    table = pa.table({"Unnamed: 0": ["5", "5", "7", "1"], **BASE})
    assert load_dataset(table).schema.columns[0].role == Role.NUMERIC


def test_samples_are_spread_evenly():
    table = pa.table({"n": range(100_000)})
    sample = sampled(table).column("n").to_pylist()
    assert (sample[0], sample[-1], len(sample)) == (0, 99_999, 10_000)


def test_an_id_that_repeats_may_be_a_group():
    patients = {"patient_id": ["7", "7", "8", "8"]}
    (notice,) = load(patients).notices
    assert notice.code == "maybe-group"
    assert "--group patient_id" in notice.hint
    assert load(patients, group="patient_id").notices == ()
    assert load(patients, exclude=("patient_id",)).notices == ()
    assert load(patients, features=("patient_id", "size")).notices == ()
