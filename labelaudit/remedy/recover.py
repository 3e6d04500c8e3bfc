"""Finish or take back what a crash left between the ledger and the file.

The ledger tells of a change before the file gets its name. The file still lies aside then,
under the name that the ledger gives as ``staged``: where it is there, the change is not
finished. It is finished when the target is still what the ledger says it was before, and
taken back when somebody wrote to it meanwhile.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.data.digest import file_sha256
from labelaudit.data.leftovers import leftovers, owner_of, sweep
from labelaudit.data.write import publish, remove
from labelaudit.remedy.ledger import Batch, relative_to_base
from labelaudit.remedy.ledger_chain import VOID
from labelaudit.remedy.ledger_states import standing, voided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from labelaudit.remedy.ledger_chain import Entry
    from labelaudit.remedy.record import Recorder


def recover(recorder: Recorder, output: Path | None = None) -> tuple[Entry, ...]:
    """Finish what was interrupted, and clear away what it left.

    Parameters
    ----------
    recorder : Recorder
    output : Path, optional
        What is about to be written: files left in its folder are cleared away too.

    Returns
    -------
    tuple of Entry
        The headers of the actions that were finished just now, oldest first.

    Raises
    ------
    RunError
        When the ledger is damaged or locked.
    OutputError
        When a file cannot be given its name; the next change tries again.
    """
    ledger = recorder.ledger
    # Most often there is nothing, and then nobody has to wait for the lock.
    headers = ledger.headers()
    if not _pending(headers, ledger.base) and not _strays(recorder, headers, output):
        return ()
    with ledger.exclusive() as append:
        headers = ledger.headers()
        pending = _pending(headers, ledger.base)
        finished = [one for one in pending if _finish(one, ledger.base, append)]
        waited_for = {ledger.base / str(one.facts["staged"]) for one in pending}
        sweep(_strays(recorder, headers, output), waited_for)
    return tuple(finished)


def done_already(
    recorder: Recorder,
    run_id: str,
    strategy: str,
    source_sha256: str,
    path: Path,
    facts: Mapping[str, Any] | None = None,
) -> str | None:
    """Tell whether a file is what a strategy made of it already.

    Parameters
    ----------
    recorder : Recorder
    run_id, strategy : str
    source_sha256 : str
        Of the file as it is.
    path : Path
    facts : mapping, optional
        What else the header must say, such as the options of the plan.

    Returns
    -------
    str or None
        The newest standing action of this run and strategy that wrote this file as it is.

    Raises
    ------
    RunError
        When the ledger is damaged.
    """
    wanted: dict[str, Any] = {
        **(facts or {}),
        "run": run_id,
        "strategy": strategy,
        "output": relative_to_base(path, recorder.ledger.base),
        "output_sha256": source_sha256,
    }
    for header in reversed(standing(recorder.ledger.headers())):
        if all(header.facts.get(name) == value for name, value in wanted.items()):
            return header.action
    return None


def _pending(headers: Iterable[Entry], base: Path) -> list[Entry]:
    """Give the headers whose file still lies aside."""
    gone = voided(headers)
    return [
        one
        for one in headers
        if one.kind != VOID
        and one.action not in gone
        and one.facts.get("staged")
        and os.path.lexists(base / str(one.facts["staged"]))
    ]


def _strays(recorder: Recorder, headers: Iterable[Entry], output: Path | None) -> tuple[Path, ...]:
    """Find what was left behind in the store, and wherever something was or is to be written."""
    folders = {recorder.ledger.path.parent, *recorder.versions.folders}
    folders |= {(recorder.ledger.base / str(one.facts["output"])).parent for one in headers}
    if output is not None:
        folders.add(Path(os.path.realpath(output)).parent)
    owner = owner_of(recorder.ledger.path)
    return tuple(path for folder in sorted(folders) for path in leftovers(folder, owner))


def _finish(header: Entry, base: Path, append: Callable[[Batch], str]) -> bool:
    facts = header.facts
    staged, target = base / str(facts["staged"]), base / str(facts["output"])
    now, wanted = sha256_if_there(target), str(facts["output_sha256"])
    if now == wanted:
        staged.unlink(missing_ok=True)
        return True
    if now == facts["replaces"]:
        if not wanted:
            remove(target, staged)
            return True
        if sha256_if_there(staged) == wanted:
            publish(staged, target, overwrite=bool(now))
            return True
    append(Batch(VOID, {**facts, "voids": header.action}))
    staged.unlink(missing_ok=True)
    return False


def sha256_if_there(path: Path) -> str:
    """Hash a file; empty where there is none."""
    try:
        return file_sha256(path)
    except FileNotFoundError:
        return ""
