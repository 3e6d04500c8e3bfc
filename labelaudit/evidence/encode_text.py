"""From texts to the matrices that models learn from: words, pairs of words, characters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from labelaudit.evidence.sampling import sample_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray

MAX_TERMS = 200_000
MAX_CHARACTER_TERMS = 50_000
TEXT_DIMENSIONS = 32
SCRIPT_SAMPLE = 2_000
UNSPACED_SHARE = 0.3

# Letters, digits and the combining marks that \w leaves out of Hebrew, Arabic and the
# scripts of India, which would otherwise cut a word in pieces.
WORD = r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff]+"
# Thai, Lao, Burmese, Khmer, kana and Chinese characters are written without spaces.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)


def encode_text(texts: NDArray[np.object_]) -> Any | None:  # noqa: ANN401
    """Weigh the words of texts (sublinear TF-IDF).

    Texts in scripts without spaces, or without any word, are cut into runs of one to three
    characters instead.

    Parameters
    ----------
    texts : ndarray of (str or None), shape (n,)

    Returns
    -------
    scipy.sparse.csr_matrix of float32, shape (n, terms), or None
        Rows have length 1, or 0 where nothing is known. None when all are blank.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    present = ["" if text is None else str(text) for text in texts]
    if not any(text.strip() for text in present):
        return None
    least = _least_documents(len(present))
    by_character = {"analyzer": "char", "ngram_range": (1, 3), "max_features": MAX_CHARACTER_TERMS}
    by_word = {"token_pattern": WORD, "max_features": MAX_TERMS}
    for options in (by_character,) if _mostly_unspaced(present) else (by_word, by_character):
        for min_df in (least, 1):
            vectorizer = TfidfVectorizer(
                sublinear_tf=True, dtype=np.float32, min_df=min_df, **options
            )
            try:
                return vectorizer.fit_transform(present).tocsr()
            except ValueError:
                # An empty vocabulary: the next way of cutting is coarser.
                continue
    return None


def _least_documents(n_rows: int) -> int:
    """Give the number of texts a term must occur in to be kept."""
    return 1 + (n_rows >= 5_000) + 2 * (n_rows >= 200_000)  # noqa: PLR2004


def _mostly_unspaced(texts: list[str]) -> bool:
    sample = "".join(texts[row][:200] for row in sample_rows(len(texts), SCRIPT_SAMPLE))
    letters = sum(character.isalpha() for character in sample)
    return len(UNSPACED.findall(sample)) > UNSPACED_SHARE * max(1, letters)


def reduce_text(words: Any, seed: int) -> FloatArray:  # noqa: ANN401
    """Squeeze a term matrix into a few dense columns, for trees.

    Parameters
    ----------
    words : scipy.sparse.csr_matrix, shape (n, terms)
    seed : int

    Returns
    -------
    ndarray of float32, shape (n, at most 32)
    """
    import numpy as np
    from sklearn.decomposition import TruncatedSVD

    size = min(TEXT_DIMENSIONS, min(words.shape) - 1)
    if size < 1:
        return np.asarray(words.toarray(), dtype=np.float32)
    reducer = TruncatedSVD(size, random_state=seed)
    return np.asarray(reducer.fit_transform(words), dtype=np.float32)


def encode_pairs(texts: NDArray[np.object_], words: Any) -> Any:  # noqa: ANN401
    """Weigh words and pairs of neighbouring words (sublinear TF-IDF).

    Parameters
    ----------
    texts : ndarray of (str or None), shape (n,)
    words : scipy.sparse.csr_matrix, shape (n, terms)
        What `encode_text` makes of them; the answer where there is nothing finer, and for
        scripts without spaces.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, shape (n, terms')
    """
    present = ["" if text is None else str(text) for text in texts]
    if _mostly_unspaced(present):
        return words
    options = {"token_pattern": WORD, "ngram_range": (1, 2), "max_features": MAX_TERMS}
    return _weigh(present, options, words)


def encode_characters(texts: NDArray[np.object_], words: Any) -> Any:  # noqa: ANN401
    """Weigh runs of two to four characters within words (sublinear TF-IDF).

    Parameters
    ----------
    texts : ndarray of (str or None), shape (n,)
    words : scipy.sparse.csr_matrix, shape (n, terms)
        The answer where there is nothing finer.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, shape (n, terms')
    """
    present = ["" if text is None else str(text) for text in texts]
    options = {
        "analyzer": "char_wb",
        "ngram_range": (2, 4),
        "max_features": MAX_CHARACTER_TERMS,
    }
    return _weigh(present, options, words)


def _weigh(texts: list[str], options: dict[str, Any], otherwise: Any) -> Any:  # noqa: ANN401
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    # A pair or run that occurs once tells nothing of other rows and makes up most of them.
    least = 1 + _least_documents(len(texts))
    vectorizer = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, min_df=least, **options)
    try:
        return vectorizer.fit_transform(texts).tocsr()
    except ValueError:
        return otherwise
