"""`labelaudit baseline`: the labels that people let stand."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from labelaudit.audit.runs import RunStore, now
from labelaudit.cli import complete
from labelaudit.cli.baseline_file import check_baseline
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import open_ledger
from labelaudit.cli.options import (
    Baseline,
    Config,
    DryRun,
    Quiet,
    RunArgument,
    Store,
    settings_from,
)
from labelaudit.errors import InputError, RefusedError, SettingError, did_you_mean
from labelaudit.report.wording import clean, counted
from labelaudit.types import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.baseline import Accepted
    from labelaudit.audit.baseline_write import Merged
    from labelaudit.audit.runs import Run
    from labelaudit.remedy.ledger import JsonlLedger
    from labelaudit.types import Audit, Issue

VALID = "valid"
"""The state of an entry that holds for a row of the run."""

_SHOWN = 10
_NOT_IN_LEDGER = "  this is not in the ledger: git takes it back, labelaudit undo leaves it"

app = typer.Typer(
    name="baseline",
    no_args_is_help=False,
    rich_markup_mode="rich",
    help=(
        "Show and keep up the labels that people let stand.\n\n"
        "They are in labelaudit-baseline.csv, which belongs into git.\n\n"
        "Its changes are not in the ledger: git shows them, and `labelaudit undo` leaves it.\n\n"
        "right: the label is right; it is not flagged again. `labelaudit apply` records these.\n\n"
        "known: a known issue; still shown, but a gate on new issues does not count it.\n\n"
        "Examples:\n\n"
        "  labelaudit baseline list\n\n"
        "  labelaudit baseline add --why 'kept for now' --expires 90d\n\n"
        "  labelaudit baseline prune --dry-run"
    ),
)


@app.command("list")
def list_entries(
    run: RunArgument = None,
    baseline: Baseline = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the entries as JSON.", show_default=False)
    ] = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """List the entries, and which of them still hold for the newest run.

    Examples:

      labelaudit baseline list

      labelaudit baseline list --json
    """
    terminal = Terminal.open()
    settings = settings_from(config, baseline=baseline, store=store).settings
    path = _path(settings.baseline)
    entries = _read(path)
    runs = RunStore(Path(settings.store))
    kept = runs.load(run) if run is not None or runs.ids() else None
    states = _states(entries, kept)
    if as_json:
        listed = [
            {**asdict(entry), "state": state} for entry, state in zip(entries, states, strict=True)
        ]
        text = json.dumps(listed, indent=2, ensure_ascii=False)
        terminal.write((text + "\n").encode())
        return
    if not entries:
        terminal.say(f"there is no entry in {path}")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("decision", "id", "label", "who", "when", "expires", "state", "why"):
        table.add_column(name, overflow="fold", no_wrap=name in ("decision", "when", "expires"))
    for entry, state in zip(entries, states, strict=True):
        cells = (
            entry.decision,
            entry.row_id or entry.fingerprint,
            entry.label,
            entry.who,
            entry.when,
            entry.expires,
            state or "",
            entry.why,
        )
        table.add_row(*(Text(clean(cell)) for cell in cells))
    terminal.out.print(table)
    if kept is None:
        terminal.say("no run is kept yet that could tell which of them still hold")
    else:
        stale = sum(state != VALID for state in states)
        number = _counted(len(entries))
        terminal.say(f"{number} in {path}, {stale:,} of them stale by run {kept.id}")


@app.command("add")
def add(
    run: RunArgument = None,
    why: Annotated[
        str, typer.Option("--why", help="Why they are let be.", metavar="TEXT", show_default=False)
    ] = ...,  # type: ignore[assignment]
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            help="How long that holds: 90d, or the last day as 2027-01-31.",
            metavar="TIME",
            show_default=False,
        ),
    ] = None,
    row: Annotated[
        list[str] | None,
        typer.Option("--row", help="Only the row of this id; may be repeated.", show_default=False),
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Option(
            "--verdict",
            help=f"Only issues of this verdict: {', '.join(VERDICTS)}.",
            metavar="NAME",
            autocompletion=complete.one_of(complete.verdicts),
            show_default=False,
        ),
    ] = None,
    dry_run: DryRun = False,
    baseline: Baseline = None,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Put the issues of a run on record as known.

    They are still shown; a gate that looks at new issues only does not count them.

    What is on record already stays as it is, its reason and expiry too, until it expires.

    Examples:

      labelaudit baseline add --why 'before we had guidelines'

      labelaudit baseline add --verdict ambiguous --why 'to be decided' --expires 90d
    """
    from labelaudit.audit.baseline import KNOWN, accept, parse_expiry
    from labelaudit.audit.baseline_write import merge

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, baseline=baseline, store=store).settings
    path = _path(settings.baseline)
    if not why.strip():
        raise SettingError(
            "there is no reason", where="--why", hint="say why these issues are let be"
        )
    today = now().date()
    last_day = "" if expires is None else parse_expiry(expires, today=today)
    check_baseline(path)
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    audit = kept.audit()
    issues = _chosen(audit, row or (), verdict)
    ledger = open_ledger(runs)
    entries = [
        accept(
            issue.row_id,
            int(audit.fingerprint[issue.row]),
            issue.given,
            audit.schema,
            decision=KNOWN,
            who=ledger.who,
            when=today,
            why=why,
            expires=last_day,
        )
        for issue in issues
    ]
    if not entries:
        terminal.say("no issue is to be added: nothing was written")
        return
    merged = merge(_read_if_there(path), entries) if dry_run else _write(ledger, path, entries)
    keys = {entry.key for entry in merged.put}
    told = counted(sum(entry.key in keys for entry in entries), "issue") + f" of run {kept.id}"
    if not keys:
        terminal.say(f"no issue of run {kept.id} is new to {path}: nothing was written")
    elif dry_run:
        terminal.say(f"nothing was changed; without --dry-run {told} would be known in {path}")
    else:
        terminal.say(f"wrote {path}: {told} on record as known")
    _say_others(terminal, merged)
    if keys and not dry_run:
        terminal.say(_NOT_IN_LEDGER)


