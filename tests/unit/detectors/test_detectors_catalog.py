from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

import labelaudit.detectors as module
from labelaudit.detectors import CATALOG, Detector, Spec, catalog, create
from labelaudit.errors import SettingError


def publish(monkeypatch, *specs):
    class Published(EntryPoint):
        def load(self):
            return specs[int(self.name)]

    found = [
        Published(str(i), "their.module:SPEC", "labelaudit.detectors") for i in range(len(specs))
    ]
    monkeypatch.setattr(module, "entry_points", lambda group: found)


def test_each_name_builds_a_detector():
    for name in CATALOG:
        assert isinstance(create(name), Detector)


def test_unknown_names_and_options_are_said_with_the_nearest_known():
    with pytest.raises(SettingError) as caught:
        create("confidence-learning")
    assert caught.value.hint == "did you mean 'confident-learning'?"
    with pytest.raises(SettingError) as caught:
        create("loss-percentile", percentil=90)
    assert caught.value.hint == "did you mean 'percentile'?"


def test_strangers_detectors_are_found(monkeypatch):
    spec = Spec(
        "theirs", "of another package", (), "preview", "labelaudit.detectors.duplicates:Duplicates"
    )
    publish(monkeypatch, spec)
    assert catalog()["theirs"] is spec
    assert isinstance(create("theirs"), Detector)


def test_two_of_one_name_are_an_error(monkeypatch):
    publish(monkeypatch, Spec("duplicates", "again", (), "preview", "x:Y"))
    with pytest.raises(SettingError, match="two detectors are named 'duplicates'"):
        catalog()


def test_an_entry_point_that_is_no_spec_is_an_error(monkeypatch):
    publish(monkeypatch, object())
    with pytest.raises(SettingError, match="not a Spec"):
        catalog()
