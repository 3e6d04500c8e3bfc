"""`labelaudit lint`: rows that break written rules, and what CI makes of them."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

CSV = """id,text,amount,label
a,hello,1,order
b,"two
lines",-1,refund

c,free iphone,2,Order
d,,x,refnd
"""
RULES = """
allowed = ["order", "refund", "spam"]
required = ["text"]
one-spelling = true

[[forbid]]
label = "refund"
when = { column = "amount", below = 0 }
because = "refunds are positive amounts"

[[demand]]
name = "bait"
label = "spam"
when = { column = "text", matches = 'free\\s+iphone' }

[[range]]
column = "amount"
min = -10
"""


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


def test_broken_rules_are_listed_with_their_rows(cli, data, rules):
    answer = cli("lint", "data.csv")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "data.csv: allowed: 1 row: the label is none of 'order', 'refund', 'spam'",
        "  data.csv:7  id d  refnd  did you mean 'refund'?",
        (
            "data.csv: one-spelling: 1 row: the label differs from another only in case, spaces, "
            "hyphens or Unicode form"
        ),
        "  data.csv:6  id c  'Order' → 'order'",
        (
            "data.csv: forbid-1: 1 row: 'refund' cannot be where amount is below 0 "
            "(refunds are positive amounts)"
        ),
        "  data.csv:3  id b  refund  amount = -1",
        "data.csv: bait: 1 row: the label must be 'spam' where text matches 'free\\\\s+iphone'",
        "  data.csv:6  id c  Order → spam  text = free iphone",
        "data.csv: required: 1 row: text is empty",
        "  data.csv:7  id d",
        "data.csv: range-1: 1 row: amount is not a number from -10",
        "  data.csv:7  id d  amount = x",
    ]
    assert answer.err.splitlines()[0] == "data.csv: 3 of 4 rows break 6 of 6 rules"


def test_kept_rules_pass(cli, data, tmp_path):
    (tmp_path / "mine.toml").write_text('required = ["label"]\n', encoding="utf-8")
    answer = cli("lint", "data.csv", "--rules", "mine.toml")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "data.csv: 4 rows, all rules are kept\n"
    answer = cli("lint", "data.csv", "--rules", "mine.toml", "-q")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_rules_stand_in_the_configuration_in_a_file_or_nowhere(cli, data, tmp_path):
    answer = cli("lint", "data.csv")
    assert answer.code == 2
    assert "no rules to check" in answer.err
    assert "rules.toml" in answer.err
    (tmp_path / "pyproject.toml").write_text(
        '[tool.labelaudit.rules]\nallowed = ["order"]\n', encoding="utf-8"
    )
    assert "allowed: 3 rows" in cli("lint", "data.csv").out
    (tmp_path / "labelaudit.toml").write_text(
        '[rules]\nallowed = ["order", "Order"]\n', encoding="utf-8"
    )
    assert "allowed: 2 rows" in cli("lint", "data.csv").out
    # The section is there, so a file that is only found by its name has no say.
    (tmp_path / "rules.toml").write_text('required = ["text"]\n', encoding="utf-8")
    assert "allowed: 2 rows" in cli("lint", "data.csv").out
    assert "text is empty" in cli("lint", "data.csv", "--rules", "rules.toml").out
    (tmp_path / "labelaudit.toml").write_text("folds = 3\n", encoding="utf-8")
    assert "text is empty" in cli("lint", "data.csv").out
    assert cli("lint", "data.csv", "--rules", "none").code == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('alowed = ["a"]', ["rules.toml", "alowed", "did you mean 'allowed'?"]),
        ("[[forbid]]\nlabel = 'order'", ["rules.toml, forbid-1", "'when' is missing"]),
        (
            "[[demand]]\nlabel = 'a'\nwhen = { column = 'txt', empty = true }",
            ["rules.toml, demand-1", "'txt'", "did you mean 'text'?"],
        ),
        (
            "[[demand]]\nlabel = 'a'\nwhen = { column = 'text', matches = '(?<=a)b' }",
            ["rules.toml, demand-1, when, matches", "no look-ahead, look-behind"],
        ),
        ('allowed = ["a"', ["rules.toml", "TOML"]),
    ],
)
def test_mistakes_in_rules_name_file_rule_and_key(cli, data, rules, text, words):
    rules.write_text(text, encoding="utf-8")
    answer = cli("lint", "data.csv")
    assert answer.code == 2
    assert answer.out == ""
    for word in words:
        assert word in answer.err


def test_mistakes_in_the_section_name_its_file(cli, data, tmp_path):
    (tmp_path / "labelaudit.toml").write_text(
        "[[rules.range]]\ncolumn = 'amount'\nmin = 'x'\n", encoding="utf-8"
    )
    answer = cli("lint", "data.csv")
    assert answer.code == 2
    assert "labelaudit.toml, rules, range-1, min" in answer.err


def test_several_files_and_no_file(cli, data, rules, tmp_path):
    frame = pd.read_csv(data, skip_blank_lines=True)
    frame.to_parquet(tmp_path / "data.parquet", index=False)
    answer = cli("lint", "data.csv", "data.parquet", "--limit", 0)
    assert answer.code == 1
    heads = [line for line in answer.out.splitlines() if not line.startswith(" ")]
    assert [line.partition(": ")[0] for line in heads] == ["data.csv"] * 6 + ["data.parquet"] * 6
    assert "  and 1 row more; --limit 1 lists all" in answer.out
    answer = cli("lint", "data.parquet")
    assert "data.parquet row 1  id b  refund  amount = -1" in answer.out
    answer = cli("lint", "nowhere.csv")
    assert answer.code == 2
    assert "no such file" in answer.err


def test_the_label_column_is_found_or_named(cli, data, rules, tmp_path):
    text = CSV.replace("label", "kind", 1)
    data.write_text(text, encoding="utf-8")
    answer = cli("lint", "data.csv")
    assert answer.code == 2
    assert "--label" in answer.err
    assert cli("lint", "data.csv", "--label", "kind").code == 1
    # Rules about other columns ask for no label.
    (tmp_path / "rules.toml").write_text('required = ["text"]\n', encoding="utf-8")
    assert "data.csv:7  id d" not in cli("lint", "data.csv", "--limit", 0).out
    assert cli("lint", "data.csv").code == 1


def test_json_tells_everything_and_every_row(cli, data, rules):
    answer = cli("lint", "data.csv", "--json", "-q")
    assert (answer.code, answer.err) == (1, "")
    told = json.loads(answer.out)
    assert (told["schema_version"], told["rules"], told["kept"]) == (1, "rules.toml", False)
    (one,) = told["files"]
    assert (one["path"], one["rows"], one["label"], one["rows_broken"]) == (
        *("data.csv", 4, "label"),
        3,
    )
    by_rule = {rule["rule"]: rule for rule in one["broken"]}
    assert by_rule["forbid-1"] == {
        "rule": "forbid-1",
        "kind": "forbid",
        "message": "'refund' cannot be where amount is below 0",
        "because": "refunds are positive amounts",
        "count": 1,
        "rows": [
            {
                "row": 1,
                "line": 3,
                "row_id": "b",
                "label": "refund",
                "suggested": None,
                "cells": {"amount": "-1"},
                "reason": "'refund' cannot be where amount is below 0",
            }
        ],
    }
    assert by_rule["bait"]["rows"][0]["suggested"] == "spam"


def test_hostile_cells_do_nothing_to_a_terminal(cli, tmp_path):
    hostile = "\x1b[31m\u202eevil\u200b\x85"
    frame = pd.DataFrame(
        {"id": [hostile, "b"], hostile: ["x", "y"], "label": [f"spam{hostile}", "ham"]}
    )
    frame.to_csv(tmp_path / "data.csv", index=False)
    name, label = json.dumps(hostile), json.dumps(f"spam{hostile}")
    (tmp_path / "rules.toml").write_text(
        f"allowed = ['ham', {label}]\n[[forbid]]\nbecause = {name}\nlabel = {label}\n"
        f"when = {{ column = {name}, equals = 'x' }}\n",
        encoding="utf-8",
    )
    for form in ([], ["--json"]):
        answer = cli("lint", "data.csv", *form)
        assert answer.code == 1
        for sign in ("\x1b", "\u202e", "\u200b", "\x85"):
            assert sign not in answer.out + answer.err
    (tmp_path / "rules.toml").write_text(f"allowed = [{json.dumps(hostile)}]", encoding="utf-8")
    answer = cli("lint", "data.csv")
    assert answer.code == 1
    assert "\x1b" not in answer.out + answer.err


def test_standard_input_is_read(data, rules, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "labelaudit", "lint", "-", "--limit", "1"],
        input=CSV.encode(),
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert b"- row 1  id b  refund  amount = -1" in done.stdout


LIST_IMPORTED = """
import sys
from labelaudit.cli.main import run
code = run(["lint", "data.csv"])
print(code, *sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def test_no_model_library_is_imported(data, rules, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIST_IMPORTED],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1"},
        check=True,
        cwd=tmp_path,
    )
    code, *imported = done.stderr.splitlines()[-1].split()
    assert code == "1"
    assert not {"sklearn", "cleanlab", "scipy", "skrub", "joblib"} & set(imported)


