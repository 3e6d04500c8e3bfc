"""Audits whose errors were measured on planted ones, or could not be, beside `CASES`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from audit_example import CASES, Flag, example_audit
from evidence_example import evidence_audit

from labelaudit.audit.noise_rate import NARROW, WIDE
from labelaudit.types import (
    Band,
    Measured,
    ModelReport,
    Rate,
    Round,
    Severity,
    Verdict,
    Verified,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from labelaudit.types import Audit

POSTERIOR, CONFIDENT, LOSS = "label-posterior", "confident-learning", "loss-percentile"
ESTIMATES = {
    "confident-joint": 0.0625,
    "disagreement": 0.15625,
    "em": 0.09375,
    "em-calibrated": 0.125,
    "label-issues": 0.046875,
    "planted-strict": 0.03125,
    "planted-wide": 0.140625,
}
FLAGS = (
    Flag(17, "neg", "pos", 0.96875, "a warm film", Severity.HIGH, detectors=(POSTERIOR, LOSS)),
    Flag(
        3,
        "pos",
        "neg",
        0.78125,
        "an hour too long, and then an hour more",
        detectors=(POSTERIOR, CONFIDENT, LOSS),
    ),
    Flag(8, "neg", "pos", 0.625, "?", verdict=Verdict.OUTLIER, detectors=(POSTERIOR,)),
    Flag(9, "pos", None, 0.5, "fine", Severity.LOW, Verdict.DUPLICATE, ("duplicates",)),
    Flag(31, "neg", "pos", 0.34375, "not bad", Severity.LOW, Verdict.AMBIGUOUS, (POSTERIOR,)),
)
MEASURED = Measured(
    planted=80,
    rows=800,
    auroc=0.875,
    recall=0.625,
    precision=0.390625,
    bands=(
        Band(0.9, 1.0, flagged=1, rows=40, planted=30, found=0.375),
        Band(0.7, 0.9, flagged=1, rows=40, planted=12, found=0.525),
        Band(0.5, 0.7, flagged=2, rows=0, planted=0, found=0.525),
        Band(0.33, 0.5, flagged=1, rows=48, planted=8, found=0.625),
    ),
)
ROUNDS = (
    Round(left_out=4, flagged=6, entered=2, left=1, overlap=0.8125),
    Round(left_out=1234, flagged=0, entered=0, left=6, overlap=float("nan")),
)


def measured_audit(
    flags: tuple[Flag, ...] = FLAGS,
    *,
    measured: Measured | None = MEASURED,
    rounds: tuple[Round, ...] = ROUNDS,
    basis: str = WIDE,
    blind: str = "",
) -> Audit:
    """Build one whose labels are flagged by the calibrated error probability."""
    audit = example_audit(flags, n=800, notices=(), estimates=ESTIMATES, blind=blind)
    low, high = (0.0625, 0.125) if basis == NARROW else (0.025, 0.15625)
    summary = replace(
        audit.summary,
        noise_rate=Rate(0.09375, low, high, basis),
        measured=measured,
        rounds=rounds,
    )
    none = np.zeros(len(audit.row_id), dtype=np.float32)
    opinions = {POSTERIOR: audit.suspicion, **audit.by_detector, "duplicates": none}
    return replace(audit, by_detector=opinions, summary=summary)


def nothing_found_audit() -> Audit:
    """Give one where nothing is flagged, though planted errors would be."""
    bands = tuple(replace(band, flagged=0) for band in MEASURED.bands)
    measured = replace(MEASURED, bands=bands)
    return measured_audit((), measured=measured, rounds=(), basis=NARROW)


def own_probabilities_audit() -> Audit:
    """Give one made from the user's own probabilities."""
    audit = measured_audit(measured=None, rounds=())
    return replace(audit, models=(ModelReport("pred-probs", 0.9, 0.25),))


CLOPPER_PEARSON = "95 % Clopper-Pearson interval"
COMBINED = (
    "95 % interval from Clopper-Pearson bounds of 2 strata, combined by Bonferroni: conservative"
)
VERIFIED = Verified(
    sample="s0123456789",
    reviewed=290,
    flagged_reviewed=5,
    precision=Rate(0.6, 0.6, 0.6, "every flagged row was judged by people"),
    missed=Rate(0.25, 0.0625, 0.75, COMBINED),
    noise_rate=Rate(0.046875, 0.03125, 0.0859375, f"{CLOPPER_PEARSON} (and no other)"),
)


def verified_audit(verified: Verified = VERIFIED, *, accepted: int = 12) -> Audit:
    """Give one of which people judged a sample, and whose baseline lets labels stand."""
    audit = measured_audit(rounds=())
    summary = replace(audit.summary, verified=verified, accepted=accepted)
    return replace(audit, summary=summary)


def with_evidence_audit() -> Audit:
    """Give one with findings, patterns and cards."""
    return evidence_audit(measured_audit())


MEASURED_CASES: dict[str, Callable[[], Audit]] = {
    "measured": measured_audit,
    "measured-clean": nothing_found_audit,
    "own-probabilities": own_probabilities_audit,
    "verified": verified_audit,
    "evidence": with_evidence_audit,
}
ALL_CASES = CASES | MEASURED_CASES
