from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from audit_example import Flag, blind_audit, clean_audit, example_audit
from measured_example import ALL_CASES, measured_audit
from rich.cells import cell_len
from rich.console import Console

from labelaudit.report import render
from labelaudit.report.terminal import print_concise, print_full

WIDTHS = (20, 60, 80, 120, 200)


def full(audit, width=120, **options):
    paper = StringIO()
    print_full(audit, Console(file=paper, width=width, color_system=None, _environ={}), **options)
    return paper.getvalue()


def table_of(text):
    lines = text.split("\n")
    start = next(index for index, line in enumerate(lines) if line.startswith("Issues"))
    return lines[start + 3 : lines.index(next(x for x in lines if x.startswith("row: position")))]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", ALL_CASES)
def test_no_line_is_wider_than_the_window(case, width):
    lines = full(ALL_CASES[case](), width).split("\n")
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", WIDTHS[1:])
@pytest.mark.parametrize(
    "case", ["plain", "many-classes", "hostile", "integers", "booleans", "measured"]
)
def test_each_issue_is_one_line_that_shows_given_and_suggested(case, width):
    audit = ALL_CASES[case]()
    table = table_of(full(audit, width))
    assert len(table) == min(20, len(audit.issues))
    assert all(" → " in line for line in table)


def test_sections_stand_in_their_order():
    text = full(
        measured_audit(),
        run_id="run-1",
        next_steps=("labelaudit fix x",),
    )
    marks = (
        *("5 of 800 labels", "Issues", "severity: high from", "Measured on errors planted"),
        *("Classes, the most flagged", "Classes taken for", "Noise rate, by", "Together: "),
        *("differ by more than 2x", "Rounds of fitting", "Models, out of fold"),
        *("Kept as run run-1", "next: labelaudit fix x"),
    )
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_notices_stand_between_headline_and_issues():
    text = full(example_audit())
    places = [text.index(mark) for mark in ("3 of 40", "warning:", "hint: merge it", "Issues")]
    assert places == sorted(places)


def test_estimates_that_agree_are_not_doubted():
    assert "differ by more" not in full(example_audit(estimates={"a": 0.1, "b": 0.15}))


def test_measured_bands_fit_a_narrow_window_with_their_interval():
    lines = full(measured_audit(), 60).splitlines()
    start = lines.index("Measured on errors planted into this data")
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[start:]]
    assert cells[1] == ["p(wrong)", "flagged", "were planted", "95 % interval", "found"]
    assert cells[3] == ["0.9 and above", "1", "75.0 %", "59.8\u201385.8 %", "37.5 %"]
    assert cells[5] == ["0.5 to 0.7", "2", "\u2013", "\u2013", "52.5 %"]


def test_narrow_windows_lose_the_interval_before_the_share():
    text = full(measured_audit(), 45)
    assert "were planted" in text
    assert "95 % interval" not in text[text.index("Measured on") :]


def test_estimators_are_explained_where_there_is_room():
    meaning = "labels that are not the models' first choice"
    assert meaning in full(measured_audit(), 80)
    assert meaning not in full(measured_audit(), 60)


def test_estimators_nobody_explained_stand_alone():
    assert "what it is" not in full(example_audit(estimates={"a": 0.1, "b": 0.15}))


def test_kind_is_shown_longer_than_who_found_it():
    wide, narrow = full(measured_audit(), 120), full(measured_audit(), 80)
    assert "LaPo+CL+LoPe" in wide
    meanings = "found by: LaPo label-posterior, LoPe loss-percentile, CL confident-learning"
    assert meanings in " ".join(wide.split())
    assert "LaPo" not in narrow
    kinds = ("mislabelled", "mislabelled", "outlier", "duplicate", "ambiguous")
    for line, kind in zip(table_of(narrow), kinds, strict=True):
        assert f"  {kind}  " in line


def test_one_kind_alone_needs_no_column():
    lines = table_of(full(example_audit(), 200))
    assert not any("mislabelled" in line for line in lines)


def test_limit_shortens_the_table_and_says_so():
    text = full(example_audit(), limit=2)
    assert "(2 of 3)" in text
    assert len(table_of(text)) == 2


def test_limit_zero_shows_no_table():
    assert "Issues" not in full(example_audit(), limit=0)


def test_blind_run_shows_no_rate_as_good_news():
    text = full(blind_audit())
    assert text.startswith("BLIND: ")
    for claim in ("0 flagged", "No label was flagged", " 0.0 %", "Noise rate"):
        assert claim not in text


def test_blind_run_shows_nothing_measured():
    text = full(measured_audit((), blind="chance"))
    assert text.startswith("BLIND: ")
    for claim in ("planted", "Rounds", "Noise rate", "unseen"):
        assert claim not in text


def test_blind_run_with_marked_rows_warns_in_the_title():
    flags = (Flag(1, "pos", "neg", 0.5, "text"),)
    assert "Rows marked by a blind run" in full(example_audit(flags, blind="chance"))


def test_clean_run_says_so():
    assert full(clean_audit()).startswith("No label was flagged among the 40 judged.")


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_text_is_shown_and_does_nothing(width):
    text = full(ALL_CASES["hostile"](), width)
    assert not set(text) & set("\x1b\x07\x9b\u202e\u202c\u200b\r\t")
    assert "[red]" in full(ALL_CASES["hostile"](), 200)


def test_colours_only_where_the_console_has_them():
    paper = StringIO()
    environ = {"NO_COLOR": "1"}
    console = Console(file=paper, width=80, force_terminal=True, _environ=environ)
    print_full(example_audit(), console)
    assert "\x1b[31m" not in paper.getvalue()
    assert "\x1b[33m" not in paper.getvalue()


def test_concise_is_one_line_per_issue_and_a_summary():
    lines = render(example_audit(), "concise").decode().splitlines()
    assert lines[1] == "3 r-3: pos -> neg (p=0.78, medium, mislabelled) an hour too long"
    assert len(lines) == 4
    assert lines[-1].startswith("3 of 40 labels")


def test_concise_says_beyond_what_a_probability_is():
    audit = example_audit()
    issues = tuple(
        replace(issue, error_probability=value)
        for issue, value in zip(audit.issues, (0.999, 0.001, float("nan")), strict=False)
    )
    lines = render(replace(audit, issues=issues), "concise").decode().splitlines()
    assert ["(p>0.99, " in lines[0], "(p<0.01, " in lines[1], "(p=\u2013, " in lines[2]] == [
        True
    ] * 3


def test_concise_is_cut_on_a_terminal_only():
    paper = StringIO()
    console = Console(file=paper, width=40, force_terminal=True, color_system=None, _environ={})
    print_concise(example_audit(), console, limit=1)
    assert paper.getvalue().startswith("17 r-17: neg -> pos (p=0.97, high, misl…\n")
    assert "lights come on" in render(example_audit(), "concise").decode()
