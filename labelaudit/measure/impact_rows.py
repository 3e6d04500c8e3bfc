"""Which rows are learned from, which are scored, and against what labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.errors import InputError, SettingError, did_you_mean
from labelaudit.remedy.rows import same_label, split_values, training_rows
from labelaudit.types import Notice, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Audit, BoolArray, Dataset, IntArray

FEWEST_SCORED = 30
"""Fewer rows than this tell nothing about a difference."""

FEWEST_REVIEWED = 100
"""Fewer reviewed rows than this are not taken as the measure of all."""

_MOST_REPEATED = 0.5
_SHOWN = 5


@dataclass(frozen=True)
class Yardstick:
    """What the models are scored against.

    Attributes
    ----------
    kind : str
        ``"test file"``, ``"test split"``, ``"reviewed rows"`` or ``"held-out rows"``.
    clean : bool
        False where the labels are the given ones, errors and all.
    rows : int
        How many rows are scored.
    """

    kind: str
    clean: bool
    rows: int


@dataclass(frozen=True)
class Rows:
    """The rows of the data, n of them, followed by those of a test file.

    Attributes
    ----------
    y : ndarray of int32, shape (N,)
        Labels to learn from; -1 for rows that nobody learns from.
    truth : ndarray of int32, shape (N,)
        Labels to score against; -1 for rows that are not scored.
    weight : ndarray of float64, shape (N,)
        How many rows each stands for when scored.
    feature_key : ndarray of uint64, shape (N,)
    groups : ndarray, shape (N,), or None
    kind : str
        See `Yardstick`.
    notices : tuple of Notice
    """

    y: IntArray
    truth: IntArray
    weight: NDArray[np.float64]
    feature_key: NDArray[np.uint64]
    groups: NDArray[Any] | None
    kind: str
    notices: tuple[Notice, ...] = ()

    @property
    def apart(self) -> bool:
        """Whether no scored row is learned from by any fit."""
        return self.kind in {"test file", "test split"}


def with_roles(data: Dataset, audit: Audit) -> Dataset:
    """Let a file's columns play the part that they played in the run.

    Parameters
    ----------
    data : Dataset
    audit : Audit

    Returns
    -------
    Dataset
        With the schema of the run and the feature keys that follow from it.

    Raises
    ------
    InputError
        When a column that the run learned from is not there, or there was none.
    """
    from labelaudit.data.features import viewer
    from labelaudit.data.identity import feature_keys

    schema, where = audit.schema, data.source.path
    present = set(data.table.column_names)
    absent = [name for name in schema.features if name not in present]
    if absent:
        shown = ", ".join(repr(name) for name in absent[:_SHOWN])
        raise InputError(
            f"columns that the run learned from are not there: {shown}",
            where=where,
            hint="give a file with the same columns",
        )
    if not schema.features:
        raise InputError(
            "there is no feature column to learn from",
            where=where,
            hint="run `labelaudit detect` with --features first",
        )
    views = [
        (column.name, viewer(column.role, column.name, where))
        for column in schema.columns
        if column.name in set(schema.features)
    ]
    return replace(data, schema=schema, feature_key=feature_keys(data.table, views))


def lay_out(
    data: Dataset,
    *,
    test: Dataset | None = None,
    reviewed: IntArray | None = None,
    flagged: BoolArray | None = None,
    train_values: Sequence[str] = ("train", "training"),
) -> Rows:
    """Decide which rows are learned from and which are scored.

    Scored are, in this order of preference: the rows of a test file, those that a split
    column holds out, those that people reviewed, and else all rows, each when held out.

    Parameters
    ----------
    data : Dataset
        n rows, with the roles of the run; see `with_roles`.
    test : Dataset, optional
        Rows whose labels are right, with the same roles.
    reviewed : ndarray of int32, shape (n,), optional
        Labels that people gave; -1 for rows they did not judge.
    flagged : ndarray of bool, shape (n,), optional
        Rows the run flags: where people judged relatively more of them than there are,
        each counts for less.
    train_values : sequence of str
        What the split column calls the rows that models learn from.

    Returns
    -------
    Rows

    Raises
    ------
    InputError
        When too few rows can be scored.
    RefusedError
        When the split column holds none of `train_values`.
    """
    import numpy as np

    from labelaudit.evidence.collect import group_values

    training = training_rows(data, train_values) & (data.y >= 0)
    key = data.feature_key
    if key is None:
        raise InputError("there is no feature column to learn from", where=data.source.path)
    groups = group_values(data)
    if test is not None:
        return _with_test(data, test, training, key, groups)
    y = np.where(training, data.y, np.int32(-1)).astype(np.int32)
    weight = np.ones(data.n_rows)
    notices: tuple[Notice, ...] = ()
    held_back = ~training & (data.y >= 0)
    if split_values(data) is not None and held_back.any():
        kind, truth = "test split", np.where(held_back, data.y, -1)
    elif reviewed is not None and (training & (reviewed >= 0)).sum() >= FEWEST_REVIEWED:
        kind, truth = "reviewed rows", np.where(training, reviewed, -1)
        weight, notices = _weights(truth >= 0, training, flagged)
    else:
        kind, truth = "held-out rows", y
        notices = () if reviewed is None else (_few_reviewed(int((reviewed >= 0).sum())),)
    rows = Rows(y, truth.astype(np.int32), weight, key, groups, kind, notices)
    return _enough(rows, data.source.path)


def _with_test(
    data: Dataset,
    test: Dataset,
    training: BoolArray,
    key: NDArray[np.uint64],
    groups: NDArray[Any] | None,
) -> Rows:
    import numpy as np

    truth, notices = _codes(test, data)
    again = _also_in(data, test)
    repeated = int((training & again).sum())
    if repeated > _MOST_REPEATED * training.sum():
        notices += (
            Notice(
                "test-rows-in-training",
                f"{repeated:,} training rows look like rows of the test file; they stay.",
                "give both files an id column if they are the same rows",
            ),
        )
    elif repeated:
        training = training & ~again
        notices += (
            Notice(
                "test-rows-left-out",
                f"{repeated:,} rows that are in the test file too are not learned from.",
            ),
        )
    n_test = test.n_rows
    test_key = test.feature_key if test.feature_key is not None else np.zeros(n_test, np.uint64)
    rows = Rows(
        y=np.r_[np.where(training, data.y, -1), np.full(n_test, -1)].astype(np.int32),
        truth=np.r_[np.full(data.n_rows, -1), truth].astype(np.int32),
        weight=np.ones(data.n_rows + n_test),
        feature_key=np.r_[key, test_key],
        groups=None if groups is None else np.r_[groups, np.full(n_test, None, dtype=object)],
        kind="test file",
        notices=notices,
    )
    return _enough(rows, test.source.path)


def _codes(test: Dataset, data: Dataset) -> tuple[IntArray, tuple[Notice, ...]]:
    """Read the labels of a test file by the classes of the data."""
    import numpy as np

    code_of = np.full(len(test.classes) + 1, -1, dtype=np.int32)
    unknown = []
    for at, label in enumerate(test.classes):
        found = [code for code, own in enumerate(data.classes) if same_label(own, label)]
        if found:
            code_of[at] = found[0]
        else:
            unknown.append(label)
    truth: IntArray = code_of[test.y]
    if not unknown:
        return truth, ()
    rows = int(((test.y >= 0) & (truth < 0)).sum())
    shown = ", ".join(repr(label) for label in unknown[:_SHOWN])
    return truth, (
        Notice(
            "unknown-test-labels",
            f"{rows:,} test rows are not scored: the data has no class {shown}.",
            "spell the classes alike in both files",
        ),
    )


def _also_in(data: Dataset, test: Dataset) -> BoolArray:
    """Tell which rows of the data are rows of the test file, by id or else by content."""
    import numpy as np

    from labelaudit.data.identity import fingerprints

    name = data.schema.one(Role.ID)
    if name is not None:
        if test.table is None or name not in test.table.column_names:
            return np.zeros(data.n_rows, dtype=bool)
        known = {str(value) for value in test.row_id}
        return np.fromiter((str(one) in known for one in data.row_id), bool, data.n_rows)
    apart = {data.schema.one(Role.LABEL), data.schema.one(Role.SPLIT)}
    common = (set(data.table.column_names) & set(test.table.column_names)) - apart
    found: BoolArray = np.isin(fingerprints(data.table, common), fingerprints(test.table, common))
    return found


def _weights(
    scored: BoolArray, training: BoolArray, flagged: BoolArray | None
) -> tuple[NDArray[np.float64], tuple[Notice, ...]]:
    """Let flagged and unflagged rows count as they are in the data, not in the sample."""
    import numpy as np

    weight = np.ones(len(scored))
    if flagged is None or not flagged[training].any():
        return weight, ()
    for part in (flagged, ~flagged):
        judged = int((part & scored).sum())
        if not judged:
            return np.ones(len(scored)), (
                Notice(
                    "reviewed-one-sided",
                    "People judged only flagged rows, or none: they do not stand for the rest.",
                    "judge a random sample: `labelaudit sample`",
                ),
            )
        weight[part] = (part & training).sum() / judged
    return weight, ()


def _few_reviewed(rows: int) -> Notice:
    return Notice(
        "few-reviewed",
        f"Only {rows:,} rows were reviewed: too few to score by.",
        f"from {FEWEST_REVIEWED} on they are; or give --test FILE",
    )


def _enough(rows: Rows, where: str) -> Rows:
    scored = int((rows.truth >= 0).sum())
    if scored < FEWEST_SCORED:
        raise InputError(
            f"{scored} rows to score models on tell nothing",
            where=where,
            hint=f"at least {FEWEST_SCORED} with a label are needed, better 500",
        )
    return rows


def take(data: Dataset, rows: NDArray[np.intp]) -> Dataset:
    """Give some rows as a Dataset of their own, with all its classes.

    Parameters
    ----------
    data : Dataset
    rows : ndarray of int, shape (m,)

    Returns
    -------
    Dataset
    """
    return replace(
        data,
        table=data.table.take(rows),
        row_id=data.row_id[rows],
        fingerprint=data.fingerprint[rows],
        feature_key=None if data.feature_key is None else data.feature_key[rows],
        y=data.y[rows],
    )


def slice_values(
    name: str, data: Dataset, test: Dataset | None, *, n_rows: int
) -> NDArray[np.object_]:
    """Give the value of a column for every row, as text.

    Parameters
    ----------
    name : str
    data : Dataset
        n rows.
    test : Dataset or None
    n_rows : int
        N, with the rows of the test file.

    Returns
    -------
    ndarray of str, shape (N,), dtype object
        Empty where missing.

    Raises
    ------
    SettingError
        When there is no such column.
    """
    import numpy as np

    tables = [data.table] if test is None else [data.table, test.table]
    # The rows of the data are not scored where there is a test file.
    needed = tables[-1]
    if name not in needed.column_names:
        raise SettingError(
            f"there is no column {name!r} in the rows that are scored",
            where="--slice",
            hint=did_you_mean(name, needed.column_names) or ", ".join(needed.column_names[:20]),
        )
    values = np.full(n_rows, "", dtype=object)
    start = n_rows - needed.num_rows
    column = needed.column(name).to_pylist()
    values[start:] = ["" if value is None else str(value) for value in column]
    return values
