"""`labelaudit apply`: what people decided, carried out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.runs import RunStore, now
from labelaudit.cli import complete
from labelaudit.cli.apply_view import outcome_json, say_done, say_kept
from labelaudit.cli.baseline_file import check_baseline
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import load_data, open_ledger, open_recorder, protected
from labelaudit.cli.options import (
    Baseline,
    Config,
    Data,
    DryRun,
    Overwrite,
    Quiet,
    Store,
    TrainSplit,
    settings_from,
)
from labelaudit.cli.plan_view import say_skipped, show_plan
from labelaudit.cli.show import check_writable
from labelaudit.errors import SettingError, did_you_mean
from labelaudit.types import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from labelaudit.audit.baseline import Accepted
    from labelaudit.audit.baseline_write import Merged
    from labelaudit.remedy.apply import Applied
    from labelaudit.remedy.record import Recorder
    from labelaudit.review.decisions import Decision, Settled
    from labelaudit.types import Dataset, Plan

REFUSE, SKIP = "refuse", "skip"


def apply(
    queue: Annotated[
        list[Path],
        typer.Argument(
            help="Queues with decisions: CSV, Parquet, or JSON of Label Studio or Argilla."
        ),
    ],
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            help="The run it was made from; the queue names it.",
            show_default=False,
            autocompletion=complete.runs,
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
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="Write over the data; what it held is kept, and `labelaudit undo` brings it back.",
            show_default=False,
        ),
    ] = False,
    data: Data = None,
    allow_new_labels: Annotated[
        bool,
        typer.Option(
            "--allow-new-labels", help="Accept labels the data did not have.", show_default=False
        ),
    ] = False,
    on_conflict: Annotated[
        str,
        typer.Option(
            "--on-conflict",
            help="Where reviewers disagree: refuse the whole, or skip such rows.",
            metavar="refuse|skip",
        ),
    ] = REFUSE,
    baseline: Baseline = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            help="How long a kept label stands: 90d, or the last day as 2027-01-31.",
            metavar="TIME",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRun = False,
    overwrite: Overwrite = False,
    train_split: TrainSplit = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print what became of each decision as JSON.", show_default=False
        ),
    ] = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Take the decisions of review queues back in, in a new file.

    In the queue, `decision` is keep, relabel, drop or empty.

    `new_label` is the right label; relabel without one takes the suggested label.

    Labels that are kept go to the baseline file, and are not flagged again.

    One decision that cannot be used stops the whole, and all such are listed.

    So does a new label that breaks a written rule, of the settings or else of the run.

    Examples:

      labelaudit apply data.relabel.csv

      labelaudit apply queue.csv --output data.reviewed.csv --dry-run

      labelaudit apply alice.csv bob.csv --on-conflict skip --expires 180d
    """
    from labelaudit.audit.baseline import baseline_path, parse_expiry
    from labelaudit.data.rules.load import load_rules
    from labelaudit.review.against_rules import refuse_forbidden
    from labelaudit.review.answers import run_of
    from labelaudit.review.decisions import digest, read_decisions, settle
    from labelaudit.review.read_filled import read_filled

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(
        config, train_split=train_split, baseline=baseline, store=store
    ).settings
    _check_options(on_conflict, output, in_place=in_place)
    today = now().date()
    last_day = "" if expires is None else parse_expiry(expires, today=today)
    record = baseline_path(settings.baseline)
    check_baseline(record)
    filled = [read_filled(path) for path in queue]
    runs = RunStore(Path(settings.store))
    kept = runs.load(run or run_of(filled))
    audit = kept.audit()
    decisions = read_decisions(
        filled,
        audit,
        allow_new_labels=allow_new_labels,
        skip_conflicts=on_conflict == SKIP,
    )
    dataset = load_data(terminal, kept, audit, data, weight_column=settings.weight_column)
    settled = settle(decisions, audit, dataset, run_id=kept.id, train_values=settings.train_split)
    rules = load_rules(settings.rules or dict(audit.settings).get("rules"))
    if rules is not None:
        refuse_forbidden(rules[0], settled.plan, decisions, dataset, filled)
    source = Path(dataset.source.path)
    target = output or source.with_name(f"{source.stem}.apply{source.suffix}")
    job = _Job(
        terminal,
        dataset,
        settled,
        open_recorder(runs),
        source if in_place else target,
        {"decisions": digest(decisions)},
        in_place=in_place,
        overwrite=overwrite,
    )
    entries = () if record is None else job.confirmed(decisions, runs, today, last_day)
    record = record if entries else None
    applied = merged = None
    done = job.is_done()
    if not done:
        writing = job.is_needed(asked_for=output is not None)
        if writing:
            job.check(strict=dry_run, others=[*queue, *(() if in_place else protected(kept))])
        show_plan(terminal, settled.plan, dataset, listing=dry_run and not as_json)
        say_skipped(terminal, settled.plan)
        if dry_run:
            _say_what_would(terminal, job.target if writing else None, record)
        elif writing:
            applied = job.write_data(record)
    if record is not None and not dry_run:
        merged = job.write_baseline(record, entries)
    if not dry_run and not done:
        _say_result(terminal, settled.plan, applied, record, merged)
    elif done and merged is not None:
        say_kept(terminal, settled.plan, record, merged)
    if as_json:
        terminal.write(
            outcome_json(decisions, settled, applied=applied, baseline=record, written=not dry_run)
        )


