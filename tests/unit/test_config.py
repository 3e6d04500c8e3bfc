from __future__ import annotations

from dataclasses import fields

import pytest

from labelaudit.config import Settings, parse, resolve, result_settings, specs
from labelaudit.errors import SettingError
from labelaudit.setting_kinds import parse_share
from labelaudit.types import Verdict


def settle(tmp_path, options=None, environ=None, **more):
    return resolve(options or {}, environ=environ or {}, directory=tmp_path, **more)


def test_defaults(tmp_path):
    resolved = settle(tmp_path)
    assert resolved.settings == Settings()
    assert set(resolved.origin.values()) == {"default"}


def test_command_line_beats_environment_beats_file(tmp_path):
    (tmp_path / "labelaudit.toml").write_text('folds = 3\nseed = 7\nlabel = "y"\n')
    resolved = settle(
        tmp_path,
        {"folds": 9, "seed": None, "text": []},
        {"LABELAUDIT_FOLDS": "4", "LABELAUDIT_SEED": "8", "LABELAUDIT_TEXT": "a, b"},
    )
    assert resolved.settings.folds == 9
    assert resolved.settings.seed == 8
    assert resolved.settings.label == "y"
    assert resolved.settings.text == ("a", "b")
    assert resolved.origin["folds"] == "--folds"
    assert resolved.origin["seed"] == "LABELAUDIT_SEED"
    assert resolved.origin["label"] == str(tmp_path / "labelaudit.toml")


def test_the_nearest_file_upward_counts(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "labelaudit.toml").write_text("folds = 3\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert settle(inner).settings.folds == 3
    (tmp_path / "a" / "pyproject.toml").write_text('[tool.labelaudit]\nmax-flagged = "5%"\n')
    nearest = settle(inner).settings
    assert nearest.folds == 5
    assert nearest.max_flagged == pytest.approx(0.05)


def test_a_named_file_is_read_instead(tmp_path):
    (tmp_path / "labelaudit.toml").write_text("folds = 3\n")
    other = tmp_path / "other.toml"
    other.write_text("folds = 4\n")
    assert settle(tmp_path, config_file=other).settings.folds == 4


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("fold = 3\n", "no setting 'fold'", "did you mean 'folds'?"),
        ("folds = 'x'\n", "not a whole number", None),
        ("folds = 1\n", "out of range", "between 2 and 100"),
        ("folds = \n", "not valid TOML", None),
        ("max-flagged = 5\n", "not a share", "5%"),
        ("filter_by = 'prune'\n", "is not a choice", None),
        ("label = 3\n", "not a text", None),
        ("max-duplicate = 5\n", "not a share", "5%"),
        ("effort = 'fastest'\n", "is not a choice", "did you mean 'fast'?"),
        ("effort = 1\n", "not a text", None),
        ("rounds = 'often'\n", "no number of rounds", "from 0 to 20, or until-stable"),
        ("rounds = -1\n", "no number of rounds", "from 0 to 20, or until-stable"),
        ("rounds = 21\n", "no number of rounds", "from 0 to 20, or until-stable"),
        ("rounds = 2.0\n", "no number of rounds", "from 0 to 20, or until-stable"),
        ("rounds = true\n", "no number of rounds", "from 0 to 20, or until-stable"),
        ("threshold = 0\n", "out of range", "between 0.01 and 1"),
        ("threshold = 1.5\n", "out of range", "between 0.01 and 1"),
        ("threshold = 'nan'\n", "not a number", None),
        ("allow_inconclusive = 'maybe'\n", "neither true nor false", None),
    ],
)
def test_faults_of_the_file_are_blamed_on_the_file(tmp_path, text, message, hint):
    path = tmp_path / "labelaudit.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=message) as caught:
        settle(tmp_path)
    assert str(path) in caught.value.where
    if hint:
        assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("LABELAUDIT_FOLDSS", "did you mean 'LABELAUDIT_FOLDS'?"),
        ("LABELAUDIT_MAX_FLAGED", "did you mean 'LABELAUDIT_MAX_FLAGGED'?"),
        ("LABELAUDIT_max_flagged", "did you mean 'LABELAUDIT_MAX_FLAGGED'?"),
        ("LABELAUDIT_ZZZZZZZZZZZZZZZZZZZZ", "only settings begin with LABELAUDIT_"),
    ],
)
def test_a_variable_that_is_no_setting_is_no_typo_passed_over(tmp_path, name, hint):
    with pytest.raises(SettingError, match=f"there is no setting '{name}'") as caught:
        settle(tmp_path, environ={"PATH": "/", name: "1%"})
    assert caught.value.where == "the environment"
    assert hint in caught.value.hint


def test_variables_that_are_not_meant_as_settings(tmp_path):
    environ = {
        "LABELAUDIT": "x",
        "_LABELAUDIT_COMPLETE": "complete_bash",
        "LABELAUDIT_BENCH": "/data",
        "MY_LABELAUDIT_FOLDSS": "3",
    }
    assert settle(tmp_path, environ=environ).settings == Settings()


def test_faults_of_an_option_are_blamed_on_the_option(tmp_path):
    with pytest.raises(SettingError) as caught:
        settle(tmp_path, {"max_flagged": "lots"})
    assert caught.value.where == "--max-flagged"


def test_one_is_no_share():
    for raw in ("1", 1):
        with pytest.raises(SettingError, match="1 % or all of it"):
            parse("max_flagged", raw, where="here")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(SettingError, match="no such configuration file"):
        settle(tmp_path, config_file=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("raw", "share"), [("5%", 0.05), ("0.05", 0.05), (0, 0), (1.0, 1), ("100 %", 1)]
)
def test_shares(raw, share):
    assert parse_share(raw, "here") == pytest.approx(share)


