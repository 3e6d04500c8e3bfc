from __future__ import annotations

from dataclasses import replace

import pytest
from audit_example import boolean_audit, many_classes_audit
from evidence_example import evidence_audit
from hypothesis import given
from hypothesis import strategies as st
from measured_example import measured_audit

from labelaudit.report.glossary import KINDS
from labelaudit.report.html.cards import MAX_TEXT, Views, highlight
from labelaudit.types import Sign, Verdict


def word(name, label="pos"):
    return Sign(name, "", "", 1.0, label)


def marked(text, *signs):
    return [piece for piece in highlight(text, signs, "neg") if piece[1]]


def test_words_are_marked_by_the_side_they_are_on():
    text = "A warm film, but Warm rooms; not warmth."
    assert marked(text, word("warm"), word("rooms", "neg")) == [
        ("warm", "other"),
        ("Warm", "other"),
        ("rooms", "given"),
    ]


def test_longer_words_come_first_and_signs_are_no_patterns():
    assert marked("not good (at all)", word("good"), word("not good"), word("(at")) == [
        ("not good", "other"),
        ("(at", "other"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [("这部电影非常好看", "非常"), ("หนังสนุกมาก", "สนุก"), ("это был кот", "кот")],
)
def test_scripts_without_blanks_are_marked_within(text, name):
    assert marked(text, word(name)) == [(name, "other")]


def test_a_word_within_another_is_not_marked_where_blanks_divide():
    assert marked("котлета", word("кот")) == []


@given(st.text(max_size=80), st.lists(st.text(max_size=4), max_size=4))
def test_the_pieces_are_the_text(text, names):
    pieces = highlight(text, [word(name) for name in names], "neg")
    whole = "".join(piece for piece, _ in pieces)
    assert whole == "".join(piece for piece, _ in highlight(text, (), "neg"))
    assert all(piece for piece, _ in pieces)


def test_long_text_is_cut():
    ((shown, _),) = highlight("x" * 5000, (), "neg")
    assert len(shown) == MAX_TEXT
    assert shown.endswith("…")


def test_lines_stay_and_controls_are_shown():
    assert highlight("a\r\nb\x1b[0m\u202e", (), "neg") == (("a\nb␛[0m[U+202E]", ""),)


def test_without_a_card_the_given_and_the_suggested_class_are_among_the_bars():
    audit = many_classes_audit()
    view = Views(audit).view(39, with_card=True)
    assert {"given", "suggested"} <= {bar.role for bar in view.bars}
    assert 2 <= len(view.bars) <= 5


def test_unknown_probabilities_have_no_bar():
    view = Views(boolean_audit()).view(0, with_card=True)
    assert view.bars == ()
    assert view.suggested == "\u2013"


def test_a_card_can_be_left_out():
    audit = evidence_audit(measured_audit())
    assert Views(audit).view(0, with_card=True).opinions
    assert Views(audit).view(0, with_card=False).opinions == ()


def test_issues_know_their_patterns_except_when_blind():
    audit = evidence_audit(measured_audit())
    assert Views(audit).view(0, with_card=True).patterns == "0"
    assert Views(audit).view(1, with_card=True).patterns == "1"
    blind = replace(audit, summary=replace(audit.summary, blind="chance"))
    assert Views(blind).view(0, with_card=True).patterns == ""


def test_an_outlier_is_told_by_the_test_that_it_fails():
    audit = measured_audit()
    place = next(at for at, one in enumerate(audit.issues) if one.verdict is Verdict.OUTLIER)
    why = "no class fits it: the most probable has 0.36, 0.90 is usual"
    issues = list(audit.issues)
    issues[place] = replace(issues[place], explanation=f"its loss is high; {why}")
    told = Views(replace(audit, issues=tuple(issues))).view(place, with_card=True)
    assert told.kind == why
    unknown = Views(audit).view(place, with_card=True)
    assert unknown.kind == KINDS[Verdict.OUTLIER]


def test_invisible_characters_are_named():
    assert highlight("\ufeffa\u200bb", (), "neg") == (("[U+FEFF]a[U+200B]b", ""),)
