"""Cells whose characters went through a wrong encoding, or act on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.doctor.hits import Hit
from labelaudit.data.doctor.telling import quoted
from labelaudit.data.doctor.wording_key import text_bytes

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.data.doctor.view import Decoded
    from labelaudit.types import BoolArray

_FIRST_NON_ASCII, _DELETE, _SPACE = 0x80, 0x7F, 0x20
_HARMLESS_CONTROLS = (0x09, 0x0A, 0x0D)
# What continues a UTF-8 sequence, read as Windows-1252; quotes, dashes and ellipses are
# left out, since they follow such letters in sound text too.
_NEXT = (
    "[\u0080-\u00a0\u00a1-\u00aa\u00ac-\u00ba\u00bc-\u00bf"
    "\u20ac\u0192\u2020\u2021\u02c6\u2030\u0160\u0152\u017d\u02dc\u2122\u0161\u0153\u017e\u0178]"
)
_MOJIBAKE = (
    f"\u00c3{_NEXT}|\u00c2[\u0080-\u009f\u00a0-\u00aa\u00ac-\u00ba\u00bc-\u00bf]"
    f"|\u00e2\u20ac|\u00f0\u0178|\u00ef\u00bf\u00bd|\u00ef\u00bb\u00bf"
    f"|(?:[\u00c4-\u00df]{_NEXT}){{2}}|[\u00e0-\u00ef]{_NEXT}{{2}}"
)
_REPLACEMENT = "\ufffd"


def odd_characters(one: Decoded) -> list[Hit]:
    """Look for broken characters in the distinct cells of a text column.

    Parameters
    ----------
    one : Decoded
        Of text.

    Returns
    -------
    list of Hit
        Of the codes ``mojibake``, ``replacement-characters`` and ``control-characters``.
    """
    import pyarrow.compute as pc

    data, offsets = text_bytes(one.distinct)
    hits = []
    controls = _with_bytes(_control_places(data), offsets)
    if (data >= _FIRST_NON_ASCII).any():
        controls |= _with_bytes(_pairs(data, 0xC2, 0x80, 0x9F), offsets)
        if _pairs(data, 0xC3, 0x82, 0xB0).size:
            broken = _matching(pc.match_substring_regex(one.distinct, _MOJIBAKE))
            hits += _hit("mojibake", one, broken)
            controls &= ~broken
        if _pairs(data, 0xEF, 0xBF, 0xBF).size:
            lost = _matching(pc.match_substring(one.distinct, _REPLACEMENT))
            hits += _hit("replacement-characters", one, lost)
    return [*hits, *_hit("control-characters", one, controls)]


def _hit(code: str, one: Decoded, distinct: BoolArray) -> list[Hit]:
    import numpy as np

    if not distinct.any():
        return []
    rows = one.rows_with(distinct)
    example = min(one.distinct.take(np.flatnonzero(distinct)).to_pylist())
    return [Hit(code, one.name, rows, note=quoted(_around(example)))]


def _around(text: str) -> str:
    """Cut a text to what stands around its first odd character."""
    import re

    match = re.search(f"{_MOJIBAKE}|{_REPLACEMENT}|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)
    start = max(0, match.start() - 12) if match else 0
    return ("\u2026" if start else "") + text[start : start + 30]


def _matching(mask: pa.BooleanArray) -> BoolArray:
    from labelaudit.data import cells

    return cells.as_numpy(mask).astype(bool)


def _control_places(data: NDArray[np.uint8]) -> NDArray[np.intp]:
    import numpy as np

    places = np.flatnonzero((data < _SPACE) | (data == _DELETE))
    return places[~np.isin(data[places], _HARMLESS_CONTROLS)] if places.size else places


def _pairs(data: NDArray[np.uint8], lead: int, low: int, high: int) -> NDArray[np.intp]:
    """Find a byte that is followed by one within bounds."""
    import numpy as np

    places = np.flatnonzero(data[:-1] == lead)
    following = data[places + 1]
    return places[(following >= low) & (following <= high)]


def _with_bytes(places: NDArray[np.intp], offsets: NDArray[np.int64]) -> BoolArray:
    """Mark the texts that these places of their joined bytes lie in."""
    import numpy as np

    marked = np.zeros(len(offsets) - 1, dtype=bool)
    if places.size:
        marked[np.searchsorted(offsets, places, "right") - 1] = True
    return marked
