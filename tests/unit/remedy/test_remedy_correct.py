from __future__ import annotations

from dataclasses import replace
from math import fsum, nan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from audit_example import CONFIDENT, LOSS
from remedy_example import Flag, Severity, example_audit, rows_of, write_data

from labelaudit.errors import SettingError
from labelaudit.remedy.plan import plan_fix
from labelaudit.types import Kind, Safety, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.types import Audit, Plan

CLASSES = ("a", "b", "c")
BOTH = (CONFIDENT, LOSS)


def flag(row: int = 0, probability: float = 0.96, **kinds: object) -> Flag:
    """A row of class a, given 0.1 by the models; b has 0.8 and c 0.1."""
    settings = {"detectors": BOTH, "confidences": (0.1, 0.8), **kinds}
    return Flag(row, "a", settings.pop("suggested", "b"), probability, "", **settings)


@pytest.fixture
def correct(tmp_path: Path):
    def plan(*flags: Flag, audit: Audit | None = None, **options: object) -> Plan:
        audit = audit or example_audit(flags, classes=CLASSES, n=60)
        data = write_data(tmp_path / "data.csv", rows_of(audit), classes=CLASSES)
        options.setdefault("strategy", "correct")
        return plan_fix(audit, data, run_id="run-1", **options)

    return plan


def test_the_suggested_label_is_taken(correct) -> None:
    (action,) = correct(flag()).actions
    assert (action.kind, action.safety) == (Kind.CORRECT, Safety.UNSAFE)
    assert (action.before, action.after, action.weight) == ("a", "b", 1.0)
    assert action.probabilities is None
    assert action.reason.endswith("error probability 0.96, confidence 0.85")


@pytest.mark.parametrize("least", [0.853, 0.854])
def test_confidence_is_the_chance_that_the_suggested_class_is_true(correct, least: float) -> None:
    # 0.96 of 0.8 / (0.8 + 0.1) is 0.8533.
    plan = correct(flag(), min_confidence=least)
    if least < 0.8533:
        assert len(plan.actions) == 1
    else:
        assert plan.actions == ()
        assert plan.skipped == {"confidence below 0.854": 1}


def test_what_is_left_alone_is_counted_by_reason(correct) -> None:
    plan = correct(
        flag(0),
        flag(3, 0.75),
        flag(6, 0.5),
        flag(9, detectors=(LOSS,)),
        flag(12, verdict=Verdict.AMBIGUOUS),
        flag(15, suggested=None),
        flag(18, suggested="a", confidences=(0.8, 0.8)),
        flag(21, severity=Severity.LOW),
    )
    assert [action.row_id for action in plan.actions] == ["r-0"]
    assert plan.skipped == {
        "confidence below 0.8": 2,
        "flagged by fewer than 2 detectors": 1,
        "no class is suggested": 2,
        "severity low": 1,
        "verdict ambiguous, and only mislabelled rows are corrected": 1,
    }


def test_agreement_can_be_asked_for_or_not(correct) -> None:
    alone = flag(detectors=(LOSS,))
    assert len(correct(alone, min_agreement=1).actions) == 1
    assert correct(flag(), min_agreement=3).skipped == {"flagged by fewer than 3 detectors": 1}


def test_a_broken_rule_needs_neither_agreement_nor_the_models(correct) -> None:
    audit = example_audit([flag(detectors=("rules",))], classes=CLASSES, n=60)
    against = np.array([[0.98, 0.001, 0.019]], dtype=np.float32)
    (action,) = correct(audit=replace(audit, issue_pred_probs=against)).actions
    assert action.after == "b"
    assert "confidence 0.96" in action.reason


def test_without_an_opinion_of_models_the_error_probability_is_the_confidence(correct) -> None:
    audit = example_audit([flag(0), flag(3, 0.75)], classes=CLASSES, n=60)
    audit = replace(audit, issue_pred_probs=np.full((2, 3), np.nan, dtype=np.float32))
    plan = correct(audit=audit)
    assert [(action.row_id, action.after) for action in plan.actions] == [("r-0", "b")]
    assert plan.skipped == {"confidence below 0.8": 1}
    (soft, _) = correct(audit=audit, soft=True).actions
    assert soft.probabilities == (0.04, 0.96, 0.0)


