from __future__ import annotations

from dataclasses import replace

import pytest

from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.gate import Outcome, judge
from labelaudit.testing import example


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
    first, *others = audit.summary.classes
    unseen = replace(first, judged=0, flagged=0, high=0)
    part = replace(audit, summary=replace(audit.summary, classes=(unseen, *others)))
    assert judge(part, max_class_flagged=1).outcome is Outcome.INCONCLUSIVE
    assert judge(part, max_flagged=1).outcome is Outcome.PASS
