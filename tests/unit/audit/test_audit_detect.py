from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings
from labelaudit.errors import SettingError
from labelaudit.testing import example
from labelaudit.types import Severity


def shuffled(data, evidence, seed=3):
    order = np.random.default_rng(seed).permutation(data.n_rows)
    moved = replace(
        data,
        table=data.table.take(order),
        row_id=data.row_id[order],
        fingerprint=data.fingerprint[order],
        feature_key=data.feature_key[order],
        y=data.y[order],
    )
    return moved, replace(evidence, pred_probs=evidence.pred_probs[order]), order


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


def test_severity_follows_agreement():
    data, evidence = example()
    for issue in audit_dataset(data, evidence=evidence).issues:
        if {"confident-learning", "loss-percentile"} <= set(issue.detectors):
            assert issue.severity is Severity.HIGH
        elif issue.detectors == ("confident-learning",):
            assert issue.severity is Severity.MEDIUM


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


def test_planted_errors_stand_first():
    data, evidence = example(400, seed=5)
    true = np.where(np.isnan(evidence.pred_probs).any(axis=1), data.y, 0)
    audit = audit_dataset(data, evidence=evidence)
    assert audit.summary.blind == ""
    assert true.shape == audit.given.shape
    top = audit.issues[:10]
    assert np.mean([issue.error_probability for issue in top]) > 0.8


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
