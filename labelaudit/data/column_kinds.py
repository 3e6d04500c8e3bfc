"""Infer what a column holds from its name and a sample of its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.types import Role

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

SAMPLE_ROWS = 10_000
"""Rows that heuristics look at; what must be exact looks at all of them."""

_MOSTLY = 0.95
_NEARLY_UNIQUE = 0.99
_FEWEST_FOR_IDENTIFIER = 10
_DENSE_SEQUENCE = 1.05
_LEAST_EMBEDDING_COLUMNS = 8
_LEAST_LIST_LENGTH = 2
_TEXT_SAMPLE = 2000
_TEXT_WORDS = 5.0
_TEXT_WORDS_WHEN_DISTINCT = 4.0
_TEXT_WORDS_WHEN_NAMED = 2.0
_TEXT_DISTINCT = 0.2
_TEXT_DISTINCT_WHEN_NAMED = 0.5
_FEW_SENTENCES = 200

_TEXT_WORDS_IN_NAMES = frozenset(
    {
        "text",
        "texts",
        "sentence",
        "sentences",
        "review",
        "reviews",
        "comment",
        "comments",
        "message",
        "messages",
        "msg",
        "title",
        "body",
        "tweet",
        "question",
        "answer",
        "query",
        "utterance",
        "description",
        "content",
        "abstract",
        "premise",
        "hypothesis",
        "passage",
        "document",
        "doc",
        "headline",
        "summary",
        "post",
        "email",
        "prompt",
        "response",
        "snippet",
    }
)
_ID_NAME = re.compile(
    r"(?:^|[_\-. ])(?:[iI][dD]|[uU][uU][iI][dD]|[gG][uU][iI][dD])$|[a-z0-9](?:Id|ID)$"
)
_NAME_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d+)", re.ASCII | re.DOTALL)
_EMBEDDING_STEM = re.compile(
    r"(?:.*[_\-. ])?(?:e|emb|embed|embedding|embeddings|embs|vec|vector|enc|encoding|latent)"
    r"|(?:.*[_\-. ])?(?:bert|sbert|minilm|clip|glove|w2v|word2vec|doc2vec|fasttext)"
    r"|.*(?:embedding|embed|emb)"
)
_IDENTIFIER_SHAPES = (
    (
        "UUIDs",
        re.compile(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"),
    ),
    ("hashes", re.compile(r"(?=[^\d]*\d)(?:[0-9a-fA-F]{16,}|[A-Za-z0-9_\-+/=]{20,})")),
    ("file names", re.compile(r"[^\s<>\"|?*]+\.[A-Za-z][A-Za-z0-9]{1,4}")),
    ("paths", re.compile(r"(?:[A-Za-z]:)?[^\s:]*[/\\][^\s]*")),
    ("running numbers", re.compile(r"[A-Za-z][A-Za-z_]*[-_.:#/ ]?\d+")),
)
_WEB_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_UNSPACED_SCRIPT = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)


@dataclass(frozen=True)
class Kind:
    """What a column is inferred to be.

    Attributes
    ----------
    role : Role
    reason : str
        Why, for the user.
    """

    role: Role
    reason: str


_EMPTY = Kind(Role.CONSTANT, "empty")


def infer(  # noqa: PLR0911 - one return a kind
    name: str, column: pa.ChunkedArray, sample: pa.ChunkedArray, *, asked: bool = False
) -> Kind:
    """Infer what a column holds.

    Parameters
    ----------
    name : str
        Of the column; a hint only.
    column : pyarrow.ChunkedArray
        All of it; looked at only where the sample leaves a doubt.
    sample : pyarrow.ChunkedArray
        Evenly spaced cells of it.
    asked : bool, default False
        The user named it as a feature: it is then never taken for an identifier.

    Returns
    -------
    Kind
        Of role text, numeric, categorical, datetime, embedding, constant, identifier or
        ignored.
    """
    import pyarrow as pa

    column, sample = cells.plain(column), cells.plain(sample)
    kind = sample.type
    constant = _constant(column, sample)
    if constant and not (cells.is_text(kind) and cells.is_blank(column[0].as_py())):
        return constant
    if pa.types.is_boolean(kind):
        return Kind(Role.CATEGORICAL, "true or false")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(name, column, cells.numbers(sample), asked=asked)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Kind(Role.DATETIME, "dates")
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        return Kind(Role.NUMERIC, "times of day" if pa.types.is_time(kind) else "durations")
    if cells.is_list(kind):
        return _lists(name, column)
    if cells.is_text(kind):
        return _strings(name, column, sample, asked=asked)
    return Kind(Role.IGNORED, f"{kind} values cannot be learned from")


def _constant(column: pa.ChunkedArray, sample: pa.ChunkedArray) -> Kind | None:
    if column.null_count == len(column):
        return _EMPTY
    if _is_nested(column.type) or _distinct(sample, "all") > 1 or _distinct(column, "all") > 1:
        return None
    return Kind(Role.CONSTANT, "1 value")


def _is_nested(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_nested(kind))


def _distinct(column: pa.ChunkedArray, mode: str) -> int:
    import pyarrow.compute as pc

    return int(pc.count_distinct(column, mode=mode).as_py())


def _numbers(
    name: str, column: pa.ChunkedArray, sampled: NDArray[np.float64], *, asked: bool
) -> Kind:
    import numpy as np

    present = sampled[~np.isnan(sampled)]
    if not present.size and np.isnan(cells.numbers(column)).all():
        return _EMPTY
    whole = present.size > 0 and bool((present == np.floor(present)).all())
    if not asked and whole and _nearly_unique(np.unique(present).size, present.size):
        reason = _running_numbers(name, cells.numbers(column))
        if reason:
            return Kind(Role.IDENTIFIER, reason)
    return Kind(Role.NUMERIC, "numbers")


def _nearly_unique(distinct: int, rows: int) -> bool:
    return rows >= _FEWEST_FOR_IDENTIFIER and distinct >= _NEARLY_UNIQUE * rows


def _running_numbers(name: str, values: NDArray[np.float64]) -> str | None:
    """Say why whole numbers are an identifier; None when they are not."""
    import numpy as np

    present = values[~np.isnan(values)]
    distinct = np.unique(present)
    if not _nearly_unique(distinct.size, present.size):
        return None
    if distinct[-1] - distinct[0] + 1 <= _DENSE_SEQUENCE * distinct.size:
        return "running numbers"
    return "name and distinct values" if names_an_id(name) else None


def names_an_id(name: str) -> bool:
    """Tell whether a name ends in ``id``: ``user_id``, ``PassengerId``; not ``paid``."""
    return _ID_NAME.search(name.strip()) is not None


def _lists(name: str, column: pa.ChunkedArray) -> Kind:
    import pyarrow as pa

    value = column.type.value_type
    length = cells.list_length(column)
    numeric = pa.types.is_floating(value) or (
        pa.types.is_integer(value) and names_an_embedding(name)
    )
    if not numeric:
        return Kind(Role.IGNORED, f"lists of {value} cannot be learned from")
    if length is None:
        return Kind(Role.IGNORED, "lists of different lengths")
    if length < _LEAST_LIST_LENGTH:
        return Kind(Role.IGNORED, f"lists of length {length}")
    return Kind(Role.EMBEDDING, f"lists of {length} numbers")


def names_an_embedding(name: str) -> bool:
    """Tell whether a name, or what precedes the number in it, speaks of embeddings."""
    return _EMBEDDING_STEM.fullmatch(name.strip(" _-.").casefold()) is not None


def _strings(name: str, column: pa.ChunkedArray, sample: pa.ChunkedArray, *, asked: bool) -> Kind:
    texts = [text for text in cells.text_values(sample).tolist() if text is not None]
    if not texts:
        empty = all(text is None for text in cells.text_values(column))
        return _EMPTY if empty else Kind(Role.CATEGORICAL, "mostly empty")
    return (
        _numbers_in_text(name, column, sample, texts, asked=asked)
        or _lists_in_text(name, column, texts)
        or _dates_in_text(texts)
        or (None if asked else _identifier_in_text(name, column, texts))
        or _words(name, texts)
    )


def _numbers_in_text(
    name: str,
    column: pa.ChunkedArray,
    sample: pa.ChunkedArray,
    texts: list[str],
    *,
    asked: bool,
) -> Kind | None:
    import numpy as np

    present = [text for text in texts if not _stands_for_missing(text)]
    if not present:
        return None
    values = cells.numbers_of_text(sample)
    if np.count_nonzero(~np.isnan(values)) < _MOSTLY * len(present):
        return None
    if any(cells.is_zero_led(text) for text in present):
        if not asked and _nearly_unique(len(set(present)), len(present)):
            return Kind(Role.IDENTIFIER, "distinct codes with leading zeros")
        return Kind(Role.CATEGORICAL, "codes with leading zeros")
    return _numbers(name, column, values, asked=asked)


def _stands_for_missing(text: str) -> bool:
    return text.strip().casefold() in cells.NUMBER_TOKENS_FOR_MISSING


def _lists_in_text(name: str, column: pa.ChunkedArray, texts: list[str]) -> Kind | None:
    if not all(text.lstrip().startswith("[") for text in texts[:_FEWEST_FOR_IDENTIFIER]):
        return None
    lists = cells.lists_of_text(column)
    if lists is None:
        return None
    length = cells.list_length(lists)
    if length is None:
        return Kind(Role.IGNORED, "lists of different lengths")
    fractions = any("." in text or "e" in text for text in texts)
    if length < _LEAST_LIST_LENGTH or not (fractions or names_an_embedding(name)):
        return Kind(Role.IGNORED, "lists of whole numbers cannot be learned from")
    return Kind(Role.EMBEDDING, f"lists of {length} numbers")


def _dates_in_text(texts: list[str]) -> Kind | None:
    found = cells.date_format(cells.spread(sorted(set(texts)), _TEXT_SAMPLE))
    return Kind(Role.DATETIME, "dates") if found and found[1] >= _MOSTLY else None


def _identifier_in_text(name: str, column: pa.ChunkedArray, texts: list[str]) -> Kind | None:
    if not _nearly_unique(len(set(texts)), len(texts)):
        return None
    reason = _identifier_shape(texts)
    if reason is None and names_an_id(name) and not any(" " in text.strip() for text in texts):
        reason = "name and distinct values"
    if reason is None:
        return None
    valid = len(column) - column.null_count
    return (
        Kind(Role.IDENTIFIER, reason)
        if _nearly_unique(_distinct(column, "only_valid"), valid)
        else None
    )


def _identifier_shape(texts: list[str]) -> str | None:
    seen = cells.spread(sorted(texts), _TEXT_SAMPLE)
    if _share(_WEB_ADDRESS, seen) >= _MOSTLY:
        return None
    return next(
        (what for what, shape in _IDENTIFIER_SHAPES if _share(shape, seen) >= _MOSTLY), None
    )


def _share(shape: re.Pattern[str], texts: list[str]) -> float:
    return sum(shape.fullmatch(text.strip()) is not None for text in texts) / len(texts)


def _words(name: str, texts: list[str]) -> Kind:
    distinct = len(set(texts))
    ratio = distinct / len(texts)
    seen = cells.spread(sorted(texts), _TEXT_SAMPLE)
    words = sum(map(count_words, seen)) / len(seen)
    if names_text(name) and ratio >= _TEXT_DISTINCT_WHEN_NAMED and words >= _TEXT_WORDS_WHEN_NAMED:
        return Kind(Role.TEXT, f"name and {words:.0f} words a row")
    if ratio >= _TEXT_DISTINCT_WHEN_NAMED and _share(_WEB_ADDRESS, seen) >= _MOSTLY:
        return Kind(Role.TEXT, "web addresses")
    varied = ratio >= _TEXT_DISTINCT or distinct >= _FEW_SENTENCES
    if (words >= _TEXT_WORDS and varied) or (
        words >= _TEXT_WORDS_WHEN_DISTINCT and ratio >= _TEXT_DISTINCT_WHEN_NAMED
    ):
        return Kind(Role.TEXT, f"{words:.0f} words a row")
    return Kind(Role.CATEGORICAL, f"{distinct} values" if ratio < 1 else "short distinct strings")


def names_text(name: str) -> bool:
    """Tell whether a name speaks of text: ``review``, ``tweet_text``, ``reviewBody``."""
    return any(part.casefold() in _TEXT_WORDS_IN_NAMES for part in _NAME_PARTS.findall(name))


def count_words(text: str) -> float:
    """Count words; in scripts that write no spaces two characters count as one."""
    unspaced = len(_UNSPACED_SCRIPT.findall(text))
    return len(text.split()) + unspaced / 2


def embedding_groups(kinds: dict[str, Kind]) -> dict[str, str]:
    """Find number columns that are one embedding spread out: ``emb_0``, ``emb_1``, ….

    Parameters
    ----------
    kinds : dict of str to Kind
        The inferred kind by name of column.

    Returns
    -------
    dict of str to str
        Reason by name of each column of such a group.
    """
    groups: dict[str, dict[int, str]] = {}
    for name, kind in kinds.items():
        match = _NUMBERED.fullmatch(name)
        if match and kind.role in (Role.NUMERIC, Role.CONSTANT):
            groups.setdefault(match["stem"], {})[int(match["number"])] = name
    found: dict[str, str] = {}
    for stem, columns in groups.items():
        first = min(columns)
        consecutive = first in (0, 1) and max(columns) - first + 1 == len(columns)
        if consecutive and len(columns) >= _LEAST_EMBEDDING_COLUMNS and names_an_embedding(stem):
            reason = f"{columns[first]} … {columns[max(columns)]}"
            found.update(dict.fromkeys(columns.values(), reason))
    return found
