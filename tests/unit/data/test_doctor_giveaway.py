"""The input doctor on columns that tell the label: leaks, other labels, groups, ids."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from doctor_example import codes_of, examined, sound
from sklearn.tree import DecisionTreeClassifier

from labelaudit.data.doctor.giveaway import cross_fitted

RANDOM = np.random.default_rng(3)


def test_a_score_that_was_made_of_the_label_gives_it_away():
    for n in (80, 400, 15_000):
        frame = sound(n)
        frame["score"] = codes_of(frame) + np.random.default_rng(1).uniform(-0.4, 0.4, n).round(4)
        one = examined(frame)["gives-label-away"]
        assert (one.columns, one.count, one.rows, one.grave) == (("score",), 1, (), True)
        assert "--exclude score" in one.remedy


def test_a_category_of_several_values_for_each_class_gives_it_away():
    frame = sound()
    frame["room"] = [f"{'ab'[y]}{RANDOM.integers(0, 5)}" for y in codes_of(frame)]
    assert "gives-label-away" in examined(frame)
    assert "gives-label-away" not in examined(frame, exclude=("room",))
    assert "gives-label-away" not in examined(frame, learning=False)


def test_that_a_cell_is_missing_can_give_the_label_away():
    frame = sound()
    frame["reason"] = np.where(codes_of(frame) == 0, None, RANDOM.choice(["x", "y", "z"], 400))
    frame["amount"] = np.where(codes_of(frame) == 0, np.nan, RANDOM.normal(size=400))
    assert set(examined(frame)["gives-label-away"].columns) == {"reason", "amount"}


def test_a_class_number_of_many_classes_gives_the_label_away():
    frame = sound(3000, k=25)
    frame["number"] = (codes_of(frame) * 7) % 25
    assert examined(frame)["gives-label-away"].columns == ("number",)


def test_a_strong_column_is_no_leak():
    frame = sound(2000)
    y = codes_of(frame)
    frame["strong"] = np.where(np.random.default_rng(0).random(2000) < 0.06, 1 - y, y) * 3.0
    frame["strong"] += np.random.default_rng(1).uniform(-1, 1, 2000).round(3)
    assert examined(frame) == {}


def test_always_guessing_a_large_class_is_no_leak():
    frame = sound(3000)
    frame["label"] = np.where(np.arange(3000) % 60 == 0, "rare", "common")
    frame["kind"] = np.random.default_rng(0).choice(list("abc"), 3000)
    assert "gives-label-away" not in examined(frame)


def test_names_that_hardly_repeat_tell_nothing_by_chance():
    frame = sound(2000)
    frame["town"] = [f"town {at}" for at in np.random.default_rng(0).integers(0, 900, 2000)]
    assert examined(frame) == {}


@pytest.mark.parametrize(("wrong", "told"), [(0.03, True), (0.12, False)])
def test_another_label_is_known_by_its_values_even_where_it_disagrees(wrong, told):
    frame = sound(2000, k=3)
    y = codes_of(frame)
    moved = np.random.default_rng(0).random(2000) < wrong
    frame["kind"] = [f"k{code}" for code in np.where(moved, (y + 1) % 3, y)]
    found = examined(frame)
    assert ("renames-label" in found) == told
    assert "gives-label-away" not in found
    if told:
        assert not found["renames-label"].grave


def test_a_coarser_label_is_settled_by_the_label():
    frame = sound(1000, k=12)
    frame["area"] = [f"area {code // 4}" for code in codes_of(frame)]
    assert examined(frame)["coarse-label"].columns == ("area",)
    frame.loc[::20, "area"] = "area 1"
    assert "coarse-label" not in examined(frame)


def patients(same: float, n: int = 600) -> pd.DataFrame:
    generator = np.random.default_rng(4)
    frame = sound(n)
    who = generator.integers(0, 90, n)
    usual = generator.integers(0, 2, 90)[who]
    label = np.where(generator.random(n) < same, usual, generator.integers(0, 2, n))
    frame["label"] = np.array(["ill", "well"])[label]
    frame["patient"] = [f"patient {chr(97 + at // 10)}{chr(97 + at % 10)}" for at in who]
    return frame


def test_groups_that_share_their_label_want_a_fold_of_their_own():
    one = examined(patients(1.0))["group-leak"]
    assert (one.columns, one.grave) == (("patient",), True)
    assert "--group patient" in one.remedy
    assert examined(patients(1.0), group="patient") == {}
    assert examined(patients(0.5)) == {}


def test_numbers_named_like_an_id_are_groups_too():
    frame = patients(1.0)
    frame["patient_id"] = pd.factorize(frame.pop("patient"))[0]
    assert set(examined(frame)) == {"group-leak"}
    frame["label"] = sound(600)["label"]
    found = examined(frame)
    assert set(found) == {"maybe-group"}
    assert "--group patient_id" in found["maybe-group"].remedy
    assert examined(frame, features=("width", "height", "patient_id")) == {}


@pytest.mark.parametrize(("highest", "told"), [(1200, True), (2**40, False)])
def test_whole_numbers_drawn_without_repetition_are_an_id(highest, told):
    frame = sound()
    numbers = np.random.default_rng(0).choice(min(highest, 10**6), 400, replace=False)
    frame["ticket"] = numbers * (highest // min(highest, 10**6))
    found = examined(frame)
    assert ("id-column-learned-from" in found) == told
    assert "id-column-learned-from" not in examined(frame, exclude=("ticket",))


def test_measured_whole_numbers_are_no_id():
    frame = sound(1000)
    frame["area"] = np.random.default_rng(0).normal(5000, 900, 1000).astype(int)
    assert examined(frame) == {}


def test_names_of_their_own_are_an_id_though_learned_from():
    frame = sound()
    frame["owner"] = ["".join(row) for row in RANDOM.choice(list("abcdefghij"), (400, 7))]
    found = examined(frame)
    assert found["id-column-learned-from"].columns == ("owner",)
    assert "--exclude owner" in found["id-column-learned-from"].remedy


def test_cross_fitting_agrees_with_a_tree_that_knows_the_codes():
    generator = np.random.default_rng(5)
    codes, half = generator.integers(0, 12, 3000), generator.random(3000) < 0.5
    y = np.where(generator.random(3000) < 0.7, codes % 4, generator.integers(0, 4, 3000))
    told = cross_fitted(codes, y, half, 4)
    hits = 0
    for rows in (half, ~half):
        tree = DecisionTreeClassifier().fit(codes[~rows, None], y[~rows])
        hits += (tree.predict(codes[rows, None]) == y[rows]).sum()
    assert told.accuracy == pytest.approx(hits / 3000, abs=1e-12)
    majority = np.bincount(y).max() / 3000
    assert told.skill == pytest.approx((told.accuracy - majority) / (1 - majority))


def test_codes_that_only_one_half_holds_tell_its_largest_class():
    codes = np.array([0, 0, 1, 1, 2, 3])
    y = np.array([0, 0, 0, 1, 1, 1])
    half = np.array([False, True, False, True, False, True])
    told = cross_fitted(codes, y, half, 2)
    assert told.accuracy == pytest.approx(3 / 6)
