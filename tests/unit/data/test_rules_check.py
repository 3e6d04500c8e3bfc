from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from rules_example import checked, given_labels, parsed, suggestions

from labelaudit.data.rules.check import GivenLabels, check
from labelaudit.data.rules.unknown_labels import unknown_labels
from labelaudit.data.rules.wording import reason
from labelaudit.errors import SettingError

LABELS = ["a", "b"] * 4


def where(cells, **condition):
    """Give the rows for which a condition holds."""
    table = {"label": (["a", "b"] * len(cells))[: len(cells)], "cell": cells}
    rule = {"label": ["a", "b"], "when": {"column": "cell"} | condition}
    return checked(table, forbid=[rule]).get("forbid-1", [])


def test_operators_on_text_as_a_csv_file_holds_it():
    cells = ["web", " web ", "Web", "webs", "", " ", "5", "5.0", "true"]
    assert where(cells, equals="web") == [0, 1]
    assert where(cells, **{"equals": "web", "not": True}) == [2, 3, 6, 7, 8]
    assert where(cells, **{"one-of": ["web", 5, True]}) == [0, 1, 6, 7, 8]
    assert where(cells, contains="web") == [0, 1, 3]
    assert where(cells, matches="^web$") == [0]
    assert where(cells, matches="(?i)^web") == [0, 2, 3]
    assert where(cells, **{"matches": "web", "not": True}) == [2, 6, 7, 8]
    assert where(cells, empty=True) == [4, 5]
    assert where(cells, empty=False) == [0, 1, 2, 3, 6, 7, 8]
    assert where(cells, equals=5) == [6, 7]
    assert where(cells, equals="5") == [6]
    assert where(cells, **{"at-least": 5}) == [6, 7]


def test_numbers_are_read_where_they_are_plain():
    cells = ["-1", " 2.50 ", "1e1", "+3", ".5", "$1", "12%", "1,000", "NaN", "inf", "1e999", "007"]
    assert where(cells, above=-100) == [0, 1, 2, 3, 4, 11]
    assert where(cells, **{"at-most": 2.5}) == [0, 1, 4]
    assert where(cells, above=-1, below=3) == [1, 4]
    assert where(cells, equals=7) == [11]


def test_operators_on_typed_columns():
    assert where([1, None, 3], **{"at-least": 1}) == [0, 2]
    assert where([1.5, float("nan"), 3.0], empty=True) == [1]
    assert where([1.5, float("nan"), 3.0], equals="3") == [2]
    assert where([1.5, float("nan"), 3.0], **{"equals": 3, "not": True}) == [0]
    assert where([True, False, None], equals=True) == [0]
    assert where([True, False, None], **{"one-of": [False]}) == [1]
    assert where([True, False, None], equals="true") == [0]
    assert where([[1], [], None], empty=True) == [1, 2]
    assert where([dt.date(2020, 1, 2), None], contains="2020-01") == [0]
    texts = pa.array(["x", None, "y"]).dictionary_encode()
    assert where(texts, empty=False) == [0, 2]


@pytest.mark.parametrize(
    ("cells", "condition", "said"),
    [
        ([True, False], {"below": 1}, "bool, not numbers"),
        ([True, False], {"equals": 1}, "bool, not numbers"),
        ([1, 2], {"equals": True}, "int64, not true and false"),
        ([dt.date(2020, 1, 2)] * 2, {"below": 2021}, "date32"),
        ([[1], [2]], {"equals": "1"}, "only `empty`"),
        ([b"x", b"y"], {"matches": "x"}, "only `empty`"),
    ],
)
def test_what_a_column_cannot_be_asked(cells, condition, said):
    with pytest.raises(SettingError) as caught:
        where(cells, **condition)
    assert said in str(caught.value)
    assert "r.toml, forbid-1" in caught.value.where
    with pytest.raises(SettingError, match="only `empty`"):
        checked(
            {"label": ["a", "b"], "cell": [[1], [2]]},
            hierarchy=[{"column": "cell", "parents": {"x": "a"}}],
        )
    with pytest.raises(SettingError, match="not numbers"):
        checked({"label": ["a", "b"], "cell": [[1], [2]]}, range=[{"column": "cell", "min": 0}])


