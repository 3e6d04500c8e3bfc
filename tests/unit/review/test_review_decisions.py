from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from recorder_example import recorder_in
from remedy_example import (
    Flag,
    example_audit,
    flags_of,
    read_csv,
    rows_of,
    with_split,
    write_data,
)

from labelaudit.errors import InputError
from labelaudit.remedy.apply import apply_plan
from labelaudit.remedy.plan import plan_fix
from labelaudit.review.answers import run_of
from labelaudit.review.decisions import (
    Choice,
    confirmed_labels,
    digest,
    read_decisions,
    settle,
)
from labelaudit.review.queue import write_queue
from labelaudit.review.read_filled import read_filled
from labelaudit.types import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.review.answers import Filled
    from labelaudit.review.decisions import Decision
    from labelaudit.types import Audit, Label

AUDIT = example_audit((*flags_of((0, 2, 4)), Flag(6, "neg", None, 0.5, "")))
NUMBERS = example_audit(flags_of((0,), given=1, suggested=2), classes=(1, 2, 10))


def decide(
    tmp_path: Path,
    *lines: str,
    audit: Audit = AUDIT,
    header: str = "row_id,decision,new_label,reviewer,note",
    **options: bool,
) -> dict[str, Decision]:
    path = tmp_path / "queue.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return {one.row_id: one for one in read_decisions([read_filled(path)], audit, **options)}


def faults(tmp_path: Path, *lines: str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        decide(tmp_path, *lines, **options)
    return caught.value.what


SHOWN = "row_id,given_label,suggested_label,decision,new_label"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("r-0,pos,neg,keep,", "row 2: given_label 'pos' is not the run's, which is 'neg'"),
        ("r-0,pos,neg,relabel,", "row 2: given_label 'pos' is not the run's, which is 'neg'"),
        ("r-0,pos,pos,,", "the right label goes into new_label"),
        ("r-0,new,pos,drop,", "row 2: given_label 'new' is not the run's, which is 'neg'"),
        ("r-0,neg,neg,relabel,", "suggested_label 'neg' is not the run's, which is 'pos'"),
        ("r-6,neg,pos,relabel,", "suggested_label 'pos' is not the run's, which has none"),
    ],
)
def test_a_decision_about_another_label_than_the_run_has(
    line: str, words: str, tmp_path: Path
) -> None:
    told = faults(tmp_path, line, header=SHOWN)
    assert told.startswith("1 decision cannot be used:")
    assert words in told


def test_labels_shown_as_they_are_or_not_at_all(tmp_path: Path) -> None:
    found = decide(
        tmp_path, "r-0,neg,pos,keep,", "r-2,,,relabel,", "r-4, neg ,'pos,,", header=SHOWN
    )
    assert [one.choice for one in found.values()] == [Choice.KEEP, Choice.RELABEL, Choice.SKIP]
    found = decide(tmp_path, 'r-0,1.0,"2,0",relabel,', audit=NUMBERS, header=SHOWN)
    assert found["r-0"].label == 2


