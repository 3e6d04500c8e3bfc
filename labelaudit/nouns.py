"""The nouns beside the issues of an Audit: findings, the evidence about one row, patterns.

Like those of `labelaudit.types`, which gives them all, they are frozen and hold no data but
what people look at.
"""

from __future__ import annotations

from dataclasses import dataclass

Label = str | int | bool | float
"""A class as the data holds it."""


@dataclass(frozen=True)
class Finding:
    """Something about the data that should be put right before any label is doubted.

    Attributes
    ----------
    code : str
        Stable, machine-readable, e.g. ``"id-column-learned-from"``.
    message : str
        One or two sentences.
    remedy : str
        What to do about it; never empty.
    count : int
        How many rows (or columns, where no row is concerned) it is about.
    rows : tuple of int
        0-based positions of the first of these rows, at most 20; empty where none is.
    columns : tuple of str
        The columns it is about.
    grave : bool
        Whether results are not to be trusted while it stands.
    bare : str
        The message without the cells that it quotes; empty where it quotes none.
    """

    code: str
    message: str
    remedy: str
    count: int
    rows: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    grave: bool = False
    bare: str = ""

    @property
    def without_text(self) -> str:
        """The message for those who may not read the data."""
        return self.bare or self.message


@dataclass(frozen=True)
class Neighbor:
    """A row beside an issue, as similar as rows get.

    `similarity` is in [0, 1], 1 for identical; NaN where it is not known.
    """

    row_id: str
    row: int
    label: Label
    similarity: float
    excerpt: str


@dataclass(frozen=True)
class Sign:
    """A word or a column of a row that speaks for a class.

    Attributes
    ----------
    name : str
        The word as it stands in the text, or the column.
    value : str
        What the column holds; empty for a word.
    usual : str
        What it usually holds in rows of the given class; empty for a word.
    weight : float
        How much it speaks, relative to the others of the row.
    label : Label
        What it speaks for.
    """

    name: str
    value: str
    usual: str
    weight: float
    label: Label


@dataclass(frozen=True)
class Card:
    """The evidence about one issue.

    Attributes
    ----------
    row_id : str
    probabilities : tuple of (Label, float)
        Out-of-fold, the most probable classes first, the given one always among them.
    opinions : tuple of str
        What each detector and the models say, a sentence each.
    agree, disagree : tuple of Neighbor
        The most similar rows of the suggested class, and of the given one.
    signs : tuple of Sign
        The strongest first.
    signs_basis : str
        Where the signs come from, in words; empty where there are none.
    would_change : str
        What would change the verdict.
    text : str
        The row's text, cut to a sane length; empty where there is none.
    """

    row_id: str
    probabilities: tuple[tuple[Label, float], ...]
    opinions: tuple[str, ...]
    agree: tuple[Neighbor, ...] = ()
    disagree: tuple[Neighbor, ...] = ()
    signs: tuple[Sign, ...] = ()
    signs_basis: str = ""
    would_change: str = ""
    text: str = ""


LABELS_CHANGE = "labels change"
"""How the name of a pattern begins that is about the shares of labels over time."""


@dataclass(frozen=True)
class Pattern:
    """Issues that belong together, beyond chance.

    Attributes
    ----------
    kind : str
        ``"pair"``, ``"slice"``, ``"time"`` or ``"group"``.
    name : str
        For people: ``"spam given where ham is suggested"``, ``"source = web"``, its words.
    conditions : tuple of (str, str)
        Column and value, for a slice or a period; empty otherwise.
    rows, flagged : int
        Judged rows it is about, and those of them that are flagged.
    expected : float
        How many would be flagged if it were like the rest.
    lift : float
        Flagged rate against that of the rest.
    low, high : float
        95 % interval of the lift.
    q_value : float
        After false-discovery control over all that was looked at, in [0, 1].
    row_ids : tuple of str
        The flagged ones, most suspicious first.
    note : str
        What else there is to say.
    """

    kind: str
    name: str
    conditions: tuple[tuple[str, str], ...]
    rows: int
    flagged: int
    expected: float
    lift: float
    low: float
    high: float
    q_value: float
    row_ids: tuple[str, ...] = ()
    note: str = ""

    @property
    def of_labels(self) -> bool:
        """Whether it tells how labels change over time, which says nothing about errors."""
        return self.kind == "time" and self.name.startswith(LABELS_CHANGE)


@dataclass(frozen=True)
class ReliabilityBin:
    """Judged rows whose most probable class has a probability in [low, high).

    Attributes
    ----------
    low, high : float
        In [0, 1]; the last bin includes 1.
    rows : int
    confidence : float
        Mean out-of-fold probability of the most probable class, in [0, 1].
    agreed : float
        Share of the rows whose given label is that class, in [0, 1].
    """

    low: float
    high: float
    rows: int
    confidence: float
    agreed: float
