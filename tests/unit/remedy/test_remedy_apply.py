from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from recorder_example import recorder_in
from remedy_example import (
    TOOL,
    example_audit,
    flags_of,
    ledger_in,
    read_csv,
    rows_of,
    with_split,
    write_data,
)
from undo_example import applied as changed
from undo_example import made

from labelaudit.data import write
from labelaudit.data.digest import file_sha256
from labelaudit.data.rewrite import rewrite
from labelaudit.data.write import Staged
from labelaudit.errors import InputError, OutputError, RunError
from labelaudit.remedy.apply import apply_plan
from labelaudit.remedy.ledger import _extend
from labelaudit.remedy.ledger_states import states, voided
from labelaudit.remedy.plan import plan_fix
from labelaudit.types import Action, Kind, Plan, Safety

if TYPE_CHECKING:
    from collections.abc import Callable

    from labelaudit.remedy.apply import Applied
    from labelaudit.types import Dataset, Label

AUDIT = example_audit(flags_of((0, 4)))


@pytest.fixture(params=["csv", "parquet"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Dataset:
    return write_data(tmp_path / f"data.{request.param}", rows_of(AUDIT))


def plan(data: Dataset, strategy: str, **options: object) -> Plan:
    return plan_fix(AUDIT, data, strategy=strategy, run_id="run-1", **options)


def apply(plan: Plan, data: Dataset, **options: object) -> Applied:
    source = Path(data.source.path)
    options.setdefault("output", source.with_name(f"out{source.suffix}"))
    return apply_plan(plan, data, recorder=recorder_in(source.parent), **options)


def action(kind: Kind, row: int, before: Label, after: Label | None) -> Action:
    weight = 0.0 if kind is Kind.DROP else 1.0
    return Action(f"r-{row}", row, kind, before, after, weight, "decided", Safety.UNSAFE)


def table_of(path: Path) -> list[dict[str, object]]:
    return pq.read_table(path).to_pylist() if path.suffix == ".parquet" else read_csv(path)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def test_drop_removes_the_rows_and_nothing_else(data: Dataset) -> None:
    source = Path(data.source.path)
    before, rows = source.read_bytes(), table_of(source)
    done = apply(plan(data, "drop"), data)
    assert source.read_bytes() == before
    assert table_of(done.output) == [row for row in rows if row["id"] not in ("r-0", "r-4")]
    assert (done.n_changed, done.entries, done.action) == (2, 3, "1")


def test_dropped_csv_keeps_every_other_byte(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT))
    lines = (tmp_path / "data.csv").read_bytes().splitlines(keepends=True)
    done = apply(plan(data, "drop"), data)
    assert done.output.read_bytes() == b"".join(
        line for number, line in enumerate(lines) if number not in (1, 5)
    )


def test_every_change_is_in_the_ledger(data: Dataset) -> None:
    done = apply(plan(data, "drop"), data)
    ledger = ledger_in(done.output.parent)
    header, *changes = ledger.entries()
    source = Path(data.source.path)
    assert header.kind == "fix"
    facts = dict(header.facts)
    staged, before, after = (facts.pop(k) for k in ("staged", "version_before", "version_after"))
    assert staged.startswith(".labelaudit-")
    assert not (ledger.base / staged).exists()
    versions = recorder_in(done.output.parent).versions
    assert versions.load(before).num_rows == 40
    assert versions.load(after).column("row_id").to_pylist() == sorted(
        {f"r-{row}" for row in range(40)} - {"r-0", "r-4"}
    )
    assert facts == {
        "strategy": "drop",
        "run": "run-1",
        "input": source.name,
        "input_sha256": data.source.sha256,
        "output": f"out{source.suffix}",
        "output_sha256": done.sha256,
        "counts": {"drop": 2},
        "skipped": {},
        "tool": TOOL,
        "changes": 2,
        "columns": {"label": "label", "id": "id", "content": ["text"]},
        "class_weights": {},
        "class_sizes": {"neg": 20, "pos": 20},
        "class_losses": {"neg": 2.0},
        "added": [],
        "in_place": False,
        "replaces": "",
    }
    assert changes[0].facts == {
        "change": "drop",
        "row_id": "r-0",
        "row": 0,
        "fingerprint": f"{int(data.fingerprint[0]):016x}",
        "before": "neg",
        "after": None,
        "weight": 0.0,
        "reason": plan(data, "drop").actions[0].reason,
        "run": "run-1",
        "strategy": "drop",
    }
    assert states(ledger.entries(), ledger.base) == {"1": "present"}


def test_downweight_adds_a_column(data: Dataset) -> None:
    done = apply(plan(data, "downweight"), data)
    weights = [float(row["sample_weight"]) for row in table_of(done.output)]
    assert weights == [0.0625, *[1.0] * 3, 0.0781, *[1.0] * 35]
    kinds = {type(row["sample_weight"]) for row in table_of(done.output)}
    assert kinds == {float if done.output.suffix == ".parquet" else str}
    assert done.n_changed == 2


def test_weights_are_written_short(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT))
    done = apply(plan(data, "downweight", weight=0.1), data, weight_column="w")
    assert [row["w"] for row in read_csv(done.output)][:5] == ["0.1", "1", "1", "1", "0.1"]