@app.command("prune")
def prune(
    run: RunArgument = None,
    dry_run: DryRun = False,
    baseline: Baseline = None,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Take out the entries that hold for no row any more.

    Their row is gone, its content or label changed, or their time is up.

    Examples:

      labelaudit baseline prune --dry-run

      labelaudit baseline prune
    """
    from labelaudit.audit.baseline import GONE

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, baseline=baseline, store=store).settings
    path = _path(settings.baseline)
    entries = _read(path)
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    states = _states(entries, kept)
    stale = [(one, why) for one, why in zip(entries, states, strict=True) if why != VALID]
    if not stale:
        terminal.say(f"no entry in {path} is stale: {_counted(len(entries))} looked at")
        return
    if all(state == GONE for state in states):
        raise RefusedError(
            f"no row of run {kept.id} is in the baseline, which may be that of other data",
            where=f"{path} and {kept.manifest['source']['path']}",
            hint="name the baseline of this data with --baseline, or delete the file",
        )
    for entry, why in stale[:_SHOWN]:
        row = clean(entry.row_id or entry.fingerprint)
        terminal.say(f"  {row} labelled {clean(entry.label)!r} ({entry.decision}): {why}")
    if len(stale) > _SHOWN:
        terminal.say(f"  and {len(stale) - _SHOWN:,} more")
    number = _counted(len(stale))
    if dry_run:
        terminal.say(f"nothing was changed; without --dry-run {number} would leave {path}")
        return
    _write(open_ledger(runs), path, (), without=[entry for entry, _ in stale])
    terminal.say(f"wrote {path}: {number} taken out")
    terminal.say(_NOT_IN_LEDGER)


def _say_others(terminal: Terminal, merged: Merged) -> None:
    """Say which entries took the place of others, and which stand as they were."""
    if merged.renewed:
        terminal.say(f"  {len(merged.renewed):,} of them had expired, and hold again")
    if not merged.standing:
        return
    decisions = Counter(entry.decision for entry in merged.standing)
    named = ", ".join(f"{number:,} {name}" for name, number in sorted(decisions.items()))
    terminal.say(f"  on record before, and left as it was: {named}")
    terminal.say("  to change one, change its line; labelaudit baseline list shows them")


def _counted(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"


def _path(setting: str) -> Path:
    from labelaudit.audit.baseline import baseline_path

    path = baseline_path(setting)
    if path is None:
        raise SettingError(
            "there is no baseline to work on",
            where="--baseline none",
            hint="name a file",
        )
    return path


def _read(path: Path) -> tuple[Accepted, ...]:
    from labelaudit.audit.baseline import read_baseline
    from labelaudit.config import Settings

    # The one that nobody named need not be there yet.
    return () if str(path) == Settings.baseline and not path.exists() else read_baseline(path)


def _states(entries: Sequence[Accepted], kept: Run | None) -> list[str | None]:
    """Say of each entry whether it holds for a run, or why not; None without a run."""
    from labelaudit.audit.baseline import Baseline as BaselineFile
    from labelaudit.audit.baseline import match_rows

    if kept is None or not entries:
        return [None] * len(entries)
    matched = match_rows(BaselineFile(tuple(entries), now().date()), kept.audit())
    why = dict(matched.stale)
    return [why.get(entry, VALID) for entry in entries]


def _chosen(audit: Audit, rows: Sequence[str], verdict: str | None) -> list[Issue]:
    names = [kind.value for kind in VERDICTS]
    if verdict is not None and verdict not in names:
        raise SettingError(
            f"there is no verdict {verdict!r}",
            where="--verdict",
            hint=did_you_mean(verdict, names) or f"there are: {', '.join(names)}",
        )
    by_id = {issue.row_id: issue for issue in audit.issues}
    for row in rows:
        if row not in by_id:
            raise InputError(
                f"row {row!r} is no issue of the run",
                where="--row",
                hint=did_you_mean(row, by_id) or "`labelaudit report` lists the issues",
            )
    chosen = [by_id[row] for row in dict.fromkeys(rows)] if rows else list(audit.issues)
    return [issue for issue in chosen if verdict is None or issue.verdict == verdict]


def _read_if_there(path: Path) -> tuple[Accepted, ...]:
    from labelaudit.audit.baseline import read_baseline

    return read_baseline(path) if path.exists() else ()


def _write(
    ledger: JsonlLedger,
    path: Path,
    entries: Sequence[Accepted],
    *,
    without: Sequence[Accepted] = (),
) -> Merged:
    from labelaudit.audit.baseline_write import write_baseline

    # The lock of the ledger: of two who write at once, neither loses an entry.
    with ledger.exclusive():
        return write_baseline(path, entries, without=without)
