from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from noisy_example import bare_dataset, noisy

from labelaudit.audit.rounds import (
    GIVE_UP,
    LEAVE_OUT_FROM,
    MOST_OF_A_CLASS,
    UNTIL_STABLE,
    iterate,
)
from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.detectors.label_posterior import LabelPosterior
from labelaudit.evidence.collect import prepare
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.types import Evidence


class Scripted:
    """A collector that says of each fit what it was told to, and keeps what it was asked."""

    def __init__(self, data, *probs):
        self.data = data
        self.probs = list(probs)
        self.asked = []

    @property
    def first(self):
        return Evidence(pred_probs=self.probs[0])

    def judge(self, *, left_out, progress):
        self.asked.append(left_out.copy())
        at = min(len(self.asked), len(self.probs) - 1)
        return Evidence(pred_probs=self.probs[at])


@pytest.fixture
def planted():
    return noisy(1, 600, 3, noise=0.1, sharp=6)


def scripted(data, *probs):
    return Scripted(bare_dataset(data.y, 3), *probs)


def leaning(data, to, rows):
    """Give the pred_probs of `data` with some rows certain of the class `to`."""
    probs = data.pred_probs.copy()
    probs[rows] = 0.005
    probs[rows, to] = 0.99
    return probs


@pytest.mark.parametrize("wanted", ["1", "2", "5"])
def test_as_many_rounds_as_are_asked_for_are_told(planted, wanted):
    collector = scripted(planted, planted.pred_probs)
    evidence, left_out, told = iterate(collector, collector.first, wanted)
    assert len(told) == len(collector.asked) == int(wanted)
    assert evidence.pred_probs is planted.pred_probs
    assert np.array_equal(left_out, collector.asked[-1])


def test_no_round_leaves_all_as_it_was(planted):
    collector = scripted(planted, planted.pred_probs)
    evidence, left_out, told = iterate(collector, collector.first, "0")
    assert evidence.pred_probs is planted.pred_probs
    assert (left_out, told, collector.asked) == (None, (), [])


def test_rows_that_are_probably_wrong_are_left_out(planted):
    collector = scripted(planted, planted.pred_probs)
    iterate(collector, collector.first, "1")
    scores = LabelPosterior().score(collector.data, collector.first)
    assert np.array_equal(collector.asked[0], scores.error_probability >= LEAVE_OUT_FROM)
    assert collector.asked[0][planted.wrong].mean() > 0.9


def test_what_is_told_counts_what_changed(planted):
    before, after = planted.pred_probs, planted.pred_probs.copy()
    healed = np.flatnonzero(planted.wrong)[:3]
    after[healed] = 0.005
    after[healed, planted.y[healed]] = 0.99
    doubted = np.flatnonzero(~planted.wrong)[:2]
    after[doubted] = 0.005
    after[doubted, (planted.y[doubted] + 1) % 3] = 0.99
    collector = scripted(planted, before, after)
    was = LabelPosterior().score(collector.data, Evidence(pred_probs=before)).flagged
    now = LabelPosterior().score(collector.data, Evidence(pred_probs=after)).flagged
    _, left_out, (told,) = iterate(collector, collector.first, "1")
    assert told.left_out == left_out.sum()
    assert told.flagged == now.sum()
    assert told.entered == (now & ~was).sum() == 2
    assert told.left == (was & ~now).sum() == 3
    assert told.overlap == pytest.approx(1 - 2 / now.sum(), abs=1.5 / now.sum())


def test_it_ends_when_the_flags_settle(planted):
    first, second = planted.pred_probs, leaning(planted, 0, np.flatnonzero(planted.y == 1)[:60])
    collector = scripted(planted, first, second, second)
    _, _, told = iterate(collector, collector.first, UNTIL_STABLE)
    assert len(told) == 2
    assert told[0].entered > 30
    assert (told[1].entered, told[1].left, told[1].overlap) == (0, 0, 1)


