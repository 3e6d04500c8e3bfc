"""Rules and tables to hold them against, and the same check done plainly, row by row."""

from __future__ import annotations

import math
import re

import pyarrow as pa

from labelaudit.data.labels import label_values
from labelaudit.data.rules.check import GivenLabels, check
from labelaudit.data.rules.keys import label_text
from labelaudit.data.rules.parse import parse_rules
from labelaudit.data.rules.spelling import fold


def parsed(**tables):
    return parse_rules({key.replace("_", "-"): value for key, value in tables.items()}, "r.toml")


def given_labels(table, column="label"):
    found = label_values(table.column(column), column, where="t")
    return GivenLabels(found.y, tuple(map(label_text, found.classes)), column)


def checked(columns, **tables):
    """Check columns of values against rules; give the rows that break each, by its name."""
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    found = check(parsed(**tables), table, given_labels(table))
    rows = {}
    for one in found.broken:
        rows.setdefault(one.rule.name, []).extend(one.rows.tolist())
    return rows


def suggestions(columns, **tables):
    table = pa.table(columns)
    found = check(parsed(**tables), table, given_labels(table))
    return [found.names[code] if code >= 0 else None for code in found.suggested]


# What follows is the specification, as plainly as it can be written.


def number(cell):
    if isinstance(cell, str):
        plain = re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", cell.strip())
        return float(cell) if plain and math.isfinite(float(cell)) else None
    return None if cell is None or not math.isfinite(cell) else float(cell)


def text(cell):
    return cell if isinstance(cell, str) else "" if is_empty(cell) else label_text(cell)


def is_empty(cell):
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def equals(cell, wanted):
    if isinstance(wanted, bool):
        return text(cell).strip().lower() == str(wanted).lower()
    if isinstance(wanted, str):
        return text(cell).strip() == wanted.strip()
    return number(cell) == wanted


PASSES = {
    "equals": equals,
    "one-of": lambda cell, wanted: any(equals(cell, one) for one in wanted),
    "contains": lambda cell, wanted: wanted in text(cell),
    "matches": lambda cell, wanted: re.search(wanted, text(cell)) is not None,
    "below": lambda cell, bound: number(cell) is not None and number(cell) < bound,
    "at-most": lambda cell, bound: number(cell) is not None and number(cell) <= bound,
    "above": lambda cell, bound: number(cell) is not None and number(cell) > bound,
    "at-least": lambda cell, bound: number(cell) is not None and number(cell) >= bound,
}


def holds(condition, row):
    cell = row[condition["column"]]
    if "empty" in condition:
        return is_empty(cell) == condition["empty"]
    if is_empty(cell):
        return False
    passed = all(PASSES[key](cell, value) for key, value in condition.items() if key in PASSES)
    return passed != condition.get("not", False)


def breaks(kind, rule, label, row, *, allowed=()):  # noqa: PLR0911 - one return a kind
    """Tell whether a row with this label breaks a rule; None is no label."""
    if kind == "range":
        cell = row[rule["column"]]
        value = number(cell)
        inside = value is not None and rule["min"] <= value <= rule["max"]
        return not is_empty(cell) and not inside
    if kind == "required":
        return is_empty(row[rule])
    if label is None:
        return False
    if kind == "allowed":
        return label not in allowed
    if kind == "hierarchy":
        parent = text(row[rule["column"]]).strip()
        homes = [name for name, labels in rule["parents"].items() if label in labels]
        if not parent:
            return False
        return parent not in homes if parent in rule["parents"] else bool(homes)
    met = all(holds(one, row) for one in rule["when"])
    return met and (label in rule["label"]) == (kind == "forbid")


def meant(labels, tables):
    """Give what each label of the rows means: by the table, else the rules' or commonest."""
    named = set(tables.get("allowed", ())) | set(tables.get("spelling", {}).values())
    for rule in (*tables.get("forbid", ()), *tables.get("demand", ())):
        named |= set(rule["label"])
    for rule in tables.get("hierarchy", ()):
        named |= {label for children in rule["parents"].values() for label in children}
    by_table = tables.get("spelling", {})
    there = [one for one in labels if one is not None and one not in by_table]
    found = []
    for label in labels:
        if label is None or label in by_table or not tables.get("one-spelling"):
            found.append(by_table.get(label, label))
            continue
        agreed = [one for one in named if fold(one) == fold(label)]
        twins = sorted({one for one in there if fold(one) == fold(label)})
        found.append(agreed[0] if agreed else max(twins, key=there.count))
    return found


def plainly(table, tables):
    """Check row by row; give the rows that break each rule, by the name of the rule."""
    rows = table.to_pylist()
    codes = given_labels(table)
    labels = [codes.names[code] if code >= 0 else None for code in codes.codes]
    meanings = meant(labels, tables)
    broken = {}

    def note(name, found):
        if found:
            broken.setdefault(name, []).extend(found)

    def those(kind, rule):
        return [
            number
            for number, row in enumerate(rows)
            if breaks(kind, rule, meanings[number], row, allowed=tables.get("allowed", ()))
        ]

    changed = [n for n in range(len(rows)) if labels[n] != meanings[n]]
    by_table = tables.get("spelling", {})
    if "allowed" in tables:
        note("allowed", those("allowed", None))
    note("spelling", [n for n in changed if labels[n] in by_table])
    note("one-spelling", [n for n in changed if labels[n] not in by_table])
    for kind in ("forbid", "demand", "hierarchy", "range"):
        for place, rule in enumerate(tables.get(kind, ()), 1):
            note(f"{kind}-{place}", those(kind, rule))
    for column in tables.get("required", ()):
        note("required", those("required", column))
    return broken
