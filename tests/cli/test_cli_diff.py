"""`diff` between two runs and between two versions of the labels, without any model."""

from __future__ import annotations

import json

import pytest
from gate_example import audit_of, keep, write_rows
from prepared_run import keep_run, prepare, table_of, write_table

from labelaudit.audit.runs import RunStore
from labelaudit.remedy.ledger import Batch, JsonlLedger
from labelaudit.remedy.versions import VersionStore


@pytest.fixture
def path(cli, tmp_path):
    return write_rows(tmp_path / "rows.csv")


@pytest.fixture
def two(path):
    """Two runs of one file; its labels changed, a row went and one came."""
    before = keep(audit_of(path, ["r-1", "r-2", "r-3", "r-4", "r-5"]), 2)
    write_rows(
        path, relabelled={1: "neg", 2: "pos", 9: "neg"}, without={5, 30}, extra=1, order=range(40)
    )
    return before, keep(audit_of(path, ["r-40", "r-9", "r-2", "r-3", "r-11"]), 3)


def test_the_two_newest_runs_of_a_file(cli, two, tmp_path):
    before, after = two
    answer = cli("diff")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[:4] == [
        f"before  {before.id}: 5 of 40 flagged (12.5 %)",
        f"after   {after.id}: 5 of 39 flagged (12.8 %)",
        "change  +0.3 points (95 % Newcombe hybrid score interval: -15.1 to +15.9)",
        "rows    38 in both, 1 added, 2 removed, 3 with another label",
    ]
    assert [line.split() for line in lines[5:9]] == [
        ["labels", "moved", "rows"],
        ["─" * 12, "─" * 4],
        ["pos", "→", "neg", "2"],
        ["neg", "→", "pos", "1"],
    ]
    counts = {line.split("  ")[0]: int(line.split("  ", 1)[1].split()[0]) for line in lines[12:19]}
    assert counts == {
        "new": 2,
        "regressed": 1,
        "fixed": 1,
        "cleared": 1,
        "still": 1,
        "still, changed": 1,
        "gone": 1,
    }
    fixed = lines[lines.index("fixed: flagged before, not now; the label changed") + 3]
    assert fixed.split()[:5] == ["r-1", "pos", "→", "neg", "neg"]
    other = write_rows(tmp_path / "other.csv")
    keep(audit_of(other, []), 4)
    assert cli("diff").code == 2
    assert cli("diff", before.id, after.id).out == answer.out
    assert cli("diff", "20260302", "20260303").out == answer.out
    assert cli("diff", "20260302").out == answer.out


def test_json_names_every_row(cli, two):
    before, after = two
    told = json.loads(cli("diff", "--json", "--limit", "0").out)
    assert (told["schema_version"], told["compared"]) == (1, "runs")
    assert (told["before"]["run"], told["after"]["run"]) == (before.id, after.id)
    assert (told["before"]["flagged"], told["before"]["judged"]) == (5, 40)
    assert told["rows"] == {
        "common": 38,
        "added": 1,
        "removed": 2,
        "content_changed": 0,
        "label_changed": 3,
    }
    assert told["moved"][0] == {"before": "pos", "after": "neg", "rows": 2}
    ids = {kind: [row["row_id"] for row in rows] for kind, rows in told["issues"].items()}
    assert ids == {
        "new": ["r-40", "r-11"],
        "regressed": ["r-9"],
        "fixed": ["r-1"],
        "cleared": ["r-4"],
        "still": ["r-3"],
        "still_changed": ["r-2"],
        "gone": ["r-5"],
    }
    assert told["counts"] == {kind: len(rows) for kind, rows in ids.items()}
    assert told["issues"]["fixed"] == [
        {
            "row_id": "r-1",
            "label_before": "pos",
            "label_after": "neg",
            "suggested": "neg",
            "error_probability": 0.9375,
            "verdict": "mislabelled",
        }
    ]
    gone, new = told["issues"]["gone"][0], told["issues"]["new"][0]
    assert (gone["label_before"], gone["label_after"]) == ("pos", None)
    assert (new["label_before"], new["label_after"]) == (None, "neg")


def test_as_many_rows_are_listed_as_asked_for(cli, two):
    out = cli("diff", "--limit", "1").out
    assert "r-40" in out
    assert "r-11" not in out
    assert out.count("and 1 more") == 2
    assert "r-" not in cli("diff", "--limit", "0").out


def test_a_run_and_itself(cli, two):
    before, _ = two
    answer = cli("diff", before.id, before.id)
    assert answer.code == 0
    assert "40 in both, 0 added, 0 removed, 0 with another label" in answer.out
    told = json.loads(cli("diff", before.id, before.id, "--json").out)
    assert {kind for kind, number in told["counts"].items() if number} == {"still"}
    assert told["difference"]["estimate"] == 0


def test_runs_of_different_files_share_no_row(cli, path, tmp_path):
    one = keep(audit_of(path, ["r-1"]), 2)
    other = tmp_path / "other.csv"
    other.write_text(path.read_text().replace("r-", "s-"))
    two = keep(audit_of(other, ["s-1"]), 3)
    answer = cli("diff", one.id, two.id)
    assert answer.code == 0
    assert "no row is in both" in answer.err
    assert "0 in both, 40 added, 40 removed" in answer.out


def test_a_blind_run_is_called_so(cli, path):
    keep(audit_of(path, [], blind="nothing to see"), 2)
    keep(audit_of(path, ["r-1"]), 3)
    assert "0 of 40 flagged (0.0 %) (blind)\n" in cli("diff").out
    assert json.loads(cli("diff", "--json").out)["before"]["blind"] == "nothing to see"


