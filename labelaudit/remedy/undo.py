"""Undoing: bring back what an action changed, as an action of its own.

A file that still is what the action left becomes again what it was, to the byte: what the
action replaced comes back, and a file that was new goes. A file that was changed since is
undone row by row: rows are found by id or content, and only what still is as the action
left it is set back. What cannot be set back is named and left alone.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.data.leftovers import owner_of
from labelaudit.data.write import aside, check_ending, refuse_overwrite_of_input, remove
from labelaudit.errors import OutputError, RefusedError, RunError
from labelaudit.remedy.apply import Applied, commit, take_back
from labelaudit.remedy.ledger import CHANGE, UNDO, VOID, Batch, relative_to_base
from labelaudit.remedy.ledger_states import standing, undone, voided
from labelaudit.remedy.recover import sha256_if_there
from labelaudit.remedy.undo_inverse import QUEUE, inverses
from labelaudit.remedy.undo_match import FileNow, read_now
from labelaudit.remedy.undo_rows import RowUndo, undo_rows
from labelaudit.remedy.undo_vectors import keep_row_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labelaudit.data.write import Staged
    from labelaudit.remedy.ledger_chain import Entry
    from labelaudit.remedy.record import Recorder

_DATE = len("20260314")

RESTORE, REMOVE, ROWS, NOTHING = "restore", "remove", "rows", "nothing"
"""The ways to undo: bring the old bytes back, take the file away, go row by row, or only
say so, where the file is as it was already."""


@dataclass(frozen=True)
class Undoing:
    """What undoing an action comes to; nothing has happened yet.

    Attributes
    ----------
    header : Entry
        Of the action.
    path : Path
        The file it wrote.
    now : str
        SHA-256 of what is there; empty where there is no file.
    way : str
        ``"restore"``, ``"remove"``, ``"rows"`` or ``"nothing"``.
    rows : RowUndo or None
        For ``"rows"``.
    """

    header: Entry
    path: Path
    now: str
    way: str
    rows: RowUndo | None = None


def choose(recorder: Recorder, what: str | None = None) -> tuple[Entry, ...]:
    """Find the actions to undo.

    Parameters
    ----------
    recorder : Recorder
    what : str, optional
        An action, or a run or the beginning of its name, which stands for all its actions.
        The newest action, when left out.

    Returns
    -------
    tuple of Entry
        Their headers, newest first; empty where all are undone already, or nothing is
        named and the newest action is itself an undo.

    Raises
    ------
    RunError
        When there is no such action, or it never happened.
    """
    entries = recorder.ledger.headers()
    open_ones = standing(entries)
    changes = [one for one in open_ones if one.kind != UNDO]
    if what is None:
        # Called again, as after being killed, it must not go one further.
        kinds = {entry.action: entry.kind for entry in entries}
        last = open_ones[-1].facts.get("undoes", "") if open_ones else ""
        return () if kinds.get(last, UNDO) != UNDO else tuple(changes[-1:])
    for entry in entries:
        if entry.action == what:
            if entry.kind == VOID or what in voided(entries):
                raise RunError(
                    f"action {what} never happened: its file could not be written",
                    where=str(recorder.ledger.path),
                    hint="`labelaudit log` lists the actions",
                )
            return () if what in undone(entries) else (entry,)
    runs = {str(one.facts.get("run", "")) for one in entries} - {""}
    # A number that is no action must not be taken for the beginning of a date.
    beginning = bool(what) and (not what.isdecimal() or len(what) >= _DATE)
    found = {what} & runs or {run for run in runs if beginning and run.startswith(what)}
    if len(found) != 1:
        raise RunError(
            f"{what!r} could be any of {len(found)} runs"
            if found
            else f"there is no action and no run {what!r} in the ledger",
            where=", ".join(sorted(found)[:5]) or str(recorder.ledger.path),
            hint="`labelaudit log` lists the actions and their runs",
        )
    (run,) = found
    return tuple(one for one in reversed(changes) if one.facts.get("run") == run)


def undoable(recorder: Recorder) -> tuple[Entry, ...]:
    """Give the changes that stand, which `choose` takes by name.

    Parameters
    ----------
    recorder : Recorder

    Returns
    -------
    tuple of Entry
        Their headers, newest first; no undos.
    """
    return tuple(one for one in reversed(standing(recorder.ledger.headers())) if one.kind != UNDO)


def plan_undo(recorder: Recorder, header: Entry, *, now: str | None = None) -> Undoing:
    """Work out what undoing an action comes to.

    Parameters
    ----------
    recorder : Recorder
    header : Entry
        As `choose` gives it.
    now : str, optional
        What the file is supposed to hold by then, as a SHA-256; what it holds, when left
        out.

    Returns
    -------
    Undoing

    Raises
    ------
    RefusedError
        When people filled the file in, nothing of it can be undone, or an undo cannot be
        undone since its file changed.
    RunError, InputError
        When the file cannot be read, or what is needed was not kept.
    """
    facts = header.facts
    path = recorder.ledger.base / str(facts["output"])
    supposed = sha256_if_there(path) if now is None else now
    before, after = str(facts.get("replaces", "")), str(facts["output_sha256"])
    undoing = Undoing(header, path, supposed, NOTHING)
    if supposed == before:
        return undoing
    if supposed in (after, ""):
        _check_kept(recorder, before)
        return replace(undoing, way=RESTORE if before else REMOVE)
    if header.kind == UNDO:
        raise RefusedError(
            f"the file changed since action {header.action}, so that undo cannot be undone",
            where=str(path),
            hint="run `labelaudit fix` again, or restore the file from a backup",
        )
    lines = [entry.facts for entry in recorder.ledger.entries(action=header.action, kind=CHANGE)]
    if QUEUE in facts.get("counts", {}):
        raise _queue_stays(recorder, header, path, supposed)
    if now is not None:
        return replace(undoing, way=ROWS)
    with _original(recorder, header) as original:
        found = read_now(path, facts.get("columns"))
        rows = undo_rows(header, lines, found, original, _labels_before(recorder, header))
    if rows.is_empty:
        raise _nothing_left(header, path, rows)
    return replace(undoing, way=ROWS, rows=rows)


def carry_out(
    recorder: Recorder, undoing: Undoing, *, output: Path | None = None, overwrite: bool = False
) -> Applied:
    """Undo an action.

    Parameters
    ----------
    recorder : Recorder
    undoing : Undoing
        As `plan_undo` gives it.
    output : Path, optional
        Where to write the file as it is without the action. Then the action's own file
        stays, and the action does not count as undone.
    overwrite : bool
        Whether `output` may be replaced.

    Returns
    -------
    Applied

    Raises
    ------
    OutputError
        When something cannot be written; then nothing is.
    RunError
        When the ledger is damaged or locked, the file changed meanwhile, or there is
        nothing to write to `output`.
    """
    if output is not None:
        _refuse_data(recorder, undoing, output)
    facts, changes = _told(recorder, undoing, copy=output is not None)
    if output is None and undoing.way == NOTHING:
        return _note(recorder, undoing, facts)
    if output is None and undoing.way == REMOVE:
        return _remove(recorder, undoing, facts, changes)
    if undoing.way in (NOTHING, REMOVE):
        raise RunError(
            "there is no other content to write: "
            + ("the file is as it was" if undoing.way == NOTHING else "the file was new"),
            where=str(undoing.path),
            hint="leave out --output",
        )
    rows, before = undoing.rows, str(undoing.header.facts.get("replaces", ""))

    def produce(staged: Staged) -> str:
        if rows is not None:
            return rows.write(staged)
        recorder.versions.restore_file(before, staged)
        return before

    own = output is None
    return commit(
        produce,
        output=undoing.path if output is None else output,
        recorder=recorder,
        kind=UNDO,
        facts=facts,
        changes=changes,
        n_changed=len(changes),
        overwrite=overwrite and not own,
        in_place=own and bool(undoing.now),
    )


def _told(
    recorder: Recorder, undoing: Undoing, *, copy: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Give what the ledger says of an undo."""
    header, rows = undoing.header, undoing.rows
    then = header.facts
    if rows is not None:
        changes = rows.changes
        before, after = keep_row_vectors(rows, recorder.versions)
    else:
        lines = recorder.ledger.entries(action=header.action, kind=CHANGE)
        changes = inverses((line.facts for line in lines), header.action)
        before, after = then.get("version_after", ""), then.get("version_before", "")
    refused = [] if rows is None else rows.refused
    facts = {
        "strategy": UNDO,
        "run": then["run"],
        "input": relative_to_base(undoing.path, recorder.ledger.base),
        "input_sha256": undoing.now,
        "counts": dict(Counter(str(change["change"]) for change in changes)),
        "skipped": dict(Counter(reason for _, reason in refused)),
        "refused": [list(one) for one in refused],
        "tool": dict(recorder.tool),
        "version_before": before,
        "version_after": after,
        "columns": then.get("columns"),
        "class_weights": {},
        "added": [],
        "way": undoing.way,
        ("copies" if copy else "undoes"): header.action,
    }
    return facts, changes


