"""Every detector of the catalogue keeps the contract that strangers' detectors must keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from labelaudit.detectors import CATALOG, create
from labelaudit.testing import check_detector
from labelaudit.types import Scores

OPTIONS = {
    "confident-learning": [{"filter_by": "prune_by_class"}, {"filter_by": "both"}],
    "loss-percentile": [{"scope": "class"}, {"percentile": 50.0}],
    "duplicates": [{"max_conflicting": 1.0}],
}


@pytest.mark.parametrize("name", CATALOG)
def test_defaults(name):
    check_detector(lambda: create(name))


@pytest.mark.parametrize(
    ("name", "options"), [(name, one) for name, many in OPTIONS.items() for one in many]
)
def test_options(name, options):
    check_detector(lambda: create(name, **options))


@dataclass(frozen=True)
class ByPosition:
    """Suspects rows by where they stand, which no detector may."""

    def score(self, data, evidence):
        n = data.n_rows
        return Scores(
            code="by-position",
            suspicion=np.linspace(0, 1, n, dtype=np.float32),
            flagged=np.zeros(n, dtype=bool),
            suggested=np.full(n, -1, dtype=np.int32),
        )


@dataclass(frozen=True)
class OutOfRange(ByPosition):
    def score(self, data, evidence):
        scores = super().score(data, evidence)
        return Scores(scores.code, scores.suspicion * 2, scores.flagged, scores.suggested)


class NotFrozen(ByPosition):
    pass


@pytest.mark.parametrize(
    ("kind", "clause"), [(ByPosition, "order of rows"), (OutOfRange, r"\[0, 1\]")]
)
def test_the_contract_catches(kind, clause):
    with pytest.raises(AssertionError, match=clause):
        check_detector(kind)
