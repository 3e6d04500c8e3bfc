from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from labelaudit.data import column_kinds
from labelaudit.types import Role

N = 60


def kind(values, name="column", *, asked=False, arrow=None):
    column = pa.chunked_array([pa.array(values, arrow)])
    return column_kinds.infer(name, column, column, asked=asked)


def role(values, name="column", **options):
    return kind(values, name, **options).role


WORDS = [
    "oak",
    "elm",
    "ash",
    "fir",
    "yew",
    "box",
    "bay",
    "fig",
    "nut",
    "pea",
    "rye",
    "tea",
    "hop",
    "oat",
    "rue",
    "dill",
    "mint",
    "sage",
    "leek",
    "kale",
]


def sentences(count, length):
    return [
        " ".join(WORDS[(i * (j + 3) + j) % len(WORDS)] for j in range(length)) + f" {i}"
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.5, 2.5, None, 4.5], Role.NUMERIC),
        ([3, 1, 3, 7], Role.NUMERIC),
        (["3", "1", "", "7"], Role.NUMERIC),
        (["$1,000", "$12.50", "€7"], Role.NUMERIC),
        (["12%", "7 %", "n/a", "3%"], Role.NUMERIC),
        (["3,14", "2,71", "10,5"], Role.NUMERIC),
        (["1.5", "?", "-", "NaN", "2", "inf"] * 20 + ["3"] * 80, Role.NUMERIC),
        (["1", "2", "3+", "2", "4"], Role.CATEGORICAL),
        (["007", "123", "450"], Role.CATEGORICAL),
        (["red", "green", "red"], Role.CATEGORICAL),
        ([True, False, None], Role.CATEGORICAL),
        ([5, 5, 5], Role.CONSTANT),
        (["x", "x", "x"], Role.CONSTANT),
        (["", "", ""], Role.CONSTANT),
        (["", " ", None], Role.CONSTANT),
        ([float("nan"), None, float("inf")], Role.CONSTANT),
        ([None, None], Role.CONSTANT),
        ([dt.date(2020, 1, d) for d in (1, 2, 3)], Role.DATETIME),
        (["2020-01-01", "2020-01-02", ""], Role.DATETIME),
        (["2020-01-01T10:00:00Z", "2020-01-02T11:30:00+02:00"], Role.DATETIME),
        (["31/01/2020", "15/02/2020"], Role.DATETIME),
        (["01.02.2020 10:30", "03.02.2020 11:30"], Role.DATETIME),
        ([dt.timedelta(seconds=s) for s in (1, 2)], Role.NUMERIC),
        ([[0.1, 0.2], [0.3, 0.4]], Role.EMBEDDING),
        (["[0.1, 0.2]", "[0.3, 0.4]"], Role.EMBEDDING),
        (["[0.1 0.2]", "[0.3\n 0.4]"], Role.EMBEDDING),
        ([[0.1, 0.2], [0.3]], Role.IGNORED),
        ([[1, 2], [3, 4]], Role.IGNORED),
        (["[1, 2]", "[3, 4]"], Role.IGNORED),
        ([["a"], ["b"]], Role.IGNORED),
        ([{"a": 1}, {"a": 2}], Role.IGNORED),
        ([b"a", b"b"], Role.IGNORED),
    ],
)
def test_a_column_is_what_its_cells_are(values, expected):
    found = kind(values)
    assert found.role == expected
    assert found.reason


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("n", list(range(100, 100 + N))),
        ("n", [str(i) for i in reversed(range(N))]),
        ("user_id", [i * 977 for i in range(N)]),
        ("PassengerId", [str(i * 977) for i in range(N)]),
        ("zip_id", [f"{i * 97:07d}" for i in range(N)]),
        ("key", [f"123e4567-e89b-12d3-a456-4266141740{i:02d}" for i in range(N)]),
        ("key", [f"d41d8cd98f00b204e98009{i:04x}" for i in range(N)]),
        ("image", [f"photo_of_{WORDS[i % 20]}{i}.jpg" for i in range(N)]),
        ("key", [f"data/{WORDS[i % 20]}/{i}" for i in range(N)]),
        ("key", [f"T{i:04d}" for i in range(N)]),
        ("customerID", [f"{i}-{WORDS[i % 20]}" for i in range(N)]),
    ],
)
def test_identifiers_are_known_unless_they_are_asked_for(name, values):
    assert role(values, name) == Role.IDENTIFIER
    assert role(values, name, asked=True) != Role.IDENTIFIER


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("n", [i * 977 for i in range(N)]),
        ("paid", [i * 977 for i in range(N)]),
        ("n", [i % 30 for i in range(N)]),
        ("user_id", [i % 7 for i in range(N)]),
        ("x_id", [i + 0.5 for i in range(N)]),
        ("n", [1, 2, 3]),
    ],
)
def test_numbers_are_no_identifiers_without_reason(name, values):
    assert role(values, name) == Role.NUMERIC


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("column", sentences(N, 9)),
        ("column", sentences(N, 4)),
        ("review_title", sentences(N, 2)),
        ("列", [f"这部电影非常好看我很喜欢{i}" for i in range(N)]),
        ("url", [f"https://a.example/{WORDS[i % 20]}/{i}" for i in range(N)]),
    ],
)
def test_text_is_known(name, values):
    assert role(values, name) == Role.TEXT


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "name",
            [f"{WORDS[i % 20].title()} {WORDS[i * 7 % 20].title()}{'a' * i}" for i in range(N)],
        ),
        ("answer", ["I agree with all of this very much", "I do not agree with any of this"] * 30),
        ("title", ["Dr.", "Ms.", "Mr."] * 20),
    ],
)
def test_short_or_repeated_strings_are_categories(name, values):
    assert role(values, name) == Role.CATEGORICAL


def test_whole_number_lists_are_an_embedding_only_by_name():
    assert role([[1, 2], [3, 4]], "embedding") == Role.EMBEDDING


def test_dictionary_encoding_changes_nothing():
    column = pa.chunked_array([pa.array(["1", "2", "x", "y"]).dictionary_encode()])
    assert column_kinds.infer("c", column, column).role == Role.CATEGORICAL


@pytest.mark.parametrize("pattern", ["emb_{}", "e{}", "text_embedding.{}", "vec{:03d}"])
def test_numbered_columns_of_a_telling_name_are_an_embedding(pattern):
    names = [pattern.format(i) for i in range(8)]
    kinds = {name: column_kinds.Kind(Role.NUMERIC, "numbers") for name in names}
    assert set(column_kinds.embedding_groups(kinds)) == set(names)


@pytest.mark.parametrize("pattern", ["p{}", "v{}", "V{}", "x.{}", "input{}", "feature{}"])
def test_other_numbered_columns_are_a_table(pattern):
    kinds = {pattern.format(i): column_kinds.Kind(Role.NUMERIC, "numbers") for i in range(20)}
    assert column_kinds.embedding_groups(kinds) == {}


def test_an_embedding_has_no_gaps_and_enough_columns():
    numbers = column_kinds.Kind(Role.NUMERIC, "numbers")
    gaps = {f"e{i}": numbers for i in (0, 1, 2, 3, 4, 5, 6, 8)}
    assert column_kinds.embedding_groups(gaps) == {}
    assert column_kinds.embedding_groups({f"e{i}": numbers for i in range(7)}) == {}


def test_zero_padded_numbers_that_never_repeat_are_an_identifier():
    assert role([f"{number:06d}" for number in range(1000, 1400)], "Kunden-Nr") is Role.IDENTIFIER
    assert role([f"{number % 40:04d}" for number in range(400)], "zip") is not Role.IDENTIFIER
