from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from audit_example import Flag, example_audit

from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.gate import Outcome, judge
from labelaudit.testing import example
from labelaudit.types import Notice, Verdict

BY_VERDICT = {"mislabelled": 40, "ambiguous": 30, "outlier": 20, "duplicate": 10}


@pytest.fixture(scope="module")
def audit():
    data, evidence = example()
    return audit_dataset(data, evidence=evidence)


def test_the_rate_itself_passes_and_anything_below_it_fails(audit):
    rate = audit.summary.flagged / audit.summary.judged
    assert judge(audit, max_flagged=rate).outcome is Outcome.PASS
    assert judge(audit, max_flagged=rate - 1e-9).outcome is Outcome.FAIL


def test_without_a_threshold_it_is_five_percent(audit):
    gate = judge(audit)
    assert [check.limit for check in gate.checks] == [0.05]


def test_high_severity_and_classes_have_thresholds_of_their_own(audit):
    high = audit.summary.by_severity["high"] / audit.summary.judged
    assert judge(audit, max_high=high).outcome is Outcome.PASS
    assert judge(audit, max_high=0).outcome is Outcome.FAIL
    worst = max(one.flagged / one.judged for one in audit.summary.classes)
    assert judge(audit, max_class_flagged=worst).outcome is Outcome.PASS
    gate = judge(audit, max_class_flagged=worst - 1e-9)
    assert gate.outcome is Outcome.FAIL
    assert len(gate.checks) == 3
    assert any(check.failed and "class" in check.name for check in gate.checks)


def test_a_blind_run_is_never_a_pass(audit):
    blind = replace(audit, summary=replace(audit.summary, blind="the models see nothing"))
    gate = judge(blind, max_flagged=1)
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert gate.reason == "the models see nothing"
    assert judge(blind, max_flagged=0).outcome is Outcome.INCONCLUSIVE


def test_a_class_that_was_not_judged_has_no_verdict(audit):
    first = audit.given == 0
    part = replace(
        audit,
        suspicion=np.where(first, np.nan, audit.suspicion),
        flagged=audit.flagged & ~first,
    )
    gate = judge(part, max_class_flagged=1)
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert gate.reason == f"no row of class 'class 0' ({first.sum()} rows) could be judged"
    assert judge(part, max_flagged=1).outcome is Outcome.PASS
    assert judge(part, fail_on=["class:'class 0' flagged>1%"]).outcome is Outcome.INCONCLUSIVE


def test_a_class_without_rows_is_nobodys_fault():
    data, evidence = example(absent_class=True)
    gate = judge(audit_dataset(data, evidence=evidence), max_class_flagged=1)
    assert gate.outcome is Outcome.PASS
    assert [check.of > 0 for check in gate.checks] == [True, True, False]


@pytest.fixture(scope="module")
def counted():
    """A run of 1000 rows with every verdict, each another number of times."""
    kinds = [Verdict(kind) for kind, number in BY_VERDICT.items() for _ in range(number)]
    flags = [
        Flag(row, ("neg", "pos")[row % 2], None, 0.75, "", verdict=kind)
        for row, kind in enumerate(kinds)
    ]
    audit = example_audit(flags, n=1000)
    opinion = audit.suspicion
    return replace(audit, by_detector={"label-posterior": opinion, "duplicates": opinion})


@pytest.mark.parametrize("kind", Verdict)
def test_each_verdict_has_a_threshold_of_its_own(counted, kind):
    count = BY_VERDICT[kind.value]
    passed = judge(counted, **{f"max_{kind.value}": count / 1000})
    assert passed.outcome is Outcome.PASS
    (check,) = passed.checks
    assert (check.count, check.of, check.limit) == (count, 1000, count / 1000)
    failed = judge(counted, **{f"max_{kind.value}": (count - 1) / 1000})
    assert failed.outcome is Outcome.FAIL


def test_one_verdict_above_its_threshold_is_enough(counted):
    gate = judge(
        counted, max_mislabelled=1, max_ambiguous=1, max_outlier=1, max_duplicate=0, max_flagged=1
    )
    assert gate.outcome is Outcome.FAIL
    assert [check.name for check in gate.checks] == [
        "flagged",
        "mislabelled",
        "ambiguous",
        "outlier",
        "duplicate conflict",
    ]
    assert [check.name for check in gate.checks if check.failed] == ["duplicate conflict"]


def test_a_verdict_that_never_came_counts_as_none(audit):
    without = replace(audit, verdict=np.full_like(audit.verdict, -1))
    assert judge(without, max_outlier=0).outcome is Outcome.PASS


def test_a_blind_run_is_no_pass_for_any_verdict(counted):
    blind = replace(counted, summary=replace(counted.summary, blind="the models see nothing"))
    for kind in Verdict:
        gate = judge(blind, **{f"max_{kind.value}": 1})
        assert (gate.outcome, gate.reason) == (Outcome.INCONCLUSIVE, "the models see nothing")


def test_copies_that_nobody_looked_for_are_no_pass(audit):
    others = {name: one for name, one in audit.by_detector.items() if name != "duplicates"}
    uncounted = Notice("uninformative-copies", "too many copies differ")
    unseen = [
        replace(audit, by_detector=others),
        replace(audit, schema=replace(audit.schema, columns=())),
        replace(audit, notices=(*audit.notices, uncounted)),
    ]
    for one in unseen:
        gate = judge(one, max_duplicate=1)
        assert gate.outcome is Outcome.INCONCLUSIVE
        assert "duplicate conflicts" in gate.reason
        assert judge(one, max_mislabelled=1).outcome is Outcome.PASS
    assert judge(audit, max_duplicate=1).outcome is Outcome.PASS


@pytest.mark.parametrize("kind", [Verdict.MISLABELLED, Verdict.AMBIGUOUS, Verdict.OUTLIER])
def test_verdicts_of_models_need_a_detector_that_asks_them(audit, kind):
    opinion = audit.suspicion
    copies = replace(audit, by_detector={"duplicates": opinion, "loss-percentile": opinion})
    ruled = replace(copies, by_detector={**copies.by_detector, "rules": opinion})
    for one in (copies, ruled):
        gate = judge(one, **{f"max_{kind.value}": 1})
        assert gate.outcome is Outcome.INCONCLUSIVE
        assert kind.value in gate.reason
    assert judge(copies, max_duplicate=1).outcome is Outcome.PASS
    foreign = replace(audit, by_detector={"duplicates": opinion, "of-another-package": opinion})
    assert judge(foreign, **{f"max_{kind.value}": 1}).outcome is Outcome.PASS


def test_a_share_above_its_threshold_fails_whatever_else_was_not_looked_for(counted):
    others = {name: one for name, one in counted.by_detector.items() if name != "duplicates"}
    part = replace(counted, by_detector=others)
    assert judge(part, max_mislabelled=0, max_duplicate=1).outcome is Outcome.FAIL
