"""Which rows a pattern is about, and how the gate names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.conditions import FLAGGED, Condition
from labelaudit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Audit, Pattern


def rows_of_pattern(audit: Audit, pattern: Pattern) -> NDArray[np.int64]:
    """Give the flagged rows of a pattern.

    Parameters
    ----------
    audit : Audit
        n rows.
    pattern : Pattern
        One of its own.

    Returns
    -------
    ndarray of int64
        Positions in [0, n), the most suspicious first; ids that are not in the run are
        left out.
    """
    import numpy as np

    wanted = set(pattern.row_ids)
    rows = audit.order[[row_id in wanted for row_id in audit.row_id[audit.order].tolist()]]
    return np.asarray(rows, dtype=np.int64)


def ids_of_patterns(audit: Audit, numbers: Iterable[int]) -> frozenset[str]:
    """Give the ids of the flagged rows of patterns.

    Parameters
    ----------
    audit : Audit
    numbers : iterable of int
        Of patterns as a run lists them, from 1.

    Returns
    -------
    frozenset of str

    Raises
    ------
    SettingError
        When there is no such pattern.
    """
    found: set[str] = set()
    for number in numbers:
        if not 1 <= number <= len(audit.patterns):
            raise SettingError(
                f"the run has no pattern {number}",
                where="--pattern",
                hint=f"it has {len(audit.patterns)}, counted from 1"
                if audit.patterns
                else "it has none: leave --pattern out",
            )
        found.update(audit.patterns[number - 1].row_ids)
    return frozenset(found)


def gate_condition(conditions: tuple[tuple[str, str], ...], limit: float) -> str:
    """Write the condition of the gate that a slice keeps a flagged rate.

    Parameters
    ----------
    conditions : tuple of (str, str)
        Column and value.
    limit : float
        In [0, 1].

    Returns
    -------
    str
        For ``--fail-on``.
    """
    return str(Condition(FLAGGED, limit, slices=conditions))
