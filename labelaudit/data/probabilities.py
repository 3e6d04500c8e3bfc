"""Read predicted probabilities that the user brings, and refuse those that mislead."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.data.read_npy import check_kind_and_shape, check_length, read_npy
from labelaudit.errors import InputError, did_you_mean
from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from labelaudit.types import FloatArray, Label

PREFIXES = ("", "pred_prob_", "pred_probs_", "probability_", "proba_", "prob_", "p_", "class_")
"""What may stand before the name of a class in the name of its column."""

ID_NAMES = ("id", "row_id", "rowid")
"""Names, in lower case, of columns that hold the ids of the rows."""

ROW_NUMBER_NAMES = ("", "index", "row", "unnamed: 0")
"""Names, in lower case, of columns that hold row numbers counted from 0, or else ids."""

_SUM_TOLERANCE = 1e-3
_ROUNDING = 1e-6
_PERCENT = 100
_SHOWN = 10


def read_pred_probs(
    path: str | os.PathLike[str],
    classes: tuple[Label, ...],
    n_rows: int,
    row_ids: NDArray[np.object_] | None = None,
) -> tuple[FloatArray, tuple[Notice, ...]]:
    """Read the probability of every class for every row.

    Columns are matched to classes by name. They are taken in the order of the sorted
    classes only where there are no names (.npy) or the names are 0 to K-1; a notice says
    so. A column of row ids puts the rows in the order of the data.

    Parameters
    ----------
    path : path-like
        CSV, Parquet, .npy, or .npz with ``pred_probs`` and perhaps ``class_names``.
        Nothing is unpickled.
    classes : tuple of Label, length K
        Sorted.
    n_rows : int
        n.
    row_ids : ndarray of str, shape (n,), optional

    Returns
    -------
    pred_probs : ndarray of float32, shape (n, K)
        In [0, 1]; rows sum to 1 to float32 precision.
    notices : tuple of Notice

    Raises
    ------
    InputError
        For a wrong number of rows or classes, unknown or missing classes or ids, and for
        values that are no probabilities; the first row at fault is named.
    """
    where = os.fspath(path)
    if _is_numpy(where):
        found = _Found(*read_npy(where, n_rows), ids={})
    else:
        found = _read_columns(where, classes)
    check_length(len(found.values), n_rows, where)
    notices, values = found.notices, found.values
    if found.names is not None:
        order, more = _column_order(found.names, classes, where)
        values, notices = values[:, order], (*notices, *more)
    else:
        _check_width(values.shape[1], classes, where)
        notices = (*notices, _by_order(classes))
    pred_probs = _validated(values, where)
    row_order, more = _row_order(found.ids, row_ids, where)
    return pred_probs if row_order is None else pred_probs[row_order], (*notices, *more)


def validate_pred_probs(
    values: ArrayLike, classes: tuple[Label, ...], n_rows: int, *, where: str = "pred_probs"
) -> FloatArray:
    """Hold an array in memory to what is asked of a file of probabilities.

    Parameters
    ----------
    values : array-like, shape (n, K)
        Columns in the order of `classes`.
    classes : tuple of Label, length K
        Sorted.
    n_rows : int
        n.
    where : str
        What to name in an error.

    Returns
    -------
    ndarray of float32, shape (n, K)
        In [0, 1]; rows sum to 1 to float32 precision. A copy.

    Raises
    ------
    InputError
        For another shape, and for values that are no probabilities.
    """
    import numpy as np

    array = np.asarray(values)
    check_kind_and_shape(array.dtype, array.shape, where)
    check_length(len(array), n_rows, where)
    _check_width(array.shape[1], classes, where)
    return _validated(array, where)


@dataclass(frozen=True)
class _Found:
    """What a file of probabilities holds, before it is matched to the data."""

    values: NDArray[Any]
    names: tuple[str, ...] | None
    ids: dict[str, list[str]]
    notices: tuple[Notice, ...] = ()


def _is_numpy(where: str) -> bool:
    return Path(where).suffix.lower() in (".npy", ".npz")


def _read_columns(where: str, classes: tuple[Label, ...]) -> _Found:
    import numpy as np

    from labelaudit.data.read import read_table

    raw = read_table(where)
    names = raw.table.column_names
    if raw.source.format == "csv" and all(_is_share(name) for name in names):
        raise InputError(
            "the file has no header line",
            where=f"{where}:1",
            hint="name the class of each column in the first line",
        )
    spelled = {name for label in classes for name in _spellings(label)}
    known = (*ID_NAMES, *ROW_NUMBER_NAMES)
    is_id = [name.strip().lower() in known and name not in spelled for name in names]
    ids = {
        name: [str(value) for value in raw.table.column(name).to_pylist()]
        for name, yes in zip(names, is_id, strict=True)
        if yes
    }
    kept = [name for name, yes in zip(names, is_id, strict=True) if not yes]
    _column_order(tuple(kept), classes, where)
    columns = [_numbers(raw.table.column(name), name, where) for name in kept]
    notices = tuple(each for each in raw.notices if each.code != "unnamed-column")
    return _Found(np.column_stack(columns), tuple(kept), ids, notices)


def _is_share(name: str) -> bool:
    try:
        return 0 <= float(name) <= 1 and "." in name
    except ValueError:
        return False


def _numbers(column: pa.ChunkedArray, name: str, where: str) -> NDArray[np.float64]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    try:
        numbers = column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"column {name!r} holds something that is no number",
            where=where,
            hint=" ".join(str(error).split())[:120],
        ) from error
    return np.asarray(numbers.to_numpy(), dtype=np.float64)


def _spellings(label: Label) -> tuple[str, ...]:
    """Give the ways a class may be written in a column name, the exact one first."""
    text = str(label)
    if isinstance(label, bool):
        return (text, text.lower(), str(int(label)))
    if isinstance(label, float) and label.is_integer():
        return (text, str(int(label)))
    return (text,)


def _column_order(
    names: tuple[str, ...], classes: tuple[Label, ...], where: str
) -> tuple[list[int], tuple[Notice, ...]]:
    """Give for each class the position of its column."""
    matches = {prefix: _by_name(names, classes, prefix) for prefix in PREFIXES}
    prefix, order = max(matches.items(), key=lambda item: (len(item[1]), -PREFIXES.index(item[0])))
    if len(order) == len(classes) == len(names):
        return [order[label] for label in range(len(classes))], ()
    if len(names) == len(classes) and _are_positions(names):
        by_number = sorted(range(len(names)), key=lambda each: int(_bare(names[each])))
        return by_number, (_by_order(classes),)
    missing = [str(classes[code]) for code in range(len(classes)) if code not in order]
    unknown = [name for place, name in enumerate(names) if place not in order.values()]
    facts = [f"no column for {name_some(missing)}"] if missing else []
    facts += [f"columns that are no class: {name_some(unknown)}"] if unknown else []
    raise InputError(
        "; ".join(facts),
        where=where,
        hint=(did_you_mean(missing[0], unknown) if missing else None)
        or f"name one column for each class, like {prefix}{classes[0]}",
    )


def _by_name(names: Sequence[str], classes: tuple[Label, ...], prefix: str) -> dict[int, int]:
    place = {name.strip(): index for index, name in enumerate(names)}
    found: dict[int, int] = {}
    for code, label in enumerate(classes):
        for spelling in _spellings(label):
            index = place.get(f"{prefix}{spelling}".strip())
            if index is not None and index not in found.values():
                found[code] = index
                break
    return found


def _bare(name: str) -> str:
    prefixes = (each for each in sorted(PREFIXES, key=len, reverse=True) if name.startswith(each))
    return name.removeprefix(next(prefixes, ""))


def _are_positions(names: Sequence[str]) -> bool:
    bare = [_bare(name.strip()) for name in names]
    return sorted(bare) == sorted(map(str, range(len(names))))


def _check_width(width: int, classes: tuple[Label, ...], where: str) -> None:
    if width != len(classes):
        raise InputError(
            f"{width} columns of probabilities for {len(classes)} classes",
            where=where,
            hint=f"the classes are {name_some([str(label) for label in classes])}",
        )


def _by_order(classes: tuple[Label, ...]) -> Notice:
    return Notice(
        "class-order",
        "the columns of the probabilities have no class names and are taken in the order"
        f" {name_some([str(label) for label in classes])}",
        "name the columns after the classes to be sure",
    )


def name_some(names: Sequence[str]) -> str:
    """List the first ten names, and say how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _row_order(
    columns: dict[str, list[str]], row_ids: NDArray[np.object_] | None, where: str
) -> tuple[NDArray[np.int64] | None, tuple[Notice, ...]]:
    """Give for each row of the data its row in the file; None where both agree already."""
    by_id = {name: ids for name, ids in columns.items() if name.strip().lower() in ID_NAMES}
    notices: tuple[Notice, ...] = ()
    for name, ids in (by_id or columns).items():
        if not by_id and ids == _counted(len(ids)):
            notices = (*notices, *_row_numbers(name, ids, row_ids))
            continue
        order = _order_by(name, ids, row_ids, where)
        if order is not None:
            text = f"the probabilities are put in order by their column {name!r}"
            return order, (Notice("aligned-by-id", text),)
    return None, notices