def test_without_an_error_probability_nothing_is_corrected(correct) -> None:
    audit = example_audit([flag()], classes=CLASSES, n=60)
    issues = tuple(replace(one, error_probability=nan) for one in audit.issues)
    plan = correct(audit=replace(audit, issues=issues))
    assert plan.skipped == {"no error probability is known": 1}


def test_models_that_see_no_other_class_leave_it_to_the_suggestion(correct) -> None:
    audit = example_audit([flag()], classes=CLASSES, n=60)
    sure = np.array([[1, 0, 0]], dtype=np.float32)
    (action,) = correct(audit=replace(audit, issue_pred_probs=sure)).actions
    assert "confidence 0.96" in action.reason


def test_a_soft_label_keeps_the_cell_and_shares_the_error(correct) -> None:
    (action,) = correct(flag(), soft=True).actions
    assert (action.kind, action.safety, action.after) == (Kind.CORRECT, Safety.UNSAFE, "a")
    assert action.probabilities == pytest.approx((0.04, 0.96 * 8 / 9, 0.96 / 9), abs=1e-7)
    assert action.reason.endswith("soft label with 0.04 for 'a'")


def test_a_soft_label_needs_agreement_but_no_confidence(correct) -> None:
    plan = correct(flag(0, 0.5), flag(3, detectors=(LOSS,)), soft=True, min_confidence=1.0)
    assert [action.row_id for action in plan.actions] == ["r-0"]
    assert plan.skipped == {"flagged by fewer than 2 detectors": 1}
    unsure = flag(0, suggested=None, confidences=(0.1, 0.8))
    assert correct(unsure, soft=True).actions[0].probabilities == (0.04, 0.48, 0.48)


def test_a_soft_label_sums_to_one_over_many_classes(tmp_path: Path) -> None:
    classes = tuple(f"c{number:04d}" for number in range(1500))
    one = Flag(0, "c0000", "c0001", 0.96, "", detectors=BOTH, confidences=(0.1, 0.2))
    audit = example_audit([one], classes=classes, n=30000)
    data = write_data(tmp_path / "data.csv", rows_of(audit), classes=classes)
    (action,) = plan_fix(audit, data, strategy="correct", run_id="run-1", soft=True).actions
    assert fsum(action.probabilities) == pytest.approx(1, abs=1e-12)
    assert min(action.probabilities) >= 0


def test_another_verdict_is_corrected_where_it_is_named(correct) -> None:
    plan = correct(
        flag(0, verdict=Verdict.AMBIGUOUS),
        flag(3),
        strategy={"ambiguous": "correct"},
    )
    assert [action.row_id for action in plan.actions] == ["r-0"]
    assert plan.skipped == {"verdict mislabelled, which the plan does not name": 1}


def test_labels_that_are_read_as_another_type_now(tmp_path: Path) -> None:
    flags = [Flag(0, 1, 3, 0.96, "", detectors=BOTH, confidences=(0.1, 0.8))]
    audit = example_audit(flags, classes=(1, 2, 3), n=60)
    rows = rows_of(audit, labels=tuple(str(label) for label in rows_of(audit).labels))
    data = write_data(tmp_path / "data.csv", rows, classes=("1", "2", "3"))
    (action,) = plan_fix(audit, data, strategy="correct", run_id="run-1").actions
    assert (action.before, action.after) == ("1", "3")


def test_a_class_that_the_data_has_lost_is_not_brought_back(tmp_path: Path) -> None:
    audit = example_audit([flag()], classes=CLASSES, n=60)
    rows = rows_of(audit).picked([row for row in range(60) if row % 3 != 1])
    data = write_data(tmp_path / "data.csv", rows, classes=("a", "c"))
    plan = plan_fix(audit, data, strategy="correct", run_id="run-1")
    assert plan.skipped == {"no class is suggested": 1}
    soft = plan_fix(audit, data, strategy="correct", run_id="run-1", soft=True)
    assert soft.actions[0].probabilities == pytest.approx((0.04, 0.96))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_confidence": 1.5}, "--min-confidence is 1.5"),
        ({"min_confidence": nan}, "--min-confidence is nan"),
        ({"min_agreement": 0}, "--min-agreement is 0"),
        ({"strategy": "drop", "soft": True}, "soft labels come from correct"),
    ],
)
def test_impossible_options_are_refused(correct, options: dict, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        correct(flag(), **options)
