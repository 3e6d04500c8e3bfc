from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from labelaudit.evidence import neighbors as module
from labelaudit.evidence.encode_text import encode_text
from labelaudit.evidence.neighbors import find_neighbors
from labelaudit.progress import SILENT


def points(n=200, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def sentences(n=300, seed=0):
    random = np.random.default_rng(seed)
    words = [f"word{at}" for at in range(60)]
    texts = [" ".join(random.choice(words[at % 5 * 10 :][:20], 6)) for at in range(n)]
    return encode_text(np.array(texts, dtype=object))


def everyone(X):
    return np.arange(X.shape[0])


def same(one, other):
    return (
        one.neighbors.tobytes() == other.neighbors.tobytes()
        and one.distances.tobytes() == other.distances.tobytes()
    )


def agreement(one, other):
    """Mean share of the neighbours of one that the other names too."""
    return np.mean(
        [
            len(np.intersect1d(a, b)) / len(a)
            for a, b in zip(one.neighbors, other.neighbors, strict=True)
        ]
    )


def oracle(X, metric, m, rows, key):
    """All pairs, sorted: distances of the m nearest other rows of other content."""
    dense = X.toarray() if hasattr(X, "toarray") else X
    far = pairwise_distances(dense.astype(np.float64), metric=metric)
    far[key[:, None] == key] = np.inf
    left_out = np.ones(len(dense), dtype=bool)
    left_out[rows] = False
    far[left_out] = np.inf
    far[:, left_out] = np.inf
    return np.sort(far, axis=1)[:, :m]


def test_dense_neighbours_are_scikit_learns():
    X = points()
    found = find_neighbors(X, everyone(X), m=7)
    distance, position = NearestNeighbors(n_neighbors=7).fit(X).kneighbors()
    assert np.array_equal(found.neighbors, position)
    assert np.allclose(found.distances, distance, atol=1e-5)
    assert found.neighbors.dtype == np.int32
    assert found.distances.dtype == np.float32
    assert found.notices == ()


@settings(max_examples=60)
@given(
    n=st.integers(1, 40),
    kinds=st.integers(1, 12),
    m=st.integers(1, 15),
    seed=st.integers(0, 1000),
    sparse=st.booleans(),
)
def test_neighbours_are_those_of_all_pairs(n, kinds, m, seed, sparse):
    random = np.random.default_rng(seed)
    key = random.integers(0, kinds, n).astype(np.uint64)
    content = random.random((kinds, 5)).astype(np.float32)
    content[:, :2] *= random.random((kinds, 2)) < 0.5
    content[:, 4] = 1
    X = csr_matrix(content[key]) if sparse else content[key]
    rows = np.flatnonzero(random.random(n) < 0.8)
    found = find_neighbors(X, rows, m=m, key=key)
    expected = oracle(X, "cosine" if sparse else "euclidean", m, rows, key)
    known = found.distances[:, : expected.shape[1]]
    assert np.array_equal(np.isfinite(known), np.isfinite(expected))
    assert np.allclose(known, expected, atol=1e-5)
    assert np.isinf(found.distances[:, expected.shape[1] :]).all()
    assert np.array_equal(found.neighbors >= 0, np.isfinite(found.distances))
    for row, places in enumerate(found.neighbors):
        named = places[places >= 0]
        assert len(set(named)) == len(named)
        assert np.isin(named, rows).all()
        assert not (key[named] == key[row]).any()
    left_out = np.setdiff1d(np.arange(n), rows)
    assert (found.neighbors[left_out] == -1).all()


def test_distances_belong_to_the_rows_named():
    X = points(60)
    found = find_neighbors(X, everyone(X), m=5)
    real = np.linalg.norm(X[found.neighbors] - X[:, None], axis=2)
    assert np.allclose(found.distances, real, atol=1e-5)


def test_a_copy_is_a_neighbour_of_others_but_not_of_its_copy():
    X = np.array([[0], [0], [1], [5]], dtype=np.float32)
    found = find_neighbors(X, everyone(X), m=3, key=np.array([7, 7, 3, 1], dtype=np.uint64))
    assert found.neighbors.tolist() == [[2, 3, -1], [2, 3, -1], [0, 1, 3], [2, 0, 1]]
    assert found.distances[0].tolist() == [1, 5, np.inf]


def test_without_a_key_equal_rows_are_neighbours_and_ties_go_by_row():
    X = np.zeros((30, 2), dtype=np.float32)
    found = find_neighbors(X, everyone(X), m=3)
    assert not (found.neighbors == np.arange(30)[:, None]).any()
    assert (found.neighbors >= 0).all()
    assert (found.distances == 0).all()
    few = find_neighbors(X[:4], np.arange(4), m=3)
    assert few.neighbors.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_texts_that_share_no_word_are_no_neighbours():
    X = encode_text(np.array(["red car", "red bus", "blue sky", None, None], dtype=object))
    found = find_neighbors(X, everyone(X), m=2)
    assert found.neighbors.tolist() == [[1, -1], [0, -1], [-1, -1], [-1, -1], [-1, -1]]


@pytest.mark.parametrize("rows", [[], [2]])
def test_nobody_and_one_alone_have_no_neighbours(rows):
    found = find_neighbors(points(5), np.array(rows, dtype=np.int64), m=4)
    assert (found.neighbors == -1).all()
    assert np.isinf(found.distances).all()


@pytest.fixture
def small(monkeypatch):
    """Let 300 rows be too many, and chunks be small."""
    monkeypatch.setattr(module, "EXACT_ROWS", 100)
    monkeypatch.setattr(module, "_CHUNK", 64)


@pytest.fixture
def without_faiss(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)


def test_chunks_make_no_difference(monkeypatch):
    X, key = points(300), np.arange(300, dtype=np.uint64) // 2
    whole = find_neighbors(X, everyone(X), key=key)
    monkeypatch.setattr(module, "_CHUNK", 17)
    assert same(whole, find_neighbors(X, everyone(X), key=key))


def test_a_graph_finds_nearly_all_and_always_the_same(small):
    pytest.importorskip("faiss", exc_type=ImportError)
    X = points(600)
    found = find_neighbors(X, everyone(X))
    assert found.notices == ()
    assert same(found, find_neighbors(X, everyone(X)))
    module.EXACT_ROWS = 600
    exact = find_neighbors(X, everyone(X))
    assert agreement(exact, found) > 0.98


def test_the_graph_leaves_faisss_threads_as_they_were():
    faiss = pytest.importorskip("faiss", exc_type=ImportError)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    try:
        # Not by find_neighbors, whose threadpoolctl would put them back too.
        module._Search(points(50), 3, 0, faiss, SILENT)._by_graph(faiss)
        assert faiss.omp_get_max_threads() == 2
    finally:
        faiss.omp_set_num_threads(before)


def test_without_faiss_a_sample_is_searched_and_a_notice_says_so(small, without_faiss):
    X = points(300)
    found = find_neighbors(X, everyone(X), m=5)
    (notice,) = found.notices
    assert notice.code == "neighbors-sampled"
    assert "300" in notice.message
    assert "100" in notice.message
    assert 'pip install "labelaudit[ann]"' in notice.hint
    among = np.unique(found.neighbors)
    assert len(among) <= 100
    far = pairwise_distances(X.astype(np.float64))[:, module.sample_rows(300, 100)]
    far[far < 1e-6] = np.inf
    assert np.allclose(found.distances, np.sort(far, axis=1)[:, :5], atol=1e-5)


def test_more_neighbours_than_the_sample_holds_are_not_made_up(small, without_faiss):
    found = find_neighbors(points(300), np.arange(300), m=120)
    assert set((found.neighbors >= 0).sum(axis=1)) == {99, 100}


@pytest.mark.parametrize("faiss", [True, False])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("many", [False, True])
def test_the_order_of_rows_has_no_say(monkeypatch, many, sparse, faiss):
    if many:
        monkeypatch.setattr(module, "EXACT_ROWS", 100)
    if not faiss:
        monkeypatch.setitem(sys.modules, "faiss", None)
    elif many:
        pytest.importorskip("faiss", exc_type=ImportError)
    X = sentences() if sparse else points(300)
    key = np.random.default_rng(5).permutation(300).astype(np.uint64)
    order = np.random.default_rng(1).permutation(300)
    found = find_neighbors(X, everyone(X), key=key)
    moved = find_neighbors(X[order], everyone(X), key=key[order])
    named = np.where(moved.neighbors >= 0, order[moved.neighbors], -1)
    assert np.array_equal(named, found.neighbors[order])
    assert moved.distances.tobytes() == found.distances[order].tobytes()


def test_sparse_rows_are_reduced_only_where_comparing_them_takes_long(monkeypatch):
    X = sentences()
    exact = find_neighbors(X, everyone(X))
    assert np.array_equal(exact.distances, np.sort(exact.distances, axis=1))
    monkeypatch.setattr(module, "EXACT_PRODUCTS", 0)
    # With all dimensions kept the reduction is a rotation, which moves no neighbour.
    monkeypatch.setattr(module, "DIMENSIONS", X.shape[1] - 1)
    turned = find_neighbors(X, everyone(X))
    assert agreement(exact, turned) > 0.9
    assert np.abs(exact.distances - turned.distances).mean() < 0.02
    monkeypatch.setattr(module, "DIMENSIONS", 4)
    coarse = find_neighbors(X, everyone(X), seed=3)
    assert agreement(exact, coarse) < agreement(exact, turned)
    assert same(coarse, find_neighbors(X, everyone(X), seed=3))
