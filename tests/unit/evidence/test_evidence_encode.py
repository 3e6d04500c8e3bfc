from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labelaudit.errors import InputError
from labelaudit.evidence.encode import encode, encode_table, scale
from labelaudit.evidence.encode_text import encode_characters, encode_pairs, encode_text


def texts(*values):
    return np.array(values, dtype=object)


def test_rows_of_text_have_length_one_and_missing_ones_none():
    X = encode_text(texts("a good film", None, "a bad film"))
    lengths = np.asarray(np.sqrt(X.multiply(X).sum(axis=1))).ravel()
    assert X.dtype == np.float32
    assert lengths == pytest.approx([1, 0, 1])


def test_scripts_without_spaces_are_compared_by_character():
    X = encode_text(texts("この映画は良い", "この映画は悪い", "天気が晴れ", "天気が雨"))
    overlap = (X @ X.T).toarray()
    assert overlap[0, 1] > overlap[0, 2]
    assert overlap[2, 3] > overlap[2, 0]


def test_combining_marks_stay_in_their_word():
    X = encode_text(texts("हिन्दी", "हिन्दी"))
    assert X.shape[1] == 1


def test_texts_without_a_word_are_compared_by_character():
    assert encode_text(texts("!!", "??", "!?")).shape[1] > 0


def test_blank_texts_say_nothing():
    assert encode_text(texts("", None, "  ")) is None


def test_numbers_keep_their_columns_and_lose_what_is_not_finite():
    table = pd.DataFrame({"a": [1.0, np.inf, np.nan], "b": [1e300, -1e300, 0.0]})
    X = encode_table(table)
    assert X.dtype == np.float32
    assert np.isnan(X[1:, 0]).all()
    assert np.isfinite(X[:, 1]).all()


def test_scaling_fills_gaps_marks_them_and_bounds_outliers():
    block = np.array([[0.0], [1.0], [2.0], [np.nan], [1e30]], dtype=np.float32)
    scaled = scale(block)
    assert scaled.shape == (5, 2)
    assert np.isfinite(scaled).all()
    assert np.abs(scaled).max() <= 8
    assert scaled[:, 1].tolist() == [0, 0, 0, 1, 0]


def test_hostile_tables_are_encoded():
    n = 30
    table = pd.DataFrame(
        {
            "constant": 1.0,
            "missing": np.nan,
            "nothing": pd.Series([None] * n, dtype=object),
            "infinite": [np.inf, -np.inf, 1.0] * 10,
            "huge": [float(2**62), -1e308, 0.0] * 10,
            "flag": [True, False, True] * 10,
            "few": ["x", "y", None] * 10,
            "many": [f"name {at}" for at in range(n)],
            "when": pd.Series(pd.date_range("2020-01-01", periods=n)).where(np.arange(n) > 2),
            "same": pd.Series(["s"] * n, dtype=object),
        }
    )
    encoded = encode(type("F", (), {"text": None, "table": table, "embedding": None})())
    assert np.isfinite(encoded.linear).all()
    assert not np.isinf(encoded.trees).any()
    assert len(encoded.linear) == len(encoded.trees) == n


def test_dates_and_categories_tell_rows_apart():
    table = pd.DataFrame(
        {"c": ["a", "b"] * 10, "d": pd.to_datetime(["2020-01-01", "2024-06-01"] * 10)}
    )
    X = encode_table(table)
    assert (X[0] != X[1]).any()
    assert (X[0] == X[2]).all()


def test_nothing_to_learn_from_is_an_input_error(features):
    with pytest.raises(InputError, match="nothing to learn from"):
        encode(features(text=["", None], table=pd.DataFrame({"a": [1.0, 1.0]})))


def test_text_with_numbers_is_sparse_for_linear_models_and_dense_for_trees(features):
    encoded = encode(
        features(text=["red apple", "green pear"] * 4, table=pd.DataFrame({"n": np.arange(8.0)}))
    )
    assert encoded.modality == "mixed"
    assert encoded.linear.shape[0] == 8
    assert isinstance(encoded.trees, np.ndarray)


@pytest.mark.parametrize(
    ("blocks", "modality"),
    [
        ({"text": ["a b", "c d"]}, "text"),
        ({"table": pd.DataFrame({"n": [1.0, 2.0]})}, "table"),
        ({"embedding": np.eye(2, dtype=np.float32)}, "embedding"),
        (
            {"embedding": np.eye(2, dtype=np.float32), "table": pd.DataFrame({"n": [1.0, 2.0]})},
            "table",
        ),
        ({"text": [None, ""], "table": pd.DataFrame({"n": [1.0, 2.0]})}, "table"),
    ],
)
def test_the_modality_is_that_of_what_is_left(features, blocks, modality):
    assert encode(features(**blocks)).modality == modality


def test_encoding_twice_gives_the_same_bytes(features):
    table = pd.DataFrame({"s": [f"some name {at % 37}" for at in range(90)], "n": np.arange(90.0)})
    first, second = (encode(features(table=table), seed=1) for _ in range(2))
    assert first.linear.tobytes() == second.linear.tobytes()
    assert first.trees.tobytes() == second.trees.tobytes()


def test_rows_that_alternate_are_scaled_by_both_kinds():
    block = np.random.default_rng(0).normal(size=(40_000, 1)).astype(np.float32)
    block[1::2] *= 100
    assert scale(block).std() == pytest.approx(1, abs=0.1)


def test_rows_that_alternate_show_both_their_scripts():
    spaced, unspaced = "a good film that I liked", "この映画は良いと思います"
    found = encode_text(texts(*[spaced, unspaced] * 4_000))
    # Cut by words the unspaced text would be a single term.
    assert found.shape[1] > 10


def test_pairs_tell_apart_what_single_words_do_not():
    given = texts(*["good not bad", "bad not good"] * 4)
    words = encode_text(given)
    assert (words[0] != words[1]).nnz == 0
    pairs = encode_pairs(given, words)
    assert pairs.dtype == np.float32
    assert (pairs[0] != pairs[1]).nnz > 0
    assert (pairs[0] != pairs[2]).nnz == 0


def test_characters_bring_misspelt_words_together():
    given = texts(*["wonderful", "wonderfull", "terrible"] * 4)
    words = encode_text(given)
    assert (words @ words.T)[0, 1] == 0
    characters = encode_characters(given, words)
    overlap = (characters @ characters.T).toarray()
    assert overlap[0, 1] > 0.5 > overlap[0, 2]


@pytest.mark.parametrize("make", [encode_pairs, encode_characters])
def test_rows_have_length_one_or_none_in_the_finer_matrices_too(make):
    given = texts(*["a good film", None, "", "a bad film"] * 3)
    found = make(given, encode_text(given))
    lengths = np.asarray(np.sqrt(found.multiply(found).sum(axis=1))).ravel()
    assert lengths == pytest.approx([1, 0, 0, 1] * 3)


@pytest.mark.parametrize("make", [encode_pairs, encode_characters])
def test_where_nothing_comes_twice_the_words_are_the_answer(make):
    given = texts("one", "two", "six", None)
    words = encode_text(given)
    assert make(given, words) is words


def test_scripts_without_spaces_have_no_pairs_of_words():
    given = texts(*["この映画は良い", "天気が晴れ"] * 3)
    words = encode_text(given)
    assert encode_pairs(given, words) is words


def test_what_occurs_in_one_text_only_is_no_pair():
    given = texts(*["red car"] * 3, "blue boat", "old car")
    words = encode_text(given)
    # "red", "car" and "red car".
    assert encode_pairs(given, words).shape[1] == 3
    assert words.shape[1] == 5
