from __future__ import annotations

import tracemalloc
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import gmean
from sklearn.linear_model import LogisticRegression

from labelaudit.errors import InputError
from labelaudit.evidence.collect import (
    collect_evidence,
    combine,
    evidence_from_pred_probs,
    prepare,
)
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.types import Role


@pytest.fixture
def table_data(dataset, blobs):
    X, y = blobs
    return dataset(
        {f"x{at}": X[:, at] for at in range(4)} | {"site": [f"s{at % 6}" for at in range(90)]},
        {f"x{at}": Role.NUMERIC for at in range(4)} | {"site": Role.IGNORED},
        y,
    )


@pytest.fixture
def text_data(dataset, sms):
    texts, y = sms
    return dataset({"body": texts}, {"body": Role.TEXT}, y, classes=("spam", "ham"))


class Counting:
    """A Progress that keeps what it is told."""

    def __init__(self):
        self.steps = []
        self.advanced = 0

    @contextmanager
    def step(self, name, total=None):
        self.steps.append((name, total))
        yield self

    def advance(self, amount=1):
        self.advanced += amount


def test_text_is_judged_by_several_models_and_their_mean(text_data):
    evidence = collect_evidence(text_data)
    assert [report.name for report in evidence.models] == list(evidence.per_model)
    assert len(evidence.models) > 1
    assert evidence.pred_probs.sum(axis=1) == pytest.approx(np.ones(80), abs=1e-6)
    mean = gmean(list(evidence.per_model.values()), axis=0)
    mean /= mean.sum(axis=1, keepdims=True)
    assert evidence.pred_probs == pytest.approx(mean, abs=1e-5)
    assert all(report.accuracy > 0.9 for report in evidence.models)
    assert evidence.provenance == "out-of-fold"


def test_tables_are_judged(table_data):
    evidence = collect_evidence(table_data)
    assert (evidence.pred_probs.argmax(axis=1) == table_data.y).mean() > 0.9
    assert evidence.fold.min() == 0


def test_enormous_numbers_and_gaps_upset_no_model(dataset, blobs):
    X, y = blobs
    huge = np.where(np.arange(90) % 7, X[:, 3].astype(float) * 1e300, np.nan)
    data = dataset({"x": X[:, 0], "h": huge}, {"x": Role.NUMERIC, "h": Role.NUMERIC}, y)
    assert collect_evidence(data).notices == ()


def test_embeddings_are_judged(dataset, blobs):
    X, y = blobs
    data = dataset({"v": X.tolist()}, {"v": Role.EMBEDDING}, y)
    evidence = collect_evidence(data)
    assert (evidence.pred_probs.argmax(axis=1) == y).mean() > 0.9


def test_text_beside_numbers_and_categories_is_judged(dataset, sms):
    texts, y = sms
    data = dataset(
        {"body": texts, "n": np.arange(80.0), "c": ["a", None] * 40},
        {"body": Role.TEXT, "n": Role.NUMERIC, "c": Role.CATEGORICAL},
        y,
    )
    evidence = collect_evidence(data)
    assert np.isfinite(evidence.pred_probs).all()


def test_the_number_of_workers_changes_no_byte(table_data):
    one, two = (collect_evidence(table_data, executor=LocalExecutor(jobs)) for jobs in (1, 2))
    assert one.pred_probs.tobytes() == two.pred_probs.tobytes()
    assert one.models == two.models


def test_rows_without_a_label_are_not_judged(table_data):
    y = table_data.y.copy()
    y[7] = -1
    evidence = collect_evidence(replace(table_data, y=y), models=("logreg",))
    assert np.isnan(evidence.pred_probs[7]).all()
    assert np.isfinite(np.delete(evidence.pred_probs, 7, axis=0)).all()
    assert evidence.fold[7] == -1


def test_rare_classes_are_named_as_the_data_names_them(table_data):
    y = table_data.y.copy()
    y[y == 2] = -1
    y[-2:] = 2
    data = replace(table_data, y=y, classes=("one", "two", "odd"))
    evidence = collect_evidence(data, models=("logreg",))
    (notice,) = evidence.notices
    assert "'odd' (2 rows)" in notice.message


