"""What in a row speaks for its label and what against it, by a small contrast of classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.audit.signs_columns import BASIS as BY_COLUMNS
from labelaudit.audit.signs_columns import CELLS, ColumnHabits
from labelaudit.audit.signs_words import BASIS as BY_WORDS
from labelaudit.audit.signs_words import WordCounts, word_signs
from labelaudit.audit.similar import some_rows
from labelaudit.types import Role, Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.types import Dataset, Sign

CONTRAST_ROWS = 20_000
"""Rows that classes are contrasted over."""

TEXT = 1_500
"""Characters of a row's text that a card carries."""

_FEWEST_ROWS = 500


@dataclass(frozen=True)
class Signs:
    """What was found in one row.

    Attributes
    ----------
    signs : tuple of Sign
        The strongest first.
    basis : str
        Where they come from, in words; empty where there are none.
    text : str
        The row's text, cut; empty where there is none.
    """

    signs: tuple[Sign, ...] = ()
    basis: str = ""
    text: str = ""


def find_signs(
    data: Dataset, rows: Sequence[int], given: Sequence[int], rival: Sequence[int]
) -> list[Signs]:
    """Contrast the given class of each row with another.

    Parameters
    ----------
    data : Dataset
    rows : sequence of int, length r
    given, rival : sequence of int, length r
        Classes; a rival of -1 leaves nothing to contrast.

    Returns
    -------
    list of Signs, length r
        Embeddings have no signs that a person could read.
    """
    import numpy as np

    from labelaudit.data.features import typed_features

    roles = (Role.TEXT, Role.NUMERIC, Role.CATEGORICAL, Role.DATETIME)
    readable = Schema(tuple(one for one in data.schema.columns if one.role in roles))
    if not rows or not readable.columns:
        return [Signs() for _ in rows]
    wide = len(readable.names(*roles[1:]))
    limit = min(CONTRAST_ROWS, max(_FEWEST_ROWS, CELLS // max(1, wide)))
    chosen = some_rows(data, limit, rows)
    whole = len(chosen) == data.n_rows
    table = data.table.select(list(readable.names(*roles)))
    part = replace(data, schema=readable, table=table if whole else table.take(chosen))
    features = typed_features(part)
    codes = data.y[chosen]
    at = np.searchsorted(chosen, np.asarray(rows, dtype=np.intp)).tolist()
    names = dict(enumerate(data.classes))
    texts = None if features.text is None else [str(one or "") for one in features.text]
    counts = habits = None
    if texts is not None:
        counts = WordCounts(texts, codes.tolist(), [texts[place] for place in at])
    if features.table is not None:
        needed = sorted({code for code in (*given, *rival) if code >= 0})
        habits = ColumnHabits(features.table, codes, needed)
    among = "" if whole else f" (over {len(chosen):,} rows)"
    found = []
    for place, own, other in zip(at, given, rival, strict=True):
        text = "" if texts is None else texts[place]
        shown = cut_text(text)
        signs: list[Sign] = []
        bases = []
        if counts is not None and other >= 0:
            signs += word_signs(counts, text, shown, own, other, names)
            bases += [BY_WORDS] if signs else []
        if habits is not None and other >= 0:
            by_columns = habits.signs(place, own, other, names)
            signs += by_columns
            bases += [BY_COLUMNS] if by_columns else []
        signs.sort(key=lambda one: -one.weight)
        basis = "; ".join(bases) + (among if bases else "")
        found.append(Signs(tuple(signs), basis, shown))
    return found


def cut_text(text: str, most: int = TEXT) -> str:
    """Cut a text where a word ends.

    Parameters
    ----------
    text : str
    most : int
        Characters, the ellipsis included.

    Returns
    -------
    str
    """
    if len(text) <= most:
        return text
    head = text[: most - 1]
    # A text without spaces has no better place to be cut.
    if not text[most - 1].isspace():
        whole_words = head.rsplit(None, 1)[0] if head.strip() else ""
        head = whole_words if len(whole_words) > most // 2 else head
    return head.rstrip() + "…"
