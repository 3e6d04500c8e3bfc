"""`labelaudit check`: the gate for CI."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.conditions import parse_conditions
from labelaudit.audit.run_source import source_path
from labelaudit.audit.runs import RunStore, now
from labelaudit.cli import complete
from labelaudit.cli.console import Terminal
from labelaudit.cli.gate import gate_json, report_gate
from labelaudit.cli.gate_inputs import command_of, earlier_run, rows_of_run
from labelaudit.cli.in_ci import path_in_repository
from labelaudit.cli.kept import protected
from labelaudit.cli.options import (
    GATE,
    Against,
    AllowInconclusive,
    Baseline,
    Config,
    FailOn,
    FirstRunPasses,
    IncludeText,
    Limit,
    MaxAmbiguous,
    MaxClassFlagged,
    MaxDuplicate,
    MaxFlagged,
    MaxHigh,
    MaxIncrease,
    MaxMislabelled,
    MaxOutlier,
    Report,
    RunArgument,
    SafeCells,
    Store,
    settings_from,
)
from labelaudit.cli.run_pairs import check_earlier
from labelaudit.cli.show import check_formats, kept_as, trend_shown, write_reports
from labelaudit.cli.step_summary import tell_gate
from labelaudit.config import Settings
from labelaudit.data.digest import file_sha256
from labelaudit.errors import RunError, SettingError
from labelaudit.report import ForCI

if TYPE_CHECKING:
    from labelaudit.audit.baseline import Baseline as BaselineFile
    from labelaudit.audit.conditions import Condition
    from labelaudit.audit.gate import Earlier, Gate
    from labelaudit.audit.gate_uncounted import Uncounted
    from labelaudit.audit.runs import Run
    from labelaudit.config import Resolved
    from labelaudit.types import Audit


def check(
    run: RunArgument = None,
    max_flagged: MaxFlagged = None,
    max_high: MaxHigh = None,
    max_mislabelled: MaxMislabelled = None,
    max_ambiguous: MaxAmbiguous = None,
    max_outlier: MaxOutlier = None,
    max_duplicate: MaxDuplicate = None,
    max_class_flagged: MaxClassFlagged = None,
    fail_on: FailOn = None,
    max_increase: MaxIncrease = None,
    against: Against = None,
    first_run_passes: FirstRunPasses = None,
    baseline: Baseline = None,
    new_since: Annotated[
        str | None,
        typer.Option(
            "--new-since",
            help="Count only issues that this run does not flag, or whose label changed since.",
            metavar="RUN",
            autocompletion=complete.runs,
            rich_help_panel=GATE,
            show_default=False,
        ),
    ] = None,
    allow_inconclusive: AllowInconclusive = None,
    allow_stale: Annotated[
        bool,
        typer.Option(
            "--allow-stale",
            help="Judge the run even when its data file changed or is gone.",
            show_default=False,
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as JSON.", show_default=False)
    ] = False,
    report: Report = None,
    limit: Limit = None,
    safe_cells: SafeCells = False,
    include_text: IncludeText = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Exit with 1 when more labels are flagged than agreed.

    Exit codes: 0 the data passes; 1 it does not, or the run is blind;

    2 the question could not be asked. Without a threshold: --max-flagged 5%.

    A flagged row is mislabelled, ambiguous, an outlier or a duplicate conflict;

    each can have a threshold of its own.

    --fail-on takes a metric (flagged, high, medium, low, a verdict, noise_rate), or an

    end of its 95 % interval (.lower95, .upper95), for a class or a slice of the data.

    Known issues of the baseline file count in no check.

    Examples:

      labelaudit check --max-flagged 5%

      labelaudit check --max-mislabelled 2% --max-duplicate 0%

      labelaudit check --max-high 1% --max-class-flagged 10% --report markdown=issues.md

      labelaudit check --fail-on 'mislabelled.lower95>2%' --fail-on 'noise_rate>5%'

      labelaudit check --fail-on 'slice:source=web flagged>5%'

      labelaudit check --max-increase 1%
    """
    terminal = Terminal.open()
    resolved = settings_from(
        config,
        max_flagged=max_flagged,
        max_high=max_high,
        max_mislabelled=max_mislabelled,
        max_ambiguous=max_ambiguous,
        max_outlier=max_outlier,
        max_duplicate=max_duplicate,
        max_class_flagged=max_class_flagged,
        fail_on=fail_on,
        max_increase=max_increase,
        against=against,
        first_run_passes=first_run_passes,
        baseline=baseline,
        allow_inconclusive=allow_inconclusive,
        store=store,
    )
    question = _Question.of(resolved, new_since)
    settings = resolved.settings
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    if question.seen is not None:
        check_earlier(runs, question.seen, kept, f"--new-since {new_since}")
    check_formats(terminal, "full", report, protected(kept))
    if not allow_stale:
        _refuse_stale(kept)
    audit = kept.audit()
    gate, earlier = question.ask(terminal, kept, audit)
    again = command_of(
        kept.id,
        settings,
        question.conditions,
        against=earlier,
        baseline=question.baseline_named,
        new_since=None if question.seen is None else question.seen.id,
        allow_stale=allow_stale,
        config=config,
    )
    write_reports(
        terminal,
        audit,
        report,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        gate=gate,
        trend=trend_shown(runs, kept, "full", report),
        kept=kept_as(kept, settings.store),
        for_ci=ForCI(path_in_repository(source_path(kept))),
    )
    tell_gate(terminal, gate, report or ())
    if as_json:
        terminal.write(gate_json(gate, kept.id, again))
    return report_gate(
        terminal, gate, allow_inconclusive=settings.allow_inconclusive, reproduce=again
    )


