"""Find the run that another one is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.run_source import same_source, source_path
from labelaudit.errors import RunError, SettingError
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from labelaudit.audit.runs import Run, RunStore
    from labelaudit.cli.console import Terminal


def run_before(terminal: Terminal, store: RunStore, run: Run) -> Run | None:
    """Find the newest run of the same file that is older than this one.

    Parameters
    ----------
    terminal : Terminal
        Told of damaged runs, which are passed over.
    store : RunStore
    run : Run

    Returns
    -------
    Run or None
        Always None for data from stdin, which has no name to go by.
    """
    ids = store.ids()
    return next(_of_file(terminal, store, run, reversed(ids[: ids.index(run.id)])), None)


def run_before_of_other_content(
    terminal: Terminal, store: RunStore, run: Run
) -> tuple[Run | None, int]:
    """Find the newest older run of the same file when that held other bytes.

    Parameters
    ----------
    terminal, store, run
        As for `run_before`.

    Returns
    -------
    (Run or None, int)
        The run, and how many of the same bytes lie between.
    """
    ids, passed = store.ids(), 0
    for found in _of_file(terminal, store, run, reversed(ids[: ids.index(run.id)])):
        if found.manifest["source"]["sha256"] != run.manifest["source"]["sha256"]:
            return found, passed
        passed += 1
    return None, passed


def check_earlier(store: RunStore, named: Run, run: Run, where: str) -> None:
    """Refuse a run that is no earlier one of the same data.

    Parameters
    ----------
    store : RunStore
    named : Run
        What the user calls an earlier run.
    run : Run
        The one that is held against it.
    where : str
        The option, with its value.

    Raises
    ------
    SettingError
        When it is the run itself, a later one, or one of another file that shares neither
        content nor ids with it.
    """
    hint = "name an earlier one of the same data: `labelaudit runs` lists them"
    if named.id == run.id:
        raise SettingError("a run cannot be held against itself", where=where, hint=hint)
    ids = store.ids()
    if ids.index(named.id) > ids.index(run.id):
        raise SettingError(f"run {named.id} is later than run {run.id}", where=where, hint=hint)
    if not same_source(named, run) and not _shares_rows(named, run):
        files = [str(one.manifest["source"]["path"]) for one in (named, run)]
        raise SettingError(
            f"run {named.id} is of {files[0]}, which shares no row with {files[1]}",
            where=where,
            hint=hint,
        )


def newest_after(terminal: Terminal, store: RunStore, run: Run) -> Run | None:
    """Find the newest run of the same file, if that is not this one; see `run_before`."""
    ids = store.ids()
    return next(_of_file(terminal, store, run, reversed(ids[ids.index(run.id) + 1 :])), None)


def _shares_rows(one: Run, other: Run) -> bool:
    import numpy as np

    ours, theirs = one.audit(), other.audit()
    if np.isin(ours.fingerprint, theirs.fingerprint).any():
        return True
    column = ours.schema.one(Role.ID)
    if column is None or column != theirs.schema.one(Role.ID):
        return False
    return not set(ours.row_id).isdisjoint(theirs.row_id)


def _of_file(terminal: Terminal, store: RunStore, run: Run, ids: Iterable[str]) -> Iterator[Run]:
    path = source_path(run)
    if path is None:
        return
    for run_id in ids:
        try:
            found = store.load(run_id)
        except RunError as error:
            # One damaged run must not hide the others.
            terminal.say(f"passed over: {error}", style="yellow")
            continue
        other = source_path(found)
        if other is not None and other.absolute() == path.absolute():
            yield found
