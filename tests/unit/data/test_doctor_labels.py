"""The input doctor on labels: spellings, missing ones, few rows, imbalance, numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from doctor_example import examined, sound


def labelled(*sizes: tuple[object, int]) -> pd.DataFrame:
    labels = [label for label, size in sizes for _ in range(size)]
    values = np.random.default_rng(0).normal(size=(len(labels), 2)).round(4)
    return pd.DataFrame({"width": values[:, 0], "height": values[:, 1], "label": labels})


def test_sound_data_has_no_findings():
    assert examined(sound()) == {}
    assert examined(sound(k=7)) == {}


@pytest.mark.parametrize("other", ["Spam", "spam ", "SPAM", "s\u200bpam", "\uff53pam"])
def test_ways_to_write_one_class_are_one_finding_with_the_rarer_rows(other):
    found = examined(labelled(("spam", 90), ("ham", 80), (other, 20)))
    one = found["label-spelling"]
    assert (one.count, one.rows, one.grave) == (20, tuple(range(170, 190)), True)
    assert one.columns == ("label",)
    assert "'spam' (90)" in one.message
    assert "one-spelling = true" in one.remedy


def test_a_composed_and_a_decomposed_letter_are_one_spelling():
    assert "label-spelling" in examined(labelled(("caf\u00e9", 40), ("cafe\u0301", 30), ("x", 40)))


def test_whole_numbers_written_as_fractions_among_words_are_one_spelling():
    assert "label-spelling" in examined(labelled(("1", 40), ("1.0", 9), ("none at all", 40)))


@pytest.mark.parametrize(
    "pair", [("C", "C++"), ("1", "-1"), ("A", "A-"), ("re-cover", "recover"), ("cafe", "caf\u00e9")]
)
def test_labels_that_differ_in_more_than_writing_are_let_be(pair):
    assert "label-spelling" not in examined(labelled((pair[0], 60), (pair[1], 60)))


def test_letters_are_two_classes_unless_one_of_them_is_rare():
    assert "label-spelling" not in examined(labelled(("a", 60), ("A", 60)))
    assert "label-spelling" not in examined(labelled(("y", 100), ("Y", 11)))
    assert "label-spelling" in examined(labelled(("y", 100), ("Y", 10), ("n", 50)))


def test_a_misspelled_class_is_not_told_again_as_rare_or_out_of_balance():
    found = examined(labelled(("spam", 900), ("ham", 800), ("Spam", 3), ("HAM", 8)))
    assert set(found) == {"label-spelling"}
    assert found["label-spelling"].count == 11


def test_missing_labels_are_counted_and_the_first_twenty_listed():
    frame = sound()
    frame.loc[10:39, "label"] = None
    one = examined(frame)["missing-labels"]
    assert (one.count, one.rows, one.grave) == (30, tuple(range(10, 30)), False)
    frame.loc[:, "label"] = sound()["label"]
    frame.loc[5, "label"] = " "
    assert examined(frame)["missing-labels"].rows == (5,)
    assert examined(frame)["missing-labels"].message.startswith("1 row (0.2 %) has")


def test_a_label_that_reads_like_no_label_is_asked_about():
    found = examined(labelled(("spam", 40), ("ham", 30), ("N/A", 8)))
    assert found["label-na"].rows == tuple(range(70, 78))
    assert "--missing-label N/A" in found["label-na"].remedy
    assert "label-na" not in examined(labelled(("spam", 40), ("unknown", 30)))
    assert "label-na" not in examined(
        labelled(("spam", 40), ("ham", 30), ("N/A", 8)), missing_label=("N/A",)
    )


@pytest.mark.parametrize(("rows", "told"), [(4, True), (5, False)])
def test_a_class_needs_as_many_rows_as_there_are_folds(rows, told):
    found = examined(labelled(("a lot", 60), ("more", 60), ("few", rows)))
    assert ("rare-classes" in found) == told
    if told:
        assert found["rare-classes"].rows == (120, 121, 122, 123)
        assert "'few' (4)" in found["rare-classes"].message


def test_folds_and_whether_a_model_learns_decide_what_is_rare():
    frame = labelled(("a lot", 60), ("more", 60), ("few", 4))
    assert "rare-classes" not in examined(frame, folds=4)
    assert "rare-classes" not in examined(frame, learning=False)


def test_copies_of_one_row_are_one_different_row():
    frame = labelled(("a lot", 60), ("more", 60), ("few", 6))
    frame.loc[121:125, ["width", "height"]] = frame.loc[120, ["width", "height"]].to_numpy()
    assert "rare-classes" in examined(frame)


@pytest.mark.parametrize(("rows", "told"), [(10, True), (11, False)])
def test_a_hundred_times_fewer_rows_are_out_of_balance(rows, told):
    found = examined(labelled(("common", 1000), ("rare", rows)))
    assert ("imbalanced-classes" in found) == told
    if told:
        assert found["imbalanced-classes"].count == rows


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([0.5 * at for at in range(12)], True),
        ([1.0, 1.5, 2.0, 2.5, 3.0], False),
        (list(range(30)), False),
        (list(range(1, 31)), False),
        (list(range(10)), False),
        ([f"v{at}" for at in range(30)], False),
    ],
)
def test_a_label_of_many_fractions_looks_measured_and_class_numbers_do_not(labels, told):
    found = examined(labelled(*((label, 9) for label in labels)))
    assert ("label-is-a-number" in found) == told


def test_a_label_of_gapped_numbers_with_rare_ends_looks_measured():
    sizes = [(value, 2 if value in (31, 40, 95, 120) else 20) for value in (*range(45, 75), 31, 40)]
    found = examined(labelled(*sizes, (95, 2), (120, 2)))
    assert found["label-is-a-number"].grave
    assert "from 31 to 120" in found["label-is-a-number"].message
