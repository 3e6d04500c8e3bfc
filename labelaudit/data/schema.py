"""Decide what each column of a table is: by the user's word, its name, or its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from labelaudit.data import cells, column_kinds, labels, splits
from labelaudit.data.identity import may_name_rows
from labelaudit.errors import InputError, SettingError, did_you_mean
from labelaudit.types import FEATURE_ROLES, Column, Notice, Role, Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from labelaudit.types import Label

ID_NAMES = (
    "id",
    "row_id",
    "rowid",
    "uid",
    "uuid",
    "guid",
    "example_id",
    "sample_id",
    "item_id",
    "record_id",
    "index",
)
"""Names that an id column is recognised by, first come first; case does not matter."""

NO_ID = "none"
"""What stands for "identify rows by their content" in place of the id column's name."""

WEIGHT_COLUMN = "sample_weight"
SOFT_LABEL_PREFIX = "label_prob_"
"""What the columns are called that fixing adds: weights, and soft labels by class."""

WRITTEN_BY_US = "written by labelaudit"

_UNNAMED = re.compile(r"|Unnamed: 0(?:\.\d+)?|__index_level_0__")
_GLOB = re.compile(r"[*?\[]")
_MOST_REASONS = 12
_NAMELESS = "index without a name"


@dataclass(frozen=True)
class SchemaChoices:
    """What the user says about columns.

    Attributes
    ----------
    label : str or None
        None finds it by its name.
    id : str or None
        None finds it by its name; ``"none"`` identifies rows by their content.
    text, features, exclude, embedding : tuple of str
        Names, or patterns such as ``emb_*``. With `features`, only these are learned from,
        and those of `text` and `embedding`.
    group, split, time : str or None
    weight_column : str
        What labelaudit calls its column of weights.
    missing_label : tuple of str
        Values that stand for no label, beside null, NaN and blank text.
    need_features : bool, default True
        False where probabilities are given and no model is to learn.
    """

    label: str | None = None
    id: str | None = None
    text: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    embedding: tuple[str, ...] = ()
    group: str | None = None
    split: str | None = None
    time: str | None = None
    weight_column: str = WEIGHT_COLUMN
    missing_label: tuple[str, ...] = ()
    need_features: bool = True


@dataclass(frozen=True)
class Assignment:
    """The parts that are given out before any cell is looked at.

    Attributes
    ----------
    label : str
    id : str or None
    index : str or None
        A nameless first column that only counts the rows. Whatever the user makes of it,
        it is no content of a row.
    own : frozenset of str
        Columns that labelaudit adds when it fixes a file. They are no content either.
    asked : dict of str to Column
        What the user named, but for plain features.
    features : frozenset of str
        What the user named with --features; empty when everything may be one.
    no_id : str
        The first column that is named like an id and cannot name rows; empty for none.
    """

    label: str
    id: str | None
    index: str | None
    own: frozenset[str]
    asked: dict[str, Column]
    features: frozenset[str]
    no_id: str = ""


def assign(table: pa.Table, choices: SchemaChoices, *, where: str) -> Assignment:
    """Find the columns that have a part of their own.

    Parameters
    ----------
    table : pyarrow.Table
    choices : SchemaChoices
    where : str
        What to call the table in an error.

    Returns
    -------
    Assignment

    Raises
    ------
    InputError
        When no column is named like a label.
    SettingError
        When a choice names a column that is not there, or one column twice.
    """
    names = table.column_names
    asked = _asked(choices, names)
    features = frozenset(_matching(choices.features, names, "--features")[0])
    _refuse_contradicted_features(features, asked, choices)
    label = choices.label or labels.find_label(table, where=where, taken=[*asked, *features])
    identity, no_id = _find_id(table, choices, [n for n in names if n != label and n not in asked])
    if identity in features:
        identity = None
    # Fingerprints must not depend on choices, so the user's word has no say in this.
    index = names[0] if names[0] not in {label, identity} and _counts_rows(table) else None
    own = frozenset(
        name
        for name in names
        if name not in {label, identity}
        and (name == choices.weight_column or name.startswith(SOFT_LABEL_PREFIX))
    )
    return Assignment(
        label=label,
        id=identity,
        index=index,
        own=own,
        asked=asked,
        features=features,
        no_id="" if no_id in features else no_id,
    )


