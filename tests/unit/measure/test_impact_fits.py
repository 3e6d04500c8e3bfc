from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from impact_example import ONE_JOB, bench_of, clean_test, noisy_run
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss

from labelaudit.errors import SettingError
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.evidence.oof import Learner
from labelaudit.measure.impact_fits import Treatment, quick_model, run_ways
from labelaudit.measure.impact_stats import score


def nothing(bench):
    return [Treatment()] * len(bench.fits)


def test_a_treatment_changes_only_what_it_names():
    train = np.array([1, 1, 1, 1, 0], dtype=bool)
    y = np.array([0, 1, 1, 0, 1], dtype=np.int32)
    rows, labels, weights = Treatment().apply(train, y)
    assert rows.tolist() == [0, 1, 2, 3]
    assert labels.tolist() == [0, 1, 1, 0]
    assert weights is None
    treatment = Treatment(
        dropped=np.array([0]),
        changed=np.array([1]),
        codes=np.array([0]),
        weighted=np.array([3, 4]),
        weights=np.array([0.5, 0.25]),
    )
    rows, labels, weights = treatment.apply(train, y)
    assert rows.tolist() == [1, 2, 3]
    assert labels.tolist() == [0, 1, 0]
    assert weights.tolist() == [1, 1, 0.5]
    assert y.tolist() == [0, 1, 1, 0, 1]
    assert train.tolist() == [True, True, True, True, False]


def test_weights_of_classes_hold_where_no_row_is_named():
    treatment = Treatment(
        weighted=np.array([0]), weights=np.array([0.1]), class_weights=np.array([2.0, 0.5])
    )
    y = np.array([0, 0, 1], dtype=np.int32)
    assert treatment.apply(np.ones(3, bool), y)[2].tolist() == [0.1, 2.0, 0.5]


def test_scores_are_those_of_fitting_by_hand():
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit, test=clean_test())
    found = run_ways(bench, {"nothing": nothing(bench)}, executor=ONE_JOB)
    X, scored = bench.learner.X, bench.scored
    accuracies, losses = [], []
    for fit in range(len(bench.fits)):
        train = np.flatnonzero(bench.training(fit))
        model = LogisticRegression(**bench.learner.estimator.get_params())
        model.fit(X[train], bench.rows.y[train])
        accuracies.append(accuracy_score(bench.design.truth, model.predict(X[scored])))
        losses.append(log_loss(bench.design.truth, model.predict_proba(X[scored])))
    scores = score(found.judged["nothing"], bench.design)
    assert scores.accuracy == pytest.approx(np.mean(accuracies))
    assert scores.log_loss == pytest.approx(np.mean(losses), rel=1e-4)


def test_no_row_is_judged_by_a_model_that_saw_it():
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit, repeats=2)
    for fit, (repeat, fold) in enumerate(bench.fits):
        held = bench.scored[bench.design.fit[repeat] == fit]
        assert not bench.training(fit)[held].any()
        assert (bench.plans[repeat].fold[held] == fold).all()
    assert bench.design.fit.shape == (2, len(bench.scored))


def test_a_weight_of_nothing_is_dropping():
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit, test=clean_test())
    gone = np.arange(0, 90)
    ways = {
        "drop": [Treatment(dropped=gone)] * 3,
        "weight": [Treatment(weighted=gone, weights=np.zeros(90))] * 3,
    }
    found = run_ways(bench, ways, executor=ONE_JOB).judged
    assert found["weight"].loss == pytest.approx(found["drop"].loss, abs=2e-3)


def test_the_number_of_workers_has_no_say():
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit, model="extra-trees")
    one = run_ways(bench, {"nothing": nothing(bench)}, executor=ONE_JOB, confuse=True)
    two = run_ways(bench, {"nothing": nothing(bench)}, executor=LocalExecutor(3), confuse=True)
    assert one.judged["nothing"].loss.tobytes() == two.judged["nothing"].loss.tobytes()
    assert one.confusions.tobytes() == two.confusions.tobytes()


def test_ways_do_not_depend_on_their_company():
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit, model="extra-trees")
    drop = [Treatment(dropped=np.arange(20))] * 3
    alone = run_ways(bench, {"drop": drop}, executor=ONE_JOB).judged["drop"]
    ways = {"nothing": nothing(bench), "drop": drop}
    both = run_ways(bench, ways, executor=ONE_JOB).judged
    assert alone.loss.tobytes() == both["drop"].loss.tobytes()
    assert alone.loss.tobytes() != both["nothing"].loss.tobytes()


def test_confusions_are_of_held_out_training_rows():
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit, test=clean_test())
    found = run_ways(bench, {"nothing": nothing(bench)}, executor=ONE_JOB, confuse=True)
    # Every training row is held out once, and gives away probabilities that sum to 1.
    assert found.confusions.sum(axis=1) == pytest.approx(np.bincount(data.y), rel=1e-4)


def test_a_class_that_is_dropped_altogether_is_judged_improbable():
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit, test=clean_test())
    ways = {"drop": [Treatment(dropped=np.flatnonzero(data.y == 0))] * 3}
    found = run_ways(bench, ways, executor=ONE_JOB).judged["drop"]
    ants = bench.design.truth == 0
    assert not found.hit[:, ants].any()
    assert np.isfinite(found.loss).all()
    only = {"drop": [Treatment(dropped=np.flatnonzero(data.y != 0))] * 3}
    assert run_ways(bench, only, executor=ONE_JOB).judged["drop"].hit[:, ants].all()


def test_models_say_whether_they_take_weights():
    data, audit = noisy_run()
    assert bench_of(data, audit, model="logreg")[0].takes_weights
    assert not bench_of(data, audit, model="knn")[0].takes_weights


class Broken:
    def fit(self, X, y):
        raise ValueError("no idea")

    def predict_proba(self, X):
        return np.ones((len(X), 7))


class Wide(Broken):
    def fit(self, X, y):
        return self


@pytest.mark.parametrize(("model", "what"), [(Broken(), "no idea"), (Wide(), "no usable")])
def test_the_users_own_model_that_fails_is_named(model, what):
    data, audit = noisy_run()
    bench, _ = bench_of(data, audit)
    own = replace(bench, learner=Learner(model, bench.learner.X, custom=True), model="mine:make")
    with pytest.raises(SettingError, match=what) as refused:
        run_ways(own, {"nothing": nothing(own)}, executor=ONE_JOB)
    assert refused.value.where == "model mine:make"


def test_an_unknown_model_is_refused():
    data, audit = noisy_run()
    with pytest.raises(SettingError, match="lgreg"):
        bench_of(data, audit, model="lgreg")


def test_a_quick_model_by_what_there_is_to_learn_from():
    assert quick_model("text", 2) == quick_model("embedding", 30) == "logreg"
    assert quick_model("table", 5) == "boosting"
    assert quick_model("table", 6) == "extra-trees"
