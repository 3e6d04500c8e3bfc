"""What people answered about a sample: read back from spreadsheets, checked, merged."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from labelaudit.data.cells import PLAIN_NUMBER
from labelaudit.data.lookup import Lookup
from labelaudit.errors import InputError, did_you_mean
from labelaudit.measure.sample_table import SAMPLE_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from labelaudit.measure.sample import Sample, SampledRow

FIRST_ROW = 2
"""How a spreadsheet numbers the first row below the header."""

_SHOWN = 10
_SIX_DIGITS = 1e-5
_WANTED = (SAMPLE_COLUMN, "number", "row_id", "given_label", "answer", "reviewer", "note")
_AS_WRITTEN = frozenset({"row_id", "given_label", "answer"})
"""Columns whose outer spaces may count: ids and classes are taken from the data as they are."""


class Finding(StrEnum):
    """What a person found out about a label."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


WORDS: Mapping[str, Finding] = {
    **{finding.value: finding for finding in Finding},
    "ok": Finding.RIGHT,
    "yes": Finding.RIGHT,
    "correct": Finding.RIGHT,
    "no": Finding.WRONG,
    "incorrect": Finding.WRONG,
    "?": Finding.UNSURE,
}
"""The words understood in the column ``answer``, besides classes; case does not count."""


@dataclass(frozen=True)
class Answer:
    """What was answered about one row.

    Attributes
    ----------
    row_id : str
        As in the sample.
    finding : Finding
    label : str or None
        The true class of a wrong label as text, where it was given and reviewers agree.
    reviewer, note : str
        Empty when not given.
    place : str
        Where it stands, such as ``"answers.csv, row 3"``; the header is row 1.
    """

    row_id: str
    finding: Finding
    label: str | None
    reviewer: str
    note: str
    place: str


def sample_of_answers(paths: Sequence[Path]) -> str | None:
    """Tell which sample was answered.

    Parameters
    ----------
    paths : sequence of Path

    Returns
    -------
    str or None
        None where no file says.

    Raises
    ------
    InputError
        When a file cannot be read as a table, or they name several samples.
    """
    named: dict[str, str] = {}
    for path in paths:
        for place, cells in _read_cells(path):
            if cells[SAMPLE_COLUMN]:
                named.setdefault(cells[SAMPLE_COLUMN], place)
    if len(named) > 1:
        listed = ", ".join(f"{name} ({place})" for name, place in list(named.items())[:_SHOWN])
        raise InputError(
            f"these are answers about {len(named)} samples",
            where=listed,
            hint="give the files of one sample at a time",
        )
    return next(iter(named), None)


def read_answers(
    paths: Sequence[Path], sample: Sample, *, conflicts_are_unsure: bool = False
) -> dict[str, Answer]:
    """Read answers and merge those of several reviewers.

    Columns are found by name; `answer` and one of `row_id` and `number` are needed, others
    may be missing, added or moved, and rows reordered or left out.

    Parameters
    ----------
    paths : sequence of Path
        CSV of any delimiter and usual encoding, or Parquet.
    sample : Sample
        What they are about.
    conflicts_are_unsure : bool
        Whether a row that one calls right and another wrong counts as unsure, and not as a
        fault.

    Returns
    -------
    dict of str to Answer
        By row id, in the order of the sample; rows that nobody answered are absent. Who is
        unsure gives way to who is not. Where reviewers name different classes, the label is
        wrong and its class unknown.

    Raises
    ------
    InputError
        Naming the first of all the answers that cannot be used: an unknown word, row or
        class, a word that could mean two things, or one row called right and wrong.
    """
    reader = _Reader(sample)
    answers: dict[str, list[Answer]] = defaultdict(list)
    for path in paths:
        for place, cells in _read_cells(path):
            answer = reader.read(cells, place)
            if answer is not None:
                answers[answer.row_id].append(answer)
    merged = {
        row.row_id: _merge(answers[row.row_id]) for row in sample.rows if row.row_id in answers
    }
    conflicts = [(row_id, one) for row_id, one in merged.items() if isinstance(one, str)]
    if not conflicts_are_unsure:
        reader.faults.extend(f"{row_id!r}: {told}" for row_id, told in conflicts)
    if reader.faults:
        only_conflicts = not conflicts_are_unsure and len(reader.faults) == len(conflicts)
        raise _unusable(reader.faults, only_conflicts=only_conflicts)
    return {
        row_id: _unsure(answers[row_id]) if isinstance(one, str) else one
        for row_id, one in merged.items()
    }


