from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from unittest.mock import patch

import pytest
from evidence_example import evidence_audit, hostile_evidence_audit, large_audit, scripts_audit
from hostile import audits
from html_check import Page, faults
from hypothesis import given, settings
from measured_example import ALL_CASES, measured_audit, verified_audit

from labelaudit.audit.gate import judge
from labelaudit.report import Kept, render, write_report
from labelaudit.report.html import page as page_module
from labelaudit.types import Finding

CASES = ALL_CASES | {
    "scripts": scripts_audit,
    "hostile-evidence": lambda: hostile_evidence_audit(ALL_CASES["hostile"]()),
    "verified-evidence": lambda: evidence_audit(verified_audit()),
    "blind-evidence": lambda: evidence_audit(measured_audit(blind="chance")),
}


@pytest.fixture(scope="module")
def pages():
    made = {}

    def page(name):
        if name not in made:
            made[name] = render(CASES[name](), "html")
        return made[name]

    return page


def sections(content):
    return [one["id"] for one in Page(content).of("section")]


@pytest.mark.parametrize("case", CASES)
def test_every_page_is_sound(case, pages):
    assert faults(pages(case)) == []


@pytest.mark.parametrize("case", ["evidence", "hostile-evidence", "many-classes"])
def test_the_same_audit_gives_the_same_bytes(case, pages):
    assert render(CASES[case](), "html") == pages(case)


@pytest.mark.parametrize(("limit", "outcome"), [(0.0, "fail"), (1.0, "pass")])
def test_a_gate_speaks_first(limit, outcome):
    audit = measured_audit()
    content = render(audit, "html", gate=judge(audit, max_flagged=limit))
    assert faults(content) == []
    text = content.decode()
    banner = text.partition(f'<div class="gate {outcome}">')[2].partition("</div>")[0]
    assert f"Gate: {outcome.upper()}: flagged: 5 of 800" in banner
    assert text.index('class="gate') < text.index("are flagged; by their error probability")


def test_without_a_gate_there_is_no_banner(pages):
    assert b'<div class="gate' not in pages("evidence")


def test_sections_stand_in_the_order_people_need_them(pages):
    assert sections(pages("evidence")) == [
        "verdict",
        "findings",
        "sight",
        "patterns",
        "issues",
        "pictures",
        "tables",
        "making",
    ]
    assert sections(pages("plain"))[:3] == ["verdict", "warnings", "sight"]
    figures = [one["id"] for one in Page(pages("evidence")).of("figure")]
    assert figures == [
        f"figure-{name}" for name in ("confusion", "losses", "reliability", "noise", "found")
    ]


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_loaded_from_anywhere(case, pages):
    text = pages(case).decode()
    assert not re.search(r"@import|\bimport\(|fetch\(|XMLHttp|WebSocket|sendBeacon", text)
    policy = re.search(r'Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
    directives = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives.keys() == {
        "default-src",
        "style-src",
        "script-src",
        "base-uri",
        "form-action",
    }
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        hashed = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{hashed}'"


def test_hostile_text_shows_as_text(pages):
    page = Page(pages("hostile-evidence"))
    assert len(page.of("script")) == 1
    assert page.of("img") == []
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}" in page.words
    assert "49" not in re.findall(r"\{\{.*?\}\}|\b49\b", page.words)
    assert not set(pages("hostile-evidence").decode()) & set("\x1b\x07\x9b\u202e\u202c\udcff")


@settings(max_examples=60)
@given(audits())
def test_no_text_gets_out_of_its_place(audit):
    with patch.object(page_module, "figures", return_value=[]):
        content = render(hostile_evidence_audit(audit), "html")
    assert faults(content) == []
    page = Page(content)
    assert len(page.of("script")) == len(page.of("style")) == 1
    assert len(page.of("tbody")) >= len(audit.issues)


def test_what_is_not_known_is_not_told(pages):
    words = Page(pages("clean")).words
    assert "No label was flagged among the 40 judged (95 % interval" in words
    assert "No label is flagged." in words
    assert "figure-confusion" not in pages("clean").decode()
    assert "issue-table" not in re.sub(r"(?s)<(style|script)>.*?</\1>", "", pages("clean").decode())