def _note(recorder: Recorder, undoing: Undoing, facts: Mapping[str, Any]) -> Applied:
    output = relative_to_base(undoing.path, recorder.ledger.base)
    named = {
        **facts,
        "counts": {},
        "output": output,
        "output_sha256": undoing.now,
        "replaces": undoing.now,
        "staged": "",
        "in_place": False,
    }
    with recorder.ledger.exclusive() as append:
        _refuse_changed(undoing)
        action = append(Batch(UNDO, named))
    return Applied(undoing.path, undoing.now, 0, 1, action)


def _remove(
    recorder: Recorder,
    undoing: Undoing,
    facts: Mapping[str, Any],
    changes: list[dict[str, Any]],
) -> Applied:
    """Take a file away, keeping its bytes; until it is gone an empty one aside says so."""
    ledger = recorder.ledger
    with aside(undoing.path, owner=owner_of(ledger.path)) as staged:
        staged.settle()
        staged.file.close()
        named = {
            **facts,
            "output": relative_to_base(undoing.path, ledger.base),
            "output_sha256": "",
            "replaces": undoing.now,
            "staged": relative_to_base(staged.aside, ledger.base),
            "in_place": False,
        }
        with ledger.exclusive() as append:
            _refuse_changed(undoing)
            recorder.versions.keep_file(staged.target)
            try:
                action = append(Batch(UNDO, named, changes))
                remove(staged.target, staged.aside)
            except BaseException:
                if staged.target.exists():
                    with suppress(OutputError, RunError):
                        take_back(append, ledger, named)
                raise
    return Applied(undoing.path, "", len(changes), len(changes) + 1, action)