@dataclass(frozen=True)
class _Question:
    """What the gate is asked, as far as it is known before the run is read."""

    settings: Settings
    conditions: tuple[Condition, ...]
    baseline: BaselineFile | None
    seen: Run | None

    @classmethod
    def of(cls, resolved: Resolved, new_since: str | None) -> _Question:
        from labelaudit.audit.baseline import load_baseline

        settings = resolved.settings
        conditions = parse_conditions(settings.fail_on, resolved.origin["fail_on"])
        if resolved.origin["against"] == "--against" and settings.max_increase is None:
            raise SettingError(
                "an earlier run is named, and no rise since then is asked about",
                where="--against",
                hint="say how much it may rise with --max-increase",
            )
        store = RunStore(Path(settings.store))
        return cls(
            settings,
            conditions,
            load_baseline(settings.baseline, today=now().date()),
            None if new_since is None else store.load(new_since),
        )

    @property
    def baseline_named(self) -> str | None:
        if self.baseline is not None:
            return self.baseline.name
        # That the usual file is not there goes without saying.
        return None if self.settings.baseline == Settings().baseline else self.settings.baseline

    def ask(self, terminal: Terminal, kept: Run, audit: Audit) -> tuple[Gate, str | None]:
        from labelaudit.audit.gate import judge

        settings = self.settings
        slices = any(condition.slices for condition in self.conditions)
        notes: list[str] = []
        earlier = self._earlier(terminal, kept, notes)
        uncounted = self._uncounted(kept, audit, notes)
        gate = judge(
            audit,
            max_flagged=settings.max_flagged,
            max_high=settings.max_high,
            max_mislabelled=settings.max_mislabelled,
            max_ambiguous=settings.max_ambiguous,
            max_outlier=settings.max_outlier,
            max_duplicate=settings.max_duplicate,
            max_class_flagged=settings.max_class_flagged,
            fail_on=self.conditions,
            max_increase=settings.max_increase,
            earlier=earlier,
            rows=rows_of_run(terminal, kept, audit) if slices else None,
            uncounted=uncounted,
            first_passes=settings.first_run_passes,
            notes=dict.fromkeys(notes),
        )
        return gate, None if earlier is None else earlier.run

    def _uncounted(self, kept: Run, audit: Audit, notes: list[str]) -> Uncounted | None:
        from labelaudit.audit.gate_settings import made_otherwise
        from labelaudit.audit.gate_uncounted import leave_out

        if self.seen is None:
            return None if self.baseline is None else leave_out(audit, self.baseline)
        otherwise = made_otherwise(self.seen, kept)
        notes += [otherwise.note] if otherwise.note else []
        seen = (self.seen.id, self.seen.audit())
        return leave_out(audit, self.baseline, seen=seen, doubt=otherwise.doubt)

    def _earlier(self, terminal: Terminal, kept: Run, notes: list[str]) -> Earlier | None:
        from labelaudit.audit.gate import Earlier
        from labelaudit.audit.gate_settings import made_otherwise
        from labelaudit.audit.gate_uncounted import leave_out

        if self.settings.max_increase is None:
            return None
        store = RunStore(Path(self.settings.store))
        found, choice = earlier_run(terminal, store, kept, self.settings.against)
        if found is None:
            return None
        audit = found.audit()
        otherwise = made_otherwise(found, kept)
        notes += [text for text in (choice, otherwise.note) if text]
        # What is known or right now was so then: both shares leave it out.
        left_out = None if self.baseline is None else leave_out(audit, self.baseline).rows
        return Earlier(found.id, audit, left_out, otherwise.doubt)


def _refuse_stale(kept: Run) -> None:
    path = source_path(kept)
    if path is None:
        return
    stale = "is gone" if not path.is_file() else "has changed"
    if path.is_file() and file_sha256(path) == kept.manifest["source"]["sha256"]:
        return
    raise RunError(
        f"the data of run {kept.id} {stale} since the run",
        where=str(path),
        hint="run `labelaudit detect` again, or judge the old run with --allow-stale",
    )
