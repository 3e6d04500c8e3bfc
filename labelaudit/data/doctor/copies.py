"""Rows that say the same: copies of a row, copies of a text, copies across splits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labelaudit.data import cells
from labelaudit.data.doctor.telling import counted, finding, percent, quoted, some
from labelaudit.data.doctor.wording_key import plain_wording
from labelaudit.types import Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.doctor.view import View
    from labelaudit.types import BoolArray, Finding

    Keys = NDArray[np.int64]

UNINFORMATIVE = 0.2
"""Share of rows with copies of other labels from which features do not decide the label."""

_TELLING = 0.01
_FEWEST = 5
_RICH = 0.2
_TELLING_WORDS = 4
_GRAVE_LEAK = 0.05
_TRAIN = re.compile(r"(?:.*[_\-. ])?(?:train|training|trn)(?:[_\-. ].*|\d*)")
_UNLABELLED = re.compile(r"(?:.*[_\-. ])?(?:unlabell?ed|unsupervised)(?:[_\-. ].*|\d*)")


def copy_findings(view: View) -> list[Finding]:
    """Look for rows that say the same.

    Exact copies are told where they cannot be chance: models see texts, embeddings or a
    column whose values hardly repeat. Tables of a few categories repeat by nature.

    Parameters
    ----------
    view : View

    Returns
    -------
    list of Finding
        Of the codes ``copies``, ``copies-of-other-labels``, ``uninformative-copies``,
        ``near-copies``, ``near-copies-of-other-labels`` and ``split-leakage``.
    """
    if view.data.feature_key is None:
        return []
    import numpy as np

    exact = np.unique(view.data.feature_key, return_inverse=True)[1].astype(np.int64)
    near = _wording(view) if view.text_only else None
    other_labels, uninformative = _conflicts(view, exact)
    found = [*other_labels]
    if not uninformative:
        found += _same_label(view, exact)
        if near is not None:
            found += _near(view, exact, near)
    if not uninformative and (near is not None or _is_rich(view)):
        found += _across_splits(view, exact, near)
    return found


def _wording(view: View) -> Keys:
    """Give rows of the same words one number, and -1 to rows of too few words."""
    import numpy as np
    import pyarrow.compute as pc

    combined = np.zeros(view.data.n_rows, dtype=np.int64)
    words = np.zeros(view.data.n_rows, dtype=np.int64)
    for column in view.data.schema.columns:
        if column.role != Role.TEXT:
            continue
        one = view.decoded(column)
        if not one.is_text:
            return np.full(view.data.n_rows, -1, dtype=np.int64)
        plain = plain_wording(one.distinct)
        encoded = plain.dictionary_encode()
        of_distinct = cells.as_numpy(encoded.indices).astype(np.int64)
        spaces = cells.as_numpy(pc.count_substring(plain, " ")).astype(np.int64)
        size = len(encoded.dictionary) + 1
        codes = np.append(of_distinct, size - 1)[one.codes]
        words += np.append(spaces + 1, 0)[one.codes]
        combined = combined * size + codes if combined.any() else codes
        if len(view.data.schema.features) > 1:
            combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
    combined[words < _TELLING_WORDS] = -1
    return combined


def _is_rich(view: View) -> bool:
    """Tell whether equal rows can hardly be chance: some column hardly repeats itself."""
    rows = view.sample
    for column in view.data.schema.columns:
        if column.role in (Role.TEXT, Role.EMBEDDING, Role.DATETIME):
            return True
        if column.role in (Role.NUMERIC, Role.CATEGORICAL):
            one = view.decoded(column)
            some_cells = one.cells.take(rows) if len(rows) < view.data.n_rows else one.cells
            distinct = len(some_cells.unique())
            if distinct >= _RICH * max(1, len(rows)):
                return True
    return False


def _extra(group: NDArray[np.int64]) -> BoolArray:
    """Mark all rows of a group but its first."""
    import numpy as np

    extra = np.ones(len(group), dtype=bool)
    extra[np.unique(group, return_index=True)[1]] = False
    return extra


def _same_label(view: View, exact: Keys) -> list[Finding]:
    rows = view.labelled
    pair = exact[rows] * len(view.data.classes) + view.data.y[rows]
    extra = rows[_extra(pair)]
    if len(extra) < max(_FEWEST, _TELLING * len(rows)) or not _is_rich(view):
        return []
    return [
        finding(
            "copies",
            f"{counted(len(extra), 'row')} ({percent(len(extra) / len(rows))}) repeat an earlier "
            "row, features and label: they weigh twice in training, and what is counted in rows "
            "counts them again.",
            "Keep one of each, or give copies less sample weight. labelaudit holds copies out "
            "together, so they do not vouch for each other here.",
            rows=extra,
        )
    ]


def _mixed(group: Keys, y: NDArray[np.int32], n_classes: int) -> BoolArray:
    """Mark rows whose group holds more than one label; group and y (m,), group not negative."""
    import numpy as np

    pairs = np.unique(group * n_classes + y)
    labels = np.bincount(pairs // n_classes, minlength=int(group.max(initial=-1)) + 1)
    return labels[group] > 1


def _conflicts(view: View, exact: Keys) -> tuple[list[Finding], bool]:
    rows = view.labelled
    found = rows[_mixed(exact[rows], view.data.y[rows], len(view.data.classes))]
    if not len(found):
        return [], False
    share = len(found) / len(rows)
    if share > UNINFORMATIVE:
        return [
            finding(
                "uninformative-copies",
                f"{counted(len(found), 'row')} ({percent(share)}) share their features with a row "
                "of another label: these features alone do not decide the label, so identical "
                "rows with different labels are not counted as errors.",
                "Add columns that tell the classes apart, or name them with --features.",
                rows=found,
                grave=True,
            )
        ], True
    if not _is_rich(view):
        return [], False
    return [
        finding(
            "copies-of-other-labels",
            f"{counted(len(found), 'row')} {'shares' if len(found) == 1 else 'share'} all "
            "features with a row of another label: they cannot all be right.",
            "Decide each group: detect flags them (detector duplicates), "
            "`labelaudit fix --strategy relabel` queues them.",
            rows=found,
        )
    ], False


def _near(view: View, exact: Keys, near: Keys) -> list[Finding]:
    import numpy as np

    rows = view.labelled[near[view.labelled] >= 0]
    group, y, n_classes = near[rows], view.data.y[rows], len(view.data.classes)
    if not len(rows):
        return []
    found = []
    # What exact copies tell already is left out: groups of a single wording.
    wordings = np.unique(group * (int(exact.max()) + 1) + exact[rows]) // (int(exact.max()) + 1)
    several = np.bincount(wordings, minlength=int(group.max()) + 1)[group] > 1
    other = several & _mixed(group, y, n_classes)
    if other.any():
        found.append(
            finding(
                "near-copies-of-other-labels",
                f"{counted(int(other.sum()), 'row')} differ from a row of another label in case, "
                "spaces or punctuation only: they can hardly all be right.",
                "Compare them and decide on one label; `labelaudit fix --strategy relabel` queues "
                "those that are flagged.",
                rows=rows[other],
            )
        )
    distinct = np.unique(exact[rows] * n_classes + y, return_index=True)[1]
    extra = np.zeros(len(rows), dtype=bool)
    extra[np.sort(distinct)] = _extra((group * n_classes + y)[np.sort(distinct)])
    if extra.sum() >= max(_FEWEST, _TELLING * len(rows)):
        found.append(
            finding(
                "near-copies",
                f"{counted(int(extra.sum()), 'row')} ({percent(extra.sum() / len(rows))}) repeat "
                "an earlier text of the same label but for case, spaces or punctuation: they may "
                "be in different folds and vouch for each other.",
                "Keep one of each, or number texts of the same words in a column of their own and "
                "name it with --group.",
                rows=rows[extra],
            )
        )
    return found


def _across_splits(view: View, exact: Keys, near: Keys | None) -> list[Finding]:
    """Find rows of a held-out split that training data, or another split, holds as well."""
    import numpy as np
    import pyarrow as pa

    split = next((c for c in view.data.schema.columns if c.role == Role.SPLIT), None)
    if split is None:
        return []
    one = view.decoded(split)
    if pa.types.is_nested(one.cells.type):
        return []
    values = [str(value).strip().casefold() for value in one.distinct.to_pylist()]
    training = np.array([bool(_TRAIN.fullmatch(value)) for value in values], dtype=bool)
    ignored = np.array([bool(_UNLABELLED.fullmatch(value)) for value in values], dtype=bool)
    part = one.codes.copy()
    part[one.rows_with(ignored)] = -1
    rows = np.flatnonzero(part >= 0)
    key = exact if near is None else np.where(near >= 0, near, near.max(initial=0) + 1 + exact)
    leaked = np.zeros(view.data.n_rows, dtype=bool)
    leaked[rows] = _mixed(key[rows], part[rows].astype(np.int32), len(values))
    held_out = np.zeros(view.data.n_rows, dtype=bool)
    held_out[rows] = ~np.append(training, [False])[part[rows]]
    found = np.flatnonzero(leaked & held_out)
    if not len(found):
        return []
    share = len(found) / held_out.sum()
    held = sorted({str(one.distinct[int(code)].as_py()) for code in np.unique(part[found])})
    same = "features" if near is None else "texts, case and punctuation aside,"
    return [
        finding(
            "split-leakage",
            f"{counted(len(found), 'row')} of {some([quoted(value) for value in held])} "
            f"({percent(share)} of the held-out rows) have the same {same} as a row of another "
            "split: what is measured on them is partly remembered.",
            "Take them out of the held-out split before you measure a model on it.",
            rows=found,
            columns=[split.name],
            grave=bool(share >= _GRAVE_LEAK),
        )
    ]
