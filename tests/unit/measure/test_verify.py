from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.stats import binomtest

from labelaudit.audit.plain import verified_from
from labelaudit.audit.runs import RunStore
from labelaudit.errors import InputError, OutputError
from labelaudit.measure.answers import Answer, Finding
from labelaudit.measure.sample import Sample, SampledRow, Stratum, draw_sample
from labelaudit.measure.verify import keep_verified, verify_sample
from labelaudit.measure.verify_ppi import FEWEST_REVIEWED

NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


def make(*parts):
    """Build a sample of strata given as (flagged, population, sampled)."""
    number, strata = 0, []
    for place, (flagged, population, sampled) in enumerate(parts):
        rows = tuple(
            SampledRow(number + at, f"{place}-{at}", "ham", "spam", 0.8 if flagged else 0.05)
            for at in range(1, sampled + 1)
        )
        number += sampled
        mean = 0.8 if flagged else 0.05
        strata.append(Stratum(f"stratum {place}", flagged, population, mean, rows))
    return Sample("sabc", "run-1", 0, "data.csv", ("eggs", "ham", "spam"), 0, tuple(strata))


def answered(sample, wrong, *, unsure=(), silent=(), label=None):
    """Call as many rows of each stratum wrong as told, the others right."""
    answers = {}
    for part, many in zip(sample.strata, wrong, strict=True):
        for at, row in enumerate(part.rows):
            if row.number in silent:
                continue
            finding = Finding.WRONG if at < many else Finding.RIGHT
            if row.number in unsure:
                finding = Finding.UNSURE
            named = label if finding is Finding.WRONG else None
            answers[row.row_id] = Answer(row.row_id, finding, named, "ann", "", "a.csv, row 2")
    return answers


def ends(rate):
    return rate.low, rate.high


def test_precision_is_clopper_pearson_on_the_flagged_rows():
    sample = make((True, 1000, 100), (False, 9000, 100))
    verified = verify_sample(sample, answered(sample, (70, 5))).verified
    theirs = binomtest(70, 100).proportion_ci(0.95, method="exact")
    assert verified.precision.estimate == 0.7
    assert ends(verified.precision) == pytest.approx((theirs.low, theirs.high))
    assert (verified.reviewed, verified.flagged_reviewed) == (200, 100)


def test_missed_is_by_bonferroni_on_both_parts():
    sample = make((True, 1000, 100), (False, 9000, 100))
    missed = verify_sample(sample, answered(sample, (70, 5))).verified.missed
    inside = binomtest(70, 100).proportion_ci(0.975, method="exact")
    outside = binomtest(5, 100).proportion_ci(0.975, method="exact")
    assert missed.estimate == pytest.approx(450 / 1150)
    low = 9000 * outside.low / (9000 * outside.low + 1000 * inside.high)
    high = 9000 * outside.high / (9000 * outside.high + 1000 * inside.low)
    assert ends(missed) == pytest.approx((low, high))


def test_rows_drawn_in_proportion_count_as_one_stratum():
    whole = make((True, 1000, 100), (False, 9000, 100))
    split = make((True, 1000, 100), (False, 900, 10), (False, 8100, 90))
    one = verify_sample(whole, answered(whole, (70, 5))).verified
    other = verify_sample(split, answered(split, (70, 3, 2))).verified
    assert ends(one.missed) == pytest.approx(ends(other.missed))
    assert ends(one.noise_rate) == pytest.approx(ends(other.noise_rate))


def test_rows_answered_out_of_proportion_are_not_taken_for_each_other():
    # Of the suspicious tenth half stays unsure: what is found there speaks for that tenth.
    sample = make((True, 1000, 100), (False, 900, 20), (False, 8100, 180))
    answers = answered(sample, (70, 5, 9), unsure=set(range(111, 121)))
    verified = verify_sample(sample, answers).verified
    wrong = 700 + 900 * 5 / 10 + 8100 * 9 / 180
    assert verified.noise_rate.estimate == pytest.approx(wrong / 10_000)
    assert verified.missed.estimate == pytest.approx((wrong - 700) / wrong)


def test_all_flagged_rows_judged_is_exact():
    sample = make((True, 40, 40), (False, 9000, 100))
    precision = verify_sample(sample, answered(sample, (30, 5))).verified.precision
    assert (precision.low, precision.estimate, precision.high) == pytest.approx((0.75,) * 3)
    assert precision.basis == "every flagged row was judged by people"


def test_what_people_found_is_counted_by_stratum():
    sample = make((True, 1000, 50), (False, 9000, 50))
    answers = answered(sample, (20, 3), unsure={50, 60}, silent={61, 62, 63})
    found = verify_sample(sample, answers)
    flagged, other = found.strata
    assert (flagged.reviewed, flagged.wrong, flagged.unsure, flagged.unanswered) == (49, 20, 1, 0)
    assert (other.reviewed, other.wrong, other.unsure, other.unanswered) == (46, 3, 1, 3)
    assert found.left_out == 5
    assert found.share_left_out == pytest.approx(0.08)
    assert not found.at_random


@pytest.mark.parametrize(
    ("silent", "at_random"), [((), False), (range(81, 101), True), (range(80, 100), False)]
)
def test_the_end_of_the_sample_may_be_missing(silent, at_random):
    sample = make((True, 1000, 50), (False, 9000, 50))
    found = verify_sample(sample, answered(sample, (20, 3), silent=set(silent)))
    assert found.at_random == at_random