class _FaultError(Exception):
    """What is wrong with one row of the answers; gathered, never seen outside."""


class _Reader:
    """Reads rows of a filled sample, and gathers what is wrong with them."""

    def __init__(self, sample: Sample) -> None:
        self.faults: list[str] = []
        self._sample = sample
        self._rows = Lookup((row.row_id, row) for row in sample.rows)
        self._by_number = {row.number: row for row in sample.rows}
        self._classes = Lookup((name, name) for name in sample.classes)

    def read(self, cells: Mapping[str, str], place: str) -> Answer | None:
        """Read one row; None, and perhaps a fault, where nothing is answered."""
        try:
            row = self._row(cells)
            if row is not None:
                self._check_given(row, cells["given_label"])
            if not cells["answer"].strip():
                return None
            if row is None:
                raise _FaultError(_unknown_row(cells))  # noqa: TRY301
            finding, label = self._answer(row, cells["answer"])
        except _FaultError as fault:
            self.faults.append(f"{place}: {fault}")
            return None
        return Answer(row.row_id, finding, label, cells["reviewer"], cells["note"], place)

    def _row(self, cells: Mapping[str, str]) -> SampledRow | None:
        named = cells[SAMPLE_COLUMN]
        if named and named != self._sample.id:
            raise _FaultError(f"sample {named!r}, not {self._sample.id!r}")
        found = self._rows.find(cells["row_id"]) if cells["row_id"].strip() else []
        if len(found) == 1:
            return found[0]
        numbered = self._numbered(cells["number"])
        if numbered is None:
            return None
        bare = cells["row_id"].strip()
        # A spreadsheet keeps 15 digits of a long id, and may write out 6.
        return numbered if not bare or _same_number(bare, numbered.row_id) else None

    def _numbered(self, text: str) -> SampledRow | None:
        if not PLAIN_NUMBER.fullmatch(text):
            return None
        number = float(text)
        return self._by_number.get(int(number)) if number.is_integer() else None

    def _check_given(self, row: SampledRow, text: str) -> None:
        written = self._classes.find(text) if text.strip() else []
        if written and row.given not in written:
            raise _FaultError(
                f"the given_label was changed from {row.given!r} to {text.strip()!r}; "
                "the true class belongs under answer"
            )

    def _answer(self, row: SampledRow, text: str) -> tuple[Finding, str | None]:
        word = WORDS.get(text.strip().casefold())
        classes = self._classes.find(text)
        if len(classes) > 1:
            could_be = " or ".join(map(repr, classes))
            raise _FaultError(f"the answer {text.strip()!r} could be {could_be}")
        if not classes:
            if word is None:
                raise _FaultError(_unknown_word(text.strip(), self._sample.classes))
            return word, None
        finding = Finding.RIGHT if classes[0] == row.given else Finding.WRONG
        if word not in {None, finding}:
            others = [one for one in WORDS if not self._classes.find(one)]
            raise _FaultError(
                f"the answer {text.strip()!r} is a class here, and a word for {word} as well; "
                f"use one of {', '.join(others)}"
            )
        return finding, None if finding is Finding.RIGHT else classes[0]


def ambiguous_words(sample: Sample) -> list[str]:
    """Give the words that mean a class of this data, too.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    list of str
    """
    classes = {name.strip().casefold() for name in sample.classes}
    return [word for word in WORDS if word in classes]


