"""The baseline: labels that people looked at and let stand, in a file kept in git.

An entry speaks of one row with one label. It holds until the label or the content of the
row changes, or its time is up; then it is stale, and says so.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.audit.tables import label_text
from labelaudit.config import Settings
from labelaudit.data.csv_records import long_cells
from labelaudit.errors import InputError, SettingError, did_you_mean
from labelaudit.types import Dataset, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Audit, BoolArray, IntArray, Label, Schema

RIGHT, KNOWN = "right", "known"
"""The decisions: the label is right, and is not flagged; the issue is known, and is shown."""

NO_BASELINE = "none"
"""What the setting `baseline` says where no file is meant."""

GONE, CONTENT_CHANGED, LABEL_CHANGED, EXPIRED = (
    "row gone",
    "content changed",
    "label changed",
    "expired",
)
"""Why an entry is stale."""

_FINGERPRINT = re.compile(r"[0-9a-f]{16}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAYS = re.compile(r"([1-9]\d{0,4})\s*d(?:ays?)?", re.ASCII | re.IGNORECASE)
_CONFLICT = re.compile(r"(?:<{7}|>{7})(?:\s|$)")
_FROM_GIT = "give the file back its last good state from git"


@dataclass(frozen=True)
class Accepted:
    """One entry: a person let a label stand.

    Attributes
    ----------
    fingerprint : str
        Content hash of the row without its id and label, 16 hexadecimal digits.
    row_id : str
        Its id; empty where the data has no id column, and the entry then speaks of every
        row of that content and label.
    label : str
        The label it speaks of, as text.
    decision : str
        ``"right"``: the label is not flagged again. ``"known"``: it still is, and a gate
        that looks at new issues only does not count it.
    who, why : str
        May be empty.
    when : str
        ISO date.
    expires : str
        ISO date of the last day that it holds; empty for never.
    """

    fingerprint: str
    row_id: str
    label: str
    decision: str
    who: str
    when: str
    why: str
    expires: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What it speaks of; only one entry may."""
        return self.fingerprint, self.label, self.row_id

    @property
    def told(self) -> str:
        """How a message names it."""
        return f"{self.row_id or self.fingerprint} labelled {self.label!r}"


COLUMNS = tuple(item.name for item in fields(Accepted))
"""The columns of the file, in order."""


@dataclass(frozen=True)
class Matched:
    """What a baseline means for some rows.

    Attributes
    ----------
    right, known : ndarray of bool, shape (n,)
        Rows whose label is on record as right, and as a known issue.
    stale : tuple of (Accepted, str)
        Entries that hold for no row any more, each with the reason.
    """

    right: BoolArray
    known: BoolArray
    stale: tuple[tuple[Accepted, str], ...] = ()


@dataclass(frozen=True)
class Baseline:
    """The entries, and what is needed to go by them.

    Attributes
    ----------
    entries : tuple of Accepted
    today : date
        What decides which of them have expired.
    name : str
        The file, for messages.
    """

    entries: tuple[Accepted, ...]
    today: date
    name: str = field(default=Settings.baseline)


def load_baseline(setting: str, *, today: date) -> Baseline | None:
    """Read the baseline that a setting names.

    Parameters
    ----------
    setting : str
        A path, or ``"none"``.
    today : date

    Returns
    -------
    Baseline or None
        None for ``"none"``, and where the file is the default one and absent.

    Raises
    ------
    InputError
        When another file than the default one is absent, or a file cannot be used.
    """
    path = baseline_path(setting)
    if path is None or (setting == Settings.baseline and not path.exists()):
        return None
    return Baseline(read_baseline(path), today, setting)


def baseline_path(setting: str) -> Path | None:
    """Give the file that a setting names, or None where it says that there is none."""
    return None if setting.strip().casefold() == NO_BASELINE else Path(setting)


def accept(
    row_id: str,
    fingerprint: int,
    label: Label,
    schema: Schema,
    *,
    decision: str,
    who: str,
    when: date,
    why: str,
    expires: str = "",
) -> Accepted:
    """Make an entry for a row.

    Parameters
    ----------
    row_id : str
    fingerprint : int
        In [0, 2**64).
    label : Label
        The given one.
    schema : Schema
        Of the data; the row id is recorded where there is an id column only.
    decision, who, why, expires : str
        As in `Accepted`; `who` and `why` are put on one line.
    when : date

    Returns
    -------
    Accepted
    """
    return Accepted(
        fingerprint=f"{fingerprint:016x}",
        row_id="" if schema.one(Role.ID) is None else row_id,
        label=label_text(label),
        decision=decision,
        who=_one_line(who),
        when=when.isoformat(),
        why=_one_line(why),
        expires=expires,
    )


