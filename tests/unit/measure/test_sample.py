from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampled import audited, noisy_messages

from labelaudit.errors import InputError, OutputError, RunError
from labelaudit.measure.sample import (
    FLAGGED,
    NEAR,
    REST,
    UNFLAGGED,
    draw_sample,
    judged,
    keep_sample,
    load_sample,
)
from labelaudit.measure.sample_table import find_rows, sample_table, write_sample


def draw(audit, **options):
    return draw_sample(audit, **{"run_id": "run-1", "n": 100, **options})


def with_flags(audit, n_flagged):
    """Flag that many judged rows instead of those flagged."""
    flagged = np.zeros(len(audit.row_id), dtype=bool)
    flagged[np.flatnonzero(judged(audit))[:n_flagged]] = True
    return replace(audit, flagged=flagged)


def test_the_judged_rows_are_those_the_summary_counts(run):
    audit, _ = run
    assert judged(audit).sum() == audit.summary.judged


def test_every_row_is_drawn_once_from_its_own_stratum(run):
    audit, _ = run
    sample = draw(audit, n=200)
    position = {row_id: row for row, row_id in enumerate(audit.row_id)}
    seen = [row.row_id for row in sample.rows]
    assert len(seen) == len(set(seen)) == 200
    assert [row.number for row in sample.rows] == list(range(1, 201))
    for part in sample.strata:
        for row in part.rows:
            at = position[row.row_id]
            assert audit.flagged[at] == part.flagged
            assert row.given == audit.classes[audit.given[at]]
            assert row.error_probability == audit.error_probability[at]
    assert sum(part.population for part in sample.strata) == audit.summary.judged


def test_the_suspicious_tenth_is_drawn_in_proportion(run):
    audit, _ = run
    parts = {part.name: part for part in draw(audit, n=200).strata}
    assert list(parts) == [FLAGGED, NEAR, REST]
    near, rest = parts[NEAR], parts[REST]
    assert abs(near.population - 0.1 * (near.population + rest.population)) <= 0.5
    drawn = len(near.rows) + len(rest.rows)
    share = near.population / (near.population + rest.population)
    assert abs(len(near.rows) - drawn * share) <= 0.5
    assert min(row.error_probability for row in near.rows) >= max(
        row.error_probability for row in rest.rows
    )


def test_a_small_sample_is_not_split(run):
    audit, _ = run
    assert [part.name for part in draw(audit, n=40).strata] == [FLAGGED, UNFLAGGED]


def test_sizes_add_up_and_no_stratum_goes_without(run):
    # Inside, since hypothesis would write out the whole run.
    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, 600), st.integers(10, 700), st.floats(0, 1))
    def holds(n_flagged, n, share):
        audit = with_flags(run.audit, n_flagged)
        n_judged, n_flagged = audit.summary.judged, int(audit.flagged.sum())
        sample = draw(audit, n=n, flagged_share=share)
        assert len(sample.rows) == min(n, n_judged)
        assert all(1 <= len(part.rows) <= part.population for part in sample.strata)
        flagged = sum(len(part.rows) for part in sample.strata if part.flagged)
        assert (flagged > 0) == (n_flagged > 0)
        wanted = round(min(n, n_judged) * share)
        enough_of_both = 1 <= wanted <= n_flagged and 1 <= n - wanted <= n_judged - n_flagged
        if enough_of_both:
            assert flagged == wanted

    holds()


def test_the_same_seed_draws_the_same_and_another_does_not(run):
    audit, _ = run
    one, again, other = draw(audit), draw(audit), draw(audit, seed=1)
    assert one == again
    assert one.id != other.id
    assert {row.row_id for row in one.rows} != {row.row_id for row in other.rows}
    assert draw(audit, run_id="run-2").id != one.id


def test_the_order_of_the_file_has_no_say(run):
    audit, _ = run
    order = np.random.default_rng(3).permutation(len(audit.row_id))
    per_row = ("row_id", "given", "suggested", "error_probability", "flagged")
    shuffled = replace(audit, **{name: getattr(audit, name)[order] for name in per_row})
    assert draw(audit, n=200) == draw(shuffled, n=200)