def test_flags_that_never_settle_end_after_the_most_rounds(planted):
    one, other = planted.pred_probs, leaning(planted, 0, np.flatnonzero(planted.y == 1)[:60])
    collector = scripted(planted, *[one, other] * GIVE_UP)
    _, _, told = iterate(collector, collector.first, UNTIL_STABLE)
    assert len(told) == GIVE_UP


def test_a_higher_threshold_flags_fewer():
    data = noisy(3, 600, 3, noise=0.1, sharp=1.5)
    collector = scripted(data, data.pred_probs)
    low, high = (
        iterate(collector, collector.first, "1", threshold=one)[2][0].flagged for one in (0.1, 0.9)
    )
    assert high < low


def test_no_class_loses_more_than_its_share_and_the_worst_rows_go_first():
    data = noisy(2, 900, 3, noise=0.05, sharp=6)
    y = data.y.copy()
    # Seven in ten rows of class 2 look like class 0.
    lost = np.flatnonzero(data.true == 0)[: int(2.3 * (y == 2).sum())]
    y[lost] = 2
    collector = Scripted(bare_dataset(y, 3), data.pred_probs)
    iterate(collector, collector.first, "1", threshold=0.1)
    left_out = collector.asked[0]
    scores = LabelPosterior(0.1).score(collector.data, collector.first)
    over = scores.error_probability >= LEAVE_OUT_FROM
    sizes = np.bincount(y, minlength=3)
    gone = np.bincount(y[left_out], minlength=3)
    most = (MOST_OF_A_CLASS * sizes).astype(int)
    assert (gone <= most).all()
    capped = np.bincount(y[over], minlength=3) > most
    assert capped.any(), "the example leaves no class short"
    for code in np.flatnonzero(capped):
        own = y == code
        assert gone[code] == most[code]
        assert scores.suspicion[own & left_out].min() >= scores.suspicion[own & ~left_out].max()
    assert not (left_out & ~over).any()


def test_nothing_flagged_overlaps_with_nothing():
    y = np.arange(300, dtype=np.int32) % 3
    certain = np.where(y[:, None] == np.arange(3), 0.98, 0.01).astype(np.float32)
    collector = Scripted(bare_dataset(y, 3), certain)
    _, left_out, (told,) = iterate(collector, collector.first, UNTIL_STABLE)
    assert (told.left_out, told.flagged, told.entered, told.left) == (0, 0, 0, 0)
    assert np.isnan(told.overlap)
    assert not left_out.any()


def test_rows_without_a_label_or_opinion_are_never_left_out(planted):
    y, probs = planted.y.copy(), planted.pred_probs.copy()
    y[:50] = -1
    probs[50:100] = np.nan
    collector = Scripted(bare_dataset(y, 3), probs)
    _, left_out, _ = iterate(collector, collector.first, "1")
    assert not left_out[:100].any()
    assert left_out[100:].any()


class Counting:
    def __init__(self):
        self.steps = []

    @contextmanager
    def step(self, name, total=None):
        self.steps.append(name)
        yield self

    def advance(self, amount=1):
        pass


def test_fitting_without_wrong_labels_makes_models_surer_of_the_right_ones():
    random = np.random.default_rng(0)
    true = random.integers(0, 3, 450)
    X = random.normal(size=(450, 4)) + 2.5 * np.eye(4)[true]
    wrong = (random.random(450) < 0.4) & (true == 1)
    y = np.where(wrong, 2, true)
    data = dataset_from_arrays([f"c{code}" for code in y], X, [f"{at:04d}" for at in range(450)])
    collector = prepare(data, models=("logreg",), executor=LocalExecutor(1))
    progress = Counting()
    first = collector.judge()
    last, left_out, told = iterate(collector, first, "2", progress=progress)
    assert progress.steps == ["fit models"] * 2
    assert wrong[left_out].mean() > 0.6
    rows = np.flatnonzero(wrong)
    before, after = (one.pred_probs[rows, true[rows]].mean() for one in (first, last))
    assert after > before
    assert np.isfinite(last.pred_probs).all()
    assert told[-1].left_out == left_out.sum()
