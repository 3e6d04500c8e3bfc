from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from impact_example import ONE_JOB, clean_test, noisy_run

from labelaudit.audit.plain import to_plain
from labelaudit.errors import SettingError
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.measure.impact import Choices, measure_impact
from labelaudit.measure.impact_effects import Effect, effects_of
from labelaudit.measure.impact_rows import Yardstick
from labelaudit.measure.impact_stats import Difference, Scoring
from labelaudit.measure.impact_ways import Touched
from labelaudit.measure.impact_words import amount, answer, verdict

FIX = {"max_class_loss": 0.6, "min_agreement": 1, "min_confidence": 0.5}
QUICK = Choices(model="logreg", folds=3, repeats=1, rates=(0.2, 0.4), fix=FIX)


def impact_of(data, audit, *, executor=ONE_JOB, choices=QUICK, **more):
    return measure_impact(audit, data, run_id="run", choices=choices, executor=executor, **more)


def as_bytes(impact):
    return json.dumps(to_plain(impact, exact=True)).encode()


@pytest.fixture(scope="module")
def measured():
    data, audit = noisy_run()
    return impact_of(data, audit, test=clean_test())


def test_nothing_differs_from_itself_by_exactly_nothing(measured):
    nothing = measured.effects[0]
    assert nothing.way == "nothing"
    for change in nothing.changes.values():
        assert (change.estimate, change.low, change.high) == (0.0, 0.0, 0.0)
    assert all(part.change.estimate == 0 for part in nothing.parts)
    assert np.isnan(nothing.p_corrected)


def test_all_ways_are_compared_on_all_test_rows(measured):
    ways = [one.way for one in measured.effects]
    assert ways == ["nothing", "drop", "downweight", "correct", "random-drop"]
    assert measured.labels == Yardstick("test file", clean=True, rows=300)
    for one in measured.effects:
        assert sum(part.rows for part in one.parts if part.of == "class") == 300
        nothing = measured.effects[0].scores.accuracy
        change = one.scores.accuracy - nothing
        assert one.changes["accuracy"].estimate == pytest.approx(change)
    drop, chance = measured.effects[1], measured.effects[4]
    assert drop.touched.dropped == pytest.approx(chance.touched.dropped)
    assert measured.curve.points[0].scores == measured.effects[0].scores


def test_the_same_seed_gives_the_same_bytes_whatever_the_jobs(measured):
    data, audit = noisy_run()
    again = impact_of(data, audit, test=clean_test(), executor=LocalExecutor(3))
    assert as_bytes(again) == as_bytes(measured)
    other = impact_of(data, audit, test=clean_test(), choices=replace(QUICK, seed=5))
    assert as_bytes(other) != as_bytes(measured)


def test_neither_labels_nor_data_are_changed():
    data, audit = noisy_run()
    test = clean_test()
    before = data.y.tobytes(), test.y.tobytes(), audit.given.tobytes()
    impact_of(data, audit, test=test)
    assert (data.y.tobytes(), test.y.tobytes(), audit.given.tobytes()) == before


def test_held_out_labels_are_said_to_be_as_noisy_as_the_rest():
    data, audit = noisy_run()
    found = impact_of(data, audit, choices=replace(QUICK, rates=()))
    assert found.labels == Yardstick("held-out rows", clean=False, rows=300)
    assert "noisy-yardstick" in [one.code for one in found.notices]
    assert "as noisy as the rest" in found.answer
    assert found.curve is None
    assert found.bottleneck == ""


def test_the_curve_alone():
    data, audit = noisy_run()
    choices = replace(QUICK, strategies=())
    found = impact_of(data, audit, test=clean_test(), choices=choices)
    assert found.effects == ()
    assert (found.answer, found.verdict, found.strategy) == ("", "", "")
    assert [point.rate for point in found.curve.points] == [0.0, 0.2, 0.4]
    assert found.curve.points[2].scores.accuracy < found.curve.points[0].scores.accuracy


def test_slices_tell_where_it_helps():
    data, audit = noisy_run()
    choices = replace(QUICK, rates=(), slices=("side",))
    found = impact_of(data, audit, test=clean_test(), choices=choices)
    for one in found.effects:
        sides = [part for part in one.parts if part.of == "side"]
        assert [part.value for part in sides] == ["left", "right"]
        assert sum(part.rows for part in sides) == 300
        parts = sum(part.accuracy * part.rows for part in sides) / 300
        assert parts == pytest.approx(one.scores.accuracy)


@pytest.mark.parametrize(
    ("choices", "what"),
    [
        (Choices(strategies=("drp",)), "drp"),
        (Choices(strategies=("relabel",)), "relabel"),
        (Choices(metric="f1"), "f1"),
        (Choices(rates=(), strategies=()), "nothing to measure"),
        (Choices(rates=(2.0,)), "cannot be planted"),
        (Choices(slices=("colour",)), "colour"),
    ],
)
def test_what_cannot_be_measured_is_refused(choices, what):
    data, audit = noisy_run()
    with pytest.raises(SettingError, match=what):
        impact_of(data, audit, choices=choices)