def test_flagged_and_other_rows_stand_in_random_order(run):
    audit, _ = run
    sample = draw(with_flags(audit, 300), n=200)
    flagged = {row.number for part in sample.strata if part.flagged for row in part.rows}
    assert 30 <= len(flagged & set(range(1, 101))) <= 70


def test_each_row_of_a_stratum_is_as_likely(run):
    audit = with_flags(run[0], 40)
    times = dict.fromkeys(audit.row_id[audit.flagged], 0)
    for seed in range(400):
        for row in draw(audit, n=20, seed=seed).strata[0].rows:
            times[row.row_id] += 1
    share = np.array(list(times.values())) / 400
    assert abs(share - 0.25).max() < 0.25 / 2
    assert share.mean() == pytest.approx(0.25)


def test_rows_out_of_reach_are_counted_and_not_drawn(run):
    audit, _ = run
    reachable = np.arange(len(audit.row_id)) % 2 == 0
    sample = draw(audit, n=1000, reachable=reachable)
    assert sample.out_of_reach == (judged(audit) & ~reachable).sum()
    assert {row.row_id for row in sample.rows} == set(audit.row_id[judged(audit) & reachable])
    with pytest.raises(InputError, match="no row to draw"):
        draw(audit, reachable=np.zeros(len(reachable), dtype=bool))


def test_a_kept_sample_comes_back_as_it_was(run, tmp_path):
    sample = draw(run[0])
    keep_sample(sample, tmp_path / "samples")
    first = (tmp_path / "samples" / f"{sample.id}.json").read_bytes()
    keep_sample(sample, tmp_path / "samples")
    assert (tmp_path / "samples" / f"{sample.id}.json").read_bytes() == first
    assert load_sample(sample.id, tmp_path / "samples") == sample


def test_a_record_that_was_changed_or_cut_is_refused(run, tmp_path):
    sample = draw(run[0])
    keep_sample(sample, tmp_path)
    path = tmp_path / f"{sample.id}.json"
    content = path.read_bytes()
    plain = json.loads(content)
    plain["strata"][0]["population"] += 1
    for broken in (json.dumps(plain).encode(), content[:200], b"{}", b"[]"):
        path.write_bytes(broken)
        with pytest.raises(RunError, match="damaged"):
            load_sample(sample.id, tmp_path)
    with pytest.raises(RunError, match="no sample 's000'"):
        load_sample("s000", tmp_path)
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        load_sample(sample.id[:-1], tmp_path)
    assert sample.id in caught.value.hint


def table_of(audit, data, **options):
    sample = draw(audit, **options)
    return sample_table(sample, audit, data, find_rows(audit, data))


def test_the_table_shows_the_row_and_nothing_the_run_thinks(run):
    audit, data = run
    table, left_out = table_of(audit, data, n=60)
    assert table.column_names == [
        *("sample", "number", "row_id", "given_label", "text", "answer", "reviewer", "note")
    ]
    assert left_out == ()
    frame = table.to_pandas()
    source = noisy_messages(600).set_index("id").loc[frame["row_id"]]
    assert list(frame["text"]) == list(source["text"])
    assert list(frame["given_label"]) == list(source["label"])
    assert frame[["answer", "reviewer", "note"]].isna().all().all()


def test_other_suggestions_and_scores_leave_the_rows_shown_as_they_are(run):
    audit, data = run
    shown = table_of(audit, data)[0].drop_columns("sample")
    other = replace(
        audit,
        suggested=np.where(audit.suggested >= 0, 1 - audit.suggested, 0).astype(np.int32),
        suspicion=audit.suspicion[::-1],
        self_confidence=audit.self_confidence[::-1],
        severity=np.where(audit.flagged, 0, -1).astype(np.int8),
        order=audit.order[::-1],
        issues=(),
    )
    assert table_of(other, data)[0].drop_columns("sample").equals(shown)