def _counted(length: int) -> list[str]:
    return [str(position) for position in range(length)]


def _row_numbers(
    name: str, ids: list[str], row_ids: NDArray[np.object_] | None
) -> tuple[Notice, ...]:
    """Say so where running numbers could be meant as ids of rows in another order."""
    held = ids if row_ids is None else [str(each) for each in row_ids]
    if held == ids or set(held) != set(ids):
        return ()
    return (
        Notice(
            "row-numbers",
            f"column {name!r} of the probabilities counts the rows, though the ids of the data"
            " are the same numbers in another order; the rows are taken in the order of the file",
            "if these numbers are ids, name their column 'id'",
        ),
    )


def _order_by(
    name: str, ids: list[str], row_ids: NDArray[np.object_] | None, where: str
) -> NDArray[np.int64] | None:
    import numpy as np

    positions = _counted(len(ids))
    wanted = positions if row_ids is None else [str(each) for each in row_ids]
    place = {each: index for index, each in enumerate(ids)}
    if place.keys() != set(wanted) and place.keys() == set(positions):
        wanted = positions
    if len(place) != len(ids):
        seen: set[str] = set()
        twice = next(each for each in ids if each in seen or seen.add(each))  # type: ignore[func-returns-value]
        raise InputError(f"the id {twice!r} occurs more than once in column {name!r}", where=where)
    missing = [each for each in wanted if each not in place]
    if missing:
        raise InputError(
            f"column {name!r} has no row for the ids {name_some(missing)}",
            where=where,
            hint="predict every row of the data, or leave the id column out",
        )
    return None if ids == wanted else np.array([place[each] for each in wanted], dtype=np.int64)