def test_a_column_of_weights_is_not_written_twice(tmp_path: Path) -> None:
    rows = rows_of(AUDIT, extra={"sample_weight": ("2",) * 40})
    data = write_data(tmp_path / "data.csv", rows)
    with pytest.raises(InputError, match="'sample_weight' already") as caught:
        apply(plan(data, "downweight"), data)
    assert "--weight-column" in str(caught.value.hint)
    assert apply(plan(data, "downweight"), data, weight_column="w").n_changed == 2


def test_decisions_are_applied(data: Dataset) -> None:
    actions = (
        action(Kind.CORRECT, 0, "neg", "pos"),
        action(Kind.DROP, 2, "neg", None),
        action(Kind.KEEP, 4, "neg", "neg"),
    )
    rows = table_of(Path(data.source.path))
    done = apply(Plan("apply", "run-1", actions), data)
    rows[0]["label"] = "pos"
    del rows[2]
    assert table_of(done.output) == rows
    assert (done.n_changed, done.entries) == (2, 4)
    header, *changes = ledger_in(done.output.parent).entries()
    assert header.kind == "apply"
    assert [(one.facts["change"], one.facts["after"]) for one in changes] == [
        ("correct", "pos"),
        ("drop", None),
        ("keep", "neg"),
    ]


def test_corrections_are_spelled_as_in_the_file(tmp_path: Path) -> None:
    audit = example_audit(flags_of((0,), given=1, suggested=2), classes=(1, 2))
    data = write_data(
        tmp_path / "data.csv",
        rows_of(audit),
        classes=(1, 2),
        spelled=lambda label, row: f"{label}" if row < 4 else f"{label}.0",
    )
    actions = (action(Kind.CORRECT, 0, 1, 2), action(Kind.CORRECT, 2, 1, 3))
    rows = read_csv(apply(Plan("apply", "run-1", actions), data).output)
    assert [row["label"] for row in rows[:4]] == ["2.0", "2", "3", "2"]


def test_an_empty_plan_copies_the_file_and_is_recorded(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT))
    done = apply(Plan("drop", "run-1", ()), data)
    assert done.output.read_bytes() == (tmp_path / "data.csv").read_bytes()
    assert (done.sha256, done.n_changed, done.entries) == (data.source.sha256, 0, 1)


def test_the_input_is_never_the_output(data: Dataset) -> None:
    source = Path(data.source.path)
    link = source.with_name("link" + source.suffix)
    link.symlink_to(source)
    for output in (source, link, source.parent / "." / source.name):
        with pytest.raises(OutputError, match="output is the input"):
            apply(plan(data, "drop"), data, output=output, overwrite=True)
    assert not ledger_in(source.parent).path.exists()


