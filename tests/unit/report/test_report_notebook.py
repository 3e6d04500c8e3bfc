from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from audit_example import CASES, blind_audit, example_audit, hostile_audit, many_classes_audit

import labelaudit
from labelaudit.report.findings import headline
from labelaudit.report.notebook import as_html
from labelaudit.report.wording import clean


class Page(HTMLParser):
    """Collects the tags, the text and the cells of a page."""

    VOID = frozenset({"br", "hr"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("name", CASES)
def test_it_is_whole_harmless_html(name):
    page = Page(as_html(CASES[name]()))
    assert page.open == []
    assert set(page.tags) <= {
        *("div", "p", "strong", "bdi", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"),
        *("span", "code"),
    }
    assert set(page.attributes) <= {"style", "scope"}


def test_the_headline_and_the_first_issues_stand_in_it():
    audit = example_audit()
    page = Page(audit._repr_html_())
    text = "".join(page.words)
    assert clean(headline(audit)) in text
    assert "a wonderful, warm film" in text
    assert page.tags.count("tr") == 1 + len(audit.issues)
    assert "rare" not in text or audit.notices


def test_no_more_than_twenty_issues_are_shown():
    audit = many_classes_audit()
    page = Page(as_html(audit))
    assert page.tags.count("tr") == 21
    assert "… and 20 more in audit.issues." in "".join(page.words)


def test_text_of_the_data_is_text():
    html = as_html(hostile_audit())
    assert "<script" not in html
    assert "alert(1)" in html
    assert "<b>" not in html
    assert "إيجابي" in html
    assert "\u202e" not in html
    assert not re.search(r"\$|\\", re.sub(r'style="[^"]*"', "", html))


def test_colours_are_those_of_the_notebook():
    html = as_html(example_audit())
    assert set(re.findall(r"(?:color|background):([^;\"]+)", html)) == {"inherit", "transparent"}


def test_a_blind_run_and_one_with_nothing_flagged():
    assert "BLIND" in as_html(blind_audit())
    assert "<table" not in as_html(CASES["clean"]())


def test_a_long_excerpt_is_cut():
    audit = example_audit()
    issues = (replace(audit.issues[0], excerpt="word " * 100),)
    assert "word…" in as_html(replace(audit, issues=issues))


def test_the_issues_as_a_frame():
    audit = example_audit()
    frame = labelaudit.issues_frame(audit)
    assert isinstance(frame, pd.DataFrame)
    assert frame["row"].tolist() == [issue.row for issue in audit.issues]
    assert frame["given"].tolist() == ["neg", "pos", "neg"]
    assert labelaudit.issues_frame(CASES["clean"]()).empty


def test_the_package_teaches_an_audit_to_show_itself_and_imports_nothing_heavy():
    script = (
        "import json, sys; from labelaudit.types import Audit;"
        "print(json.dumps([callable(Audit._repr_html_), sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    shown, modules = json.loads(done.stdout)
    assert shown
    assert not {"numpy", "pandas", "pyarrow", "labelaudit.report.notebook"} & set(modules)
