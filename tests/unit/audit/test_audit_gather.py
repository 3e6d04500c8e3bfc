from __future__ import annotations

import numpy as np
import pytest

from labelaudit.audit import gather as module
from labelaudit.audit.gather import MEASURED_ROWS, NEIGHBOR_ROWS, REPEATS, gather
from labelaudit.config import Settings
from labelaudit.errors import SettingError
from labelaudit.evidence import collect
from labelaudit.evidence.models import EFFORTS
from labelaudit.testing import example

EVERY = {"pred_probs", "neighbors", "features"}
QUICK = Settings(model=("logreg",))


@pytest.fixture(scope="module")
def data():
    return example(300)[0]


def test_detectors_that_need_no_model_get_none(data):
    found = gather(data, QUICK, {"features"})
    assert found.evidence.pred_probs is None
    assert found.evidence.neighbors is None
    assert found.evidence.models == ()


def test_what_is_needed_is_gathered_and_nothing_else(data):
    both = gather(data, QUICK, EVERY).evidence
    assert both.pred_probs is not None
    assert both.neighbors is not None
    assert both.planted is not None
    opinions = gather(data, QUICK, {"pred_probs"}).evidence
    assert opinions.neighbors is None
    assert opinions.pred_probs.tobytes() == both.pred_probs.tobytes()
    near = gather(data, QUICK, {"neighbors"}).evidence
    assert near.pred_probs is None
    assert near.planted is None
    assert np.array_equal(near.neighbors, both.neighbors)


def test_what_nobody_asks_for_any_more_is_not_kept(data):
    assert gather(data, QUICK, EVERY).evidence.per_model == {}


def test_neighbours_are_not_sought_beyond_what_the_effort_allows(data, monkeypatch):
    fast = Settings(model=("logreg",), effort="fast")
    assert gather(data, fast, EVERY).evidence.neighbors is None
    monkeypatch.setitem(module.NEIGHBOR_ROWS, "default", 296)
    assert gather(data, QUICK, {"neighbors"}).evidence.neighbors is None
    monkeypatch.setitem(module.NEIGHBOR_ROWS, "default", 297)
    assert gather(data, QUICK, {"neighbors"}).evidence.neighbors is not None


def test_the_effort_decides_how_many_rows_are_measured(data, monkeypatch):
    monkeypatch.setitem(module.MEASURED_ROWS, "default", 230)
    some = gather(data, QUICK, {"pred_probs"}).evidence.planted
    monkeypatch.setitem(module.MEASURED_ROWS, "default", 2**62)
    every = gather(data, QUICK, {"pred_probs"}).evidence.planted
    assert 230 <= len(some.rows) < len(every.rows) == 297


@pytest.mark.parametrize("limits", [NEIGHBOR_ROWS, MEASURED_ROWS, REPEATS])
def test_every_effort_has_its_limits_and_more_effort_never_lower_ones(limits):
    assert tuple(limits) == EFFORTS
    assert list(limits.values()) == sorted(limits.values())


@pytest.mark.parametrize(
    ("asked", "effort", "expected"),
    [(None, "default", 1), (None, "thorough", 2), (1, "thorough", 1), (3, "fast", 3)],
)
def test_more_effort_repeats_unless_another_number_is_asked_for(
    data, monkeypatch, asked, effort, expected
):
    assert expected == (asked or REPEATS[effort])
    prepare, told = collect.prepare, {}

    def listen(data, **options):
        told.update(options)
        return prepare(data, **options)

    monkeypatch.setattr(collect, "prepare", listen)
    gather(data, Settings(model=("logreg",), effort=effort, repeats=asked), {"neighbors"})
    assert told["repeats"] == expected
    assert told["effort"] == effort


def test_rounds_are_told_and_end_in_other_evidence(data):
    once = gather(data, QUICK, {"pred_probs"})
    again = gather(data, Settings(model=("logreg",), rounds="2"), {"pred_probs"})
    assert once.rounds == ()
    assert len(again.rounds) == 2
    assert again.rounds[0].left_out > 0
    assert once.evidence.pred_probs.tobytes() != again.evidence.pred_probs.tobytes()


def test_planted_errors_are_judged_without_the_rows_left_out(data, monkeypatch):
    asked = {}
    judge = "labelaudit.evidence.planting.judge_planted"
    monkeypatch.setattr(judge, lambda *_, **options: asked.update(options))
    gather(data, QUICK, {"pred_probs"})
    assert asked["left_out"] is None
    told = gather(data, Settings(model=("logreg",), rounds="1"), {"pred_probs"}).rounds
    assert asked["left_out"].sum() == told[0].left_out > 0


@pytest.mark.parametrize("needs", [{"features"}, {"neighbors"}])
def test_rounds_need_a_model_to_fit_again(data, needs):
    with pytest.raises(SettingError, match="fitted again"):
        gather(data, Settings(rounds="1"), needs)


def test_own_probabilities_are_taken_and_nothing_is_planted(data, tmp_path):
    probs = np.full((data.n_rows, 3), 0.2, dtype=np.float64)
    probs[np.arange(data.n_rows), np.maximum(data.y, 0)] = 0.6
    path = tmp_path / "probs.npy"
    np.save(path, probs)
    found = gather(data, Settings(pred_probs=str(path)), EVERY).evidence
    assert found.provenance == "user"
    assert found.planted is None
    assert found.neighbors is None
    with pytest.raises(SettingError, match="fitted again"):
        gather(data, Settings(pred_probs=str(path), rounds="1"), EVERY)
