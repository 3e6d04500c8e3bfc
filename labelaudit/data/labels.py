"""Find the label column and turn its values into classes."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from labelaudit.data import cells
from labelaudit.errors import InputError
from labelaudit.types import Label, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import IntArray

LABEL_NAMES = (
    "label",
    "labels",
    "given_label",
    "noisy_label",
    "target",
    "targets",
    "class",
    "class_label",
    "class_name",
    "y",
    "category",
    "sentiment",
    "intent",
    "outcome",
)
"""Names that a label column is recognised by, first come first; case does not matter."""

_WEAK_NAMES = frozenset({"category", "sentiment", "intent", "outcome"})
"""Found beside a label column, these are as likely features of it."""

_SECOND_LABEL = re.compile(
    r"(?:y|label|target|class|prediction)[_\-. ]?(?:true|pred|gold|clean|noisy|given|original)"
    r"|(?:ground|gold)[_\-. ]?(?:truth|standard|label)|gold|prediction|predicted"
    r"|(?:true|gold|clean|correct|noisy|given|original|majority|final|weak|pred|predicted)"
    r"[_\-. ]?(?:labels?|class|target|y|answer|value)"
    r"|.+[_\-. ]labels?|labels?[_\-. ].+"
    r"|(?:n|num)[_\-. ](?:votes|annotations|annotators|raters|labels)"
    r"|.*votes?(?:[_\-. ].+)?|annotators?(?:[_\-. ].+)?|annotations?"
)
_COUNT_OF_CLASS = re.compile(
    r"(?:n|num|count|votes?|prob|proba|p|pred|score)[_\-. ](?P<name>.+)"
    r"|(?P<suffixed>.+)[_\-. ](?:votes?|count|prob|proba|score)"
)
_SHORTEST_TELLING_CLASS = 3

MOST_FRACTIONAL_CLASSES = 20
MOST_CLASSES_UNQUESTIONED = 50
_MOST_DISTINCT_SHARE = 0.5
NOT_AVAILABLE = frozenset({"na", "n/a", "none", "null", "nan", "<na>", "#n/a", "?"})
_WHOLE_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.0*)?", re.ASCII)
_MOST_NAMED = 5
_MOST_PROPOSED = 10
_MOST_CLASSES_PROPOSED = 200


@dataclass(frozen=True)
class EncodedLabels:
    """The label column as classes.

    Attributes
    ----------
    y : ndarray of int32, shape (n,)
        Index into `classes`; -1 where missing.
    classes : tuple of Label, length K
        Sorted.
    notices : tuple of Notice
    """

    y: IntArray
    classes: tuple[Label, ...]
    notices: tuple[Notice, ...]


def find_label(table: pa.Table, *, where: str, taken: Iterable[str] = ()) -> str:
    """Find the label column by its name.

    Parameters
    ----------
    table : pyarrow.Table
    where : str
        What to call the table in an error.
    taken : iterable of str
        Columns that the user gave another part.

    Returns
    -------
    str

    Raises
    ------
    InputError
        When no column has such a name; it lists those that could be meant.
    """
    kept = [name for name in table.column_names if name not in set(taken)]
    named = _by_priority(kept)
    for name in named:
        if may_be_label(table.column(name)):
            return name
    clear = [name for name in named if name.strip().casefold() != "y"]
    if clear:
        return clear[0]
    raise InputError(
        "no column is named like a label",
        where=where,
        hint=_proposal([name for name in kept if _could_be_meant(table.column(name))], kept),
    )


def _proposal(candidates: list[str], names: list[str]) -> str:
    if not candidates:
        return f"name it with --label NAME; the columns are: {_listed(names)}"
    likely = sorted(candidates, key=lambda name: not looks_like_second_label(name))
    return f"name it with --label NAME; it could be: {_listed(likely)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_MOST_PROPOSED]) + (", …" if len(names) > _MOST_PROPOSED else "")


def _by_priority(names: list[str]) -> list[str]:
    folded = [(name.strip().casefold(), name) for name in names]
    return [name for wanted in LABEL_NAMES for fold, name in folded if fold == wanted]


def may_be_label(column: pa.ChunkedArray) -> bool:
    """Tell whether a column's values can be classes.

    Parameters
    ----------
    column : pyarrow.ChunkedArray

    Returns
    -------
    bool
        False for many distinct fractions, nearly distinct values, dates, lists, and a
        column whose type says that it holds nothing.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = cells.plain(column)
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_temporal(kind) or _is_binary(kind):
        return False
    if pa.types.is_null(kind):
        return False
    distinct = pc.count_distinct(column, mode="only_valid").as_py()
    if _too_many(distinct, len(column) - column.null_count):
        return False
    if distinct <= MOST_FRACTIONAL_CLASSES:
        return True
    values = [value for value in pc.unique(column).to_pylist() if not _is_missing(value, ())]
    fractions = [isinstance(value, float) and not value.is_integer() for value in _typed(values)]
    return sum(fractions) <= MOST_FRACTIONAL_CLASSES


