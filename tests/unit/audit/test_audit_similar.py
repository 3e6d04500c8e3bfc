from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics.pairwise import cosine_similarity

from labelaudit.audit import similar as module
from labelaudit.audit.similar import (
    NEAREST,
    SHOWN,
    Space,
    find_similar,
    some_rows,
    space_of_data,
)
from labelaudit.data.dataset import dataset_from_arrays


def table(n: int = 60, *, seed: int = 0, copies: int = 0):
    random = np.random.default_rng(seed)
    features = random.normal(size=(n, 3)).round(3)
    if copies:
        features[n - copies :] = features[:copies]
    labels = random.choice(["a", "b", "c"], n)
    data = dataset_from_arrays(labels, features, [f"r{row:03d}" for row in range(n)])
    return data, features


def by_hand(alike, rows, data):
    """Order rows by similarity, then by id, leaving one of each content and label."""
    seen, told = set(), []
    for row in sorted(rows, key=lambda row: (-round(alike[row], 6), data.row_id[row])):
        content = (int(data.feature_key[row]), int(data.y[row]))
        if content not in seen:
            seen.add(content)
            told.append((row, round(alike[row], 6)))
    return told


@pytest.mark.parametrize("copies", [0, 12])
@pytest.mark.parametrize("cosine", [True, False])
def test_it_finds_what_comparing_with_every_row_finds(monkeypatch, cosine, copies):
    monkeypatch.setattr(module, "_CHUNK", 16)
    data, features = table(copies=copies)
    points = csr_matrix(np.abs(features)) if cosine else features.astype(np.float32)
    rows = [0, 5, 59]
    given_codes = data.y[rows].tolist()
    rival = [(code + 1) % 3 for code in given_codes]
    found = find_similar(Space(points, cosine=cosine), data, rows, given_codes, rival)
    for row, own, other, one in zip(rows, given_codes, rival, found, strict=True):
        if cosine:
            alike = cosine_similarity(points[row], points).ravel()
        else:
            alike = 1 / (1 + np.sqrt(((points - points[row]) ** 2).mean(axis=1)))
        others = [at for at in range(60) if at != row]
        same = data.feature_key == data.feature_key[row]
        for side, code in ((one.agree, other), (one.disagree, own)):
            expected = by_hand(alike, [at for at in others if data.y[at] == code], data)[:SHOWN]
            assert [at for at, _ in side] == [at for at, _ in expected]
            assert np.allclose([x for _, x in side], [x for _, x in expected], atol=2e-6)
        elsewhere = [at for at in others if not same[at]]
        expected = [at for at, _ in by_hand(alike, elsewhere, data)[:NEAREST]]
        assert list(one.nearest) == expected


def test_the_order_of_rows_has_no_say():
    data, features = table(copies=12)
    order = np.random.default_rng(1).permutation(60)
    moved = replace(
        data,
        row_id=data.row_id[order],
        feature_key=data.feature_key[order],
        y=data.y[order],
    )
    rows = list(range(60))
    one = find_similar(Space(features, cosine=False), data, rows, data.y, (data.y + 1) % 3)
    other = find_similar(
        Space(features[order], cosine=False), moved, rows, moved.y, (moved.y + 1) % 3
    )

    def named(found, ids):
        return (
            [(ids[row], alike) for row, alike in found.agree],
            [(ids[row], alike) for row, alike in found.disagree],
            [ids[row] for row in found.nearest],
        )

    before = {data.row_id[row]: named(one[row], data.row_id) for row in rows}
    after = {moved.row_id[row]: named(other[row], moved.row_id) for row in rows}
    assert before == after


def test_a_copy_under_the_same_label_is_named_and_one_alone():
    data, features = table(copies=12)
    y = data.y.copy()
    y[48:] = y[:12]
    data = replace(data, y=y)
    found = find_similar(Space(features, cosine=False), data, [0, 48], y[[0, 48]], [-1, -1])
    assert found[0].disagree[0] == (48, 1.0)
    assert found[1].disagree[0] == (0, 1.0)
    assert 48 not in found[0].nearest


def test_rows_with_nothing_in_common_are_not_similar():
    data, _ = table(4)
    points = csr_matrix(np.eye(4, dtype=np.float32))
    found = find_similar(Space(points, cosine=True), data, [0], [int(data.y[0])], [-1])
    assert found[0].agree == found[0].disagree == found[0].nearest == ()


def test_without_a_rival_any_other_class_will_do():
    data, features = table()
    found = find_similar(Space(features, cosine=False), data, [7], [int(data.y[7])], [-1])[0]
    assert len(found.agree) == SHOWN
    assert all(data.y[row] != data.y[7] for row, _ in found.agree)


@given(st.integers(0, 2**16), st.integers(1, 80), st.lists(st.integers(0, 79), max_size=4))
def test_rows_are_chosen_by_content_and_those_asked_for_are_among_them(seed, limit, also):
    data, _ = table(80, seed=seed % 7)
    data = replace(data, y=np.where(np.arange(80) % 9 == 0, -1, data.y).astype(np.int32))
    chosen = some_rows(data, limit, also)
    assert np.array_equal(chosen, np.unique(chosen))
    assert set(also) <= set(chosen.tolist())
    if limit < 80:
        assert (data.y[np.setdiff1d(chosen, also)] >= 0).all()
        order = np.random.default_rng(seed).permutation(80)
        moved = replace(data, y=data.y[order], fingerprint=data.fingerprint[order])
        place = np.argsort(order)
        again = some_rows(moved, limit, place[also].tolist() if also else [])
        assert {data.row_id[row] for row in chosen} == {data.row_id[order[row]] for row in again}


def test_data_without_features_cannot_be_compared():
    data, _ = table()
    bare = dataset_from_arrays(["a", "b"] * 10)
    assert space_of_data(bare, [0]) is None
    assert space_of_data(data, [0]).rows is None


def test_of_large_data_a_part_is_encoded(monkeypatch):
    monkeypatch.setattr(module, "ENCODED_ROWS", 20)
    data, _ = table()
    space = space_of_data(data, [3, 59])
    assert {3, 59} <= set(space.rows.tolist())
    assert len(space.rows) == space.points.shape[0] <= 22
    found = find_similar(space, data, [3, 59], data.y[[3, 59]].tolist(), [-1, -1])
    for one in found:
        assert {row for row, _ in (*one.agree, *one.disagree)} <= set(space.rows.tolist())
