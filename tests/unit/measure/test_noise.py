from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from labelaudit.errors import InputError, SettingError
from labelaudit.measure.noise import (
    KINDS,
    NEEDS_OPINION,
    NEEDS_X,
    RATES,
    Opinion,
    confusions,
    features_for_noise,
    plant,
    teacher_opinion,
)


def made_up(n, k, seed):
    """Make labels, features and an opinion that is right on most rows."""
    random = np.random.default_rng(seed)
    y = random.integers(0, k, n).astype(np.int32)
    X = random.normal(size=(n, 4)).astype(np.float32)
    logits = 3 * np.eye(k)[y] + random.normal(size=(n, k))
    probs = np.exp(logits)
    probs = (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32)
    errs = random.random((5, n)) < 0.5
    other = (y + random.integers(1, k, (5, n))) % k
    votes = np.where(errs, other, y).astype(np.int32)
    return y, X, Opinion(probs, votes)


def plant_any(y, kind, rate, k, X, opinion, seed=0):
    return plant(y, kind, rate, n_classes=k, seed=seed, X=X, opinion=opinion)


sizes = {
    "n": st.integers(2, 80),
    "k": st.integers(2, 6),
    "seed": st.integers(0, 1000),
    "kind": st.sampled_from(KINDS),
    "rate": st.sampled_from(RATES),
}


@settings(max_examples=60)
@given(**sizes)
def test_what_comes_back_is_labels_and_where_they_are_wrong(n, k, seed, kind, rate):
    y, X, opinion = made_up(n, k, seed)
    before = y.copy()
    planted = plant_any(y, kind, rate, k, X, opinion, seed)
    assert planted.y.dtype == np.int32
    assert planted.y.shape == (n,)
    assert ((planted.y >= 0) & (planted.y < k)).all()
    assert planted.wrong.dtype == bool
    assert (planted.wrong == (planted.y != y)).all()
    assert (y == before).all()


@settings(max_examples=40)
@given(**sizes)
def test_the_same_call_plants_the_same_errors(n, k, seed, kind, rate):
    y, X, opinion = made_up(n, k, seed)
    first, second = (plant_any(y, kind, rate, k, X, opinion, seed) for _ in range(2))
    assert (first.y == second.y).all()


@given(n=sizes["n"], k=sizes["k"], seed=sizes["seed"], kind=sizes["kind"])
def test_a_rate_of_0_changes_nothing(n, k, seed, kind):
    y, X, opinion = made_up(n, k, seed)
    planted = plant_any(y, kind, 0.0, k, X, opinion)
    assert (planted.y == y).all()
    assert not planted.wrong.any()
    assert not np.shares_memory(planted.y, y)


@pytest.mark.parametrize("rate", RATES[1:])
@pytest.mark.parametrize("kind", KINDS)
def test_the_rate_comes_about(kind, rate):
    y, X, opinion = made_up(6000, 4, 1)
    found = plant_any(y, kind, rate, 4, X, opinion).wrong.mean()
    # Five standard deviations of a coin; the drawn shares are exact.
    assert found == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / 6000))


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_plants_other_errors(kind):
    y, X, opinion = made_up(500, 3, 1)
    first, second = (plant_any(y, kind, 0.2, 3, X, opinion, seed) for seed in (0, 1))
    assert (first.wrong != second.wrong).any()


@given(n=sizes["n"], k=sizes["k"], seed=sizes["seed"])
def test_pair_noise_goes_to_the_next_class(n, k, seed):
    y, _, _ = made_up(n, k, seed)
    planted = plant(y, "pair", 0.4, n_classes=k, seed=seed)
    assert (planted.y[planted.wrong] == (y[planted.wrong] + 1) % k).all()


def test_symmetric_noise_goes_to_every_other_class_alike():
    y = np.zeros(9000, dtype=np.int32)
    planted = plant(y, "symmetric", 0.4, n_classes=4)
    counts = np.bincount(planted.y, minlength=4)[1:]
    assert counts.sum() == planted.wrong.sum()
    assert counts / counts.sum() == pytest.approx([1 / 3] * 3, abs=0.04)


@given(n=sizes["n"], k=sizes["k"], seed=sizes["seed"])
def test_boundary_noise_goes_to_the_runner_up(n, k, seed):
    y, _, opinion = made_up(n, k, seed)
    planted = plant(y, "boundary", 0.4, n_classes=k, seed=seed, opinion=opinion)
    others = opinion.pred_probs.copy()
    others[np.arange(n), y] = -1
    assert (planted.y[planted.wrong] == others.argmax(axis=1)[planted.wrong]).all()


def test_boundary_noise_comes_sooner_where_the_runner_up_is_probable():
    y, _, opinion = made_up(3000, 3, 2)
    planted = plant(y, "boundary", 0.1, n_classes=3, opinion=opinion)
    own = opinion.pred_probs[np.arange(3000), y]
    assert own[planted.wrong].mean() < own[~planted.wrong].mean() - 0.1


def test_annotator_noise_is_an_answer_that_some_annotator_gave():
    y, _, opinion = made_up(800, 4, 3)
    planted = plant(y, "annotator", 0.2, n_classes=4, opinion=opinion)
    assert (opinion.votes == planted.y).any(axis=0)[planted.wrong].all()


def test_annotator_noise_falls_short_where_annotators_do_not_err():
    y, _, opinion = made_up(200, 3, 3)
    votes = np.tile(y, (5, 1))
    votes[:, :10] = (y[:10] + 1) % 3
    planted = plant(y, "annotator", 0.4, n_classes=3, opinion=Opinion(opinion.pred_probs, votes))
    assert planted.wrong.tolist() == [True] * 10 + [False] * 190


