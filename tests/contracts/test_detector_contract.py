"""Every detector of the catalogue keeps the contract that strangers' detectors must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from labelaudit.data.rules.parse import parse_rules
from labelaudit.detectors import CATALOG, create
from labelaudit.testing import check_detector
from labelaudit.types import Scores

RULES = parse_rules(
    {
        "spelling": {"class 2": "class 0"},
        "forbid": [{"label": "class 0", "when": {"column": "x0", "below": 0}}],
        "demand": [{"label": "class 1", "when": {"column": "x1", "above": 2}}],
        "range": [{"column": "x0", "max": 0}],
    },
    "rules",
)
OPTIONS = {
    "label-posterior": [{"threshold": 0.5}],
    "confident-learning": [{"filter_by": "prune_by_class"}, {"filter_by": "both"}],
    "loss-percentile": [{"scope": "class"}, {"percentile": 50.0}],
    "neighbor-agreement": [{"m": 3}],
    "duplicates": [{"max_conflicting": 1.0}],
    "rules": [{"rules": RULES}],
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


@dataclass(frozen=True)
class Improbable(ByPosition):
    """Gives a probability that is none."""

    def score(self, data, evidence):
        scores = super().score(data, evidence)
        return replace(scores, error_probability=scores.suspicion * 2)


@dataclass(frozen=True)
class Silent(ByPosition):
    """Suspects a row without saying how probable its error is."""

    def score(self, data, evidence):
        scores = super().score(data, evidence)
        unknown = np.full(data.n_rows, np.nan, dtype=np.float32)
        return replace(scores, error_probability=unknown)


@dataclass
class NotFrozen:
    """Could change from one call to the next."""

    def score(self, data, evidence):
        return ByPosition().score(data, evidence)


@pytest.mark.parametrize(
    ("kind", "clause"),
    [
        (ByPosition, "order of rows"),
        (OutOfRange, r"\[0, 1\]"),
        (Improbable, r"probability lies in \[0, 1\]"),
        (Silent, "probability where there is suspicion"),
        (NotFrozen, "frozen"),
    ],
)
def test_the_contract_catches(kind, clause):
    with pytest.raises(AssertionError, match=clause):
        check_detector(kind)
