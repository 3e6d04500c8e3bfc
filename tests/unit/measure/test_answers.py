from __future__ import annotations

import csv

import pandas as pd
import pytest
from sampled import audited, noisy_messages

from labelaudit.errors import InputError
from labelaudit.measure.answers import (
    Finding,
    ambiguous_words,
    read_answers,
    sample_of_answers,
)
from labelaudit.measure.sample import Sample, SampledRow, Stratum, draw_sample
from labelaudit.measure.sample_table import find_rows, write_sample


def make(rows, classes=("ham", "spam")):
    """Build a sample of rows given as (row_id, given label)."""
    drawn = tuple(
        SampledRow(number, row_id, given, None, 0.25)
        for number, (row_id, given) in enumerate(rows, start=1)
    )
    stratum = Stratum("not flagged", False, 100, 0.1, drawn)  # noqa: FBT003
    return Sample("sabc", "run-1", 0, "data.csv", classes, 0, (stratum,))


FIVE = make([(f"m{number}", "ham" if number % 2 else "spam") for number in range(1, 6)])


def write(path, cells, **options):
    pd.DataFrame(cells).to_csv(path, index=False, **options)
    return path


def filled(path, answers, sample=FIVE, **columns):
    rows = sample.rows[: len(answers)]
    cells = {
        "sample": [sample.id] * len(rows),
        "number": [row.number for row in rows],
        "row_id": [row.row_id for row in rows],
        "given_label": [row.given for row in rows],
        "answer": answers,
        **columns,
    }
    return write(path, cells)


def found(answers):
    return {row_id: (one.finding.value, one.label) for row_id, one in answers.items()}


def fault(path, sample=FIVE, **options):
    with pytest.raises(InputError) as caught:
        read_answers([path], sample, **options)
    return str(caught.value)


def test_words_and_classes_are_understood(tmp_path):
    path = filled(tmp_path / "a.csv", ["Right", " NO ", "ham", "ham", "unsure"])
    assert found(read_answers([path], FIVE)) == {
        "m1": ("right", None),
        "m2": ("wrong", None),
        "m3": ("right", None),
        "m4": ("wrong", "ham"),
        "m5": ("unsure", None),
    }


