"""What stands in each section of the page, ready for the templates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.plain import to_plain
from labelaudit.report.beside import HEADER, MEANING, finding_place, pattern_rows
from labelaudit.report.findings import context, doubtful, sentences, unmeasured
from labelaudit.report.glossary import NOT_IDENTIFIABLE
from labelaudit.report.rows import (
    class_rows,
    measured_rows,
    model_rows,
    noise_rows,
    pair_rows,
    round_rows,
)
from labelaudit.report.verified import verified_rows
from labelaudit.report.wording import clean, count, counted, percent_range
from labelaudit.types import Role

if TYPE_CHECKING:
    from labelaudit.report import Kept
    from labelaudit.report.rows import Rows
    from labelaudit.types import Audit

MAX_PATTERNS = 50
MAX_FINDINGS = 100

_MINUTES = len("12:00")
_LONGEST = 2000
"""Characters of a setting, which may be a whole file of rules."""


@dataclass(frozen=True)
class Told:
    """A finding or a notice, ready to be shown."""

    code: str
    message: str
    remedy: str
    place: str = ""
    number: str = ""
    grave: bool = False


@dataclass(frozen=True)
class PatternView:
    """A pattern, ready to be shown; `cells` as `pattern_rows` gives them.

    `of_labels` where it tells how labels change over time, which says nothing about errors.
    """

    number: int
    cells: tuple[str, ...]
    note: str
    ranks: tuple[int, ...]
    of_labels: bool = False


def verdict(audit: Audit) -> tuple[str, list[str]]:
    """Say what was found in one sentence with its interval, and what stands below it.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    tuple of str and list of str
    """
    first, *rest = map(clean, sentences(audit))
    summary = audit.summary
    if summary.flagged == 0 and not summary.blind:
        rate = percent_range(summary.flagged_rate.low, summary.flagged_rate.high)
        first = f"{first.rstrip('.')} (95 % interval of the flagged share: {rate})."
    # Why nothing was measured stands in the section on what the run can see.
    below = [clean(line) for line in context(audit) if line != unmeasured(audit)]
    return first, [*([" ".join(rest)] if rest else []), *below]


def facts(audit: Audit) -> list[str]:
    """Give the size of the data in a few words."""
    classes = len(audit.classes)
    return [
        counted(audit.summary.rows, "row"),
        f"{count(classes)} {'class' if classes == 1 else 'classes'}",
        f"{count(audit.summary.judged)} judged",
    ]


def made(kept: Kept | None) -> str:
    """Tell when the run was made; empty where it is not kept."""
    day, _, time = ("" if kept is None else clean(kept.created)).partition("T")
    return f"{day} {time[:_MINUTES]} UTC" if time else ""


def findings(audit: Audit) -> tuple[list[Told], int]:
    """Give what to put right first, and how much of it is left out."""
    told = [
        Told(
            clean(one.code),
            clean(one.message),
            clean(one.remedy),
            finding_place(one),
            count(one.count),
            one.grave,
        )
        for one in audit.findings[:MAX_FINDINGS]
    ]
    return told, len(audit.findings) - len(told)


def warnings(audit: Audit) -> list[Told]:
    """Give the warnings of the run."""
    return [Told(clean(one.code), clean(one.message), clean(one.hint)) for one in audit.notices]


def sight(audit: Audit) -> tuple[list[str], list[Rows]]:
    """Give sentences and tables of what the run can and cannot see."""
    summary = audit.summary
    said = []
    if summary.blind:
        said.append(
            "A blind run finds no errors and rules none out: nothing on this page is a reason to "
            "change a label or to trust one."
        )
    elif unmeasured(audit):
        said.append(unmeasured(audit))
    if doubtful(summary):
        said.append(NOT_IDENTIFIABLE)
    tables = [rows(audit) for rows in (verified_rows, measured_rows, noise_rows)]
    return said, [table for table in tables if table.rows]


def patterns(audit: Audit, ranks: dict[str, int]) -> tuple[list[PatternView], int]:
    """Give the patterns, and how many are left out.

    Parameters
    ----------
    audit : Audit
    ranks : dict of str to int
        Row id to rank, of the issues that stand in the page.

    Returns
    -------
    tuple of list of PatternView and int
    """
    table = pattern_rows(audit, MAX_PATTERNS)
    views = [
        PatternView(
            number,
            cells,
            clean(pattern.note),
            ()
            if pattern.of_labels
            else tuple(sorted(ranks[one] for one in pattern.row_ids if one in ranks)),
            pattern.of_labels,
        )
        for number, (cells, pattern) in enumerate(zip(table.rows, audit.patterns, strict=False))
    ]
    return views, table.hidden


PATTERN_CAPTION = MEANING
PATTERN_HEADER = HEADER


def tables(audit: Audit) -> list[Rows]:
    """Give the small tables that stand beside the pictures."""
    every = [rows(audit) for rows in (class_rows, pair_rows, round_rows, model_rows)]
    return [table for table in every if table.rows]


def making(audit: Audit) -> list[tuple[str, str]]:
    """Tell how the run was made, for whoever wants to repeat it."""
    versions = ", ".join(f"{name} {audit.versions[name]}" for name in sorted(audit.versions))
    settings = to_plain(audit.settings, exact=True)
    left_alone = [name for name, value in settings.items() if value is None or value in ([], {})]
    chosen = {name: value for name, value in settings.items() if name not in left_alone}
    told = [
        ("source", f"{audit.source.path} ({count(audit.source.size)} bytes)"),
        ("SHA-256", audit.source.sha256),
        *_columns(audit),
        *((f"setting {_option(name)}", _written(value)) for name, value in chosen.items()),
        ("settings not given", ", ".join(map(_option, left_alone))),
        ("versions", versions),
    ]
    return [(clean(name), clean(_cut(value))) for name, value in told if value]


def _columns(audit: Audit) -> list[tuple[str, str]]:
    """Name the columns by what they were used for, in the order of the roles."""
    names = [(role, audit.schema.names(role)) for role in Role]
    return [
        (f"{role.value} {'column' if len(found) == 1 else 'columns'}", ", ".join(found))
        for role, found in names
        if found
    ]


def _option(name: str) -> str:
    return name.replace("_", "-")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
