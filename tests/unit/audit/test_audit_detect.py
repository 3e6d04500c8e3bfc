from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings
from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.errors import SettingError
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.testing import example
from labelaudit.types import SEVERITIES, Evidence, Severity


def shuffled(data, evidence, seed=3):
    """Give the same rows in another order; neighbours are named by where rows stand."""
    order = np.random.default_rng(seed).permutation(data.n_rows)
    moved = replace(
        data,
        table=data.table.take(order),
        row_id=data.row_id[order],
        fingerprint=data.fingerprint[order],
        feature_key=data.feature_key[order],
        y=data.y[order],
    )
    place = np.empty(data.n_rows, dtype=np.int32)
    place[order] = np.arange(data.n_rows)
    near = evidence.neighbors[order]
    moved_evidence = replace(
        evidence,
        pred_probs=evidence.pred_probs[order],
        neighbors=np.where(near >= 0, place[near], -1),
        distances=evidence.distances[order],
    )
    return moved, moved_evidence, order


def test_issues_are_the_flagged_rows_in_rank_order():
    data, evidence = example()
    audit = audit_dataset(data, evidence=evidence)
    assert audit.summary.flagged == len(audit.issues) == audit.flagged.sum() > 0
    assert [issue.rank for issue in audit.issues] == list(range(1, len(audit.issues) + 1))
    suspicion = [issue.suspicion for issue in audit.issues]
    assert suspicion == sorted(suspicion, reverse=True)
    for issue in audit.issues:
        assert data.row_id[issue.row] == issue.row_id
        assert data.classes[data.y[issue.row]] == issue.given
        assert issue.suggested != issue.given
        assert issue.explanation


def test_severity_follows_the_error_probability():
    data, evidence = example(400)
    audit = audit_dataset(data, Settings(threshold=0.1), evidence=evidence)
    by_models = [one for one in audit.issues if "label-posterior" in one.detectors]
    assert {one.severity for one in by_models} == set(Severity)
    for one in by_models:
        level = (one.error_probability >= 0.5) + (one.error_probability >= 0.9)
        assert one.severity is SEVERITIES[level]


def test_the_error_probability_falls_down_the_ranking():
    data, evidence = example(400)
    audit = audit_dataset(data, evidence=evidence)
    probabilities = [one.error_probability for one in audit.issues]
    assert probabilities == sorted(probabilities, reverse=True)


def test_what_corroborates_changes_nothing_but_the_words():
    data, evidence = example(400)
    whole = audit_dataset(data, evidence=evidence)
    lean = Settings(detectors=("label-posterior", "duplicates"))
    alone = audit_dataset(data, lean, evidence=evidence)
    for name in ("suspicion", "error_probability", "flagged", "severity", "order", "verdict"):
        one, other = getattr(whole, name), getattr(alone, name)
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), name
    assert whole.summary.noise_rate == alone.summary.noise_rate


def test_a_higher_threshold_flags_fewer():
    data, evidence = example(400)
    few, many = (
        audit_dataset(data, Settings(threshold=one), evidence=evidence) for one in (0.9, 0.1)
    )
    assert few.summary.flagged < many.summary.flagged
    assert np.array_equal(few.error_probability, many.error_probability, equal_nan=True)


def test_counts_add_up():
    data, evidence = example()
    summary = audit_dataset(data, evidence=evidence).summary
    assert summary.rows == 120
    assert summary.labelled + summary.missing == summary.rows
    assert summary.missing == 3
    assert sum(one.n for one in summary.classes) == summary.labelled
    assert sum(one.flagged for one in summary.classes) == summary.flagged
    assert sum(summary.by_severity.values()) == summary.flagged
    assert sum(summary.by_verdict.values()) == summary.flagged
    assert summary.flagged_rate.low < summary.flagged_rate.estimate < summary.flagged_rate.high
    assert summary.noise_rate.low <= summary.noise_rate.estimate <= summary.noise_rate.high


def test_the_order_of_the_rows_changes_nothing_but_the_row_numbers():
    data, evidence = example()
    moved, moved_evidence, order = shuffled(data, evidence)
    one = audit_dataset(data, evidence=evidence)
    other = audit_dataset(moved, evidence=moved_evidence)
    assert [issue.row_id for issue in one.issues] == [issue.row_id for issue in other.issues]
    assert [issue.row for issue in one.issues] == [int(order[i.row]) for i in other.issues]
    assert [issue.explanation for issue in one.issues] == [i.explanation for i in other.issues]
    assert np.allclose(one.error_probability[order], other.error_probability, equal_nan=True)

    for name in ("verdict", "severity", "flagged", "suggested"):
        assert np.array_equal(getattr(one, name)[order], getattr(other, name)), name
    assert one.summary.by_verdict == other.summary.by_verdict
    assert one.summary.noise_rate.estimate == pytest.approx(other.summary.noise_rate.estimate)


