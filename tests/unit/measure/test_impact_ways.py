from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from impact_example import ONE_JOB, bench_of, clean_test, noisy_run

import labelaudit.audit.detect
from labelaudit.measure.impact_fits import Treatment
from labelaudit.measure.impact_ways import (
    random_drops,
    strategy_ways,
    touched,
    treatment_of,
)
from labelaudit.remedy.plan import plan_fix
from labelaudit.types import Action, Kind, Plan, Safety

FIX = {"max_class_loss": 0.6, "min_agreement": 1, "min_confidence": 0.5}


def ways_of(bench, data, audit, strategies=("drop", "downweight", "correct"), **fix):
    return strategy_ways(
        audit, data, bench, strategies, run_id="r", fix={**FIX, **fix}, executor=ONE_JOB
    )


@pytest.fixture
def searched(monkeypatch):
    """Note which rows were searched for errors, and with what settings."""
    seen = []
    real = labelaudit.audit.detect.audit_dataset

    def spy(data, settings, **more):
        seen.append((set(data.row_id.tolist()), settings))
        return real(data, settings, **more)

    monkeypatch.setattr(labelaudit.audit.detect, "audit_dataset", spy)
    return seen


def test_flags_of_held_out_folds_never_saw_the_rows_that_are_scored(searched):
    data, audit = noisy_run()
    bench, data = bench_of(data, audit)
    found = ways_of(bench, data, audit)
    assert len(searched) == len(bench.fits) == 3
    for fit, (rows, settings) in enumerate(searched):
        scored = set(data.row_id[bench.scored[bench.design.fit[0] == fit]].tolist())
        assert scored
        assert not rows & scored
        assert rows == set(data.row_id[bench.training(fit)].tolist())
        assert settings.effort == "fast"
        for treatments in found.treatments.values():
            named = [treatments[fit].dropped, treatments[fit].changed, treatments[fit].weighted]
            assert set(data.row_id[np.concatenate(named)].tolist()) <= rows


def test_flags_for_a_test_split_never_saw_it(searched):
    data, audit = noisy_run(split="test")
    bench, data = bench_of(data, audit)
    ways_of(bench, data, audit)
    held = np.array(data.table.column("split").to_pylist()) == "test"
    assert len(searched) == 1
    assert searched[0][0] == set(data.row_id[~held].tolist())


def test_with_a_test_file_the_run_is_taken_as_it_is(searched):
    data, audit = noisy_run()
    bench, data = bench_of(data, audit, test=clean_test())
    found = ways_of(bench, data, audit)
    assert searched == []
    plan = plan_fix(audit, data, strategy="drop", run_id="r", **FIX)
    assert plan.actions
    dropped = found.treatments["drop"][0].dropped
    assert sorted(dropped.tolist()) == sorted(action.row for action in plan.actions)


def test_with_probabilities_of_the_users_own_the_run_is_taken_too(searched):
    data, audit = noisy_run()
    own = replace(audit, settings={**audit.settings, "pred_probs": "mine.npy"})
    bench, data = bench_of(data, own)
    ways_of(bench, data, own, strategies=("drop",))
    assert searched == []


def test_what_fix_would_refuse_is_left_out_and_says_why():
    data, audit = noisy_run()
    bench, data = bench_of(data, audit, test=clean_test())
    found = ways_of(bench, data, audit, max_class_loss=0.01)
    assert "drop" not in found.treatments
    assert "--max-class-loss" in found.left_out["drop"]
    assert "downweight" in found.treatments


def test_a_model_without_weights_leaves_downweighting_out():
    data, audit = noisy_run()
    bench, data = bench_of(data, audit, test=clean_test(), model="knn")
    found = ways_of(bench, data, audit)
    assert set(found.treatments) == {"drop", "correct"}
    assert found.left_out == {"downweight": "the model knn takes no weights"}


def test_random_dropping_drops_as_many_of_each_class():
    data, audit = noisy_run()
    bench, data = bench_of(data, audit, repeats=2, test=clean_test())
    drops = ways_of(bench, data, audit, strategies=("drop",)).treatments["drop"]
    drawn = random_drops(bench, drops)
    assert len(drawn) == len(bench.fits) == 6
    for fit, (chosen, chance) in enumerate(zip(drops, drawn, strict=True)):
        train = bench.training(fit)
        gone = chosen.dropped[train[chosen.dropped]]
        assert train[chance.dropped].all()
        assert len(set(chance.dropped.tolist())) == len(chance.dropped) == len(gone) > 0
        assert Counter(data.y[chance.dropped].tolist()) == Counter(data.y[gone].tolist())
    assert len({one.dropped.tobytes() for one in drawn}) == 6
    assert [one.dropped.tolist() for one in random_drops(bench, drops)] == [
        one.dropped.tolist() for one in drawn
    ]


def action(row, kind, after="bee", weight=1.0):
    return Action(f"r{row}", row, kind, "ant", after, weight, "why", Safety.UNSAFE)


def test_a_plan_becomes_what_is_done_in_memory():
    data, _ = noisy_run()
    plan = Plan(
        "several",
        "r",
        (
            action(1, Kind.DROP, after=None, weight=0.0),
            action(2, Kind.CORRECT),
            action(3, Kind.DOWNWEIGHT, after="ant", weight=0.25),
            action(4, Kind.QUEUE, after="ant"),
        ),
        class_weights={"cat": 2.0},
    )
    found = treatment_of(plan, data)
    assert found.dropped.tolist() == [1]
    assert found.changed.tolist() == [2]
    assert found.codes.tolist() == [data.classes.index("bee")]
    assert found.weighted.tolist() == [3]
    assert found.weights.tolist() == [0.25]
    assert found.class_weights.tolist() == [1, 1, 2]
    elsewhere = treatment_of(plan, data, np.arange(10, 20))
    assert elsewhere.dropped.tolist() == [11]
    assert elsewhere.changed.tolist() == [12]
    assert elsewhere.weighted.tolist() == [13]


def test_only_rows_that_are_learned_from_count_as_touched():
    data, audit = noisy_run()
    bench, data = bench_of(data, audit)
    everything = [Treatment(dropped=np.arange(data.n_rows))] * 3
    assert touched(bench, everything).dropped == pytest.approx(200)
    assert touched(bench, [Treatment()] * 3).dropped == 0
