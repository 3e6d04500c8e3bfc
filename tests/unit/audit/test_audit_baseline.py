from __future__ import annotations

from collections import Counter
from dataclasses import astuple, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from labelaudit import detect
from labelaudit.audit.baseline import (
    COLUMNS,
    Accepted,
    Baseline,
    accept,
    baseline_path,
    load_baseline,
    match_baseline,
    parse_expiry,
    read_baseline,
)
from labelaudit.audit.baseline_write import merge, write_baseline
from labelaudit.audit.detect import audit_dataset
from labelaudit.errors import InputError, OutputError, SettingError
from labelaudit.testing import example
from labelaudit.types import SEVERITIES, VERDICTS, Column, Role, Schema

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.types import Audit, Dataset

TODAY = date(2026, 3, 4)
HEADER = ",".join(COLUMNS)
ENTRY = Accepted("00000000000000a1", "r-1", "neg", "right", "anna", "2026-01-02", "sure", "")


def entry(**changes: str) -> Accepted:
    return replace(ENTRY, **changes)


def written(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.write_bytes("\n".join([header, *lines, ""]).encode())
    return path


LINE = "00000000000000a1,r-1,neg,right,anna,2026-01-02,sure,"


def test_the_file_is_small_to_look_at_and_to_merge(tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    later = entry(
        fingerprint="00000000000000b2", label="pos", decision="known", expires="2027-01-31"
    )
    other = entry(fingerprint="00000000000000b2", label="a,b\nc", row_id="")
    assert write_baseline(path, [later, ENTRY, other]).entries == (ENTRY, other, later)
    assert path.read_bytes().decode() == (
        f"{HEADER}\n{LINE}\n"
        '00000000000000b2,,"a,b\nc",right,anna,2026-01-02,sure,\n'
        "00000000000000b2,r-1,pos,known,anna,2026-01-02,sure,2027-01-31\n"
    )
    assert read_baseline(path) == (ENTRY, other, later)


def test_writing_merges(tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    other = entry(row_id="r-2")
    assert write_baseline(path, [ENTRY]).added == (ENTRY,)
    assert write_baseline(path, [other]).entries == (ENTRY, other)
    relabelled = entry(label="pos")
    assert write_baseline(path, [relabelled]).entries == (ENTRY, other, relabelled)
    assert write_baseline(path, without=[ENTRY, relabelled]).entries == (other,)
    assert write_baseline(path, without=[other]).entries == ()
    assert path.read_bytes() == f"{HEADER}\n".encode()
    assert read_baseline(path) == ()


LATER = "2026-02-01"


@pytest.mark.parametrize(
    ("held", "put", "became"),
    [
        ({}, {"decision": "known", "when": LATER, "why": "later"}, "standing"),
        ({}, {"when": LATER, "why": "second thoughts", "expires": "2026-03-01"}, "standing"),
        ({"expires": "2026-02-01"}, {"when": LATER, "expires": ""}, "standing"),
        ({"decision": "known"}, {"decision": "known", "when": LATER, "why": "x"}, "standing"),
        (
            {"decision": "known", "why": "legal ticket 12", "expires": "2026-06-01"},
            {"decision": "known", "when": LATER, "why": "later"},
            "standing",
        ),
        ({"decision": "known"}, {"decision": "right", "when": LATER}, "confirmed"),
        ({"decision": "known", "when": LATER}, {"decision": "right"}, "standing"),
        ({"expires": "2026-01-31"}, {"decision": "known", "when": LATER}, "renewed"),
        ({"decision": "known", "expires": "2026-01-31"}, {"when": LATER}, "renewed"),
    ],
)
def test_what_stands_is_left_as_it_was(held, put, became: str) -> None:
    there, new = entry(**held), entry(**put)
    merged = merge([there], [new, entry(row_id="r-2")])
    assert merged.entries == (there if became == "standing" else new, entry(row_id="r-2"))
    assert merged.added == (entry(row_id="r-2"),)
    found = {name: getattr(merged, name) for name in ("confirmed", "renewed", "standing")}
    assert found.pop(became) == (there if became == "standing" else new,)
    assert set(found.values()) == {()}
    assert (new in merged.put) is (became != "standing")


def test_two_entries_for_one_row_are_one() -> None:
    merged = merge([], [ENTRY, entry(why="again")])
    assert merged.entries == merged.put == (entry(why="again"),)


def test_nothing_is_taken_out_that_changed_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    write_baseline(path, [entry(why="another")])
    assert write_baseline(path, without=[ENTRY]).entries == (entry(why="another"),)


def test_what_does_not_change_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    write_baseline(path, [ENTRY])
    before = path.stat()
    write_baseline(path, [ENTRY])
    assert path.stat().st_ino == before.st_ino


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "baseline.csv"
    write_baseline(path, [ENTRY])
    before = path.read_bytes()

    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OutputError, match="disk is full"):
            write_baseline(path, [entry(row_id="r-2")])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["baseline.csv"]
    with pytest.raises(OutputError):
        write_baseline(tmp_path / "nowhere" / "baseline.csv", [ENTRY])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_what_editors_do_to_the_file(ending: str, mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    columns = ["decision", "label", "row_id", "fingerprint", "when", "who", "why", "expires"]
    cells = [" Right ", "neg", "r-1", "00000000000000A1", " 2026-01-02", "anna", "sure", " "]
    text = ending.join([",".join(columns), "", ",".join(cells)])
    path.write_bytes(mark + text.encode())
    assert read_baseline(path) == (ENTRY,)


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (["<<<<<<< HEAD", LINE, "=======", ">>>>>>> topic"], 2, "merge that was not finished"),
        ([LINE, LINE.replace("right", "known")], 3, "known, and right in line 2"),
        ([LINE.replace("right", "rihgt")], 2, "no decision 'rihgt'"),
        ([LINE, "", LINE.replace("00000000000000a1", "1E+15")], 4, "'1E+15' is no fingerprint"),
        ([LINE.replace("2026-01-02", "02.01.2026")], 2, "'02.01.2026' in when is no date"),
        ([LINE.replace("2026-01-02", "")], 2, "'' in when is no date"),
        ([f"{LINE}2026-02-30"], 2, "'2026-02-30' in expires is no date"),
        ([f"{LINE}20260203"], 2, "'20260203' in expires is no date"),
        ([LINE.replace(",neg,", ",,")], 2, "the label is missing"),
        ([LINE, f"{LINE},more"], 3, "9 cells where the header has 8"),
        ([LINE.replace("sure", '"su"re')], 2, "not valid CSV"),
        ([LINE, LINE.replace("sure", '"sure')], 3, "not valid CSV"),
    ],
)
def test_a_broken_file_is_told_with_its_line(
    lines: list[str], line: int, words: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "baseline.csv", *lines)
    with pytest.raises(InputError) as caught:
        read_baseline(path)
    assert words in caught.value.what
    assert caught.value.where == f"{path}:{line}"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"row_id,label\n", "lacks the columns fingerprint, decision, who, when, why, expires"),
        (HEADER.replace(",", ";").encode(), "lacks the columns"),
        (f"{HEADER},rank\n".encode(), "should not have: 'rank'"),
        (f"{HEADER},why\n".encode(), "should not have: one twice"),
        (f"{HEADER}\nn\xe4".encode("latin-1"), "not UTF-8"),
        (f"{HEADER}\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_baseline_is_told(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_baseline(path)
    assert words in caught.value.what
    assert caught.value.hint


def test_entries_that_say_the_same_are_merged(tmp_path: Path) -> None:
    newer = LINE.replace("2026-01-02,sure", "2026-02-03,again")
    for lines in ([LINE, newer], [newer, LINE]):
        (found,) = read_baseline(written(tmp_path / "baseline.csv", *lines))
        assert (found.when, found.why) == ("2026-02-03", "again")


def test_which_file_is_meant(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_baseline("labelaudit-baseline.csv", today=TODAY) is None
    assert load_baseline("None", today=TODAY) is None
    assert baseline_path("none") is None
    with pytest.raises(InputError, match="no such baseline") as caught:
        load_baseline("other.csv", today=TODAY)
    assert "--baseline none" in str(caught.value.hint)
    write_baseline(tmp_path / "labelaudit-baseline.csv", [ENTRY])
    assert load_baseline("labelaudit-baseline.csv", today=TODAY) == Baseline((ENTRY,), TODAY)
    (tmp_path / "other.csv").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        load_baseline("other.csv", today=TODAY)


@pytest.mark.parametrize(
    ("text", "last"),
    [("90d", "2026-06-02"), ("1 day", "2026-03-05"), ("2027-01-31", "2027-01-31")],
)
def test_when_an_entry_expires(text: str, last: str) -> None:
    assert parse_expiry(text, today=TODAY) == last
    assert parse_expiry("2026-03-04", today=TODAY) == "2026-03-04"


@pytest.mark.parametrize("text", ["", "soon", "90", "-3d", "31.01.2027", "2027-02-30", "99999999d"])
def test_what_is_no_time_to_expire(text: str) -> None:
    with pytest.raises(SettingError, match="no time to expire") as caught:
        parse_expiry(text, today=TODAY)
    assert "90d" in str(caught.value.hint)


def test_a_day_that_has_passed_is_no_time_to_expire() -> None:
    with pytest.raises(SettingError, match="has passed"):
        parse_expiry("2026-03-03", today=TODAY)
    with pytest.raises(SettingError, match="no time to expire"):
        parse_expiry("99999d", today=date(9999, 1, 1))


def match(entries: list[Accepted], *, ids: bool = True, today: date = TODAY):
    fingerprint = np.array([0xA1, 0xB2, 0xB2, 0xC3], dtype=np.uint64)
    made = ["00000000000000a1#0", "00000000000000b2#0", "00000000000000b2#1", "00000000000000c3#0"]
    names = ["r-1", "r-2", "r-3", "r-4"] if ids else made
    return match_baseline(
        entries,
        row_id=np.array(names, dtype=object),
        fingerprint=fingerprint,
        given=np.array([0, 1, 1, -1], dtype=np.int32),
        classes=("neg", True),
        today=today,
    )


def test_an_entry_speaks_of_the_row_of_its_id() -> None:
    found = match(
        [ENTRY, entry(fingerprint="00000000000000b2", row_id="r-3", label="true", decision="known")]
    )
    assert found.right.tolist() == [True, False, False, False]
    assert found.known.tolist() == [False, False, True, False]
    assert found.stale == ()


@pytest.mark.parametrize("row_id", ["", "r-7", "00000000000000b2#0"])
def test_without_ids_an_entry_speaks_of_all_copies(row_id: str) -> None:
    known = entry(fingerprint="00000000000000b2", row_id=row_id, label="true", decision="known")
    found = match([known], ids=False)
    assert found.known.tolist() == [False, True, True, False]


def test_an_entry_without_an_id_holds_in_data_with_ids() -> None:
    found = match([entry(fingerprint="00000000000000b2", row_id="", label="true")])
    assert found.right.tolist() == [False, True, True, False]


def test_right_is_stronger_than_known() -> None:
    known = entry(row_id="", decision="known")
    found = match([known, ENTRY])
    assert (found.right[0], found.known[0]) == (True, False)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"row_id": "r-9"}, "row gone"),
        ({"fingerprint": "00000000000000ff"}, "content changed"),
        ({"label": "pos"}, "label changed"),
        ({"row_id": "r-4", "fingerprint": "00000000000000c3"}, "label changed"),
        ({"expires": "2026-03-03"}, "expired"),
        ({"expires": "2020-01-01", "row_id": "r-9"}, "row gone"),
    ],
)
def test_stale_entries_say_why(changes: dict[str, str], why: str) -> None:
    stale = entry(**changes)
    found = match([stale])
    assert found.stale == ((stale, why),)
    assert not found.right.any()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fingerprint": "00000000000000ff"}, "row gone"),
        ({"label": "pos"}, "label changed"),
        ({"fingerprint": "00000000000000c3"}, "label changed"),
        ({"expires": "2026-03-03"}, "expired"),
    ],
)
def test_stale_entries_say_why_without_ids(changes: dict[str, str], why: str) -> None:
    stale = entry(row_id="", **changes)
    assert match([stale], ids=False).stale == ((stale, why),)


