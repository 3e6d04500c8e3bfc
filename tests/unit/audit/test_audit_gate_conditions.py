"""Conditions of the gate: parts of the rows, ends of intervals, noise rates, rises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from audit_example import Flag, blind_audit, example_audit
from gate_example import audit_of, write_rows
from scipy.stats import binomtest

from labelaudit.audit.baseline import Accepted, Baseline
from labelaudit.audit.compare import newcombe
from labelaudit.audit.gate import Earlier, Outcome, judge
from labelaudit.audit.gate_checks import NO_EARLIER
from labelaudit.audit.gate_slices import RowsOfRun
from labelaudit.audit.gate_uncounted import leave_out
from labelaudit.data.dataset import load_dataset
from labelaudit.errors import RunError, SettingError
from labelaudit.types import Rate, Severity, Verdict, Verified

FLAGGED = ["r-0", "r-1", "r-2", "r-4", "r-8"]
"""Three of the ten rows from the app store, and two of the thirty from the web."""


@pytest.fixture
def path(tmp_path):
    return write_rows(tmp_path / "rows.csv")


@pytest.fixture
def audit(path):
    return audit_of(path, FLAGGED)


@pytest.fixture
def rows(path, audit):
    return RowsOfRun(load_dataset(path).table, np.arange(len(audit.given)))


def only(gate):
    (check,) = gate.checks
    return check


APP, WEB = 'slice:"my source"="app store"', 'slice:"my source"=web'


@pytest.mark.parametrize(
    ("condition", "name", "count", "of"),
    [
        ("flagged", "flagged", 5, 40),
        ("class:neg flagged", "class 'neg' flagged", 4, 20),
        (f"{APP} flagged", "slice my source='app store' flagged", 3, 10),
        (f"{WEB} mislabelled", "slice my source='web' mislabelled", 2, 30),
        (
            f"{WEB} class:pos medium",
            "slice my source='web' class 'pos' medium severity",
            1,
            20,
        ),
        (f"{WEB} slice:id=r-2 flagged", "slice my source='web' slice id='r-2' flagged", 1, 1),
    ],
)
def test_each_part_is_counted_on_its_own(audit, rows, condition, name, count, of):
    failed = judge(audit, fail_on=[f"{condition}>={count / of!r}"], rows=rows)
    check = only(failed)
    assert (check.name, check.count, check.of, check.share) == (name, count, of, count / of)
    assert failed.outcome is Outcome.FAIL
    passed = judge(audit, fail_on=[f"{condition}>{count / of!r}"], rows=rows)
    assert passed.outcome is Outcome.PASS


def test_the_bounds_are_those_of_wilson(audit):
    interval = binomtest(5, 40).proportion_ci(method="wilson")
    for bound, value in (("lower95", float(interval.low)), ("upper95", float(interval.high))):
        gate = judge(audit, fail_on=[f"flagged.{bound}>{value - 1e-9}"])
        assert gate.outcome is Outcome.FAIL
        check = only(gate)
        assert (check.low, check.high) == (interval.low, interval.high)
        assert (check.bound, check.basis) == (bound, "95 % Wilson interval")
        assert judge(audit, fail_on=[f"flagged.{bound}>{value + 1e-9}"]).outcome is Outcome.PASS


@pytest.mark.parametrize("metric", [*Verdict, *Severity])
def test_every_metric_counts_its_own(metric):
    kind = metric if isinstance(metric, Verdict) else Verdict.MISLABELLED
    level = metric if isinstance(metric, Severity) else Severity.LOW
    others = [
        Flag(row, "neg", None, 0.5, "", Severity(one), Verdict(two))
        for row, (one, two) in enumerate(
            [
                ("medium" if level is Severity.LOW else "low", "ambiguous"),
                ("medium" if level is Severity.HIGH else "high", "outlier"),
            ]
        )
    ]
    audit = example_audit([*others, Flag(9, "pos", None, 0.5, "", level, kind)])
    audit = replace(audit, by_detector={"duplicates": audit.suspicion, "own": audit.suspicion})
    count = only(judge(audit, fail_on=[f"{metric}>0"])).count
    assert count == sum(
        metric in {audit.issues[i].severity, audit.issues[i].verdict} for i in range(3)
    )
    assert count


@pytest.mark.parametrize(
    ("condition", "what", "hint"),
    [
        ("slice:zzz=web flagged>1%", "no column 'zzz'", "there are id, text, my source"),
        ("slice:'my sorce'=web flagged>1%", "no column 'my sorce'", "did you mean 'my source'?"),
        ("slice:'my source'=wob flagged>1%", "no row has 'wob'", "did you mean 'web'?"),
        ("slice:'my source'=x flagged>1%", "no row has 'x'", "there are 'web', 'app store'"),
        ("slice:id=r-400 flagged>1%", "no row has 'r-400'", "did you mean 'r-4"),
        ("class:nag flagged>1%", "no row has the label 'nag'", "did you mean 'neg'?"),
        ("class:x flagged>1%", "no row has the label 'x'", "there are 'neg', 'pos'"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(audit, rows, condition, what, hint):
    with pytest.raises(SettingError, match=what) as caught:
        judge(audit, fail_on=[condition], rows=rows)
    assert hint in caught.value.hint
    assert "--fail-on" in caught.value.where


def test_a_slice_needs_the_data(audit):
    with pytest.raises(SettingError, match="not at hand"):
        judge(audit, fail_on=[f"{WEB} flagged>1%"])


def test_a_part_that_was_not_judged_is_no_pass(audit, rows):
    app = np.arange(40) % 4 == 0
    unseen = replace(
        audit,
        suspicion=np.where(app, np.nan, audit.suspicion),
        flagged=audit.flagged & ~app,
    )
    gate = judge(unseen, fail_on=[f"{APP} flagged>5%", "flagged>50%"], rows=rows)
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert gate.reason == "no row of slice my source='app store' (10 rows) could be judged"
    nothing = judge(audit, fail_on=[f"{APP} class:pos flagged>5%"], rows=rows)
    assert nothing.outcome is Outcome.INCONCLUSIVE
    failing = judge(unseen, fail_on=[f"{APP} flagged>5%", "flagged>1%"], rows=rows)
    assert failing.outcome is Outcome.FAIL


def test_rows_that_the_data_lost_are_in_no_slice(audit, rows):
    place = rows.place.copy()
    place[[0, 4, 3]] = -1
    gate = judge(audit, fail_on=[f"{APP} flagged>50%"], rows=replace(rows, place=place))
    assert (only(gate).count, only(gate).of, gate.lost) == (1, 8, 3)


@pytest.mark.parametrize(
    ("values", "value", "rows"),
    [
        (pa.array(["a", None, "", "b"]), '""', [1, 2]),
        (pa.array([1, 2, None, 2]), "2", [1, 3]),
        (pa.array([0.5, 2.0, None, 1.5]), "2", [1]),
        (pa.array([True, False, None, True]), "true", [0, 3]),
        (pa.array(["x", "y", "x", None]).dictionary_encode(), "x", [0, 2]),
        (pa.array([0, 86400, None, 0], pa.timestamp("s")), '"1970-01-02 00:00:00"', [1]),
        (pa.array([0, 1, None, 0], pa.date32()), "1970-01-02", [1]),
    ],
)
def test_values_of_any_type_are_named_by_their_text(values, value, rows):
    audit = example_audit([Flag(row, "neg", None, 0.5, "") for row in rows], n=4)
    table = RowsOfRun(pa.table({"c": pa.chunked_array([values])}), np.arange(4))
    check = only(judge(audit, fail_on=[f"slice:c={value} flagged>0"], rows=table))
    assert (check.count, check.of) == (len(rows), len(rows))


def test_a_column_of_lists_has_no_values_to_name():
    audit = example_audit((), n=2)
    table = RowsOfRun(pa.table({"c": pa.array([[1.0], [2.0]])}), np.arange(2))
    with pytest.raises(SettingError, match="holds list"):
        judge(audit, fail_on=["slice:c=1 flagged>0"], rows=table)


def test_the_noise_rate_is_estimated_until_people_measured_it(audit):
    rate = audit.summary.noise_rate
    for suffix, value in (("", rate.estimate), (".lower95", rate.low), (".upper95", rate.high)):
        assert judge(audit, fail_on=[f"noise_rate{suffix}>={value!r}"]).outcome is Outcome.FAIL
        assert judge(audit, fail_on=[f"noise_rate{suffix}>{value!r}"]).outcome is Outcome.PASS
    check = only(judge(audit, fail_on=["noise_rate.lower95>1%"]))
    assert (check.name, check.count, check.basis) == ("noise rate", None, "range over estimators")
    measured = verified(audit)
    check = only(judge(measured, fail_on=["noise_rate.lower95>1%"]))
    assert (check.share, check.low, check.high, check.of) == (0.25, 0.2, 0.3, 300)
    assert check.basis == "95 % interval by people"


def verified(audit):
    nothing = Rate(0.5, 0.25, 0.75, "95 % interval by people")
    people = Verified(
        "1", 300, 150, nothing, nothing, replace(nothing, estimate=0.25, low=0.2, high=0.3)
    )
    return replace(audit, summary=replace(audit.summary, verified=people))


def test_of_a_blind_run_only_what_people_measured_tells():
    blind = blind_audit()
    assert judge(blind, fail_on=["noise_rate>0"]).outcome is Outcome.INCONCLUSIVE
    measured = verified(blind)
    assert judge(measured, fail_on=["noise_rate>50%"]).outcome is Outcome.PASS
    assert judge(measured, fail_on=["noise_rate>1%"]).outcome is Outcome.FAIL
    both = judge(measured, fail_on=["noise_rate>50%", "flagged>50%"])
    assert (both.outcome, both.reason) == (Outcome.INCONCLUSIVE, blind.summary.blind)


def test_a_noise_rate_that_nobody_estimated_is_no_pass():
    gate = judge(example_audit(estimates={}), fail_on=["noise_rate>1%"])
    assert (gate.outcome, gate.reason) == (Outcome.INCONCLUSIVE, "no noise rate was estimated")


def test_options_and_conditions_are_one_machine(audit):
    for option, condition in (
        ({"max_flagged": 0.02}, "flagged>2%"),
        ({"max_high": 0.02}, "high>2%"),
        ({"max_mislabelled": 0.02}, "mislabelled>2%"),
        ({"max_duplicate": 0.02}, "duplicate>2%"),
    ):
        assert judge(audit, **option) == judge(audit, fail_on=[condition])
        assert only(judge(audit, **option)).condition == condition
    each = judge(audit, max_class_flagged=0.02)
    assert each == judge(audit, fail_on=["class:neg flagged>2%", "class:pos flagged>2%"])


def test_conditions_replace_the_usual_limit(audit, rows):
    for question in ({"fail_on": ["high>1%"]}, {"max_increase": 0.01}):
        assert len(judge(audit, **question).checks) == 1


def test_a_rise_beyond_chance_is_held_against_its_limit(path, audit):
    earlier = Earlier("then", audit_of(path, []))
    interval = newcombe(5, 40, 0, 40)
    assert 0 < interval.low < 0.125
    gate = judge(audit, max_increase=interval.low - 1e-6, earlier=earlier)
    assert gate.outcome is Outcome.FAIL
    check = only(gate)
    assert (check.share, check.low, check.high) == (0.125, interval.low, interval.high)
    assert (check.count, check.of, check.past.count, check.past.of) == (5, 40, 0, 40)
    assert (check.past.run, check.past.share, check.bound) == ("then", 0.0, "lower95")
    assert "Newcombe" in check.basis
    assert judge(audit, max_increase=interval.low, earlier=earlier).outcome is Outcome.PASS
    fallen = judge(earlier.audit, max_increase=0, earlier=Earlier("then", audit))
    assert fallen.outcome is Outcome.PASS
    assert only(fallen).share == -0.125


def test_a_rise_that_another_seed_may_bring_is_none(path, audit):
    """Of 40 rows 4 more are flagged: that is 10 points, and may be chance."""
    earlier = Earlier("then", audit_of(path, ["r-1"]))
    gate = judge(audit, max_increase=0.01, earlier=earlier)
    assert gate.outcome is Outcome.PASS
    assert only(gate).share == 0.1


def test_a_rise_from_nothing_known_is_inconclusive(audit):
    gate = judge(audit, max_increase=0.01)
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert "no earlier run" in gate.reason
    gate = judge(audit, max_increase=0, earlier=Earlier("then", blind_audit()))
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert gate.reason.startswith("the earlier run then was blind: the models tell")
    gate = judge(blind_audit(), max_increase=1, earlier=Earlier("then", audit))
    assert gate.outcome is Outcome.INCONCLUSIVE
    assert judge(audit, max_increase=0.01, max_flagged=0).outcome is Outcome.FAIL


def entry(audit, row_id, decision, label="neg"):
    row = audit.row_id.tolist().index(row_id)
    content = f"{int(audit.fingerprint[row]):016x}"
    return Accepted(content, row_id, label, decision, "anna", "2026-03-01", "", "")


def baseline_of(*entries):
    return Baseline(entries, date(2026, 3, 4), "accepted.csv")


def test_known_issues_count_in_no_check(audit, rows):
    baseline = baseline_of(
        entry(audit, "r-0", "known"),
        entry(audit, "r-4", "right"),
        entry(audit, "r-6", "known"),
        entry(audit, "r-8", "known", label="pos"),
    )
    left = leave_out(audit, baseline)
    assert left.reasons == {"known": 1, "said to be right": 1}
    assert (left.baseline, left.stale) == ("accepted.csv", 1)
    gate = judge(
        audit,
        max_flagged=1,
        max_class_flagged=1,
        max_increase=1,
        fail_on=[f"{APP} flagged>99%", "medium>99%"],
        earlier=Earlier("then", audit, left.rows),
        rows=rows,
        uncounted=left,
    )
    counts = {check.name: (check.count, check.of) for check in gate.checks}
    assert counts == {
        "flagged": (3, 40),
        "slice my source='app store' flagged": (1, 10),
        "medium severity": (3, 40),
        "class 'neg' flagged": (2, 20),
        "class 'pos' flagged": (1, 20),
        "rise of flagged": (3, 40),
    }
    assert gate.checks[-1].past.count == 3
    assert gate.uncounted is left


def test_issues_of_another_run_count_once_their_label_changed(tmp_path, audit):
    now = audit_of(
        write_rows(tmp_path / "now.csv", relabelled={1: "neg"}, order=range(39, -1, -1)),
        ["r-1", "r-2", "r-3", "r-4"],
    )
    left = leave_out(now, seen=("before", audit))
    assert left.reasons == {"flagged in run before too": 2}
    assert sorted(now.row_id[left.rows]) == ["r-2", "r-4"]
    assert only(judge(now, max_flagged=1, uncounted=left)).count == 2
    known = leave_out(now, baseline_of(entry(now, "r-4", "known")), seen=("before", audit))
    assert known.reasons == {"known": 1, "flagged in run before too": 1}


def test_a_run_by_other_columns_says_nothing_of_what_is_new(path, audit):
    with pytest.raises(RunError, match="for the id"):
        leave_out(audit, seen=("before", audit_of(path, id_column="text")))


def test_each_row_left_out_has_its_reason(audit):
    baseline = baseline_of(entry(audit, "r-0", "known"), entry(audit, "r-4", "right"))
    seen = audit_of_same(audit, ["r-0", "r-8"])
    left = leave_out(audit, baseline, seen=("before", seen), doubt="no way")
    assert left.why == {0: "known", 4: "said to be right", 8: "flagged in run before too"}
    assert sorted(left.why) == np.flatnonzero(left.rows).tolist()
    assert (left.before, left.doubt) == ("before", "no way")


def audit_of_same(audit, flagged):
    marks = np.isin(audit.row_id, flagged)
    return replace(audit, flagged=marks)


def test_a_first_run_passes_where_that_was_agreed_and_it_could_see(audit):
    gate = judge(audit, max_increase=0.0, first_passes=True)
    assert (gate.outcome, gate.reason) == (Outcome.PASS, "")
    assert only(gate).waived == NO_EARLIER
    assert not only(gate).failed
    assert (
        judge(audit, max_increase=0.0, max_flagged=0.0, first_passes=True).outcome is Outcome.FAIL
    )
    for first_passes in (False, True):
        blind = judge(blind_audit(), max_increase=1, first_passes=first_passes)
        assert blind.outcome is Outcome.INCONCLUSIVE
        assert blind.reason == blind_audit().summary.blind
    nothing = replace(audit, given=np.full_like(audit.given, -1))
    unjudged = judge(nothing, max_increase=1, first_passes=True)
    assert (unjudged.outcome, unjudged.reason) == (Outcome.INCONCLUSIVE, "no row could be judged")


def test_with_an_earlier_run_the_first_has_no_say(path, audit):
    earlier = Earlier("then", audit_of(path, []))
    gates = [
        judge(audit, max_increase=0.01, earlier=earlier, first_passes=one) for one in (False, True)
    ]
    assert gates[0] == gates[1]
    assert gates[0].outcome is Outcome.FAIL


def test_nothing_is_told_from_a_run_that_flagged_by_other_settings(path, audit):
    earlier = Earlier("then", audit_of(path, []), doubt="another threshold")
    gate = judge(audit, max_increase=0.01, earlier=earlier)
    assert (gate.outcome, gate.reason) == (Outcome.INCONCLUSIVE, "another threshold")
    seen = leave_out(audit, seen=("then", audit_of(path, [])), doubt="another threshold")
    gate = judge(audit, max_flagged=0.0, fail_on=["noise_rate>99%"], uncounted=seen)
    assert (gate.outcome, gate.reason) == (Outcome.INCONCLUSIVE, "another threshold")
    # People measured or models estimated it; what an earlier run flagged has no say in it.
    assert [check.reason for check in gate.checks] == ["another threshold", ""]
    assert judge(audit, fail_on=["noise_rate>99%"], uncounted=seen).outcome is Outcome.PASS


def test_notes_are_passed_on(audit):
    assert judge(audit, notes=iter(["one", "two"])).notes == ("one", "two")
