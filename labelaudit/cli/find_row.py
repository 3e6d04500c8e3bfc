"""Find the row that somebody means: by its id, by its rank, or by its place in the file."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.cards_kept import issue_of
from labelaudit.errors import InputError, did_you_mean
from labelaudit.report.wording import count, counted

if TYPE_CHECKING:
    from collections.abc import Sequence, Sized

    from labelaudit.types import Audit, Issue

ID, ROW = "id:", "row:"
"""What a row is named with where a bare name could mean another one, too."""

_RANK = re.compile(r"#([0-9]{1,18})", re.ASCII)
# Thousands may be parted, as reports for people print them.
_NUMBER = re.compile(r"[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5}", re.ASCII)
_COMPARED = 20_000
_WAYS = "give a row id, '#1' for the first issue, or a row number from 0 on, such as 'row:17'"


@dataclass(frozen=True)
class FoundRow:
    """The row that a text names, and what the text could have named instead.

    Attributes
    ----------
    row : int
        0-based position in the run.
    taken : str
        What the text was taken for, where it is not an id; else empty.
    other : str
        Where an id could mean another row, too: which one, and the command that shows it.
    """

    row: int
    taken: str = ""
    other: str = ""


def find_row(audit: Audit, text: str, *, more: Sequence[str] = ()) -> FoundRow:
    """Find a row of a run.

    Parameters
    ----------
    audit : Audit
    text : str
        A row id; where there is none of that name, ``#12`` for the issue of that rank or
        a number for the 0-based place in the file. ``id:`` and ``row:`` before an id or a
        number say which of them is meant; they go before an id that begins so.
    more : sequence of str
        What else the user wrote after the row, for the commands that are told.

    Returns
    -------
    FoundRow

    Raises
    ------
    InputError
        When there is no such row.
    """
    rows = {str(row_id): row for row, row_id in enumerate(audit.row_id)}
    meant = rows.get(text.removeprefix(ID)) if text.startswith(ID) else None
    if meant is not None:
        return FoundRow(meant)
    at = _row_number(text.removeprefix(ROW), rows)
    if text.startswith(ROW) and at is not None:
        return FoundRow(at, _by_place(at))
    if text in rows:
        own = rows[text]
        beside = _beside(audit, text, own, rows)
        if beside is None:
            return FoundRow(own)
        command = shlex.join(["labelaudit", "explain", beside[1], *more])
        return FoundRow(own, other=f"id {text} is row {count(own)}; {beside[0]}: {command}")
    issue, at = _issue(audit, text), _row_number(text, rows)
    if issue is not None:
        return FoundRow(issue.row, f"the issue of rank {issue.rank}")
    if at is not None:
        return FoundRow(at, f"{_by_place(at)}, since no row has the id {text!r}")
    raise _not_there(audit, text)


def _issue(audit: Audit, text: str) -> Issue | None:
    rank = _RANK.fullmatch(text)
    at = int(rank[1]) if rank else 0
    return audit.issues[at - 1] if 1 <= at <= len(audit.issues) else None


def _number(text: str) -> int | None:
    return int(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def _row_number(text: str, rows: Sized) -> int | None:
    at = _number(text)
    return at if at is not None and at < len(rows) else None


def _by_place(row: int) -> str:
    return f"row number {row}, counted from 0"


def _beside(audit: Audit, text: str, own: int, rows: Sized) -> tuple[str, str] | None:
    """Name the other row that an id could mean, in words and without doubt."""
    issue, at = _issue(audit, text), _row_number(text, rows)
    if at is not None and at != own:
        rank = issue_of(audit, at)
        told = "" if rank is None else f", issue {rank.rank}"
        return f"row number {at} (id {audit.row_id[at]}{told})", f"{ROW}{at}"
    if issue is not None and issue.row != own:
        return f"the issue of rank {issue.rank} (id {issue.row_id})", f"{ID}{issue.row_id}"
    return None


def _not_there(audit: Audit, text: str) -> InputError:
    rank, rows = _RANK.fullmatch(text), counted(len(audit.row_id), "row")
    if rank:
        return InputError(
            f"there is no issue of rank {int(rank[1])}: the run has "
            f"{counted(len(audit.issues), 'issue')}",
            hint="ranks begin with #1; `labelaudit report` lists them",
        )
    if text.startswith(ROW) and _number(text.removeprefix(ROW)) is not None:
        return InputError(
            f"there is no row number {_number(text.removeprefix(ROW))}: the run has {rows}",
            hint="row numbers begin with 0",
        )
    if text.startswith(ID):
        wanted = text.removeprefix(ID)
        return InputError(f"no row has the id {wanted!r}", hint=_close(audit, wanted) or _WAYS)
    if _number(text) is not None:
        return InputError(f"no row has the id {text!r}, and there are only {rows}", hint=_WAYS)
    return InputError(f"there is no row {text!r}", hint=_close(audit, text) or _WAYS)


def _close(audit: Audit, text: str) -> str | None:
    ids: Sequence[str] = [str(row_id) for row_id in audit.row_id]
    if len(ids) > _COMPARED:
        # Comparing every id of a large file takes longer than anyone waits for a hint.
        start = text[:2].casefold()
        ids = [row_id for row_id in ids if row_id[:2].casefold() == start][:_COMPARED]
    return did_you_mean(text, ids)
