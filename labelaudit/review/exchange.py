"""What the formats of labelling tools have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from labelaudit.types import Label

LABEL, DECISION, NOTE = "label", "decision", "note"
"""What is asked: the right label; whether the row is to go; anything else."""

DROP = "drop"
"""The one answer to `DECISION`: keeping and relabelling are said by the label."""

AGENT = f"labelaudit {__version__}"
"""Who suggests."""

EVIDENCE = (
    "row_id",
    "run",
    "rank",
    "given_label",
    "suggested_label",
    "given_confidence",
    "suggested_confidence",
    "error_probability",
    "severity",
    "verdict",
    "detectors",
    "reason",
    "excerpt",
)
"""The columns of the queue that go along; the texts of the data follow."""

_RESERVED = frozenset({*EVIDENCE, LABEL, DECISION, NOTE, "row", "data", "id"})
_LONGEST = 40


@dataclass(frozen=True)
class Sheet:
    """A queue on its way to a labelling tool.

    Attributes
    ----------
    table : pyarrow.Table
        See `labelaudit.review.queue.queue_table`.
    texts : mapping of str to str
        Its columns of text, each with the name of the column in the data.
    classes : tuple of Label
        What may be answered.
    """

    table: pa.Table
    texts: Mapping[str, str]
    classes: tuple[Label, ...]

    def keys(self) -> dict[str, str]:
        """Give each column of text a name that every tool takes: ``[a-z][a-z0-9_]*``."""
        keys: dict[str, str] = {}
        for column, name in self.texts.items():
            stem = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:_LONGEST].strip("_")
            stem = stem if stem[:1].isalpha() and stem.isascii() else f"text_{stem}".strip("_")
            key, number = stem, 1
            while key in _RESERVED or key in keys.values():
                number += 1
                key = f"{stem}_{number}"
            keys[column] = key
        return keys

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of the queue as plain values that JSON can hold."""
        return [
            {name: _rounded(value) for name, value in row.items()} for row in self.table.to_pylist()
        ]


def _rounded(value: Any) -> Any:  # noqa: ANN401
    # A 32-bit float has no more digits than these.
    return float(f"{value:.6g}") if isinstance(value, float) else value
