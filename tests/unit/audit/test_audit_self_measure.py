from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_example import noisy
from sklearn.metrics import roc_auc_score

from labelaudit.audit.self_measure import measure_on_planted
from labelaudit.types import PlantedEvidence


def planted_evidence(seed=0, n=1000, k=3, sharp=3.0, share=0.1):
    data = noisy(seed, n, k, noise=0.0, sharp=sharp)
    random = np.random.default_rng(seed)
    wrong = random.random(n) < share
    wrong[:2] = [True, False]
    y = np.where(wrong, (data.y + random.integers(1, k, n)) % k, data.y).astype(np.int32)
    return PlantedEvidence(np.arange(n), y, wrong, data.pred_probs)


def measured(planted, errors=(), *, sharpness=3.0, threshold=0.33):
    errors = np.array(errors, dtype=np.float32)
    return measure_on_planted(planted, errors, sharpness=sharpness, threshold=threshold)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1000),
    sharp=st.floats(0, 6),
    threshold=st.sampled_from([0.01, 0.33, 0.5, 0.7, 0.9, 0.95, 1.0]),
)
def test_recall_precision_and_bands_add_up(seed, sharp, threshold):
    planted = planted_evidence(seed, n=200, sharp=sharp)
    errors = np.random.default_rng(seed).random(500, dtype=np.float32)
    found = measured(planted, errors, threshold=threshold)
    assert (found.planted, found.rows) == (planted.planted.sum(), 200)
    assert 0 <= found.auroc <= 1
    bands = found.bands
    assert bands[0].high == 1
    assert bands[-1].low == threshold
    assert [one.low for one in bands[:-1]] == [one.high for one in bands[1:]]
    caught, flagged = sum(one.planted for one in bands), sum(one.rows for one in bands)
    assert found.recall == pytest.approx(caught / found.planted)
    assert bands[-1].found == pytest.approx(found.recall)
    if flagged:
        assert found.precision == pytest.approx(caught / flagged)
    else:
        assert np.isnan(found.precision)
        assert found.recall == 0
    total = 0
    for one in bands:
        assert one.planted <= one.rows
        total += one.planted
        assert one.found == pytest.approx(total / found.planted)
    assert sum(one.flagged for one in bands) == (errors >= np.float32(threshold)).sum()


@pytest.mark.parametrize(
    ("threshold", "lows"),
    [
        (0.33, [0.9, 0.7, 0.5, 0.33]),
        (0.5, [0.9, 0.7, 0.5]),
        (0.6, [0.9, 0.7, 0.6]),
        (0.95, [0.95]),
        (1.0, [1.0]),
    ],
)
def test_the_lowest_band_begins_at_the_threshold(threshold, lows):
    bands = measured(planted_evidence(), threshold=threshold).bands
    assert [one.low for one in bands] == lows


def test_rows_of_the_run_fall_into_the_band_of_their_probability():
    errors = [0.1, 0.33, 0.5, 0.69, 0.7, 0.9, 1.0, np.nan]
    bands = measured(planted_evidence(), errors).bands
    assert [(one.low, one.flagged) for one in bands] == [(0.9, 2), (0.7, 1), (0.5, 2), (0.33, 1)]


def test_easy_classes_give_nearly_all_away_and_models_at_chance_nothing():
    easy = measured(planted_evidence(sharp=8))
    assert easy.auroc > 0.99
    assert easy.recall > 0.95
    assert easy.precision > 0.95
    chance = measured(planted_evidence(sharp=0))
    assert chance.auroc == pytest.approx(0.5, abs=0.1)
    assert chance.recall < 0.3


def test_the_area_is_that_of_the_ranking_and_not_of_the_threshold():
    planted = planted_evidence(sharp=1.5)
    strict, loose = (measured(planted, threshold=one) for one in (0.9, 0.1))
    assert strict.auroc == loose.auroc
    assert strict.recall < loose.recall
    assert strict.precision >= loose.precision
    own = planted.pred_probs[np.arange(1000), planted.y]
    assert strict.auroc == pytest.approx(roc_auc_score(planted.planted, -own), abs=0.03)


def test_a_sharper_probability_finds_more():
    planted = planted_evidence(sharp=1.5)
    dull, sharp = (measured(planted, sharpness=one) for one in (1.1, 4.0))
    assert dull.recall < sharp.recall


def test_the_order_of_the_planted_rows_has_no_say():
    planted = planted_evidence()
    order = np.random.default_rng(1).permutation(1000)
    moved = replace(
        planted,
        rows=planted.rows[order],
        y=planted.y[order],
        planted=planted.planted[order],
        pred_probs=planted.pred_probs[order],
    )
    one, other = measured(planted), measured(moved)
    assert one.auroc == pytest.approx(other.auroc)
    assert (one.recall, one.precision) == (other.recall, other.precision)
