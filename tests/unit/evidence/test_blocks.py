from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labelaudit.evidence import blocks as module
from labelaudit.evidence.blocks import Blocks
from labelaudit.evidence.encode import encode
from labelaudit.evidence.models import MODELS

TEXTS = ["a good old film", "a bad old film", None, "good old times", "bad old times"] * 3
TEXT_BLOCKS = ("pairs", "characters", "text")


@pytest.fixture
def blocks(features):
    return Blocks(encode(features(text=TEXTS)))


def test_each_matrix_is_made_once_and_only_when_asked_for(blocks, monkeypatch):
    assert blocks.made == {}
    first = blocks.get("pairs")
    monkeypatch.setattr("labelaudit.evidence.encode_text.encode_pairs", None)
    assert blocks.get("pairs") is first
    assert set(blocks.made) == {"pairs"}


def test_two_collections_share_nothing(features):
    one, other = (Blocks(encode(features(text=TEXTS))) for _ in range(2))
    one.get("pairs")
    assert other.made == {}


@pytest.mark.parametrize("name", sorted({spec.block for spec in MODELS.values()}))
def test_every_block_that_a_model_asks_for_is_there_for_any_features(features, name):
    n = len(TEXTS)
    table = pd.DataFrame({"x": np.arange(float(n)), "y": [1.0, np.nan, 2.0] * 5})
    vectors = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    for kind in ({"text": TEXTS}, {"table": table}, {"embedding": vectors}):
        if name == "directions" and "text" in kind:
            continue
        found = Blocks(encode(features(**kind))).get(name)
        assert found.shape[0] == n
        assert found.dtype == np.float32


@pytest.mark.parametrize("name", TEXT_BLOCKS)
def test_a_text_block_without_text_is_the_linear_one(features, name):
    table = Blocks(encode(features(table=pd.DataFrame({"x": np.arange(6.0)}))))
    assert table.get(name) is table.encoded.linear
    blank = Blocks(encode(features(text=[""] * 6, table=pd.DataFrame({"x": np.arange(6.0)}))))
    assert blank.get(name) is blank.encoded.linear


def test_text_is_pairs_beside_characters(blocks):
    pairs, characters, text = (blocks.get(name) for name in TEXT_BLOCKS)
    assert text.shape == (15, pairs.shape[1] + characters.shape[1])
    assert (text[:, : pairs.shape[1]] != pairs).nnz == 0
    assert module.Blocks(blocks.encoded).get("text").shape == text.shape


def test_directions_have_length_one_or_none(features):
    vectors = np.array([[3.0, 4.0], [0.0, 0.0], [-2.0, 0.0]], dtype=np.float32)
    found = Blocks(encode(features(embedding=vectors))).get("directions")
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1])
    assert found[0] == pytest.approx([0.6, 0.8])


def test_directions_of_gaps_are_those_of_what_is_known(features):
    table = pd.DataFrame({"x": [3.0, np.nan, 1.0], "y": [4.0, 2.0, np.nan]})
    found = Blocks(encode(features(table=table))).get("directions")
    assert np.isfinite(found).all()
    assert found[1] == pytest.approx([0, 1])


def test_linear_and_trees_are_the_encoded_ones(blocks):
    assert blocks.get("linear") is blocks.encoded.linear
    assert blocks.get("trees") is blocks.encoded.trees
