"""What is the matter with the contents of texts, embeddings and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data import cells, features
from labelaudit.data.doctor.hits import Hit
from labelaudit.data.doctor.telling import counted, finding, percent, quoted
from labelaudit.types import Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.doctor.view import Decoded, View
    from labelaudit.types import Finding

_MOSTLY_SAME, _FEWEST_SAME = 0.5, 50
_GRAVE_EMPTY, _GRAVE_ZERO = 0.2, 0.2
_FEW_IN_FUTURE = 0.05
_PLACEHOLDERS = ("0001-01-01", "1899-12-30", "1900-01-01", "1970-01-01", "2099-12-31", "9999-12-31")


def text_findings(view: View) -> list[Finding]:
    """Look for rows without any text, and for one text that fills most rows.

    Parameters
    ----------
    view : View

    Returns
    -------
    list of Finding
        Of the codes ``empty-texts`` and ``same-text``.
    """
    import numpy as np
    import pyarrow.compute as pc

    columns = [column for column in view.data.schema.columns if column.role == Role.TEXT]
    if not columns:
        return []
    empty = np.ones(view.data.n_rows, dtype=bool)
    found = []
    for column in columns:
        one = view.decoded(column)
        if not one.is_text:
            return []
        blank = cells.as_numpy(pc.equal(pc.utf8_trim_whitespace(one.distinct), "")).astype(bool)
        here = np.append(blank, [True])[one.codes]
        empty &= here
        found += _same_text(one, one.codes[~here])
    if view.text_only and empty.any():
        rows = np.flatnonzero(empty)
        share = len(rows) / view.data.n_rows
        found.append(
            finding(
                "empty-texts",
                f"{counted(len(rows), 'row')} ({percent(share)}) hold no text: there is nothing to "
                "judge the label by.",
                "Take these rows out, or find their text.",
                rows=rows,
                columns=[column.name for column in columns],
                grave=share >= _GRAVE_EMPTY,
            )
        )
    return found


def _same_text(one: Decoded, codes: NDArray[np.int64]) -> list[Finding]:
    import numpy as np

    if len(codes) < _FEWEST_SAME:
        return []
    counts = np.bincount(codes)
    share = counts.max() / len(codes)
    if share < _MOSTLY_SAME:
        return []
    # Two texts can share all rows evenly; the first in the alphabet is told, in any order.
    tied = np.flatnonzero(counts == counts.max()).tolist()
    most = min(tied, key=lambda code: str(one.distinct[code].as_py()))
    told = f"{percent(share)} of the texts in column {one.name!r} are the same"
    return [
        finding(
            "same-text",
            f"{told}: {quoted(one.distinct[most].as_py())}.",
            "Check how the file was exported, or name another column with --text.",
            rows=np.flatnonzero(one.codes == most),
            columns=[one.name],
            grave=True,
            bare=f"{told}.",
        )
    ]


def embedding_findings(view: View) -> list[Finding]:
    """Look for vectors of zeros; missing and infinite numbers are refused before.

    Parameters
    ----------
    view : View

    Returns
    -------
    list of Finding
        Of the code ``zero-vectors``.
    """
    import numpy as np
    import pyarrow.compute as pc

    names = view.data.schema.names(Role.EMBEDDING)
    if not names:
        return []
    zero = np.ones(view.data.n_rows, dtype=bool)
    for name in names:
        rows = np.flatnonzero(zero)
        if not rows.size:
            return []
        column = cells.plain(view.data.table.column(name))
        if cells.is_text(column.type):
            # Reading lists out of text takes long; one of zeros has no other digit.
            zero &= ~cells.as_numpy(pc.match_substring_regex(column, "[1-9]")).astype(bool)
            continue
        values = features.embedding_column(column, name, view.data.source.path)
        zero[rows] = ~values[rows].any(axis=1) if rows.size < len(zero) else ~values.any(axis=1)
    rows = np.flatnonzero(zero)
    if not rows.size:
        return []
    share = len(rows) / view.data.n_rows
    return [
        finding(
            "zero-vectors",
            f"{counted(len(rows), 'row')} ({percent(share)}) have an embedding of zeros: nothing "
            "was embedded there.",
            "Compute them again (was the text or picture empty?), or take the rows out.",
            rows=rows,
            columns=names[:1],
            grave=share >= _GRAVE_ZERO,
        )
    ]


def odd_dates(view: View, one: Decoded) -> list[Hit]:
    """Tell of dates that stand for no date, and of a few that lie in the future.

    A placeholder such as 1970-01-01 is one only where no other date lies within a year of
    it; dates in the future are told where they are few, since due dates are meant.
    """
    import numpy as np
    import pyarrow as pa

    kind = one.cells.type
    if not (one.is_text or pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return []
    present = np.flatnonzero(~np.isnat(one.dates))
    if not present.size:
        return []
    days = one.dates[present].astype("datetime64[D]")
    hits = []
    placeholders = np.zeros(len(days), dtype=bool)
    for text in _PLACEHOLDERS:
        day = np.datetime64(text)
        on = days == day
        if on.any() and not (~on & (np.abs(days - day) <= np.timedelta64(366, "D"))).any():
            placeholders |= on
            hits.append(Hit("placeholder-dates", one.name, present[on], note=text))
    if hits and placeholders.all():
        hits = []
    if view.today is not None:
        late = (days > np.datetime64(view.today)) & ~placeholders
        if 0 < np.count_nonzero(late) <= _FEW_IN_FUTURE * len(days):
            latest = str(days[late].max())
            hits.append(Hit("future-dates", one.name, present[late], note=latest))
    return hits
