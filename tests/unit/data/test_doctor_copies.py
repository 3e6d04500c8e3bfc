"""The input doctor on rows that say the same: copies, near copies, leakage across splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from doctor_example import codes_of, examined, sound, sound_texts
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.data.doctor.wording_key import plain_wording


def doubled(frame: pd.DataFrame, rows: list[int]) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[rows]], ignore_index=True)


@pytest.mark.parametrize(("extra", "told"), [(5, True), (4, False)])
def test_copies_are_told_from_five_on(extra, told):
    frame = doubled(sound(), list(range(extra)))
    found = examined(frame)
    assert ("copies" in found) == told
    if told:
        assert found["copies"].rows == tuple(range(400, 405))
        assert not found["copies"].grave


def test_tables_of_few_categories_repeat_by_nature():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({name: generator.choice(list("xyz"), 600) for name in ("one", "two")})
    frame["three"] = generator.integers(0, 9, 600)
    frame["label"] = np.where(frame["three"] > 4, "many", "few")
    frame.loc[::11, "three"] = 4
    assert not {"copies", "copies-of-other-labels"} & set(examined(frame))


def test_copies_of_another_label_are_told_from_the_first_on():
    frame = doubled(sound(), [7])
    frame.loc[400, "label"] = "class b" if frame.loc[7, "label"] == "class a" else "class a"
    found = examined(frame)
    assert set(found) == {"copies-of-other-labels"}
    assert found["copies-of-other-labels"].rows == (7, 400)


def test_features_that_do_not_decide_the_label_are_grave():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"size": generator.choice(list("sml"), 300), "label": generator.choice(list("pq"), 300)}
    )
    found = examined(frame)
    assert set(found) == {"uninformative-copies"}
    assert (found["uninformative-copies"].count, found["uninformative-copies"].grave) == (300, True)


def test_texts_that_differ_in_writing_only():
    frame = sound_texts()
    first = frame["text"].tolist()
    frame.loc[:19, "text"] = [f"  {text.upper()}!" for text in first[100:120]]
    frame.loc[:19, "label"] = frame["label"].to_numpy()[100:120]
    found = examined(frame)
    assert set(found) == {"near-copies"}
    assert found["near-copies"].count == 20
    assert found["near-copies"].rows == tuple(range(100, 120))


def test_near_copies_of_another_label_are_told_from_the_first_on():
    frame = sound_texts()
    frame.loc[1, "text"] = frame.loc[0, "text"].replace(" ", " \u2013 ").title()
    frame.loc[[0, 1], "label"] = ["ham", "spam"]
    found = examined(frame)
    assert set(found) == {"near-copies-of-other-labels"}
    assert found["near-copies-of-other-labels"].rows == (0, 1)
    frame.loc[1, "label"] = "ham"
    assert examined(frame) == {}


def test_a_few_words_may_mean_either():
    frame = sound_texts()
    frame.loc[[0, 1], "text"] = ["so it is", "So it is?"]
    frame.loc[[0, 1], "label"] = ["ham", "spam"]
    assert examined(frame) == {}


def test_texts_beside_other_columns_are_not_compared_without_them():
    frame = sound_texts().assign(score=np.random.default_rng(0).normal(size=300))
    frame.loc[1, "text"] = frame.loc[0, "text"].upper()
    frame.loc[[0, 1], "label"] = ["ham", "spam"]
    assert examined(frame) == {}


def splits(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    part = np.repeat(names, -(-len(frame) // len(names)))[: len(frame)]
    return frame.assign(split=part)


def test_rows_of_the_test_split_that_training_holds_leak():
    frame = splits(sound(), "train", "test")
    assert examined(frame) == {}
    frame.loc[390:399, ["width", "height", "label"]] = frame.loc[
        0:9, ["width", "height", "label"]
    ].to_numpy()
    one = examined(frame)["split-leakage"]
    assert (one.rows, one.columns) == (tuple(range(390, 400)), ("split",))
    assert one.grave
    assert "'test'" in one.message
    frame.loc[391:399, "width"] = np.arange(9.0)
    assert not examined(frame)["split-leakage"].grave


def test_texts_leak_whatever_their_writing_and_labels():
    frame = splits(sound_texts(), "train", "valid", "test")
    frame.loc[250, "text"] = frame.loc[3, "text"].upper()
    frame.loc[251, "text"] = frame.loc[120, "text"] + " ..."
    assert examined(frame)["split-leakage"].rows == (120, 250, 251)


def test_unlabelled_rows_and_copies_within_a_split_do_not_leak():
    frame = splits(sound(), "train", "test", "unlabeled")
    features = ["width", "height"]
    frame.loc[390, features] = frame.loc[0, features].to_numpy()
    frame.loc[201, features] = frame.loc[200, features].to_numpy()
    assert "split-leakage" not in examined(frame)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=20))
def test_plain_wording_does_to_many_texts_what_it_does_to_one(texts):
    together = plain_wording(pa.array(texts, pa.large_string())).to_pylist()
    alone = [plain_wording(pa.array([text], pa.large_string()))[0].as_py() for text in texts]
    assert together == alone


@given(st.text(alphabet="abcXYZ09 .,!-\t\n", max_size=40))
def test_plain_wording_of_ascii_is_its_words_in_lower_case(text):
    words = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    assert plain_wording(pa.array([text], pa.large_string()))[0].as_py() == " ".join(words)


def test_plain_wording_takes_curly_quotes_for_straight_ones_and_keeps_letters():
    texts = pa.array(["\u201cDon\u2019t\u201d \u2014 Ünder", '"don\'t" ünder', "日本、語"])
    first, second, third = plain_wording(texts.cast(pa.large_string())).to_pylist()
    assert first == second == "don t ünder"
    assert third == "日本、語"


def test_many_texts_are_cut_into_portions(monkeypatch):
    from labelaudit.data.doctor import wording_key

    texts = pa.array([f"Some, {'long ' * (at % 7)}text {at}" for at in range(200)], "large_string")
    whole = plain_wording(texts).to_pylist()
    monkeypatch.setattr(wording_key, "_BYTES_AT_ONCE", 64)
    assert plain_wording(texts).to_pylist() == whole
    assert codes_of(pd.DataFrame({"label": whole})).max() == 199
