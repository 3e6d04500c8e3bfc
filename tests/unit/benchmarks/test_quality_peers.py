from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from cleanlab.filter import find_label_issues
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


@pytest.fixture(scope="module")
def peers(load):
    return load("peers")


@pytest.fixture
def blobs():
    """Make 90 rows of 3 classes well apart, 6 of them with a wrong label."""
    random = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = random.normal(size=(90, 2)) + np.array([[0, 0], [6, 0], [0, 6]])[y]
    label = np.array(["a", "b", "c"])[y]
    label[:6] = np.roll(label[:6], 1)
    return pd.DataFrame({"id": [f"r{at}" for at in range(90)], "label": label}).assign(
        x=X[:, 0], z=X[:, 1]
    )


def test_columns_become_numbers_as_in_tutorials(peers):
    frame = pd.DataFrame(
        {
            "id": ["1", "2", "3", "4"],
            "label": ["a", "b", "a", "b"],
            "size": [1.0, np.nan, 3.0, 5.0],
            "empty": [np.nan] * 4,
            "colour": ["red", "blue", None, "red"],
            "yes": [True, False, True, True],
            "vector": [np.array([1.0, 2.0])] * 4,
        }
    )
    X = peers.encode_columns(frame)
    assert X[:, 0].tolist() == [1, 3, 3, 5]
    assert X[:, 1].tolist() == [0] * 4
    assert X[:, 2:4].tolist() == [[0, 1], [1, 0], [0, 0], [0, 1]]
    assert X[:, 4].tolist() == [1, 0, 1, 1]
    assert X[:, 5:].tolist() == [[1, 2]] * 4


def test_columns_that_name_things_are_left_out(peers):
    frame = pd.DataFrame({"id": range(200), "name": [f"n{at}" for at in range(200)], "x": 1.0})
    assert peers.encode_columns(frame).shape == (200, 1)
    with pytest.raises(peers.Skipped, match="no column"):
        peers.encode_columns(frame[["id", "name"]])


def test_the_tutorial_is_cleanlab_on_cross_validated_probabilities(peers, blobs):
    found = peers.PIPELINES["tutorial-lr"](blobs)
    classes, y = np.unique(blobs["label"], return_inverse=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    probs = cross_val_predict(model, blobs[["x", "z"]].to_numpy(), y, cv=5, method="predict_proba")
    assert (found.flagged == find_label_issues(y, probs, n_jobs=1)).all()
    assert found.noise_rate == found.flagged.mean()
    assert (found.suggested == classes[probs.argmax(axis=1)]).all()
    assert found.self_confidence == pytest.approx(probs[np.arange(90), y])
    own = probs[np.arange(90), y]
    probs[np.arange(90), y] = -1
    margin = (1 + probs.max(axis=1) - own) / 2
    assert found.suspicion == pytest.approx(margin)


def test_datalab_ranks_the_same_probabilities_by_self_confidence(peers, blobs):
    tutorial, lab = peers.PIPELINES["tutorial-lr"](blobs), peers.PIPELINES["datalab"](blobs)
    assert lab.suspicion == pytest.approx(1 - tutorial.self_confidence)
    assert (lab.suggested == tutorial.suggested).all()


def test_texts_are_read_as_texts_and_missing_ones_as_empty(peers):
    texts = [f"{word} number {at}" for at in range(20) for word in ("good", "bad")]
    frame = pd.DataFrame({"id": range(40), "text": texts, "label": ["p", "n"] * 20})
    frame.loc[3, "text"] = None
    frame.loc[0, "label"] = "n"
    for name in ("tutorial-lr", "tutorial-rf"):
        found = peers.PIPELINES[name](frame)
        assert found.suspicion.argmax() == 0
        assert found.suggested[0] == "p"


def test_boosting_is_skipped_where_there_are_too_many_classes(peers):
    label = [f"c{at % 51}" for at in range(102)]
    frame = pd.DataFrame({"id": range(102), "label": label, "x": 1.0})
    with pytest.raises(peers.Skipped, match="51 classes"):
        peers.PIPELINES["tutorial-hgb"](frame)


def test_labelaudit_tells_all_that_is_scored(peers, blobs):
    found = peers.PIPELINES["labelaudit"](blobs)
    assert len(found.suspicion) == len(found.error_probability) == 90
    assert set(found.suggested) <= {"a", "b", "c", ""}
    assert found.suspicion[:6].min() > np.median(found.suspicion)
    facts = found.facts
    assert facts["noise_rate_low"] <= found.noise_rate <= facts["noise_rate_high"]
    assert facts["blind"] == ""
    assert json.loads(json.dumps(facts)) == facts


def test_an_effort_is_passed_on_where_there_is_one_and_else_skipped(peers, blobs, monkeypatch):
    import labelaudit.audit.api
    import labelaudit.config

    class ReachedError(Exception):
        pass

    def detect(frame, **settings):
        raise ReachedError(settings.get("effort"))

    monkeypatch.setattr(labelaudit.audit.api, "detect", detect)
    monkeypatch.setattr(labelaudit.config, "specs", lambda: {"effort": None})
    with pytest.raises(ReachedError, match="thorough"):
        peers.PIPELINES["labelaudit-thorough"](blobs)
    monkeypatch.setattr(labelaudit.config, "specs", dict)
    with pytest.raises(peers.Skipped, match="no effort"):
        peers.PIPELINES["labelaudit-thorough"](blobs)
    with pytest.raises(ReachedError, match="None"):
        peers.PIPELINES["labelaudit"](blobs)


def test_what_was_found_survives_the_way_through_a_file(peers, tmp_path):
    found = peers.Found(
        suspicion=np.array([0.1, np.nan]),
        self_confidence=np.array([0.9, np.nan]),
        flagged=np.array([True, False]),
        suggested=np.array(["ä", ""]),
        noise_rate=0.5,
        facts={"blind": "no"},
    )
    peers.write_found(tmp_path / "found.npz", found, seconds=1.5)
    again, about = peers.read_found(tmp_path / "found.npz")
    assert about == {"seconds": 1.5}
    assert again.error_probability is None
    assert (again.noise_rate, again.facts) == (0.5, {"blind": "no"})
    for name in ("suspicion", "self_confidence", "flagged", "suggested"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))


def test_memory_is_measured(peers):
    assert 10 < peers.peak_mb() < 100_000