def test_planted_errors_stand_first():
    data, evidence = example(400, seed=5)
    # The example's models lean to the true class, so what they all but rule out is wrong.
    audit = audit_dataset(data, evidence=evidence)
    assert audit.summary.blind == ""
    top = audit.issues[:10]
    assert np.mean([issue.error_probability for issue in top]) > 0.8
    assert all(issue.given_confidence < 0.2 < issue.suggested_confidence for issue in top)


def test_models_at_chance_make_the_run_blind():
    data, evidence = example(300)
    generator = np.random.default_rng(0)
    probs = generator.dirichlet([1, 1, 1], data.n_rows).astype(np.float32)
    audit = audit_dataset(data, evidence=replace(evidence, pred_probs=probs))
    assert "no better than chance" in audit.summary.blind


def test_the_loss_percentile_alone_ranks_and_never_flags():
    data, evidence = example()
    audit = audit_dataset(data, Settings(detectors=("loss-percentile",)), evidence=evidence)
    assert audit.summary.flagged == 0
    assert np.isfinite(audit.suspicion).any()
    assert "corroborates-only" in {notice.code for notice in audit.notices}


def test_copies_alone_need_no_model():
    data, _ = example()
    audit = audit_dataset(data, Settings(detectors=("duplicates",)))
    assert audit.models == ()
    assert {issue.detectors for issue in audit.issues} <= {("duplicates",)}
    assert audit.summary.blind == ""


def test_copies_name_each_other():
    data, evidence = example()
    audit = audit_dataset(data, Settings(detectors=("duplicates",)), evidence=evidence)
    assert audit.issues
    for issue in audit.issues:
        assert "identical to those of row-" in issue.explanation


def test_no_or_unknown_detector_is_said():
    data, evidence = example()
    with pytest.raises(SettingError, match="no detector is chosen"):
        audit_dataset(data, Settings(detectors=()), evidence=evidence)
    with pytest.raises(SettingError, match="no detector 'nonsense'"):
        audit_dataset(data, Settings(detectors=("nonsense",)), evidence=evidence)


def test_copies_bound_the_error_probability_from_below():
    data, evidence = example()
    audit = audit_dataset(data, evidence=evidence)
    copies = audit.by_detector["duplicates"]
    flagged = audit.flagged & np.isfinite(copies) & (copies >= 0.5)
    assert flagged.any()
    assert (audit.error_probability[flagged] >= copies[flagged]).all()


def test_a_very_long_id_costs_no_memory_for_the_others():
    import tracemalloc

    data, evidence = example(2000)
    row_id = data.row_id.copy()
    row_id[0] = "x" * 100_000
    tracemalloc.start()
    audit_dataset(replace(data, row_id=row_id), evidence=evidence)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def test_each_suggestion_is_told_with_its_own_confidence():
    """Copies and models can propose different classes; each speaks of its own."""
    labels = ["a", "b", "b", *["a", "b", "c"] * 40]
    X = np.r_[[[1.0, 1], [1, 1], [1, 1]], np.arange(240.0).reshape(120, 2) + 5]
    data = dataset_from_arrays(labels, X, [f"{at:03d}" for at in range(123)])
    probs = np.where(data.y[:, None] == np.arange(3), 0.9, 0.05).astype(np.float32)
    probs[0] = [0.01, 0.06, 0.93]
    evidence = Evidence(pred_probs=probs)
    (issue,) = (one for one in audit_dataset(data, evidence=evidence).issues if one.row == 0)
    assert {"label-posterior", "duplicates"} <= set(issue.detectors)
    assert issue.suggested == "b"
    assert issue.suggested_confidence == pytest.approx(0.06)
    assert "0.93 to 'c' and 0.01 to the given 'a'" in issue.explanation


def test_a_label_that_models_prefer_is_explained_by_the_noise():
    random = np.random.default_rng(0)
    true = random.integers(0, 2, 2000)
    given = np.where((true == 1) & (random.random(2000) < 0.45), 0, true)
    certain = np.where(true[:, None] == np.arange(2), 0.999, 0.001)
    certain[:20], given[:20] = [0.51, 0.49], 0
    data = dataset_from_arrays([f"c{code}" for code in given], None, range(2000))
    settings = Settings(threshold=0.2)
    evidence = Evidence(pred_probs=certain.astype(np.float32))
    issues = {one.row: one for one in audit_dataset(data, settings, evidence=evidence).issues}
    assert set(range(20)) <= set(issues)
    assert "'c0' is often given in its place" in issues[0].explanation
    assert "give only 0.51 to the given 'c0' and 0.49 to 'c1'" in issues[0].explanation
    # As in tables: never certain.
    sure = next(one for one in issues.values() if one.row >= 20)
    assert "give >0.99 to 'c1' and <0.01 to the given 'c0'" in sure.explanation


