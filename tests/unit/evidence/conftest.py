"""Datasets small enough to be read in the test."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.types import Column, Dataset, Schema, Source


@pytest.fixture
def dataset():
    """Make a Dataset from columns, their roles and label codes."""

    def make(columns, roles, y, classes=None):
        table = pa.table(columns)
        y = np.asarray(y, dtype=np.int32)
        n = len(y)
        return Dataset(
            table=table,
            row_id=np.array([str(at) for at in range(n)], dtype=object),
            fingerprint=np.arange(n, dtype=np.uint64),
            feature_key=np.arange(n, dtype=np.uint64),
            y=y,
            classes=tuple(range(y.max() + 1)) if classes is None else classes,
            schema=Schema(tuple(Column(name, role, "test") for name, role in roles.items())),
            source=Source("<memory>", "memory", 0, ""),
        )

    return make


@pytest.fixture
def features():
    """Make features of whatever blocks are given."""

    def make(text=None, table=None, embedding=None):
        text = None if text is None else np.array(text, dtype=object)
        return SimpleNamespace(text=text, table=table, embedding=embedding)

    return make


@pytest.fixture
def blobs():
    """Give 90 rows of 4 numbers in 3 well separated classes."""
    y = np.repeat([0, 1, 2], 30).astype(np.int32)
    centres = np.array([[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0]])
    X = np.random.default_rng(0).normal(size=(90, 4)) + centres[y]
    return X.astype(np.float32), y


@pytest.fixture
def sms():
    """Give 80 short texts of 2 classes."""
    random = np.random.default_rng(0)
    words = {0: ["win", "cash", "prize", "free", "now"], 1: ["lunch", "home", "see", "mum", "now"]}
    y = np.tile([0, 1], 40).astype(np.int32)
    return [" ".join(random.choice(words[int(one)], 4)) + f" x{at}" for at, one in enumerate(y)], y
