from __future__ import annotations

import datetime as dt

import pytest
from rules_example import parsed

from labelaudit.data.rules.load import load_rules
from labelaudit.data.rules.rule import Demand, Forbid, Hierarchy, Range, Required
from labelaudit.errors import SettingError
from labelaudit.setting_kinds import RulesTable

WHEN = {"column": "text", "contains": "free"}


def forbid(**keys):
    return {"forbid": [{"label": "spam", "when": WHEN, **keys}]}


def when(*conditions):
    return forbid(when=list(conditions))


def test_every_kind_of_rule_is_read():
    rules = parsed(
        allowed=["spam", "ham", 1, True, 2.0],
        required=["text", "source"],
        spelling={"Ham": "ham"},
        one_spelling=True,
        forbid=[{"label": "spam", "when": WHEN, "because": "free is not spam"}],
        demand=[{"name": "prize", "label": ["spam", "ham"], "when": [WHEN, WHEN]}],
        hierarchy=[{"column": "kind", "parents": {"mail": ["spam", "ham"], "none": 1}}],
        range=[{"column": "age", "min": 0}, {"column": "age", "max": 5.5}],
    )
    assert [rule.name for rule in rules.rules] == [
        *("allowed", "spelling", "one-spelling", "forbid-1", "prize", "hierarchy-1"),
        *("required", "required", "range-1", "range-2"),
    ]
    assert rules.allowed == ("spam", "ham", "1", "true", "2")
    assert rules.spelled == {"Ham": "ham"}
    assert rules.one_spelling
    by_kind = {type(rule): rule for rule in rules.rules}
    assert by_kind[Forbid].because == "free is not spam"
    assert by_kind[Demand].named == ("spam", "ham")
    assert by_kind[Hierarchy].parents == (("mail", ("spam", "ham")), ("none", ("1",)))
    assert by_kind[Required].column == "source"
    assert (by_kind[Range].low, by_kind[Range].high) == (None, 5.5)
    assert {rule.kind for rule in rules.about_fields} == {"required", "range"}
    assert all(rule.message for rule in rules.rules)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"equals": "web"}, "text is 'web'"),
        ({"equals": "web", "not": True}, "text is not 'web'"),
        ({"one-of": ["a", 1, True]}, "text is one of 'a', 1, true"),
        ({"one_of": ["a"], "not": True}, "text is none of 'a'"),
        ({"contains": "x", "not": True}, "text does not contain 'x'"),
        ({"matches": "^x", "not": True}, "text does not match '^x'"),
        ({"at-least": 0, "below": 5}, "text is below 5 and is at least 0"),
        ({"above": 0, "at-most": 5.5}, "text is at most 5.5 and is above 0"),
        ({"empty": True}, "text is empty"),
        ({"empty": False}, "text is not empty"),
    ],
)
def test_conditions_are_put_into_words(condition, words):
    (rule,) = parsed(**when({"column": "text", **condition})).rules
    assert rule.message == f"'spam' cannot be where {words}"