def test_a_blind_run_says_so_first_and_shows_no_findings_of_its_own(pages):
    page = Page(pages("blind-evidence"))
    assert page.of("section")[0]["class"] == "blind"
    assert page.words.index("BLIND") < page.words.index("Change no label by this run.")
    shown = {one["id"] for one in page.of("figure")}
    assert shown == {"figure-losses", "figure-reliability"}
    assert "patterns" not in sections(pages("blind-evidence"))
    assert "Rows marked by a blind run" in page.words
    assert "labelaudit fix" not in page.words


def test_the_verdict_names_the_interval_and_what_to_do():
    words = Page(render(measured_audit(), "html")).words
    start = words.index("5 of 800 labels (0.6 %, 95 % interval 0.3\u20137.5 %) are flagged")
    assert words.index("What to do next") > start
    assert "labelaudit fix --strategy relabel" in words
    assert "labelaudit sample" in words
    assert "labelaudit sample" not in Page(render(verified_audit(), "html")).words


def test_a_card_tells_everything_it_holds(pages):
    words = Page(pages("evidence")).words
    for told in (
        "3 of 3 models hold out for pos.",
        "Similar rows that agree with the suggestion",
        "much like a warm film",
        "age is 131, usually 18 to 64; speaks for pos",
        "From the linear model",
        "What would change the verdict",
    ):
        assert told in words
    assert '<mark class="other">warm</mark>' in pages("evidence").decode()


def test_an_issue_without_a_card_tells_what_the_issue_says():
    words = Page(render(ALL_CASES["plain"](), "html")).words
    assert "Why: flagged by confident-learning and loss-percentile" in words
    assert "Probabilities, held out" in words


def test_commands_in_a_remedy_look_like_commands():
    finding = Finding("x", "It is so.", "Run `labelaudit <doctor>` or `wait`.", 1)
    text = render(replace(ALL_CASES["clean"](), findings=(finding,)), "html").decode()
    assert "Run <code>labelaudit &lt;doctor&gt;</code> or <code>wait</code>." in text
    odd = replace(finding, remedy="Mind the ` there.")
    assert (
        "Mind the ` there."
        in render(replace(ALL_CASES["clean"](), findings=(odd,)), "html").decode()
    )


def test_a_limit_is_heeded_and_what_is_left_out_is_said():
    audit = evidence_audit(measured_audit())
    page = Page(render(audit, "html", limit=2))
    assert "The first 2 of 5 issues; the other 3 are left out" in page.words
    assert sum("data-n" in one for one in page.of("tbody")) == 2
    none = Page(render(audit, "html", limit=0))
    assert "5 issues, none of which was asked for here" in none.words


def test_a_large_audit_stays_small():
    content = render(large_audit(), "html")
    # "Over time" may add up to 250,000 bytes to this: see test_html_over_time.py.
    assert 1_500_000 < len(content) < 2_700_000
    assert faults(content) == []
    words = Page(content).words
    assert re.search(r"The first [\d,]+ of 6,000 issues; the other [\d,]+ are left out", words)
    assert "issues.csv" in words


def test_wide_text_counts_as_bytes():
    audit = scripts_audit()
    wide = tuple(replace(one, excerpt="字" * 300) for one in audit.issues * 300)
    probs = audit.issue_pred_probs.repeat(300, axis=0)
    large = replace(audit, issues=wide, issue_pred_probs=probs, cards=())
    with patch.object(page_module, "figures", return_value=[]):
        assert len(render(large, "html")) < 3_000_000


def test_it_can_be_written_by_name(tmp_path):
    path = write_report(ALL_CASES["plain"](), f"html={tmp_path / 'report.html'}")
    assert path.read_bytes().startswith(b"<!DOCTYPE html>")


KEPT = Kept("20260314-091500-rows", "2026-03-14T09:15:30+00:00", "my runs")


