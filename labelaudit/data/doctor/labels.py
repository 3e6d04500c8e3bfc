"""What is the matter with the labels as a column."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from labelaudit.data.doctor.telling import counted, finding, have, option, percent, quoted, some
from labelaudit.data.labels import NOT_AVAILABLE
from labelaudit.data.rules.spelling import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.doctor.view import View
    from labelaudit.types import Finding, Label

_WHOLE = re.compile(r"([+-]?\d+)\.0+", re.ASCII)
_ONE_SIGN_RARE = 0.1
_EXTREME, _ALL_BUT_ALL = 100, 0.99
_MANY_NUMBERS, _MANY_FRACTIONS = 20, 10
_DENSE, _FEW_ROWS, _MANY_RARE = 1.1, 5, 0.1


def label_findings(view: View) -> list[Finding]:
    """Look at the labels.

    Parameters
    ----------
    view : View

    Returns
    -------
    list of Finding
        Of the codes ``missing-labels``, ``label-spelling``, ``label-na``,
        ``label-is-a-number``, ``rare-classes`` and ``imbalanced-classes``.
    """
    import numpy as np

    counts = np.bincount(view.data.y[view.labelled], minlength=len(view.data.classes))
    found = [
        *_missing(view),
        *_spelling(view, counts),
        *_not_available(view),
        *_measured(view, counts),
    ]
    if not view.learning:
        return found
    # A class that is another one misspelled needs no advice of its own.
    misspelled = [code for group in _alike(view, counts) for code in group[1:]]
    few = _few_rows(view, counts)
    rare = _rare(view, counts, few[~np.isin(few, misspelled)])
    return [*found, *rare, *_imbalance(view, counts, [*few, *misspelled])]


def _missing(view: View) -> list[Finding]:
    import numpy as np

    rows = np.flatnonzero(view.data.y < 0)
    if not rows.size:
        return []
    share = percent(rows.size / view.data.n_rows)
    return [
        finding(
            "missing-labels",
            f"{counted(rows.size, 'row')} ({share}) {have(rows.size)} no label: set aside, "
            "neither judged nor learned from.",
            "Give them a label, or let them be; --missing-label VALUE names what else stands "
            "for no label.",
            rows=rows,
        )
    ]


def _alike(view: View, counts: NDArray[np.intp]) -> list[list[int]]:
    """Give the classes that are written in several ways, the usual way first."""
    alike: dict[str, list[int]] = defaultdict(list)
    for code, value in enumerate(view.data.classes):
        alike[fold(_WHOLE.sub(r"\1", str(value)))].append(code)
    groups = [
        sorted(group, key=lambda code: (-counts[code], code))
        for folded, group in sorted(alike.items())
        if len(group) > 1 and not _meant(folded, group, counts)
    ]
    return sorted(groups, key=lambda group: -int(counts[group[1:]].sum()))


def _spelling(view: View, counts: NDArray[np.intp]) -> list[Finding]:
    import numpy as np

    groups = _alike(view, counts)
    if not groups:
        return []
    parts = [
        " = ".join(f"{_show(view.data.classes, code)} ({counts[code]:,})" for code in group)
        for group in groups
    ]
    rarer = [code for group in groups for code in group[1:]]
    rows = np.flatnonzero(np.isin(view.data.y, rarer))
    return [
        finding(
            "label-spelling",
            f"One class is written in several ways, so that it counts as several: {some(parts)}.",
            "Write one-spelling = true into rules.toml: `labelaudit lint` then lists these rows, "
            "and detect suggests the usual spelling.",
            rows=rows,
            columns=_label_column(view),
            grave=True,
        )
    ]


def _meant(folded: str, group: list[int], counts: NDArray[np.intp]) -> bool:
    """Tell whether `A` and `a` are two classes: single letters, both of them frequent."""
    sizes = sorted(counts[group])
    return len(folded) == 1 and folded.isalpha() and sizes[-2] > _ONE_SIGN_RARE * sizes[-1]


def _show(classes: tuple[Label, ...], code: int) -> str:
    value = classes[code]
    return quoted(value) if isinstance(value, str) else str(value)


def _not_available(view: View) -> list[Finding]:
    import numpy as np

    codes = [
        code
        for code, value in enumerate(view.data.classes)
        if isinstance(value, str) and value.strip().casefold() in NOT_AVAILABLE
    ]
    if not codes:
        return []
    values = [view.data.classes[code] for code in codes]
    return [
        finding(
            "label-na",
            f"{some([quoted(value) for value in values])} is taken for a class, as written.",
            f"If it stands for no label, say so: {option('--missing-label', values)}",
            rows=np.flatnonzero(np.isin(view.data.y, codes)),
            columns=_label_column(view),
        )
    ]


def _measured(view: View, counts: NDArray[np.intp]) -> list[Finding]:
    import numpy as np

    classes = view.data.classes
    if any(isinstance(value, (str, bool)) for value in classes):
        return []
    values = np.array(classes, dtype=np.float64)
    fractions = int((values != np.floor(values)).sum())
    if fractions:
        suspicious = len(values) > _MANY_FRACTIONS
    else:
        numbered = values[0] in (0, 1) and np.ptp(values) + 1 <= _DENSE * len(values)
        rare = (counts < _FEW_ROWS).mean()
        suspicious = len(values) > _MANY_NUMBERS and not numbered and rare >= _MANY_RARE
    if not suspicious:
        return []
    return [
        finding(
            "label-is-a-number",
            f"The label looks like a measured number, not like a class: {len(values):,} distinct "
            f"numbers from {classes[0]} to {classes[-1]}.",
            "Bin the numbers into classes, or name another column with --label.",
            columns=_label_column(view),
            grave=True,
        )
    ]


def _few_rows(view: View, counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give the classes with fewer different rows than folds, as folds are dealt."""
    import numpy as np

    y = view.data.y[view.labelled].astype(np.uint64)
    different = counts
    if view.data.feature_key is not None:
        key = view.data.feature_key[view.labelled]
        order = np.lexsort((y, key))
        first = np.r_[True, (key[order][1:] != key[order][:-1]) | (y[order][1:] != y[order][:-1])]
        different = np.bincount(y[order][first].astype(np.intp), minlength=len(counts))
    possible = min(view.folds, int(different.max(initial=0)))
    return np.flatnonzero((different > 0) & (different < possible))