def resolve(
    table: pa.Table,
    assigned: Assignment,
    choices: SchemaChoices,
    classes: Sequence[Label],
    *,
    where: str,
) -> tuple[Schema, tuple[Notice, ...]]:
    """Decide what every column is.

    Parameters
    ----------
    table : pyarrow.Table
    assigned : Assignment
    choices : SchemaChoices
    classes : sequence of Label
        Of the label column: columns that count votes for them are no features.
    where : str
        What to call the table in an error.

    Returns
    -------
    schema : Schema
    notices : tuple of Notice

    Raises
    ------
    InputError
        When no feature column is left and one is needed.
    """
    sample = sampled(table)
    split = _find_split(table, assigned, choices)
    columns = {name: _given(name, table, assigned, classes, split) for name in table.column_names}
    open_names = [name for name, column in columns.items() if column is None]
    kinds = {
        name: column_kinds.infer(
            name, table.column(name), sample.column(name), asked=name in assigned.features
        )
        for name in open_names
    }
    for name, reason in column_kinds.embedding_groups(kinds).items():
        kinds[name] = column_kinds.Kind(Role.EMBEDDING, reason)
    schema = Schema(
        tuple(
            column or Column(name, kinds[name].role, kinds[name].reason)
            for name, column in columns.items()
        )
    )
    if choices.need_features and not schema.features:
        raise _no_features(schema, where)
    unknown = () if choices.split else splits.ask_about_unknown(schema, table)
    groups = () if choices.group else _group_notice(schema, assigned)
    no_id = _no_id_notice(table, assigned)
    return schema, (*_index_notice(schema), *no_id, *groups, *unknown)


def sampled(table: pa.Table) -> pa.Table:
    """Take evenly spaced rows: the same ones each time, from all parts of the file."""
    import numpy as np

    rows = table.num_rows
    if rows <= column_kinds.SAMPLE_ROWS:
        return table
    return table.take(np.linspace(0, rows - 1, column_kinds.SAMPLE_ROWS).astype(np.int64))


def _asked(choices: SchemaChoices, names: list[str]) -> dict[str, Column]:
    """Give out what the user named; a name prevails over a pattern."""
    wanted: tuple[tuple[str, Role, tuple[str, ...]], ...] = (
        ("--label", Role.LABEL, _one(choices.label)),
        ("--id", Role.ID, _one(None if choices.id == NO_ID else choices.id)),
        ("--group", Role.GROUP, _one(choices.group)),
        ("--split", Role.SPLIT, _one(choices.split)),
        ("--time", Role.TIME, _one(choices.time)),
        ("--text", Role.TEXT, choices.text),
        ("--embedding", Role.EMBEDDING, choices.embedding),
        ("--exclude", Role.IGNORED, choices.exclude),
    )
    exact: dict[str, Column] = {}
    by_pattern: dict[str, Column] = {}
    for flag, role, given in wanted:
        _, plain, patterned = _matching(given, names, flag)
        for name in plain:
            _give(exact, name, role, flag)
        for name in patterned:
            _give(by_pattern, name, role, flag)
    return {**by_pattern, **exact}