def test_the_suggestion_is_held_against_what_people_named():
    sample = make((True, 1000, 50), (False, 9000, 50))
    found = verify_sample(sample, answered(sample, (20, 3), label="spam"))
    assert found.suggestions_of == 20
    assert found.suggestions.estimate == 1
    assert verify_sample(sample, answered(sample, (20, 3), label="eggs")).suggestions.estimate == 0
    unnamed = verify_sample(sample, answered(sample, (20, 3)))
    assert unnamed.suggestions_of == 0
    assert math.isnan(unnamed.suggestions.estimate)


def test_nothing_answered_is_refused():
    sample = make((True, 1000, 50), (False, 9000, 50))
    with pytest.raises(InputError, match="no row is answered"):
        verify_sample(sample, {})
    everyone = set(range(1, 101))
    with pytest.raises(InputError, match="no row is answered"):
        verify_sample(sample, answered(sample, (0, 0), unsure=everyone))


def test_few_answers_give_the_plain_noise_rate_and_say_why():
    sample = make((True, 1000, 50), (False, 9000, 50))
    noise = verify_sample(sample, answered(sample, (20, 6))).verified.noise_rate
    assert noise.estimate == pytest.approx(0.1 * 0.4 + 0.9 * 0.12)
    assert f"takes {FEWEST_REVIEWED}" in noise.basis
    assert "Clopper-Pearson" in noise.basis


def test_many_answers_give_the_prediction_powered_one():
    sample = make((True, 1000, 200), (False, 9000, 200))
    noise = verify_sample(sample, answered(sample, (120, 12))).verified.noise_rate
    assert "prediction-powered" in noise.basis
    assert noise.estimate == pytest.approx(0.1 * 0.6 + 0.9 * 0.06)


def test_everything_judged_is_no_estimate():
    sample = make((True, 100, 100), (False, 300, 300))
    verified = verify_sample(sample, answered(sample, (60, 20))).verified
    for rate, value in (
        (verified.precision, 0.6),
        (verified.missed, 0.25),
        (verified.noise_rate, 0.2),
    ):
        assert (rate.low, rate.estimate, rate.high) == pytest.approx((value,) * 3)


def test_a_run_that_flags_nothing_can_be_verified():
    sample = make((False, 9000, 100))
    verified = verify_sample(sample, answered(sample, (5,))).verified
    assert math.isnan(verified.precision.estimate)
    assert verified.missed.estimate == 1
    theirs = binomtest(5, 100).proportion_ci(0.95, method="exact")
    assert ends(verified.noise_rate) == pytest.approx((theirs.low, theirs.high))


def test_what_is_kept_comes_back_with_the_run(run, tmp_path):
    store = RunStore(tmp_path / ".labelaudit", clock=lambda: NOON)
    kept = store.save(run.audit, command=["detect"], directory=tmp_path, seconds={})
    assert kept.audit().summary.verified is None
    for seed, many in ((0, 5), (1, 0)):
        sample = draw_sample(run.audit, run_id=kept.id, n=60, seed=seed)
        answers = answered(sample, [many] * len(sample.strata), label="spam")
        found = verify_sample(sample, answers)
        keep_verified(found, answers, run_path=kept.path, samples=store.samples_path)
        again = kept.audit().summary.verified
        assert again == found.verified or many == 0
        assert again.sample == sample.id
        listed = json.loads((store.samples_path / f"{sample.id}.answers.json").read_bytes())
        assert len(listed["answers"]) == 60
    assert math.isnan(again.missed.estimate)
    assert ends(again.noise_rate) == ends(found.verified.noise_rate)


def test_a_failure_to_keep_it_leaves_what_was_kept(run, tmp_path):
    store = RunStore(tmp_path / ".labelaudit", clock=lambda: NOON)
    kept = store.save(run.audit, command=["detect"], directory=tmp_path, seconds={})
    sample = draw_sample(run.audit, run_id=kept.id, n=60)
    answers = answered(sample, [3] * len(sample.strata))
    found = verify_sample(sample, answers)
    store.samples_path.parent.joinpath("samples").write_text("in the way")
    with pytest.raises(OutputError):
        keep_verified(found, answers, run_path=kept.path, samples=store.samples_path)
    assert kept.audit().summary.verified is None


def test_figures_survive_json_to_the_last_digit(run, tmp_path):
    sample = make((True, 1000, 97), (False, 9000, 103))
    found = verify_sample(sample, answered(sample, (71, 7)))
    keep_verified(found, {}, run_path=tmp_path, samples=tmp_path / "samples")
    plain = json.loads((tmp_path / "verified.json").read_bytes())
    assert verified_from(plain) == found.verified


def test_over_many_samples_the_intervals_cover_what_is_true(run):
    """The whole way from drawing to figures, against truth that is known."""
    audit = run.audit
    random = np.random.default_rng(5)
    wrong = random.random(len(audit.row_id)) < np.clip(audit.error_probability + 0.05, 0, 1)
    truth = {
        "precision": wrong[audit.flagged].mean(),
        "missed": (wrong & ~audit.flagged).sum() / wrong.sum(),
        "noise_rate": wrong.mean(),
    }
    by_id = dict(zip(audit.row_id, wrong, strict=True))
    covered = dict.fromkeys(truth, 0)
    for seed in range(120):
        sample = draw_sample(audit, run_id="r", n=80, seed=seed)
        answers = {
            row.row_id: Answer(
                row.row_id,
                Finding.WRONG if by_id[row.row_id] else Finding.RIGHT,
                *(None, "", "", ""),
            )
            for row in sample.rows
        }
        verified = verify_sample(sample, answers).verified
        for name, value in truth.items():
            rate = getattr(verified, name)
            covered[name] += rate.low - 1e-9 <= value <= rate.high + 1e-9
    assert min(covered.values()) >= 120 * 0.95 - 2.5 * math.sqrt(120 * 0.95 * 0.05)
