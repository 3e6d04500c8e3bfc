from __future__ import annotations

import pytest
from audit_example import example_audit
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from measured_example import ALL_CASES, measured_audit

from labelaudit.report import render
from labelaudit.report.markdown import code, prose
from labelaudit.report.wording import clean

COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TEXT = st.text(alphabet=st.one_of(st.sampled_from("`|\\<>&[]()*_~#! ax@"), st.characters()))


def inline_tokens(markdown):
    (block,) = [token for token in COMMONMARK.parse(markdown) if token.type == "inline"]
    return block.children


@pytest.mark.parametrize("case", ALL_CASES)
def test_nothing_of_the_data_becomes_markup(case):
    html = COMMONMARK.render(render(ALL_CASES[case](), "markdown").decode())
    for tag in ("<script", "<a ", "<img", "<b>", "<em>", "<del>"):
        assert tag not in html
    assert html.count("<h1>") == 1
    assert html.count("<strong>") == 1


@pytest.mark.parametrize("case", ALL_CASES)
def test_every_table_row_has_as_many_cells_as_its_header(case):
    audit = ALL_CASES[case]()
    tokens = COMMONMARK.parse(render(audit, "markdown").decode())
    rows, cells = [], 0
    for token in tokens:
        if token.type == "tr_open":
            cells = 0
        cells += token.type in {"td_open", "th_open"}
        if token.type == "tr_close":
            rows.append(cells)
    tables = sum(token.type == "table_open" for token in tokens)
    assert tables >= 1
    shown = min(20, len(audit.issues))
    assert rows.count(11) == (shown + 1 if shown else 0)


@given(TEXT)
def test_code_spans_give_back_the_text_in_a_table(text):
    table = f"| a | b |\n| --- | --- |\n| {code(text)} | end |"
    spans = [
        child.content
        for token in COMMONMARK.parse(table)
        if token.type == "inline"
        for child in token.children or ()
        if child.type == "code_inline"
    ]
    shown = clean(text)
    # A backslash before a pipe is read differently by different renderers.
    if "\\|" not in shown:
        assert spans == ([shown] if shown else [])


@given(TEXT)
def test_prose_is_text_only(text):
    if clean(text):
        tokens = inline_tokens("x " + prose(text) + " x")
        assert {token.type for token in tokens} <= {"text", "text_special"}


def test_prose_neither_mentions_nor_links():
    assert prose("@team https://x.org www.x.org") == (
        "@&#8288;team https:&#47;/x.org www&#46;x.org"
    )


def test_limit_is_heeded():
    assert "## Issues (1 of 3)" in render(example_audit(), "markdown", limit=1).decode()


def test_long_excerpts_are_cut():
    audit = ALL_CASES["plain"]()
    longest = max(render(audit, "markdown").decode().splitlines(), key=len)
    assert len(longest) < 400


def test_measured_bands_rounds_and_meanings_are_told():
    text = render(measured_audit(), "markdown").decode()
    assert "| 0.9 and above | 1 | 75.0 % | 59.8\u201385.8 % | 37.5 % |" in text
    assert "| 1 | 4 | 6 | 2 | 1 | 81.2 % |" in text
    assert "| `em` | 9.4 % | mean posterior at sharpness 2, not yet calibrated |" in text
    assert "ambiguous, no class is clearly ahead" in text
    assert "high from a p(wrong) of 0.9" in text


def test_blind_report_has_no_section_of_what_was_measured():
    text = render(measured_audit(blind="chance"), "markdown").decode()
    assert "## Rows marked by a blind run" in text
    for title in ("## Measured", "## Rounds", "## Noise rate"):
        assert title not in text
