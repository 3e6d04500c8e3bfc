from __future__ import annotations

import numpy as np
from patterns_example import draw, flagged, rows_of
from scipy.sparse import csr_matrix

from labelaudit.audit.groups import find_groups
from labelaudit.audit.groups_cluster import cluster, nearest
from labelaudit.audit.groups_tokens import tokens_of
from labelaudit.audit.slices_columns import slice_columns

N = 3000
COMMON = np.array([f"w{at}" for at in range(400)])
TOPIC = np.array(["refund", "parcel", "courier", "invoice", "delivery"])


def texts(topic, seed=0):
    random = np.random.default_rng([seed, 6])
    weights = 1 / np.arange(1, len(COMMON) + 1)
    weights /= weights.sum()
    return [
        " ".join([*random.choice(COMMON, 7, p=weights), *(random.choice(TOPIC, 4) if one else ())])
        for one in topic
    ]


def groups_of(case):
    judged = case.judged
    columns = slice_columns(case.data, judged.rows)
    return find_groups(case.data, judged, columns, families=5, q=0.05, seed=0)


def test_bad_texts_are_found_and_named_by_their_words():
    topic = np.random.default_rng(0).random(N) < 0.12
    columns, _ = rows_of(N, 3, 0, text=texts(topic))
    flags = draw(0, np.where(topic, 0.4, 0.05))
    found = groups_of(flagged(columns, flags, text=("text",)))
    assert found
    bad = {f"r{row:05d}" for row in np.flatnonzero(topic & flags)}
    for one in found:
        assert set(one.name.split(", ")) <= set(TOPIC)
        assert len(bad & set(one.row_ids)) > 0.9 * len(one.row_ids)
        assert one.flagged == len(one.row_ids)
        assert one.low > 1
        assert np.isclose(one.expected * one.lift, one.flagged)


def test_flags_at_random_make_no_group():
    topic = np.random.default_rng(0).random(N) < 0.12
    columns, _ = rows_of(N, 3, 0, text=texts(topic))
    for seed in range(4):
        assert groups_of(flagged(columns, draw(seed, np.full(N, 0.1)), text=("text",))) == ()


def test_tables_are_compared_by_the_columns_that_models_learn_from():
    columns, _ = rows_of(400, 3, 0)
    columns["left"] = ["x", "y"] * 200
    case = flagged(columns, draw(0, np.full(400, 0.2)), exclude=("left",))
    tokens = tokens_of(case.data, case.judged, slice_columns(case.data, np.arange(400)))
    assert tokens.what == "rows"
    assert tokens.matrix.shape == (400, len(tokens.names))
    assert "shape round" in tokens.names
    assert not any(name.startswith("left") for name in tokens.names)
    assert np.allclose(tokens.matrix.multiply(tokens.matrix).sum(axis=1), 1, atol=1e-5)


def test_texts_without_spaces_are_cut_into_characters():
    columns, _ = rows_of(
        200, 2, 0, text=["退款没有到账" if row % 2 else "今天天气很好" for row in range(200)]
    )
    case = flagged(columns, np.arange(200) % 2 == 1, text=("text",))
    tokens = tokens_of(case.data, case.judged, ())
    assert "退款" in tokens.names


def directions(sizes, seed=0):
    """Rows around a few axes that have nothing to do with each other."""
    random = np.random.default_rng(seed)
    rows = []
    for at, size in enumerate(sizes):
        block = np.abs(random.normal(0, 0.05, (size, 10 * len(sizes))))
        block[:, 10 * at : 10 * at + 3] += 1
        rows.append(block)
    dense = np.concatenate(rows)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    return csr_matrix(dense.astype(np.float32)), np.repeat(np.arange(len(sizes)), sizes)


def test_clusters_are_the_directions_there_are():
    rows, truth = directions((40, 30, 20))
    centers, least = cluster(rows, 3, seed=0)
    assert np.allclose(np.linalg.norm(centers, axis=1), 1, atol=1e-5)
    group = nearest(rows, centers, least)
    for at in range(3):
        assert len(set(group[(truth == at) & (group >= 0)].tolist())) == 1
        assert (group[truth == at] >= 0).mean() > 0.6
    assert nearest(csr_matrix((2, rows.shape[1]), dtype=np.float32), centers, least).tolist() == [
        -1,
        -1,
    ]


def test_a_cluster_of_few_is_left_out():
    rows, _ = directions((40, 3))
    centers, _ = cluster(rows, 2, seed=0)
    assert len(centers) == 1