def test_the_page_names_its_run_and_commands_find_it():
    page = Page(render(evidence_audit(measured_audit()), "html", kept=KEPT))
    assert "run 20260314-091500-rows, made 2026-03-14 09:15 UTC" in page.words
    assert "labelaudit fix --strategy relabel --store 'my runs'" in page.words
    assert "labelaudit sample --store 'my runs'" in page.words
    usual = Page(render(measured_audit(), "html", kept=replace(KEPT, store=""))).words
    assert "labelaudit sample" in usual
    assert "--store" not in usual


def test_who_has_no_card_is_told_how_to_get_it(pages):
    page = Page(render(evidence_audit(measured_audit()), "html", kept=KEPT))
    assert page.words.count("All evidence:") == 1
    command = "labelaudit explain '#5' 20260314-091500-rows --store 'my runs'"
    assert f"All evidence: {command}" in page.words
    assert "From #5 on they come without similar rows" in page.words
    # Nothing could tell it where no run is kept.
    assert "All evidence:" not in Page(pages("evidence")).words
    assert "they come without" not in Page(pages("plain")).words


def test_a_large_page_with_commands_stays_small():
    with patch.object(page_module, "figures", return_value=[]):
        content = render(large_audit(), "html", kept=KEPT)
    assert len(content) < 2_900_000
    assert faults(content) == []


def test_labels_that_change_over_time_stand_apart_and_show_no_issues():
    audit = evidence_audit(measured_audit())
    ids = audit.patterns[0].row_ids
    change = replace(
        audit.patterns[0],
        kind="time",
        name="labels change from day 2026-03-01",
        note="This says nothing about errors.",
    )
    before = Page(render(audit, "html"))
    after = Page(render(replace(audit, patterns=(*audit.patterns, change)), "html"))
    assert "Labels that change over time" not in before.words
    assert "Labels that change over time labels change from day 2026-03-01." in after.words
    buttons = [
        [one["data-pattern"] for one in page.of("button") if "data-pattern" in one]
        for page in (before, after)
    ]
    assert ids
    assert buttons[0] == buttons[1]
    marked = [
        [one.get("data-p") for one in page.of("tbody") if "data-n" in one]
        for page in (before, after)
    ]
    assert marked[0] == marked[1]


def test_columns_are_told_by_their_role_and_settings_in_words():
    audit = replace(
        measured_audit(),
        settings={"label": None, "text": [], "loss_percentile": 95.0, "detectors": ["a", "b"]},
    )
    words = Page(render(audit, "html")).words
    assert "label column label" in words
    assert "text column text" in words
    assert "setting loss-percentile 95 " in words
    assert "setting detectors a, b " in words
    assert "settings not given label, text" in words
    assert "null" not in words


def test_names_in_sentences_are_isolated():
    audit = scripts_audit()
    label = audit.classes[0]
    cards = tuple(
        replace(one, opinions=(f"4 of 5 rows are {label!r}, 1 is not",)) for one in audit.cards
    )
    text = render(replace(audit, cards=cards), "html").decode()
    assert f"4 of 5 rows are <bdi>&#39;{label}&#39;</bdi>, 1 is not" in text


def test_abbreviations_are_spelled_out_where_they_stand():
    text = render(measured_audit(), "html").decode()
    assert '<abbr title="confident-learning">CL</abbr>' in text


def test_a_similar_row_without_an_excerpt_ends_with_its_similarity():
    audit = evidence_audit(measured_audit())
    bare = (replace(audit.cards[0].agree[0], excerpt=""),)
    audit = replace(audit, cards=(replace(audit.cards[0], agree=bare), *audit.cards[1:]))
    assert "similarity 0.94</li>" in render(audit, "html").decode()


def test_bars_are_explained_where_several_models_made_them():
    assert "the geometric mean of the models" in Page(render(measured_audit(), "html")).words
    alone = replace(measured_audit(), models=measured_audit().models[:1])
    assert "the geometric mean of the models" not in Page(render(alone, "html")).words
