"""The check of whole columns gives what checking row by row would, whatever the rules."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_example import checked, given_labels, holds, parsed, plainly

from labelaudit.data.rules.check import check
from labelaudit.errors import SettingError

LABELS = ["cat", "Cat", "cat ", "dog", "DOG", "bird", "-1", "big bird", "big_bird"]
CELLS = [
    *("", " ", "web", " web", "Web", "5", "5.0", " 5", "-1", "1e2", "7x", "true", "True", "a b"),
    *("$5", "1e999", "nan", "caf\u00e9", "cafe\u0301", "line\nbreak", "\u200b", "x" * 50),
]
texts = st.sampled_from(CELLS)
columns = st.sampled_from(["t", "u", "n", "f"])
bounds = st.sampled_from([-1, 0, 4.5, 5, 100])
values = st.one_of(st.sampled_from(["web", "5", "true", "a b"]), bounds)
patterns = st.sampled_from(["web", "^web$", "(?i)WEB", "[0-9]+", r"\d", ".", "^$", "b|5", "(a+)+"])
some_labels = st.lists(st.sampled_from(["cat", "dog", "bird", "-1"]), min_size=1, unique=True)


@st.composite
def conditions(draw):
    column = {"column": draw(columns)}
    kind = draw(st.sampled_from(["text", "one-of", "contains", "matches", "bounds", "empty"]))
    if kind == "empty":
        return {**column, "empty": draw(st.booleans())}
    if kind == "bounds":
        names = draw(
            st.sampled_from(
                [("below",), ("at-most",), ("above",), ("at-least",), ("above", "below")]
            )
        )
        low, high = sorted(draw(st.lists(bounds, min_size=2, max_size=2, unique=True)))
        return {**column, **dict(zip(names, (low, high), strict=False))}
    tested = {
        "text": ("equals", values),
        "one-of": ("one-of", st.lists(values, min_size=1, max_size=3)),
        "contains": ("contains", st.sampled_from(["web", "b", "5", "."])),
        "matches": ("matches", patterns),
    }[kind]
    return {**column, tested[0]: draw(tested[1]), "not": draw(st.booleans())}


@st.composite
def rule_tables(draw):
    rules = {"one-spelling": draw(st.booleans())}
    if draw(st.booleans()):
        rules["allowed"] = ["cat", "dog", "bird", "-1", *draw(st.sampled_from([[], ["big bird"]]))]
    if draw(st.booleans()):
        rules["spelling"] = draw(st.sampled_from([{"Cat": "cat"}, {"DOG": "cat", "cat ": "cat"}]))
    whens = st.lists(conditions(), min_size=1, max_size=3)
    for kind in ("forbid", "demand"):
        rules[kind] = draw(
            st.lists(st.fixed_dictionaries({"label": some_labels, "when": whens}), max_size=2)
        )
    parents = st.dictionaries(st.sampled_from(["web", "5", "true"]), some_labels, min_size=1)
    rules["hierarchy"] = draw(
        st.lists(st.fixed_dictionaries({"column": columns, "parents": parents}), max_size=2)
    )
    rules["range"] = draw(
        st.lists(
            st.fixed_dictionaries({"column": columns, "min": st.just(-1), "max": st.just(5)}),
            max_size=1,
        )
    )
    rules["required"] = ["t", "n"]
    return rules


@st.composite
def tables(draw):
    n = draw(st.integers(1, 12))

    def column(cells):
        return draw(st.lists(cells, min_size=n, max_size=n))

    return pa.table(
        {
            "label": pa.array(column(st.sampled_from([*LABELS, "", None])), pa.string()),
            "t": pa.array(column(texts), pa.string()),
            "u": pa.array(column(st.one_of(texts, st.none())), pa.large_string()),
            "n": pa.array(column(st.sampled_from([None, -1, 0, 5, 100])), pa.int64()),
            "f": pa.array(
                column(st.sampled_from([None, float("nan"), -1.0, 4.5, 5.0])), pa.float64()
            ),
        }
    )


@settings(max_examples=60, deadline=None)
@given(tables(), rule_tables())
def test_whole_columns_are_checked_as_single_rows(table, rules):
    assert checked(table, **rules) == plainly(table, rules)


@settings(max_examples=60, deadline=None)
@given(tables(), rule_tables())
def test_what_is_suggested_breaks_no_rule(table, rules):
    labels = given_labels(table)
    found = check(parsed(**rules), table, labels)
    mended = [
        found.names[new if new >= 0 else old] if max(new, old) >= 0 else None
        for new, old in zip(found.suggested, labels.codes, strict=True)
    ]
    again = plainly(table.set_column(0, "label", pa.array(mended, pa.string())), rules)
    about_labels = {n for n, rows in again.items() if not n.startswith(("range", "required"))}
    changed = {row for row in range(len(mended)) if found.suggested[row] >= 0}
    for name in about_labels - {"one-spelling"}:
        assert not changed & set(again[name])


@settings(max_examples=100, deadline=None)
@given(tables(), conditions())
def test_a_condition_and_its_contrary_share_the_cells_that_hold_something(table, condition):
    if not {"equals", "one-of", "contains", "matches"} & set(condition):
        return
    row = table.to_pylist()[0]
    both = [holds({**condition, "not": no}, row) for no in (True, False)]
    rules = [{"label": LABELS, "when": {**condition, "not": no}} for no in (True, False)]
    named = table.set_column(0, "label", pa.array(["cat"] * table.num_rows))
    try:
        broken = checked(named, forbid=rules)
    except SettingError:
        return
    assert [0 in broken.get(f"forbid-{place}", []) for place in (1, 2)] == both
