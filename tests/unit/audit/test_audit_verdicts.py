from __future__ import annotations

import numpy as np
import pytest
from noisy_example import bare_dataset

from labelaudit.audit.rank import rank
from labelaudit.audit.verdicts import AHEAD, FAR, outlier_reason, outlier_reasons, verdicts
from labelaudit.detectors import CATALOG
from labelaudit.types import VERDICTS, Evidence, Scores

N = 12
Y = np.zeros(N, dtype=np.int32)
DATA = bare_dataset(Y, 3)


def chief(flagged, suggested):
    """Give the opinion of label-posterior: rows flagged, and what is suggested for them."""
    suspicion = np.full(N, 0.2, dtype=np.float32)
    errors = np.full(N, 0.05, dtype=np.float32)
    proposal = np.full(N, -1, dtype=np.int32)
    for row, code in zip(flagged, suggested, strict=True):
        suspicion[row], errors[row], proposal[row] = 0.8, 0.8, code
    return Scores("label-posterior", suspicion, errors > 0.5, proposal, {}, errors)


def opinion(code, flagged, suggested=1):
    chosen = np.isin(np.arange(N), flagged)
    suspicion = np.where(chosen, 0.5, np.nan).astype(np.float32)
    return Scores(code, suspicion, chosen, np.where(chosen, suggested, -1).astype(np.int32))


def pred_probs(**rows):
    probs = np.tile(np.array([[0.9, 0.06, 0.04]], np.float32), (N, 1))
    for name, values in rows.items():
        probs[int(name[1:])] = values
    return probs


def told(scores, evidence, data=DATA):
    ranking = rank(data, evidence, scores, CATALOG)
    found = verdicts(data, evidence, scores, CATALOG, ranking)
    assert found.dtype == np.int8
    assert np.array_equal(found >= 0, ranking.flagged)
    return {row: VERDICTS[found[row]].value for row in np.flatnonzero(found >= 0).tolist()}


def test_each_kind_there_is():
    probs = pred_probs(r0=[0.1, 0.8, 0.1], r1=[0.45, 0.5, 0.05], r2=[0.3, 0.36, 0.34])
    scores = [chief([0, 1, 2], [1, 1, 1]), opinion("duplicates", [3])]
    assert told(scores, Evidence(pred_probs=probs)) == {
        0: "mislabelled",
        1: "ambiguous",
        2: "outlier",
        3: "duplicate",
    }


def test_a_clear_lead_is_what_tells_mislabelled_from_ambiguous():
    just, short = AHEAD + 0.01, AHEAD - 0.01
    probs = pred_probs(
        r0=[0.4 - just / 2, 0.4 + just / 2, 0.2], r1=[0.4 - short / 2, 0.4 + short / 2, 0.2]
    )
    found = told([chief([0, 1], [1, 1])], Evidence(pred_probs=probs))
    assert found == {0: "mislabelled", 1: "ambiguous"}


def test_a_row_whose_own_label_models_prefer_is_ambiguous():
    probs = pred_probs(r0=[0.55, 0.4, 0.05])
    assert told([chief([0], [1])], Evidence(pred_probs=probs)) == {0: "ambiguous"}


def test_a_row_far_from_all_others_is_an_outlier_whatever_leads():
    probs = pred_probs(r0=[0.05, 0.9, 0.05], r1=[0.05, 0.9, 0.05])
    distances = np.full((N, 2), 1, dtype=np.float32)
    distances[0] = 50
    far = Evidence(pred_probs=probs, distances=distances)
    assert told([chief([0, 1], [1, 1])], far) == {0: "outlier", 1: "mislabelled"}


def test_an_outlier_is_told_by_which_test_it_is_one():
    probs = pred_probs(r0=[0.05, 0.9, 0.05], r1=[0.3, 0.36, 0.34], r2=[0.3, 0.36, 0.34])
    distances = np.full((N, 2), 1, dtype=np.float32)
    distances[0], distances[2] = 50, 49
    evidence = Evidence(pred_probs=probs, distances=distances)
    far, lost, both, none = outlier_reasons(evidence, np.array([0, 1, 2, 3]))
    assert far == "it lies farther from its nearest rows than 99 % of the rows do"
    assert lost == "no class fits it: the most probable has 0.36, 0.90 is usual"
    assert both == lost
    assert none == ""
    distances[:] = 1
    distances[1] = 50
    (two,) = outlier_reasons(evidence, np.array([1]))
    assert two == f"{lost} and {far}"
    assert outlier_reason(f"held out it is so; {two}") == two
    assert outlier_reason("held out it is so; its loss is high") == ""
    assert outlier_reasons(Evidence(), np.array([0])) == [""]


def test_about_one_row_in_a_hundred_lies_far_away():
    n = 1000
    y = np.zeros(n, dtype=np.int32)
    data = bare_dataset(y, 2)
    probs = np.tile(np.array([[0.1, 0.9]], np.float32), (n, 1))
    every = Scores(
        "label-posterior",
        np.full(n, 0.8, np.float32),
        np.ones(n, dtype=bool),
        np.ones(n, np.int32),
        {},
        np.full(n, 0.8, np.float32),
    )
    distances = np.random.default_rng(0).random((n, 3)).astype(np.float32)
    found = told([every], Evidence(pred_probs=probs, distances=distances), data)
    outliers = sum(kind == "outlier" for kind in found.values())
    assert outliers == pytest.approx((1 - FAR) * n, abs=2)


def test_rows_without_neighbours_are_not_far():
    probs = pred_probs(r0=[0.05, 0.9, 0.05])
    for gap in (np.inf, np.nan):
        distances = np.full((N, 2), gap, dtype=np.float32)
        nobody = Evidence(pred_probs=probs, distances=distances)
        assert told([chief([0], [1])], nobody) == {0: "mislabelled"}
        distances[1:] = 1
        some = Evidence(pred_probs=probs, distances=distances)
        assert told([chief([0], [1])], some) == {0: "mislabelled"}


def test_what_models_flag_too_is_no_mere_duplicate():
    probs = pred_probs(r0=[0.1, 0.8, 0.1], r1=[0.1, 0.8, 0.1])
    scores = [chief([0], [1]), opinion("duplicates", [0, 1])]
    assert told(scores, Evidence(pred_probs=probs)) == {0: "mislabelled", 1: "duplicate"}


def test_beside_a_chief_other_models_have_no_say_in_the_verdict():
    probs = pred_probs(r0=[0.1, 0.8, 0.1])
    evidence = Evidence(pred_probs=probs)
    copies, confident = opinion("duplicates", [0]), opinion("confident-learning", [0])
    assert told([chief([], []), confident, copies], evidence) == {0: "duplicate"}
    assert told([confident, copies], evidence) == {0: "mislabelled"}


def test_without_pred_probs_copies_are_all_there_is():
    assert told([opinion("duplicates", [2, 5])], Evidence()) == {2: "duplicate", 5: "duplicate"}


def test_a_row_without_opinion_of_the_models_is_a_duplicate_if_copies_flag_it():
    probs = pred_probs(r0=[np.nan] * 3)
    assert told([opinion("duplicates", [0])], Evidence(pred_probs=probs)) == {0: "duplicate"}


def test_nothing_flagged_has_no_verdict():
    assert told([chief([], [])], Evidence(pred_probs=pred_probs())) == {}
