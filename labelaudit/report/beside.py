"""What is told beside the issues: what is the matter with the data, and patterns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelaudit.report.rows import Rows
from labelaudit.report.wording import NONE, clean, count, figure

if TYPE_CHECKING:
    from labelaudit.types import Audit, Finding, Pattern

MAX_FINDINGS = 10
MAX_PATTERNS = 5
"""Told where there is little room."""

KINDS = {"pair": "classes", "slice": "slice", "time": "period", "group": "alike"}
"""What a report calls each kind of pattern."""

HEADER = ("pattern", "kind", "flagged", "expected", "lift", "95 % interval", "q")
MEANING = (
    "expected: how many would be flagged if these rows were like the rest. lift: their flagged "
    "rate against that of the rest, with its 95 % interval. q: share of false alarms among "
    "patterns at least this telling."
)


def finding_place(finding: Finding) -> str:
    """Say which columns and rows a finding is about.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
        Such as ``"column source; rows 3, 17, 20 and 9 more"``; empty where it names none.
    """
    parts = []
    if finding.columns:
        noun = "column" if len(finding.columns) == 1 else "columns"
        parts.append(f"{noun} {', '.join(map(clean, finding.columns))}")
    if finding.rows:
        more = finding.count - len(finding.rows)
        noun = "row" if len(finding.rows) == 1 and more <= 0 else "rows"
        listed = ", ".join(map(str, finding.rows))
        parts.append(f"{noun} {listed}" + (f" and {count(more)} more" if more > 0 else ""))
    return "; ".join(parts)


def pattern_rows(audit: Audit, most: int | None = None) -> Rows:
    """Give the patterns as a small table, the most telling first.

    Parameters
    ----------
    audit : Audit
    most : int or None
        How many; None for all.

    Returns
    -------
    Rows
        None of a blind run.
    """
    patterns = () if audit.summary.blind else audit.patterns
    shown = patterns[:most]
    return Rows(
        title="Patterns: issues that belong together",
        header=HEADER,
        rows=tuple(map(_pattern_row, shown)),
        names=2,
        optional=("q", "95 % interval", "expected"),
        hidden=len(patterns) - len(shown),
        caption=MEANING,
        folds=True,
    )


def _pattern_row(pattern: Pattern) -> tuple[str, ...]:
    return (
        clean(pattern.name),
        KINDS.get(pattern.kind, clean(pattern.kind)),
        f"{count(pattern.flagged)} of {count(pattern.rows)}",
        figure(pattern.expected),
        times(pattern.lift),
        times_range(pattern.low, pattern.high),
        q_value(pattern.q_value),
    )


def times(value: float) -> str:
    """Write a lift as ``3.1x``; a dash where it is unknown or without bound."""
    return f"{value:.1f}x" if math.isfinite(value) else NONE


def times_range(low: float, high: float) -> str:
    """Write the interval of a lift; ``from 2.1x`` where it has no upper end."""
    if not math.isfinite(low):
        return NONE
    return f"{low:.1f}\u2013{high:.1f}x" if math.isfinite(high) else f"from {low:.1f}x"


def q_value(value: float) -> str:
    """Write a q-value as ``0.013``, never as 0 when it is not."""
    if math.isnan(value):
        return NONE
    return "<0.001" if 0 <= value < 0.0005 else f"{value:.3f}"  # noqa: PLR2004
