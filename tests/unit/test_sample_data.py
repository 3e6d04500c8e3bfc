from __future__ import annotations

import csv
import importlib.util
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

SAMPLES = Path(__file__).parents[2] / "sample_data"
DATA = ("reviews.csv", "breast_cancer.csv", "digits.parquet")


def load(name):
    spec = importlib.util.spec_from_file_location(f"sample_{name}", SAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load("build")
score = load("score")


def read_rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def labels_of(name):
    if name.endswith(".parquet"):
        rows = pq.read_table(SAMPLES / name, columns=["id", "label"]).to_pylist()
    else:
        rows = read_rows((SAMPLES / name).read_bytes())
    return {row["id"]: str(row["label"]) for row in rows}


def truth_of(name):
    return read_rows((SAMPLES / f"{name.split('.')[0]}.truth.csv").read_bytes())


def test_breast_cancer_is_rebuilt_byte_for_byte():
    for name, content in build.build_cancer().items():
        assert (SAMPLES / name).read_bytes() == content


def test_digits_are_rebuilt_value_for_value():
    built = build.build_digits()
    assert (SAMPLES / "digits.truth.csv").read_bytes() == built["digits.truth.csv"]
    assert pq.read_table(SAMPLES / "digits.parquet").equals(
        pq.read_table(io.BytesIO(built["digits.parquet"]))
    )


@pytest.mark.parametrize("name", DATA)
def test_the_truth_marks_exactly_the_labels_that_differ(name):
    given, truth = labels_of(name), truth_of(name)
    assert list(given) == [row["id"] for row in truth]
    for row in truth:
        assert (given[row["id"]] != row["true_label"]) == (row["is_error"] == "1")


@pytest.mark.parametrize(("name", "share"), [*zip(DATA, (0.08, 0.05, 0.05), strict=True)])
def test_as_many_labels_are_wrong_as_the_readme_says(name, share):
    wrong = Counter(row["is_error"] for row in truth_of(name))
    assert wrong["1"] == round(share * wrong.total())


def test_rows_nobody_disagreed_on_are_never_drawn():
    weight = np.array([0.0, 1, 0, 1, 1])
    assert build._draw(weight, 3).tolist() == [False, True, False, True, True]


def test_heavier_rows_are_drawn_more_often():
    weight = np.repeat([1.0, 9.0], 1000)
    drawn = build._draw(weight, 200)
    assert drawn.sum() == 200
    assert drawn[1000:].sum() > 5 * drawn[:1000].sum()


def test_any_other_archive_is_refused(tmp_path):
    other = tmp_path / "other.tar.gz"
    other.write_bytes(b"not the archive")
    with pytest.raises(SystemExit, match="is not the source archive"):
        build.build_reviews(other)


def test_score_counts_in_rank_order(tmp_path):
    issues = tmp_path / "issues.csv"
    issues.write_text("rank,row_id\n2,b\n1,a\n3,c\n", encoding="utf-8")
    assert score.read_ranking(issues) == ["a", "b", "c"]
    told = dict(score.score({"a": True, "b": False, "c": True, "d": True}, ["a", "b", "c"]))
    assert told["precision at 3"] == "0.67"
    assert told["wrong labels flagged"] == "2 of 3 (recall 0.67)"


def test_score_of_no_issues():
    told = dict(score.score({"a": True, "b": False}, []))
    assert told["rows flagged"] == "0"
