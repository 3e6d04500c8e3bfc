from __future__ import annotations

import pytest
from rules_example import checked, parsed, suggestions

from labelaudit.data.rules.spelling import alike_allowed, fold, meant_labels


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Car", "car"),
        ("car ", " car"),
        ("ice cream", "Ice_Cream"),
        ("ice-cream", "ice  cream"),
        ("ice\u2011cream", "ice\u2013cream"),
        ("_car_", "car"),
        ("caf\u00e9", "cafe\u0301"),
        ("\uff23\uff21\uff32", "car"),
        ("ca\u200br", "car"),
        ("Stra\u00dfe", "STRASSE"),
        ("a\u00a0b", "a b"),
    ],
)
def test_ways_of_writing_one_label(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-1", "1"),
        ("A-", "A"),
        ("A+", "A"),
        ("C++", "C"),
        ("1-0", "10"),
        ("1.0", "10"),
        ("icecream", "ice cream"),
        ("cafe", "caf\u00e9"),
        ("_", "-"),
        ("_", ""),
    ],
)
def test_labels_that_are_not_one(one, other):
    assert fold(one) != fold(other)


def test_the_agreed_spelling_is_that_of_the_rules_else_the_commonest():
    names, counts = ("CAR", "Car", "car", "dog", "Dog"), (1, 5, 3, 2, 2)
    rules = parsed(one_spelling=True)
    assert meant_labels(rules, names, counts) == {"CAR": "Car", "car": "Car", "dog": "Dog"}
    rules = parsed(one_spelling=True, allowed=["car", "dog"])
    assert meant_labels(rules, names, counts) == {"CAR": "car", "Car": "car", "Dog": "dog"}
    rules = parsed(one_spelling=True, spelling={"Car": "auto"})
    assert meant_labels(rules, names, counts) == {"CAR": "car", "Car": "auto", "dog": "Dog"}
    rules = parsed(spelling={"Car": "auto"})
    assert meant_labels(rules, names, counts) == {"Car": "auto"}


def test_what_could_be_two_allowed_labels_is_neither():
    rules = parsed(allowed=["US", "us", "de"])
    assert alike_allowed(rules, ["Us", "US", "DE", "fr"]) == {"DE": "de"}


def test_a_label_written_otherwise_breaks_no_other_rule():
    table = {"label": ["Car", "car", "bus", "BUS "], "wheels": ["4", "4", "6", "6"]}
    rules = {
        "allowed": ["car", "bus"],
        "one_spelling": True,
        "spelling": {"Car": "car"},
        "demand": [{"label": "car", "when": {"column": "wheels", "equals": 4}}],
    }
    assert checked(table, **rules) == {"spelling": [0], "one-spelling": [3]}
    assert suggestions(table, **rules) == ["car", None, None, "bus"]


def test_what_is_not_allowed_points_to_an_allowed_label_written_alike():
    table = {"label": ["Car", "car", "van", "vann"]}
    assert checked(table, allowed=["car", "van"]) == {"allowed": [0, 3]}
    assert suggestions(table, allowed=["car", "van"]) == ["car", None, None, None]
