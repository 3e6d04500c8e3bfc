"""`labelaudit detect`: the main job."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.run_source import source_path
from labelaudit.audit.runs import RunStore, now
from labelaudit.cli.console import Terminal
from labelaudit.cli.doctor_view import say_gravest
from labelaudit.cli.gate import report_gate
from labelaudit.cli.in_ci import in_ci, path_in_repository
from labelaudit.cli.options import (
    GATE,
    MODELS,
    AllowInconclusive,
    Baseline,
    Config,
    Detectors,
    Effort,
    Embedding,
    Exclude,
    Features,
    FilterBy,
    Folds,
    Group,
    Id,
    IncludeText,
    Jobs,
    Label,
    Limit,
    LossPercentile,
    LossScope,
    MissingLabel,
    Model,
    OutputFormat,
    PredProbs,
    Quiet,
    Repeats,
    Report,
    Rounds,
    Rules,
    SafeCells,
    Seed,
    Slice,
    Split,
    Store,
    TextColumns,
    Threshold,
    Time,
    Verbose,
    settings_from,
)
from labelaudit.cli.show import (
    check_formats,
    check_store,
    kept_as,
    show,
    trend_shown,
    write_reports,
)
from labelaudit.config import Settings, parse, specs
from labelaudit.errors import SettingError
from labelaudit.report import ForCI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.audit.baseline import Baseline as BaselineFile
    from labelaudit.audit.gate import Gate
    from labelaudit.audit.gate_uncounted import Uncounted
    from labelaudit.config import Resolved
    from labelaudit.types import Audit


_OF_MODELS = {"model": "--model", "folds": "--folds", "repeats": "--repeats"}


def detect(
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
    slice: Slice = None,  # noqa: A002
    missing_label: MissingLabel = None,
    pred_probs: PredProbs = None,
    model: Model = None,
    effort: Effort = None,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="The same as --effort fast.", rich_help_panel=MODELS),
    ] = False,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="The same as --effort thorough.", rich_help_panel=MODELS),
    ] = False,
    rounds: Rounds = None,
    folds: Folds = None,
    repeats: Repeats = None,
    seed: Seed = None,
    jobs: Jobs = None,
    threshold: Threshold = None,
    detectors: Detectors = None,
    filter_by: FilterBy = None,
    loss_percentile: LossPercentile = None,
    loss_scope: LossScope = None,
    rules: Rules = None,
    baseline: Baseline = None,
    fail_above: Annotated[
        str | None,
        typer.Option(
            "--fail-above",
            help="Exit with 1 when more than this share of labels is flagged.",
            metavar="SHARE",
            rich_help_panel=GATE,
            show_default=False,
        ),
    ] = None,
    allow_inconclusive: AllowInconclusive = None,
    output_format: OutputFormat = "full",
    report: Report = None,
    limit: Limit = None,
    safe_cells: SafeCells = False,
    include_text: IncludeText = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Find, rank and explain the labels that are probably wrong.

    What each column is, is found out and said. The run is kept for fix, check, report.

    Examples:

      labelaudit detect data.csv

      labelaudit detect data.parquet --label intent --text utterance --exclude annotator

      labelaudit detect data.csv --fast

      labelaudit detect data.csv --thorough --rounds until-stable --threshold 0.5

      labelaudit detect data.csv --pred-probs probabilities.npy

      labelaudit detect data.csv --fail-above 5% --report markdown=issues.md
    """
    terminal = Terminal.open(quiet=quiet, verbose=verbose)
    resolved = settings_from(
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
        slice=slice,
        missing_label=missing_label,
        pred_probs=pred_probs,
        model=model,
        effort=_effort(effort, fast=fast, thorough=thorough),
        rounds=rounds,
        folds=folds,
        repeats=repeats,
        seed=seed,
        jobs=jobs,
        threshold=threshold,
        detectors=detectors,
        filter_by=filter_by,
        loss_percentile=loss_percentile,
        loss_scope=loss_scope,
        rules=rules,
        baseline=baseline,
        allow_inconclusive=allow_inconclusive,
        store=store,
    )
    settings = resolved.settings
    typed = "--fast" if fast else "--thorough" if thorough else "--effort"
    _refuse_models_of_nothing(resolved, {**_OF_MODELS, "effort": typed})
    max_flagged = (
        None if fail_above is None else parse("max_flagged", fail_above, where="--fail-above")
    )
    inputs = [data] if settings.pred_probs is None else [data, settings.pred_probs]
    check_formats(terminal, output_format, report, inputs)
    check_store(Path(settings.store))
    known = _baseline(settings)
    audit = _audit(terminal, data, settings, known, with_text=include_text or not in_ci())
    runs = RunStore(Path(settings.store))
    run = runs.save(audit, command=sys.argv[1:], directory=Path.cwd(), seconds=terminal.seconds)
    uncounted = _uncounted(audit, known)
    gate = None if max_flagged is None else _gate(audit, max_flagged, uncounted)
    for_ci = ForCI(path_in_repository(source_path(run)), uncounted)
    trend = trend_shown(runs, run, output_format, report)
    write_reports(
        terminal,
        audit,
        report,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        gate=gate,
        trend=trend,
        kept=kept_as(run, settings.store),
        for_ci=for_ci,
        output_format=output_format,
    )
    show(
        terminal,
        audit,
        output_format,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        gate=gate,
        trend=trend,
        kept=kept_as(run, settings.store),
        for_ci=for_ci,
        next_steps=() if quiet else _next_steps(audit, str(run.path), settings.store),
    )
    if gate is None:
        return 0
    annotated = output_format == "github"
    return report_gate(
        terminal, gate, allow_inconclusive=settings.allow_inconclusive, annotated=annotated
    )