def test_the_group_column_is_held_out_together(dataset, blobs):
    X, y = blobs
    sites = [f"s{at % 6}" for at in range(90)]
    data = dataset({"x": X[:, 0], "site": sites}, {"x": Role.NUMERIC, "site": Role.GROUP}, y)
    fold = collect_evidence(data, models=("logreg",), folds=3).fold
    assert len(set(zip(sites, fold.tolist(), strict=True))) == 6


def test_repeats_are_averaged(table_data):
    once = collect_evidence(table_data, models=("logreg",))
    thrice = collect_evidence(table_data, models=("logreg",), repeats=3)
    assert (once.fold == thrice.fold).all()
    assert (once.pred_probs != thrice.pred_probs).any()


def test_progress_counts_models_folds_and_repeats(table_data):
    progress = Counting()
    collect_evidence(table_data, models=("logreg", "ridge"), folds=3, repeats=2, progress=progress)
    assert progress.steps == [("fit models", 12)]
    assert progress.advanced == 12


def test_given_probabilities_are_taken_as_they_are(table_data):
    given = np.full((90, 3), 0.2)
    given[np.arange(90), table_data.y] = 0.6
    evidence = evidence_from_pred_probs(given, table_data)
    assert evidence.pred_probs == pytest.approx(given, abs=1e-6)
    assert evidence.provenance == "user"
    assert evidence.models[0].accuracy == 1
    assert evidence.models[0].log_loss == pytest.approx(-np.log(0.6), abs=1e-5)


def test_given_probabilities_of_the_wrong_shape_are_refused(table_data):
    with pytest.raises(InputError, match="shape"):
        evidence_from_pred_probs(np.full((90, 2), 0.5), table_data)


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.struct([("a", pa.int64())])])
def test_a_group_column_of_lists_is_named(dataset, blobs, kind):
    X, y = blobs
    values = [[at % 6] if pa.types.is_list(kind) else {"a": at % 6} for at in range(90)]
    columns = {"x": X[:, 0], "sites": pa.array(values, kind)}
    data = dataset(columns, {"x": Role.NUMERIC, "sites": Role.GROUP}, y)
    with pytest.raises(InputError, match="'sites'"):
        collect_evidence(data, models=("logreg",))


def three_models(n_rows, n_classes):
    random = np.random.default_rng(0)
    y = random.integers(0, n_classes, n_rows).astype(np.int32)
    probs = {}
    for name in "abc":
        own = random.random((n_rows, n_classes), dtype=np.float32) + np.float32(0.01)
        own[np.arange(n_rows), y] += n_classes / 20
        probs[name] = own / own.sum(axis=1, keepdims=True)
    return probs, y


def test_the_mean_is_that_of_the_scaled_models_and_gaps_stay():
    probs, y = three_models(300, 4)
    judged = np.arange(300) % 7 > 0
    for own in probs.values():
        own[~judged] = np.nan
    mean, scaled, reports = combine(probs, y, judged)
    expected = gmean([one[judged].astype(np.float64) for one in scaled.values()], axis=0)
    expected /= expected.sum(axis=1, keepdims=True)
    assert mean[judged] == pytest.approx(expected, abs=1e-6)
    assert np.isnan(mean[~judged]).all()
    assert all(np.isnan(one[~judged]).all() for one in scaled.values())
    assert [report.name for report in reports] == ["a", "b", "c"]
    assert all(report.temperature != 1 for report in reports)


def test_averaging_many_classes_takes_little_more_than_the_mean():
    probs, y = three_models(20_000, 200)
    size = probs["a"].nbytes
    judged = np.ones(len(y), dtype=bool)
    fitted = lambda probs, y: 1.5  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("labelaudit.evidence.probabilities.fit_temperature", fitted)
        patch.setattr("labelaudit.evidence.probabilities.CHUNK_CELLS", 100_000, raising=False)
        tracemalloc.start()
        combine(probs, y, judged)
        extra = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert extra < 2 * size