def test_conditions_of_one_and_of_true_are_two():
    table = {"label": ["a", "b"], "cell": ["1", "true"]}
    rules = [{"label": ["a", "b"], "when": {"column": "cell", "equals": one}} for one in (1, True)]
    assert checked(table, forbid=rules) == {"forbid-1": [0], "forbid-2": [1]}


def test_forbid_and_demand():
    table = {
        "label": ["refund", "refund", "order", None, "spam"],
        "amount": ["-1", "5", "-1", "-1", "-1"],
        "text": ["", "free iphone", "Free iPhone", "free iphone", "free iphone"],
    }
    forbid = {"label": "refund", "when": {"column": "amount", "below": 0}}
    demand = {"label": "spam", "when": [{"column": "text", "matches": "(?i)free iphone"}]}
    assert checked(table, forbid=[forbid], demand=[demand]) == {
        "forbid-1": [0],
        "demand-1": [1, 2],
    }
    assert suggestions(table, forbid=[forbid], demand=[demand]) == [
        None,
        "spam",
        "spam",
        None,
        None,
    ]


def test_a_demand_of_several_labels_proposes_none():
    table = {"label": ["a", "b", "c"], "x": ["1", "1", "1"]}
    demand = {"label": ["a", "b"], "when": {"column": "x", "equals": 1}}
    assert checked(table, demand=[demand]) == {"demand-1": [2]}
    assert suggestions(table, demand=[demand]) == [None, None, None]


def test_nothing_is_proposed_that_would_break_another_rule():
    table = {"label": ["a", "b"], "x": ["1", "2"]}
    one = {"label": "b", "when": {"column": "x", "equals": 1}}
    contrary = {"label": "c", "when": {"column": "x", "at-most": 1}}
    assert suggestions(table, demand=[one]) == ["b", None]
    assert suggestions(table, demand=[one, contrary]) == [None, None]
    assert suggestions(table, demand=[one], forbid=[one]) == [None, None]


def test_hierarchy_holds_both_ways():
    table = {
        "label": ["cat", "car", "cat", "tree", "tree", "cat", "cat", "bus"],
        "kind": ["animal", "animal", " animal ", "animal", "plant", "plant", "", "vehicle"],
    }
    rule = {"column": "kind", "parents": {"animal": ["cat", "dog"], "vehicle": "car"}}
    assert checked(table, hierarchy=[rule]) == {"hierarchy-1": [1, 3, 5, 7]}
    assert suggestions(table, hierarchy=[rule]) == [None] * 7 + ["car"]


def test_a_label_may_have_two_parents():
    table = {"label": ["bat", "bat", "bat"], "kind": ["animal", "sport", "food"]}
    rule = {"column": "kind", "parents": {"animal": ["bat"], "sport": ["bat", "ball"]}}
    assert checked(table, hierarchy=[rule]) == {"hierarchy-1": [2]}


def test_required_and_range():
    table = {"label": ["a", "", "b", "a"], "age": ["0", "x", "", "121"]}
    rules = {
        "required": ["age", "label", "gone"],
        "range": [{"column": "age", "min": 0, "max": 120}],
    }
    assert checked(table, **rules) == {"required": [2, 1], "range-1": [1, 3]}
    found = check(parsed(**rules), pa.table(table), given_labels(pa.table(table)))
    assert [one.no_column for one in found.broken] == [False, False, True, False]
    assert found.n_broken_rows == 3
    assert (found.suggested == -1).all()


def test_columns_that_are_not_there():
    with pytest.raises(SettingError) as caught:
        where(["x", "y"], column="sell", equals="x")
    assert "'sell'" in caught.value.what
    assert caught.value.hint == "did you mean 'cell'?"
    assert caught.value.where == "r.toml, forbid-1"


