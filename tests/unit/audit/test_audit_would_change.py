from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.would_change import Standing, relabelled_neighbors, would_change
from labelaudit.data.dataset import dataset_from_arrays
from labelaudit.detectors.duplicates import Duplicates
from labelaudit.detectors.neighbor_agreement import NeighborAgreement
from labelaudit.testing import example
from labelaudit.types import Evidence, Verdict

FLAGGED = Standing(
    given="ham",
    suggested="spam",
    flagged=True,
    verdict=Verdict.MISLABELLED,
    flagged_by=("label-posterior",),
    error_probability=0.81,
    threshold=0.25,
    lead=0.6,
)


def test_the_kind_is_told_and_that_a_threshold_is_one_is_not():
    assert would_change(FLAGGED) == (
        "It would be ambiguous instead of mislabelled if 'spam' were ahead of 'ham' by less than "
        "0.2 (it is by 0.60)."
    )


def test_an_ambiguous_row_may_be_led_by_its_own_label():
    close = replace(FLAGGED, verdict=Verdict.AMBIGUOUS, lead=-0.1)
    assert would_change(close).endswith(
        "It would be mislabelled instead of ambiguous if 'spam' were ahead of 'ham' by 0.2 or "
        "more ('ham' is ahead by 0.10)."
    )
    assert would_change(replace(close, lead=0.05)).endswith("(it is by 0.05).")


def test_numbers_near_a_bound_are_written_so_that_they_differ():
    near = replace(FLAGGED, lead=0.2001)
    assert "by less than 0.2 (it is by 0.2001)" in would_change(near)


def test_copies_are_named_whoever_else_flags():
    both = replace(
        FLAGGED, flagged_by=("duplicates", "label-posterior"), copies=(("812", "spam"),), lead=0.0
    )
    assert would_change(both) == "Its copies would not object if row 812 were labelled 'ham'."
    ruled = replace(FLAGGED, flagged_by=("rules", "label-posterior"))
    assert would_change(ruled) == ""
    alone = replace(both, flagged_by=("duplicates",), verdict=Verdict.DUPLICATE)
    assert would_change(alone) == (
        "Nothing else flags it: its copies would not if row 812 were labelled 'ham'."
    )


def test_what_cannot_be_worked_out_is_not_said():
    assert would_change(replace(FLAGGED, flagged_by=("rules",))) == ""
    assert would_change(replace(FLAGGED, flagged_by=("other",), lead=float("nan"))) == ""
    calm = Standing("ham", None, flagged=False)
    assert would_change(calm) == ""


def test_rows_that_are_not_flagged():
    calm = Standing("ham", None, flagged=False, error_probability=0.03, threshold=0.25)
    assert would_change(calm) == (
        "It would be flagged if its error probability were 0.25 or more (it is 0.03)."
    )
    assert would_change(replace(calm, accepted=True)) == (
        "It would be flagged, had nobody put on record that its label is right."
    )


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=9))
def test_relabelling_as_many_copies_as_it_says_silences_duplicates(labels):
    labels = [*labels, "a", "b", "c"]
    copies = len(labels) - 3
    features = np.arange(len(labels), dtype=float)[:, None] + [[1, 2]]
    features[:copies] = 0
    data = dataset_from_arrays(labels, features, [f"r{at}" for at in range(len(labels))])
    detector = Duplicates(max_conflicting=1)
    for row in np.flatnonzero(detector.score(data, Evidence()).flagged).tolist():
        own = labels[row]
        others = tuple((f"r{at}", labels[at]) for at in range(copies) if at != row)
        told = would_change(
            Standing(own, None, flagged=True, flagged_by=("duplicates",), copies=others)
        )
        named = re.search(r"row r(\d+) were", told)
        if named:
            y = data.y.copy()
            y[int(named[1])] = data.y[row]
            assert not detector.score(replace(data, y=y), Evidence()).flagged[row]
            continue
        number = int(re.search(r"(\d+) of the rows", told)[1])
        fewer = list(others)
        silenced = []
        for _ in range(number):
            # The fullest rival first, as few changes as possible.
            counts = {one: sum(label == one for _, label in fewer) for one in set("abc") - {own}}
            worst = max(sorted(counts), key=counts.get)
            at = next(index for index, (_, label) in enumerate(fewer) if label == worst)
            fewer[at] = (fewer[at][0], own)
            y = data.y.copy()
            for name, label in fewer:
                y[int(name[1:])] = data.classes.index(label)
            silenced.append(not detector.score(replace(data, y=y), Evidence()).flagged[row])
        assert silenced == [False] * (number - 1) + [True]


@pytest.mark.parametrize("with_distances", [True, False])
def test_relabelling_as_many_neighbours_as_it_says_silences_neighbor_agreement(with_distances):
    data, evidence = example(200, seed=4)
    evidence = replace(evidence, distances=evidence.distances if with_distances else None)
    detector = NeighborAgreement()
    before = detector.score(data, evidence)
    rows = np.flatnonzero(data.y >= 0)
    far = None if evidence.distances is None else evidence.distances[rows]
    count, leader = relabelled_neighbors(data, data.y[rows], evidence.neighbors[rows], far)
    assert np.array_equal(leader >= 0, before.flagged[rows])
    assert before.flagged.sum() > 5
    for row, number, other in zip(rows.tolist(), count.tolist(), leader.tolist(), strict=True):
        if not before.flagged[row]:
            assert number == 0
            continue
        assert other == before.suggested[row]
        near = [at for at in evidence.neighbors[row] if at >= 0 and data.y[at] == other]
        for changed, objects in ((number - 1, True), (number, False)):
            y = data.y.copy()
            y[near[:changed]] = data.y[row]
            assert detector.score(replace(data, y=y), evidence).flagged[row] == objects


def test_the_neighbours_that_decide_are_counted():
    told = would_change(replace(FLAGGED, relabelled=3, leader="spam"))
    assert told.endswith(
        "Its neighbours would not object if the nearest 3 rows of 'spam' were labelled 'ham'."
    )
    one = would_change(replace(FLAGGED, relabelled=1, leader="spam"))
    assert "the nearest row of 'spam' were" in one
