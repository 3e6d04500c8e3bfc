from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from cli_data import PLANTED, messages
from rich.console import Console

from labelaudit.audit.runs import RunStore
from labelaudit.cli.explain_view import print_card

WORDS = re.compile(r"\[(\w+)\]")


def text_of(row):
    return messages().text[row]


def test_it_shows_the_evidence_about_an_issue(audited):
    answer = audited("explain", "#1")
    assert answer.code == 0
    assert answer.err.startswith("taken for the issue of rank 1: id m")
    lines = answer.out.splitlines()
    assert re.match(r"m\d{3} \(#1, row \d+ of .*messages.csv, line \d+\)$", lines[0])
    assert re.match(r"(ham → spam|spam → ham): p\(wrong\) >?0\.\d\d, \w+, mislabelled$", lines[1])
    for heading in (
        "Text",
        "Probabilities, held out",
        "Opinions",
        "Most similar rows labelled spam",
        "Most similar rows labelled ham",
        "What speaks for which class",
        "What would change this",
    ):
        assert heading in lines
    row = int(re.search(r"row (\d+) of", lines[0])[1])
    assert row in PLANTED
    assert set(WORDS.findall(answer.out)) - {"words"} <= set(text_of(row).split())
    assert "models hold out for" in answer.out


def test_the_terminal_is_never_wider_than_it_is(audited, monkeypatch):
    for width in (60, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        answer = audited("explain", "#1")
        assert max(map(len, answer.out.splitlines())) <= width


def test_json_holds_the_card(audited):
    answer = audited("explain", "#1", "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert next(iter(told)) == "schema_version"
    assert told["rank"] == 1
    assert told["flagged"] is True
    card = told["card"]
    assert card["row_id"] == told["row_id"]
    assert card["text"] == text_of(told["row"])
    assert {label for label, _ in card["probabilities"]} == {"ham", "spam"}
    assert {one["label"] for one in card["agree"]} == {told["suggested"]}
    assert {one["label"] for one in card["disagree"]} == {told["given"]}
    assert card["signs_basis"]
    again = audited("explain", told["row_id"], "--json", "-q")
    assert again.out == answer.out
    assert again.err == ""


def test_a_row_that_is_not_flagged_says_why_not(audited):
    answer = audited("explain", "m000", "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    assert told["flagged"] is False
    assert told["rank"] is told["verdict"] is told["severity"] is None
    shares = dict(told["card"]["probabilities"])
    assert set(shares) == {"ham", "spam"}
    assert abs(sum(shares.values()) - 1) < 1e-5
    assert "It would be flagged if" in told["card"]["would_change"]
    shown = audited("explain", "m000")
    assert re.findall(r"^  (ham|spam) +<?>?0\.\d\d", shown.out, re.MULTILINE) == list(shares)
    assert re.search(r"^(ham|spam): not flagged; p\(wrong\) <?0\.\d\d$", shown.out, re.MULTILINE)


def test_a_number_is_a_place_where_no_id_matches(audited):
    answer = audited("explain", "17", "--json")
    assert json.loads(answer.out)["row_id"] == "m017"
    assert "row number 17, counted from 0, since no row has the id '17'" in answer.err


@pytest.fixture
def numbered(cli, tmp_path):
    """A run of rows whose ids are numbers of other rows, and one a rank."""
    frame = messages()
    frame["id"] = [str(239 - row) for row in range(240)]
    frame.loc[7, "id"] = "#1"
    frame.to_csv(tmp_path / "numbered.csv", index=False)
    assert cli("detect", "numbered.csv", "-q", "-f", "csv").code == 0
    return cli


def test_an_id_goes_before_a_place_and_the_other_row_is_told(numbered):
    answer = numbered("explain", "0", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["row"] == 239
    assert answer.err == "id 0 is row 239; row number 0 (id 239): labelaudit explain row:0\n"
    again = numbered("explain", "row:0", "--json")
    assert json.loads(again.out)["row"] == 0
    assert again.err == "taken for row number 0, counted from 0: id 239\n"
    assert numbered("explain", "0", "--json", "-q").err == ""
    named = numbered("explain", "id:0", "--json")
    assert (named.out, named.err) == (answer.out, "")


def test_a_number_that_names_an_issue_says_its_rank(numbered):
    first = json.loads(numbered("explain", "id:" + str(239 - PLANTED[0]), "--json").out)
    answer = numbered("explain", str(PLANTED[0]), "--store", ".labelaudit")
    assert answer.code == 0
    assert answer.err == (
        f"id {PLANTED[0]} is row {239 - PLANTED[0]}; row number {PLANTED[0]} "
        f"(id {239 - PLANTED[0]}, issue {first['rank']}): "
        f"labelaudit explain row:{PLANTED[0]} --store .labelaudit\n"
    )


def test_an_id_that_looks_like_a_rank_tells_the_issue_of_that_rank(numbered):
    answer = numbered("explain", "#1", "--json")
    assert json.loads(answer.out)["row"] == 7
    told = re.fullmatch(
        r"id #1 is row 7; the issue of rank 1 \(id (\d+)\): labelaudit explain id:\1\n", answer.err
    )
    assert json.loads(numbered("explain", f"id:{told[1]}", "--json").out)["rank"] == 1


def test_a_run_that_was_named_stands_in_the_command(numbered):
    (run,) = [one["id"] for one in json.loads(numbered("runs", "--json").out)]
    answer = numbered("explain", "0", run)
    assert answer.err.endswith(f"labelaudit explain row:0 {run}\n")


def test_where_id_and_place_agree_there_is_nothing_to_tell(cli, tmp_path):
    frame = messages()
    frame["id"] = range(240)
    frame.to_csv(tmp_path / "numbered.csv", index=False)
    assert cli("detect", "numbered.csv", "-q", "-f", "csv").code == 0
    answers = [cli("explain", one, "--json", "-q") for one in ("17", "id:17", "row:17")]
    assert {answer.out for answer in answers} == {answers[0].out}
    assert json.loads(answers[0].out)["row"] == 17
    assert cli("explain", "17", "--json").err == ""


WRONG = (
    ("m0000", "there is no row 'm0000'", "did you mean 'm000'?"),
    ("zzzzzzzz", "there is no row 'zzzzzzzz'", "give a row id, '#1'"),
    ("#999", "there is no issue of rank 999", "ranks begin with #1"),
    ("#0", "there is no issue of rank 0", "ranks begin with #1"),
    ("240", "no row has the id '240', and there are only 240 rows", "such as 'row:17'"),
    ("row:240", "there is no row number 240: the run has 240 rows", "begin with 0"),
    ("row:x", "there is no row 'row:x'", "give a row id, '#1'"),
    ("id:m0000", "no row has the id 'm0000'", "did you mean 'm000'?"),
    ("id:", "no row has the id ''", "give a row id, '#1'"),
    ("9" * 5000, "there is no row", "give a row id"),
)


def test_a_row_that_is_not_there_is_the_users_to_fix(audited):
    for row, what, hint in WRONG:
        answer = audited("explain", row)
        assert answer.code == 2
        assert answer.out == ""
        assert what in answer.err
        assert hint in answer.err


def test_a_kept_card_needs_no_file_and_others_do(audited, tmp_path):
    (tmp_path / "messages.csv").unlink()
    assert audited("explain", "#1").code == 0
    answer = audited("explain", "m000")
    assert answer.code == 2
    assert answer.out == ""


def test_a_row_that_changed_is_refused_and_a_file_that_changed_is_told(audited, tmp_path):
    frame = messages()
    frame.loc[0, "text"] = "quite another text"
    frame.loc[1, "label"] = "ham" if frame.label[1] == "spam" else "spam"
    frame.drop(index=2).to_csv(tmp_path / "messages.csv", index=False)
    for row, why in (("m000", "content changed"), ("m001", "label changed"), ("m002", "not in")):
        answer = audited("explain", row)
        assert answer.code == 2
        assert why in answer.err
    answer = audited("explain", "m005")
    assert answer.code == 0
    assert "the file changed since the run" in answer.err


def test_another_file_can_be_named(audited, tmp_path):
    (tmp_path / "messages.csv").rename(tmp_path / "moved.csv")
    answer = audited("explain", "m000", "--data", "moved.csv")
    assert answer.code == 0, answer.err
    assert "changed" not in answer.err


def test_without_a_run_it_says_what_to_do(cli):
    answer = cli("explain", "#1")
    assert answer.code == 2
    assert "labelaudit detect" in answer.err


def test_words_of_a_class_are_styled_where_there_is_colour(audited):
    audit = RunStore(Path(".labelaudit")).load().audit()
    paper = StringIO()
    console = Console(file=paper, width=80, force_terminal=True, color_system="truecolor")
    print_card(console, audit, audit.issues[0].row, audit.cards[0])
    coloured = paper.getvalue()
    sign = next(one for one in audit.cards[0].signs if one.label == audit.issues[0].suggested)
    assert f"\x1b[1;31m{sign.name}\x1b[0m" in coloured
    assert f"[{sign.name}]" not in coloured


def test_text_of_the_data_does_nothing_to_the_terminal(cli, tmp_path):
    frame = messages()
    row = PLANTED[0]
    frame["text"] += " \x1b[31mred\x07 [bold]x[/bold] \u202eback"
    frame["id"] = [f"{one}\x1b[2J" for one in frame["id"]]
    frame.to_csv(tmp_path / "hostile.csv", index=False)
    assert cli("detect", "hostile.csv", "-q", "-f", "csv").code == 0
    for arguments in (("#1",), (str(row),), ("0",), ("#1", "--json")):
        answer = cli("explain", *arguments)
        assert answer.code == 0, answer.err
        for stream in (answer.out, answer.err):
            assert not set("\x1b\x07\u202e") & set(stream)
    assert "[bold]x[/bold]" in cli("explain", "0").out


def test_tables_show_unusual_columns(cli, table):
    assert cli("detect", table, "-q", "-f", "csv").code == 0
    answer = cli("explain", "#1")
    assert answer.code == 0
    heading = next(line for line in answer.out.splitlines() if "usual for" in line)
    assert re.fullmatch(r" +column +value +usual for \d +speaks for +weight", heading)
    assert re.search(r"^  (width|height) +-?\d", answer.out, re.MULTILINE)
    assert "Text" not in answer.out.splitlines()


def test_a_blind_run_says_so_before_anything_else(cli, tmp_path):
    frame = messages()
    frame["label"] = np.random.default_rng(5).permutation(frame["label"])
    frame.to_csv(tmp_path / "noise.csv", index=False)
    assert cli("detect", "noise.csv", "-q", "-f", "csv").code == 0
    reason = RunStore(Path(".labelaudit")).load().audit().summary.blind
    answer = cli("explain", "m000")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("BLIND: this run cannot see label errors: ")
    warned, _, card = answer.out.partition("\n\n")
    assert " ".join(warned.split()).endswith(
        f"{reason.rstrip('. ')}. "
        "What it says of one row is no reason to change its label or to trust it."
    )
    assert card.startswith("m000 (row 0 of ")
    told = json.loads(cli("explain", "m000", "--json").out)
    assert told["blind"] is True
    assert told["blind_reason"] == reason
    assert list(told)[:2] == ["schema_version", "blind"]


def test_a_run_that_sees_says_nothing_of_blindness(audited):
    assert "BLIND" not in audited("explain", "#1").out
    told = json.loads(audited("explain", "#1", "--json").out)
    assert told["blind"] is False
    assert told["blind_reason"] is None
