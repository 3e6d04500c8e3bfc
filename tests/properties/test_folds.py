from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.errors import InputError
from labelaudit.evidence.folds import make_folds


@st.composite
def problems(draw):
    n = draw(st.integers(2, 60))
    y = np.array(draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n)), dtype=np.int32)
    key = np.array(draw(st.lists(st.integers(0, n), min_size=n, max_size=n)), dtype=np.uint64)
    groups = draw(st.none() | st.lists(st.integers(0, 8), min_size=n, max_size=n).map(np.array))
    return y, key, groups, draw(st.integers(2, 6)), draw(st.integers(0, 3))


@given(problems())
def test_a_plan_exists_or_the_fault_is_named(problem):
    y, key, groups, n_folds, seed = problem
    try:
        plan = make_folds(y, n_folds=n_folds, seed=seed, feature_key=key, groups=groups)
    except InputError:
        return
    labelled = y >= 0
    assert 2 <= plan.n_folds <= n_folds
    assert ((plan.fold >= 0) == labelled).all()
    assert plan.fold.max() < plan.n_folds
    assert not plan.judged[~labelled].any()
    assert plan.judged.any()
    together = [key] if groups is None else [key, groups]
    for belongs in together:
        for value in np.unique(belongs[labelled]):
            assert len(set(plan.fold[labelled & (belongs == value)])) == 1
    for label in np.unique(y[plan.judged]):
        assert plan.judged[y == label].all()
        assert len(np.unique(key[y == label])) >= plan.n_folds
        # Wherever such a row is held out, others of its class are there to learn from.
        for held_out in np.unique(plan.fold[y == label]):
            learned = (y == label) & (plan.fold != held_out)
            assert len(np.unique(key[learned])) >= plan.n_folds - 1