def parse_expiry(text: str, *, today: date, where: str = "--expires") -> str:
    """Read how long an entry is to hold.

    Parameters
    ----------
    text : str
        ``"90d"``, or a date as ``"2027-01-31"``.
    today : date
    where : str
        For the error.

    Returns
    -------
    str
        ISO date of the last day.

    Raises
    ------
    SettingError
        When it is neither, or the date has passed.
    """
    days = _DAYS.fullmatch(text.strip())
    last = None
    if days is not None:
        try:
            last = today + timedelta(days=int(days[1]))
        except OverflowError:
            last = None
    elif _is_date(text.strip()):
        last = date.fromisoformat(text.strip())
    if last is None:
        raise SettingError(
            f"{text!r} is no time to expire",
            where=where,
            hint="give a number of days such as 90d, or the last day such as 2027-01-31",
        )
    if last < today:
        raise SettingError(f"{last} has passed", where=where, hint="give a day to come")
    return last.isoformat()


def read_baseline(path: Path) -> tuple[Accepted, ...]:
    """Read a baseline file.

    Parameters
    ----------
    path : Path
        CSV: UTF-8, commas, a header, the columns of `COLUMNS` in any order. A byte order
        mark and other line endings are understood.

    Returns
    -------
    tuple of Accepted
        Sorted by fingerprint, label and row id. Of two entries that say the same of one
        row, as merging branches leaves them, the newer one.

    Raises
    ------
    InputError
        When it is missing or cannot be used, naming the line.
    """
    text = _text_of(path)
    for number, written in enumerate(text.split("\n"), start=1):
        if _CONFLICT.match(written):
            raise InputError(
                "the baseline holds the marks of a merge that was not finished",
                where=f"{path}:{number}",
                hint="keep the lines of both sides, and remove those that git put in",
            )
    found: dict[tuple[str, str, str], tuple[Accepted, int]] = {}
    for entry, line in _entries_of(text, path):
        earlier, place = found.get(entry.key, (entry, line))
        if earlier.decision != entry.decision:
            raise InputError(
                f"{entry.told} is {entry.decision}, and {earlier.decision} in line {place}",
                where=f"{path}:{line}",
                hint="keep one of the two lines",
            )
        if _age(entry) >= _age(earlier):
            found[entry.key] = entry, line
    return tuple(sorted((entry for entry, _ in found.values()), key=lambda one: one.key))


def match_baseline(
    entries: Sequence[Accepted],
    *,
    row_id: NDArray[np.object_],
    fingerprint: NDArray[np.uint64],
    given: IntArray,
    classes: Sequence[Label],
    today: date,
) -> Matched:
    """Find the rows that entries speak of.

    Parameters
    ----------
    entries : sequence of Accepted
    row_id : ndarray of str, shape (n,), dtype object
        Of an id column, or made from the content; which of the two is seen by them. With
        an id column an entry speaks of the row of its id, else of all rows of its content.
    fingerprint : ndarray of uint64, shape (n,)
    given : ndarray of int32, shape (n,)
        Index into `classes`; -1 where the label is missing.
    classes : sequence of Label, length K
    today : date

    Returns
    -------
    Matched
        The order of the rows has no say.
    """
    import numpy as np

    marks = {decision: np.zeros(len(fingerprint), dtype=bool) for decision in (RIGHT, KNOWN)}
    finder = _Finder(entries, row_id, fingerprint, given, classes)
    stale = []
    for entry in entries:
        found = finder.find(entry)
        if not isinstance(found, str) and entry.expires and entry.expires < today.isoformat():
            found = EXPIRED
        if isinstance(found, str):
            stale.append((entry, found))
        else:
            marks[entry.decision][found] = True
    return Matched(marks[RIGHT], marks[KNOWN] & ~marks[RIGHT], tuple(stale))


def match_rows(baseline: Baseline, rows: Dataset | Audit) -> Matched:
    """Find the rows of a table, or of a run, that a baseline speaks of.

    Parameters
    ----------
    baseline : Baseline
    rows : Dataset or Audit

    Returns
    -------
    Matched
        As `match_baseline`.
    """
    return match_baseline(
        baseline.entries,
        row_id=rows.row_id,
        fingerprint=rows.fingerprint,
        given=rows.y if isinstance(rows, Dataset) else rows.given,
        classes=rows.classes,
        today=baseline.today,
    )


