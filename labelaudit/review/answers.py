"""What a filled queue says, row by row, as text; nothing of it is believed yet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from labelaudit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


SHOWN_LABELS = ("given_label", "suggested_label")
"""What a queue shows of a row's labels; an answer holds for these and no others."""


class Form(StrEnum):
    """The kind of file a queue is."""

    TABLE = "table"
    LABEL_STUDIO = "label-studio"
    ARGILLA = "argilla"


@dataclass(frozen=True)
class Answer:
    """What one reviewer says of one row.

    Attributes
    ----------
    row_id, decision, new_label, reviewer, note : str
        Empty where nothing is said.
    place : str
        Where in the file, as ``"row 5"`` (as a spreadsheet numbers it) or ``"task 12"``.
    fault : str
        Why it cannot be used, where that shows without knowing the run.
    given_label, suggested_label : str
        What the file says that the row had and was to get; empty where it does not say.
    """

    row_id: str
    decision: str
    new_label: str
    reviewer: str
    note: str
    place: str
    fault: str = ""
    given_label: str = ""
    suggested_label: str = ""


@dataclass(frozen=True)
class Filled:
    """A queue as it came back.

    Attributes
    ----------
    path : Path
    form : Form
    answers : tuple of Answer
        In the order of the file.
    runs : tuple of str
        The runs that it says it was made from, sorted.
    """

    path: Path
    form: Form
    answers: tuple[Answer, ...]
    runs: tuple[str, ...]


def run_of(filled: Iterable[Filled]) -> str | None:
    """Tell which run queues were made from.

    Parameters
    ----------
    filled : iterable of Filled

    Returns
    -------
    str or None
        None where none of them says.

    Raises
    ------
    InputError
        When they name several runs.
    """
    named: dict[str, Path] = {}
    for one in filled:
        for run in one.runs:
            named.setdefault(run, one.path)
    if len(named) > 1:
        raise InputError(
            "the decisions are about several runs",
            where="; ".join(f"{run} in {path}" for run, path in sorted(named.items())),
            hint="apply each queue by itself, or name the run they are about with --run",
        )
    return next(iter(named), None)


def display_names(filled: Sequence[Filled]) -> list[str]:
    """Give each file a name to tell places apart by; none where there is one file only.

    Parameters
    ----------
    filled : sequence of Filled

    Returns
    -------
    list of str
        In the same order: the file's name, or its path where names are the same.
    """
    if len(filled) == 1:
        return [""]
    names = [one.path.name for one in filled]
    return [
        str(one.path) if names.count(name) > 1 else name
        for one, name in zip(filled, names, strict=True)
    ]