MISTAKES = {
    "an unknown key": ({"alowed": ["a"]}, "alowed", "did you mean 'allowed'?"),
    "no rule at all": ({}, "no rule", "forbid"),
    "one rule that is switched off": ({"one-spelling": False}, "no rule", "forbid"),
    "a key given twice": ({"one-spelling": True, "one_spelling": True}, "twice", ""),
    "a switch that is none": ({"one-spelling": "yes"}, "neither true nor false", "one-spelling"),
    "an empty list of labels": ({"allowed": []}, "empty", "allowed"),
    "a blank label": ({"allowed": ["a", " "]}, "not a label", "allowed"),
    "a date for a label": ({"allowed": [dt.date(2020, 1, 1)]}, "not a label", "allowed"),
    "a label twice": ({"allowed": ["1", 1]}, "'1' stands there twice", "allowed"),
    "no list of columns": ({"required": []}, "not a list of columns", "required"),
    "a column that is no name": ({"required": [1]}, "not the name of a column", "required"),
    "rules in single brackets": ({"forbid": {"label": "a"}}, "not a list of rules", "[[forbid]]"),
    "a rule that is no table": ({"forbid": ["a"]}, "table", "forbid-1"),
    "an unknown key of a rule": (forbid(lable="a"), "lable", "did you mean 'label'?"),
    "a rule without a label": ({"forbid": [{"when": WHEN}]}, "'label' is missing", "forbid-1"),
    "a rule without when": ({"demand": [{"label": "a"}]}, "'when' is missing", "demand-1"),
    "no condition": (forbid(when=[]), "no condition", "forbid-1, when"),
    "a condition that is text": (forbid(when="x"), "no condition", "forbid-1, when"),
    "a condition without a column": (when({"equals": 1}), "'column' is missing", "forbid-1"),
    "a condition that asks nothing": (when({"column": "text"}), "nothing", "matches"),
    "the second condition": (when(WHEN, {"column": "t"}), "nothing", "2. condition"),
    "a named rule": (forbid(name="cheap", because=3), "not a text", "forbid-1 'cheap', because"),
    "a mistyped operator": (
        when({"column": "text", "match": "x"}),
        "'match'",
        "did you mean 'matches'?",
    ),
    "below and matches": (
        when({"column": "text", "below": 1, "matches": "x"}),
        "'matches' and 'below' do not go together",
        "several conditions",
    ),
    "two upper bounds": (
        when({"column": "text", "below": 1, "at-most": 1}),
        "'below' and 'at-most' do not go together",
        "several conditions",
    ),
    "bounds that exclude each other": (
        when({"column": "text", "below": 1, "at-least": 1}),
        "no number",
        "turn",
    ),
    "a bound in quotes": (when({"column": "t", "below": "1"}), "'1' is not a number", "quotes"),
    "a bound that is true": (when({"column": "t", "below": True}), "true is not a number", "below"),
    "no bound": (when({"column": "t", "below": float("nan")}), "nan", "below"),
    "not of a number": (when({"column": "t", "below": 1, "not": True}), "'not'", "the other way"),
    "not of empty": (when({"column": "t", "empty": True, "not": True}), "'not'", "empty = false"),
    "equals a list": (when({"column": "t", "equals": ["a"]}), "a list is not", "equals"),
    "equals a date": (when({"column": "t", "equals": dt.date(2020, 1, 1)}), "2020", "in quotes"),
    "equals nothing": (when({"column": "t", "equals": ""}), "nothing", "empty = true"),
    "one of nothing": (when({"column": "t", "one-of": []}), "not a list of values", "one-of"),
    "a pattern RE2 lacks": (
        when({"column": "t", "matches": "(?!a)b"}),
        "(?!",
        "no look-ahead",
    ),
    "a pattern that is none": (when({"column": "t", "matches": "(a"}), "missing )", "RE2"),
    "a range of nothing": ({"range": [{"column": "a"}]}, "'min', 'max'", "range-1"),
    "a range upside down": (
        {"range": [{"column": "a", "min": 2, "max": 1}]},
        "min 2 is above max 1",
        "range-1, min",
    ),
    "parents that are no table": (
        {"hierarchy": [{"column": "a", "parents": ["b"]}]},
        "no table of parents",
        "hierarchy-1, parents",
    ),
    "a parent without labels": (
        {"hierarchy": [{"column": "a", "parents": {"b": []}}]},
        "empty",
        "parents.b",
    ),
    "two parents of one name": (
        {"hierarchy": [{"column": "a", "parents": {"b": "x", "b ": "y"}}]},
        "white space",
        "hierarchy-1",
    ),
    "a spelling that means a list": ({"spelling": {"A": ["a"]}}, "one label", "spelling.A"),
    "a spelling that means itself": ({"spelling": {"a": "a"}}, "means itself", "spelling.a"),
    "a spelling of nothing": ({"spelling": {" ": "a"}}, "blank", "required"),
    "no spellings": ({"spelling": {}}, "no table of spellings", "spelling"),
    "a chain of spellings": (
        {"spelling": {"A": "B", "B": "b"}},
        "'B' is named",
        "name 'b'",
    ),
    "a label that is not allowed": (
        {"allowed": ["refund"], **forbid(label="refnd")},
        "'refnd' is not among the allowed",
        "did you mean 'refund'?",
    ),
    "a spelling to what is not allowed": (
        {"allowed": ["cat"], "spelling": {"Dog": "dog"}},
        "'dog' is not among the allowed",
        "spelling",
    ),
    "an allowed label that is a spelling": (
        {"allowed": ["Car", "car"], "spelling": {"Car": "car"}},
        "'Car' is named",
        "name 'car'",
    ),
    "twins under one spelling": (
        {"allowed": ["US", "us"], "one-spelling": True},
        "'US' and 'us'",
        "leave one-spelling out",
    ),
    "two rules of one name": (
        {"forbid": [{"label": "a", "when": WHEN, "name": "x"}] * 2},
        "2 rules are named 'x'",
        "a name of its own",
    ),
    "a rule named like another": (
        {"allowed": ["spam"], **forbid(name="allowed")},
        "2 rules are named 'allowed'",
        "a name of its own",
    ),
    "a rule named like the required": (
        {"required": ["a"], **forbid(name="required")},
        "2 rules are named 'required'",
        "a name of its own",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_named_with_their_place(case):
    table, what, also = MISTAKES[case]
    with pytest.raises(SettingError) as caught:
        load_rules(RulesTable(table, "labelaudit.toml, rules"))
    error = caught.value
    assert what in error.what
    assert also in f"{error.what} {error.where} {error.hint}"
    assert error.where.startswith("labelaudit.toml, rules")


def test_files_hold_rules_at_the_top_or_in_their_table(tmp_path):
    text = 'allowed = ["a", "b"]\n[[forbid]]\nlabel = "a"\nwhen = { column = "t", empty = true }\n'
    top = tmp_path / "top.toml"
    top.write_text("\ufeff" + text, encoding="utf-8")
    inner = tmp_path / "inner.toml"
    inner.write_text("[rules]\n" + text.replace("[[", "[[rules."), encoding="utf-8")
    first, written = load_rules(str(top))
    second, again = load_rules(str(inner))
    assert first.rules == second.rules
    assert written == again
    assert first.where == str(top)
    # What a run keeps of them gives the same rules without the file.
    assert load_rules(dict(written))[0].rules == first.rules
    assert load_rules(None) is None
    assert load_rules("none") is None


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("allowed = [", "not valid TOML", ""),
        (
            '[[demand]]\nlabel = "a"\nwhen = { column = "t", matches = "\\d" }',
            "TOML",
            "single quot",
        ),
        ('rules = "x"', "not a table", ""),
        ('allowed = ["a"]\n[rules]\nallowed = ["b"]', "outside of it", "all rules in [rules]"),
        ("a = 1", "no key 'a'", "allowed"),
    ],
)
def test_files_that_are_no_rules(tmp_path, text, what, hint):
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError) as caught:
        load_rules(str(path))
    assert what in caught.value.what
    assert hint in (caught.value.hint or "")
    assert str(path) in caught.value.where


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(SettingError, match="no such file of rules"):
        load_rules(str(tmp_path / "rulse.toml"))
    with pytest.raises(SettingError, match="cannot read"):
        load_rules(str(tmp_path))
    path = tmp_path / "rules.toml"
    path.write_bytes(b'allowed = ["\xff"]')
    with pytest.raises(SettingError, match="cannot read"):
        load_rules(str(path))