def test_runs_by_other_columns_are_not_compared(cli, path):
    keep(audit_of(path, []), 2)
    keep(audit_of(path, [], id_column="text"), 3)
    answer = cli("diff")
    assert answer.code == 2
    assert "took column 'id' for the id" in answer.err
    assert "hint: run `labelaudit detect` again with the same --id" in answer.err


def test_what_is_not_there_is_said(cli, path):
    assert "labelaudit detect" in cli("diff").err
    run = keep(audit_of(path, []), 2)
    for arguments, words in (
        ([], "no earlier run of the same file"),
        ([run.id], "no later run of the same file"),
        (["nope"], "no run 'nope'"),
        ([run.id, "nope"], "no run 'nope'"),
        (["nope", "nothing"], "no run 'nope'"),
        (["abcd", "abce"], "no version 'abcd'"),
    ):
        answer = cli("diff", *arguments)
        assert (answer.code, answer.out) == (2, ""), arguments
        assert words in answer.err
        assert "hint: " in answer.err


@pytest.fixture
def versions(cli, tmp_path):
    store = VersionStore(RunStore(tmp_path / ".labelaudit").versions_path)
    rows = ["a", "b", "c", "d"]
    one = store.keep_vector(rows, [1, 2, 3, 4], ["x", "x", None, "y"], [1.0, 1.0, 1.0, 1.0])
    two = store.keep_vector(rows[:3], [1, 2, 3], ["y", "x", "y"], [0.25, 0.75, 1.0])
    return one, two


def test_versions_of_the_labels(cli, versions):
    one, two = versions
    answer = cli("diff", one[:12], two[:12])
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[:3] == [
        f"before  version {one[:12]}",
        f"after   version {two[:12]}",
        "rows    3 in both, 0 added, 1 removed, 2 with another label",
    ]
    assert lines[-1] == "weights 2 rows changed, mean 1 before, 0.5 after"
    assert [line.split()[:3] for line in lines[6:8]] == [["\u2013", "→", "y"], ["x", "→", "y"]]
    told = json.loads(cli("diff", one, two, "--json").out)
    assert told == {
        "schema_version": 1,
        "compared": "versions",
        "before": one,
        "after": two,
        "rows": {
            "common": 3,
            "added": 0,
            "removed": 1,
            "content_changed": 0,
            "label_changed": 2,
        },
        "moved": [
            {"before": None, "after": "y", "rows": 1},
            {"before": "x", "after": "y", "rows": 1},
        ],
        "weights": {"changed": 2, "mean_before": 1.0, "mean_after": 0.5},
        "soft_labels": None,
    }


def test_the_number_of_an_action_stands_for_its_versions(cli, versions, tmp_path):
    ledger = JsonlLedger(tmp_path / ".labelaudit" / "ledger.jsonl", "anna")
    ledger.append(Batch("fix", {"version_before": versions[0], "version_after": versions[1]}))
    ledger.append(Batch("fix", {}))
    assert cli("diff", "1").out == cli("diff", *versions).out
    answer = cli("diff", "2")
    assert answer.code == 2
    assert "without versions" in answer.err
    assert "no run to go by" in cli("diff", "3").err


def test_an_action_tells_of_soft_labels_too(cli, tmp_path):
    prepare(tmp_path)
    options = ["--min-class-size", "1", "--max-class-loss", "60%"]
    assert cli("fix", "-s", "correct", "--soft", *options, "-o", "soft.csv").code == 0
    answer = cli("diff", "1")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[2:] == [
        "rows    40 in both, 0 added, 0 removed, 0 with another label",
        "soft    4 rows got a soft label: columns label_prob_CLASS of the file",
    ]
    assert json.loads(cli("diff", "1", "--json").out)["soft_labels"] == {"given": 4, "taken": 0}
    assert cli("undo").code == 0
    lost = cli("diff", "2")
    assert lost.code == 0
    assert "soft    4 rows lost a soft label: columns" in lost.out
    assert cli("fix", "-s", "correct", *options, "-o", "hard.csv").code == 0
    assert "soft" not in cli("diff", "3").out


def test_the_help_page_has_examples(cli):
    page = cli("diff", "--help").out
    assert "Examples:" in page
    assert "labelaudit diff 3" in page


def test_long_labels_can_be_read_on_a_narrow_terminal(cli, tmp_path, monkeypatch):
    one, other = "card_payment_wrong_exchange_rate", "card_payment_fee_charged"
    table = table_of()
    for flipped, flagged in (((), (0, 4, 9)), ((0, 9, 2, 3), (0, 1, 2, 9))):
        labels = [(one, other)[(row + (row in flipped)) % 2] for row in range(table.num_rows)]
        named = table.set_column(table.schema.get_field_index("label"), "label", [labels])
        write_table(named, tmp_path / "data.csv")
        keep_run(tmp_path, "data.csv", flagged)
    monkeypatch.setenv("COLUMNS", "80")
    answer = cli("diff")
    assert answer.code == 0, answer.err
    assert max(map(len, answer.out.splitlines())) <= 80
    moved = f"{one} → {other}"
    assert f"{moved}  " in answer.out
    listed = answer.out.partition("still, changed: flagged both times")[2].partition("r-9")[0]
    first = listed.splitlines()[2:]
    starts = listed.splitlines()[1].index("label")
    ends = listed.splitlines()[1].index("suggested")
    told = "".join(line[starts:ends].strip() for line in first[1:])
    assert told.replace(" ", "") == moved.replace(" ", "")
    assert "…" not in listed
