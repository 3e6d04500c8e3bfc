"""Find how a CSV file is written: its delimiter and its line ending."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

DELIMITERS = (",", ";", "\t", "|")
"""What may stand between cells, the likeliest first."""

QUOTECHAR = '"'
_SAMPLE_RECORDS = 200
_SAMPLE_CHARACTERS = 4_000_000


def sniff_delimiter(
    open_lines: Callable[[], AbstractContextManager[Iterable[str]]], prefer: str = ","
) -> str:
    r"""Choose the delimiter that splits the file most evenly.

    A delimiter is possible when it splits the header; among those, the one wins that
    gives most of the first 200 records as many cells as the header has. Counting happens
    after the quotes are understood, so commas inside of quoted text do not mislead.

    Parameters
    ----------
    open_lines : callable
        Opens the lines of the file from its start, each with its line ending.
    prefer : str
        What wins a tie, and what a file of one column gets. A tab is taken whenever it
        is possible: that is what a name ending in ``.tsv`` says.

    Returns
    -------
    str
        One of `DELIMITERS`.
    """
    scores = {}
    for delimiter in DELIMITERS:
        with open_lines() as lines:
            scores[delimiter] = _evenness(lines, delimiter)
    if prefer == "\t" and scores[prefer][0] > 0:
        return prefer
    ranked = sorted(
        DELIMITERS, key=lambda each: (scores[each], each == prefer, -DELIMITERS.index(each))
    )
    return ranked[-1] if scores[ranked[-1]][0] > 0 else prefer


def newline_of(line: str) -> str:
    r"""Give the line ending of a line.

    Parameters
    ----------
    line : str

    Returns
    -------
    str
        ``"\r\n"``, ``"\n"``, ``"\r"``, or empty where there is none.
    """
    for ending in ("\r\n", "\n", "\r"):
        if line.endswith(ending):
            return ending
    return ""


def _evenness(lines: Iterable[str], delimiter: str) -> tuple[float, bool, int]:
    counts, whole = _field_counts(lines, delimiter)
    if not counts or counts[0] == 1:
        return (0.0, False, 0)
    return (counts.count(counts[0]) / len(counts), whole, counts[0])


def _field_counts(lines: Iterable[str], delimiter: str) -> tuple[list[int], bool]:
    reader = csv.reader(_first(lines), delimiter=delimiter, quotechar=QUOTECHAR, strict=True)
    counts: list[int] = []
    try:
        counts.extend(len(row) for row in islice(reader, _SAMPLE_RECORDS) if row)
    except csv.Error:
        return counts, False
    return counts, True


def _first(lines: Iterable[str]) -> Iterator[str]:
    seen = 0
    for line in lines:
        yield line
        seen += len(line)
        if seen > _SAMPLE_CHARACTERS:
            return
