"""Findings of a run: kept in the Audit, and said once."""

from __future__ import annotations

import datetime as dt

import numpy as np
from doctor_example import codes_of, load, sound

from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.doctor import examine_for, unsaid
from labelaudit.config import Settings
from labelaudit.types import Finding, Notice

DUPLICATES = Settings(detectors=("duplicates",))


def finding(code):
    return Finding(code, "something", "do something", 1)


def test_a_notice_of_the_same_code_is_not_said_twice():
    notices = (Notice("missing-labels", "2 of 9"), Notice("encoding", "not UTF-8"))
    assert unsaid(notices, [finding("missing-labels")]) == notices[1:]
    assert unsaid(notices, [finding("copies")]) == notices


def test_a_finding_that_says_more_stands_for_the_notice():
    notices = (Notice("unnamed-column", "no name"), Notice("nearly-perfect", "99.9 %"))
    assert unsaid(notices, [finding("unnamed-index")]) == notices[1:]
    assert unsaid(notices, [finding("gives-label-away")]) == notices[:1]


def test_an_audit_holds_what_was_found_once():
    frame = sound()
    frame.loc[[3, 4], "label"] = None
    data = load(frame)
    audit = audit_dataset(data, DUPLICATES)
    assert [one.code for one in audit.findings] == ["missing-labels"]
    assert "missing-labels" in {notice.code for notice in data.notices}
    assert "missing-labels" not in {notice.code for notice in audit.notices}
    assert audit_dataset(data, DUPLICATES, findings=()).findings == ()


def test_settings_say_whether_a_model_learns_and_how_many_folds_there_are():
    frame = sound()
    frame["copy"] = [f"k{code}" for code in codes_of(frame)]
    frame.loc[:3, "label"] = "class z"
    frame.loc[4, "label"] = frame["label"][5]
    codes = [one.code for one in examine_for(load(frame), Settings())]
    assert "rare-classes" in codes
    assert "rare-classes" not in [one.code for one in examine_for(load(frame), Settings(folds=4))]
    assert examine_for(load(frame), Settings(pred_probs="p.npy")) == ()
    assert examine_for(load(frame), Settings(), learning=False) == ()


def test_the_day_is_told_and_never_asked_for():
    frame = sound()
    frame["day"] = np.datetime64("2020-01-01") + np.arange(400).astype("timedelta64[D]")
    frame.loc[0, "day"] = np.datetime64("2030-01-01")
    data = load(frame)
    told = examine_for(data, Settings(), today=dt.date(2025, 1, 1))
    assert [one.code for one in told] == ["future-dates"]
    assert examine_for(data, Settings()) == ()
