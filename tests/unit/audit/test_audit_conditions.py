from __future__ import annotations

import pytest

from labelaudit.audit.conditions import METRICS, Condition, parse_condition, parse_conditions
from labelaudit.errors import SettingError
from labelaudit.types import Severity, Verdict


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("mislabelled>2%", Condition("mislabelled", 0.02)),
        ("mislabelled>0.02", Condition("mislabelled", 0.02)),
        ("  flagged  >=  5 % ", Condition("flagged", 0.05, reached=True)),
        ("noise_rate.lower95>3%", Condition("noise_rate", 0.03, "lower95")),
        ("noise_rate.upper95 > 3%", Condition("noise_rate", 0.03, "upper95")),
        ("slice:source=web flagged>5%", Condition("flagged", 0.05, slices=(("source", "web"),))),
        (
            "class:spam mislabelled.lower95 > 1%",
            Condition("mislabelled", 0.01, "lower95", label="spam"),
        ),
        (
            'slice:"my col"="a b" flagged>5%',
            Condition("flagged", 0.05, slices=(("my col", "a b"),)),
        ),
        ("slice:'a'='it''s' high>0", Condition("high", 0.0, slices=(("a", "it's"),))),
        ('slice:a="say ""hi""" low>0', Condition("low", 0.0, slices=(("a", 'say "hi"'),))),
        ('slice:a="" medium>0', Condition("medium", 0.0, slices=(("a", ""),))),
        ("slice:a=b=c,d outlier>1%", Condition("outlier", 0.01, slices=(("a", "b=c,d"),))),
        ("class:don't duplicate>1%", Condition("duplicate", 0.01, label="don't")),
        ("class:a>b flagged>1%", Condition("flagged", 0.01, label="a>b")),
        (
            "slice:a=b class:x slice:c=d ambiguous>1%",
            Condition("ambiguous", 0.01, slices=(("a", "b"), ("c", "d")), label="x"),
        ),
    ],
)
def test_what_can_be_said(text, condition):
    assert parse_condition(text) == condition
    assert parse_condition(str(condition)) == condition


def test_every_verdict_and_severity_is_a_metric():
    assert {"flagged", "noise_rate", *Verdict, *Severity} == set(METRICS)
    for metric in METRICS:
        assert parse_condition(f"{metric}>1%").metric == metric


@pytest.mark.parametrize(
    ("text", "what", "place", "hint"),
    [
        ("mislabeled>2%", "no metric 'mislabeled'", "from character 1", "'mislabelled'"),
        ("xyz>2%", "no metric 'xyz'", "from character 1", "choose flagged, high"),
        (">2%", "no metric there", "from character 1", "metrics: flagged"),
        ("", "no metric there", "at its end", "metrics: flagged"),
        ("slice:a=b", "no metric there", "at its end", "metrics: flagged"),
        ("slice:a=b>5%", "no metric there", "at its end", "metrics: flagged"),
        ("flagged", "no > or >= there", "at its end", "a share is greater"),
        ("flagged<5%", "no > or >= there", "from character 8", "a share is greater"),
        ("flagged==5%", "no > or >= there", "from character 8", "a share is greater"),
        ("flagged=>5%", "no > or >= there", "from character 8", "a share is greater"),
        ("flagged>5", "'5' is not a share", "from character 9", "5%"),
        ("flagged>", "'' is not a share", "at its end", "5%"),
        ("flagged>5% or so", "'5% or so' is not a share", "from character 9", "5%"),
        ("flagged>nan", "not a share", "from character 9", "5%"),
        ("flagged.lower>5%", "no bound 'lower'", "from character 9", "lower95 or upper95"),
        ("flagged.>5%", "no bound ''", "from character 9", "lower95 or upper95"),
        ("slice:a flagged>5%", "no column and value", "from character 8", "slice:COLUMN=VALUE"),
        ("slice:=b flagged>5%", "no column and value", "from character 7", "slice:COLUMN=VALUE"),
        ("slice:a= flagged>5%", "no value there", "from character 9", '""'),
        ("slice:a='b flagged>5%", "no value there", "from character 9", "quotes"),
        ("class:'b flagged>5%", "no class there", "from character 7", "quotes"),
        ("class:a class:b flagged>5%", "one class only", "from character 9", "one class"),
        ("class:a noise_rate>5%", "noise rate of a slice", "from character 9", "mislabelled"),
        ("slice:a=b noise_rate>5%", "noise rate of a slice", "from character 11", "mislabelled"),
        ("slice:a=b class:c bad>5%", "no metric 'bad'", "from character 19", "choose"),
    ],
)
def test_what_cannot_is_refused_where_it_stands(text, what, place, hint):
    with pytest.raises(SettingError) as caught:
        parse_condition(text, "labelaudit.toml")
    assert what in caught.value.what
    assert caught.value.where == f"labelaudit.toml {text!r}, {place}"
    if hint == "quotes":
        assert "quotes do not end" in caught.value.what
    else:
        assert hint in caught.value.hint


def test_one_bad_condition_spoils_them_all():
    assert len(parse_conditions(["flagged>1%", "high>1%"])) == 2
    with pytest.raises(SettingError, match="no metric 'hi'"):
        parse_conditions(["flagged>1%", "hi>1%"])
