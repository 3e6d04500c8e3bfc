"""`labelaudit fix`: change the data, on the record, in a copy unless asked otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.audit.runs import RunStore, now
from labelaudit.cli import complete
from labelaudit.cli.console import Terminal
from labelaudit.cli.fix_outputs import check_outputs, choose_outputs, refuse_sources
from labelaudit.cli.fix_strategy import choose_strategy, plan_options, refuse_blind
from labelaudit.cli.kept import load_data, open_recorder, protected
from labelaudit.cli.options import (
    CHANGES,
    AllowInconclusive,
    Baseline,
    Config,
    Data,
    DryRun,
    MaxClassLoss,
    MinAgreement,
    MinClassSize,
    MinConfidence,
    MinSeverity,
    Overwrite,
    PlanByVerdict,
    Quiet,
    RunArgument,
    SafeCells,
    SafeOnly,
    Store,
    TrainSplit,
    Weight,
    WeightBy,
    WeightColumn,
    settings_from,
)
from labelaudit.cli.plan_view import say_skipped, show_plan, what_was_done
from labelaudit.cli.show import warn_of_formulas
from labelaudit.report.wording import counted

if TYPE_CHECKING:
    from labelaudit.cli.fix_outputs import Outputs
    from labelaudit.cli.fix_strategy import Chosen
    from labelaudit.config import Settings
    from labelaudit.remedy.apply import Applied
    from labelaudit.remedy.record import Recorder
    from labelaudit.types import Audit, BoolArray, Dataset, Plan


def fix(
    run: RunArgument = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            "-s",
            help="drop, downweight, correct, or relabel (a queue for people).",
            metavar="NAME",
            autocompletion=complete.one_of(complete.strategies),
            show_default=False,
        ),
    ] = None,
    plan: PlanByVerdict = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write; beside the data, as DATA.STRATEGY.csv or DATA.fix.csv, "
            "if left out.",
            show_default=False,
        ),
    ] = None,
    queue: Annotated[
        Path | None,
        typer.Option(
            "--queue",
            help="Where to write the queue of a plan that changes data too; beside the data, as "
            "DATA.relabel.csv, if left out.",
            show_default=False,
        ),
    ] = None,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="Write over the input; what it held is kept, and `labelaudit undo` brings it "
            "back.",
            show_default=False,
        ),
    ] = False,
    data: Data = None,
    dry_run: DryRun = False,
    overwrite: Overwrite = False,
    safe_only: SafeOnly = None,
    min_severity: MinSeverity = None,
    min_class_size: MinClassSize = None,
    max_class_loss: MaxClassLoss = None,
    weight: Weight = None,
    weight_by: WeightBy = None,
    weight_column: WeightColumn = None,
    min_confidence: MinConfidence = None,
    min_agreement: MinAgreement = None,
    soft: Annotated[
        bool,
        typer.Option(
            "--soft",
            help="With correct: keep the label, and add a column label_prob_CLASS for each class "
            "with how probable it is. --min-confidence then has no say, --min-agreement has.",
            rich_help_panel=CHANGES,
            show_default=False,
        ),
    ] = False,
    train_split: TrainSplit = None,
    allow_inconclusive: AllowInconclusive = None,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            help="Queue at most this many rows, the most valuable first, every class among them.",
            min=1,
            rich_help_panel=CHANGES,
            show_default=False,
        ),
    ] = None,
    pattern: Annotated[
        list[int] | None,
        typer.Option(
            "--pattern",
            help="Take only the flagged rows of this pattern of the run, by its number; may be "
            "repeated.",
            metavar="N",
            min=1,
            rich_help_panel=CHANGES,
            show_default=False,
        ),
    ] = None,
    baseline: Baseline = None,
    safe_cells: SafeCells = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Drop, downweight, correct or queue the flagged rows, in a new file.

    The input is not modified unless --in-place says so. Rows of a held-out split never are.

    Weights and a queue are safe; drop and correct are not: rows go or labels change.

    Every change is in the ledger: see `labelaudit log`.

    Examples:

      labelaudit fix --strategy downweight

      labelaudit fix --strategy drop --min-severity high --dry-run

      labelaudit fix --strategy relabel --output queue.csv --budget 200

      labelaudit fix --plan mislabelled=correct,ambiguous=downweight,outlier=relabel

      labelaudit fix --strategy relabel --pattern 1 --pattern 3
    """
    from labelaudit.audit.patterns_rows import ids_of_patterns
    from labelaudit.remedy.plan import plan_fix
    from labelaudit.remedy.taken import taken_before

    terminal = Terminal.open(quiet=quiet)
    resolved = settings_from(
        config,
        plan=plan,
        baseline=baseline,
        safe_only=safe_only,
        min_severity=min_severity,
        min_class_size=min_class_size,
        max_class_loss=max_class_loss,
        weight=weight,
        weight_by=weight_by,
        weight_column=weight_column,
        min_confidence=min_confidence,
        min_agreement=min_agreement,
        train_split=train_split,
        allow_inconclusive=allow_inconclusive,
        store=store,
    )
    settings = resolved.settings
    chosen = choose_strategy(resolved, strategy, soft=soft, budget=budget, safe_cells=safe_cells)
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    audit = kept.audit()
    numbers = sorted(set(pattern or ()))
    only = ids_of_patterns(audit, numbers) if numbers else None
    dataset = load_data(terminal, kept, audit, data, weight_column=settings.weight_column)
    outputs = choose_outputs(dataset, chosen, output=output, queue=queue, in_place=in_place)
    options = plan_options(resolved, chosen, soft=soft)
    if numbers:
        options["pattern"] = numbers
    job = _Job(terminal, settings, audit, dataset, open_recorder(runs), options, overwrite)
    done = in_place and job.is_done(kept.id, chosen, outputs)
    if done:
        # A queue of the same plan was written before it.
        return
    refuse_blind(terminal, audit, chosen, allowed=settings.allow_inconclusive)
    explicit = resolved.origin["min_severity"] != "default"
    what = plan_fix(
        audit,
        dataset,
        strategy=chosen.strategy,
        run_id=kept.id,
        min_severity=settings.min_severity if explicit else None,
        min_class_size=settings.min_class_size,
        max_class_loss=settings.max_class_loss,
        weight=settings.weight,
        weight_by=settings.weight_by,
        min_confidence=settings.min_confidence,
        min_agreement=settings.min_agreement,
        soft=soft,
        safe_only=settings.safe_only,
        budget=budget,
        train_values=settings.train_split,
        right=_on_record(settings.baseline, dataset),
        only=only,
        before=taken_before(job.recorder.ledger, dataset),
    )
    outputs = outputs.needed(what)
    refuse_sources(outputs, protected(kept))
    check_outputs(outputs, dataset, overwrite=overwrite, strict=dry_run)
    show_plan(terminal, what, dataset, listing=dry_run, train_values=settings.train_split)
    say_skipped(terminal, what)
    if settings.safe_only and not (what.actions or what.class_weights):
        terminal.say("nothing is left to do with --safe-only: nothing was written")
    elif not str(outputs):
        terminal.say("there is nothing to change: nothing was written")
    elif dry_run:
        terminal.say(f"nothing was changed; without --dry-run this would write {outputs}")
    else:
        # First the queue: in place, the rows it is about are found as the run saw them.
        if outputs.queue is not None:
            job.write_queue(what, outputs.queue, safe_cells=safe_cells)
        if outputs.data is not None:
            job.write_data(what, outputs.data, in_place=in_place)