def features(n=200, wide=0):
    random = np.random.default_rng(0)
    code = random.integers(0, 2, n)
    frame = pd.DataFrame(
        {
            "id": [f"r{row}" for row in range(n)],
            "Answer": random.normal(size=n).round(4) + 3 * code,
            "colour": np.array(["red", "blue"])[code],
            "label": code,
        }
    )
    for number in range(wide):
        frame[f"x{number}"] = random.normal(size=n).round(3)
    return frame


def test_without_text_the_features_are_shown_as_the_file_has_them(tmp_path):
    audit, data = audited(tmp_path / "data.csv", features())
    table, _ = table_of(audit, data, n=20)
    assert "data.Answer" in table.column_names
    raw = pd.read_csv(tmp_path / "data.csv", dtype=str).set_index("id")
    frame = table.to_pandas().set_index("row_id")
    assert frame["data.Answer"].to_dict() == raw.loc[frame.index, "Answer"].to_dict()
    assert frame["given_label"].to_dict() == raw.loc[frame.index, "label"].to_dict()


def test_a_wide_table_is_cut_and_what_is_left_out_is_told(tmp_path):
    audit, data = audited(tmp_path / "data.csv", features(wide=60))
    table, left_out = table_of(audit, data, n=20)
    assert len(left_out) == 12
    assert not set(left_out) & set(table.column_names)


def test_a_column_that_the_run_left_out_is_not_shown(tmp_path):
    frame = noisy_messages(300).assign(hint="spam perhaps, says the other model of ours today")
    audit, data = audited(tmp_path / "data.csv", frame)
    columns = tuple(one for one in audit.schema.columns if one.name != "hint")
    blinkered = replace(audit, schema=replace(audit.schema, columns=columns))
    assert "hint" not in table_of(blinkered, data, n=20)[0].column_names


def test_rows_are_found_again_after_the_file_changed(tmp_path, run):
    audit, data = run
    assert (find_rows(audit, data) == np.arange(600)).all()
    frame = noisy_messages(600).drop(index=[5, 6])
    frame.loc[7, "text"] = "something else now"
    _, moved = audited(tmp_path / "messages.csv", frame.sample(frac=1, random_state=0))
    place = find_rows(audit, moved)
    assert set(np.flatnonzero(place < 0)) == {5, 6, 7}
    kept = np.flatnonzero(place >= 0)
    assert (moved.row_id[place[kept]] == audit.row_id[kept]).all()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_drawing_again_writes_the_same_bytes(run, tmp_path, suffix):
    audit, data = run
    place = find_rows(audit, data)
    paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        write_sample(draw(audit), audit, data, place, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_cells_that_a_spreadsheet_would_run_are_counted_or_made_harmless(tmp_path):
    frame = noisy_messages(200)
    frame["text"] = "=1+" + frame["text"]
    audit, data = audited(tmp_path / "data.csv", frame)
    sample, place = draw(audit, n=20), find_rows(audit, data)
    written = write_sample(sample, audit, data, place, tmp_path / "a.csv")
    assert written.risky_cells == 20
    write_sample(sample, audit, data, place, tmp_path / "b.csv", safe_cells=True)
    assert pd.read_csv(tmp_path / "b.csv")["text"].str.startswith("'=1+").all()


def test_a_sample_replaces_nothing_unasked(run, tmp_path):
    audit, data = run
    sample, place = draw(audit), find_rows(audit, data)
    there = tmp_path / "there.csv"
    there.write_text("answers")
    with pytest.raises(OutputError, match="exists already"):
        write_sample(sample, audit, data, place, there)
    assert there.read_text() == "answers"
    write_sample(sample, audit, data, place, there, overwrite=True)
    with pytest.raises(OutputError, match="never modified"):
        write_sample(sample, audit, data, place, type(there)(data.source.path), overwrite=True)
    with pytest.raises(OutputError, match=r"\.xlsx"):
        write_sample(sample, audit, data, place, tmp_path / "a.xlsx")
