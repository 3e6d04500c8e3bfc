from __future__ import annotations

import re
from dataclasses import replace

import hostile
import pytest
from audit_example import Flag, blind_audit, example_audit
from hypothesis import given
from hypothesis import strategies as st
from measured_example import ALL_CASES

from labelaudit.report import render
from labelaudit.report.github import MOST, command
from labelaudit.types import SEVERITIES, Severity

KINDS = ("error", "warning", "notice")


def unescape(text, pairs):
    for sign, code in pairs:
        text = text.replace(code, sign)
    return text


def parse(line):
    """Read a workflow command as the runner does: data and properties have their escapes."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    kind, listed, message = found.groups()
    escapes = [("\r", "%0D"), ("\n", "%0A")]
    properties = {
        name: unescape(value, [*escapes, (":", "%3A"), (",", "%2C"), ("%", "%25")])
        for name, _, value in (one.partition("=") for one in listed.split(","))
    }
    return kind, properties, unescape(message, [*escapes, ("%", "%25")])


def commands(audit, **options):
    content = render(audit, "github", **options).decode()
    assert content.endswith("\n")
    # GitHub ends lines where .NET does: at these two alone.
    return [parse(line) for line in re.split("[\r\n]", content[:-1])]


@given(st.one_of(hostile.text, st.text()), st.one_of(hostile.paths, st.text()))
def test_a_command_gives_back_what_went_in(message, value):
    line = command("error", message, {"file": value, "title": "t"})
    assert not set(line) & set("\r\n")
    assert parse(line) == ("error", {"file": value, "title": "t"}, message)


@given(hostile.audits(), st.booleans())
def test_every_line_is_a_command_of_ours(audit, include_text):
    found = commands(audit, include_text=include_text)
    assert {kind for kind, _, _ in found} <= set(KINDS)
    assert all(set(properties) <= {"file", "line", "title"} for _, properties, _ in found)
    for kind in KINDS:
        assert sum(one == kind for one, _, _ in found) <= MOST
    texts = [text for _, properties, message in found for text in (message, *properties.values())]
    acting = {chr(code) for code in (*range(9), *range(11, 13), *range(14, 32), *range(127, 160))}
    assert not set("".join(texts)) & (acting | {"\u202e", "\u2066"})


@pytest.mark.parametrize("case", ALL_CASES)
def test_the_headline_comes_first(case):
    (kind, properties, message), *_ = commands(ALL_CASES[case]())
    assert properties == {"title": "labelaudit"}
    assert kind == ("warning" if case == "blind" else "notice")
    assert ("BLIND" in message) == (case == "blind")


def test_a_row_is_pointed_at_by_file_and_line():
    _, first, *_ = commands(example_audit())
    assert first[:2] == (
        "error",
        {"file": "reviews.csv", "line": "19", "title": "labelaudit: mislabelled"},
    )
    assert "id r-17" in first[2]


def test_without_lines_the_file_is_pointed_at_and_the_row_named():
    audit = example_audit([Flag(7, "neg", "pos", 0.5, "")])
    _, (_, properties, message) = commands(audit)
    assert properties == {"file": "reviews.csv", "title": "labelaudit: mislabelled"}
    assert "data row 7" in message


def test_what_is_no_file_is_not_pointed_at():
    audit = example_audit()
    piped = replace(audit, source=replace(audit.source, path="-"))
    assert all("file" not in properties for _, properties, _ in commands(piped))


def test_ten_of_a_kind_and_the_rest_is_counted():
    levels = [SEVERITIES[row % 3] for row in range(60)]
    flags = [Flag(row, "neg", "pos", 0.5, "", level) for row, level in enumerate(levels)]
    found = commands(example_audit(flags, n=80))
    kinds = [kind for kind, _, _ in found]
    assert [kinds.count(kind) for kind in KINDS] == [10, 10, 10]
    assert kinds[1:] == sorted(kinds[1:], key=KINDS.index)
    assert "31 more are not listed here (10 high, 10 medium, 11 low)" in found[0][2]


def test_exactly_ten_of_a_kind_hide_nothing():
    flags = [Flag(row, "neg", "pos", 0.9, "", Severity.HIGH) for row in range(10)]
    found = commands(example_audit(flags))
    assert len(found) == 11
    assert "more" not in found[0][2]


def test_a_blind_run_points_out_no_error():
    found = commands(example_audit(blind="chance"))
    assert [kind for kind, _, _ in found] == ["warning", "notice", "notice", "notice"]
    assert len(commands(blind_audit())) == 1


def test_the_text_of_rows_is_told_only_when_asked_for():
    assert b"an hour too long" not in render(example_audit(), "github")
    assert b"%0Aan hour too long\n" in render(example_audit(), "github", include_text=True)
