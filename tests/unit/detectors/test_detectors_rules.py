from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labelaudit import detect
from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings
from labelaudit.data.dataset import load_dataset
from labelaudit.data.rules.parse import parse_rules
from labelaudit.detectors.rules import BROKEN, Rules
from labelaudit.errors import SettingError
from labelaudit.setting_kinds import RulesTable
from labelaudit.types import Evidence, Severity, Verdict

TABLE = {
    "allowed": ["spam", "ham", "offer"],
    "one-spelling": True,
    "required": ["source"],
    "demand": [
        {
            "label": "spam",
            "when": {"column": "text", "matches": "(?i)free iphone"},
            "because": "guideline 4",
        },
        {"label": "offer", "when": {"column": "text", "contains": "only today"}},
    ],
    "forbid": [{"name": "quiet", "label": "spam", "when": {"column": "source", "equals": "boss"}}],
}


def frame(n=60):
    words = np.array(["win", "cash", "free", "prize", "lunch", "home", "later", "thanks"])
    generator = np.random.default_rng(0)
    label = np.where(np.arange(n) % 2 == 0, "spam", "ham")
    text = [
        " ".join(generator.choice(words[:4] if one == "spam" else words[4:], 6)) + f" {number}"
        for number, one in enumerate(label)
    ]
    made = pd.DataFrame({"id": [f"m{i}" for i in range(n)], "text": text, "source": "web"})
    made["label"] = label
    made.loc[1, "text"] = "a FREE iPhone for you"
    made.loc[3, "label"] = "Ham"
    made.loc[5, "text"] = "only today and tomorrow"
    made.loc[4, "source"] = "boss"
    made.loc[7, "source"] = ""
    made.loc[9, "label"] = None
    return made


def judge(data, table=TABLE):
    return Rules(parse_rules(table, "rules.toml")).score(load_dataset(data), Evidence())


def test_broken_labels_are_flagged_and_what_rules_point_to_is_suggested():
    scores = judge(frame())
    assert np.flatnonzero(scores.flagged).tolist() == [1, 3, 4, 5]
    assert scores.suspicion[[1, 3, 4, 5]].tolist() == pytest.approx([BROKEN] * 4)
    assert np.isnan(scores.suspicion[9])
    others = np.setdiff1d(np.arange(60), [1, 3, 4, 5, 9])
    assert (scores.suspicion[others] == 0).all()
    # The classes are Ham, ham and spam: that nobody carries 'offer' leaves it unproposed.
    assert scores.suggested[[1, 3, 4, 5]].tolist() == [2, 1, -1, -1]
    assert scores.details["reasons"] == {
        1: "breaks the rule demand-1: the label must be 'spam' where text matches "
        "'(?i)free iphone' (guideline 4)",
        3: "breaks the rule one-spelling: 'Ham' is to be written 'ham'",
        4: "breaks the rule quiet: 'spam' cannot be where source is 'boss'",
        5: "breaks the rule demand-2: the label must be 'offer' where text contains 'only today'",
    }
    assert scores.details["warnings"] == ("source is empty in 1 row; `labelaudit lint` lists them",)


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_every_kind_of_table_is_judged_alike(tmp_path, kind):
    given = frame()
    path = tmp_path / f"data.{kind}"
    if kind == "csv":
        given.to_csv(path, index=False)
    elif kind == "parquet":
        given.to_parquet(path, index=False)
    else:
        import pyarrow as pa

        path = pa.table(given)
    scores = judge(path)
    expected = judge(given)
    assert (scores.flagged == expected.flagged).all()
    assert (scores.suggested == expected.suggested).all()
    assert scores.details == expected.details


def test_without_rules_about_labels_it_abstains():
    scores = judge(frame(), {"required": ["source", "page"]})
    assert np.isnan(scores.suspicion).all()
    assert "there is no column 'page', which is required" in scores.details["warnings"][0]
    assert np.isnan(Rules().score(load_dataset(frame()), Evidence()).suspicion).all()


def settled(audit):
    return {issue.row: issue for issue in audit.issues if "rules" in issue.detectors}


def test_a_run_flags_broken_rules_whatever_models_think(tmp_path):
    data = load_dataset(frame())
    sure = np.full((60, 3), 0.01, dtype=np.float32)
    sure[np.arange(60), np.maximum(data.y, 0)] = 0.98
    settings = Settings(rules=RulesTable(TABLE, "x.toml"))
    audit = audit_dataset(data, settings, evidence=Evidence(pred_probs=sure, provenance="user"))
    issues = settled(audit)
    assert sorted(issues) == [1, 3, 4, 5]
    for issue in issues.values():
        assert issue.error_probability == pytest.approx(BROKEN)
        assert issue.severity is Severity.HIGH
        assert issue.verdict is Verdict.MISLABELLED
        assert issue.explanation.startswith("breaks the rule ")
        assert "suspicion" not in issue.explanation
    assert issues[1].suggested == "spam"
    assert issues[4].suggested is None
    assert {issue.rank for issue in issues.values()} == {1, 2, 3, 4}
    (notice,) = (one for one in audit.notices if "lint" in one.message)
    assert "source is empty in 1 row" in notice.message


def test_rules_have_the_first_say_in_what_is_suggested():
    given = pd.concat([frame(), frame().iloc[[1, 1]].assign(id=["x", "y"], label="Ham")])
    audit = detect(given, rules={"demand": TABLE["demand"][:1]}, detectors=["duplicates", "rules"])
    issues = settled(audit)
    assert sorted(issues) == [1, 60, 61]
    assert {issue.suggested for issue in issues.values()} == {"spam"}
    assert issues[1].detectors == ("rules", "duplicates")
    assert issues[1].verdict is Verdict.MISLABELLED


def test_rules_alone_need_no_model_and_judge_every_label():
    audit = detect(frame(), rules=TABLE, detectors="rules")
    assert audit.summary.judged == 59
    assert audit.summary.flagged == 4
    assert not audit.summary.blind
    assert audit.models == ()


def test_a_run_keeps_rules_as_they_were_written(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('allowed = ["ham", "Ham"]\n', encoding="utf-8")
    audit = detect(frame(), rules=str(path), detectors="rules")
    assert audit.settings["rules"] == {"allowed": ["ham", "Ham"]}
    assert detect(frame(), detectors="duplicates").settings["rules"] is None


def test_mistakes_are_told_before_any_model_is_fitted():
    with pytest.raises(SettingError, match="no column is named 'txt'"):
        detect(
            frame(), rules={"forbid": [{"label": "a", "when": {"column": "txt", "empty": True}}]}
        )
    with pytest.raises(SettingError, match="no key 'alowed'"):
        detect(frame(), rules={"alowed": ["a"]})
    with pytest.raises(SettingError, match="has no rules to go by"):
        detect(frame(), detectors=["rules"])
