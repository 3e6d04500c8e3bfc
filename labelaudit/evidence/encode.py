"""From typed features to the matrices that models learn from.

Nothing here sees a label, so everything is fitted once on all rows, not per fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from labelaudit.errors import InputError
from labelaudit.evidence.encode_text import encode_text, reduce_text
from labelaudit.evidence.sampling import sample_rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray

SCALE_SAMPLE = 20_000
CLIP = 8.0
# Far inside float32, so that models can add up a column without overflow.
LARGEST = 1e30


class Features(Protocol):
    """What is read of the typed features: each block is None where there is none."""

    @property
    def text(self) -> NDArray[np.object_] | None:
        """One text or None per row, (n,)."""

    @property
    def table(self) -> pd.DataFrame | None:
        """Numbers, categories and dates, n rows."""

    @property
    def embedding(self) -> FloatArray | None:
        """One vector per row, (n, d)."""


@dataclass(frozen=True)
class Encoded:
    """The same rows as two kinds of models want them.

    Attributes
    ----------
    linear : ndarray or scipy.sparse.csr_matrix of float32, shape (n, d)
        Without missing values; dense columns have about unit scale.
    trees : ndarray of float32, shape (n, d'), or csr_matrix
        NaN where a value is missing. The sparse matrix again for text alone.
    modality : str
        Of what is left: ``"text"``, ``"table"`` (embeddings beside it included),
        ``"embedding"``, or ``"mixed"`` for text with any of the others.
    texts : ndarray of (str or None), shape (n,), or None
        What `words` was made of, for the text blocks of `blocks.Blocks`.
    words : scipy.sparse.csr_matrix of float32, shape (n, terms), or None
        The text alone.
    """

    linear: Any
    trees: Any
    modality: str
    texts: NDArray[np.object_] | None = None
    words: Any = None


def encode(features: Features, *, seed: int = 0) -> Encoded:
    """Turn typed features into matrices.

    Parameters
    ----------
    features : Features
        At least one of text, table and embedding.
    seed : int
        For the truncated decompositions of text among tables.

    Returns
    -------
    Encoded

    Raises
    ------
    InputError
        When no feature holds anything to learn from.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        words = None if features.text is None else encode_text(features.text)
        dense = _dense_blocks(features, seed)
        if words is None and not dense:
            raise InputError(
                "the features hold nothing to learn from: they are empty or constant",
                hint="name other columns with --features or --text",
            )
        kind = "embedding" if features.table is None else "table"
        return _join(words, features.text, dense, kind, seed)


def _join(
    words: Any | None,  # noqa: ANN401
    texts: NDArray[np.object_] | None,
    dense: list[FloatArray],
    dense_modality: str,
    seed: int,
) -> Encoded:
    import numpy as np
    from scipy.sparse import csr_matrix, hstack

    if not dense:
        return Encoded(words, words, "text", texts, words)
    table = np.hstack(dense) if len(dense) > 1 else dense[0]
    scaled = scale(table)
    if words is None:
        return Encoded(scaled, table, dense_modality)
    topics = reduce_text(words, seed)
    # A TF-IDF row has length 1; the scaled columns together get the same weight.
    weighted = csr_matrix(scaled / np.sqrt(max(1, scaled.shape[1])))
    linear = hstack([words, weighted], format="csr")
    return Encoded(linear, np.hstack([table, topics]), "mixed", texts, words)


def _dense_blocks(features: Features, seed: int) -> list[FloatArray]:
    blocks = []
    if features.table is not None and features.table.shape[1]:
        blocks.append(encode_table(features.table, seed=seed))
    if features.embedding is not None:
        blocks.append(_finite(features.embedding))
    informative = [block[:, _varies(block)] for block in blocks]
    return [block for block in informative if block.shape[1]]


def encode_table(table: pd.DataFrame, *, seed: int = 0) -> FloatArray:
    """Turn numbers, categories and dates into numbers.

    Parameters
    ----------
    table : DataFrame, n rows
        Columns of numbers, booleans, dates, or text with None.
    seed : int

    Returns
    -------
    ndarray of float32, shape (n, d)
        NaN where a number is missing or infinite. Purely numeric tables keep their
        columns; others go through skrub's TableVectorizer.
    """
    import numpy as np
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    numeric = [
        is_numeric_dtype(table.dtypes.iloc[at]) or is_bool_dtype(table.dtypes.iloc[at])
        for at in range(table.shape[1])
    ]
    blocks = [_as_numbers(table.iloc[:, np.flatnonzero(numeric)])] if any(numeric) else []
    rest = table.iloc[:, np.flatnonzero(~np.asarray(numeric))]
    rest = rest.loc[:, rest.notna().any().to_numpy()]
    if rest.shape[1]:
        blocks.append(_vectorize(rest, seed))
    if not blocks:
        return np.empty((len(table), 0), dtype=np.float32)
    return blocks[0] if len(blocks) == 1 else np.hstack(blocks)


def _as_numbers(table: pd.DataFrame) -> FloatArray:
    import numpy as np

    return _finite(table.to_numpy(dtype=np.float64, na_value=np.nan))


def _vectorize(table: pd.DataFrame, seed: int) -> FloatArray:
    """Encode categories and dates."""
    import warnings

    from skrub import StringEncoder, TableVectorizer

    named = table.set_axis([f"c{at}" for at in range(table.shape[1])], axis=1)
    vectorizer = TableVectorizer(high_cardinality=StringEncoder(random_state=seed))
    with warnings.catch_warnings():
        # They speak about columns by names the user does not know.
        warnings.simplefilter("ignore")
        encoded = vectorizer.fit_transform(named.reset_index(drop=True))
    return _as_numbers(encoded)


def _finite(values: NDArray[Any]) -> FloatArray:
    """Turn into float32 with NaN for whatever is not finite."""
    import numpy as np

    clipped: FloatArray = np.clip(values, -LARGEST, LARGEST).astype(np.float32)
    clipped[~np.isfinite(values)] = np.nan
    return clipped


def _varies(block: FloatArray) -> NDArray[np.bool_]:
    """Mark the columns (d,) that hold more than one value, missing counted as one."""
    import numpy as np

    missing = np.isnan(block)
    some_missing = missing.any(axis=0)
    all_missing = missing.all(axis=0)
    low = np.where(missing, np.inf, block).min(axis=0, initial=np.inf)
    high = np.where(missing, -np.inf, block).max(axis=0, initial=-np.inf)
    varies: NDArray[np.bool_] = ~all_missing & ((low < high) | some_missing)
    return varies


def scale(block: FloatArray) -> FloatArray:
    """Fill gaps and bring columns to a common scale, whatever their outliers.

    Parameters
    ----------
    block : ndarray of float32, shape (n, d)
        NaN where missing.

    Returns
    -------
    ndarray of float32, shape (n, d')
        In [-8, 8]. Gaps hold the median; each column with gaps has a 0/1 column beside it
        that tells where they were.
    """
    import numpy as np

    scaled = np.empty(block.shape, dtype=np.float32)
    gaps = []
    for at in range(block.shape[1]):
        column = block[:, at].astype(np.float64)
        known = column[~np.isnan(column)]
        sample = known[sample_rows(len(known), SCALE_SAMPLE)]
        low, middle, high = np.quantile(sample, (0.01, 0.5, 0.99))
        spread = np.clip(sample, low, high).std() or known.std() or 1.0
        scaled[:, at] = np.clip((column - middle) / spread, -CLIP, CLIP)
        if len(known) < len(column):
            gap = np.isnan(column)
            scaled[gap, at] = 0
            gaps.append(gap.astype(np.float32))
    return np.column_stack([scaled, *gaps]) if gaps else scaled
