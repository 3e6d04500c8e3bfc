"""`labelaudit doctor`: what is the matter with the data, before any model."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from labelaudit.audit.runs import now
from labelaudit.cli.console import Terminal
from labelaudit.cli.doctor_view import as_json_bytes, as_lines
from labelaudit.cli.options import (
    Config,
    Embedding,
    Exclude,
    Features,
    Folds,
    Group,
    Id,
    Label,
    MissingLabel,
    Quiet,
    Split,
    TextColumns,
    Time,
    settings_from,
)
from labelaudit.report.wording import clean, counted


def doctor(
    data: Annotated[str, typer.Argument(help="A CSV or Parquet file; - reads CSV from stdin.")],
    label: Label = None,
    id: Id = None,  # noqa: A002
    text: TextColumns = None,
    features: Features = None,
    exclude: Exclude = None,
    embedding: Embedding = None,
    group: Group = None,
    split: Split = None,
    time: Time = None,
    missing_label: MissingLabel = None,
    folds: Folds = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Exit with 1 when a grave finding stands.", show_default=False
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as JSON.", show_default=False)
    ] = False,
    config: Config = None,
    quiet: Quiet = False,
) -> int:
    """Examine the data before any model: leaks, copies, spellings, encodings, odd columns.

    Each finding tells its rows and what helps. detect shows the gravest of them first.

    Exit codes: 0 it was examined; 1 a grave finding stands and --strict is given; 2 it could
    not be examined.

    Examples:

      labelaudit doctor data.csv

      labelaudit doctor data.parquet --label intent --group user --strict

      labelaudit doctor data.csv --json
    """
    from labelaudit.audit.doctor import examine_for
    from labelaudit.data.choices import choices_of
    from labelaudit.data.dataset import describe, load_dataset

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(
        config,
        label=label,
        id=id,
        text=text,
        features=features,
        exclude=exclude,
        embedding=embedding,
        group=group,
        split=split,
        time=time,
        missing_label=missing_label,
        folds=folds,
    ).settings
    choices = choices_of(settings, need_features=settings.pred_probs is None)
    with terminal.step("read data"):
        dataset = load_dataset(data, choices, stdin=sys.stdin.buffer, progress=terminal)
    for line in describe(dataset, learning=settings.pred_probs is None):
        terminal.say(line)
    with terminal.step("examine data"):
        findings = examine_for(dataset, settings, today=now().date())
    terminal.write(as_json_bytes(dataset, findings) if as_json else as_lines(dataset, findings))
    grave = sum(finding.grave for finding in findings)
    where = f"{clean(dataset.source.path)}: {counted(dataset.n_rows, 'row')}"
    if findings:
        terminal.say(f"{where}, {counted(len(findings), 'finding')}, {grave} of them grave")
    else:
        terminal.say(f"{where}, nothing found", style="green")
    return int(strict and grave > 0)
