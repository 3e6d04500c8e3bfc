"""The matrices that models learn from, each made when the first model asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelaudit.evidence.encode import Encoded


@dataclass(frozen=True)
class Blocks:
    """One matrix per name, n rows each.

    ``"linear"`` and ``"trees"`` are those of `encode.Encoded`; ``"directions"`` are the
    dense columns as vectors of length 1; ``"pairs"`` holds words and pairs of words,
    ``"characters"`` runs of characters, ``"text"`` both. A text block of data without text
    is ``"linear"`` again.

    Attributes
    ----------
    encoded : Encoded
    """

    encoded: Encoded
    made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def get(self, name: str) -> Any:  # noqa: ANN401
        """Give the matrix of that name.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray or scipy.sparse.csr_matrix of float32, shape (n, d)
        """
        from threadpoolctl import threadpool_limits

        if name not in self.made:
            with threadpool_limits(limits=1):
                self.made[name] = self._make(name)
        return self.made[name]

    def _make(self, name: str) -> Any:  # noqa: ANN401
        import numpy as np
        from scipy.sparse import hstack

        from labelaudit.evidence.encode_text import encode_characters, encode_pairs

        encoded = self.encoded
        if name == "trees":
            return encoded.trees
        if name == "directions":
            filled = np.nan_to_num(encoded.trees)
            return filled / np.maximum(np.linalg.norm(filled, axis=1, keepdims=True), 1e-12)
        if name == "linear" or encoded.texts is None:
            return encoded.linear
        if name == "text":
            return hstack([self.get("pairs"), self.get("characters")], format="csr")
        make = encode_pairs if name == "pairs" else encode_characters
        return make(encoded.texts, encoded.words)
