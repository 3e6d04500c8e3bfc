from __future__ import annotations

import numpy as np
import pytest

from labelaudit.errors import InputError, SettingError
from labelaudit.evidence.folds import make_folds


def codes(*counts):
    return np.repeat(np.arange(len(counts)), counts).astype(np.int32)


def test_each_fold_holds_its_share_of_each_class():
    y = codes(50, 20)
    plan = make_folds(y, n_folds=5)
    for fold in range(5):
        assert np.bincount(y[plan.fold == fold]).tolist() == [10, 4]
    assert plan.judged.all()
    assert plan.notices == ()


def test_rows_without_a_label_are_in_no_fold_and_not_judged():
    y = codes(10, 10)
    y[3] = -1
    plan = make_folds(y, n_folds=2)
    assert plan.fold[3] == -1
    assert not plan.judged[3]
    assert (np.delete(plan.fold, 3) >= 0).all()


def test_a_rare_class_is_not_judged_but_trains_and_is_named():
    plan = make_folds(codes(20, 20, 3), n_folds=5, names=["a", "b", "odd"])
    assert plan.rare == (2,)
    assert plan.judged.tolist() == [True] * 40 + [False] * 3
    assert (plan.fold >= 0).all()
    (notice,) = plan.notices
    assert notice.code == "rare-classes"
    assert "'odd' (3 rows)" in notice.message


def test_copies_of_one_row_do_not_make_a_class_judgeable():
    key = np.r_[np.arange(20), np.full(10, 99)].astype(np.uint64)
    plan = make_folds(codes(20, 10), n_folds=5, feature_key=key)
    assert plan.rare == (1,)


def test_duplicates_share_a_fold_even_when_their_labels_differ():
    key = np.arange(40) // 2
    y = np.tile([0, 1], 20).astype(np.int32)
    fold = make_folds(y, n_folds=4, feature_key=key).fold
    assert (fold[::2] == fold[1::2]).all()


def test_groups_and_duplicates_are_joined_by_chains():
    groups = np.array([0, 0, 1, 1, *range(2, 38)])
    key = np.array([10, 11, 11, 12, *range(20, 56)])
    y = np.tile([0, 1], 20).astype(np.int32)
    fold = make_folds(y, n_folds=3, feature_key=key, groups=groups).fold
    assert len(set(fold[:4])) == 1


def test_missing_groups_are_groups_of_one():
    groups = np.array([None] * 20 + ["a", "b"] * 10, dtype=object)
    plan = make_folds(np.tile([0, 1], 20).astype(np.int32), n_folds=4, groups=groups)
    assert len(set(plan.fold[:20])) > 1
    assert len(set(plan.fold[20::2])) == 1


def test_a_class_that_lives_in_one_group_is_not_judged():
    y = codes(20, 20, 10)
    groups = np.r_[np.arange(40) % 8, np.full(10, 100)]
    plan = make_folds(y, n_folds=4, groups=groups)
    assert plan.rare == (2,)
    assert [notice.code for notice in plan.notices] == ["class-in-one-group"]


def test_fewer_groups_than_folds_lower_the_folds():
    groups = np.tile([0, 1, 2], 20)
    plan = make_folds(codes(30, 30), n_folds=5, groups=groups)
    assert plan.n_folds == 3
    assert plan.notices[0].code == "fewer-folds"
    assert plan.judged.all()


def test_one_group_cannot_be_held_out():
    with pytest.raises(InputError, match="cannot be held out"):
        make_folds(codes(30, 30), groups=np.zeros(60))


def test_classes_smaller_than_the_folds_lower_the_folds():
    plan = make_folds(codes(3, 3), n_folds=5)
    assert plan.n_folds == 3
    assert plan.judged.all()
    assert plan.notices[0].code == "fewer-folds"


@pytest.mark.parametrize("y", [codes(9), np.full(9, -1, dtype=np.int32), codes(1, 1)])
def test_what_cannot_be_held_out_is_an_input_error(y):
    with pytest.raises(InputError):
        make_folds(y)


def test_identical_rows_cannot_be_held_out():
    with pytest.raises(InputError):
        make_folds(codes(10, 10), feature_key=np.zeros(20, dtype=np.uint64))


def test_one_fold_is_a_setting_error():
    with pytest.raises(SettingError, match="folds"):
        make_folds(codes(9, 9), n_folds=1)


def test_the_seed_alone_decides():
    y = codes(50, 50)
    same = [make_folds(y, seed=3).fold for _ in range(2)]
    assert (same[0] == same[1]).all()
    assert (make_folds(y, seed=4).fold != same[0]).any()


def test_a_class_whose_training_part_is_thin_is_not_judged():
    y = codes(20, 20, 20)
    groups = np.r_[np.arange(40) % 8, np.full(19, 100), 101]
    plan = make_folds(y, n_folds=5, groups=groups, names=["a", "b", "odd"])
    assert plan.rare == (2,)
    (notice,) = plan.notices
    assert notice.code == "class-in-few-groups"
    assert "'odd' (20 rows)" in notice.message


def test_copies_do_not_thicken_a_training_part():
    y = codes(20, 20, 20)
    groups = np.r_[np.arange(40) % 8, np.full(10, 100), np.full(10, 101)]
    key = np.r_[np.arange(50), np.full(10, 99)]
    assert make_folds(y, n_folds=5, groups=groups).judged.all()
    assert make_folds(y, n_folds=5, groups=groups, feature_key=key).rare == (2,)


def test_groups_that_cannot_be_compared_are_an_input_error():
    groups = np.empty(20, dtype=object)
    groups[:] = [[1, 2]] * 20
    with pytest.raises(InputError, match="group"):
        make_folds(codes(10, 10), groups=groups)