def test_small_slices_are_left_out():
    from impact_example import bench_of

    from labelaudit.measure.impact_fits import Treatment, run_ways

    data, audit = noisy_run()
    bench, data = bench_of(data, audit)
    ran = run_ways(bench, {"nothing": [Treatment()] * 3}, executor=ONE_JOB).judged
    values = np.array(["few"] * 19 + ["more"] * 20 + [""] * 261, dtype=object)
    (found,) = effects_of(
        bench,
        ran,
        {"nothing": Touched()},
        metric="accuracy",
        classes=data.classes,
        slices={"by": values[: len(bench.scored)]},
    )
    assert [part.value for part in found.parts if part.of == "by"] == ["", "more"]


def effect(way, estimate, error, p_value, *, balanced=0.0, touched=10.0):
    def change(middle, p):
        return Difference(middle, middle - 2 * error, middle + 2 * error, error, p)

    changes = {
        "accuracy": change(estimate, p_value),
        "balanced-accuracy": change(balanced, 0.001),
        "log-loss": change(0.0, 1.0),
    }
    scores = Scoring(0.9, 0.9, 0.3, 0.05)
    return Effect(way, Touched(dropped=touched), scores, changes, p_value, ())


NOTHING = effect("nothing", 0.0, 0.0, 1.0, touched=0.0)
CLEAN = Yardstick("test file", clean=True, rows=500)


def say(*effects, metric="accuracy", left_out=None):
    return answer((NOTHING, *effects), metric, CLEAN, left_out or {})


def test_the_best_of_what_is_beyond_chance_is_worth_it():
    shown = (effect("drop", 0.010, 0.003, 0.003), effect("correct", 0.019, 0.0055, 0.004))
    chance = effect("random-drop", -0.001, 0.002, 0.7)
    assert verdict((NOTHING, *shown, chance), "accuracy") == ("worth fixing", "correct")
    assert say(*shown, chance) == (
        "Worth fixing: `correct` raises accuracy by 1.9 points (95 % interval 0.8 to 3.0) on 500 "
        "rows of the test file; dropping as many rows of each class at random as `drop` does "
        "changes it by "
        "-0.1 (-0.5 to 0.3)."
    )


def test_a_gain_that_random_dropping_brings_too_is_none_of_fixing():
    shown = effect("drop", 0.010, 0.003, 0.003)
    luck = effect("random-drop", 0.017, 0.004, 0.001)
    assert verdict((NOTHING, shown, luck), "accuracy") == ("as random", "drop")
    told = say(shown, luck)
    assert told.startswith("Not shown to be worth fixing: `drop` raises accuracy by 1.0 points")
    assert "so the gain is not that of finding wrong labels" in told


def test_chance_is_named_with_what_would_have_been_seen():
    told = say(effect("drop", 0.004, 0.007, 0.5))
    assert told.startswith("Not shown to be worth fixing: no strategy's gain in accuracy is beyond")
    assert "a gain of 2.0 points would have been seen four times out of five" in told
    assert "raises accuracy by 0.4 points (95 % interval -1.0 to 1.8)" in told
    assert "none makes it better at all" in say(effect("drop", -0.004, 0.007, 0.5))


def test_random_dropping_is_never_what_is_recommended():
    effects = (NOTHING, effect("drop", 0.0, 0.01, 1.0), effect("random-drop", 0.05, 0.01, 0.001))
    assert verdict(effects, "accuracy") == ("not shown", "")


def test_harm_is_said():
    bad = effect("drop", -0.03, 0.005, 0.0001)
    assert verdict((NOTHING, bad), "accuracy") == ("harmful", "")
    told = say(bad)
    assert told.startswith("Not worth fixing: `drop` lowers accuracy by 3.0 points")
    assert "(95 % interval 2.0 to 4.0)" in told
    both = say(bad, effect("correct", 0.02, 0.004, 0.001))
    assert both.startswith("Worth fixing: `correct`")
    assert "`drop` makes it worse: it lowers accuracy by 3.0 points" in both


def test_what_the_best_costs_elsewhere_is_said():
    told = say(effect("drop", 0.02, 0.004, 0.001, balanced=-0.05))
    assert "But `drop` lowers balanced accuracy by 5.0 points" in told


def test_nothing_to_do_and_nothing_to_compare():
    idle = effect("drop", 0.0, 0.005, 1.0, touched=0.0)
    assert say(idle).startswith("Nothing to fix: no strategy would change a row")
    assert say(left_out={"drop": "too much"}) == "Nothing to compare: too much."


def test_less_log_loss_is_better():
    lower = effect("drop", 0.0, 0.01, 0.9)
    lower = replace(
        lower,
        changes={**lower.changes, "log-loss": Difference(-0.05, -0.07, -0.03, 0.01, 0.001)},
        p_corrected=0.001,
    )
    assert verdict((NOTHING, lower), "log-loss") == ("worth fixing", "drop")
    assert "lowers log loss by 0.050 (95 % interval 0.030 to 0.070)" in say(
        lower, metric="log-loss"
    )


def test_a_small_loss_is_no_minus_zero():
    assert amount(-0.0001, "accuracy") == "0.0"
    assert amount(-0.0123, "accuracy") == "-1.2"
