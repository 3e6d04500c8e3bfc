"""`labelaudit fix`: change the data, in a copy and on the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit import __version__
from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import load_data, open_ledger
from labelaudit.cli.options import (
    CHANGES,
    AllowInconclusive,
    Config,
    Data,
    DryRun,
    MaxClassLoss,
    MinClassSize,
    MinSeverity,
    Overwrite,
    Quiet,
    SafeCells,
    Store,
    TrainSplit,
    Weight,
    WeightColumn,
    settings_from,
)
from labelaudit.cli.plan_view import say_skipped, show_plan, what_was_done
from labelaudit.cli.show import check_writable, warn_of_formulas
from labelaudit.errors import RefusedError

if TYPE_CHECKING:
    from labelaudit.types import Audit, Dataset

RELABEL = "relabel"


def fix(
    run: Annotated[
        str | None,
        typer.Argument(
            help="A run, or the beginning of its name; the newest if left out.", show_default=False
        ),
    ] = None,
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy",
            "-s",
            help="drop, downweight, or relabel (a queue for people).",
            metavar="NAME",
            show_default=False,
        ),
    ] = ...,  # type: ignore[assignment]
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write; beside the data, as DATA.STRATEGY.csv, if left out.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    dry_run: DryRun = False,
    overwrite: Overwrite = False,
    min_severity: MinSeverity = None,
    min_class_size: MinClassSize = None,
    max_class_loss: MaxClassLoss = None,
    weight: Weight = None,
    weight_column: WeightColumn = None,
    train_split: TrainSplit = None,
    allow_inconclusive: AllowInconclusive = None,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            help="Queue at most this many rows, the most valuable first.",
            min=1,
            rich_help_panel=CHANGES,
            show_default=False,
        ),
    ] = None,
    safe_cells: SafeCells = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Drop, downweight or queue the flagged rows, in a new file.

    The input is never modified, nor are rows of a held-out split.

    Every change is in the ledger: see `labelaudit log`.

    Examples:

      labelaudit fix --strategy downweight

      labelaudit fix --strategy drop --min-severity high --dry-run

      labelaudit fix --strategy relabel --output queue.csv --budget 200
    """
    from labelaudit.data.write import check_output
    from labelaudit.remedy.plan import plan_fix

    terminal = Terminal.open(quiet=quiet)
    resolved = settings_from(
        config,
        min_severity=min_severity,
        min_class_size=min_class_size,
        max_class_loss=max_class_loss,
        weight=weight,
        weight_column=weight_column,
        train_split=train_split,
        allow_inconclusive=allow_inconclusive,
        store=store,
    )
    settings = resolved.settings
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    audit = kept.audit()
    dataset = load_data(terminal, kept, audit, data)
    refuse_blind(terminal, audit, strategy, allowed=settings.allow_inconclusive)
    chosen = resolved.origin["min_severity"] != "default"
    plan = plan_fix(
        audit,
        dataset,
        strategy=strategy,
        run_id=kept.id,
        min_severity=settings.min_severity if chosen else None,
        min_class_size=settings.min_class_size,
        max_class_loss=settings.max_class_loss,
        weight=settings.weight,
        budget=budget,
        train_values=settings.train_split,
    )
    target = output or _default_output(dataset, strategy)
    check_writable(target)
    check_output(target, Path(dataset.source.path), overwrite=overwrite)
    show_plan(terminal, plan, dataset, listing=dry_run)
    say_skipped(terminal, plan)
    if dry_run:
        terminal.say(f"nothing was changed; without --dry-run this would write {target}")
        return
    ledger = open_ledger(runs)
    tool = {"labelaudit": __version__}
    if strategy == RELABEL:
        from labelaudit.review.queue import write_queue

        queued = write_queue(
            plan,
            audit,
            dataset,
            target,
            ledger=ledger,
            tool=tool,
            safe_cells=safe_cells,
            overwrite=overwrite,
        )
        terminal.say(f"wrote {target}: {queued.n_rows:,} rows to review")
        if not safe_cells:
            warn_of_formulas(terminal, queued.risky_cells)
        terminal.say(f"  fill in `decision` or `new_label`, then: labelaudit apply {target}")
        return
    from labelaudit.remedy.apply import apply_plan

    applied = apply_plan(
        plan,
        dataset,
        output=target,
        ledger=ledger,
        tool=tool,
        overwrite=overwrite,
        weight_column=settings.weight_column,
    )
    terminal.say(f"wrote {target}: {what_was_done(plan)}, recorded as {applied.action}")


def refuse_blind(terminal: Terminal, audit: Audit, strategy: str, *, allowed: bool) -> None:
    """Refuse to change data on the word of a run that cannot see errors.

    Parameters
    ----------
    terminal : Terminal
    audit : Audit
    strategy : str
        A queue changes nothing: for that one it is only said.
    allowed : bool
        Whether the user insists.

    Raises
    ------
    RefusedError
    """
    if not audit.summary.blind:
        return
    if strategy != RELABEL and not allowed:
        raise RefusedError(
            "the run is blind: what it flags is no better than a guess",
            where=audit.summary.blind,
            hint="give better features or --pred-probs; --allow-inconclusive insists",
        )
    terminal.say(f"the run is blind: {audit.summary.blind}", style="yellow")


def _default_output(data: Dataset, strategy: str) -> Path:
    source = Path(data.source.path)
    return source.with_name(f"{source.stem}.{strategy}{source.suffix}")
