"""Texts without what is only a way of writing: case, spaces, punctuation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_SPACE, _FIRST_NON_ASCII = 0x20, 0x80
_PUNCTUATION = (0xE2, 0x80)  # and one byte more: the block General Punctuation in UTF-8
_BYTES_AT_ONCE = 1 << 22


def plain_wording(texts: pa.Array) -> pa.Array:
    """Give texts in lower case, with one space for all that stands between words.

    Works on bytes, for speed: what stands between words is ASCII white space and
    punctuation and the General Punctuation block of Unicode (curly quotes, dashes).

    Parameters
    ----------
    texts : pyarrow.Array of large_string, without null

    Returns
    -------
    pyarrow.Array of large_string
        ``""`` where there are no words.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    data, _ = text_bytes(texts)
    # Lower case of ASCII comes for free below.
    lower = pc.utf8_lower(texts) if (data >= _FIRST_NON_ASCII).any() else texts
    parts = [_stripped(part) for part in _portions(lower)]
    joined = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
    return pc.ascii_trim_whitespace(joined)


def text_bytes(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give the bytes of all texts, and where each begins and ends, without copying.

    Parameters
    ----------
    texts : pyarrow.Array of large_string, length m, without null

    Returns
    -------
    bytes : ndarray of uint8
    offsets : ndarray of int64, shape (m + 1,)
        Ascending, from 0.
    """
    import numpy as np

    _, places, data = texts.buffers()
    if places is None or data is None or not len(texts):
        return np.zeros(0, dtype=np.uint8), np.zeros(len(texts) + 1, dtype=np.int64)
    offsets = np.frombuffer(places, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    start, end = int(offsets[0]), int(offsets[-1])
    return np.frombuffer(data, dtype=np.uint8)[start:end], offsets - start


def _portions(texts: pa.Array) -> list[pa.Array]:
    """Cut many texts into pieces, since helper arrays are larger than the texts."""
    import numpy as np

    _, offsets = text_bytes(texts)
    cuts = np.searchsorted(offsets, np.arange(0, offsets[-1] + 1, _BYTES_AT_ONCE), "left")
    bounds = np.unique(np.r_[0, np.minimum(cuts, len(texts)), len(texts)])
    ends = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    return [texts.slice(at, end - at) for at, end in ends] or [texts]


@lru_cache(maxsize=1)
def _folded() -> NDArray[np.uint8]:
    """Say what each byte becomes: ASCII in lower case, all between words a space."""
    import numpy as np

    table = np.arange(256, dtype=np.uint8)
    for byte in range(_FIRST_NON_ASCII):
        sign = chr(byte)
        table[byte] = ord(sign.lower()) if sign.isalnum() else _SPACE
    return table


def _stripped(texts: pa.Array) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    data, offsets = text_bytes(texts)
    folded = _folded()[data]
    if (data >= _FIRST_NON_ASCII).any():
        lead = np.flatnonzero(data[:-2] == _PUNCTUATION[0])
        lead = lead[data[lead + 1] == _PUNCTUATION[1]]
        for step in range(3):
            folded[lead + step] = _SPACE
    # Of what stands between words one space is kept, that before a word.
    kept = folded != _SPACE
    kept[:-1] |= folded[1:] != _SPACE
    places = np.flatnonzero(kept)
    before = np.searchsorted(places, offsets).astype(np.int64)
    return pa.LargeStringArray.from_buffers(
        len(texts), pa.py_buffer(before), pa.py_buffer(folded[places])
    )