@pytest.mark.parametrize(
    ("cells", "choice", "label"),
    [
        ("keep,", Choice.KEEP, None),
        ("OK,", Choice.KEEP, None),
        ("Correct,", Choice.KEEP, None),
        (" Drop ,", Choice.DROP, None),
        ("delete,", Choice.DROP, None),
        ("remove,", Choice.DROP, None),
        ("skip,", Choice.SKIP, None),
        (",", Choice.SKIP, None),
        ("skip,pos", Choice.SKIP, None),
        ("relabel,pos", Choice.RELABEL, "pos"),
        (",pos", Choice.RELABEL, "pos"),
        ("relabel,", Choice.RELABEL, "pos"),
        ("relabel,neg", Choice.KEEP, None),
        (",neg", Choice.KEEP, None),
        ("keep,neg", Choice.KEEP, None),
    ],
)
def test_what_is_written_is_understood(
    cells: str, choice: Choice, label: Label | None, tmp_path: Path
) -> None:
    found = decide(tmp_path, f"r-0,{cells},anna,sure")["r-0"]
    assert (found.choice, found.label) == (choice, label)
    assert (found.reviewer, found.note, found.place) == ("anna", "sure", "row 2")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("r-0,kep,,,", "row 2: decision 'kep' is none of keep, relabel, drop, skip; did you mean"),
        ("r-0,relabel,poss,,", "row 2: label 'poss' is not a class; did you mean 'pos'?"),
        ("r-0,relabel,POS,,", "row 2: label 'POS' is not a class; did you mean 'pos'?"),
        ("r-99,keep,,,", "row 2: row_id 'r-99' is not in the run"),
        (",keep,,,", "row 2: row_id '' is not in the run"),
        ("r-0,keep,pos,,", "row 2: the decision is keep, yet there is a new label"),
        ("r-0,drop,pos,,", "row 2: the decision is drop, yet there is a new label"),
        ("r-6,relabel,,,", "row 2: relabel, but there is no new label and none is suggested"),
    ],
)
def test_what_cannot_be_used_is_told(line: str, words: str, tmp_path: Path) -> None:
    assert words in faults(tmp_path, line)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = faults(tmp_path, "r-0,keep,,,", *[f"r-2,no{n},,," for n in range(12)])
    assert told.startswith("12 decisions cannot be used:\n  row 3: decision 'no0'")
    assert told.count("\n") == 11
    assert told.endswith("and 2 more")


def test_two_reviewers_who_differ(tmp_path: Path) -> None:
    told = faults(tmp_path, "r-0,keep,,anna,", "r-2,keep,,anna,", "r-0,relabel,pos,ben,")
    assert "row 4: relabel to 'pos' by ben for 'r-0', but row 2 has keep by anna" in told


def test_two_reviewers_who_agree(tmp_path: Path) -> None:
    found = decide(tmp_path, "r-0,relabel,,anna,", "r-0,,pos,ben,sure", "r-2,,,a,", "r-2,drop,,b,")
    assert (found["r-0"].reviewer, found["r-0"].note) == ("anna, ben", "sure")
    assert (found["r-2"].choice, found["r-2"].reviewer) == (Choice.DROP, "b")


def test_columns_and_rows_may_move(tmp_path: Path) -> None:
    found = decide(
        tmp_path, "x;r-2;POS?;drop", ";;;", "y;r-0;;", header="extra; Row_ID ;notes;Decision"
    )
    assert found["r-2"].choice is Choice.DROP
    assert found["r-0"].choice is Choice.SKIP


def test_parquet_with_numbers_and_gaps(tmp_path: Path) -> None:
    table = pa.table(
        {"row_id": ["r-0", "r-2"], "decision": pa.nulls(2), "new_label": [2.0, float("nan")]}
    )
    pq.write_table(table, tmp_path / "queue.parquet")
    first, second = read_decisions([read_filled(tmp_path / "queue.parquet")], NUMBERS)
    assert (first.choice, first.label, second.choice) == (Choice.RELABEL, 2, Choice.SKIP)


@pytest.mark.parametrize("header", ["decision,new_label", "row_id,note"])
def test_another_file_is_told(header: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a review queue"):
        decide(tmp_path, "a,b", header=header)


@pytest.mark.parametrize(("text", "label"), [("2", 2), ("2.0", 2), ("002", 2), ("'10", 10)])
def test_labels_that_a_spreadsheet_rewrote(text: str, label: int, tmp_path: Path) -> None:
    assert decide(tmp_path, f"r-0,,{text},,", audit=NUMBERS)["r-0"].label == label


def test_labels_that_could_be_several(tmp_path: Path) -> None:
    codes = example_audit(flags_of((0,), given="1", suggested="7"), classes=("001", "1", "7"))
    assert decide(tmp_path, "r-0,,001,,", audit=codes)["r-0"].label == "001"
    assert "label '1.0' could be '001' or '1'" in faults(tmp_path, "r-0,,1.0,,", audit=codes)


def test_booleans_that_a_spreadsheet_shouted(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0,), given=False, suggested=True), classes=(False, True))
    assert decide(tmp_path, "r-0,,TRUE,,", audit=audit)["r-0"].label is True


