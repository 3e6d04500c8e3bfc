"""Small measured data with known wrong labels, and a run of it, for the tests of impact."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings
from labelaudit.data.dataset import load_dataset
from labelaudit.data.schema import SchemaChoices
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.measure.impact_fits import set_up
from labelaudit.measure.impact_rows import lay_out, with_roles

QUICK = Settings(label="label", id="id", model=("logreg",), effort="fast")
ONE_JOB = LocalExecutor(1)


def frame_of(n=300, *, rate=0.0, seed=0, name="r", split=None):
    """Three classes around three corners; a share of them made wrong, as column `wrong`."""
    random = np.random.default_rng(seed)
    true = random.integers(0, 3, n)
    corners = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])
    points = corners[true] + random.normal(size=(n, 2))
    wrong = random.random(n) < rate
    given = np.where(wrong, (true + random.integers(1, 3, n)) % 3, true)
    frame = pd.DataFrame(
        {
            "id": [f"{name}{at:04d}" for at in range(n)],
            "width": points[:, 0].round(4),
            "height": points[:, 1].round(4),
            "side": np.where(points[:, 0] > 1, "right", "left"),
            "label": np.array(["ant", "bee", "cat"])[given],
        }
    )
    if split is not None:
        frame["split"] = np.where(np.arange(n) % 3 == 0, split, "train")
    return frame, np.array(["ant", "bee", "cat"])[true]


def data_of(frame):
    return load_dataset(frame, SchemaChoices(label="label", id="id"))


@cache
def noisy_run(n=300, rate=0.2, split=None):
    """Give data with wrong labels and the run that was made of it."""
    frame, _ = frame_of(n, rate=rate, split=split)
    data = data_of(frame)
    return data, audit_dataset(data, QUICK, executor=ONE_JOB)


@cache
def clean_test(n=300):
    frame, true = frame_of(n, seed=1, name="t")
    return data_of(frame.assign(label=true))


def bench_of(data, audit, *, test=None, repeats=1, folds=3, model="logreg", **more):
    """Give the bench, and the data with the roles of the run."""
    data = with_roles(data, audit)
    test = None if test is None else with_roles(test, audit)
    rows = lay_out(data, test=test, **more)
    bench = set_up(data, rows, test=test, model=model, folds=folds, repeats=repeats)
    return bench, data
