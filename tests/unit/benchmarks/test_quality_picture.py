from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def picture(load):
    return load("quality_picture")


@pytest.fixture
def records(record, load):
    """Make curves of two pipelines on two real sets, and of one on a third."""
    steps = len(load("quality_metrics").REVIEWED)

    def curve(height):
        return [height * at / (steps - 1) for at in range(steps)]

    return [
        record("one", "labelaudit", "real text", curve=curve(1.0)),
        record("two", "labelaudit", "real text", curve=curve(0.8)),
        record("three", "labelaudit", "real text", curve=curve(0.0)),
        record("one", "tutorial-lr", "real text", curve=curve(0.5)),
        record("two", "tutorial-lr", "real text", curve=curve(0.7)),
        record("beans", "tutorial-lr", curve=curve(0.0)),
    ]


def test_curves_are_means_over_the_same_real_sets(picture, records):
    curves, sets = picture.mean_curves(records)
    assert sets == 2
    assert list(curves) == ["labelaudit", "tutorial-lr"]
    assert curves["labelaudit"][-1] == pytest.approx(0.9)
    assert curves["tutorial-lr"][-1] == pytest.approx(0.6)


def test_the_same_records_give_the_same_bytes(picture, records, tmp_path):
    for name in ("a.svg", "b.svg"):
        assert picture.draw(records, tmp_path / name)
    first, second = (tmp_path / name for name in ("a.svg", "b.svg"))
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text().count("<svg") == 1


def test_without_real_sets_nothing_is_drawn(picture, records, tmp_path):
    planted = [one for one in records if one["group"] == "planted"]
    assert not picture.draw(planted, tmp_path / "a.svg")
    assert not (tmp_path / "a.svg").exists()