def _rare(view: View, counts: NDArray[np.intp], few: NDArray[np.intp]) -> list[Finding]:
    import numpy as np

    if not few.size:
        return []
    ordered = sorted(few.tolist(), key=lambda code: (counts[code], code))
    parts = [f"{_show(view.data.classes, code)} ({counts[code]})" for code in ordered]
    noun = "1 class has" if few.size == 1 else f"{few.size:,} classes have"
    return [
        finding(
            "rare-classes",
            f"{noun} fewer different rows than the {view.folds} folds, so nobody can judge "
            f"{'its' if few.size == 1 else 'their'} labels: {some(parts)}.",
            "Collect more rows of them, merge them with another class, or use fewer --folds.",
            rows=np.flatnonzero(np.isin(view.data.y, few)),
            columns=_label_column(view),
        )
    ]


def _imbalance(view: View, counts: NDArray[np.intp], told: list[int]) -> list[Finding]:
    import numpy as np

    largest = int(counts.argmax())
    small = np.flatnonzero(counts * _EXTREME <= counts[largest])
    small = small[~np.isin(small, told)]
    if not small.size:
        return []
    ordered = sorted(small.tolist(), key=lambda code: (counts[code], code))
    parts = [f"{_show(view.data.classes, code)} ({counts[code]:,})" for code in ordered]
    return [
        finding(
            "imbalanced-classes",
            f"{_show(view.data.classes, largest)} has {counts[largest]:,} rows, more than "
            f"{_EXTREME} times as many as {some(parts)}: models see too little of the rare ones, "
            "and doubt their labels too easily.",
            "Look at flagged rows of the rare classes yourself before you fix any "
            "(`labelaudit fix --strategy relabel`), or merge those classes.",
            rows=np.flatnonzero(np.isin(view.data.y, small)),
            columns=_label_column(view),
        )
    ]


def _label_column(view: View) -> tuple[str, ...]:
    from labelaudit.types import Role

    return view.data.schema.names(Role.LABEL)