def _on_record(baseline: str, data: Dataset) -> BoolArray | None:
    """Tell which labels people put on record as right, since the run too."""
    from labelaudit.audit.baseline import load_baseline, match_rows

    found = load_baseline(baseline, today=now().date())
    return None if found is None else match_rows(found, data).right


@dataclass(frozen=True)
class _Job:
    """What is worked on and with."""

    terminal: Terminal
    settings: Settings
    audit: Audit
    data: Dataset
    recorder: Recorder
    options: dict[str, Any]
    overwrite: bool

    def is_done(self, run_id: str, chosen: Chosen, outputs: Outputs) -> bool:
        """Say so where the file is what this call would make of it already."""
        from labelaudit.remedy.recover import done_already

        if outputs.data is None:
            return False
        action = done_already(
            self.recorder,
            run_id,
            chosen.text,
            self.data.source.sha256,
            outputs.data,
            {"options": self.options},
        )
        if action:
            self.terminal.say(
                f"{outputs.data} is fixed like this already, recorded as {action}; "
                f"labelaudit undo {action} takes it back"
            )
        return bool(action)

    def write_data(self, plan: Plan, target: Path, *, in_place: bool) -> None:
        """Write the changed data."""
        from labelaudit.remedy.apply import apply_plan
        from labelaudit.remedy.plan import data_part

        part = data_part(plan)
        applied = apply_plan(
            part,
            self.data,
            output=target,
            recorder=self.recorder,
            overwrite=self.overwrite,
            in_place=in_place,
            weight_column=self.settings.weight_column,
            train_values=self.settings.train_split,
            facts={"options": self.options},
        )
        self._say_written(applied, what_was_done(part))
        if in_place and not applied.already:
            self.terminal.say(f"  labelaudit undo {applied.action} brings back what it was")

    def write_queue(self, plan: Plan, target: Path, *, safe_cells: bool) -> None:
        """Write the queue, and say what people do with it."""
        from labelaudit.remedy.plan import queue_part
        from labelaudit.review.queue import write_queue

        queued = write_queue(
            queue_part(plan),
            self.audit,
            self.data,
            target,
            recorder=self.recorder,
            safe_cells=safe_cells,
            overwrite=self.overwrite,
        )
        self._say_written(queued.applied, f"{counted(queued.n_rows, 'row')} to review")
        if not safe_cells:
            warn_of_formulas(self.terminal, queued.risky_cells)
        self.terminal.say(f"  {queued.next_step}")

    def _say_written(self, applied: Applied, what: str) -> None:
        recorded = f", recorded as {applied.action}" if applied.action else ""
        if applied.already:
            self.terminal.say(f"{applied.output} holds exactly this already{recorded}")
        else:
            self.terminal.say(f"wrote {applied.output}: {what}{recorded}")
