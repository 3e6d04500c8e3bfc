"""`labelaudit undo`: take an action back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.runs import RunStore
from labelaudit.cli import complete
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import open_recorder
from labelaudit.cli.options import Config, Overwrite, Quiet, Store, settings_from
from labelaudit.config import Settings
from labelaudit.errors import SettingError
from labelaudit.types import Kind

if TYPE_CHECKING:
    from labelaudit.remedy.ledger import Entry
    from labelaudit.remedy.record import Recorder
    from labelaudit.remedy.undo import Undoing

_SHOWN = 20
_NEXT = 5


def undo(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACTION|RUN]",
            autocompletion=complete.runs,
            help="An action of `labelaudit log`, or a run for all of its; the newest if left out, "
            "unless that is an undo.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the file as it is without the action here, and change nothing else.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what would be undone and change nothing.", show_default=False
        ),
    ] = False,
    overwrite: Overwrite = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Take a change back, as a change of its own on the record.

    A file that is as the action left it becomes what it was, to the byte; a new file goes.

    In a file that changed since, rows are found again by id or content and set back one by one.

    Rows that are gone or changed are named and left alone.

    A queue that was filled in is never deleted. An undo can be undone.

    Examples:

      labelaudit undo

      labelaudit undo 3 --dry-run

      labelaudit undo 3 --output data.before.csv
    """
    from labelaudit.remedy.recover import recover
    from labelaudit.remedy.undo import carry_out, choose, plan_undo

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, store=store).settings
    recorder = open_recorder(RunStore(Path(settings.store)))
    if not dry_run and _finished(terminal, recover(recorder), what):
        return
    chosen = choose(recorder, what)
    if not chosen:
        _say_nothing(terminal, recorder, what)
        return
    if output is not None and len(chosen) > 1:
        raise SettingError(
            f"run {what} has {len(chosen)} actions, and --output takes one",
            where="--output",
            hint=f"name one of them: {', '.join(one.action for one in chosen)}",
        )
    if dry_run:
        _show(terminal, recorder, chosen)
        return
    for header in chosen:
        undoing = plan_undo(recorder, header)
        with terminal.step(f"undo {header.action}"):
            done = carry_out(recorder, undoing, output=output, overwrite=overwrite)
        if output is None:
            told = f"undid action {header.action} ({_named(header)}): {_done(undoing)}"
        else:
            told = f"wrote {output}: {undoing.path} without action {header.action}"
        terminal.say(f"{told}, recorded as {done.action}" if done.action else told)
        _say_kept(terminal, header)
        _say_rows(terminal, undoing)


def _say_nothing(terminal: Terminal, recorder: Recorder, what: str | None) -> None:
    """Say why nothing is undone, and what could be."""
    from labelaudit.remedy.undo import undoable

    open_ones = () if what is not None else undoable(recorder)
    if not open_ones:
        terminal.say("there is nothing to undo" + ("" if what is None else f" of {what} any more"))
        return
    terminal.say(
        "the newest change is an undo, and nothing was changed: calling it again goes no further "
        "back. To take another action back, name it:"
    )
    for header in open_ones[:_NEXT]:
        output = header.facts["output"]
        terminal.say(f"  labelaudit undo {header.action} ({_named(header)}, {output})")
    if len(open_ones) > _NEXT:
        terminal.say(f"  and {len(open_ones) - _NEXT:,} more: `labelaudit log` lists them")


def _say_kept(terminal: Terminal, header: Entry) -> None:
    """Say that a baseline, which is no part of any action, stays as it is."""
    record = header.facts.get("baseline", Settings.baseline)
    if record and header.facts.get("counts", {}).get(Kind.KEEP):
        terminal.say(
            f"  labels that were kept stay on record in {record}: take their lines out to have "
            "them flagged again (labelaudit baseline list)"
        )


def _finished(terminal: Terminal, finished: tuple[Entry, ...], what: str | None) -> bool:
    """Say what an earlier call left to be finished, and whether that was this very undo."""
    undos = [one for one in finished if one.kind == "undo"]
    for header in undos:
        told = header.facts.get("undoes", header.facts.get("copies"))
        terminal.say(f"finished what was interrupted: the undo of action {told}")
    return what is None and bool(undos)


def _show(terminal: Terminal, recorder: Recorder, chosen: tuple[Entry, ...]) -> None:
    from labelaudit.remedy.undo import plan_undo

    supposed: dict[Path, str] = {}
    for header in chosen:
        path = recorder.ledger.base / str(header.facts["output"])
        undoing = plan_undo(recorder, header, now=supposed.get(path))
        supposed[path] = str(header.facts.get("replaces", ""))
        terminal.say(f"would undo action {header.action} ({_named(header)}): {_done(undoing)}")
        _say_rows(terminal, undoing)
    terminal.say("nothing was changed")


def _named(header: Entry) -> str:
    counts = header.facts.get("counts", {})
    told = ", ".join(f"{n:,} {kind}" for kind, n in sorted(counts.items()))
    return f"{header.facts['strategy']}: {told or 'no row'}"


def _done(undoing: Undoing) -> str:
    path = undoing.path
    if undoing.way == "restore":
        return f"{path} is what it was before, to the byte"
    if undoing.way == "remove":
        return f"{path} was new and is removed"
    if undoing.way == "nothing":
        gone = "is gone" if not undoing.now else "is what it was before"
        return f"{path} {gone} already"
    if undoing.rows is None:
        return f"{path}, row by row"
    rows = undoing.rows
    parts = [f"{len(rows.changes):,} rows of {path} are set back"]
    if rows.remove:
        parts.append(f"column {', '.join(map(repr, rows.remove))} is removed")
    if rows.kept:
        parts.append(f"column {', '.join(map(repr, rows.kept))} stays, for it holds more")
    return "; ".join(parts)


def _say_rows(terminal: Terminal, undoing: Undoing) -> None:
    refused = [] if undoing.rows is None else undoing.rows.refused
    if not refused:
        return
    terminal.say(f"{len(refused):,} left alone:", style="yellow")
    for row_id, reason in refused[:_SHOWN]:
        terminal.say(f"  {row_id}: {reason}")
    if len(refused) > _SHOWN:
        terminal.say(f"  and {len(refused) - _SHOWN:,} more, all of them in the ledger")