def test_detect_takes_rules_along(cli, texts, tmp_path):
    (tmp_path / "rules.toml").write_text(
        '[[forbid]]\nname = "m9"\nlabel = ["spam", "ham"]\n'
        'when = { column = "id", equals = "m009" }\n',
        encoding="utf-8",
    )
    answer = cli("detect", texts, "-q", "-f", "json", "--fast")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    (issue,) = (one for one in told["issues"] if "rules" in one["detectors"])
    assert (issue["row_id"], issue["verdict"], issue["severity"]) == ("m009", "mislabelled", "high")
    assert "breaks the rule m9" in issue["explanation"]
    assert told["settings"]["rules"]["forbid"][0]["name"] == "m9"
    answer = cli("detect", texts, "-q", "-f", "json", "--fast", "--rules", "none")
    assert "rules" not in {
        name for one in json.loads(answer.out)["issues"] for name in one["detectors"]
    }
    answer = cli("detect", texts, "-q", "--rules", "nowhere.toml")
    assert answer.code == 2
    assert "nowhere.toml" in answer.err


def test_a_kept_run_holds_its_rules(cli, texts, tmp_path):
    (tmp_path / "rules.toml").write_text('allowed = ["spam"]\n', encoding="utf-8")
    assert cli("detect", texts, "-q", "--detectors", "rules").code == 0
    (tmp_path / "rules.toml").unlink()
    told = json.loads(cli("report", "-f", "json").out)
    assert told["settings"]["rules"] == {"allowed": ["spam"]}


