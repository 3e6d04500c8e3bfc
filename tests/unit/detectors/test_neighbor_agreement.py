from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from sklearn.neighbors import KNeighborsClassifier

from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.detectors import neighbor_agreement as module
from labelaudit.detectors.neighbor_agreement import NeighborAgreement
from labelaudit.errors import SettingError
from labelaudit.evidence.neighbors import find_neighbors
from labelaudit.testing import example
from labelaudit.types import Evidence


def planted(seed=0, n=300, k=3, noise=0.1):
    random = np.random.default_rng(seed)
    true = np.r_[np.arange(k), random.integers(0, k, n - k)]
    X = (random.normal(size=(n, 4)) + 3 * np.eye(4)[true % 4]).astype(np.float32)
    wrong = random.random(n) < noise
    wrong[:k] = False
    y = np.where(wrong, (true + 1) % k, true)
    data = dataset_from_arrays([f"c{code}" for code in y], X, [f"{at:05d}" for at in range(n)])
    return data, X, wrong, true


def near(X, y, m=20):
    found = find_neighbors(X, np.flatnonzero(y >= 0), m=m)
    return Evidence(neighbors=found.neighbors, distances=found.distances)


def voting(labels, neighbors, distances=None):
    """Judge rows whose neighbours are given by hand."""
    data = dataset_from_arrays(labels, None)
    neighbors = np.array(neighbors, dtype=np.int32)
    if distances is not None:
        distances = np.array(distances, dtype=np.float32)
    return NeighborAgreement().score(data, Evidence(neighbors=neighbors, distances=distances))


@settings(max_examples=40)
@given(seed=st.integers(0, 500), m=st.integers(2, 12), k=st.integers(2, 5))
def test_shares_are_those_of_scikit_learns_weighted_classifier(seed, m, k):
    data, X, _, _ = planted(seed, n=40, k=k)
    scores = NeighborAgreement(m=m).score(data, near(X, data.y))

    def fading(distances):
        return 1 - 0.9 * distances / distances.max(axis=1, keepdims=True)

    for row in range(0, 40, 7):
        others = np.arange(40) != row
        model = KNeighborsClassifier(m, weights=fading).fit(X[others], data.y[others])
        share = np.zeros(k)
        share[model.classes_] = model.predict_proba(X[[row]])[0]
        given_share = share[data.y[row]]
        share[data.y[row]] = 0
        assert scores.suspicion[row] == pytest.approx(
            (1 - (given_share - share.max())) / 2, abs=1e-4
        )


def test_finds_planted_errors_and_their_class():
    data, X, wrong, true = planted()
    scores = NeighborAgreement().score(data, near(X, data.y))
    assert average_precision_score(wrong, scores.suspicion) > 0.8
    caught = scores.flagged & wrong
    assert caught.sum() > 0.7 * wrong.sum()
    assert (scores.suggested[caught] == true[caught]).mean() > 0.95
    assert scores.flagged[~wrong].mean() < 0.05


def test_a_near_neighbour_has_more_of_a_say():
    labels = ["a", "a", "b"]
    neighbors = [[1, 2], [0, 2], [0, 1]]
    nearer_b = voting(labels, neighbors, [[4, 1], [1, 4], [1, 1]])
    assert nearer_b.suspicion[0] == pytest.approx((1 + (0.775 - 0.1) / 0.875) / 2)
    assert nearer_b.suspicion[1] == pytest.approx((1 - (0.775 - 0.1) / 0.875) / 2)
    assert nearer_b.suggested.tolist() == [1, -1, 0]
    alike = voting(labels, neighbors)
    assert alike.suspicion.tolist() == [0.5, 0.5, 1]
    assert alike.suggested.tolist() == [-1, -1, 0]


def test_a_clear_majority_of_three_or_more_is_needed_to_flag():
    labels = ["a", "b", "b", "b", "a", "a"]
    two = voting(labels, [[1, 2, -1, -1, -1]] * 6)
    assert not two.flagged[0]
    assert two.suspicion[0] == 1
    three = voting(labels, [[1, 2, 3, -1, -1]] * 6)
    assert three.flagged[0]
    assert three.suggested[0] == 1
    three_of_five = voting(labels, [[1, 2, 3, 4, 5]] * 6)
    assert three_of_five.flagged[0]
    two_of_four = voting(labels, [[1, 2, 4, 5, -1]] * 6)
    assert not two_of_four.flagged[0]
    assert two_of_four.suspicion[0] == 0.5


