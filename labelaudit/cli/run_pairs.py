"""Find the run that another one is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.run_source import source_path
from labelaudit.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    return _first_of_file(terminal, store, run, reversed(ids[: ids.index(run.id)]))


def newest_after(terminal: Terminal, store: RunStore, run: Run) -> Run | None:
    """Find the newest run of the same file, if that is not this one; see `run_before`."""
    ids = store.ids()
    return _first_of_file(terminal, store, run, reversed(ids[ids.index(run.id) + 1 :]))


def _first_of_file(terminal: Terminal, store: RunStore, run: Run, ids: Iterable[str]) -> Run | None:
    path = source_path(run)
    if path is None:
        return None
    for run_id in ids:
        try:
            found = store.load(run_id)
        except RunError as error:
            # One damaged run must not hide the others.
            terminal.say(f"passed over: {error}", style="yellow")
            continue
        other = source_path(found)
        if other is not None and other.absolute() == path.absolute():
            return found
    return None
