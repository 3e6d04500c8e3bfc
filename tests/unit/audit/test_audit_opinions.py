from __future__ import annotations

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.opinions import (
    Opinion,
    Witness,
    say_all,
    say_copies,
    say_models,
    say_nearest,
    share,
)


def test_all_models_of_one_mind():
    votes = (("a", "spam", 0.91), ("b", "spam", 0.999), ("c", "spam", 0.7))
    assert say_models(Witness("ham", votes=votes)) == (
        "3 of 3 models hold out for 'spam' (a 0.91, b >0.99, c 0.70)"
    )


def test_models_of_several_minds_those_against_first():
    votes = (("a", "ham", 0.6), ("b", "spam", 0.9))
    assert say_models(Witness("ham", votes=votes)) == (
        "1 of 2 models holds out for 'spam' (b 0.90), 1 for 'ham' (a 0.60)"
    )
    more = (*votes, ("c", "ham", 0.5))
    assert say_models(Witness("ham", votes=more)) == (
        "2 of 3 models hold out for 'ham' (a 0.60, c 0.50), 1 for 'spam' (b 0.90)"
    )


def test_one_model_and_probabilities_of_the_users_own():
    votes = (("logreg", 7, 0.25),)
    assert say_models(Witness(1, votes=votes)) == "the model holds out for '7' (logreg 0.25)"
    own = Witness(1, votes=votes, given_probs=True)
    assert say_models(own) == "the probabilities given speak for '7' (0.25)"


def test_where_votes_were_not_kept_the_models_speak_together():
    known = Witness("ham", probabilities=(("spam", 0.75), ("ham", 0.25)))
    assert say_models(known) == ("held out, the models together give 0.75 to 'spam', 0.25 to 'ham'")
    assert say_models(Witness("ham", probabilities=(("ham", nan),))) == ""


@pytest.mark.parametrize(
    ("nearest", "told"),
    [
        ((), ""),
        (("spam",), "its nearest row is 'spam', none is 'ham'"),
        (("spam",) * 9 + ("ham",), "9 of 10 nearest rows are 'spam', 1 is 'ham'"),
        (("ham",) * 3, "3 of 3 nearest rows are 'ham'"),
        (("spam", "ham"), "1 of 2 nearest rows is 'spam', 1 is 'ham'"),
        (("ham", "ham", "spam", "eggs"), "2 of 4 nearest rows are 'ham'"),
    ],
)
def test_nearest_rows_are_counted(nearest, told):
    assert say_nearest(Witness("ham", nearest=nearest)) == told


def test_it_says_where_only_a_part_of_the_rows_was_looked_at():
    told = say_nearest(Witness("ham", nearest=("ham", "ham"), looked_at=50_000))
    assert told == "2 of 2 nearest rows are 'ham' (of 50,000 rows looked at)"


def test_copies_are_named_those_with_other_labels_first():
    one = Witness("ham", copies=(("812", "spam"),))
    assert say_copies(one) == "identical to row 812, labelled 'spam'"
    alike = Witness("ham", copies=(("7", "ham"),))
    assert say_copies(alike) == "identical to row 7, labelled 'ham' too"
    many = Witness("ham", copies=tuple((str(at), "spam" if at < 5 else "ham") for at in range(7)))
    assert say_copies(many) == (
        "identical to row 0, labelled 'spam'; row 1, labelled 'spam'; row 2, labelled 'spam'; "
        "and 2 more with other labels; 2 more carry 'ham' too"
    )


def opinion(code, suspicion=0.9, *, flagged=True, **facts):
    return Opinion(code, suspicion, flagged, **facts)


def said(*opinions, **known):
    return list(say_all(Witness("ham", opinions=opinions, **known)))


def test_every_detector_says_what_it_thinks():
    posterior = opinion("label-posterior", error_probability=0.81)
    assert said(posterior, threshold=0.25) == [
        "label-posterior holds 'ham' for wrong with probability 0.81; it flags from 0.25 on"
    ]
    calm = opinion("label-posterior", error_probability=0.04, flagged=False)
    assert said(calm, threshold=0.25)[0].endswith("0.04; it flags only from 0.25 on")
    assert said(opinion("confident-learning", 0.75)) == [
        "confident-learning objects: 'ham' is 0.50 less probable than the best other class"
    ]
    assert said(opinion("confident-learning", 0.25, flagged=False)) == [
        "confident-learning does not object: 'ham' is 0.50 more probable than the best other class"
    ]
    loss = opinion("loss-percentile", 0.9, facts={"percentile": 95.0, "scope": "class"})
    told = "the loss of 'ham' is 2.30 nats, among the highest 5 % of its class"
    assert said(loss) == [f"loss-percentile objects: {told}"]
    assert said(opinion("loss-percentile", 0.0, flagged=None)) == [
        "loss-percentile says: the loss of 'ham' is 0.00 nats"
    ]
    assert said(opinion("neighbor-agreement"), nearest=("spam",) * 4) == [
        "neighbor-agreement objects: 4 of 4 nearest rows are 'spam', none is 'ham'"
    ]
    assert said(opinion("duplicates"), copies=(("r1", "spam"),)) == [
        "duplicates objects: identical to row r1, labelled 'spam'"
    ]
    assert said(opinion("rules", 0.0, flagged=False)) == ["rules finds no rule broken"]
    assert said(opinion("rules", 0.99, reason="breaks the rule x")) == ["rules: breaks the rule x"]
    assert said(opinion("other", 0.5)) == ["other objects: suspicion 0.50"]


@pytest.mark.parametrize(
    "code",
    ["label-posterior", "confident-learning", "loss-percentile", "duplicates", "rules", "other"],
)
def test_who_has_no_opinion_says_so(code):
    (sentence,) = said(opinion(code, nan, flagged=False, error_probability=nan))
    assert sentence.startswith(f"{code} abstains")


def test_neighbours_that_nobody_sought_are_told_apart_from_none():
    silent = opinion("neighbor-agreement", nan, flagged=False)
    assert said(silent) == ["neighbor-agreement abstains: no similar row was looked for or found"]
    assert said(silent, nearest=("spam",))[0].startswith("neighbor-agreement abstained; looked up")
    assert said(nearest=("spam", "spam")) == ["2 of 2 nearest rows are 'spam', none is 'ham'"]


def test_copies_that_mean_nothing_are_told_as_such():
    silent = opinion("duplicates", nan, flagged=False)
    (sentence,) = said(silent, copies=(("r1", "spam"),))
    assert "too common" in sentence
    assert "row r1" in sentence


def test_a_probability_is_never_written_as_certain_when_it_is_not():
    assert [share(one) for one in (0.0, 0.001, 0.5, 0.9999, 1.0)] == [
        "0.00",
        "<0.01",
        "0.50",
        ">0.99",
        ">0.99",
    ]


@given(st.floats(0, 1, width=32))
def test_a_probability_is_never_rounded_up_to_where_something_begins(value):
    written = float(share(value).strip("<>"))
    for step in (0.25, 0.5, 0.9):
        assert (written >= step) == (np.float32(value) >= np.float32(step))
    assert abs(written - value) < 0.011


def test_why_it_is_an_outlier_is_said_after_the_models():
    said = say_all(Witness("ham", outlier="it lies far", probabilities=(("ham", 0.9),)))
    assert said[1] == "outlier: it lies far"