def test_an_existing_output_is_replaced_only_when_asked(data: Dataset) -> None:
    done = apply(plan(data, "drop"), data)
    content = done.output.read_bytes()
    done.output.write_bytes(b"filled in by people")
    with pytest.raises(OutputError, match="exists already") as caught:
        apply(plan(data, "drop"), data)
    assert "--overwrite" in str(caught.value.hint)
    assert done.output.read_bytes() == b"filled in by people"
    assert apply(plan(data, "drop"), data, overwrite=True).action == "2"
    assert done.output.read_bytes() == content


def test_an_output_that_is_a_directory_is_refused(data: Dataset) -> None:
    with pytest.raises(OutputError, match="is a directory"):
        apply(plan(data, "drop"), data, output=Path(data.source.path).parent, overwrite=True)


@pytest.mark.parametrize("name", ["no/where.csv", "data.txt/out.csv", "x" * 300 + ".csv"])
def test_an_output_that_cannot_be_written_is_not_recorded(name: str, data: Dataset) -> None:
    folder = Path(data.source.path).parent
    (folder / "data.txt").write_text("no directory")
    with pytest.raises(OutputError) as caught:
        apply(plan(data, "drop"), data, output=folder / name)
    assert caught.value.where == str(folder / name)
    assert not ledger_in(folder).path.exists()


def test_an_input_that_changed_is_not_worked_on(data: Dataset) -> None:
    source = Path(data.source.path)
    found = plan(data, "drop")
    source.write_bytes(source.read_bytes() + b"x")
    with pytest.raises(RunError, match="changed while"):
        apply(found, data)
    source.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        apply(found, data)
    assert names_in(source.parent) == set()


def test_data_in_memory_cannot_be_fixed(data: Dataset) -> None:
    memory = replace(data, source=replace(data.source, path="<memory>", format="memory"))
    with pytest.raises(InputError, match="not read from one"):
        apply(plan(data, "drop"), memory, output=Path(data.source.path).with_name("o.csv"))


def test_a_queue_is_not_written_here(data: Dataset) -> None:
    with pytest.raises(ValueError, match="write_queue"):
        apply(plan(data, "relabel"), data)


def test_a_damaged_ledger_stops_everything(data: Dataset) -> None:
    folder = Path(data.source.path).parent
    ledger = ledger_in(folder)
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(b"half an ent")
    with pytest.raises(RunError, match="cut off in the middle"):
        apply(plan(data, "drop"), data)
    assert names_in(folder) == {Path(data.source.path).name, ".labelaudit"}


