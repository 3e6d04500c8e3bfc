"""The input doctor: look at the data before any model does."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from labelaudit.data.doctor.characters import odd_characters
from labelaudit.data.doctor.columns import constants, groups, ids, odd_cells
from labelaudit.data.doctor.contents import embedding_findings, odd_dates, text_findings
from labelaudit.data.doctor.copies import copy_findings
from labelaudit.data.doctor.giveaway import giveaways
from labelaudit.data.doctor.labels import label_findings
from labelaudit.data.doctor.read_notices import reading_findings
from labelaudit.data.doctor.told import TELL
from labelaudit.data.doctor.view import View
from labelaudit.types import Role

if TYPE_CHECKING:
    import datetime as dt

    from labelaudit.data.doctor.hits import Hit
    from labelaudit.types import Column, Dataset, Finding

_ORDER = (
    "uninformative-copies",
    "gives-label-away",
    "renames-label",
    "group-leak",
    "label-is-a-number",
    "label-spelling",
    "same-text",
    "empty-texts",
    "zero-vectors",
    "split-leakage",
    "mixed-encoding",
    "id-column-learned-from",
    "coarse-label",
    "numbers-as-categories",
    "rare-classes",
    "imbalanced-classes",
    "copies-of-other-labels",
    "near-copies-of-other-labels",
    "copies",
    "near-copies",
    "missing-labels",
    "label-na",
    "mojibake",
    "replacement-characters",
    "control-characters",
    "mixed-types",
    "placeholder-dates",
    "future-dates",
    "maybe-group",
    "unnamed-index",
    "unnamed-column",
    "constant-column",
    "one-row-differs",
    "missing-marks",
)
"""All codes, in the order they are told in among equally grave ones."""


def examine(
    data: Dataset, *, folds: int = 5, learning: bool = True, today: dt.date | None = None
) -> tuple[Finding, ...]:
    """Find what should be put right before any label is doubted.

    No model is fitted. How well a column tells the label is measured on at most 10,000 rows,
    spread evenly over their contents; everything else looks at all rows. What is found, and
    how often, does not depend on the order of the rows.

    Parameters
    ----------
    data : Dataset
        n rows, K classes.
    folds : int
        That models would be cross-validated with.
    learning : bool
        False where probabilities are given and no model learns from any column.
    today : date, optional
        What lies after it lies in the future; without it nobody asks.

    Returns
    -------
    tuple of Finding
        The gravest first; empty for sound data.
    """
    view = View(data, folds, learning, today)
    hits: dict[str, list[Hit]] = defaultdict(list)
    for column in data.schema.columns:
        for hit in _look(view, column):
            hits[hit.code].append(hit)
    found = [
        *(TELL[code](view, together) for code, together in hits.items()),
        *label_findings(view),
        *copy_findings(view),
        *text_findings(view),
        *embedding_findings(view),
    ]
    found += reading_findings(view, found)
    return tuple(
        sorted(found, key=lambda one: (not one.grave, _ORDER.index(one.code), one.columns))
    )


def _look(view: View, column: Column) -> list[Hit]:
    one = view.decoded(column)
    hits = []
    if one.is_text and (one.role in (Role.TEXT, Role.CATEGORICAL, Role.LABEL)):
        hits += odd_characters(one)
    if one.role in (Role.DATETIME, Role.TIME):
        hits += odd_dates(view, one)
    if not view.learning:
        return hits
    if one.role in (Role.NUMERIC, Role.CATEGORICAL, Role.CONSTANT):
        hits += constants(view, column, one)
    if one.role in (Role.NUMERIC, Role.CATEGORICAL, Role.DATETIME):
        telling = [*groups(view, one), *ids(one)]
        # A column is told of once: what gives the label away matters more than that it is an id.
        hits += giveaways(view, one) or telling
        hits += odd_cells(one)
    return hits