def test_an_entry_holds_on_its_last_day() -> None:
    assert match([entry(expires="2026-03-04")]).right[0]
    assert not match([entry(expires="2026-03-04")], today=date(2026, 3, 5)).right.any()


def test_an_empty_baseline_or_table() -> None:
    assert not match([]).right.any()
    none = np.array([], dtype=np.uint64)
    found = match_baseline(
        [ENTRY],
        row_id=np.array([], dtype=object),
        fingerprint=none,
        given=none.astype(np.int32),
        classes=(),
        today=TODAY,
    )
    assert found.stale == ((ENTRY, "row gone"),)


@pytest.fixture(scope="module")
def data() -> Dataset:
    made, _ = example()
    return made


@pytest.fixture(scope="module")
def plain(data: Dataset) -> Audit:
    return audited(data)


def audited(data: Dataset, *entries: Accepted, today: date = TODAY) -> Audit:
    _, evidence = example()
    return audit_dataset(data, evidence=evidence, baseline=Baseline(entries, today))


def accepting(data: Dataset, row: int, **changes: str) -> Accepted:
    made = accept(
        str(data.row_id[row]),
        int(data.fingerprint[row]),
        data.classes[data.y[row]],
        data.schema,
        decision="right",
        who="anna",
        when=TODAY,
        why="sure",
    )
    return replace(made, **changes)


