"""What rows are compared by: their words, or the values of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.data.features import TEXT_SEPARATOR, strings
from labelaudit.evidence.encode_text import UNSPACED, WORD
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.patterns_judged import Judged
    from labelaudit.audit.slices_columns import SliceColumn
    from labelaudit.types import BoolArray, Dataset

MOST_WORDS = 5_000
LONGEST = 2_000
"""Characters of a text that are looked at."""
NAMED_BY = 4
"""Words or values that a group is named by, at most."""

_LEAST_SHARE = 0.2
_UNSPACED_SHARE = 0.3
_LEAST_TEXTS = 3


@dataclass(frozen=True)
class Tokens:
    """Rows as weighed sets of tokens.

    Attributes
    ----------
    matrix : scipy.sparse.csr_matrix of float32, shape (m, d)
        TF-IDF of whether a row has a token; rows of length 1, or 0.
    names : tuple of str, length d
    what : str
        What rows are: ``"texts"`` or ``"rows"``.
    """

    matrix: Any
    names: tuple[str, ...]
    what: str


def tokens_of(data: Dataset, judged: Judged, columns: Sequence[SliceColumn]) -> Tokens | None:
    """Give what rows are compared by.

    Texts by the words that at least three flagged ones hold, tables by the values and
    ranges of the columns that models learn from.

    Parameters
    ----------
    data : Dataset
    judged : Judged
        m rows.
    columns : sequence of SliceColumn

    Returns
    -------
    Tokens or None
        None where there is neither text nor table.
    """
    names = data.schema.names(Role.TEXT)
    if names:
        return _words(_texts(data, names, judged.rows), judged.flagged)
    learned = [column for column in columns if column.learned]
    return _values(learned) if learned else None


def name_group(tokens: Tokens, judged: Judged, mask: BoolArray) -> str:
    """Name a group by what its flagged rows have and others do not.

    Tokens are ordered by how much they tell a row of the group from any row
    (``p log(p / q)``, p and q being the shares of rows that have it).

    Parameters
    ----------
    tokens : Tokens
    judged : Judged
    mask : ndarray of bool, shape (m,)
        The group.

    Returns
    -------
    str
        Empty where nothing tells it from the rest.
    """
    import numpy as np

    has = tokens.matrix.copy()
    has.data = np.ones_like(has.data)
    inside = np.flatnonzero(mask & judged.flagged)
    p = np.asarray(has[inside].sum(axis=0)).ravel() / max(1, len(inside))
    q = (np.asarray(has.sum(axis=0)).ravel() + 1) / (has.shape[0] + 1)
    told = np.where((p >= _LEAST_SHARE) & (p > q), p * np.log(np.maximum(p, q) / q), 0)
    order = sorted(np.flatnonzero(told > 0).tolist(), key=lambda at: (-told[at], tokens.names[at]))
    return ", ".join(_apart([tokens.names[at] for at in order]))


def _apart(names: Sequence[str]) -> list[str]:
    """Take the first names that are no parts of each other, as runs of characters are."""
    kept: list[str] = []
    for name in names:
        if not any(name in other or other in name for other in kept):
            kept.append(name)
        if len(kept) == NAMED_BY:
            break
    return kept


def _texts(data: Dataset, names: Sequence[str], rows: NDArray[np.int64]) -> list[str]:
    columns = [strings(data.table.column(name).take(rows)) for name in names]
    return [
        TEXT_SEPARATOR.join(text for text in row if text)[:LONGEST]
        for row in zip(*columns, strict=True)
    ]


def _words(texts: Sequence[str], flagged: BoolArray) -> Tokens | None:
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer

    chosen = [texts[at] for at in np.flatnonzero(flagged).tolist()]
    letters = sum(len(text) for text in chosen)
    unspaced = sum(len(UNSPACED.findall(text)) for text in chosen)
    options: dict[str, Any] = {"token_pattern": WORD}
    if unspaced > _UNSPACED_SHARE * max(1, letters):
        options = {"analyzer": "char", "ngram_range": (2, 3)}
    vectorizer = CountVectorizer(
        binary=True, dtype=np.float32, min_df=_LEAST_TEXTS, max_features=MOST_WORDS, **options
    )
    try:
        vectorizer.fit(chosen)
    except ValueError:
        # Hardly any two texts share a word: there are no similar ones.
        return None
    names = tuple(vectorizer.get_feature_names_out().tolist())
    return Tokens(_weigh(vectorizer.transform(texts)), names, "texts")


def _values(columns: Sequence[SliceColumn]) -> Tokens:
    import numpy as np
    from scipy.sparse import csr_matrix

    names: list[str] = []
    rows, places = [], []
    for column in columns:
        known = np.flatnonzero(column.codes >= 0)
        rows.append(known)
        places.append(column.codes[known].astype(np.int64) + len(names))
        names += [f"{column.name} {value or 'missing'}" for value in column.values]
    where = (np.concatenate(rows), np.concatenate(places))
    ones = np.ones(len(where[0]), dtype=np.float32)
    shape = (len(columns[0].codes), len(names))
    return Tokens(_weigh(csr_matrix((ones, where), shape=shape)), tuple(names), "rows")


def _weigh(has: Any) -> Any:  # noqa: ANN401
    """Weigh tokens by how rare they are, and bring rows to length 1."""
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer().fit_transform(has).tocsr()
