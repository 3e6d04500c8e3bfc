"""`labelaudit apply`: what people decided, carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelaudit import __version__
from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import load_data, open_ledger
from labelaudit.cli.options import (
    Config,
    Data,
    DryRun,
    Overwrite,
    Quiet,
    Store,
    TrainSplit,
    settings_from,
)
from labelaudit.cli.plan_view import say_skipped, show_plan, what_was_done
from labelaudit.cli.show import check_writable


def apply(
    queue: Annotated[Path, typer.Argument(help="A queue with decisions, CSV or Parquet.")],
    run: Annotated[
        str | None,
        typer.Option(
            "--run", help="The run it was made from; the queue names it.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write; beside the data, as DATA.apply.csv, if left out.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    allow_new_labels: Annotated[
        bool,
        typer.Option(
            "--allow-new-labels", help="Accept labels the data did not have.", show_default=False
        ),
    ] = False,
    dry_run: DryRun = False,
    overwrite: Overwrite = False,
    train_split: TrainSplit = None,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Take the decisions of a review queue back in, in a new file.

    In the queue, `decision` is keep, relabel, drop or empty.

    `new_label` is the right label; relabel without one takes the suggested label.

    One decision that cannot be used stops the whole, and all such are listed.

    Examples:

      labelaudit apply data.relabel.csv

      labelaudit apply queue.csv --output data.reviewed.csv --dry-run
    """
    from labelaudit.data.write import check_output
    from labelaudit.remedy.apply import apply_plan
    from labelaudit.review.decisions import plan_decisions, read_decisions, run_of_queue

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, train_split=train_split, store=store).settings
    runs = RunStore(Path(settings.store))
    kept = runs.load(run or run_of_queue(queue))
    audit = kept.audit()
    decisions = read_decisions(queue, audit, allow_new_labels=allow_new_labels)
    dataset = load_data(terminal, kept, audit, data)
    plan = plan_decisions(
        decisions, audit, dataset, run_id=kept.id, train_values=settings.train_split
    )
    source = Path(dataset.source.path)
    target = output or source.with_name(f"{source.stem}.apply{source.suffix}")
    check_writable(target)
    check_output(target, Path(dataset.source.path), overwrite=overwrite)
    show_plan(terminal, plan, dataset, listing=dry_run)
    say_skipped(terminal, plan)
    if not plan.actions:
        terminal.say("no decision can be carried out: nothing was written")
        return
    if dry_run:
        terminal.say(f"nothing was changed; without --dry-run this would write {target}")
        return
    applied = apply_plan(
        plan,
        dataset,
        output=target,
        ledger=open_ledger(runs),
        tool={"labelaudit": __version__},
        overwrite=overwrite,
    )
    terminal.say(f"wrote {target}: {what_was_done(plan)}, recorded as {applied.action}")
