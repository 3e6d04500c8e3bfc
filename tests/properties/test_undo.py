from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder_example import recorder_in
from undo_example import action

from labelaudit.data.dataset import load_dataset
from labelaudit.data.read import read_table
from labelaudit.data.schema import NO_ID, SchemaChoices
from labelaudit.remedy.apply import apply_plan
from labelaudit.remedy.undo import carry_out, choose, plan_undo
from labelaudit.types import Kind, Plan

TEXTS = st.text(alphabet='aé ,;"\t#', min_size=1, max_size=6).filter(str.strip)
KINDS = st.sampled_from([Kind.DROP, Kind.CORRECT, Kind.DOWNWEIGHT, Kind.KEEP, "soft", None])


@st.composite
def contents(draw):
    """Draw a CSV file with odd quotes, marks and line ends."""
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    rows = draw(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), min_size=4, max_size=8))
    lines = ["text,label,note"]
    for place, (text, note, quoted) in enumerate(rows):
        cells = [f"{place} {text}", ("neg", "pos")[place % 2], note]
        lines.append(
            ",".join(
                '"' + cell.replace('"', '""') + '"' if quoted or set(cell) & set(',"') else cell
                for cell in cells
            )
        )
    blank = ending if draw(st.booleans()) else ""
    last = ending if draw(st.booleans()) else ""
    content = ending.join(lines[:-1]) + ending + blank + lines[-1] + last
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + content.encode()


def plan_for(data, kinds):
    mixed = "soft" in kinds and Kind.CORRECT in kinds
    actions = tuple(
        action(data, row, kind)
        for row, kind in enumerate(kinds[: data.n_rows])
        if kind is not None and not (mixed and kind == "soft")
    )
    return Plan("drop", "run-1", actions)


@given(contents(), st.lists(KINDS, min_size=8, max_size=8), st.booleans())
@settings(max_examples=40)
def test_apply_in_place_then_undo_gives_the_same_bytes(content, kinds, parquet):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.csv")
        path.write_bytes(content)
        if parquet:
            path = as_parquet(path)
            content = path.read_bytes()
        data = load_dataset(path, SchemaChoices(label="label", id=NO_ID, need_features=False))
        plan, recorder = plan_for(data, kinds), recorder_in(Path(folder))
        done = apply_plan(plan, data, output=path, recorder=recorder, in_place=True)
        changes = any(one.kind is not Kind.KEEP for one in plan.actions)
        assert done.already == (not changes)
        assert (path.read_bytes() == content) == (not changes)
        for header in choose(recorder):
            carry_out(recorder, plan_undo(recorder, header))
        assert path.read_bytes() == content
        nothing = replace(plan, actions=())
        apply_plan(nothing, data, output=path, recorder=recorder, in_place=True)
        assert path.read_bytes() == content
        assert recorder.ledger.verify() == (len(plan.actions) + 1) * changes + undone(plan, changes)


def undone(plan, changes):
    kept = sum(one.kind is Kind.KEEP for one in plan.actions)
    return (len(plan.actions) - kept + 1) * changes


def as_parquet(path):
    other = path.with_suffix(".parquet")
    pq.write_table(read_table(path).table, other, compression="gzip", use_dictionary=False)
    path.unlink()
    return other
