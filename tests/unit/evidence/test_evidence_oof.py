from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from labelaudit.errors import InputError, SettingError
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.evidence.folds import make_folds
from labelaudit.evidence.oof import Learner, make_plans, out_of_fold, out_of_fold_pred_probs
from labelaudit.evidence.row_keys import duplicate_key


class Warner(ClassifierMixin, BaseEstimator):
    """Gives even probabilities and warns of everything."""

    def fit(self, X, y):
        warnings.warn("stopped", ConvergenceWarning, stacklevel=1)
        warnings.warn("something else", UserWarning, stacklevel=1)
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.full((X.shape[0], len(self.classes_)), 1 / len(self.classes_))


class Liar(Warner):
    """Gives NaN."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return super().predict_proba(X) * np.nan


def test_every_labelled_row_gets_a_distribution(blobs):
    X, y = blobs
    probs = out_of_fold_pred_probs(LogisticRegression(), X, y)
    assert probs.dtype == np.float32
    assert probs.shape == (90, 3)
    assert probs.sum(axis=1) == pytest.approx(np.ones(90), abs=1e-6)
    assert (probs.argmax(axis=1) == y).mean() > 0.9


def test_a_row_is_judged_by_models_that_have_not_seen_it(blobs):
    X, _ = blobs
    y = np.random.default_rng(1).integers(0, 2, 90)
    probs = out_of_fold_pred_probs(KNeighborsClassifier(1), X, y)
    assert (probs.argmax(axis=1) == y).mean() < 0.7


def test_copies_of_a_row_do_not_vouch_for_each_other(blobs):
    X, _ = blobs
    y = np.random.default_rng(1).integers(0, 2, 90)
    twice, labels = np.vstack([X, X]), np.r_[y, y]
    for matrix in (twice, csr_matrix(twice), pd.DataFrame(twice)):
        probs = out_of_fold_pred_probs(KNeighborsClassifier(1), matrix, labels)
        assert (probs.argmax(axis=1) == labels).mean() < 0.7


@pytest.mark.parametrize(
    "estimator",
    [
        ExtraTreesClassifier(10),
        HistGradientBoostingClassifier(max_iter=5),
        make_pipeline(StandardScaler(), ExtraTreesClassifier(10)),
    ],
)
def test_the_number_of_workers_changes_no_byte(blobs, estimator):
    X, y = blobs
    one, two = (
        out_of_fold_pred_probs(estimator, X, y, repeats=2, jobs=jobs, seed=5) for jobs in (1, 2)
    )
    assert one.tobytes() == two.tobytes()


def test_a_model_says_the_same_alone_and_in_company(blobs):
    X, y = blobs
    plans = [make_folds(y)]
    learner = Learner(ExtraTreesClassifier(5), X)
    alone = out_of_fold({"a": learner}, y, plans, n_classes=3)
    company = out_of_fold({"b": Learner(RidgeClassifier(), X), "a": learner}, y, plans, n_classes=3)
    assert alone.per_model["a"].tobytes() == company.per_model["a"].tobytes()


def test_labels_may_be_text_and_columns_are_sorted(blobs):
    X, y = blobs
    probs = out_of_fold_pred_probs(LogisticRegression(), X, np.array(["c", "b", "a"])[y])
    assert (probs.argmax(axis=1) == 2 - y).mean() > 0.9


def test_a_class_that_a_training_part_lacks_keeps_its_column(blobs):
    X, y = blobs
    groups = np.where(y == 2, 100, np.arange(90) % 6)
    probs = out_of_fold_pred_probs(LogisticRegression(), X, y, groups=groups)
    assert np.isnan(probs[y == 2]).all()
    assert probs[y != 2].sum(axis=1) == pytest.approx(np.ones(60), abs=1e-6)


def test_rows_of_classes_too_rare_to_judge_are_nan(blobs):
    X, y = blobs
    keep = np.r_[0:60, 60:63]
    probs = out_of_fold_pred_probs(LogisticRegression(), X[keep], y[keep], folds=5)
    assert np.isnan(probs[60:]).all()
    assert np.isfinite(probs[:60]).all()


def test_decision_values_are_turned_into_probabilities(blobs):
    X, y = blobs
    probs = out_of_fold_pred_probs(RidgeClassifier(), X, y)
    assert probs.sum(axis=1) == pytest.approx(np.ones(90), abs=1e-6)
    assert (probs.argmax(axis=1) == y).mean() > 0.9


def test_the_estimator_given_is_left_unfitted(blobs):
    X, y = blobs
    estimator = LogisticRegression()
    out_of_fold_pred_probs(estimator, X, y)
    assert not hasattr(estimator, "coef_")


@pytest.mark.parametrize("jobs", [1, 2])
def test_warnings_of_models_become_notices(blobs, jobs):
    X, y = blobs
    found = out_of_fold(
        {"w": Learner(Warner(), X)},
        y,
        [make_folds(y)],
        n_classes=3,
        executor=LocalExecutor(jobs),
    )
    assert [notice.code for notice in found.notices] == ["model-not-converged", "model-warning"]


def test_a_model_that_gives_nan_is_the_users_to_mend(blobs):
    X, y = blobs
    with pytest.raises(SettingError, match="no usable probabilities"):
        out_of_fold_pred_probs(Liar(), X, y)


def test_a_model_that_cannot_take_the_matrix_is_the_users_to_mend(blobs):
    X, y = blobs
    with pytest.raises(SettingError, match="cannot be fitted"):
        out_of_fold_pred_probs(HistGradientBoostingClassifier(), csr_matrix(X), y)


def test_lengths_that_differ_are_refused(blobs):
    X, y = blobs
    with pytest.raises(InputError, match="differ in length"):
        out_of_fold_pred_probs(LogisticRegression(), X, y[:-1])


def test_no_repeats_are_refused(blobs):
    X, y = blobs
    with pytest.raises(SettingError, match="repeats"):
        out_of_fold_pred_probs(LogisticRegression(), X, y, repeats=0)


@pytest.mark.parametrize("make", [np.asarray, csr_matrix, pd.DataFrame])
def test_equal_rows_and_only_they_share_a_key(make):
    X = make(np.array([[1.0, 0, 2], [0, 3, 0], [1, 0, 2], [0, 0, 0], [2, 0, 1]]))
    key = duplicate_key(X)
    assert key[0] == key[2]
    assert len(set(key)) == 4


@pytest.mark.parametrize(
    "make",
    [list, tuple, np.array, lambda texts: np.array(texts, dtype=object), pd.Series],
    ids=["list", "tuple", "array", "objects", "series"],
)
def test_copies_of_a_text_do_not_vouch_for_each_other(make, sms):
    texts, _ = sms
    y = np.random.default_rng(1).integers(0, 2, 40)
    model = make_pipeline(TfidfVectorizer(), KNeighborsClassifier(1))
    probs = out_of_fold_pred_probs(model, make(texts[:40] * 2), np.r_[y, y])
    assert (probs.argmax(axis=1) == np.r_[y, y]).mean() < 0.75


@pytest.mark.parametrize(
    "rows",
    [
        np.array(["a", "b", "a"]),
        np.array(["a", None, "a"], dtype=object),
        np.array([["a", 1], ["a", 2], ["a", 1]], dtype=object),
        pd.Series(["a", "b", "a"], index=[5, 5, 7]),
        pd.Series(pd.Categorical(["a", "b", "a"])),
        pd.DataFrame({"t": ["a", "b", "a"], "n": [1.0, np.nan, 1.0]}),
        pd.DataFrame({"t": [[1, 2], [1], [1, 2]]}),
        pd.Series([np.arange(3000), np.r_[0:1500, 0, 1501:3000], np.arange(3000)]),
        np.array([[0.0, 1.0], [0.0, 2.0], [-0.0, 1.0]]),
        pd.DataFrame([[0.0, 1.0], [0.0, 2.0], [-0.0, 1.0]]),
        np.array([[[1, 2]], [[1, 3]], [[1, 2]]]),
        np.array(["2020-01-01", "NaT", "2020-01-01"], dtype="datetime64[D]"),
        [["a"], ["a", "b"], ["a"]],
    ],
)
def test_rows_of_any_kind_share_a_key_when_they_are_equal(rows):
    key = duplicate_key(rows)
    assert key.dtype == np.uint64
    assert key[0] == key[2] != key[1]


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA], ids=["None", "NaN", "NA"])
@pytest.mark.parametrize("make", [list, pd.Series, lambda y: np.array(y, dtype=object)])
def test_rows_without_a_label_take_no_part(blobs, gap, make):
    X, y = blobs
    labels = [["c", "b", "a"][one] for one in y]
    labels[4] = labels[50] = gap
    probs = out_of_fold_pred_probs(KNeighborsClassifier(1), X, make(labels))
    assert probs.shape == (90, 3)
    assert np.flatnonzero(np.isnan(probs).all(axis=1)).tolist() == [4, 50]
    assert np.isfinite(np.delete(probs, [4, 50], axis=0)).all()


def test_numbers_may_be_missing_among_labels(blobs):
    X, y = blobs
    labels = y.astype(float)
    labels[0] = np.nan
    probs = out_of_fold_pred_probs(LogisticRegression(), X, labels)
    assert np.isnan(probs[0]).all()
    assert probs.shape == (90, 3)


def test_rows_without_a_group_are_groups_of_one(blobs):
    X, y = blobs
    probs = out_of_fold_pred_probs(
        LogisticRegression(), X, y, groups=["a", "b", np.nan] * 30, folds=3
    )
    assert np.isfinite(probs).all()


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.empty((4, 0)), [0, 1, 0, 1]),
        (csr_matrix((4, 0)), [0, 1, 0, 1]),
        (pd.DataFrame(index=range(4)), [0, 1, 0, 1]),
        (np.eye(4), [0, 1, 0]),
        (["a", "b"], [0, 1, 0]),
        (np.eye(4), 1),
        (5, [0, 1, 0]),
        (np.eye(4), [[0], [1], [0], [1]]),
        (np.eye(4), [0, "a", 0, "a"]),
        (np.eye(4), [None] * 4),
        ([], []),
    ],
)
def test_what_cannot_be_learned_from_is_an_input_error(X, y):
    with pytest.raises(InputError):
        out_of_fold_pred_probs(LogisticRegression(), X, y)


def test_a_class_that_only_a_later_repeat_cannot_judge_is_named():
    y = np.repeat([0, 1, 2], [20, 20, 8]).astype(np.int32)
    groups = np.r_[np.arange(40) % 6, [0] * 7, 1]
    settings = {"folds": 2, "feature_key": None, "groups": groups}
    plans = {
        repeats: [make_plans(y, repeats=repeats, seed=seed, **settings) for seed in range(10)]
        for repeats in (1, 6)
    }
    seed = next(
        seed
        for seed in range(10)
        if plans[1][seed][0].judged.all() and not plans[6][seed][0].judged.all()
    )
    first, *_, last = plans[6][seed]
    assert first.rare == last.rare == (2,)
    assert "2 (8 rows)" in first.notices[0].message