def test_a_right_label_is_not_flagged_and_nothing_else_changes(data: Dataset, plain: Audit) -> None:
    rows = [plain.issues[0].row, plain.issues[3].row]
    kept = [row for row in np.flatnonzero(plain.flagged) if row not in rows]
    unflagged = int(np.flatnonzero(~plain.flagged & (data.y >= 0))[0])
    found = audited(data, *(accepting(data, row) for row in [*rows, unflagged]))
    assert np.flatnonzero(found.flagged).tolist() == kept
    assert np.flatnonzero(found.accepted).tolist() == sorted(rows)
    assert found.summary.accepted == 2
    assert [issue.row for issue in found.issues] == [
        issue.row for issue in plain.issues if issue.row not in rows
    ]
    assert [issue.rank for issue in found.issues] == list(range(1, len(kept) + 1))
    assert (found.severity[rows] == -1).all()
    assert (found.verdict[rows] == -1).all()
    for name in ("suspicion", "error_probability", "self_confidence", "order", "suggested"):
        np.testing.assert_array_equal(getattr(found, name), getattr(plain, name))
    np.testing.assert_array_equal(found.severity[kept], plain.severity[kept])
    np.testing.assert_array_equal(found.verdict[kept], plain.verdict[kept])
    assert len(found.issue_pred_probs) == len(kept)