def _one(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _give(columns: dict[str, Column], name: str, role: Role, flag: str) -> None:
    before = columns.get(name)
    if before is not None and before.role != role:
        raise SettingError(
            f"column {name!r} is named with {before.reason} and with {flag}",
            where=flag,
            hint="name it with one of them",
        )
    columns[name] = Column(name, role, flag)


def _matching(
    given: tuple[str, ...], names: list[str], flag: str
) -> tuple[list[str], list[str], list[str]]:
    """Give the columns meant: all, those meant by name, those meant by pattern."""
    plain: list[str] = []
    patterned: list[str] = []
    for name in given:
        if name in names:
            plain.append(name)
            continue
        matched = [n for n in names if fnmatchcase(n, name)] if _GLOB.search(name) else []
        if not matched:
            raise SettingError(
                f"no column is named {name!r}",
                where=flag,
                hint=did_you_mean(name, names) or f"the columns are: {', '.join(names[:20])}",
            )
        patterned += matched
    return plain + patterned, plain, patterned


def _refuse_contradicted_features(
    features: frozenset[str], asked: dict[str, Column], choices: SchemaChoices
) -> None:
    for name in choices.features:
        column = asked.get(name) if name in features else None
        if column is not None and column.role not in FEATURE_ROLES:
            raise SettingError(
                f"column {name!r} is named with {column.reason} and with --features",
                where="--features",
                hint="name it with one of them",
            )


def _find_id(table: pa.Table, choices: SchemaChoices, names: list[str]) -> tuple[str | None, str]:
    """Find the id column, and the first one that is only named like it."""
    if choices.id is not None:
        return None if choices.id == NO_ID else choices.id, ""
    folded = [(name.strip().casefold(), name) for name in names]
    found = [name for wanted in ID_NAMES for fold, name in folded if fold == wanted]
    passed_over = ""
    for name in found:
        if may_name_rows(table.column(name)):
            return name, passed_over
        passed_over = passed_over or name
    return None, passed_over


def _counts_rows(table: pa.Table) -> bool:
    """Tell whether the first column is a nameless index of distinct whole numbers."""
    import numpy as np
    import pyarrow as pa

    if not _UNNAMED.fullmatch(table.column_names[0]):
        return False
    column = cells.plain(table.column(0))
    if not (cells.is_text(column.type) or pa.types.is_integer(column.type)):
        return False
    values = cells.numbers(column)
    if np.isnan(values).any() or (values != np.floor(values)).any():
        return False
    return bool(np.unique(values).size == len(values))


def _given(  # noqa: PLR0911 - one return a part
    name: str,
    table: pa.Table,
    assigned: Assignment,
    classes: Sequence[Label],
    split: str | None,
) -> Column | None:
    """Give the column its part where no cell has to be looked at for it."""
    if name == assigned.label:
        return assigned.asked.get(name) or Column(name, Role.LABEL, "name")
    if name in assigned.asked and assigned.asked[name].reason != "--label":
        return assigned.asked[name]
    if name == assigned.id:
        return Column(name, Role.ID, "name")
    if name in assigned.features:
        return None
    if name == assigned.index or name in assigned.own:
        return _no_content(name, assigned)
    if name == split:
        return Column(name, Role.SPLIT, "name")
    if assigned.features:
        return Column(name, Role.IGNORED, "not in --features")
    if reason := splits.why_no_feature(name, table.column(name)):
        return Column(name, Role.IGNORED, reason)
    if labels.looks_like_second_label(name, classes) and _is_no_measurement(name, table):
        return Column(name, Role.IGNORED, "looks like another label")
    return None


def _no_content(name: str, assigned: Assignment) -> Column:
    if name == assigned.index:
        return Column(name, Role.IDENTIFIER, _NAMELESS)
    return Column(name, Role.IGNORED, WRITTEN_BY_US)


def _is_no_measurement(name: str, table: pa.Table) -> bool:
    """Tell a second label `y` from the coordinate `y`: lists of votes, counts or classes."""
    column = table.column(name)
    short_name = name.strip().casefold() in labels.LABEL_NAMES
    return not short_name or labels.may_be_label(column)


def _find_split(table: pa.Table, assigned: Assignment, choices: SchemaChoices) -> str | None:
    if choices.split is not None:
        return None
    taken = {assigned.label, assigned.id, assigned.index, *assigned.asked, *assigned.features}
    return splits.find_split(table, [name for name in table.column_names if name not in taken])


def _index_notice(schema: Schema) -> tuple[Notice, ...]:
    if all(column.reason != _NAMELESS for column in schema.columns):
        return ()
    return (
        Notice(
            "unnamed-index",
            "The first column has no name and only counts the rows; it is not learned from.",
            "Write tables without their index (in pandas: index=False).",
        ),
    )


def _no_id_notice(table: pa.Table, assigned: Assignment) -> tuple[Notice, ...]:
    if not assigned.no_id:
        return ()
    kind = table.schema.field(assigned.no_id).type
    used = "by their content" if assigned.id is None else f"by column {assigned.id!r}"
    return (
        Notice(
            "no-id",
            f"{assigned.no_id!r} is named like an id, but holds {kind}, which cannot name rows: "
            f"they are known {used}.",
            "Write it as text to have rows known by it.",
        ),
    )


def _group_notice(schema: Schema, assigned: Assignment) -> tuple[Notice, ...]:
    repeated = [
        name
        for name in schema.names(Role.NUMERIC, Role.CATEGORICAL)
        if column_kinds.names_an_id(name) and name not in assigned.features
    ]
    if not repeated:
        return ()
    named, first = ", ".join(repr(name) for name in repeated[:_MOST_REASONS]), repeated[0]
    return (
        Notice(
            "maybe-group",
            f"{named} is named like an id, repeats over rows and is learned from.",
            f"Keep equal values in one fold with --group {first}, or leave it out with --exclude.",
        ),
    )


def _no_features(schema: Schema, where: str) -> InputError:
    left = [column for column in schema.columns if column.role != Role.LABEL]
    reasons = ", ".join(f"{c.name} ({c.role}: {c.reason})" for c in left[:_MOST_REASONS])
    more = f", and {len(left) - _MOST_REASONS} more" if len(left) > _MOST_REASONS else ""
    return InputError(
        "there is no feature column to learn from"
        + (f"; left out: {reasons}{more}" if left else ": the label is the only column"),
        where=where,
        hint="name columns to learn from with --features or --text"
        if left
        else "add the columns that the label was given for",
    )
