from __future__ import annotations

import tracemalloc
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.errors import InputError
from labelaudit.evidence.collect import collect_evidence, combine, evidence_from_pred_probs
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
    mean = np.mean(list(evidence.per_model.values()), axis=0)
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
    assert mean[judged] == pytest.approx(
        np.mean([one[judged] for one in scaled.values()], axis=0), abs=1e-6
    )
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