@pytest.mark.parametrize("raw", ["5", "-1%", "101%", "nan", "", True, None])
def test_what_is_no_share(raw):
    with pytest.raises(SettingError, match="not a share"):
        parse_share(raw, "here")


@pytest.mark.parametrize(
    ("raw", "rounds"),
    [(0, "0"), (2, "2"), ("2", "2"), (" 03 ", "3"), (20, "20"), ("until-stable", "until-stable")],
)
def test_rounds_are_a_number_or_until_stable(raw, rounds):
    assert parse("rounds", raw, where="here") == rounds


def test_effort_rounds_and_threshold_come_from_anywhere(tmp_path):
    (tmp_path / "labelaudit.toml").write_text('rounds = 2\neffort = "fast"\nthreshold = 1\n')
    found = settle(tmp_path).settings
    assert (found.rounds, found.effort, found.threshold) == ("2", "fast", 1)
    environ = {"LABELAUDIT_EFFORT": "thorough", "LABELAUDIT_ROUNDS": "until-stable"}
    found = settle(tmp_path, {"threshold": 0.5}, environ).settings
    assert (found.rounds, found.effort, found.threshold) == ("until-stable", "thorough", 0.5)


def test_each_verdict_can_be_gated_and_is_not_unless_asked(tmp_path):
    for kind in Verdict:
        name = f"max_{kind.value}"
        assert getattr(Settings(), name) is None
        assert getattr(settle(tmp_path, {name: "2%"}).settings, name) == pytest.approx(0.02)


def test_every_default_is_one_that_could_be_given():
    for name, spec in specs().items():
        if spec.default is not None and spec.default != ():
            assert parse(name, spec.default, where=name) == spec.default
        assert spec.metadata["help"].endswith(".")


def test_settings_that_cannot_change_the_result_are_not_recorded_with_it():
    recorded = result_settings(Settings())
    assert {"seed", "effort", "rounds", "threshold"} <= set(recorded)
    assert not {"jobs", "store", "max_flagged", "max_duplicate", "weight"} & set(recorded)
    assert set(recorded) <= {item.name for item in fields(Settings)}


SECTIONED = """
folds = 3

[detect]
seed = 7

[fix]
min-severity = "high"

[check]
max-flagged = "5%"
fail-on = ["mislabelled>2%", "slice:city='Bern, CH' flagged>5%"]
max-increase = 0.01
against = "20260301"
baseline = "accepted.csv"

[rules]
allowed = ["spam", "ham"]
"""


@pytest.mark.parametrize("name", ["labelaudit.toml", "pyproject.toml"])
def test_sections_only_set_settings_in_order(tmp_path, name):
    text = SECTIONED
    if name == "pyproject.toml":
        text = "[tool.labelaudit]" + text.replace("\n[", "\n[tool.labelaudit.")
    (tmp_path / name).write_text(text)
    resolved = settle(tmp_path)
    found = resolved.settings
    assert (found.folds, found.seed, found.min_severity) == (3, 7, "high")
    assert (found.max_flagged, found.max_increase) == (0.05, 0.01)
    assert found.fail_on == ("mislabelled>2%", "slice:city='Bern, CH' flagged>5%")
    assert (found.against, found.baseline) == ("20260301", "accepted.csv")
    assert found.rules == {"allowed": ["spam", "ham"]}
    assert resolved.origin["fail_on"] == str(tmp_path / name)


def test_what_a_section_sets_gives_way_to_the_command_line(tmp_path):
    (tmp_path / "labelaudit.toml").write_text('[check]\nfail_on = "high>1%"\nmax-flagged = "5%"\n')
    resolved = settle(tmp_path, {"fail_on": ["flagged>1%"]}, {"LABELAUDIT_MAX_FLAGGED": "9%"})
    assert resolved.settings.fail_on == ("flagged>1%",)
    assert resolved.settings.max_flagged == 0.09
    assert settle(tmp_path).settings.fail_on == ("high>1%",)


@pytest.mark.parametrize(
    ("text", "message", "where", "hint"),
    [
        ('max-high = 0\n[check]\nmax-high = "1%"\n', "max-high is set twice", "check.max-high", ""),
        ("[check]\nmax_high = 0\n[fix]\nmax-high = 0\n", "set twice", "fix.max-high", ""),
        ("[check]\nmax-flaged = 0\n", "no setting 'check.max-flaged'", "", "'max_flagged'?"),
        ("[chek]\nmax-flagged = 0\n", "no setting 'chek'", "", "labelaudit config"),
        ("check = 5\n", "[check] is not a table", "", ""),
        ("[check]\nmax-flagged = 5\n", "not a share", "check.max-flagged", "5%"),
        ("[check]\nfail-on = 5\n", "not a list", "check.fail-on", ""),
        ("[check]\nfail-on = [5]\n", "not a text", "check.fail-on", ""),
        ('[check]\nfail-on = ["  "]\n', "not a text", "check.fail-on", ""),
        ("rules = 5\n", "not a text", "rules", ""),
    ],
)
def test_faults_of_a_section_are_blamed_on_it(tmp_path, text, message, where, hint):
    path = tmp_path / "labelaudit.toml"
    path.write_text(text)
    with pytest.raises(SettingError) as caught:
        settle(tmp_path)
    assert message in caught.value.what
    assert caught.value.where.startswith(str(path))
    assert caught.value.where.endswith(where)
    assert hint in (caught.value.hint or "")