def test_a_crash_before_the_ledger_leaves_nothing(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(data.source.path).parent

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labelaudit.remedy.ledger._extend", crash)
    with pytest.raises(KeyboardInterrupt):
        apply(plan(data, "drop"), data)
    assert names_in(folder) == {Path(data.source.path).name, ".labelaudit"}
    assert ledger_in(folder).verify() == 0


def broken(*_: object, **__: object) -> None:
    raise OSError(5, "Input/output error")


def refuse_the_name(patch: pytest.MonkeyPatch, fail: Callable[[], None] = broken) -> None:
    """Let every file have its name but the output."""
    give = write._give_name

    def refusing(aside: Path, target: Path, path: str, *, overwrite: bool) -> None:
        if target.stem == "out":
            fail()
        give(aside, target, path, overwrite=overwrite)

    patch.setattr(write, "_give_name", refusing)


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_output_that_cannot_be_named_is_taken_back(
    overwrite: bool,  # noqa: FBT001
    data: Dataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(data.source.path).parent
    with monkeypatch.context() as patch:
        refuse_the_name(patch)
        with pytest.raises(OutputError, match="Input/output error") as caught:
            apply(plan(data, "drop"), data, overwrite=overwrite)
    assert caught.value.where == str(folder / f"out{Path(data.source.path).suffix}")
    assert names_in(folder) == {Path(data.source.path).name, ".labelaudit"}
    ledger = ledger_in(folder)
    first, second = (entry for entry in ledger.entries() if entry.kind != "change")
    assert (first.kind, second.kind) == ("fix", "void")
    assert second.facts == {**first.facts, "voids": "1", "changes": 0}
    assert voided(ledger.entries()) == {"1"}
    assert states(ledger.entries(), ledger.base) == {"1": "void", "2": "void"}
    assert apply(plan(data, "drop"), data).action == "3"


def test_a_ledger_that_cannot_take_it_back_shows_a_missing_output(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(data.source.path).parent

    def fill_the_disk() -> None:
        monkeypatch.setattr(os, "fsync", broken)
        raise KeyboardInterrupt

    refuse_the_name(monkeypatch, fill_the_disk)
    with pytest.raises(KeyboardInterrupt):
        apply(plan(data, "drop"), data)
    assert names_in(folder) == {Path(data.source.path).name, ".labelaudit"}
    ledger = ledger_in(folder)
    assert states(ledger.entries(), ledger.base) == {"1": "missing"}


def test_of_two_at_once_one_wins(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    rivals: list[Applied] = []

    def overtaken(*args: object, **kinds: object) -> str:
        monkeypatch.undo()
        rivals.append(apply(plan(data, "downweight"), data))
        return rewrite(*args, **kinds)

    monkeypatch.setattr("labelaudit.data.rewrite.rewrite", overtaken)
    with pytest.raises(OutputError, match="the output exists already"):
        apply(plan(data, "drop"), data)
    (rival,) = rivals
    assert file_sha256(rival.output) == rival.sha256
    headers = [e for e in ledger_in(rival.output.parent).entries() if e.kind != "change"]
    assert [one.facts["strategy"] for one in headers] == ["downweight"]
    assert names_in(rival.output.parent) == {
        Path(data.source.path).name,
        rival.output.name,
        ".labelaudit",
    }


@pytest.mark.parametrize("links", [True, False])
def test_what_others_write_at_the_last_moment_is_not_replaced(
    links: bool,  # noqa: FBT001
    data: Dataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = Path(data.source.path).with_name(f"out{Path(data.source.path).suffix}")
    monkeypatch.setattr(Staged, "check", lambda *_, **__: output.write_bytes(b"theirs"))
    if not links:
        monkeypatch.setattr(os, "link", broken)
    with pytest.raises(OutputError, match="the output exists already"):
        apply(plan(data, "drop"), data)
    assert output.read_bytes() == b"theirs"
    assert voided(ledger_in(output.parent).entries()) == {"1"}


def test_a_file_system_without_hard_links(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", broken)
    done = apply(plan(data, "drop"), data)
    assert file_sha256(done.output) == done.sha256
    assert len(names_in(done.output.parent)) == 3


@pytest.mark.parametrize("dangling", [True, False])
def test_an_output_that_is_a_link_is_followed(
    dangling: bool,  # noqa: FBT001
    data: Dataset,
) -> None:
    folder, suffix = Path(data.source.path).parent, Path(data.source.path).suffix
    (folder / "elsewhere").mkdir()
    real, link = folder / "elsewhere" / f"real{suffix}", folder / f"link{suffix}"
    link.symlink_to(real)
    if not dangling:
        real.write_bytes(b"old")
    done = apply(plan(data, "drop"), data, output=link, overwrite=not dangling)
    assert link.is_symlink()
    assert file_sha256(real) == done.sha256
    assert [path.name for path in real.parent.iterdir()] == [real.name]
    assert next(ledger_in(folder).entries()).facts["output"] == f"elsewhere/real{suffix}"


def test_one_file_is_written_aside(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    seen: list[str] = []
    opened = Path.open

    def note(self: Path, mode: str = "r", **kinds: object) -> object:
        if "x" in mode:
            made.append(self.name)
        return opened(self, mode, **kinds)

    monkeypatch.setattr(Path, "open", note)
    folder = Path(data.source.path).parent
    monkeypatch.setattr(
        "labelaudit.remedy.ledger._extend",
        lambda *_: seen.extend(names_in(folder) - {Path(data.source.path).name, ".labelaudit"}),
    )
    apply(plan(data, "drop"), data)
    assert len(seen) == 1
    assert made.count(seen[0]) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_not_replaced(data: Dataset) -> None:
    pipe = Path(data.source.path).with_name("pipe")
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="not a regular file"):
        apply(plan(data, "drop"), data, output=pipe, overwrite=True)
    assert pipe.is_fifo()
    assert not ledger_in(pipe.parent).path.exists()


def test_files_are_durable_before_they_are_told_of(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        told.append(Path(f"/proc/self/fd/{handle}").resolve().name)
        fsync(handle)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to name what is synced")
    monkeypatch.setattr(os, "fsync", note)
    extended = []

    def extend(*parts: object) -> None:
        extended.append(len(told))
        _extend(*parts)

    monkeypatch.setattr("labelaudit.remedy.ledger._extend", extend)
    done = apply(plan(data, "drop"), data)
    (before,) = extended
    aside = next(ledger_in(done.output.parent).entries()).facts["staged"]
    assert told.index(aside) < before
    assert told[before + 1] == ".labelaudit"
    assert told[-1] == done.output.parent.name


def apply_in_place(plan: Plan, data: Dataset, **options: object) -> Applied:
    return apply(plan, data, output=Path(data.source.path), in_place=True, **options)


def kept_files(folder: Path) -> list[Path]:
    files = recorder_in(folder).versions.folders[1]
    return list(files.iterdir()) if files.exists() else []


def test_in_place_keeps_what_it_replaces_first(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(data.source.path)
    rows = table_of(source)
    kept: list[int] = []

    def extend(*parts: object) -> None:
        kept.append(len(kept_files(source.parent)))
        _extend(*parts)

    monkeypatch.setattr("labelaudit.remedy.ledger._extend", extend)
    done = apply_in_place(plan(data, "drop"), data)
    assert kept == [1]
    assert table_of(source) == [row for row in rows if row["id"] not in ("r-0", "r-4")]
    facts = next(ledger_in(source.parent).entries()).facts
    assert (facts["in_place"], facts["replaces"]) == (True, data.source.sha256)
    assert (facts["output"], facts["output_sha256"]) == (source.name, done.sha256)
    assert recorder_in(source.parent).versions.file_state(data.source.sha256) == "whole"


def test_in_place_means_the_input(data: Dataset) -> None:
    other = Path(data.source.path).with_name("other.csv")
    for _ in range(2):
        with pytest.raises(OutputError, match="another file"):
            apply(plan(data, "drop"), data, output=other, in_place=True)
        other.write_bytes(b"there now")
    assert not ledger_in(other.parent).path.exists()


def test_in_place_follows_a_link_and_keeps_permissions(data: Dataset) -> None:
    source = Path(data.source.path)
    source.chmod(0o640)
    link = source.with_name(f"link{source.suffix}")
    link.symlink_to(source)
    linked = replace(data, source=replace(data.source, path=str(link)))
    apply_in_place(plan(linked, "drop"), linked)
    assert link.is_symlink()
    assert len(table_of(source)) == 38
    assert stat.S_IMODE(source.stat().st_mode) == 0o640


def test_a_file_that_is_replaced_is_kept(data: Dataset) -> None:
    out = Path(data.source.path).with_name(f"out{Path(data.source.path).suffix}")
    out.write_bytes(b"their work")
    apply(plan(data, "drop"), data, overwrite=True)
    facts = next(ledger_in(out.parent).entries()).facts
    assert facts["replaces"] == hashlib.sha256(b"their work").hexdigest()
    assert recorder_in(out.parent).versions.file_state(facts["replaces"]) == "whole"


def test_what_is_there_already_is_not_written_again(data: Dataset) -> None:
    done = apply(plan(data, "drop"), data)
    before = done.output.stat().st_mtime_ns
    again = apply(plan(data, "drop"), data)
    assert (again.already, again.action, again.entries) == (True, "1", 0)
    assert (again.sha256, again.n_changed) == (done.sha256, 2)
    assert done.output.stat().st_mtime_ns == before
    assert ledger_in(done.output.parent).verify() == 3
    # What somebody else put there is as good, but nobody's action.
    other = done.output.with_name(f"other{done.output.suffix}")
    other.write_bytes(done.output.read_bytes())
    found = apply(plan(data, "drop"), data, output=other)
    assert (found.already, found.action) == (True, "")


def soft(row: int, given: Label, probabilities: tuple[float, ...]) -> Action:
    return replace(action(Kind.CORRECT, row, given, given), probabilities=probabilities)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_soft_labels_are_columns_and_the_label_stays(tmp_path: Path, suffix: str) -> None:
    audit = example_audit(flags_of((0, 4)), missing=2)
    data = write_data(tmp_path / f"data.{suffix}", rows_of(audit))
    rows = table_of(Path(data.source.path))
    done = apply(Plan("correct", "run-1", (soft(0, "neg", (0.25, 0.75)),)), data)
    after = table_of(done.output)
    found = [(row.pop("label_prob_neg"), row.pop("label_prob_pos")) for row in after]
    assert after == rows
    empty = ("", "") if suffix == "csv" else (None, None)
    assert [tuple(float(one) for one in pair) for pair in found[:38]] == [
        (0.25, 0.75),
        *[(1, 0) if row["label"] == "neg" else (0, 1) for row in rows[1:38]],
    ]
    assert found[38:] == [empty] * 2
    header, change = ledger_in(tmp_path).entries()
    assert header.facts["added"] == ["label_prob_neg", "label_prob_pos"]
    assert header.facts["version_before"] == header.facts["version_after"]
    assert change.facts["probabilities"] == [0.25, 0.75]


def test_a_column_of_soft_labels_is_not_written_twice(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.csv", rows_of(AUDIT, extra={"label_prob_pos": ("1",) * 40}))
    with pytest.raises(InputError, match="'label_prob_pos' already") as caught:
        apply(Plan("correct", "run-1", (soft(0, "neg", (0.25, 0.75)),)), data)
    assert "label_prob_*" in str(caught.value.hint)
    assert names_in(tmp_path) == {"data.csv"}


def test_weights_of_classes_go_to_training_rows(tmp_path: Path) -> None:
    audit = with_split(AUDIT)
    split = ("train",) * 30 + ("test",) * 10
    data = write_data(tmp_path / "data.csv", rows_of(audit, split=split))
    actions = (replace(action(Kind.DOWNWEIGHT, 0, "neg", "neg"), weight=0.125),)
    found = Plan("downweight", "run-1", actions, class_weights={"pos": 0.5})
    rows = read_csv(apply(found, data).output)
    for row, cells in enumerate(rows):
        learned = row < 30 and cells["label"] == "pos"
        wanted = "0.125" if row == 0 else "0.5" if learned else "1"
        assert cells["sample_weight"] == wanted
    ledger = ledger_in(tmp_path)
    facts = next(ledger.entries()).facts
    assert (facts["class_weights"], facts["added"]) == ({"pos": 0.5}, ["sample_weight"])
    after = recorder_in(tmp_path).versions.load(facts["version_after"]).to_pylist()
    weight = {row["row_id"]: row["weight"] for row in after}
    assert weight == {f"r-{row}": float(cells["sample_weight"]) for row, cells in enumerate(rows)}


def test_without_a_weight_to_change_there_is_no_column(data: Dataset) -> None:
    done = apply(Plan("downweight", "run-1", ()), data)
    assert done.output.read_bytes() == Path(data.source.path).read_bytes()


def test_versions_are_those_of_the_table_that_is_read_back(tmp_path: Path) -> None:
    path = made(tmp_path, ".csv", with_id=False)
    changed("all", path, output=tmp_path / "out.csv")
    changed("nothing", tmp_path / "out.csv", output=tmp_path / "next.csv")
    first, second = (one for one in ledger_in(tmp_path).entries() if one.kind == "fix")
    assert first.facts["version_after"] == second.facts["version_before"]
    assert first.facts["version_before"] != first.facts["version_after"]


def test_what_else_is_told_is_recorded(data: Dataset) -> None:
    done = apply(plan(data, "drop"), data, facts={"options": {"weight": None}})
    assert next(ledger_in(done.output.parent).entries()).facts["options"] == {"weight": None}