def _could_be_meant(column: pa.ChunkedArray) -> bool:
    """Tell whether to propose a column for the label: few values, no fractions."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = cells.plain(column)
    if pa.types.is_floating(column.type) or not may_be_label(column):
        return False
    values = [v for v in pc.unique(column).to_pylist() if not _is_missing(v, ())]
    few = 1 < len(values) <= _MOST_CLASSES_PROPOSED
    return few and not any(isinstance(v, float) and not v.is_integer() for v in _typed(values))


def _is_binary(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def looks_like_second_label(name: str, classes: Sequence[Label] = ()) -> bool:
    """Tell by its name whether a column holds another label, or counts votes for one.

    Parameters
    ----------
    name : str
    classes : sequence of Label
        Of the label column: ``n_spam`` counts votes where ``spam`` is a class.

    Returns
    -------
    bool
    """
    folded = name.strip().casefold()
    if folded in LABEL_NAMES:
        return folded not in _WEAK_NAMES
    if _SECOND_LABEL.fullmatch(folded):
        return True
    match = _COUNT_OF_CLASS.fullmatch(folded)
    if match is None:
        return False
    told = match["name"] or match["suffixed"]
    return len(told) >= _SHORTEST_TELLING_CLASS and any(
        told == str(value).strip().casefold() for value in classes
    )


def encode_labels(
    column: pa.ChunkedArray, name: str, *, where: str, missing: Sequence[str] = ()
) -> EncodedLabels:
    """Turn the label column into classes.

    Text is kept to the letter, except that a column of whole numbers without leading
    zeros, or of numbers, becomes numbers.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, length n
    name : str
        Of the column, for messages.
    where : str
        What to call the table in an error.
    missing : sequence of str
        Values that stand for no label, beside null, NaN and blank text.

    Returns
    -------
    EncodedLabels

    Raises
    ------
    InputError
        When the column holds dates, lists, fractions like a regression target, nearly
        distinct values like an identifier, no label at all or one class only.
    """
    return _encode(*_taken_apart(column, name, where), name, where, missing)


def label_values(
    column: pa.ChunkedArray, name: str, *, where: str, missing: Sequence[str] = ()
) -> EncodedLabels:
    """Turn the label column into classes like `encode_labels`, and ask nothing of them.

    Parameters
    ----------
    column, name, where, missing
        As for `encode_labels`.

    Returns
    -------
    EncodedLabels
        Of any number of classes, without notices.

    Raises
    ------
    InputError
        When the column holds dates or lists.
    """
    distinct, codes = _taken_apart(column, name, where)
    classes, lookup = _classes(distinct, [not _is_missing(value, missing) for value in distinct])
    return EncodedLabels(y=lookup[codes], classes=classes, notices=())


def _taken_apart(column: pa.ChunkedArray, name: str, where: str) -> tuple[list[Any], NDArray[Any]]:
    """Give the distinct values, None the last of them, and which one each row has."""
    import pyarrow as pa

    column = cells.plain(column)
    _refuse_what_is_no_class(column.type, name, where)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    encoded = column.combine_chunks().dictionary_encode()
    codes = cells.as_numpy(encoded.indices.fill_null(len(encoded.dictionary)))
    return [*encoded.dictionary.to_pylist(), None], codes


def encode_objects(
    values: Sequence[object], name: str, *, where: str, missing: Sequence[str] = ()
) -> EncodedLabels:
    """Turn Python values of mixed types into classes; see `encode_labels`.

    Parameters
    ----------
    values : sequence of object, length n
    name, where, missing
        As for `encode_labels`.

    Returns
    -------
    EncodedLabels
        Classes sorted by (name of type, value) where types are mixed.

    Raises
    ------
    InputError
        As `encode_labels`.
    """
    import numpy as np

    distinct: dict[tuple[str, object], int] = {}
    codes = np.empty(len(values), dtype=np.int64)
    kept: list[object] = []
    for row, given in enumerate(values):
        value = _plain_python(given, name, where)
        key = (type(value).__name__, "nan" if _is_missing(value, ()) else value)
        if key not in distinct:
            distinct[key] = len(kept)
            kept.append(value)
        codes[row] = distinct[key]
    return _encode(kept, codes, name, where, missing)


def _plain_python(value: object, name: str, where: str) -> object:
    import numpy as np

    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, int, float)):
        return value
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    what = "dates" if isinstance(value, (dt.date, dt.time)) else type(value).__name__
    raise _no_class(name, where, what)


def _no_class(name: str, where: str, what: str) -> InputError:
    return InputError(
        f"the label column {name!r} holds {what}, not classes",
        where=where,
        hint="name another column with --label",
    )


def _refuse_what_is_no_class(kind: pa.DataType, name: str, where: str) -> None:
    import pyarrow as pa

    if pa.types.is_temporal(kind):
        raise _no_class(name, where, "dates or times")
    if cells.is_list(kind):
        raise _no_class(name, where, "lists")
    if pa.types.is_nested(kind) or _is_binary(kind):
        raise _no_class(name, where, str(kind))


def _encode(
    distinct: list[Any],
    codes: NDArray[Any],
    name: str,
    where: str,
    missing: Sequence[str],
) -> EncodedLabels:
    """Map distinct values, then rows."""
    import numpy as np

    held = [not _is_missing(value, missing) for value in distinct]
    rows = int(np.isin(codes, np.flatnonzero(held)).sum())
    classes, lookup = _classes(distinct, held)
    _refuse_unusable(classes, rows, name, where)
    _refuse_infinite(distinct, held, codes, name, where)
    y = lookup[codes]
    notices = (*_missing_notice(len(y), rows), *_spelling_notice(classes), *_na_notice(classes))
    return EncodedLabels(y=y, classes=classes, notices=notices)


def _classes(distinct: list[Any], held: list[bool]) -> tuple[tuple[Label, ...], IntArray]:
    """Give the classes of those values that are labels, and the class of each value."""
    import numpy as np

    typed = _typed([value for value, kept in zip(distinct, held, strict=True) if kept])
    classes = _sorted_classes(typed)
    position = {_key(value): index for index, value in enumerate(classes)}
    lookup = np.full(len(distinct), -1, dtype=np.int32)
    lookup[np.flatnonzero(held)] = [position[_key(value)] for value in typed]
    return classes, lookup


def _is_missing(value: object, missing: Sequence[str]) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    if isinstance(value, str) and not value.strip():
        return True
    return str(value) in missing or _whole(value) in missing


def _whole(value: object) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(cast("float", value))) if is_whole else str(value)


def _typed(values: list[Any]) -> list[Label]:
    """Give the classes their type: numbers where all are numbers."""
    if values and all(isinstance(value, str) for value in values):
        if all(_WHOLE_NUMBER.fullmatch(value) for value in values):
            return [int(value.partition(".")[0]) for value in values]
        coded = any(cells.is_zero_led(value) for value in values)
        if not coded and all(cells.PLAIN_NUMBER.fullmatch(value) for value in values):
            return [float(value) for value in values]
    if values and all(isinstance(value, float) and value.is_integer() for value in values):
        return [int(value) for value in values]
    return values


def _key(value: Label) -> tuple[str, Label]:
    return type(value).__name__, value


def _sorted_classes(values: list[Label]) -> tuple[Label, ...]:
    kinds = {type(value) for value in values}
    distinct = list({_key(value): value for value in values}.values())
    if len(kinds) == 1 or kinds <= {int, float}:
        return tuple(sorted(distinct, key=lambda value: cast("Any", value)))
    return tuple(sorted(distinct, key=lambda value: cast("Any", _key(value))))


def _too_many(distinct: int, rows: int) -> bool:
    return distinct > MOST_CLASSES_UNQUESTIONED and distinct > _MOST_DISTINCT_SHARE * rows


def _refuse_unusable(classes: tuple[Label, ...], rows: int, name: str, where: str) -> None:
    if not classes:
        raise InputError(
            f"all labels are missing in column {name!r}",
            where=where,
            hint="name another column with --label",
        )
    if len(classes) == 1:
        raise InputError(
            f"the label column {name!r} holds a single class, {classes[0]!r}",
            where=where,
            hint="label errors can be told only between two classes or more; "
            "name another column with --label",
        )
    fractions = [v for v in classes if isinstance(v, float) and not v.is_integer()]
    if fractions and len(classes) > MOST_FRACTIONAL_CLASSES:
        raise InputError(
            f"the label column {name!r} looks like a regression target: "
            f"{len(classes)} distinct numbers such as {fractions[0]!r}",
            where=where,
            hint="labelaudit checks classes; bin the numbers, or name another column with --label",
        )
    if _too_many(len(classes), rows):
        raise InputError(
            f"the label column {name!r} looks like an identifier: "
            f"{len(classes)} distinct values in {rows} rows",
            where=where,
            hint="name another column with --label",
        )


def _refuse_infinite(
    distinct: list[Any], held: list[bool], codes: NDArray[Any], name: str, where: str
) -> None:
    import numpy as np

    typed = iter(_typed([value for value, kept in zip(distinct, held, strict=True) if kept]))
    values = [next(typed) if kept else None for kept in held]
    infinite = [isinstance(value, float) and math.isinf(value) for value in values]
    rows = np.flatnonzero(np.isin(codes, np.flatnonzero(infinite)))
    if not rows.size:
        return
    shown = distinct[codes[rows[0]]]
    raise InputError(
        f"the label column {name!r} holds an infinite number, the first in data row {rows[0] + 1}",
        where=where,
        hint=f"correct it, or set such rows aside with --missing-label={shown}",
    )


def _missing_notice(rows: int, labelled: int) -> tuple[Notice, ...]:
    lacking = rows - labelled
    if not lacking:
        return ()
    have = "row has" if lacking == 1 else "rows have"
    return (
        Notice("missing-labels", f"{lacking} of {rows} {have} no label and will be set aside."),
    )


def _spelling_notice(classes: tuple[Label, ...]) -> tuple[Notice, ...]:
    alike: dict[str, list[str]] = {}
    for value in classes:
        if isinstance(value, str):
            alike.setdefault(" ".join(value.casefold().split()), []).append(value)
    groups = [group for group in alike.values() if len(group) > 1]
    if not groups:
        return ()
    listed = "; ".join(" and ".join(map(repr, group)) for group in groups[:_MOST_NAMED])
    more = f"; and {len(groups) - _MOST_NAMED} more" if len(groups) > _MOST_NAMED else ""
    return (
        Notice(
            "label-spelling",
            f"Classes differ in case or white space only: {listed}{more}.",
            "Unless that is meant, spell them alike and run again.",
        ),
    )


def _na_notice(classes: tuple[Label, ...]) -> tuple[Notice, ...]:
    named = [v for v in classes if isinstance(v, str) and v.strip().casefold() in NOT_AVAILABLE]
    if not named:
        return ()
    flags = " ".join(f"--missing-label {value}" for value in named)
    return (
        Notice(
            "label-na",
            f"{', '.join(map(repr, named))} is taken for a class, as written in the file.",
            f"If it stands for no label, say so: {flags}.",
        ),
    )
