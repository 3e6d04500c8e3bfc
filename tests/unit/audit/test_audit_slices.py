from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from patterns_example import draw, flagged, rows_of

from labelaudit.audit.slices import find_slices
from labelaudit.audit.slices_columns import check_slices, slice_columns
from labelaudit.data.dataset import load_dataset
from labelaudit.data.schema import SchemaChoices
from labelaudit.errors import SettingError

N = 3000


def sources(n=N, k=10, seed=0):
    return np.random.default_rng([seed, 3]).integers(0, k, n)


def named(codes):
    return np.array([f"s{code}" for code in range(codes.max() + 1)])[codes]


def found_in(case):
    judged = case.judged
    columns = slice_columns(case.data, judged.rows)
    names = [column.name for column in columns]
    slices = find_slices(judged, columns, families=5, q=0.05)
    return [
        tuple((names[column], columns[column].values[value]) for column, value in one.parts)
        for one in slices
    ], slices


def test_a_bad_source_is_found_and_nothing_else():
    source = sources()
    columns, _ = rows_of(N, 3, 0, source=named(source))
    case = flagged(columns, draw(0, np.where(source == 3, 0.18, 0.06)))
    names, slices = found_in(case)
    assert names == [(("source", "s3"),)]
    found = slices[0]
    inside = source == 3
    assert np.array_equal(found.mask, inside)
    flags = case.ranking.flagged
    rate = flags[~inside].mean()
    assert found.lift.expected == pytest.approx(inside.sum() * rate, rel=0.15)
    assert found.lift.low < 3 < found.lift.high


def test_two_columns_together_where_neither_alone_is_bad():
    one, other = sources(k=3), sources(k=3, seed=1)
    columns, _ = rows_of(N, 3, 0, site=named(one), shift=named(other))
    bad = (one == 0) & (other == 0)
    names, _ = found_in(flagged(columns, draw(0, np.where(bad, 0.24, 0.06))))
    assert names == [(("site", "s0"), ("shift", "s0"))]


def test_a_range_of_numbers():
    weight = np.random.default_rng(5).normal(size=N)
    columns, _ = rows_of(N, 3, 0, weight=weight)
    names, _ = found_in(flagged(columns, draw(1, np.where(weight > 0.84, 0.2, 0.05))))
    assert [part[0][0] for part in names] == ["weight"]
    assert names[0][0][1].endswith(f"to {weight.max():.6g}")


def test_a_slice_that_holds_a_noisy_class_is_not_a_pattern():
    columns, y = rows_of(N, 3, 0)
    source = np.where((y == 2) & (np.random.default_rng(0).random(N) < 0.7), 3, sources())
    columns["source"] = named(source)
    flags = draw(0, np.where(y == 2, 0.3, 0.03))
    # Without regard to classes it looks bad.
    assert flags[source == 3].mean() > 2.5 * flags[source != 3].mean()
    assert found_in(flagged(columns, flags))[0] == []


def test_the_same_rows_are_told_once():
    source = sources()
    columns, _ = rows_of(N, 3, 0, source=named(source), source_number=source)
    names, _ = found_in(flagged(columns, draw(0, np.where(source == 3, 0.18, 0.06))))
    assert names == [(("source", "s3"),)]


def test_copies_are_one_observation():
    columns, _ = rows_of(60, 2, 0)
    copies = {name: np.tile(values, 20) for name, values in columns.items() if name != "id"}
    copies["id"] = [f"r{row:05d}" for row in range(1200)]
    source = np.tile(np.arange(60) % 2, 20)
    copies["source"] = named(source)
    flags = np.tile((np.arange(60) % 2 == 1) & (np.arange(60) < 16), 20)
    # 160 of 600 rows against none: of 8 and 0 different ones.
    assert flags[source == 1].sum() == 160
    assert found_in(flagged(copies, flags, exclude=("source",)))[0] == []


def data_of(**columns):
    n = len(next(iter(columns.values())))
    columns = {"id": [f"r{row}" for row in range(n)], **columns}
    columns["label"] = ["a", "b"] * (n // 2)
    left = ("left*",) if any(name.startswith("left") for name in columns) else ()
    return load_dataset(pa.table(columns), SchemaChoices(label="label", id="id", exclude=left))


def cut(data, names=()):
    columns = slice_columns(data, np.arange(data.n_rows), names)
    return {column.name: column for column in columns}


def test_what_is_sliced_by():
    n = 400
    random = np.random.default_rng(0)
    data = data_of(
        text=[f"words of row {row} that differ {row % 17}" for row in range(n)],
        colour=random.choice(["red", "blue"], n),
        fixed=["x"] * n,
        number=random.normal(size=n),
        stars=random.integers(1, 6, n),
        true=random.random(n) < 0.5,
        left_annotator=random.choice(["ann", "bob"], n),
        left_label=random.choice(["a", "b"], n),
        rare=[f"v{row // 10}" for row in range(n)],
    )
    found = cut(data)
    assert list(found) == ["left_annotator", "colour", "number", "stars", "true"]
    assert set(found["stars"].values) == set("12345")
    assert set(found["true"].values) == {"true", "false"}
    assert found["number"].exact is False
    assert len(found["number"].values) == 5
    assert np.bincount(found["number"].codes).min() >= 79
    assert not found["left_annotator"].learned


def test_a_missing_cell_is_a_value():
    data = data_of(colour=["red", None] * 200, number=[*np.linspace(0, 1, 200), *[None] * 200])
    found = cut(data)
    assert set(found["colour"].values) == {"red", ""}
    assert found["number"].values[-1] == ""


def test_only_the_columns_that_are_named():
    data = data_of(colour=["red", "blue"] * 100, left=["x", "y"] * 100)
    assert list(cut(data, ("left",))) == ["left"]


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("color",), "no column 'color'"),
        (("label",), "cannot be sliced"),
        (("none", "colour"), "there are none"),
    ],
)
def test_columns_that_cannot_be_sliced_by_are_refused(names, what):
    data = data_of(colour=["red", "blue"] * 100)
    with pytest.raises(SettingError, match=what):
        check_slices(names, data)
    check_slices(("none",), data)
    check_slices(("colour",), data)
