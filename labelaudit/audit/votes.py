"""What each model holds a row for, kept in place of all its probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.types import FloatArray, IntArray


@dataclass(frozen=True)
class Votes:
    """One model's choice for every row.

    Attributes
    ----------
    code : ndarray of int32, shape (n,)
        The most probable class; -1 where the row was not judged.
    probability : ndarray of float32, shape (n,)
        Of that class, in [0, 1]; NaN where not judged.
    """

    code: IntArray
    probability: FloatArray


def votes_of(per_model: Mapping[str, FloatArray]) -> dict[str, Votes]:
    """Keep of each model's probabilities what a person wants to know of a row.

    With many classes the probabilities of several models are larger than all else together.

    Parameters
    ----------
    per_model : mapping of str to ndarray of float32, shape (n, K)

    Returns
    -------
    dict of str to Votes
    """
    return {name: _votes(probs) for name, probs in per_model.items()}


def _votes(probs: FloatArray) -> Votes:
    import numpy as np

    from labelaudit.evidence.probabilities import row_chunks

    code = np.full(len(probs), -1, dtype=np.int32)
    probability = np.full(len(probs), np.nan, dtype=np.float32)
    for rows in row_chunks(np.flatnonzero(np.isfinite(probs[:, 0])), probs.shape[1]):
        chunk = probs[rows]
        code[rows] = chunk.argmax(axis=1)
        probability[rows] = chunk.max(axis=1)
    return Votes(code, probability)
