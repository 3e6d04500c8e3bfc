"""Rows with flags put where a test wants them, and no model fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from labelaudit.audit.patterns import find_patterns
from labelaudit.audit.patterns_judged import judged_rows_of
from labelaudit.audit.rank import Ranking
from labelaudit.config import Settings
from labelaudit.data.dataset import load_dataset
from labelaudit.data.schema import SchemaChoices

if TYPE_CHECKING:
    from labelaudit.audit.patterns_judged import Judged
    from labelaudit.types import Dataset, Pattern


@dataclass(frozen=True)
class Flagged:
    """A dataset, and which of its rows are flagged."""

    data: Dataset
    ranking: Ranking

    @property
    def judged(self) -> Judged:
        """All rows, as patterns see them."""
        return judged_rows_of(self.data, self.ranking, np.ones(self.data.n_rows, dtype=bool))

    def patterns(self, **settings: object) -> tuple[Pattern, ...]:
        """Find the patterns."""
        everything = np.ones(self.data.n_rows, dtype=bool)
        return find_patterns(self.data, self.ranking, everything, Settings(**settings))

    def shuffled(self, seed: int) -> Flagged:
        """Give the same rows in another order."""
        order = np.random.default_rng(seed).permutation(self.data.n_rows)
        data = replace(
            self.data,
            table=self.data.table.take(order),
            row_id=self.data.row_id[order],
            fingerprint=self.data.fingerprint[order],
            feature_key=self.data.feature_key[order],
            y=self.data.y[order],
        )
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        ranking = Ranking(
            *(getattr(self.ranking, name)[order] for name in _BY_ROW),
            order=place[self.ranking.order],
        )
        return Flagged(data, ranking)


_BY_ROW = ("suspicion", "error_probability", "flagged", "severity", "suggested")


def rows_of(n: int, k: int, seed: int, **columns: object) -> tuple[dict[str, object], np.ndarray]:
    """Give columns with an id and a label, three that mean nothing, and the label codes."""
    random = np.random.default_rng([seed, 1])
    y = random.integers(0, k, n)
    table = {
        "id": [f"r{row:05d}" for row in range(n)],
        "shape": random.choice(["round", "square", "long", "flat"], n),
        "width": random.normal(size=n).round(4),
        "parts": random.integers(0, 5, n),
        **columns,
        "label": np.array([f"k{code}" for code in range(k)])[y],
    }
    return table, y


def flagged(
    columns: dict[str, object],
    flags: np.ndarray,
    suggested: np.ndarray | None = None,
    **choices: object,
) -> Flagged:
    """Flag rows; they rank by their number."""
    data = load_dataset(pa.table(columns), SchemaChoices(label="label", id="id", **choices))
    flags = np.asarray(flags, dtype=bool)
    if suggested is None:
        suggested = np.where(flags, (data.y + 1) % len(data.classes), data.y)
    score = np.where(flags, 0.9, 0.1).astype(np.float32)
    return Flagged(
        data,
        Ranking(
            score,
            score,
            flags,
            np.where(flags, 2, -1).astype(np.int8),
            suggested.astype(np.int32),
            np.argsort(~flags, kind="stable").astype(np.int64),
        ),
    )


def draw(seed: int, probability: np.ndarray) -> np.ndarray:
    """Flag each row with its own probability."""
    return np.random.default_rng([seed, 2]).random(len(probability)) < probability