def _effort(effort: str | None, *, fast: bool, thorough: bool) -> str | None:
    named = {"--fast": "fast"} if fast else {}
    if thorough:
        named["--thorough"] = "thorough"
    if effort is not None:
        named[f"--effort {effort}"] = parse("effort", effort, where="--effort")
    if len(set(named.values())) > 1:
        raise SettingError(
            "two different efforts are asked for",
            where=" and ".join(named),
            hint="choose one of them",
        )
    return next(iter(named.values()), None)


def _refuse_models_of_nothing(resolved: Resolved, options: Mapping[str, str]) -> None:
    """Refuse options of this call that only models have an ear for, where none is fitted."""
    settings = resolved.settings
    if settings.pred_probs is None:
        return
    for name, option in options.items():
        if resolved.origin[name].startswith("--"):
            raise SettingError(
                f"{option} is about models that are fitted, and your own probabilities leave none "
                "to fit",
                where=option,
                hint=f"leave out {option}, or --pred-probs",
            )
    if settings.rounds == specs()["rounds"].default:
        return
    raise SettingError(
        "rounds fit models again, and your own probabilities leave no model to fit",
        where=resolved.origin["rounds"],
        hint="give --rounds 0, or leave out --pred-probs",
    )


def _baseline(settings: Settings) -> BaselineFile | None:
    from labelaudit.audit.baseline import load_baseline

    return load_baseline(settings.baseline, today=now().date())


def _audit(
    terminal: Terminal,
    path: str,
    settings: Settings,
    baseline: BaselineFile | None,
    *,
    with_text: bool,
) -> Audit:
    from labelaudit.audit.detect import audit_dataset
    from labelaudit.audit.doctor import examine_for
    from labelaudit.data.choices import choices_of
    from labelaudit.data.dataset import describe, load_dataset

    choices = choices_of(settings, need_features=settings.pred_probs is None)
    with terminal.step("read data"):
        data = load_dataset(path, choices, stdin=sys.stdin.buffer, progress=terminal)
    for line in describe(data, learning=settings.pred_probs is None):
        terminal.say(line)
    findings = examine_for(data, settings, today=now().date())
    say_gravest(terminal, findings, with_text=with_text)
    return audit_dataset(data, settings, baseline=baseline, progress=terminal, findings=findings)


def _uncounted(audit: Audit, baseline: BaselineFile | None) -> Uncounted | None:
    from labelaudit.audit.gate_uncounted import leave_out

    return None if baseline is None else leave_out(audit, baseline)


def _gate(audit: Audit, max_flagged: float, uncounted: Uncounted | None) -> Gate:
    from labelaudit.audit.gate import judge

    return judge(audit, max_flagged=max_flagged, uncounted=uncounted)


def _next_steps(audit: Audit, path: str, store: str) -> list[str]:
    where = "" if store == Settings().store else f" --store {shlex.quote(store)}"
    steps = [
        f"everything is in {path}: issues.csv, scores.parquet",
        f"labelaudit report --report html=report.html{where} (a page with pictures and evidence)",
    ]
    if audit.summary.blind:
        return steps
    if audit.summary.flagged and audit.source.path != "-":
        steps += [
            f"labelaudit fix --strategy relabel{where} (a review queue, most valuable first)",
            f"labelaudit fix --strategy downweight{where} (a copy with a sample_weight column)",
        ]
    return steps
