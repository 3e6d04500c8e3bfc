"""How `labelaudit lint` shows what it found, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labelaudit.data.rules.check_file import line_numbers
from labelaudit.data.rules.rule import Allowed, OneSpelling, Spelling
from labelaudit.data.rules.wording import cell, label_of, message, reason, spellings
from labelaudit.errors import did_you_mean
from labelaudit.report.wording import arrow, clean, counted, show_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.data.rules.check import Broken, Checked
    from labelaudit.data.rules.check_file import CheckedFile
    from labelaudit.data.rules.rule import Rule, Rules

SCHEMA_VERSION = 1


def as_lines(one: CheckedFile, limit: int) -> bytes:
    """Write a line for each broken rule, and below it one for each of its first rows.

    Parameters
    ----------
    one : CheckedFile
    limit : int
        Rows of each rule.

    Returns
    -------
    bytes
        UTF-8. No character of the data acts on a terminal.
    """
    path = clean(one.source.path)
    lines_of = line_numbers(one.source, _shown_rows(one, limit))
    lines = []
    for broken in one.checked.broken:
        lines.append(f"{path}: {clean(_headline(broken))}")
        for row in broken.rows[:limit].tolist():
            place = f"{path}:{lines_of[row]}" if row in lines_of else f"{path} row {row}"
            lines.append("  " + "  ".join([place, *_cells(one, broken.rule, row)]))
        more = len(broken.rows) - limit
        if more > 0:
            lines.append(f"  and {counted(more, 'row')} more; --limit {len(broken.rows)} lists all")
    return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")


def as_json_bytes(files: Sequence[CheckedFile], rules: Rules, limit: int | None) -> bytes:
    """Write everything found as JSON.

    Parameters
    ----------
    files : sequence of CheckedFile
    rules : Rules
    limit : int or None
        Rows of each rule; None for all of them.

    Returns
    -------
    bytes
        ASCII. `row` counts data rows from 0, `line` lines from 1.
    """
    answer = {
        "schema_version": SCHEMA_VERSION,
        "rules": rules.where,
        "kept": not any(one.checked.broken for one in files),
        "files": [_plain_file(one, limit) for one in files],
    }
    return (json.dumps(answer, indent=2) + "\n").encode()


def _plain_file(one: CheckedFile, limit: int | None) -> dict[str, Any]:
    lines = line_numbers(one.source, _shown_rows(one, limit))
    return {
        "path": one.source.path,
        "rows": one.n_rows,
        "label": one.labels.column,
        "rows_broken": one.checked.n_broken_rows,
        "broken": [_plain_rule(one, broken, lines, limit) for broken in one.checked.broken],
    }


def _plain_rule(
    one: CheckedFile, broken: Broken, lines: dict[int, int], limit: int | None
) -> dict[str, Any]:
    rule, checked = broken.rule, one.checked
    return {
        "rule": rule.name,
        "kind": rule.kind,
        "message": message(broken),
        "because": rule.because or None,
        "count": len(broken.rows),
        "rows": [
            {
                "row": row,
                "line": lines.get(row),
                "row_id": None if one.id is None else checked.columns.column(one.id).show(row),
                "label": label_of(checked, row) if checked.given[row] >= 0 else None,
                "suggested": _suggested(checked, rule, row),
                "cells": {name: cell(checked, name, row) for name in rule.columns},
                "reason": reason(checked, broken, row),
            }
            for row in broken.rows[:limit].tolist()
        ],
    }


def _shown_rows(one: CheckedFile, limit: int | None) -> set[int]:
    return {row for broken in one.checked.broken for row in broken.rows[:limit].tolist()}


def _headline(broken: Broken) -> str:
    because = f" ({broken.rule.because})" if broken.rule.because else ""
    rows = "" if broken.no_column else f"{counted(len(broken.rows), 'row')}: "
    return f"{broken.rule.name}: {rows}{message(broken)}{because}"


def _cells(one: CheckedFile, rule: Rule, row: int) -> list[str]:
    """Give what a person needs to see of a row to agree that it breaks the rule."""
    checked = one.checked
    shown = []
    if one.id is not None:
        shown.append(f"{clean(one.id)} {clean(cell(checked, one.id, row))}")
    if isinstance(rule, Spelling | OneSpelling):
        shown.append(arrow(*spellings(checked, row)))
    elif rule.about_labels:
        given = show_label(label_of(checked, row))
        suggested = _suggested(checked, rule, row)
        shown.append(given if suggested is None else arrow(given, show_label(suggested)))
        if suggested is None and isinstance(rule, Allowed):
            shown.append(clean(did_you_mean(label_of(checked, row), rule.allowed) or ""))
    shown.extend(f"{clean(name)} = {clean(cell(checked, name, row))}" for name in rule.columns)
    return [text for text in shown if text]


def _suggested(checked: Checked, rule: Rule, row: int) -> str | None:
    code = int(checked.suggested[row])
    return checked.names[code] if rule.about_labels and code >= 0 else None
