from __future__ import annotations

import numpy as np
import pytest

from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.detectors.duplicates import Duplicates
from labelaudit.errors import SettingError
from labelaudit.types import Evidence


def judge(values, labels, **options):
    filler = np.arange(1000, 1100)
    x = np.r_[values, filler].astype(float).reshape(-1, 1)
    y = list(labels) + ["a", "b"] * 50
    data = dataset_from_arrays(y, np.c_[x, x], [f"{i:04d}" for i in range(len(y))])
    return Duplicates(**options).score(data, Evidence()), len(labels)


def test_the_outvoted_copy_is_flagged_and_the_majority_suggested():
    scores, n = judge([1, 1, 1], ["a", "a", "b"])
    assert scores.flagged[:n].tolist() == [False, False, True]
    assert scores.suggested[2] == 0
    assert scores.suspicion[:n].tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert np.isnan(scores.suspicion[n:]).all()


def test_a_tie_flags_both_and_suggests_nothing():
    scores, n = judge([1, 1], ["a", "b"])
    assert scores.flagged[:n].all()
    assert (scores.suggested[:n] == -1).all()
    assert scores.details["ties"] == 2


def test_copies_that_agree_are_not_flagged():
    scores, n = judge([1, 1, 2, 2], ["a", "a", "b", "b"])
    assert not scores.flagged.any()
    assert (scores.suspicion[:n] == 0).all()


def test_rows_without_a_label_do_not_vote():
    scores, n = judge([1, 1, 1], ["a", None, None])
    assert not scores.flagged[:n].any()
    assert np.isnan(scores.suspicion[:n]).all()


def test_it_abstains_where_identical_features_say_nothing():
    values, labels = [1] * 60 + [2] * 60, ["a", "b", "a"] * 40
    scores, _ = judge(values, labels)
    assert scores.details["uninformative"] is True
    assert not scores.flagged.any()
    assert np.isnan(scores.suspicion).all()
    insisting, n = judge(values, labels, max_conflicting=1.0)
    assert insisting.flagged[:n].sum() == 40


def test_without_features_it_has_no_opinion():
    scores = Duplicates().score(dataset_from_arrays(["a", "b"] * 5, None), Evidence())
    assert np.isnan(scores.suspicion).all()


def test_bad_option():
    with pytest.raises(SettingError, match="max_conflicting"):
        Duplicates(max_conflicting=2)