def test_the_summary_counts_without_them(data: Dataset, plain: Audit) -> None:
    rows = [issue.row for issue in plain.issues[:4]]
    found = audited(data, *(accepting(data, row) for row in rows))
    summary, issues = found.summary, found.issues
    assert summary.flagged == len(issues) == plain.summary.flagged - 4
    assert summary.flagged_rate.estimate == summary.flagged / summary.judged
    severities = Counter(issue.severity for issue in issues)
    assert summary.by_severity == {level: severities[level] for level in reversed(SEVERITIES)}
    verdicts = Counter(issue.verdict for issue in issues)
    assert summary.by_verdict == {kind: verdicts[kind] for kind in VERDICTS}
    by_class = Counter(issue.given for issue in issues)
    assert {one.label: one.flagged for one in summary.classes} == {
        label: by_class[label] for label in data.classes
    }
    pairs = Counter((one.given, one.suggested) for one in issues if one.suggested is not None)
    assert {(one.given, one.suggested): one.flagged for one in summary.pairs} == dict(pairs)
    assert summary.accuracy == plain.summary.accuracy


def test_a_known_issue_is_still_shown(data: Dataset, plain: Audit) -> None:
    found = audited(data, accepting(data, plain.issues[0].row, decision="known"))
    assert repr(found.issues) == repr(plain.issues)
    assert not found.accepted.any()
    assert found.notices == plain.notices