@dataclass(frozen=True)
class _Job:
    """What is worked on and with."""

    terminal: Terminal
    data: Dataset
    settled: Settled
    recorder: Recorder
    target: Path
    facts: Mapping[str, str]
    in_place: bool
    overwrite: bool

    def is_done(self) -> bool:
        """Say so where the data holds just these decisions already."""
        from labelaudit.remedy.recover import done_already

        plan = self.settled.plan
        if not self.in_place:
            return False
        sha256 = self.data.source.sha256
        action = done_already(
            self.recorder, plan.run_id, plan.strategy, sha256, self.target, self.facts
        )
        if action:
            self.terminal.say(
                f"{self.target} holds these decisions already, recorded as {action}; "
                f"labelaudit undo {action} takes them back"
            )
        return bool(action)

    def is_needed(self, *, asked_for: bool) -> bool:
        """Tell whether to write data: where it changes, or a file was asked for by name."""
        actions = self.settled.plan.actions
        return any(one.kind is not Kind.KEEP for one in actions) or (bool(actions) and asked_for)

    def check(self, *, strict: bool, others: Sequence[Path]) -> None:
        """Refuse, before anything is written, what could not be written."""
        from labelaudit.data.write import check_output, refuse_overwrite_of_input

        check_writable(self.target)
        for other in others:
            refuse_overwrite_of_input(self.target, other)
        # A file that is there may turn out to hold just what would be written.
        overwrite = self.overwrite or not strict
        source = self.data.source
        check_output(
            self.target,
            source.path,
            overwrite=overwrite,
            in_place=self.in_place,
            form=source.format,
        )

    def confirmed(
        self, decisions: Sequence[Decision], runs: RunStore, today: date, last_day: str
    ) -> tuple[Accepted, ...]:
        """Give the labels that people kept as entries of a baseline."""
        from labelaudit.review.decisions import confirmed_labels

        who = open_ledger(runs).who
        return confirmed_labels(
            self.settled.plan, decisions, self.data, who=who, when=today, expires=last_day
        )

    def write_data(self, record: Path | None) -> Applied:
        """Write what changes; the ledger names the baseline, which is no part of the action."""
        from labelaudit.remedy.apply import apply_plan
        from labelaudit.remedy.ledger import relative_to_base

        base = self.recorder.ledger.base
        kept_in = "" if record is None else relative_to_base(record, base)
        return apply_plan(
            self.settled.plan,
            self.data,
            output=self.target,
            recorder=self.recorder,
            overwrite=self.overwrite,
            in_place=self.in_place,
            facts={**self.facts, "baseline": kept_in},
        )

    def write_baseline(self, path: Path, entries: Sequence[Accepted]) -> Merged:
        """Put kept labels on record."""
        from labelaudit.audit.baseline_write import write_baseline

        # The lock of the ledger: of two who write at once, neither loses an entry.
        with self.recorder.ledger.exclusive():
            return write_baseline(path, entries)


def _check_options(on_conflict: str, output: Path | None, *, in_place: bool) -> None:
    if on_conflict not in (REFUSE, SKIP):
        raise SettingError(
            f"{on_conflict!r} is not a choice",
            where="--on-conflict",
            hint=did_you_mean(on_conflict, (REFUSE, SKIP)) or f"choose {REFUSE} or {SKIP}",
        )
    if in_place and output is not None:
        raise SettingError(
            "in place means over the data, and --output names a file",
            where="--in-place and --output",
            hint="give one of them",
        )


def _say_what_would(terminal: Terminal, target: Path | None, record: Path | None) -> None:
    named = " and ".join(str(path) for path in (target, record) if path is not None)
    if named:
        terminal.say(f"nothing was changed; without --dry-run this would write {named}")
    else:
        terminal.say("no decision can be carried out: nothing would be written")


def _say_result(
    terminal: Terminal,
    plan: Plan,
    applied: Applied | None,
    record: Path | None,
    merged: Merged | None,
) -> None:
    if not plan.actions:
        terminal.say("no decision can be carried out: nothing was written")
        return
    if applied is None:
        only = f", only {record}" if merged is not None and merged.put else ""
        terminal.say(f"no label changes: no data was written{only}")
    else:
        recorded = f", recorded as {applied.action}" if applied.action else ""
        if applied.already:
            terminal.say(f"{applied.output} holds exactly this already{recorded}")
        else:
            terminal.say(f"wrote {applied.output}{recorded}")
    say_done(terminal, plan, record, merged)