def _refuse_data(recorder: Recorder, undoing: Undoing, output: Path) -> None:
    """Refuse to write a copy over what the action was made from, or over its own file."""
    source = recorder.ledger.base / str(undoing.header.facts["input"])
    for taken in (undoing.path, source):
        refuse_overwrite_of_input(output, taken)
    check_ending(output, undoing.path.suffix.removeprefix("."))


def _refuse_changed(undoing: Undoing) -> None:
    if sha256_if_there(undoing.path) != undoing.now:
        raise RunError(
            "the file changed while it was worked on",
            where=str(undoing.path),
            hint="run the command again when nothing else writes to it",
        )


def _check_kept(recorder: Recorder, sha256: str) -> None:
    if sha256 and (state := recorder.versions.file_state(sha256)) != "whole":
        raise RunError(
            f"what the file held before is {state}",
            where=str(recorder.versions.file_path(sha256)),
            hint="restore that file, or the data itself, from a backup",
        )


def _labels_before(recorder: Recorder, header: Entry) -> dict[tuple[str, str], int]:
    """Count labels by content as they were before an action, where that was kept."""
    version = str(header.facts.get("version_before", ""))
    if not version or recorder.versions.labels_state(version) != "whole":
        return {}
    vector = recorder.versions.load(version)
    contents = vector.column("fingerprint").to_pylist()
    labels = vector.column("label").to_pylist()
    return Counter(
        (f"{content:016x}", label)
        for content, label in zip(contents, labels, strict=True)
        if label is not None
    )


@contextmanager
def _original(recorder: Recorder, header: Entry) -> Iterator[FileNow | None]:
    """Give what an action was made from, where it is still there or was kept."""
    facts = header.facts
    path, sha256 = recorder.ledger.base / str(facts["input"]), str(facts["input_sha256"])
    if sha256_if_there(path) == sha256:
        yield read_now(path, facts.get("columns"))
        return
    if recorder.versions.file_state(sha256) != "whole":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="labelaudit-") as folder:
        copy = Path(folder) / path.name
        recorder.versions.restore_file(sha256, copy)
        yield read_now(copy, facts.get("columns"))


def _queue_stays(recorder: Recorder, header: Entry, path: Path, now: str) -> RefusedError:
    """Say why a queue that is not as it was written is left alone."""
    later = [
        one
        for one in standing(recorder.ledger.headers())
        if one.seq > header.seq
        and one.kind != UNDO
        and one.facts["output"] == header.facts["output"]
    ]
    if later and later[-1].facts["output_sha256"] == now:
        other = later[-1].action
        return RefusedError(
            f"the queue of action {header.action} was replaced by action {other}",
            where=str(path),
            hint=f"undo that one first, `labelaudit undo {other}`, and then this one",
        )
    replacing = f"action {later[-1].action}, which replaced that of " if later else ""
    comma = "," if later else ""
    return RefusedError(
        f"the queue of {replacing}action {header.action}{comma} was filled in since, and what "
        "people decided is never deleted",
        where=str(path),
        hint="delete the file yourself if nobody needs it",
    )


def _nothing_left(header: Entry, path: Path, rows: RowUndo) -> RefusedError:
    shown = [f"{row_id}: {reason}" for row_id, reason in rows.refused[:5]]
    if len(rows.refused) > len(shown):
        shown.append(f"and {len(rows.refused) - len(shown)} more")
    return RefusedError(
        f"nothing of action {header.action} can be undone any more: "
        + ("; ".join(shown) or "it changed no row"),
        where=str(path),
        hint="restore the file from a backup",
    )
