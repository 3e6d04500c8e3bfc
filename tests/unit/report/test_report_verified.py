from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest
from measured_example import VERIFIED, measured_audit, verified_audit

from labelaudit.report import render
from labelaudit.report.findings import context, doubtful, headline
from labelaudit.report.verified import people_found, verified_rows
from labelaudit.types import Rate

UNKNOWN = Rate(nan, nan, nan, "nothing is flagged")


def test_what_people_found_leads_and_no_model_has_a_say():
    text = headline(verified_audit())
    assert text.startswith("5 of 800 labels (0.6 %, ")
    assert (
        "People judged 290 rows drawn at random: 60.0 % of the flagged labels are wrong, "
        "25.0 % (6.2–75.0 %) of the wrong labels are not flagged and "  # noqa: RUF001
        "the noise rate is 4.7 % (3.1–8.6 %) (95 % intervals)." in text  # noqa: RUF001
    )
    assert "error probability" not in text
    assert "planted" not in text
    assert "2.5" not in text


def test_what_the_run_had_expected_stands_below():
    lines = context(verified_audit())
    (told,) = [line for line in lines if line.startswith("Before anybody looked: ")]
    assert "by their error probability 64.4 % of those are wrong" in told
    assert "Of 80 errors planted into this data" in told
    assert not any("Before anybody" in line for line in context(measured_audit()))


def test_nothing_flagged_and_blind_runs_tell_it_too():
    audit = verified_audit()
    clean = replace(audit, issues=(), summary=replace(audit.summary, flagged=0))
    assert "does not prove" not in headline(clean)
    assert "People judged 290 rows" in headline(clean)
    assert not any("error probability" in line for line in context(clean))
    blind = replace(audit, summary=replace(audit.summary, blind="chance"))
    assert headline(blind).startswith("BLIND: ")
    assert "People judged 290 rows" in headline(blind)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"precision": UNKNOWN}, "at random: 25.0 % (6.2"),
        ({"missed": Rate(nan, 0, 1, "")}, "wrong and the noise rate is 4.7 %"),
        ({"missed": Rate(nan, 0, 0.5, "")}, "wrong, 0.0–50.0 % of the wrong"),  # noqa: RUF001
        ({"noise_rate": Rate(nan, 0, 1, "")}, "and the noise rate stays unknown"),
    ],
)
def test_what_is_unknown_is_not_told(changed, told):
    assert told in people_found(replace(VERIFIED, **changed))


def test_points_need_no_interval():
    point = Rate(0.25, 0.25, 0.25, "every row was judged by people")
    text = people_found(replace(VERIFIED, precision=point, missed=point, noise_rate=point))
    assert text.endswith("and the noise rate is 25.0 %.")


def test_the_table_says_what_each_interval_rests_on():
    rows = verified_rows(verified_audit())
    assert rows.rows[1] == ("wrong labels not flagged", "25.0 %", "6.2–75.0 %")  # noqa: RUF001
    for rate in (VERIFIED.precision, VERIFIED.missed, VERIFIED.noise_rate):
        assert rate.basis in rows.caption
    assert verified_rows(measured_audit()).rows == ()


def test_a_rate_that_people_found_is_no_longer_in_doubt():
    assert doubtful(measured_audit().summary)
    assert not doubtful(verified_audit().summary)
    for form in ("full", "markdown"):
        assert b"not identifiable" in render(measured_audit(), form, width=200)
        assert b"not identifiable" not in render(verified_audit(), form, width=200)


@pytest.mark.parametrize(
    ("accepted", "told"),
    [(0, None), (1, "1 label stands by the baseline."), (12, "12 labels stand by the baseline.")],
)
def test_labels_of_the_baseline_are_counted(accepted, told):
    lines = [line for line in context(verified_audit(accepted=accepted)) if "baseline" in line]
    assert lines == ([told] if told else [])
