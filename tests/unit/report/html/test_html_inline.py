from __future__ import annotations

import re
import warnings

import pytest
from html_check import Page
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.pictures import INK, draw
from labelaudit.report.html.inline import Names, cells, inline


def drawn(labels, names, **more):
    def paint(axes):
        axes.bar(range(len(labels)), range(len(labels)), color=INK)
        axes.set_xticks(range(len(labels)), [names.stand_in(label) for label in labels])
        axes.set_xlim(-1, len(labels))

    return draw(4, 3, paint, title="a <b> & c", description="told", **more)


@pytest.fixture(scope="module")
def markup():
    names = Names()
    return inline(drawn(["neg", "pos", "<b>"], names), "one", names)


def test_no_style_namespace_or_address_is_left(markup):
    assert not re.search(r"style|xmlns|xlink|http|metadata|<!--", markup)


def test_every_id_has_the_prefix_and_is_referred_to(markup):
    ids = re.findall(r'\bid="([^"]*)"', markup)
    used = re.findall(r'href="#([^"]*)"', markup) + re.findall(r"url\(#([^)]*)\)", markup)
    assert ids
    assert len(ids) == len(set(ids))
    assert all(one.startswith("one-") for one in ids)
    assert set(used) == set(ids) - {"one-title", "one-desc"}


def test_it_has_a_name_and_a_description(markup):
    (svg,) = Page(f"<div>{markup}</div>").of("svg")
    assert svg["role"] == "img"
    assert svg["aria-labelledby"] == "one-title one-desc"
    assert "<title id=" in markup
    assert "a &lt;b&gt; &amp; c</title>" in markup


def test_text_of_the_data_comes_back_as_it_was(markup):
    assert ">neg</text>" in markup
    assert ">&lt;b&gt;</text>" in markup


def test_colours_and_lines_survive_as_attributes(markup):
    assert 'fill="currentColor"' in markup
    assert 'stroke-width="0.8"' in markup
    assert 'text-anchor="middle"' in markup


def test_it_is_much_smaller_than_what_was_drawn(markup):
    names = Names()
    assert len(markup) < 0.6 * len(drawn(["neg", "pos", "<b>"], names))


@pytest.mark.parametrize(
    "label", ["正面评价", "إيجابي", "$x^$_{", "\\frac{", "a -- b", "😀", "ไทย"]
)
def test_any_script_is_drawn_without_a_warning(label):
    names = Names()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f">{label}</text>" in inline(drawn([label, "b"], names), "p", names)


@given(st.lists(st.text(max_size=8), max_size=5))
def test_stand_ins_are_apart_and_plain(labels):
    names = Names()
    tokens = [names.stand_in(label) for label in labels]
    assert len(set(tokens)) == len(tokens)
    assert all(re.fullmatch(r"q\d+qn*", token) for token in tokens)


def test_what_is_no_stand_in_stays():
    assert Names().true("0.5") == "0.5"


def test_wide_characters_take_two_cells():
    assert [cells(text) for text in ("ab", "正a", "e\u0301", "")] == [2, 3, 1, 0]