def test_row_ids_that_a_spreadsheet_rewrote(tmp_path: Path) -> None:
    audit = example_audit((Flag(0, "neg", "pos", 0.9, "", row_id="007"),))
    assert decide(tmp_path, "7,drop,,,", audit=audit)["007"].choice is Choice.DROP
    audit = example_audit((Flag(0, "neg", "pos", 0.9, "", row_id="=1"),))
    assert decide(tmp_path, "'=1,drop,,,", audit=audit)["=1"].choice is Choice.DROP


def test_new_labels_only_when_asked(tmp_path: Path) -> None:
    assert "'mixed' is not a class" in faults(tmp_path, "r-0,,mixed,,")
    found = decide(tmp_path, "r-0,,mixed,,", allow_new_labels=True)
    assert found["r-0"].label == "mixed"
    found = decide(tmp_path, "r-0,,11,,", audit=NUMBERS, allow_new_labels=True)
    assert found["r-0"].label == 11


def test_an_untouched_queue_is_understood(tmp_path: Path) -> None:
    flags = (Flag(0, "neg ", " pos", 0.9, "", row_id="r23 "),)
    audit = example_audit(flags, classes=("neg ", " pos"))
    data = write_data(tmp_path / "data.csv", rows_of(audit), classes=audit.classes)
    queue = tmp_path / "queue.csv"
    plan = plan_fix(audit, data, strategy="relabel", run_id="run-1")
    write_queue(plan, audit, data, queue, recorder=recorder_in(tmp_path))
    (found,) = read_decisions([read_filled(queue)], audit)
    assert (found.row_id, found.choice) == ("r23 ", Choice.SKIP)


@pytest.mark.parametrize("row_id", ["r23 ", "r23", " r23  "])
@pytest.mark.parametrize("label", [" pos", "pos", " pos  "])
def test_outer_spaces_of_ids_and_labels(row_id: str, label: str, tmp_path: Path) -> None:
    flags = (Flag(0, "neg ", " pos", 0.9, "", row_id="r23 "),)
    audit = example_audit(flags, classes=("neg ", " pos"))
    found = decide(tmp_path, f"{row_id},relabel,{label},,", audit=audit)["r23 "]
    assert (found.choice, found.label) == (Choice.RELABEL, " pos")


def test_spaces_that_tell_two_rows_apart(tmp_path: Path) -> None:
    flags = (Flag(0, "a", "a ", 0.9, "", row_id="x"), Flag(1, "a ", "a", 0.9, "", row_id="x "))
    audit = example_audit(flags, classes=("a", "a "))
    found = decide(tmp_path, "x,,a ,,", "x ,,a,,", audit=audit)
    assert {one.row_id: one.label for one in found.values()} == {"x": "a ", "x ": "a"}


def test_rows_without_a_decision_are_no_faults(tmp_path: Path) -> None:
    found = decide(tmp_path, "total,,,,", ",  ,,,", "gone,skip,,anna,?", "r-0,drop,,,")
    assert list(found) == ["r-0"]
    assert faults(tmp_path, "gone,drop,,,", "gone,,pos,,").startswith("2 decisions")


