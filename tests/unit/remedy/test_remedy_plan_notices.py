from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from remedy_example import example_audit, flags_of, rows_of, write_data

from labelaudit.remedy.plan import plan_fix
from labelaudit.types import Band, Measured, Rate, Verified

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.types import Audit, Notice

BANDS = (Band(0.92, 1.0, 2, 40, 30, 0.1), Band(0.5, 0.92, 1, 80, 20, 0.5))
AGREES = {"em": 0.1, "em-calibrated": 0.1, "planted-strict": 0.08, "planted-wide": 0.2}
MEASURED = Measured(100, 400, 0.9, 0.6, 0.4, BANDS)


def with_summary(audit: Audit, **changes: object) -> Audit:
    return replace(audit, summary=replace(audit.summary, **changes))


@pytest.fixture
def notices(tmp_path: Path):
    def of(strategy: str = "drop", **changes: object) -> tuple[Notice, ...]:
        audit = with_summary(example_audit(flags_of((0, 2, 4))), **changes)
        data = write_data(tmp_path / "data.csv", rows_of(audit))
        return plan_fix(audit, data, strategy=strategy, run_id="run-1").notices

    return of


def test_planted_errors_tell_what_to_expect_of_an_unsafe_plan(notices) -> None:
    # Two rows lie in the upper band, where 75 % were planted, and one in the lower, 25 %.
    (notice,) = notices(measured=MEASURED, noise_rate_estimates=AGREES)
    assert notice.code == "planted-precision"
    assert "58 % of the rows" in notice.message
    assert notices("downweight", measured=MEASURED) == ()
    assert notices("relabel", measured=MEASURED) == ()


def test_a_run_that_planted_errors_do_not_bear_out_is_told(notices) -> None:
    estimates = {**AGREES, "planted-strict": 0.02}
    (notice,) = notices(noise_rate_estimates=estimates)
    assert notice.code == "not-borne-out"
    assert notices(noise_rate_estimates=AGREES) == ()
    assert notices("downweight", noise_rate_estimates=estimates) == ()


def test_what_people_measured_is_told_instead(notices) -> None:
    rate = Rate(0.6, 0.5, 0.7, "95 % interval")
    verified = Verified("s-1", 50, 20, rate, rate, rate)
    estimates = {**AGREES, "planted-strict": 0.02}
    (notice,) = notices(measured=MEASURED, noise_rate_estimates=estimates, verified=verified)
    assert notice.message == (
        "In sample s-1 people found 60 % of the flagged labels wrong (50 to 70 %; 95 % interval)."
    )


def test_a_blind_run_is_told_before_anything_that_changes_data(notices) -> None:
    for strategy in ("drop", "downweight"):
        codes = [one.code for one in notices(strategy, blind="chance", measured=MEASURED)]
        assert codes == ["blind-run"]
    assert notices("relabel", blind="chance") == ()