def test_class_conditional_noise_follows_the_confusions():
    random = np.random.default_rng(4)
    y = random.integers(0, 3, 6000).astype(np.int32)
    # Class 0 is taken for 1, class 1 now and then for 2, class 2 never for another.
    rows = np.array([[0.6, 0.4, 0.0], [0.0, 0.8, 0.2], [0.0, 0.0, 1.0]], dtype=np.float32)
    opinion = Opinion(rows[y], np.tile(y, (5, 1)))
    planted = plant(y, "class-conditional", 0.2, n_classes=3, opinion=opinion)
    share = [planted.wrong[y == code].mean() for code in range(3)]
    assert share[0] == pytest.approx(2 * share[1], rel=0.2)
    assert share[2] < 0.01
    assert (planted.y[planted.wrong & (y == 0)] == 1).mean() > 0.97


def test_no_class_loses_nearly_all_its_rows():
    random = np.random.default_rng(5)
    y = (random.random(4000) < 0.5).astype(np.int32)
    rows = np.array([[0.1, 0.9], [0.0, 1.0]], dtype=np.float32)
    opinion = Opinion(rows[y], np.tile(y, (5, 1)))
    planted = plant(y, "class-conditional", 0.4, n_classes=2, opinion=opinion)
    assert planted.wrong[y == 0].mean() < 0.93


def test_instance_dependent_noise_depends_on_the_features():
    y = np.zeros(6000, dtype=np.int32)
    X = np.random.default_rng(6).normal(size=(6000, 2)).astype(np.float32)
    planted = plant(y, "instance-dependent", 0.4, n_classes=3, X=X)
    moved = planted.y[planted.wrong]
    means = [X[planted.wrong][moved == code].mean(axis=0) for code in (1, 2)]
    assert np.abs(means[0] - means[1]).max() > 0.3


@given(k=sizes["k"], seed=sizes["seed"], n=sizes["n"])
def test_confusions_are_mean_probabilities_of_other_classes(n, k, seed):
    y, _, opinion = made_up(n, k, seed)
    found = confusions(y, opinion.pred_probs)
    assert found.shape == (k, k)
    assert (np.diag(found) == 0).all()
    for code in np.unique(y):
        expected = opinion.pred_probs[y == code].mean(axis=0)
        expected[code] = 0
        assert found[code] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(SettingError, match="cannot be planted"):
        plant(np.zeros(3, dtype=np.int32), "pair", rate, n_classes=2)


def test_an_unknown_kind_is_refused_and_the_like_proposed():
    with pytest.raises(SettingError) as caught:
        plant(np.zeros(3, dtype=np.int32), "symetric", 0.1, n_classes=2)
    assert "symmetric" in caught.value.hint


def test_one_class_has_nowhere_to_go():
    with pytest.raises(InputError, match="second class"):
        plant(np.zeros(3, dtype=np.int32), "pair", 0.1, n_classes=1)


@pytest.mark.parametrize("kind", NEEDS_X + NEEDS_OPINION)
def test_what_a_kind_needs_is_asked_for(kind):
    with pytest.raises(InputError, match="depends on"):
        plant(np.zeros(3, dtype=np.int32), kind, 0.1, n_classes=2)


@pytest.fixture(scope="module")
def blobs():
    """Make 150 rows of 3 classes that overlap a little."""
    random = np.random.default_rng(0)
    y = (np.arange(150) % 3).astype(np.int32)
    return random.normal(size=(150, 4)).astype(np.float32) + 2 * np.eye(3, 4)[y], y


def test_the_teacher_has_an_opinion_of_every_row_that_beats_chance(blobs):
    X, y = blobs
    opinion = teacher_opinion(X, y, n_classes=3)
    assert opinion.pred_probs.shape == (150, 3)
    assert opinion.pred_probs.dtype == np.float32
    assert opinion.pred_probs.sum(axis=1) == pytest.approx(np.ones(150), abs=1e-5)
    assert (opinion.pred_probs.argmax(axis=1) == y).mean() > 0.5
    assert opinion.votes.dtype == np.int32
    assert opinion.votes.shape[1] == 150
    assert set(np.unique(opinion.votes)) <= {0, 1, 2}


def test_the_teacher_gives_the_same_opinion_every_time(blobs):
    X, y = blobs
    first, second = (teacher_opinion(X, y, n_classes=3, seed=1) for _ in range(2))
    assert (first.pred_probs == second.pred_probs).all()
    assert (first.votes == second.votes).all()


def test_the_teacher_does_not_see_the_label_that_it_judges(blobs):
    X, y = blobs
    random = np.random.default_rng(1)
    noise = random.permutation(y).astype(np.int32)
    opinion = teacher_opinion(random.normal(size=X.shape), noise, n_classes=3)
    assert (opinion.pred_probs.argmax(axis=1) == noise).mean() < 0.5


def test_features_are_few_and_standardised():
    random = np.random.default_rng(0)
    few = features_for_noise(random.normal(3, 5, size=(60, 4)))
    many = features_for_noise(random.normal(size=(90, 70)))
    sparse = features_for_noise(csr_matrix(random.random((40, 300))))
    assert (few.shape, many.shape, sparse.shape) == ((60, 4), (90, 50), (40, 39))
    for found in (few, many, sparse):
        assert found.dtype == np.float32
        assert found.mean(axis=0) == pytest.approx(np.zeros(found.shape[1]), abs=1e-4)
        assert found.std(axis=0) == pytest.approx(np.ones(found.shape[1]), abs=1e-3)
