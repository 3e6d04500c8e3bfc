"""Labels with planted noise and the probabilities of a model that sees the true ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from labelaudit.types import Dataset, Schema, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Noisy:
    """Given labels `y`, true ones, and pred_probs (n, k) that lean to the true ones."""

    pred_probs: NDArray[np.float32]
    y: NDArray[np.int32]
    true: NDArray[np.int32]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Where the given label is not the true one."""
        return self.y != self.true


def noisy(
    seed: int = 0, n: int = 2000, k: int = 3, *, noise: float = 0.1, sharp: float = 4.0
) -> Noisy:
    """Give a share `noise` of n labels any other class; `sharp` is how sure the model is."""
    even = np.full((k, k), noise / max(1, k - 1))
    np.fill_diagonal(even, 1 - noise)
    return noisy_by(even, seed, n, sharp=sharp)


def noisy_by(
    transition: NDArray[np.float64], seed: int = 0, n: int = 2000, *, sharp: float = 4.0
) -> Noisy:
    """Draw given labels from the rows of a transition matrix."""
    random = np.random.default_rng(seed)
    k = len(transition)
    true = random.integers(0, k, n).astype(np.int32)
    drawn = random.random(n)[:, None] > np.cumsum(transition, axis=1)[true]
    y = np.minimum(drawn.sum(axis=1), k - 1).astype(np.int32)
    logits = sharp * np.eye(k)[true] + random.normal(size=(n, k))
    probs = np.exp(logits)
    probs = (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32)
    return Noisy(probs, y, true)


def bare_dataset(y: NDArray[np.int32], k: int) -> Dataset:
    """Make a Dataset of label codes alone, any that reading a file would refuse included."""
    n = len(y)
    return Dataset(
        table=pa.table({"label": [str(code) for code in y]}),
        row_id=np.array([f"{at:05d}" for at in range(n)], dtype=object),
        fingerprint=np.arange(n, dtype=np.uint64),
        feature_key=None,
        y=np.asarray(y, dtype=np.int32),
        classes=tuple(f"c{code}" for code in range(k)),
        schema=Schema(()),
        source=Source("<memory>", "memory", 0, ""),
    )
