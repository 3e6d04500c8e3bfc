from __future__ import annotations

import pytest

from labelaudit.errors import SettingError
from labelaudit.remedy.by_verdict import canonical, check_by_verdict, parse_by_verdict


def test_a_plan_is_read_and_written_in_one_way() -> None:
    text = " outlier = relabel,mislabelled=correct , ambiguous=downweight"
    plan = parse_by_verdict(text)
    assert list(plan.items()) == [
        ("mislabelled", "correct"),
        ("ambiguous", "downweight"),
        ("outlier", "relabel"),
    ]
    assert canonical(plan) == "mislabelled=correct,ambiguous=downweight,outlier=relabel"
    assert parse_by_verdict(canonical(plan)) == plan


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("mislabeled=correct", "no verdict 'mislabeled'", "did you mean 'mislabelled'?"),
        ("wrong=correct", "no verdict 'wrong'", "mislabelled, ambiguous, outlier, duplicate"),
        ("outlier=dorp", "no strategy 'dorp'", "did you mean 'drop'?"),
        ("outlier", "'outlier' is not a verdict and its strategy", "mislabelled=correct"),
        ("outlier=", "'outlier=' is not", ""),
        ("=drop", "'=drop' is not", ""),
        ("", "'' is not", ""),
        ("outlier=drop,,", "'' is not", ""),
        ("outlier=drop,outlier=drop", "'outlier' is named twice", ""),
        ("outlier=drop=2", "no strategy 'drop=2'", ""),
    ],
)
def test_what_is_no_plan_is_refused(text: str, what: str, hint: str) -> None:
    with pytest.raises(SettingError, match=what) as caught:
        parse_by_verdict(text, where="labelaudit.toml")
    assert caught.value.where == "labelaudit.toml"
    assert hint in str(caught.value.hint)


def test_an_empty_plan_is_refused() -> None:
    with pytest.raises(SettingError, match="no verdict has a strategy"):
        check_by_verdict({})
