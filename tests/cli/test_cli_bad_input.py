"""Bad input: a clear message, exit code 2, nothing written."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_data import messages

GOOD = "id,text,label\n" + "".join(f"{i},some words number {i},{'ab'[i % 2]}\n" for i in range(30))


def rows(text):
    return GOOD.splitlines(keepends=True)


CASES = {
    "an empty file": (b"", ["empty"]),
    "a header only": (b"id,text,label\n", ["no rows"]),
    "one class": (GOOD.replace(",b\n", ",a\n").encode(), ["class"]),
    "no feature columns": (
        b"id,label\n" + b"".join(b"%d,%d\n" % (i, i % 2) for i in range(30)),
        ["learn"],
    ),
    "a ragged row": (GOOD.replace("number 3,b", "number 3,b,c").encode(), ["data.csv:5", "3"]),
    "a short row": (GOOD.replace("3,some words number 3,b", "3").encode(), ["data.csv:5", "3"]),
    "a broken quote": (
        GOOD.replace("some words number 4", '"some words number 4').encode(),
        ["data.csv:6", "quot"],
    ),
    "text after a quote": (
        GOOD.replace("some words number 4", '"some words" 4').encode(),
        ["data.csv:6", "quot"],
    ),
    "duplicate columns": (GOOD.replace("id,text,label", "id,label,label").encode(), ["label"]),
    "duplicate ids": (GOOD.replace("\n7,", "\n6,").encode(), ["'6'", "--id none"]),
    "all labels missing": (GOOD.replace(",a\n", ",\n").replace(",b\n", ",\n").encode(), ["label"]),
    "a null byte": (GOOD.replace("number 4", "number \0").encode(), ["data.csv:6"]),
    "a workbook": (b"PK\x03\x04" + b"\0" * 100, ["Excel"]),
}


def refuse(cli, tmp_path, name, *arguments, words=()):
    before = sorted(tmp_path.rglob("*"))
    answer = cli("detect", name, *arguments)
    assert answer.code == 2, answer.err
    assert answer.err.startswith("error: ") or "\nerror: " in answer.err
    assert "Traceback" not in answer.err
    assert "hint: " in answer.err
    assert answer.out == ""
    for word in words:
        assert word in answer.err
    assert sorted(tmp_path.rglob("*")) == before
    return answer


@pytest.mark.parametrize("case", CASES)
def test_bad_csv(cli, tmp_path, case):
    content, words = CASES[case]
    (tmp_path / "data.csv").write_bytes(content)
    refuse(cli, tmp_path, "data.csv", words=["data.csv", *words])


def test_no_such_file(cli, tmp_path, texts):
    refuse(cli, tmp_path, "massages.csv", words=["massages.csv", "messages.csv"])


def test_a_parquet_file_that_is_none(cli, tmp_path, table):
    (tmp_path / "fake.parquet").write_text("id,label\n1,a\n")
    refuse(cli, tmp_path, "fake.parquet", words=["fake.parquet"])
    (tmp_path / "cut.parquet").write_bytes(table.read_bytes()[:-200])
    refuse(cli, tmp_path, "cut.parquet", words=["cut.parquet"])


def test_a_label_column_that_is_not_there(cli, tmp_path, texts):
    refuse(cli, tmp_path, texts, "--label", "lable", words=["did you mean 'label'?"])
    frame = messages().rename(columns={"label": "verdict"})
    frame.to_csv(tmp_path / "other.csv", index=False)
    refuse(cli, tmp_path, "other.csv", words=["verdict", "--label"])


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("latin-1", "Latin-1|cp1252|Windows-1252"),
    ],
)
def test_encodings_are_read_or_named(cli, tmp_path, encoding, said):
    frame = messages()
    frame.loc[0, "text"] = "déjà vu, naïve café"
    (tmp_path / "data.csv").write_bytes(frame.to_csv(index=False).encode(encoding))
    answer = cli("detect", "data.csv", "-f", "json")
    assert answer.code == 0, answer.err
    assert any(word in answer.out for word in said.split("|"))


PROBABILITIES = {
    "too few rows": (lambda p: p[:-1], ["239", "240"]),
    "too many classes": (lambda p: np.c_[p, p] / 2, ["4", "2"]),
    "NaN": (lambda p: with_value(p, np.nan), ["row 7"]),
    "negative": (lambda p: with_value(p, -0.5), ["row 7"]),
    "not summing to 1": (lambda p: with_value(p, 0.99), ["row 7"]),
    "the wrong order": (lambda p: p[:, ::-1], ["order"]),
}


def with_value(p, value):
    p = p.copy()
    p[7, 0] = value
    return p


def good_probabilities():
    frame = messages()
    p = np.where(frame["label"] == "spam", 0.8, 0.2)
    p = np.clip(p + np.random.default_rng(0).normal(0, 0.15, len(p)), 0.01, 0.99)
    return np.c_[1 - p, p]


@pytest.mark.parametrize("case", PROBABILITIES)
def test_bad_probabilities(cli, tmp_path, texts, case):
    spoil, words = PROBABILITIES[case]
    np.save(tmp_path / "p.npy", spoil(good_probabilities()))
    refuse(cli, tmp_path, texts, "--pred-probs", "p.npy", words=["p.npy", *words])


def test_probabilities_of_other_classes(cli, tmp_path, texts):
    p = good_probabilities()
    pd.DataFrame({"ham": p[:, 0], "eggs": p[:, 1]}).to_csv(tmp_path / "p.csv", index=False)
    refuse(cli, tmp_path, texts, "--pred-probs", "p.csv", words=["spam"])


def test_in_sample_probabilities_are_warned_about(cli, tmp_path, texts):
    p = np.where(messages()["label"] == "spam", 0.999, 0.001)
    np.save(tmp_path / "p.npy", np.c_[1 - p, p])
    answer = cli("detect", texts, "--pred-probs", "p.npy", "-f", "json", "-q")
    assert answer.code == 0
    assert "in-sample" in answer.out


def test_pickled_arrays_are_never_loaded(cli, tmp_path, texts):
    np.save(tmp_path / "p.npy", np.array([{"a": 1}] * 240, dtype=object), allow_pickle=True)
    refuse(cli, tmp_path, texts, "--pred-probs", "p.npy", words=["p.npy"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_output(cli, tmp_path, texts):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    refuse(cli, tmp_path, texts, "--report", f"csv={closed}/x.csv", words=["closed"])


def test_an_output_in_no_directory(cli, tmp_path, texts):
    refuse(cli, tmp_path, texts, "--report", "csv=nowhere/x.csv", words=["nowhere"])
    refuse(cli, tmp_path, texts, "--report", f"csv={texts}", words=["replace the input"])
    refuse(cli, tmp_path, texts, "--report", "xls=x.xls", words=["no output format 'xls'"])


def test_a_store_that_cannot_be(cli, tmp_path, texts):
    (tmp_path / "file").write_text("")
    answer = refuse(cli, tmp_path, texts, "--store", "file/store", words=["--store"])
    assert "to decide otherwise" not in answer.err


def test_a_full_disk(cli, tmp_path, texts, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    answer = cli("detect", texts, "-q", "--report", "csv=x.csv")
    assert answer.code == 2
    assert "full" in answer.err or "No space" in answer.err
    assert not (tmp_path / "x.csv").exists()
    assert not list(tmp_path.glob("*.part*")) + list(tmp_path.glob(".x*"))


def test_columns_that_are_not_there(cli, tmp_path, texts):
    for option in ("--text", "--features", "--group", "--split", "--embedding", "--id"):
        refuse(cli, tmp_path, texts, option, "txet", words=[option])


def test_unknown_names(cli, tmp_path, texts):
    refuse(cli, tmp_path, texts, "--model", "logrek", words=["logreg"])
    refuse(cli, tmp_path, texts, "--model", "no.such:thing", words=["no.such"])
    refuse(cli, tmp_path, texts, "--detectors", "nonsense", words=["nonsense"])
    refuse(cli, tmp_path, texts, "--filter-by", "nonsense", words=["--filter-by"])


@pytest.mark.parametrize("kind", ["uuid", "null"])
def test_a_label_column_whose_type_holds_no_classes(cli, tmp_path, kind):
    rows = 60
    texts = [f"some words number {row}" for row in range(rows)]
    keys = pa.array([bytes([row]) * 16 for row in range(rows)], pa.binary(16))
    label = pa.nulls(rows) if kind == "null" else pa.ExtensionArray.from_storage(pa.uuid(), keys)
    pq.write_table(pa.table({"text": texts, "label": label}), tmp_path / "data.parquet")
    refuse(cli, tmp_path, "data.parquet", words=["'label'", "--label"])
    for command in ("doctor", "lint"):
        answer = cli(command, "data.parquet", "--label", "label")
        assert answer.code in (0, 1, 2)
        assert "bug: " not in answer.err
