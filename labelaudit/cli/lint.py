"""`labelaudit lint`: hold files against written rules, without any model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.cli.console import Terminal
from labelaudit.cli.lint_view import as_json_bytes, as_lines
from labelaudit.cli.options import Config, Label, MissingLabel, Quiet, Rules, settings_from
from labelaudit.cli.own_files import what_of_ours
from labelaudit.errors import SettingError
from labelaudit.report.wording import counted

if TYPE_CHECKING:
    from labelaudit.data.rules.check_file import CheckedFile
    from labelaudit.data.rules.rule import Rules as RulesOfTable

SHOWN = 10
"""Rows listed of each rule, where nobody asks for more."""


def lint(
    data: Annotated[
        list[str], typer.Argument(help="CSV or Parquet files; - reads CSV from stdin.")
    ],
    label: Label = None,
    missing_label: MissingLabel = None,
    rules: Rules = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            help=f"List this many rows of each rule. Default: {SHOWN}; all with --json.",
            min=0,
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as JSON.", show_default=False)
    ] = False,
    config: Config = None,
    quiet: Quiet = False,
) -> int:
    """Find rows that break written rules, in seconds and without any model.

    Rules stand in rules.toml, in the section 'rules' of labelaudit.toml, or in --rules FILE.

    Files that labelaudit wrote itself (baselines, review queues, kept runs) are skipped.

    Exit codes: 0 all rules are kept; 1 some are broken; 2 it could not be checked.

    Examples:

      labelaudit lint data.csv

      labelaudit lint data.csv more.parquet --rules guidelines.toml

      labelaudit lint data.csv --label intent --json
    """
    from labelaudit.data.choices import choices_of
    from labelaudit.data.rules.check_file import check_file
    from labelaudit.data.rules.load import load_rules

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, label=label, missing_label=missing_label, rules=rules).settings
    found = load_rules(settings.rules)
    if found is None:
        raise SettingError(
            "there are no rules to check",
            hint="write them in [rules] of labelaudit.toml or in rules.toml, "
            "or name a file with --rules",
        )
    written, _ = found
    choices = choices_of(settings, need_features=False)
    files = []
    for path in data:
        ours = what_of_ours(path, settings.store)
        if ours is not None:
            terminal.say(f"{path}: skipped, it is {ours} of labelaudit")
            continue
        with terminal.step("check rules"):
            one = check_file(path, written, choices, progress=terminal, stdin=sys.stdin.buffer)
        files.append(one)
        if not as_json:
            terminal.write(as_lines(one, SHOWN if limit is None else limit))
        _say(terminal, one, written)
    if as_json:
        terminal.write(as_json_bytes(files, written, limit))
    return int(any(one.checked.broken for one in files))


def _say(terminal: Terminal, one: CheckedFile, rules: RulesOfTable) -> None:
    from labelaudit.data.rules.unknown_labels import unknown_labels

    path, broken = one.source.path, one.checked.broken
    if not broken:
        terminal.say(f"{path}: {counted(one.n_rows, 'row')}, all rules are kept", style="green")
    else:
        rows = one.checked.n_broken_rows
        terminal.say(
            f"{path}: {rows:,} of {counted(one.n_rows, 'row')} break "
            f"{len(broken)} of {counted(len(rules.rules), 'rule')}",
            style="yellow",
        )
    if (one.checked.suggested >= 0).any():
        terminal.say("  what stands behind an arrow is the label that the rules point to")
    for sentence in unknown_labels(rules, one.labels.names):
        terminal.say(f"  {sentence}", style="yellow")
