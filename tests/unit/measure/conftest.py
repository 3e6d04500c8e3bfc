"""A run to draw samples from, and its data."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    from sampled import audited

    made = audited(tmp_path_factory.mktemp("sampled") / "messages.csv")
    assert 10 <= made.audit.flagged.sum() <= 200
    return made
