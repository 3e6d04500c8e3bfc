"""`labelaudit diff`: what changed between two runs, or two versions of the labels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.runs import RunStore
from labelaudit.cli import complete
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import open_ledger
from labelaudit.cli.options import Config, Limit, Store, settings_from
from labelaudit.cli.run_pairs import newest_after, run_before
from labelaudit.errors import RunError

if TYPE_CHECKING:
    from labelaudit.audit.runs import Run
    from labelaudit.cli.diff_view import SoftLabels


def diff(
    before: Annotated[
        str | None,
        typer.Argument(
            help="A run, a version of the labels, or the number of an action alone.",
            show_default=False,
            autocompletion=complete.runs,
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Argument(
            help="A run or a version to hold against it.",
            show_default=False,
            autocompletion=complete.runs,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON.", show_default=False)
    ] = False,
    limit: Limit = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Compare two runs, or two versions of the labels.

    Of runs: issues that are new, fixed or regressed, and labels that moved.

    Of versions, which `labelaudit log` names: labels that moved, and weights.

    Of an action: its soft labels, too, which are in no version.

    Without arguments: the newest run and the one before of the same file.

    With one run: that one and the newest of its file. With the number of an action: the

    labels before and after it.

    Examples:

      labelaudit diff

      labelaudit diff 20260314-120000-reviews 20260315-093000-reviews

      labelaudit diff 3

      labelaudit diff 9f2c66d0 e01ab4c3 --json
    """
    terminal = Terminal.open()
    runs = RunStore(Path(settings_from(config, store=store).settings.store))
    if before is not None and after is None:
        versions = _versions_of_action(runs, before)
        if versions is not None:
            soft = _soft_labels(runs, before)
            _compare_versions(terminal, runs, *versions, soft=soft, as_json=as_json, limit=limit)
            return
    if before is None or after is None:
        one, other = _runs_of_one_file(terminal, runs, before)
        _compare_runs(terminal, one, other, as_json=as_json, limit=limit)
        return
    of_runs = [_is_run(runs, name) for name in (before, after)]
    if not any(of_runs) and all(map(_like_version, (before, after))):
        _compare_versions(terminal, runs, before, after, as_json=as_json, limit=limit)
        return
    one, other = runs.load(before), runs.load(after)
    _compare_runs(terminal, one, other, as_json=as_json, limit=limit)


def _runs_of_one_file(terminal: Terminal, runs: RunStore, name: str | None) -> tuple[Run, Run]:
    run = runs.load(name)
    find, which = (run_before, "earlier") if name is None else (newest_after, "later")
    other = find(terminal, runs, run)
    if other is None:
        raise RunError(
            f"there is no {which} run of the same file to compare with",
            where=run.id,
            hint="name two runs: `labelaudit runs` lists them",
        )
    return (other, run) if name is None else (run, other)


def _is_run(runs: RunStore, name: str) -> bool:
    return any(run_id.startswith(name) for run_id in runs.ids())


def _like_version(name: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{4,64}", name) is not None


def _versions_of_action(runs: RunStore, name: str) -> tuple[str, str] | None:
    """Give the versions before and after an action, or None where the name is not of one."""
    if not name.isdecimal():
        return None
    headers = [one for one in open_ledger(runs).headers() if one.action == name]
    if not headers:
        return None
    facts = headers[0].facts
    versions = facts.get("version_before"), facts.get("version_after")
    if None in versions:
        raise RunError(
            f"action {name} was recorded without versions of the labels",
            where=str(runs.ledger_path),
            hint=f"`labelaudit log {name}` shows its changes",
        )
    return str(versions[0]), str(versions[1])


def _soft_labels(runs: RunStore, action: str) -> SoftLabels:
    """Count the soft labels of an action, which are columns of the file and in no version."""
    from labelaudit.cli.diff_view import SoftLabels
    from labelaudit.remedy.ledger import CHANGE
    from labelaudit.remedy.undo_inverse import HARDEN, is_soft

    lines = open_ledger(runs).entries(action=action, kind=CHANGE)
    kinds = [line.facts["change"] for line in lines if is_soft(line.facts)]
    taken = kinds.count(HARDEN)
    return SoftLabels(len(kinds) - taken, taken)


def _compare_runs(
    terminal: Terminal, before: Run, after: Run, *, as_json: bool, limit: int | None
) -> None:
    from labelaudit.cli.two_runs import TwoRuns

    form = "json" if as_json else "full"
    TwoRuns.of(before, after).show(terminal, form, limit=limit)


def _compare_versions(
    terminal: Terminal,
    runs: RunStore,
    before: str,
    after: str,
    *,
    soft: SoftLabels | None = None,
    as_json: bool,
    limit: int | None,
) -> None:
    from labelaudit.audit.compare import compare_versions
    from labelaudit.cli.diff_view import show_versions, versions_json
    from labelaudit.remedy.versions import VersionStore

    store = VersionStore(runs.versions_path)
    change = compare_versions(store.load(before), store.load(after))
    if as_json:
        terminal.write(versions_json(before, after, change, soft=soft))
        return
    show_versions(terminal, before, after, change, soft=soft, limit=limit)