@pytest.fixture(scope="module")
def digits():
    """Give the digits with 5 % planted errors, and where those are."""
    X, true = load_digits(return_X_y=True)
    random = np.random.default_rng(0)
    wrong = random.random(len(true)) < 0.05
    given = np.where(wrong, (true + random.integers(1, 10, len(true))) % 10, true)
    data = dataset_from_arrays(
        [f"digit {one}" for one in given], X, [f"{at:05d}" for at in range(len(true))]
    )
    return data, wrong, true


@pytest.fixture(scope="module")
def digits_audit(digits):
    return audit_dataset(digits[0], Settings(model=("logreg",), rounds="1"))


def test_most_errors_planted_into_the_digits_are_flagged_and_named(digits, digits_audit):
    _, wrong, true = digits
    assert digits_audit.flagged[wrong].mean() > 0.85
    assert wrong[digits_audit.flagged].mean() > 0.7
    caught = digits_audit.flagged & wrong
    assert (digits_audit.suggested[caught] == true[caught]).mean() > 0.95
    assert digits_audit.summary.blind == ""
    noise = digits_audit.summary.noise_rate
    assert noise.low <= wrong.mean() <= noise.high


def test_what_the_run_tells_of_itself_is_near_what_it_did(digits, digits_audit):
    _, wrong, _ = digits
    measured = digits_audit.summary.measured
    assert measured.rows == 1797
    assert 0.07 * 1797 < measured.planted < 0.13 * 1797
    assert measured.auroc > 0.9
    assert measured.recall == pytest.approx(digits_audit.flagged[wrong].mean(), abs=0.1)
    assert measured.precision <= wrong[digits_audit.flagged].mean() + 0.05
    assert sum(one.flagged for one in measured.bands) == digits_audit.summary.flagged
    assert len(digits_audit.summary.rounds) == 1


@pytest.mark.parametrize(
    "settings",
    [
        Settings(model=("boosting", "logreg"), rounds="1", folds=2),
        Settings(model=("extra-trees", "knn"), repeats=2, folds=2),
    ],
)
def test_the_number_of_workers_changes_no_byte(settings):
    data, _ = example(300)
    one, two = (audit_dataset(data, settings, executor=LocalExecutor(jobs)) for jobs in (1, 2))
    assert one.summary.measured is not None
    for item in fields(one):
        left, right = getattr(one, item.name), getattr(two, item.name)
        if isinstance(left, np.ndarray) and left.dtype != object:
            assert left.tobytes() == right.tobytes(), item.name
        elif item.name == "by_detector":
            assert {name: one.tobytes() for name, one in left.items()} == {
                name: one.tobytes() for name, one in right.items()
            }
        elif item.name != "row_id":
            assert repr(left) == repr(right), item.name


@pytest.mark.parametrize("shape", ["random labels", "random features"])
def test_data_without_a_link_between_features_and_labels_makes_the_run_blind(shape):
    random = np.random.default_rng(1)
    X = random.normal(size=(400, 5))
    y = random.integers(0, 2, 400)
    if shape == "random features":
        y = np.arange(400) % 2
    data = dataset_from_arrays([f"c{code}" for code in y], X, [f"{at:04d}" for at in range(400)])
    summary = audit_dataset(data, Settings(model=("logreg",))).summary
    assert summary.measured is not None
    assert summary.blind
    assert summary.measured.auroc == pytest.approx(0.5, abs=0.15)


def test_nothing_is_measured_where_nothing_can_be_planted():
    data, evidence = example()
    assert audit_dataset(data, evidence=evidence).summary.measured is None
    own = audit_dataset(data, Settings(model=("logreg",))).summary
    assert own.measured is None
    assert own.rounds == ()


def test_planted_errors_are_left_out_of_the_run_itself():
    """What is planted is asked about and never reported."""
    random = np.random.default_rng(0)
    y = np.arange(450) % 3
    X = random.normal(size=(450, 4)) + 8 * np.eye(4)[y]
    data = dataset_from_arrays([f"c{code}" for code in y], X, [f"{at:04d}" for at in range(450)])
    audit = audit_dataset(data, Settings(model=("logreg",)))
    assert audit.summary.measured.planted > 20
    assert audit.summary.measured.recall > 0.9
    assert audit.summary.flagged == 0
    assert np.array_equal(audit.given, data.y)


def test_bands_count_flagged_rows_whoever_flags():
    data, _ = example(300)
    confident = Settings(model=("logreg",), detectors=("confident-learning",), threshold=0.01)
    audit = audit_dataset(data, confident)
    probable = (audit.error_probability >= 0.01) & ~audit.flagged
    assert probable.any()
    counted = sum(one.flagged for one in audit.summary.measured.bands)
    assert 0 < counted <= audit.summary.flagged