def _merge(answers: Sequence[Answer]) -> Answer | str:
    """Make one of all answers about a row, or say how they contradict each other."""
    sure = [one for one in answers if one.finding is not Finding.UNSURE] or list(answers)
    by_finding: dict[Finding, Answer] = {}
    for one in sure:
        by_finding.setdefault(one.finding, one)
    if len(by_finding) > 1:
        return ", but ".join(
            f"{one.finding}{_by(one.reviewer)} in {one.place}" for one in by_finding.values()
        )
    return _joined(sure, sure[0].finding)


def _unsure(answers: Sequence[Answer]) -> Answer:
    return _joined(answers, Finding.UNSURE)


def _joined(answers: Sequence[Answer], finding: Finding) -> Answer:
    labels = {one.label for one in answers if one.label is not None}
    return Answer(
        row_id=answers[0].row_id,
        finding=finding,
        label=labels.pop() if finding is Finding.WRONG and len(labels) == 1 else None,
        reviewer=_all_of(one.reviewer for one in answers),
        note=_all_of(one.note for one in answers),
        place=answers[0].place,
    )


def _all_of(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _by(reviewer: str) -> str:
    return f" by {reviewer}" if reviewer else ""


def _read_cells(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Give the cells of each row that holds any, with where it stands."""
    from labelaudit.data.read import read_table

    table = read_table(path).table
    by_name = {name.strip().casefold(): name for name in reversed(table.column_names)}
    by_name |= {name: name for name in _WANTED if name in table.column_names}
    if "answer" not in by_name or not {"row_id", "number"} & by_name.keys():
        raise InputError(
            "this is not a filled sample: it needs the columns row_id and answer",
            where=str(path),
            hint="give the file that `labelaudit sample` wrote",
        )
    columns = [
        [_as_text(value) for value in table.column(by_name[name]).to_pylist()]
        if name in by_name
        else [""] * table.num_rows
        for name in _WANTED
    ]
    return [
        (
            f"{path}, row {at}",
            {
                name: cell if name in _AS_WRITTEN else cell.strip()
                for name, cell in zip(_WANTED, row, strict=True)
            },
        )
        for at, row in enumerate(zip(*columns, strict=True), start=FIRST_ROW)
        if any(cell.strip() for cell in row)
    ]


def _as_text(value: object) -> str:
    missing = value is None or value != value  # noqa: PLR0124 - NaN alone differs from itself
    return "" if missing else str(value)


def _same_number(one: str, other: str) -> bool:
    if not (PLAIN_NUMBER.fullmatch(one) and PLAIN_NUMBER.fullmatch(other)):
        return False
    return math.isclose(float(one), float(other), rel_tol=_SIX_DIGITS)


def _unknown_row(cells: Mapping[str, str]) -> str:
    named = cells["row_id"].strip()
    return f"row_id {named!r} is not in the sample" if named else "there is no row_id"


def _unknown_word(text: str, classes: Sequence[str]) -> str:
    hint = did_you_mean(text, [*WORDS, *classes])
    told = f"the answer {text!r} is none of right, wrong and unsure, and no class"
    return f"{told}; {hint}" if hint else told


def _unusable(faults: Sequence[str], *, only_conflicts: bool) -> InputError:
    shown = list(faults[:_SHOWN])
    if len(faults) > _SHOWN:
        shown.append(f"and {len(faults) - _SHOWN} more")
    if only_conflicts:
        number = "1 row is" if len(faults) == 1 else f"{len(faults)} rows are"
        what = f"{number} called right and wrong:\n  " + "\n  ".join(shown)
        hint = "agree on them, or count them as unsure with --on-conflict unsure"
    else:
        number = "1 answer" if len(faults) == 1 else f"{len(faults)} answers"
        what = f"{number} cannot be used:\n  " + "\n  ".join(shown)
        hint = "mend them and verify again; nothing was written"
    return InputError(what, where="the header is row 1", hint=hint)
