from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest
from audit_example import blind_audit, clean_audit, example_audit
from measured_example import (
    MEASURED,
    measured_audit,
    nothing_found_audit,
    own_probabilities_audit,
)

from labelaudit.audit.noise_rate import NARROW
from labelaudit.report.findings import context, headline

UNSEEN = "How many errors go unseen was not measured: "


def test_headline_counts_and_estimates():
    assert headline(example_audit()).startswith("3 of 40 labels (7.5 %, 95 % interval ")


def test_headline_of_a_clean_run_says_what_that_does_not_prove():
    text = headline(clean_audit())
    assert text.startswith("No label was flagged among the 40 judged.")
    assert "does not prove" in text


def test_headline_of_a_blind_run_is_loud_and_counts_nothing():
    text = headline(blind_audit())
    assert text.startswith("BLIND: ")
    assert "says nothing about the labels" in text
    assert "No label was flagged" not in text
    flagged = headline(replace(example_audit(blind="noise."), notices=()))
    assert "noise. The 3 rows marked below are no better than guesses." in flagged


def test_context_tells_of_rows_set_aside():
    lines = context(example_audit(missing=4))
    assert "4 rows without a label set aside." in lines
    summary = replace(example_audit().summary, judged=39)
    unjudged = context(replace(example_audit(), summary=summary))
    assert "1 labelled row not judged by any model." in unjudged


def test_context_without_models_says_so():
    summary = replace(example_audit().summary, accuracy=nan)
    assert "No model took part." in context(replace(example_audit(), summary=summary))


def test_headline_tells_what_would_be_found_of_planted_errors():
    text = headline(measured_audit())
    assert text.startswith("5 of 800 labels (0.6 %, 95 % interval ")
    assert "by their error probability 64.4 % of those are wrong" in text
    assert "Estimated noise rate 2.5\u201315.6 %." in text
    assert text.endswith(
        "Of 80 errors planted into this data, 62.5 % would be flagged; "
        "of all labels flagged then, 39.1 % are planted ones."
    )


def test_headline_doubts_a_probability_that_planted_errors_do_not_bear_out():
    assert "do not bear that out: it may be far fewer" in headline(measured_audit())
    borne_out = headline(measured_audit(basis=NARROW))
    assert "bear" not in borne_out
    assert (
        "64.4 % of those are wrong (32\u201393 %, a range that held in 9 of 10 samples it was "
        "tried on)" in borne_out
    )
    assert "(not checked on planted errors)" in headline(own_probabilities_audit())


def test_headline_without_the_calibrated_detector_speaks_of_the_probability():
    audit = measured_audit()
    opinions = {name: one for name, one in audit.by_detector.items() if name != "label-posterior"}
    text = headline(replace(audit, by_detector=opinions))
    assert "62.5 % would reach an error probability of 0.33; of all labels that reach it" in text
    assert "would be flagged" not in text


def test_nothing_flagged_tells_what_would_be_missed():
    text = headline(nothing_found_audit())
    assert text.startswith("No label was flagged among the 800 judged. That does not prove")
    assert "of 80 errors planted into this data, 62.5 % would be flagged, 37.5 % would not" in text


@pytest.mark.parametrize(
    ("recall", "told"), [(0.0, "none would be flagged;"), (1.0, "100.0 % would be flagged;")]
)
def test_nothing_flagged_of_planted_errors_none_or_all(recall, told):
    measured = replace(MEASURED, recall=recall, precision=nan)
    text = headline(measured_audit((), measured=measured))
    assert f"of 80 errors planted into this data, {told}" in text
    assert "would not" not in text


def test_precision_of_nothing_is_not_told():
    measured = replace(MEASURED, recall=0.0, precision=nan)
    assert headline(measured_audit(measured=measured)).endswith("data, none would be flagged.")


def test_blind_headline_hides_what_was_measured():
    text = headline(measured_audit(blind="chance"))
    assert text.startswith("BLIND: ")
    assert "planted" not in text


def test_context_counts_kinds_in_words():
    assert context(measured_audit())[0] == (
        "By severity: 1 high, 2 medium, 2 low. "
        "By kind: 2 mislabelled, 1 ambiguous, 1 outlier, 1 duplicate conflict."
    )


def test_context_says_why_nothing_was_measured():
    whole = replace(own_probabilities_audit(), models=example_audit().models)
    without = replace(whole, summary=replace(whole.summary, accuracy=nan))
    assert UNSEEN + "too few rows to plant errors into (it takes about 200)." in context(
        example_audit()
    )
    (told,) = [line for line in context(own_probabilities_audit()) if line.startswith(UNSEEN)]
    assert "the probabilities were given" in told
    assert UNSEEN + "no model took part." in context(without)
    assert UNSEEN + "no errors were planted." in context(whole)
    assert not any(UNSEEN in line for line in (*context(measured_audit()), *context(blind_audit())))