def test_rows_without_an_answer_are_absent(tmp_path):
    path = filled(tmp_path / "a.csv", ["", "ok", " ", "yes", ""])
    assert list(read_answers([path], FIVE)) == ["m2", "m4"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_a_spreadsheet_makes_of_it_is_read(tmp_path, encoding, separator):
    sample = make([("é1", "ja"), ("é2", "né"), ("é3", "né")], ("ja", "né"))
    cells = {
        "Unnamed: 7": ["", "x", ""],
        "NOTE": ["", "", "hm"],
        "Answer": ["right", "ja", "WRONG"],
        "row_id": ["é3", "é2", " é1 "],
        "sample": ["sabc"] * 3,
    }
    path = write(tmp_path / "a.csv", cells, encoding=encoding, sep=separator)
    assert found(read_answers([path], sample)) == {
        "é1": ("wrong", None),
        "é2": ("wrong", "ja"),
        "é3": ("right", None),
    }


def test_numbers_that_a_spreadsheet_rewrote_are_found_again(tmp_path):
    sample = make([("007", "1"), ("1234567890123456789", "0"), ("2", "1")], ("0", "1"))
    cells = {
        "number": ["1.0", "2", "3"],
        "row_id": ["7", "1.23457E+18", "2.0"],
        "given_label": ["1.0", "0", "1"],
        "answer": ["1.0", "1", "'0"],
    }
    path = write(tmp_path / "a.csv", cells)
    assert found(read_answers([path], sample)) == {
        "007": ("right", None),
        "1234567890123456789": ("wrong", "1"),
        "2": ("wrong", "0"),
    }


def test_a_number_alone_names_a_row_but_never_against_its_id(tmp_path):
    path = write(tmp_path / "a.csv", {"number": [2], "answer": ["ok"]})
    assert list(read_answers([path], FIVE)) == ["m2"]
    path = write(tmp_path / "b.csv", {"number": [2], "row_id": ["m9"], "answer": ["ok"]})
    assert "'m9' is not in the sample" in fault(path)


def test_parquet_is_read_too(tmp_path):
    frame = pd.DataFrame({"row_id": ["m1", "m2"], "answer": ["right", None]})
    frame.to_parquet(tmp_path / "a.parquet")
    assert list(read_answers([tmp_path / "a.parquet"], FIVE)) == ["m1"]


def test_faults_name_file_row_and_what_is_wrong(tmp_path):
    path = filled(
        tmp_path / "a.csv", ["rihgt", "eggs", "ok", "ok"], row_id=["m1", "m2", "m3", "m77"]
    )
    told = fault(path)
    assert told.startswith("3 answers cannot be used:")
    assert f"{path}, row 2: the answer 'rihgt'" in told
    assert "did you mean 'right'?" in told
    assert "row 3: the answer 'eggs'" in told
    assert "row 5: row_id 'm77' is not in the sample" in told
    assert "nothing was written" in told


def test_many_faults_are_cut(tmp_path):
    sample = make([(f"r{number}", "ham") for number in range(30)])
    told = fault(filled(tmp_path / "a.csv", ["?!"] * 30, sample), sample)
    assert "30 answers" in told
    assert "and 20 more" in told


def test_a_row_that_is_not_of_the_sample_matters_only_when_answered(tmp_path):
    cells = {"row_id": ["m1", "total", ""], "answer": ["ok", "", ""], "x": ["", "1", "2"]}
    assert list(read_answers([write(tmp_path / "a.csv", cells)], FIVE)) == ["m1"]


def test_a_class_written_over_the_given_label_is_refused(tmp_path):
    path = filled(tmp_path / "a.csv", ["", "ok"], given_label=["spam", "spam"])
    assert "given_label was changed from 'ham' to 'spam'" in fault(path)
    path = filled(tmp_path / "b.csv", ["ok", "ok"], given_label=["", "1-Feb"])
    assert len(read_answers([path], FIVE)) == 2


def test_words_that_are_classes_are_used_where_both_meanings_agree(tmp_path):
    sample = make([("a", "yes"), ("b", "yes"), ("c", "no"), ("d", "no")], ("no", "yes"))
    assert ambiguous_words(sample) == ["yes", "no"]
    path = filled(tmp_path / "a.csv", ["yes", "no", "", "right"], sample)
    assert found(read_answers([path], sample)) == {
        "a": ("right", None),
        "b": ("wrong", "no"),
        "d": ("right", None),
    }
    told = fault(filled(tmp_path / "b.csv", ["", "", "no", "yes"], sample), sample)
    assert "row 4: the answer 'no' is a class here, and a word for wrong as well" in told
    assert "row 5: the answer 'yes' is a class here" in told
    assert "use one of right, wrong, unsure" in told


def test_reviewers_who_agree_are_merged(tmp_path):
    one = filled(
        tmp_path / "a.csv",
        ["right", "wrong", "unsure", "", ""],
        reviewer=["ann"] * 5,
        note=["", "odd", "", "", ""],
    )
    two = filled(tmp_path / "b.csv", ["ok", "ham", "ok", "spam", "spam"], reviewer=["bob"] * 5)
    merged = read_answers([one, two], FIVE)
    assert found(merged) == {
        "m1": ("right", None),
        "m2": ("wrong", "ham"),
        "m3": ("right", None),
        "m4": ("right", None),
        "m5": ("wrong", "spam"),
    }
    assert merged["m1"].reviewer == "ann, bob"
    assert merged["m2"].note == "odd"
    assert merged["m3"].reviewer == "bob"


def test_different_true_classes_are_no_conflict(tmp_path):
    sample = make([("a", "x")], ("x", "y", "z"))
    paths = [filled(tmp_path / f"{name}.csv", [name], sample) for name in "yz"]
    assert found(read_answers(paths, sample)) == {"a": ("wrong", None)}


def test_a_conflict_is_listed_or_counts_as_unsure(tmp_path):
    one = filled(tmp_path / "a.csv", ["right", "right"], reviewer=["ann"] * 2)
    two = filled(tmp_path / "b.csv", ["wrong", "right"], reviewer=["bob"] * 2)
    with pytest.raises(InputError) as caught:
        read_answers([one, two], FIVE)
    told = str(caught.value)
    assert "1 row is called right and wrong" in told
    assert f"'m1': right by ann in {one}, row 2, but wrong by bob in {two}, row 2" in told
    assert "--on-conflict unsure" in told
    merged = read_answers([one, two], FIVE, conflicts_are_unsure=True)
    assert [one.finding for one in merged.values()] == [Finding.UNSURE, Finding.RIGHT]
    assert merged["m1"].reviewer == "ann, bob"


def test_a_fault_beside_a_conflict_is_told_as_a_fault(tmp_path):
    cells = {"row_id": ["m1", "m1", "m2"], "answer": ["ok", "wrong", "eggs"]}
    path = write(tmp_path / "a.csv", cells)
    assert fault(path).startswith("2 answers cannot be used")
    assert fault(path, conflicts_are_unsure=True).startswith("1 answer cannot be used")


def test_one_row_twice_in_one_file_can_conflict_too(tmp_path):
    path = write(tmp_path / "a.csv", {"row_id": ["m1", "m1"], "answer": ["ok", "wrong"]})
    assert "called right and wrong" in fault(path)


def test_which_sample_was_answered(tmp_path):
    one, two = filled(tmp_path / "a.csv", ["ok"]), filled(tmp_path / "b.csv", ["ok", ""])
    assert sample_of_answers([one, two]) == "sabc"
    bare = write(tmp_path / "c.csv", {"row_id": ["m1"], "answer": ["ok"]})
    assert sample_of_answers([bare]) is None
    cells = {"sample": ["sxyz"], "row_id": ["m1"], "answer": ["ok"]}
    other = write(tmp_path / "d.csv", cells)
    with pytest.raises(InputError, match="2 samples"):
        sample_of_answers([one, other])
    assert "sample 'sxyz', not 'sabc'" in fault(other)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "row_id,decision\nm1,keep\n", "answer\nok\n"])
def test_what_is_no_filled_sample_is_refused(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match="not a filled sample"):
        read_answers([tmp_path / "a.csv"], FIVE)


def test_a_written_sample_filled_by_hand_comes_back(run, tmp_path):
    audit, data = run
    sample = draw_sample(audit, run_id="r", n=30)
    write_sample(sample, audit, data, find_rows(audit, data), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["answer"] = "right" if int(row["number"]) % 3 else "no"
    path = write(tmp_path / "b.csv", rows[::-1])
    answers = read_answers([path], sample)
    assert list(answers) == [row.row_id for row in sample.rows]
    assert sum(one.finding is Finding.WRONG for one in answers.values()) == 10


def test_a_column_of_the_data_called_answer_is_not_taken_for_ours(tmp_path):
    frame = noisy_messages(200).rename(columns={"text": "ANSWER"})
    audit, data = audited(tmp_path / "data.csv", frame)
    sample = draw_sample(audit, run_id="r", n=10)
    write_sample(sample, audit, data, find_rows(audit, data), tmp_path / "a.csv")
    assert read_answers([tmp_path / "a.csv"], sample) == {}
