"""The findings of a run, and the notices that they make superfluous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.doctor.examine import examine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from labelaudit.config import Settings
    from labelaudit.types import Dataset, Finding, Notice


_SAYS_TOO = {
    "unnamed-index": ("unnamed-column",),
    "gives-label-away": ("nearly-perfect",),
    "renames-label": ("nearly-perfect",),
    "group-leak": ("maybe-group",),
    "id-column-learned-from": ("maybe-group",),
}
"""Notices that a finding of another code makes superfluous."""


def examine_for(
    data: Dataset, settings: Settings, *, learning: bool = True, today: dt.date | None = None
) -> tuple[Finding, ...]:
    """Examine data as a run with these settings would use it.

    Parameters
    ----------
    data : Dataset
    settings : Settings
    learning : bool
        False where evidence is given and no model is fitted; probabilities named in
        `settings` tell that themselves.
    today : date, optional
        See `labelaudit.data.doctor.examine.examine`.

    Returns
    -------
    tuple of Finding
        The gravest first.
    """
    learning = learning and settings.pred_probs is None
    return examine(data, folds=settings.folds, learning=learning, today=today)


def unsaid(notices: Iterable[Notice], findings: Iterable[Finding]) -> tuple[Notice, ...]:
    """Leave out the notices that a finding says with its rows and its remedy.

    Parameters
    ----------
    notices : iterable of Notice
    findings : iterable of Finding

    Returns
    -------
    tuple of Notice
    """
    codes = {finding.code for finding in findings}
    for code in tuple(codes):
        codes.update(_SAYS_TOO.get(code, ()))
    return tuple(notice for notice in notices if notice.code not in codes)
