from __future__ import annotations

import numpy as np
import pytest

from labelaudit.audit.rank import rank, verdicts
from labelaudit.detectors import CATALOG
from labelaudit.types import SEVERITIES, VERDICTS, Scores

IDS = np.array(["a", "b", "c", "d"], dtype=object)
NAN = float("nan")


def scores(code, suspicion, flagged, suggested):
    return Scores(
        code,
        np.array(suspicion, dtype=np.float32),
        np.array(flagged, dtype=bool),
        np.array(suggested, dtype=np.int32),
    )


CL = scores("confident-learning", [0.9, 0.2, 0.6, NAN], [1, 0, 1, 0], [1, -1, 0, -1])
LOSS = scores("loss-percentile", [0.8, 0.9, 0.4, NAN], [1, 1, 0, 0], [1, 1, -1, -1])
COPIES = scores("duplicates", [NAN, NAN, NAN, 0.5], [0, 0, 0, 1], [-1, -1, -1, -1])


def named(ranking):
    return [None if code < 0 else SEVERITIES[code].value for code in ranking.severity]


def test_agreement_is_high_one_alone_medium_a_tie_low_and_the_percentile_never_flags():
    ranking = rank([CL, LOSS, COPIES], CATALOG, IDS)
    assert ranking.flagged.tolist() == [True, False, True, True]
    assert named(ranking) == ["high", None, "medium", "low"]


def test_suspicion_is_the_mean_of_the_models_and_at_least_that_of_copies():
    ranking = rank([CL, LOSS, COPIES], CATALOG, IDS)
    assert ranking.suspicion.tolist() == pytest.approx([0.85, 0.55, 0.5, 0.5])
    assert ranking.order.tolist() == [0, 1, 2, 3]
    assert ranking.suggested.tolist() == [1, 1, 0, -1]


def test_rows_without_an_opinion_come_last():
    ranking = rank([CL, LOSS], CATALOG, IDS)
    assert np.isnan(ranking.suspicion[3])
    assert ranking.order[-1] == 3


def test_ties_are_ordered_by_id_and_not_by_position():
    level = scores("confident-learning", [0.5] * 4, [0] * 4, [-1] * 4)
    order = rank([level], CATALOG, IDS[::-1].copy()).order
    assert order.tolist() == [3, 2, 1, 0]


def test_verdicts():
    all_scores = [CL, LOSS, COPIES]
    ranking = rank(all_scores, CATALOG, IDS)
    found = verdicts(all_scores, CATALOG, ranking.flagged, np.array([0.9, 0.9, 0.3, 0.5]))
    assert [None if code < 0 else VERDICTS[code].value for code in found] == [
        "mislabelled",
        None,
        "ambiguous",
        "duplicate",
    ]