def _validated(values: NDArray[Any], where: str) -> FloatArray:
    import numpy as np

    numbers = np.asarray(values, dtype=np.float64)
    sums = numbers.sum(axis=1)
    _refuse(~np.isfinite(numbers).all(axis=1), "is missing or infinite", numbers, where)
    negative = (numbers < -_ROUNDING).any(axis=1)
    _refuse(negative, "is negative", numbers, where, "they look like logits: apply softmax first")
    percent = np.isclose(np.median(sums), _PERCENT, rtol=0.02) if len(sums) else False
    _refuse(
        (numbers > 1 + _SUM_TOLERANCE).any(axis=1),
        "is above 1",
        numbers,
        where,
        "they look like percentages: divide them by 100" if percent else None,
    )
    wrong = np.abs(sums - 1) > _SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"the probabilities of a row sum to {sums[row]:.6g}, not 1"
            f" ({int(wrong.sum())} of {len(sums)} rows)",
            where=f"{where}, row {row} (counted from 0)",
            hint="give the probabilities of all classes, as predict_proba does",
        )
    clipped = np.clip(numbers, 0, 1)
    clipped /= clipped.sum(axis=1, keepdims=True)
    return clipped.astype(np.float32)


def _refuse(
    wrong: Any,  # noqa: ANN401 an NDArray[np.bool_], for which NumPy's types are too wide
    what: str,
    numbers: NDArray[np.float64],
    where: str,
    hint: str | None = None,
) -> None:
    if not wrong.any():
        return
    row = int(wrong.argmax())
    shown = ", ".join(f"{value:.4g}" for value in numbers[row, :_SHOWN])
    raise InputError(
        f"a probability {what}: {shown} ({int(wrong.sum())} of {len(wrong)} rows)",
        where=f"{where}, row {row} (counted from 0)",
        hint=hint or "give probabilities between 0 and 1, as predict_proba does",
    )
