from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.evidence.collect import prepare
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.evidence.planting import FEWEST, PLANTED_SHARE, judge_planted, plant_errors
from labelaudit.types import Role


def even(n, k):
    return np.full((n, k), 1 / k, dtype=np.float32)


def test_about_a_tenth_of_the_labels_gets_another_class():
    y = np.arange(20_000, dtype=np.int32) % 4
    found = plant_errors(y, even(len(y), 4), np.ones(len(y), dtype=bool))
    assert found.planted.mean() == pytest.approx(PLANTED_SHARE, abs=0.01)
    assert np.array_equal(found.planted, found.y != y)
    assert found.y.dtype == y.dtype


@given(
    seed=st.integers(0, 1000),
    n=st.integers(0, 120),
    k=st.integers(1, 6),
    share=st.floats(0, 1),
)
def test_only_judged_rows_change_and_only_to_judged_classes(seed, n, k, share):
    random = np.random.default_rng(seed)
    y = random.integers(-1, k, n).astype(np.int32)
    judged = (random.random(n) < share) & (y >= 0)
    probs = random.dirichlet(np.full(k, 0.1), n).astype(np.float32)
    probs[~judged] = np.nan
    before = y.copy()
    found = plant_errors(y, probs, judged, seed=seed)
    assert np.array_equal(y, before)
    assert not (found.planted & ~judged).any()
    assert np.array_equal(found.planted, found.y != y)
    assert np.isin(found.y[found.planted], y[judged]).all()
    if len(np.unique(y[judged])) < 2:
        assert not found.planted.any()


def test_two_classes_are_swapped():
    y = np.arange(400, dtype=np.int32) % 2
    found = plant_errors(y, even(400, 2), np.ones(400, dtype=bool))
    assert found.planted.any()
    assert (found.y[found.planted] == 1 - y[found.planted]).all()


def test_the_same_seed_plants_the_same_errors_and_another_one_others():
    y = np.arange(400, dtype=np.int32) % 3
    one, same, other = (
        plant_errors(y, even(400, 3), np.ones(400, dtype=bool), seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.y, same.y)
    assert not np.array_equal(one.planted, other.planted)


def test_half_of_the_errors_go_where_the_models_confuse():
    y = np.arange(30_000, dtype=np.int32) % 3
    probs = np.tile(np.array([[0.02, 0.02, 0.96]], np.float32), (len(y), 1))
    probs[y == 0] = [0.7, 0.3, 0.0]
    found = plant_errors(y, probs, np.ones(len(y), dtype=bool))
    from_zero = found.y[found.planted & (y == 0)]
    assert (from_zero == 1).mean() == pytest.approx(0.75, abs=0.05)
    from_two = found.y[found.planted & (y == 2)]
    assert (from_two == 1).mean() == pytest.approx(0.5, abs=0.05)


@pytest.fixture
def collector(dataset):
    """Give a Collector of 600 rows in three classes that are easy to tell apart."""
    random = np.random.default_rng(0)
    y = (np.arange(600) % 3).astype(np.int32)
    X = (random.normal(size=(600, 3)) + 5 * np.eye(3)[y]).astype(np.float32)
    data = dataset({"v": X.tolist()}, {"v": Role.EMBEDDING}, y)
    return prepare(data, models=("logreg",), folds=5, executor=LocalExecutor(1))


def test_planted_errors_are_found_where_classes_are_easy(collector):
    evidence = collector.judge()
    found = judge_planted(collector, evidence, enough=10**6)
    assert np.array_equal(found.rows, np.arange(600))
    assert np.array_equal(found.planted, found.y != collector.data.y)
    assert found.planted.sum() > FEWEST
    best = found.pred_probs.argmax(axis=1)
    assert (best == collector.data.y).mean() > 0.97


@pytest.mark.parametrize(("enough", "folds"), [(240, 2), (241, 3), (480, 4), (10**6, 5)])
def test_no_more_folds_are_judged_than_are_needed(collector, enough, folds):
    found = judge_planted(collector, collector.judge(), enough=enough)
    judged = np.unique(collector.plans[0].fold[found.rows])
    assert judged.tolist() == list(range(folds))
    assert len(found.rows) == len(found.y) == len(found.planted) == len(found.pred_probs)
    assert len(found.rows) == (collector.plans[0].fold < folds).sum() >= min(enough, 600)
    assert np.isfinite(found.pred_probs).all()


def test_the_same_errors_are_planted_however_many_rows_are_judged(collector):
    evidence = collector.judge()
    few, all_rows = (judge_planted(collector, evidence, enough=one) for one in (240, 10**6))
    shared = np.isin(all_rows.rows, few.rows)
    assert np.array_equal(all_rows.y[shared], few.y)
    assert np.array_equal(all_rows.planted[shared], few.planted)


def test_models_learn_from_the_planted_errors_but_not_from_rows_left_out(collector, monkeypatch):
    evidence = collector.judge()
    asked = {}
    judge = type(collector).judge

    def listen(self, y=None, **options):
        asked.update(options, y=y)
        return judge(self, y, **options)

    monkeypatch.setattr(type(collector), "judge", listen)
    left_out = np.arange(600) % 10 == 0
    found = judge_planted(collector, evidence, enough=240, left_out=left_out)
    assert asked["left_out"] is left_out
    assert np.array_equal(asked["y"][found.rows], found.y)
    assert np.array_equal(np.flatnonzero(asked["only"]), found.rows)


def test_too_few_errors_tell_nothing(dataset, blobs):
    X, y = blobs
    small = prepare(dataset({"v": X.tolist()}, {"v": Role.EMBEDDING}, y), models=("logreg",))
    assert judge_planted(small, small.judge(), enough=10**6) is None


def test_a_fold_that_would_do_can_hold_too_few_errors(collector):
    assert judge_planted(collector, collector.judge(), enough=1) is None


def test_without_opinions_nothing_is_planted(collector):
    evidence = collector.judge()
    assert judge_planted(collector, replace(evidence, pred_probs=None), enough=100) is None
    unjudged = np.full_like(evidence.pred_probs, np.nan)
    assert judge_planted(collector, replace(evidence, pred_probs=unjudged), enough=100) is None


def test_rows_that_were_not_judged_are_not_judged_with_planted_errors(collector):
    evidence = collector.judge()
    probs = evidence.pred_probs.copy()
    probs[::4] = np.nan
    found = judge_planted(collector, replace(evidence, pred_probs=probs), enough=10**6)
    assert len(found.rows) == 450
    assert (found.rows % 4 > 0).all()