def test_files_of_our_own_are_skipped(cli, data, rules, tmp_path):
    from labelaudit.audit.baseline import COLUMNS
    from labelaudit.review.queue import DECISION_COLUMNS

    columns = ["rank", "row_id", "given_label", "suggested_label", "run", *DECISION_COLUMNS]
    (tmp_path / "labelaudit-baseline.csv").write_text(",".join(COLUMNS) + "\n")
    (tmp_path / "another.csv").write_text("\ufeff" + ",".join(reversed(COLUMNS)) + "\r\n")
    (tmp_path / "data.relabel.csv").write_text(",".join(columns) + "\n1,a,x,y,,,,\n")
    pd.DataFrame({name: [""] for name in columns}).to_parquet(tmp_path / "queue.parquet")
    kept = tmp_path / ".labelaudit" / "runs" / "one"
    kept.mkdir(parents=True)
    (kept / "issues.csv").write_text("row_id,label\na,nope\n")
    ours = {
        "labelaudit-baseline.csv": "a baseline",
        "another.csv": "a baseline",
        "data.relabel.csv": "a review queue",
        "queue.parquet": "a review queue",
        ".labelaudit/runs/one/issues.csv": "part of a kept run",
    }
    answer = cli("lint", *ours)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines() == [
        f"{name}: skipped, it is {what} of labelaudit" for name, what in ours.items()
    ]
    both = cli("lint", "data.csv", *ours, "--json")
    assert both.code == 1
    assert [one["path"] for one in json.loads(both.out)["files"]] == ["data.csv"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"row_id,label\n", b"id,text\n"])
def test_what_only_looks_like_ours_is_checked(cli, rules, tmp_path, content):
    (tmp_path / "labelaudit-baseline.csv").write_bytes(content)
    answer = cli("lint", "labelaudit-baseline.csv")
    assert "skipped" not in answer.err


def test_a_parquet_file_that_is_none_is_refused_as_ever(cli, rules, tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    answer = cli("lint", "x.parquet")
    assert answer.code == 2
    assert "skipped" not in answer.err