def test_the_baseline_is_told_of(data: Dataset, plain: Audit) -> None:
    first, second = (accepting(data, plain.issues[place].row) for place in (0, 1))
    gone = [replace(first, row_id=f"gone-{number}") for number in range(4)]
    found = audited(data, first, second, *gone)
    assert found.summary.accepted == 2
    told = {notice.code: notice for notice in found.notices}
    stale = told["stale-baseline"]
    assert stale.message.startswith("4 entries of labelaudit-baseline.csv no longer hold: gone-0 ")
    assert stale.message.count("(row gone)") == 3
    assert stale.message.endswith(" and 1 more.")
    assert "labelaudit baseline prune" in stale.hint
    assert plain.notices == audited(data).notices


def test_the_day_matters_by_expiry_only(data: Dataset, plain: Audit) -> None:
    held = accepting(data, plain.issues[0].row, expires="2026-03-10")
    early, late = (audited(data, held, today=date(2026, 3, day)) for day in (4, 10))
    for name in ("summary", "issues", "notices"):
        assert repr(getattr(early, name)) == repr(getattr(late, name))
    over = audited(data, held, today=date(2026, 3, 11))
    assert repr(over.issues) == repr(plain.issues)
    assert [one.code for one in over.notices].count("stale-baseline") == 1


def test_a_changed_label_or_content_is_flagged_again(data: Dataset, plain: Audit) -> None:
    row = plain.issues[0].row
    held = accepting(data, row)
    other = audited(data, replace(held, label="class 9"))
    assert other.flagged[row]
    moved = data.fingerprint.copy()
    moved[row] += 1
    assert audited(replace(data, fingerprint=moved), held).flagged[row]


def test_the_order_of_rows_has_no_say_in_what_is_accepted(data: Dataset, plain: Audit) -> None:
    entries = [accepting(data, issue.row) for issue in plain.issues[:3]]
    order = np.random.default_rng(3).permutation(data.n_rows)
    straight = match_baseline(
        entries,
        row_id=data.row_id,
        fingerprint=data.fingerprint,
        given=data.y,
        classes=data.classes,
        today=TODAY,
    )
    shuffled = match_baseline(
        list(reversed(entries)),
        row_id=data.row_id[order],
        fingerprint=data.fingerprint[order],
        given=data.y[order],
        classes=data.classes,
        today=TODAY,
    )
    assert (shuffled.right == straight.right[order]).all()


def test_ids_are_recorded_where_there_is_a_column_of_them(data: Dataset) -> None:
    assert accepting(data, 0).row_id == data.row_id[0]
    without = Schema(tuple(one for one in data.schema.columns if one.role is not Role.ID))
    told = {"decision": "known", "who": "a\nb", "when": TODAY, "why": " c\r d"}
    made = accept("a#0", 7, data.classes[0], without, **told)
    assert astuple(made) == (
        *(f"{7:016x}", "", str(data.classes[0]), "known"),
        *("a b", "2026-03-04", "c d", ""),
    )
    assert accept("a", 7, bool(0), without, **told).label == "false"
    with_ids = Schema((Column("id", Role.ID, "name"),))
    odd = accept("a", 7, "x", with_ids, **{**told, "who": "\udcff"})
    assert (odd.row_id, odd.who) == ("a", "?")


def test_from_python_the_file_of_the_directory_counts(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    label = np.repeat(["a", "b"], 60)
    columns = {"x": rng.normal(np.where(label == "a", 0, 6)), "z": rng.normal(size=120)}
    label[[3, 70]] = ["b", "a"]
    frame = pd.DataFrame({**columns, "label": label})
    before = detect(frame, effort="fast")
    assert {issue.row for issue in before.issues} >= {3, 70}
    right = {
        row: Accepted(f"{before.fingerprint[row]:016x}", "", given, "right", "", *days)
        for row, given, days in (
            (3, "b", ("2020-01-01", "", "")),
            (70, "a", ("2020-01-01", "", "2020-02-02")),
        )
    }
    write_baseline(tmp_path / "labelaudit-baseline.csv", right.values())
    after = detect(frame, effort="fast")
    assert np.flatnonzero(after.accepted).tolist() == [3]
    assert repr(detect(frame, effort="fast", baseline="none").issues) == repr(before.issues)
    with pytest.raises(InputError, match="no such baseline"):
        detect(frame, baseline="nowhere.csv")
