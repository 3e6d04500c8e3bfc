"""`labelaudit log`: every change ever made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from labelaudit.audit.runs import RunStore
from labelaudit.cli import complete
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import open_ledger
from labelaudit.cli.options import Config, Store, settings_from
from labelaudit.errors import RunError, SettingError, did_you_mean
from labelaudit.report.wording import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.remedy.ledger import Entry

CHANGE = "change"
VOID = "void"
KINDS = ("fix", "apply", "undo", VOID)
_SHORT = 10


def log(
    action: Annotated[
        str | None,
        typer.Argument(help="Show every change of this action.", show_default=False),
    ] = None,
    row: Annotated[
        str | None,
        typer.Option("--row", help="Show the changes of this row id.", show_default=False),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            help="Only actions of this run.",
            show_default=False,
            autocompletion=complete.runs,
        ),
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            "-s",
            help="Only actions of this strategy.",
            show_default=False,
            autocompletion=complete.one_of(complete.strategies),
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            help="Only what was done on this day or later, such as 2026-03-14; UTC.",
            metavar="DATE",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help=f"Only actions of this kind: {', '.join(KINDS)}.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the ledger's lines as JSON.", show_default=False),
    ] = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Show what was changed: when, by whom, from which run, and why.

    What became of a file since is told too: undone, replaced, changed, missing.

    Examples:

      labelaudit log

      labelaudit log 3

      labelaudit log --row review-812 --json

      labelaudit log --strategy drop --since 2026-03-14
    """
    from labelaudit.remedy.ledger_states import states

    terminal = Terminal.open()
    settings = settings_from(config, store=store).settings
    ledger = open_ledger(RunStore(Path(settings.store)))
    chosen = _Choice(action, run, strategy, _time(since), _known(kind))
    entries = list(ledger.entries())
    if action is not None and all(one.action != action for one in entries):
        raise RunError(
            f"there is no action {action!r} in the ledger",
            where=str(ledger.path),
            hint="`labelaudit log` lists the actions",
        )
    headers = {one.action: one for one in entries if one.kind != CHANGE and chosen.holds(one)}
    shown = [
        one for one in entries if one.action in headers and row in (None, one.facts.get("row_id"))
    ]
    if not shown:
        if not as_json:
            terminal.say("the ledger holds no such change")
        return
    became = states(entries, ledger.base) if row is None else {}
    if as_json:
        for entry in shown:
            told = asdict(entry)
            if entry.kind != CHANGE:
                told["state"] = became[entry.action]
            terminal.write((json.dumps(told, ensure_ascii=False) + "\n").encode())
        return
    if action is None and row is None:
        _show_actions(terminal, [one for one in headers.values() if chosen.shows(one)], became)
        return
    if row is None:
        _show_actions(terminal, headers.values(), became)
    _show_changes(terminal, [entry for entry in shown if entry.kind == CHANGE])


@dataclass(frozen=True)
class _Choice:
    """Which actions are asked for."""

    action: str | None
    run: str | None
    strategy: str | None
    since: datetime | None
    kind: str | None

    def holds(self, header: Entry) -> bool:
        """Tell whether an action is one of them."""
        facts = header.facts
        return (
            self.action in (None, header.action)
            and (self.run is None or str(facts.get("run", "")).startswith(self.run))
            and self.strategy in (None, facts.get("strategy"))
            and (self.since is None or datetime.fromisoformat(header.time) >= self.since)
            and self.kind in (None, header.kind)
        )

    def shows(self, header: Entry) -> bool:
        """Tell whether it is worth a line: a void is told beside what it takes back."""
        return header.kind != VOID or self.kind == VOID


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(
            f"{text!r} is no date", where="--since", hint="write it as 2026-03-14"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _known(kind: str | None) -> str | None:
    if kind not in (None, *KINDS):
        raise SettingError(
            f"there is no kind {kind!r}",
            where="--kind",
            hint=did_you_mean(kind, KINDS) or f"it is one of {', '.join(KINDS)}",
        )
    return kind


def _show_actions(terminal: Terminal, headers: Iterable[Entry], became: Mapping[str, str]) -> None:
    for header in headers:
        facts = header.facts
        counts = ", ".join(f"{n:,} {kind}" for kind, n in sorted(facts["counts"].items()))
        when = header.time[:16].replace("T", " ")
        what = clean(str(facts["strategy"])) + _aim(header)
        terminal.out.print(
            Text(f"{header.action:>4}  {when} UTC  {clean(header.who)}  {what}: ")
            + Text(counts or "no row")
        )
        terminal.out.print(
            Text(f"      from {clean(str(facts['input']))}, run {clean(str(facts['run']))}")
        )
        state = became[header.action]
        gone = "" if state in {"present", "removed"} else f" (output {state})"
        wrote = "wrote" if facts["output_sha256"] else "removed"
        terminal.out.print(Text(f"      {wrote} {clean(str(facts['output']))}{gone}"))
        before, after = facts.get("version_before", ""), facts.get("version_after", "")
        if before != after:
            terminal.out.print(Text(f"      labels {before[:_SHORT]} to {after[:_SHORT]}"))


def _aim(header: Entry) -> str:
    for fact, word in (("voids", "void of"), ("undoes", "of"), ("copies", "of a copy of")):
        if fact in header.facts and (fact == "voids") == (header.kind == VOID):
            return f" {word} {clean(str(header.facts[fact]))}"
    return ""


def _show_changes(terminal: Terminal, changes: list[Entry]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("action", "id", "row", "before", "after", "weight", "reason"):
        table.add_column(name, no_wrap=name != "reason")
    for change in changes:
        facts = change.facts
        table.add_row(
            change.action,
            Text(clean(str(facts["row_id"]))),
            str(facts["row"]),
            Text("(dropped)" if facts["before"] is None else clean(str(facts["before"]))),
            Text("(dropped)" if facts["after"] is None else clean(str(facts["after"]))),
            str(facts["weight"]),
            Text(clean(str(facts["reason"]))),
        )
    terminal.out.print(table)
