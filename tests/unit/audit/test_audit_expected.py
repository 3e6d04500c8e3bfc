from __future__ import annotations

import math

import pytest
from measured_example import measured_audit, nothing_found_audit, own_probabilities_audit

from labelaudit.audit.expected import HELD, UNKNOWN, flags_wrong
from labelaudit.audit.noise_rate import BLURRED, NARROW, WIDE


def test_what_flags_claim_is_the_mean_error_probability_with_room_on_both_sides():
    audit = measured_audit(basis=NARROW)
    rate = flags_wrong(audit)
    errors = [issue.error_probability for issue in audit.issues]
    assert rate.estimate == pytest.approx(sum(errors) / len(errors))
    assert rate.low == pytest.approx(rate.estimate / 2)
    assert 1 - rate.high == pytest.approx((1 - rate.estimate) / 5)
    assert rate.basis == HELD


@pytest.mark.parametrize(
    "audit",
    [
        measured_audit(basis=WIDE),
        measured_audit(basis=BLURRED),
        measured_audit(basis=NARROW, measured=None),
        measured_audit(basis=NARROW, blind="no better than chance"),
        own_probabilities_audit(),
    ],
)
def test_no_range_where_planted_errors_do_not_bear_it_out(audit):
    rate = flags_wrong(audit)
    assert 0 < rate.estimate < 1
    assert math.isnan(rate.low)
    assert math.isnan(rate.high)
    assert rate.basis == UNKNOWN


def test_nothing_flagged_claims_nothing():
    assert math.isnan(flags_wrong(nothing_found_audit()).estimate)
