from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.audit.baseline import Accepted, match_baseline, read_baseline
from labelaudit.audit.baseline_write import write_baseline

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 1, 1)).map(date.isoformat)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ENTRIES = st.builds(
    Accepted,
    fingerprint=st.integers(0, 2**64 - 1).map("{:016x}".format),
    row_id=TEXTS,
    label=TEXTS.filter(bool),
    decision=st.sampled_from(["right", "known"]),
    who=TEXTS,
    when=DAYS,
    why=TEXTS,
    expires=st.just("") | DAYS,
)
DISTINCT = st.lists(ENTRIES, unique_by=lambda entry: entry.key, max_size=4)


@settings(max_examples=30)
@given(DISTINCT, st.randoms())
def test_what_is_written_is_read_back(entries, random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder, "one.csv"), Path(folder, "other.csv")
        write_baseline(one, entries)
        assert read_baseline(one) == tuple(sorted(entries, key=lambda entry: entry.key))
        random.shuffle(entries)
        for entry in entries:
            write_baseline(other, [entry])
        assert not entries or one.read_bytes() == other.read_bytes()
        assert write_baseline(one, without=entries).entries == ()


TABLES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-1, 2)), min_size=1, max_size=12
)  # content and label of each row


@given(TABLES, st.booleans(), st.randoms(), st.data())
def test_matching_does_not_depend_on_the_order_of_rows(rows, has_ids, random, draw) -> None:
    contents = np.array([content for content, _ in rows], dtype=np.uint64)
    given_labels = np.array([label for _, label in rows], dtype=np.int32)
    copies: dict[int, int] = {}
    made = []
    for content, _ in rows:
        made.append(f"{content:016x}#{copies.setdefault(content, 0)}")
        copies[content] += 1
    names = np.array([f"r{place}" for place in range(len(rows))] if has_ids else made, dtype=object)
    entries = draw.draw(
        st.lists(
            st.builds(
                Accepted,
                fingerprint=st.integers(0, 4).map("{:016x}".format),
                row_id=st.sampled_from(["", "r99", *names.tolist()]),
                label=st.sampled_from(["a", "b", "c", "d"]),
                decision=st.sampled_from(["right", "known"]),
                who=st.just(""),
                when=st.just("2026-01-01"),
                why=st.just(""),
                expires=st.sampled_from(["", "2026-01-01", "2026-06-30"]),
            ),
            unique_by=lambda entry: entry.key,
        )
    )

    def match(order, entries):
        return match_baseline(
            entries,
            row_id=names[order],
            fingerprint=contents[order],
            given=given_labels[order],
            classes=("a", "b", "c"),
            today=date(2026, 3, 1),
        )

    straight = match(np.arange(len(rows)), entries)
    order = list(range(len(rows)))
    random.shuffle(order)
    moved = match(np.array(order), list(reversed(entries)))
    assert (moved.right == straight.right[order]).all()
    assert (moved.known == straight.known[order]).all()
    assert set(moved.stale) == set(straight.stale)
    assert not (straight.right & straight.known).any()
    valid = [one for one in entries if one not in dict(straight.stale)]
    assert bool(valid) == bool((straight.right | straight.known).any())
    relabelled = [replace(one, label="never seen") for one in valid]
    assert not match(np.arange(len(rows)), relabelled).right.any()