class _Finder:
    """Finds the rows of entries, reading the data once."""

    def __init__(
        self,
        entries: Sequence[Accepted],
        row_id: NDArray[np.object_],
        fingerprint: NDArray[np.uint64],
        given: IntArray,
        classes: Sequence[Label],
    ) -> None:
        import numpy as np

        texts = [label_text(label) for label in classes]
        self._given, self._texts, self._fingerprint = given, texts, fingerprint
        self._has_ids = bool(len(row_id)) and not str(row_id[0]).startswith(
            f"{int(fingerprint[0]):016x}#"
        )
        wanted_ids = {entry.row_id for entry in entries if entry.row_id} if self._has_ids else set()
        self._place = {
            str(one): row
            for row, one in enumerate(row_id.tolist() if wanted_ids else ())
            if str(one) in wanted_ids
        }
        contents = {int(entry.fingerprint, 16) for entry in entries if not self._by_id(entry)}
        rows = np.flatnonzero(np.isin(fingerprint, np.array(sorted(contents), dtype=np.uint64)))
        self._alike: dict[int, dict[str | None, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row, content, code in zip(
            rows.tolist(), fingerprint[rows].tolist(), given[rows].tolist(), strict=True
        ):
            self._alike[content][texts[code] if code >= 0 else None].append(row)

    def find(self, entry: Accepted) -> list[int] | str:
        """Give the rows an entry speaks of, or why there are none."""
        content = int(entry.fingerprint, 16)
        if not self._by_id(entry):
            alike = self._alike.get(content)
            return GONE if alike is None else alike.get(entry.label, LABEL_CHANGED)
        row = self._place.get(entry.row_id)
        if row is None:
            return GONE
        if int(self._fingerprint[row]) != content:
            return CONTENT_CHANGED
        code = int(self._given[row])
        return [row] if code >= 0 and self._texts[code] == entry.label else LABEL_CHANGED

    def _by_id(self, entry: Accepted) -> bool:
        return self._has_ids and bool(entry.row_id)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            "there is no such baseline file",
            where=str(path),
            hint="name it with --baseline, or go without by --baseline none",
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"the baseline is not UTF-8 (byte {error.start})",
            where=str(path),
            hint=f"save it as UTF-8, or {_FROM_GIT}",
        ) from None
    except OSError as error:
        raise InputError(
            f"the baseline cannot be read: {error.strerror or error}", where=str(path)
        ) from None


def _entries_of(text: str, path: Path) -> Iterator[tuple[Accepted, int]]:
    with long_cells():
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        line = 1
        header: list[str] | None = None
        try:
            for cells in reader:
                if cells and header is None:
                    header = _header(cells, f"{path}:{line}")
                elif cells:
                    named = dict(_paired(header or [], cells, f"{path}:{line}"))
                    yield _entry(named, path, line), line
                line = reader.line_num + 1
        except csv.Error as error:
            raise InputError(
                f"not valid CSV: {error}", where=f"{path}:{line}", hint=_FROM_GIT
            ) from None
        if header is None:
            raise InputError(
                "the baseline is empty", where=str(path), hint=f"delete it, or {_FROM_GIT}"
            )


def _header(cells: Sequence[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    lacking = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if lacking:
        raise InputError(
            f"the baseline lacks the columns {', '.join(lacking)}",
            where=where,
            hint=f"its columns are {','.join(COLUMNS)}, with commas between them",
        )
    if unknown or len(names) > len(COLUMNS):
        named = ", ".join(map(repr, unknown)) or "one twice"
        raise InputError(
            f"the baseline has columns that it should not have: {named}",
            where=where,
            hint="take them out; remarks belong into `why`",
        )
    return names


def _paired(header: Sequence[str], cells: Sequence[str], where: str) -> Iterable[tuple[str, str]]:
    if len(cells) != len(header):
        raise InputError(
            f"{len(cells)} cells where the header has {len(header)}", where=where, hint=_FROM_GIT
        )
    return zip(header, cells, strict=True)


def _entry(cells: Mapping[str, str], path: Path, line: int) -> Accepted:
    fingerprint = cells["fingerprint"].strip().casefold()
    decision = cells["decision"].strip().casefold()
    days = {name: cells[name].strip() for name in ("when", "expires")}
    fault = hint = ""
    if not _FINGERPRINT.fullmatch(fingerprint):
        fault = f"{cells['fingerprint']!r} is no fingerprint of 16 hexadecimal digits"
        hint = f"spreadsheets turn them into numbers: {_FROM_GIT}"
    elif decision not in (RIGHT, KNOWN):
        fault = f"there is no decision {cells['decision']!r}"
        hint = did_you_mean(decision, (RIGHT, KNOWN)) or f"it is {RIGHT} or {KNOWN}"
    elif not cells["label"]:
        fault, hint = "the label is missing", "an entry names the label that it lets stand"
    else:
        for name, day in days.items():
            if not _is_date(day) and (day or name == "when"):
                fault, hint = f"{day!r} in {name} is no date", "write it as 2027-01-31"
    if fault:
        raise InputError(fault, where=f"{path}:{line}", hint=hint)
    return Accepted(**{**cells, **days, "fingerprint": fingerprint, "decision": decision})


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _age(entry: Accepted) -> tuple[str, ...]:
    """Order entries for one row by time; where that is equal the order of lines has no say."""
    return entry.when, entry.expires, entry.who, entry.why


def _one_line(text: str) -> str:
    # A name from the system may hold what is no text.
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
