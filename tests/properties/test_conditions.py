"""Whatever a condition says, it can be written so that it is read the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labelaudit.audit.conditions import BOUNDS, METRICS, Condition, parse_condition, write_share
from labelaudit.errors import SettingError
from labelaudit.setting_kinds import parse_share

NAMES = st.text() | st.sampled_from(["", " ", '"', "'", '""', "a=b", "=", "a b", "x>y", "flagged"])
SHARES = st.floats(0, 1) | st.integers(0, 1000).map(lambda one: one / 1000)


@st.composite
def conditions(draw):
    metric = draw(st.sampled_from(METRICS))
    whole = metric == "noise_rate"
    return Condition(
        metric=metric,
        limit=draw(SHARES),
        bound=draw(st.sampled_from(["", *BOUNDS])),
        reached=draw(st.booleans()),
        slices=() if whole else tuple(draw(st.lists(st.tuples(NAMES, NAMES), max_size=3))),
        label=None if whole else draw(st.none() | NAMES),
    )


@given(conditions())
def test_written_and_read_again_it_is_the_same(condition):
    assert parse_condition(str(condition)) == condition


@given(SHARES)
def test_a_share_written_is_the_share(share):
    assert parse_share(write_share(share), "here") == share


@given(st.text() | st.text(alphabet="slice:cas=\"' >%.5flaged"))
def test_any_other_text_is_refused_as_the_users_to_mend(text):
    refused = None
    try:
        read = parse_condition(text)
    except SettingError as error:
        refused = error
    if refused is None:
        assert parse_condition(str(read)) == read
    else:
        assert refused.where.startswith("--fail-on")
        assert refused.hint