def test_labels_are_the_classes_that_they_become():
    assert checked({"label": ["1", "2", "3.0", ""]}, allowed=[1, 2]) == {"allowed": [2]}
    assert checked({"label": [1.0, 2.0, None]}, allowed=["1", 2]) == {}
    assert checked({"label": [True, False]}, allowed=[True]) == {"allowed": [1]}
    assert checked({"label": ["01", "1"]}, allowed=["01"]) == {"allowed": [1]}


def test_the_order_of_rows_has_no_say():
    cells = [str(number) for number in range(40)]
    labels = [("a", "A", "b", "c")[number % 4] for number in range(40)]
    rules = {
        "one_spelling": True,
        "forbid": [{"label": "b", "when": {"column": "x", "above": 20}}],
    }
    there = checked({"label": labels, "x": cells}, **rules)
    back = checked({"label": labels[::-1], "x": cells[::-1]}, **rules)
    assert {name: sorted(39 - row for row in rows) for name, rows in back.items()} == there
    assert len(there) == 2


def test_long_columns_are_checked_as_short_ones_are():
    # Over so many distinct texts cells are looked at one by one, not once each.
    texts = [f"sentence {number}" for number in range(3000)]
    labels = ["a", "b"] * 1500
    rule = {"label": "a", "when": [{"column": "x", "matches": "[05]$"}]}
    expected = [row for row in range(0, 3000, 2) if texts[row][-1] in "05"]
    assert checked({"label": labels, "x": texts}, forbid=[rule]) == {"forbid-1": expected}
    texts[10] = None
    expected.remove(10)
    assert checked({"label": labels, "x": texts}, forbid=[rule]) == {"forbid-1": expected}
    parents = {"column": "x", "parents": {"sentence 4": ["b"]}}
    assert checked({"label": labels, "x": texts}, hierarchy=[parents])["hierarchy-1"] == [
        row for row in range(3000) if row == 4 or (row % 2 and row != 4)
    ]


def test_a_pattern_that_would_keep_others_busy_forever():
    cells = ["a" * 5000 + "b", "a" * 5000]
    assert where(cells, matches="^(a+)+$") == [1]


def test_reasons_name_label_and_cell():
    table = pa.table(
        {
            "label": ["Car", "bat", "cat ", "dog"],
            "kind": ["", "toy", "", "x" * 200],
            "age": ["", "7", "", "-3"],
        }
    )
    rules = parsed(
        spelling={"Car": "car"},
        one_spelling=True,
        allowed=["car", "cat", "dog"],
        hierarchy=[{"column": "kind", "parents": {"animal": ["cat", "dog"]}}],
        range=[{"column": "age", "min": 0}],
    )
    found = check(rules, table, given_labels(table))
    assert [reason(found, one, one.rows[0]) for one in found.broken] == [
        "'bat' is not one of the allowed labels",
        "'Car' is to be written 'car'",
        "'cat ' is to be written 'cat'",
        "'dog' does not belong under kind '" + "x" * 79 + "…'",
        "age is -3: age is not a number from 0",
    ]


def test_twins_that_look_alike_are_written_in_escapes():
    table = pa.table({"label": ["caf\u00e9", "cafe\u0301", "caf\u00e9", "x"]})
    found = check(parsed(one_spelling=True), table, given_labels(table))
    assert reason(found, found.broken[0], 1) == r"'cafe\u0301' is to be written 'caf\xe9'"


def test_labels_of_rules_that_no_row_has():
    rules = parsed(forbid=[{"label": ["refnd", "zebra"], "when": {"column": "x", "empty": True}}])
    (told,) = unknown_labels(rules, ["refund", "order"])
    assert told == "forbid-1 names the label 'refnd', which no row has; did you mean 'refund'?"
    assert not unknown_labels(parsed(allowed=["refnd"]), ["refund"])


def test_a_table_without_labels():
    table = pa.table({"x": ["", "1"]})
    none = GivenLabels(given_labels(pa.table({"label": ["", ""]})).codes, (), None)
    found = check(parsed(required=["x"], allowed=["a"]), table, none)
    assert [(one.rule.name, one.rows.tolist()) for one in found.broken] == [("required", [0])]