def test_one_model_that_rules_a_class_out_outweighs_one_that_does_not_know():
    y = np.array([0, 1] * 20, dtype=np.int32)
    sure = np.where(y[:, None] == np.arange(2), 0.999, 0.001).astype(np.float32)
    unsure = np.where(y[:, None] == np.arange(2), 0.6, 0.4).astype(np.float32)
    mean, scaled, _ = combine({"sure": sure, "unsure": unsure}, y, np.ones(40, dtype=bool))
    halfway = np.mean([one[0, 0] for one in scaled.values()])
    assert mean[0, 0] > halfway


def test_a_model_alone_is_its_own_mean():
    probs, y = three_models(200, 3)
    mean, scaled, _ = combine({"a": probs["a"]}, y, np.ones(200, dtype=bool))
    assert mean == pytest.approx(scaled["a"], abs=1e-6)


class Witness(LogisticRegression):
    """A model that tells what it learned from: the first column is the row's number."""

    seen = []  # noqa: RUF012

    def fit(self, X, y):
        Witness.seen.append((X[:, 0].astype(int), np.asarray(y)))
        return super().fit(X, y)


@pytest.fixture
def witnessed(dataset, blobs):
    """Give a Collector whose only model is a Witness, and the list of what it learned from."""
    X, y = blobs
    roles = {"v": Role.EMBEDDING}
    collector = prepare(dataset({"v": X.tolist()}, roles, y), models=("logreg",), folds=3)
    numbered = np.column_stack([np.arange(90), X])
    learner = replace(collector.learners["logreg"], estimator=Witness(C=0.01), X=numbered)
    Witness.seen = []
    executor = LocalExecutor(1)
    return replace(collector, learners={"witness": learner}, executor=executor), Witness.seen


def test_rows_left_out_are_judged_and_nobody_learns_from_them(witnessed):
    collector, seen = witnessed
    left_out = np.zeros(90, dtype=bool)
    left_out[[3, 40, 77]] = True
    evidence = collector.judge(left_out=left_out)
    assert np.isfinite(evidence.pred_probs).all()
    assert len(seen) == 3
    learned = np.concatenate([rows for rows, _ in seen])
    assert not np.isin([3, 40, 77], learned).any()
    counts = np.bincount(learned, minlength=90)
    assert (counts[~left_out] == 2).all()


def test_leaving_nobody_out_changes_no_byte_and_nothing_is_remembered(witnessed):
    collector, seen = witnessed
    whole = collector.judge()
    nobody = collector.judge(left_out=np.zeros(90, dtype=bool))
    assert whole.pred_probs.tobytes() == nobody.pred_probs.tobytes()
    assert len(seen) == 6
    half = np.arange(90) % 2 == 0
    assert collector.judge(left_out=half).pred_probs.tobytes() != whole.pred_probs.tobytes()
    assert collector.judge().pred_probs.tobytes() == whole.pred_probs.tobytes()


def test_only_the_rows_asked_for_are_judged_and_only_their_folds_fitted(witnessed):
    collector, seen = witnessed
    fold = collector.plans[0].fold
    only = fold == 1
    evidence = collector.judge(only=only)
    assert len(seen) == 1
    assert np.isin(np.flatnonzero(~only), seen[0][0]).all()
    assert np.isfinite(evidence.pred_probs[only]).all()
    assert np.isnan(evidence.pred_probs[~only]).all()


def test_other_labels_are_learned_from_and_judged_against(witnessed):
    collector, seen = witnessed
    turned = (collector.data.y + 1) % 3
    evidence = collector.judge(turned)
    assert evidence.models[0].accuracy > 0.9
    for rows, labels in seen:
        assert (labels == turned[rows]).all()


def test_neighbours_are_added_to_whatever_there_is(table_data):
    collector = prepare(table_data, models=("logreg",))
    evidence = collector.with_neighbors(collector.judge())
    assert evidence.pred_probs is not None
    assert evidence.neighbors.shape[0] == evidence.distances.shape[0] == 90
    nearest = table_data.y[evidence.neighbors[:, 0]]
    assert (nearest == table_data.y).mean() > 0.9
    assert not (evidence.neighbors == np.arange(90)[:, None]).any()
