"""Find the row that somebody means: by its id, by its rank, or by its place in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labelaudit.errors import InputError, did_you_mean
from labelaudit.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.types import Audit

_RANK = re.compile(r"#([0-9]+)", re.ASCII)
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_COMPARED = 20_000


def find_row(audit: Audit, text: str) -> tuple[int, str]:
    """Find a row of a run.

    Parameters
    ----------
    audit : Audit
    text : str
        A row id; where there is none of that name, ``#12`` for the issue of that rank or
        a number for the 0-based place in the file.

    Returns
    -------
    row : int
        0-based position in the run.
    taken : str
        What the text was taken for, where it is not an id; else empty.

    Raises
    ------
    InputError
        When there is no such row.
    """
    found = [row for row, row_id in enumerate(audit.row_id) if row_id == text]
    if found:
        return found[0], ""
    rank = _RANK.fullmatch(text)
    if rank:
        at = int(rank[1])
        if not 1 <= at <= len(audit.issues):
            issues = counted(len(audit.issues), "issue")
            raise InputError(
                f"there is no issue of rank {at}: the run has {issues}",
                hint="ranks begin with #1; `labelaudit report` lists them",
            )
        return audit.issues[at - 1].row, f"the issue of rank {at}"
    if _NUMBER.fullmatch(text):
        at = int(text)
        if at < len(audit.row_id):
            return at, f"row number {at}, counted from 0, since no row has the id {text!r}"
        raise InputError(
            f"no row has the id {text!r}, and there are only {counted(len(audit.row_id), 'row')}",
            hint="give a row id, '#1' for the first issue, or a row number from 0 on",
        )
    raise InputError(
        f"there is no row {text!r}",
        hint=_close(audit, text)
        or "give a row id, '#1' for the first issue, or a row number from 0 on",
    )


def _close(audit: Audit, text: str) -> str | None:
    ids: Sequence[str] = [str(row_id) for row_id in audit.row_id]
    if len(ids) > _COMPARED:
        # Comparing every id of a large file takes longer than anyone waits for a hint.
        start = text[:2].casefold()
        ids = [row_id for row_id in ids if row_id[:2].casefold() == start][:_COMPARED]
    return did_you_mean(text, ids)
