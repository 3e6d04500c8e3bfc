from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote_to_bytes, urljoin

import hostile
import numpy as np
import pytest
from audit_example import Flag, blind_audit, boolean_audit, example_audit
from hypothesis import given

from labelaudit.report import ci
from labelaudit.report.ci import (
    by_severity,
    fingerprints,
    loudness,
    row_text,
    source_file,
    source_name,
    source_uri,
    told,
)
from labelaudit.types import Column, Role, Schema, Severity, Verdict


def named(path):
    audit = example_audit()
    return replace(audit, source=replace(audit.source, path=path))


def test_the_most_severe_come_first_and_then_the_rank():
    order = (Severity.LOW, Severity.HIGH, Severity.MEDIUM, Severity.HIGH)
    flags = [Flag(row, "neg", "pos", 0.5, "", level) for row, level in enumerate(order)]
    assert [issue.row for issue in by_severity(example_audit(flags))] == [1, 3, 2, 0]


def test_a_blind_run_is_not_loud():
    audit = example_audit(blind="chance")
    assert {loudness(audit, issue) for issue in audit.issues} == {Severity.LOW}
    assert told(audit, audit.issues[0]).startswith("a guess of a blind run: ")
    seeing = example_audit()
    assert [loudness(seeing, one) for one in seeing.issues] == [
        one.severity for one in seeing.issues
    ]


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("suggested", ["pos", None])
def test_every_verdict_has_its_words(verdict, suggested):
    audit = example_audit([Flag(4, "neg", suggested, 0.5, "secret", verdict=verdict)])
    sentence = told(audit, audit.issues[0])
    assert sentence.startswith('label "neg" ')
    assert ('"pos"' in sentence) == (suggested is not None)
    assert "data row 4 (the first is 0), id r-4;" in sentence
    assert "secret" not in sentence


def test_long_labels_and_ids_are_cut():
    flag = Flag(0, "x" * 500, None, 0.5, "", row_id="y" * 500)
    audit = example_audit([flag], classes=("x" * 500, "z"))
    assert len(told(audit, audit.issues[0])) < 400


def test_booleans_are_written_as_everywhere():
    audit = boolean_audit()
    assert 'label "true"' in told(audit, audit.issues[0])


def test_the_text_of_a_row_is_its_explanation_and_excerpt():
    issue = example_audit().issues[1]
    assert row_text(issue) == ["flagged by confident-learning", "an hour too long"]
    assert row_text(replace(issue, excerpt="\n")) == ["flagged by confident-learning"]


@given(hostile.audits())
def test_what_is_told_is_one_harmless_line(audit):
    for issue in audit.issues:
        line = told(audit, issue)
        assert line == ci.clean(line)


def test_stdin_and_memory_are_no_files():
    assert source_file(named("-")) is source_file(named("<memory>")) is None
    assert (source_name(named("-")), source_name(named("<memory>"))) == ("stdin", "memory")
    assert source_file(named("./a/../b.csv")) == "a/../b.csv"


def test_uris_lead_back_to_the_bytes_of_the_path():
    for path in ("a b/ü #?%.csv", "name\udcff.csv", "odd:name.csv", "../x.csv"):
        uri = source_uri(path)
        assert unquote_to_bytes(uri) == path.encode("utf-8", "surrogateescape")
        assert urljoin("https://example.org/a/b/", uri).startswith("https://example.org/a/")
    assert source_uri("/abs/ü.csv") == "file:///abs/%C3%BC.csv"
    assert source_uri("\ud800.csv") == "%3F.csv"


def test_fingerprints_go_by_content_and_label_and_not_by_place():
    audit = example_audit()
    names = fingerprints(audit, audit.issues)
    assert len(set(names)) == 3
    moved = replace(
        audit,
        fingerprint=np.roll(audit.fingerprint, 5),
        issues=tuple(
            replace(issue, row=(issue.row + 5) % 40, rank=9, row_id="new", line=None)
            for issue in audit.issues
        ),
    )
    assert fingerprints(moved, moved.issues) == names
    relabelled = replace(audit, issues=tuple(replace(one, given="pos") for one in audit.issues))
    again = fingerprints(relabelled, relabelled.issues)
    assert [a == b for a, b in zip(again, names, strict=True)] == [False, True, False]


def test_copies_are_told_apart_by_number():
    audit = example_audit()
    copies = replace(audit, fingerprint=np.array([1] * 39 + [2], dtype=np.uint64))
    one, _, other = fingerprints(copies, copies.issues)
    assert one.split(":")[0] == other.split(":")[0]
    assert (one.split(":")[1], other.split(":")[1]) == ("1", "2")


def test_rows_without_content_go_by_their_id():
    audit = example_audit()
    empty = replace(audit, fingerprint=np.zeros(40, dtype=np.uint64))
    names = fingerprints(empty, empty.issues)
    assert all(name.endswith(":1") for name in names)
    assert fingerprints(empty, reversed(empty.issues)) == names[::-1]
    unnamed = replace(empty, schema=Schema((Column("label", Role.LABEL, "name"),)))
    assert [name[-2:] for name in fingerprints(unnamed, unnamed.issues)] == [":1", ":1", ":2"]


def test_labels_of_another_type_are_another_label():
    flags = [Flag(0, 1, None, 0.5, ""), Flag(1, "1", None, 0.5, "")]
    audit = example_audit(flags, classes=(1, "1"))
    same = replace(audit, fingerprint=np.array([7, 7, *range(38)], dtype=np.uint64))
    assert [name[-2:] for name in fingerprints(same, same.issues)] == [":1", ":1"]


def test_nothing_flagged_has_no_names():
    assert fingerprints(blind_audit(), ()) == []
