from __future__ import annotations

import sys

import pytest

from labelaudit.errors import SettingError
from labelaudit.evidence.models import (
    DEFAULTS,
    EFFORTS,
    KNN_ROWS,
    MODELS,
    TEXT_CLASSES,
    Size,
    resolve_models,
)

MODULE = """
from sklearn.linear_model import LogisticRegression, LinearRegression
from sklearn.svm import LinearSVC

ready = LogisticRegression()
number = 3


def make():
    return LinearSVC()


def broken():
    raise ValueError("no such luck")


class holder:
    forest = LogisticRegression
"""


@pytest.fixture
def my_models(tmp_path, monkeypatch):
    (tmp_path / "my_audit_models.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    yield "my_audit_models"
    sys.modules.pop("my_audit_models", None)


def size(modality="table"):
    return Size(n_rows=100, n_classes=3, n_features=4, modality=modality)


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("modality", list(DEFAULTS["default"]))
def test_defaults_fit_their_modality(effort, modality):
    specs = resolve_models((), modality, effort=effort)
    assert [spec.name for spec in specs] == list(DEFAULTS[effort][modality])
    assert all(modality in spec.modalities for spec in specs)


def test_each_effort_has_defaults_for_each_modality():
    assert set(DEFAULTS) == set(EFFORTS)
    assert len({tuple(sorted(of_modality)) for of_modality in DEFAULTS.values()}) == 1


@pytest.mark.parametrize("effort", EFFORTS)
def test_what_would_take_too_long_gives_way_to_something_else(effort):
    large = resolve_models((), "embedding", n_rows=KNN_ROWS + 1, effort=effort)
    assert "knn-directions" not in [spec.name for spec in large]
    assert "ridge" in [spec.name for spec in large]
    many = resolve_models((), "text", n_classes=TEXT_CLASSES + 1, effort=effort)
    names = [spec.name for spec in many]
    assert "logreg-balanced-text" not in names
    assert "logreg-balanced" in names
    assert len(names) == len(set(names))


def test_the_effort_has_no_say_where_models_are_named():
    fast, thorough = (resolve_models(("knn",), "table", effort=one) for one in ("fast", "thorough"))
    assert fast == thorough


@pytest.mark.parametrize("name", list(MODELS))
def test_each_model_can_be_built_for_each_of_its_modalities(name):
    for modality in MODELS[name].modalities:
        assert hasattr(MODELS[name].factory(size(modality)), "fit")


def test_exact_neighbours_are_left_out_of_the_defaults_of_large_data():
    few = [spec.name for spec in resolve_models((), "embedding", n_rows=KNN_ROWS)]
    assert "knn-directions" in few
    many = [spec.name for spec in resolve_models((), "embedding", n_rows=10**6)]
    assert not [name for name in many if name.startswith("knn")]
    assert resolve_models(("knn",), "embedding", n_rows=10**6)[0].name == "knn"


def test_a_name_given_twice_counts_once():
    assert len(resolve_models(("logreg", "logreg"), "text")) == 1


def test_an_unknown_name_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(SettingError, match="no model 'logrg'") as caught:
        resolve_models(("logrg",), "text")
    assert "did you mean 'logreg'" in caught.value.hint
    assert "complement-nb" in caught.value.hint


def test_a_model_for_other_features_is_refused():
    with pytest.raises(SettingError, match="does not work on text") as caught:
        resolve_models(("boosting",), "text")
    assert "logreg" in caught.value.hint


@pytest.mark.parametrize("name", ["ready", "make", "holder.forest"])
def test_objects_functions_and_classes_are_taken_from_the_working_directory(my_models, name):
    (spec,) = resolve_models((f"{my_models}:{name}",), "table")
    assert spec.custom
    assert hasattr(spec.factory(size()), "fit")


def test_importing_a_model_leaves_the_search_path_alone(my_models):
    before = list(sys.path)
    resolve_models((f"{my_models}:ready",), "table")
    assert sys.path == before


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("number", "int is not a scikit-learn classifier"),
        ("broken", "no such luck"),
        ("reddy", "has no 'reddy'"),
        ("LinearRegression", "neither predict_proba"),
        ("", "names no model"),
    ],
)
def test_what_is_no_classifier_is_refused_with_the_reason(my_models, attribute, message):
    with pytest.raises(SettingError, match=message):
        resolve_models((f"{my_models}:{attribute}",), "table")


def test_a_module_that_cannot_be_imported_is_named():
    with pytest.raises(SettingError, match="no_such_module_here"):
        resolve_models(("no_such_module_here:x",), "table")
