"""Columns that labelaudit adds to a file: no features, and no content of a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labelaudit.config import Settings
from labelaudit.data.choices import choices_of
from labelaudit.data.dataset import describe, load_dataset
from labelaudit.data.schema import SchemaChoices
from labelaudit.types import Role

OWN = {
    "sample_weight": [0.5, 1, 1, 0.25, 1, 1],
    "label_prob_a": [1, 0, 1, 0, 0.25, 0],
    "label_prob_b": [0, 1, 0, 1, 0.75, 1],
}


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "text": ["one two", "two three", "three four", "four five", "six", "seven"],
            "size": [1.5, 2.5, 3.0, 1.0, 0.5, 9.0],
            "label": list("ababab"),
        }
    )


def roles(data):
    return {column.name: (column.role, column.reason) for column in data.schema.columns}


def test_they_are_not_learned_from(frame):
    data = load_dataset(frame.assign(**OWN))
    assert data.schema.features == load_dataset(frame).schema.features
    assert {roles(data)[name] for name in OWN} == {(Role.IGNORED, "written by labelaudit")}
    assert "sample_weight: written by labelaudit" in describe(data)[0]


def test_rows_keep_their_identity_when_they_come(frame):
    before, after = load_dataset(frame), load_dataset(frame.assign(**OWN))
    assert before.row_id.tolist() == after.row_id.tolist()
    assert np.array_equal(before.fingerprint, after.fingerprint)
    assert np.array_equal(before.feature_key, after.feature_key)
    other = load_dataset(frame.assign(weights=OWN["sample_weight"]))
    assert not np.array_equal(before.fingerprint, other.fingerprint)


@pytest.mark.parametrize("option", ["features", "embedding", "text"])
def test_the_user_may_learn_from_them_all_the_same(frame, option):
    frame = frame.assign(**OWN)
    choices = {option: ("sample_weight",)}
    data = load_dataset(frame, SchemaChoices(**choices))
    assert "sample_weight" in data.schema.features
    # What is learned from is the user's choice; who a row is does not hang on it.
    assert np.array_equal(data.fingerprint, load_dataset(frame).fingerprint)


def test_they_can_be_the_id_or_the_label(frame):
    frame["sample_weight"] = [f"w{row}" for row in range(6)]
    data = load_dataset(frame, SchemaChoices(id="sample_weight"))
    assert data.row_id.tolist() == frame["sample_weight"].tolist()
    labelled = load_dataset(frame, SchemaChoices(label="label", id="none"))
    other = load_dataset(
        frame.rename(columns={"label": "label_prob_x"}), SchemaChoices(label="label_prob_x")
    )
    assert np.array_equal(labelled.fingerprint, other.fingerprint)


def test_the_column_of_weights_may_have_another_name(frame):
    choices = choices_of(Settings(weight_column="w"), need_features=True)
    data = load_dataset(frame.assign(w=OWN["sample_weight"]), choices)
    assert roles(data)["w"] == (Role.IGNORED, "written by labelaudit")
    assert np.array_equal(data.fingerprint, load_dataset(frame).fingerprint)
    named = load_dataset(frame.assign(sample_weight=OWN["sample_weight"]), choices)
    assert "sample_weight" in named.schema.features
