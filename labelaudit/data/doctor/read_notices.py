"""What reading brought to light and belongs among the findings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from labelaudit.data.doctor.telling import finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.data.doctor.view import View
    from labelaudit.types import Finding

_GRAVE = frozenset({"mixed-encoding"})
_NO_COLUMN = {"mixed-encoding": ()}


def reading_findings(view: View, found: Sequence[Finding]) -> list[Finding]:
    """Make findings of the notices of reading that are about the data.

    Parameters
    ----------
    view : View
    found : sequence of Finding
        So far.

    Returns
    -------
    list of Finding
        Of the codes ``unnamed-index``, ``unnamed-column`` and ``mixed-encoding``.
    """
    told = {notice.code: notice for notice in view.data.notices}
    if "unnamed-index" in told:
        # The reader sees a nameless column; that it counts the rows says more.
        told.pop("unnamed-column", None)
    first = view.data.schema.columns[:1]
    known = {one.code for one in found}
    return [
        replace(
            finding(
                code,
                _sentence(told[code].message),
                _sentence(told[code].hint),
                columns=_NO_COLUMN.get(code, [column.name for column in first]),
                grave=code in _GRAVE,
            ),
            count=1,
        )
        for code in ("unnamed-index", "unnamed-column", "mixed-encoding")
        if code in told and code not in known
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
