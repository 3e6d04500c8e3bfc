"""The input doctor as a whole: order, determinism, notices of reading, any table."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from doctor_example import codes_of, load, sound, without_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.data.dataset import load_dataset
from labelaudit.data.doctor.examine import examine
from labelaudit.errors import LabelauditError


def test_the_gravest_come_first():
    frame = sound().assign(unit="cm")
    frame["copy"] = [f"k{code}" for code in codes_of(frame)]
    frame.loc[5, "label"] = None
    found = examine(load(frame))
    assert [one.code for one in found] == ["gives-label-away", "missing-labels", "constant-column"]
    assert [one.grave for one in found] == [True, False, False]
    assert all(one.remedy and one.count for one in found)


def test_a_nameless_index_is_one_finding(tmp_path):
    path = tmp_path / "data.csv"
    sound().to_csv(path)
    data = load_dataset(str(path))
    assert {notice.code for notice in data.notices} == {"unnamed-index", "unnamed-column"}
    (one,) = examine(data)
    assert (one.code, one.columns, one.count) == ("unnamed-index", ("",), 1)
    assert "index=False" in one.remedy


def test_a_file_of_two_encodings_is_grave(tmp_path):
    path = tmp_path / "data.csv"
    frame = sound().assign(city="Bern")
    lines = frame.to_csv(index=False).splitlines()
    lines[3] = lines[3].replace("Bern", "Zürich")
    raw = [line.encode() for line in lines]
    raw[9] = lines[9].replace("Bern", "Genève").encode("latin-1")
    path.write_bytes(b"\n".join(raw) + b"\n")
    found = {one.code: one for one in examine(load_dataset(str(path)))}
    assert set(found) == {"mixed-encoding", "mojibake"}
    assert found["mixed-encoding"].grave


def test_only_probabilities_leave_columns_alone():
    frame = sound().assign(unit="cm", copy="x")
    frame["copy"] = codes_of(frame)
    assert examine(load(frame), learning=False) == ()


def test_a_sample_stands_for_many_rows_and_says_so():
    frame = sound(25_000)
    frame["score"] = codes_of(frame) + np.random.default_rng(1).uniform(-0.4, 0.4, 25_000).round(6)
    (one,) = examine(load(frame))
    assert one.code == "gives-label-away"
    assert "measured on 10,000 rows" in one.message


def test_no_model_library_is_needed(tmp_path):
    sound().to_csv(tmp_path / "data.csv", index=False)
    told = (
        "import sys; from labelaudit.cli.main import run; run(['doctor', 'data.csv', '-q']); "
        "sys.exit('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", told], cwd=tmp_path, check=False)
    assert done.returncode == 0


def test_a_column_of_times_may_hold_numbers():
    frame = sound().assign(second=np.arange(400) * 1.5, day="no date")
    assert examine(load(frame, time="second", exclude=("day",))) == ()
    assert examine(load(frame, time="day", exclude=("second",))) == ()


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "a", "A", "b", "1", "1.0", "1,5", "n/a", "-", "Ã©", "\ufffd", "\x07"]
    ),
    st.text(max_size=12),
    st.integers(-3, 40).map(str),
    st.dates().map(str),
)


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 40))
    columns = draw(st.integers(1, 4))
    cells = st.lists(CELLS, min_size=rows, max_size=rows)
    table = {f"column{at}": draw(cells) for at in range(columns)}
    if draw(st.booleans()):
        numbers = st.one_of(st.none(), st.floats(), st.integers(-5, 5).map(float))
        table["number"] = draw(st.lists(numbers, min_size=rows, max_size=rows))
    if draw(st.booleans()):
        parts = st.sampled_from(["train", "test", "unlabeled"])
        table["split"] = draw(st.lists(parts, min_size=rows, max_size=rows))
    label = st.sampled_from(["spam", "ham", "Spam", "n/a", None])
    table["label"] = draw(st.lists(label, min_size=rows, max_size=rows))
    kinds = {"number": pa.float64()}
    typed = {name: pa.array(v, kinds.get(name, pa.string())) for name, v in table.items()}
    return pa.table(typed), rows


@settings(max_examples=60)
@given(tables(), st.randoms(use_true_random=False), st.booleans())
def test_any_table_is_examined_and_its_order_has_no_say(made, random, learning):
    table, rows = made
    try:
        data = load_dataset(table)
    except LabelauditError:
        return
    found = examine(data, learning=learning)
    for one in found:
        assert one.remedy
        assert one.count >= 1
        assert list(one.rows) == sorted(set(one.rows))
        assert all(0 <= row < rows for row in one.rows)
        assert len(one.rows) == min(20, one.count) or not one.rows
    order = list(range(rows))
    random.shuffle(order)
    again = examine(load_dataset(table.take(order)), learning=learning)
    assert without_rows(again) == without_rows(found)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_has_no_say_in_what_columns_tell(seed):
    generator = np.random.default_rng(seed)
    frame = sound(12_000, k=4)
    y = codes_of(frame)
    frame["score"] = y + generator.uniform(-0.5, 0.5, 12_000).round(3)
    frame["kind"] = [f"k{code}" for code in np.where(generator.random(12_000) < 0.03, 0, y)]
    frame["who"] = [f"who {at}" for at in generator.integers(0, 5000, 12_000)]
    found = examine(load(frame))
    moved = frame.iloc[generator.permutation(12_000)].reset_index(drop=True)
    assert without_rows(examine(load(moved))) == without_rows(found)
    assert {"gives-label-away", "renames-label"} & {one.code for one in found}


def test_equal_rows_of_few_contents_are_dealt_to_both_halves():
    colour = np.tile(["red", "green", "blue"], 100)
    frame = pd.DataFrame({"colour": colour, "label": np.where(colour == "red", "warm", "cold")})
    frame["size"] = np.tile(["s", "m"], 150)
    (one,) = [one for one in examine(load(frame)) if one.code == "gives-label-away"]
    assert one.columns == ("colour",)