def test_the_strongest_other_class_outvotes_not_all_others_together():
    scores = voting(list("abcdabcd"), [[1, 2, 3, 4, 5]] * 8)
    assert scores.suspicion[0] == pytest.approx((1 - (0.2 - 0.4)) / 2)
    assert scores.suggested[0] == 1
    assert not scores.flagged[0]


@given(
    distances=st.lists(st.floats(0.125, 1, width=32), min_size=3, max_size=6), turned=st.booleans()
)
def test_equal_classes_tie_whatever_order_their_votes_came_in(distances, turned):
    k = len(distances)
    # Class b adds the same weights as class c, the other way round.
    ballots = [*range(1, 2 * k + 1)]
    far = distances[::-1] + distances if turned else distances + distances[::-1]
    scores = voting(["a", *"b" * k, *"c" * k], [ballots] * (2 * k + 1), [far] * (2 * k + 1))
    assert scores.suggested[0] == 1
    assert scores.suspicion[0] == pytest.approx(0.75)


def test_rows_without_a_label_neither_vote_nor_are_judged():
    labels = ["a", "b", None, None, "b"]
    scores = voting(labels, [[1, 2, 3], [2, 3, -1], [0, 1, 4], [0, 1, 4], [0, 1, 2]])
    assert np.isnan(scores.suspicion).tolist() == [False, True, True, True, False]
    assert scores.suspicion[0] == 1
    assert scores.suspicion[4] == 0.5
    assert not scores.flagged.any()
    assert scores.details["judged"] == 2


def test_without_neighbours_it_abstains_everywhere():
    data, evidence = example()
    unasked = replace(evidence, neighbors=None, distances=None)
    scores = NeighborAgreement().score(data, unasked)
    assert np.isnan(scores.suspicion).all()
    assert not scores.flagged.any()
    assert (scores.suggested == -1).all()
    nobody = replace(unasked, neighbors=np.full((data.n_rows, 3), -1, dtype=np.int32))
    assert np.isnan(NeighborAgreement().score(data, nobody).suspicion).all()


def test_only_the_nearest_m_vote():
    neighbors = [[1, 4, 5], [0, 2, 3]] + [[0, 1, 3]] * 4
    data = dataset_from_arrays(["a", "b", "b", "b", "a", "a"], None)
    evidence = Evidence(neighbors=np.array(neighbors, dtype=np.int32))
    assert NeighborAgreement(m=1).score(data, evidence).suspicion[0] == 1
    assert NeighborAgreement(m=3).score(data, evidence).suspicion[0] == pytest.approx(1 / 3)


def test_chunks_make_no_difference(monkeypatch):
    data, X, _, _ = planted()
    evidence = near(X, data.y)
    whole = NeighborAgreement().score(data, evidence)
    monkeypatch.setattr(module, "_CELLS", 50)
    chunked = NeighborAgreement().score(data, evidence)
    assert whole.suspicion.tobytes() == chunked.suspicion.tobytes()
    assert np.array_equal(whole.flagged, chunked.flagged)
    assert np.array_equal(whole.suggested, chunked.suggested)


def test_the_order_of_rows_has_no_say():
    data, X, _, _ = planted()
    order = np.random.default_rng(3).permutation(data.n_rows)
    names = np.array([f"c{code}" for code in data.y])[order]
    moved = dataset_from_arrays(names, X[order], data.row_id[order])
    one = NeighborAgreement().score(data, near(X, data.y))
    other = NeighborAgreement().score(moved, near(X[order], moved.y))
    assert np.allclose(other.suspicion, one.suspicion[order], atol=1e-6)
    assert np.array_equal(other.flagged, one.flagged[order])
    assert np.array_equal(other.suggested, one.suggested[order])


def test_nobody_cannot_vote():
    with pytest.raises(SettingError, match="0 neighbours"):
        NeighborAgreement(m=0)