def test_plan_of_decisions(tmp_path: Path) -> None:
    found = tuple(
        decide(
            tmp_path,
            "r-6,,,,",
            "r-4,keep,,ben,",
            "r-1,drop,,,",
            "r-2,drop,,,",
            "r-0,,pos,anna,sure",
        ).values()
    )
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT))
    plan = settle(found, AUDIT, data, run_id="run-1").plan
    assert (plan.strategy, plan.run_id) == ("apply", "run-1")
    assert plan.skipped == {"not decided": 1}
    assert [(one.row_id, one.kind, one.after) for one in plan.actions] == [
        ("r-0", Kind.CORRECT, "pos"),
        ("r-2", Kind.DROP, None),
        ("r-4", Kind.KEEP, "neg"),
        ("r-1", Kind.DROP, None),
    ]
    assert [one.reason for one in plan.actions[:3]] == [
        "relabel to 'pos', decided in review by anna: sure",
        "drop, decided in review",
        "keep, decided in review by ben",
    ]


def test_decisions_about_rows_that_may_not_change(tmp_path: Path) -> None:
    found = tuple(decide(tmp_path, *(f"r-{row},drop,,," for row in (0, 2, 4, 6))).values())
    rows = rows_of(AUDIT, split=("test", *["train"] * 39))
    labels = np.array(rows.labels, dtype=object)
    labels[2] = "pos"
    rows = replace(rows, labels=tuple(labels.tolist()))
    data = write_data(tmp_path / "data.csv", rows.picked([*range(4), *range(5, 40)]))
    settled = settle(found, with_split(AUDIT), data, run_id="run-1")
    plan = settled.plan
    assert [one.row_id for one in plan.actions] == ["r-6"]
    assert plan.skipped == {
        "held-out split 'test'": 1,
        "label changed since the run": 1,
        "not in the file any more": 1,
    }
    assert settled.left == {
        "r-0": "held-out split 'test'",
        "r-2": "label changed since the run",
        "r-4": "not in the file any more",
    }


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_from_queue_to_corrected_file(suffix: str, tmp_path: Path) -> None:
    data = write_data(tmp_path / f"data.{suffix}", rows_of(AUDIT))
    recorder = recorder_in(tmp_path)
    queue = tmp_path / "queue.csv"
    plan = plan_fix(AUDIT, data, strategy="relabel", run_id="run-1")
    write_queue(plan, AUDIT, data, queue, recorder=recorder)

    lines = queue.read_text().splitlines()
    queue.write_text(
        "\n".join([lines[0], lines[1].removesuffix(",,,") + "relabel,,anna,", *lines[2:]]) + "\n"
    )
    assert read_csv(queue)[0]["reviewer"] == "anna"
    decisions = read_decisions([read_filled(queue)], AUDIT)
    decided = settle(decisions, AUDIT, data, run_id="run-1").plan
    output = tmp_path / f"fixed.{suffix}"
    apply_plan(decided, data, output=output, recorder=recorder)

    before, after = (
        pq.read_table(path).to_pylist() if suffix == "parquet" else read_csv(path)
        for path in (tmp_path / f"data.{suffix}", output)
    )
    before[0]["label"] = "pos"
    assert after == before
    assert [entry.kind for entry in recorder.ledger.entries()] == ["fix", "apply", "change"]


def several(tmp_path: Path, **files: str) -> list[Filled]:
    filled = []
    for name, lines in files.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(f"row_id,decision,new_label,reviewer,note,run\n{lines}\n")
        filled.append(read_filled(path))
    return filled


def test_several_files_that_agree(tmp_path: Path) -> None:
    filled = several(
        tmp_path,
        alice="r-0,keep,,alice,sure,run-1\nr-2,,,,,run-1",
        bob="r-0,,neg,bob,,run-1\nr-2,drop,,bob,,run-1",
    )
    first, second = read_decisions(filled, AUDIT)
    assert (first.choice, first.reviewer, first.note) == (Choice.KEEP, "alice, bob", "sure")
    assert (second.choice, second.reviewer) == (Choice.DROP, "bob")
    assert (first.place, second.place) == ("alice.csv row 2", "bob.csv row 3")
    assert run_of(filled) == "run-1"


