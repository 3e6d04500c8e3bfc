from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from labelaudit.audit.blindness import NOT_FOUND, mean_auroc, why_blind
from labelaudit.types import Measured


def random_probs(generator, n, k, true=None, sharp=0.0):
    logits = generator.normal(size=(n, k))
    if true is not None:
        logits = logits + sharp * np.eye(k)[true]
    probs = np.exp(logits)
    return (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("k", [2, 4])
def test_auroc_is_scikit_learns(k):
    generator = np.random.default_rng(k)
    y = generator.integers(0, k, 400).astype(np.int32)
    probs = random_probs(generator, 400, k, y, 1.0)
    expected = roc_auc_score(
        y, probs[:, 1] if k == 2 else probs, multi_class="ovr", average="weighted"
    )
    assert mean_auroc(probs, y)[0] == pytest.approx(expected)


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("n", [40, 2000])
def test_chance_is_called_blind_nearly_always(k, n):
    generator = np.random.default_rng(1)
    blind = [
        bool(why_blind(random_probs(generator, n, k), generator.integers(0, k, n).astype(np.int32)))
        for _ in range(100)
    ]
    assert np.mean(blind) > 0.93


def test_models_that_see_are_not_called_blind():
    generator = np.random.default_rng(2)
    y = generator.integers(0, 3, 300).astype(np.int32)
    assert why_blind(random_probs(generator, 300, 3, y, 2.0), y) == ""


def test_a_majority_class_model_that_ranks_is_not_blind():
    generator = np.random.default_rng(3)
    y = (generator.random(1000) < 0.1).astype(np.int32)
    p = np.clip(0.1 + 0.1 * y + generator.normal(0, 0.05, 1000), 0.01, 0.49)
    probs = np.c_[1 - p, p].astype(np.float32)
    assert (probs.argmax(axis=1) == 0).all()
    assert why_blind(probs, y) == ""


def test_nothing_judged_is_blind():
    assert why_blind(np.zeros((0, 2), np.float32), np.zeros(0, np.int32))
    assert why_blind(np.full((5, 2), 0.5, np.float32), np.zeros(5, np.int32))


def test_the_order_of_the_file_does_not_blind():
    y = np.tile([0, 1], 60_000).astype(np.int32)
    probs = np.where(y[:, None] == np.arange(2), 0.9, 0.1).astype(np.float32)
    assert why_blind(probs, y) == ""


def measured(auroc, planted=400, rows=4000):
    return Measured(planted, rows, auroc, recall=0.5, precision=0.5, bands=())


@pytest.fixture
def seeing():
    generator = np.random.default_rng(4)
    y = generator.integers(0, 3, 600).astype(np.int32)
    return random_probs(generator, 600, 3, y, 2.0), y


def test_planted_errors_that_rank_like_all_rows_make_a_run_blind_whose_models_see(seeing):
    probs, y = seeing
    found = why_blind(probs, y, measured(0.52, planted=1400, rows=14_000))
    assert "of 1,400 errors planted into this data" in found
    assert "52 of 100" in found
    assert why_blind(probs, y) == ""


def test_planted_errors_that_are_found_blind_nothing(seeing):
    assert why_blind(*seeing, measured(0.8)) == ""
    assert why_blind(*seeing, measured(NOT_FOUND)) == ""


def test_few_planted_errors_are_no_proof_of_blindness(seeing):
    assert why_blind(*seeing, measured(0.52, planted=20, rows=200)) == ""
    assert why_blind(*seeing, measured(0.52, planted=2000, rows=20_000))


@pytest.mark.parametrize("auroc", [0.5, 0.95])
def test_models_at_chance_are_blind_whatever_planted_errors_tell(auroc):
    generator = np.random.default_rng(5)
    y = generator.integers(0, 2, 1000).astype(np.int32)
    probs = random_probs(generator, 1000, 2)
    found = why_blind(probs, y, measured(auroc))
    assert "no better than chance" in found
    assert found == why_blind(probs, y)


def test_nothing_judged_is_blind_with_planted_errors_too():
    assert why_blind(np.zeros((0, 2), np.float32), np.zeros(0, np.int32), measured(0.9))


@pytest.mark.parametrize(("planted", "rows"), [(0, 0), (5, 5)])
def test_planted_errors_without_others_are_no_trouble(seeing, planted, rows):
    assert isinstance(why_blind(*seeing, measured(0.1, planted, rows)), str)
