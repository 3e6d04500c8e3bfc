from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.opinions import quoted
from labelaudit.report.html.isolate import Isolator
from labelaudit.report.wording import clean

SPORT, WEATHER = "رياضة", "الطقس"


def isolated(pieces):
    return [piece for piece, apart in pieces if apart]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        (f"19 of 20 nearest rows are '{SPORT}', 1 is '{WEATHER}'", [f"'{SPORT}'", f"'{WEATHER}'"]),
        ("the row's label isn't 'it's': 3 of 4", []),
        ("""nothing but "it's" and 'spam'""", ['"it\'s"', "'spam'"]),
        ("one's 'spam', another's 'ham'", ["'spam'"]),
        (f"{SPORT} 40 % before, {WEATHER} 60 % after", [SPORT, WEATHER]),
        ("nothing at all", []),
    ],
)
def test_names_are_found(sentence, names):
    pieces = Isolator([SPORT, WEATHER, "spam", "it's"]).pieces(sentence)
    assert isolated(pieces) == names
    assert "".join(piece for piece, _ in pieces) == sentence


def test_both_classes_of_a_pair_are_found():
    cut = Isolator([f"{SPORT} 1", "a given where b", 3]).pair
    name = f"{SPORT} 1 given where a given where b is suggested"
    assert isolated(cut(name)) == [f"{SPORT} 1", "a given where b"]
    assert isolated(cut("a given where b given where 3 is suggested")) == ["a given where b", "3"]
    assert isolated(cut("x given where y is suggested")) == []


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.data())
def test_nothing_is_lost_and_every_quoted_class_is_isolated(labels, data):
    one = data.draw(st.sampled_from(labels))
    sentence = clean(f"5 of 7 rows are {quoted(one)}, 2 are not")
    pieces = Isolator(labels).pieces(sentence)
    assert "".join(piece for piece, _ in pieces) == sentence
    assert clean(quoted(one)) in isolated(pieces)