def test_several_files_that_differ(tmp_path: Path) -> None:
    filled = several(tmp_path, alice="r-0,keep,,,,\nr-2,drop,,,,", bob="r-2,,pos,,,\nr-0,drop,,,,")
    with pytest.raises(InputError) as caught:
        read_decisions(filled, AUDIT)
    assert caught.value.what.splitlines()[1:] == [
        "  bob.csv row 2: relabel to 'pos' for 'r-2', but alice.csv row 3 has drop",
        "  bob.csv row 3: drop for 'r-0', but alice.csv row 2 has keep",
    ]
    both = f"{tmp_path / 'alice.csv'}, {tmp_path / 'bob.csv'}"
    assert caught.value.where == f"{both}; the header is row 1"


def test_disputed_rows_may_be_skipped(tmp_path: Path) -> None:
    filled = several(
        tmp_path,
        alice="r-0,keep,,,,\nr-2,drop,,,,",
        bob="r-0,drop,,,,\nr-4,keep,,,,",
        carol="r-0,keep,,,,",
    )
    decisions = read_decisions(filled, AUDIT, skip_conflicts=True)
    assert {one.row_id for one in decisions if one.disputed} == {"r-0"}
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT))
    settled = settle(decisions, AUDIT, data, run_id="run-1")
    assert settled.plan.skipped == {"reviewers disagree": 1}
    assert {one.row_id for one in settled.plan.actions} == {"r-2", "r-4"}


def test_queues_of_several_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="several runs") as caught:
        run_of(several(tmp_path, a="r-0,keep,,,,one", b="r-0,keep,,,,two"))
    assert "--run" in str(caught.value.hint)
    assert run_of(several(tmp_path, a="r-0,keep,,,,")) is None


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    filled = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        filled += several(tmp_path / folder, queue=f"r-0,{'keep' if folder == 'a' else 'drop'},,,,")
    with pytest.raises(InputError) as caught:
        read_decisions(filled, AUDIT)
    assert f"{tmp_path / 'b' / 'queue.csv'} row 2: drop" in caught.value.what


def test_a_label_may_be_kept_in_a_held_out_split(tmp_path: Path) -> None:
    found = tuple(decide(tmp_path, "r-0,keep,,,", "r-2,drop,,,").values())
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT, split=("test", *["train"] * 39)))
    plan = settle(found, with_split(AUDIT), data, run_id="run-1").plan
    assert [(one.row_id, one.kind) for one in plan.actions] == [
        ("r-0", Kind.KEEP),
        ("r-2", Kind.DROP),
    ]
    nowhere = write_data(tmp_path / "data.csv", rows_of(AUDIT, split=("test",) * 40))
    kept = settle(found[:1], with_split(AUDIT), nowhere, run_id="run-1").plan
    assert [one.kind for one in kept.actions] == [Kind.KEEP]


def test_kept_labels_become_entries_of_a_baseline(tmp_path: Path) -> None:
    found = tuple(
        decide(tmp_path, "r-0,keep,,ben,fine\tby me", "r-2,keep,,,", "r-4,drop,,,").values()
    )
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT).picked(range(39, -1, -1)))
    settled = settle(found, AUDIT, data, run_id="run-1")
    first, second = confirmed_labels(
        settled.plan, found, data, who="anna", when=date(2026, 3, 4), expires="2027-01-31"
    )
    assert (first.row_id, first.fingerprint, first.label) == ("r-0", f"{0:016x}", "neg")
    assert (first.who, first.why, first.decision) == ("ben", "fine by me", "right")
    assert (first.when, first.expires) == ("2026-03-04", "2027-01-31")
    assert (second.row_id, second.who, second.why) == ("r-2", "anna", "")


def test_what_was_decided_has_a_hash(tmp_path: Path) -> None:
    one = decide(tmp_path, "r-0,keep,,anna,", "r-2,,pos,,", "r-4,,,,").values()
    same = decide(tmp_path, "r-2,relabel,,ben,x", "r-0,ok,,,").values()
    other = decide(tmp_path, "r-2,drop,,,", "r-0,keep,,,").values()
    assert digest(one) == digest(same)
    assert digest(one) != digest(other)
