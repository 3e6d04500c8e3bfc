"""`labelaudit impact`: whether fixing helps, and whether noise is what limits models."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.audit.runs import RunStore, now
from labelaudit.cli import complete
from labelaudit.cli.console import Terminal
from labelaudit.cli.impact_inputs import load_reviewed, load_test, parse_rates
from labelaudit.cli.impact_view import first_lines, show_impact
from labelaudit.cli.kept import load_data, protected
from labelaudit.cli.options import (
    Config,
    Jobs,
    MaxClassLoss,
    MinAgreement,
    MinClassSize,
    MinConfidence,
    MinSeverity,
    Quiet,
    RunArgument,
    Store,
    TrainSplit,
    Weight,
    WeightBy,
    settings_from,
)
from labelaudit.cli.show import check_writable
from labelaudit.data.write import same_file
from labelaudit.errors import OutputError, SettingError
from labelaudit.report.wording import clean

if TYPE_CHECKING:
    from labelaudit.config import Resolved
    from labelaudit.measure.impact import Choices, Impact

SCHEMA_VERSION = 1
HOW = "How it is measured"
_FIX = (
    "min_severity",
    "min_class_size",
    "max_class_loss",
    "weight",
    "weight_by",
    "min_confidence",
    "min_agreement",
)
"""Settings of `fix` that have a say in what a strategy does."""

_STRATEGY_OF = {
    "weight": "downweight",
    "weight_by": "downweight",
    "min_confidence": "correct",
    "min_agreement": "correct",
}


def impact(
    run: RunArgument = None,
    test: Annotated[
        str | None,
        typer.Option(
            "--test",
            help="Score models on this file, whose labels are right; same columns.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    reviewed: Annotated[
        list[Path] | None,
        typer.Option(
            "--reviewed",
            help="Score models on the rows answered in this file, see `labelaudit sample`; may "
            "be repeated.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="The file, if it moved since the run.", show_default=False),
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            "--strategy",
            "-s",
            help="Compare this strategy; may be repeated. Default: drop, downweight, correct.",
            autocompletion=complete.one_of(complete.compared_strategies),
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    rates: Annotated[
        str | None,
        typer.Option(
            "--rates",
            help="Plant wrong labels at these rates. Default: 5%,10%,20%,30%,40%.",
            metavar="SHARES",
            show_default=False,
        ),
    ] = None,
    curve_only: Annotated[
        bool,
        typer.Option(
            "--curve-only", help="Plant errors only; compare no strategy.", show_default=False
        ),
    ] = False,
    no_curve: Annotated[
        bool,
        typer.Option(
            "--no-curve", help="Compare strategies only; plant no errors.", show_default=False
        ),
    ] = False,
    slices: Annotated[
        list[str] | None,
        typer.Option(
            "--slice",
            help="Tell effects apart by the values of this column; may be repeated.",
            metavar="COLUMN",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Model by name, or path.to:factory for your own. Default: logreg for text and "
            "embeddings, boosting for tables, extra-trees where there are more than 5 classes.",
            metavar="NAME",
            rich_help_panel=HOW,
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str,
        typer.Option(
            "--metric",
            help="What the answer goes by: accuracy, balanced-accuracy or log-loss.",
            metavar="NAME",
            rich_help_panel=HOW,
        ),
    ] = "accuracy",
    folds: Annotated[
        int,
        typer.Option(
            "--folds",
            help="Each fit leaves out one of so many folds.",
            min=2,
            max=100,
            rich_help_panel=HOW,
        ),
    ] = 5,
    repeats: Annotated[
        int,
        typer.Option(
            "--repeats",
            help="Deal the folds this often.",
            min=1,
            max=100,
            rich_help_panel=HOW,
        ),
    ] = 2,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            help="Seed of everything random; that of the run if left out.",
            min=0,
            rich_help_panel=HOW,
            show_default=False,
        ),
    ] = None,
    jobs: Jobs = None,
    min_severity: MinSeverity = None,
    min_class_size: MinClassSize = None,
    max_class_loss: MaxClassLoss = None,
    weight: Weight = None,
    weight_by: WeightBy = None,
    min_confidence: MinConfidence = None,
    min_agreement: MinAgreement = None,
    train_split: TrainSplit = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture",
            help="Draw the curve of planted errors into this SVG file.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON.", show_default=False)
    ] = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Measure whether fixing helps, and whether noise is what limits models.

    One model learns from the data as it is, fixed by each strategy, and with more errors in it.

    It is scored on labels nobody touches: --test, a held-out split, --reviewed, or held-out folds.

    Nothing is changed. The options of `fix` do here what they do there.

    Examples:

      labelaudit impact

      labelaudit impact --test checked.csv --slice source

      labelaudit impact --curve-only --picture curve.svg
    """
    from labelaudit.measure.impact import measure_impact

    terminal = Terminal.open(quiet=quiet)
    resolved = settings_from(
        config,
        jobs=jobs,
        min_severity=min_severity,
        min_class_size=min_class_size,
        max_class_loss=max_class_loss,
        weight=weight,
        weight_by=weight_by,
        min_confidence=min_confidence,
        min_agreement=min_agreement,
        train_split=train_split,
        store=store,
    )
    settings = resolved.settings
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    audit = kept.audit()
    choices = _choices(
        resolved,
        model=model,
        folds=folds,
        repeats=repeats,
        seed=int(audit.settings["seed"]) if seed is None else seed,
        strategies=tuple(strategy or ()),
        rates=rates,
        curve_only=curve_only,
        no_curve=no_curve,
        slices=tuple(slices or ()),
        metric=metric,
    )
    _check_picture(picture, no_curve=no_curve, inputs=(*protected(kept), test, data))
    from labelaudit.audit.baseline import load_baseline
    from labelaudit.evidence.execute import LocalExecutor

    baseline = load_baseline(
        str(audit.settings.get("baseline", settings.baseline)), today=now().date()
    )
    dataset = load_data(terminal, kept, audit, data)
    found = measure_impact(
        audit,
        dataset,
        run_id=kept.id,
        test=None if test is None else load_test(terminal, audit, test),
        reviewed=load_reviewed(terminal, reviewed or (), audit, dataset, runs.samples_path),
        baseline=baseline,
        choices=choices,
        executor=LocalExecutor(settings.jobs or None),
        progress=terminal,
    )
    command = _fix_command(found, resolved, data)
    if as_json:
        terminal.write(_as_json(found, command))
    else:
        show_impact(terminal, found)
    if picture is not None:
        _draw(found, picture)
        terminal.say(f"wrote {picture}")
    _say_the_rest(terminal, found, command)


def _choices(
    resolved: Resolved,
    *,
    rates: str | None,
    strategies: tuple[str, ...],
    curve_only: bool,
    no_curve: bool,
    **rest: Any,  # noqa: ANN401
) -> Choices:
    from labelaudit.measure.curve import RATES
    from labelaudit.measure.impact import Choices
    from labelaudit.measure.impact_ways import STRATEGIES

    clashes = [
        ("--curve-only", curve_only, "--strategy", bool(strategies)),
        ("--curve-only", curve_only, "--no-curve", no_curve),
        ("--no-curve", no_curve, "--rates", rates is not None),
    ]
    for first, one, second, other in clashes:
        if one and other:
            raise SettingError(
                "these contradict each other",
                where=f"{first} and {second}",
                hint="leave one of them out",
            )
    settings = resolved.settings
    fix: dict[str, Any] = {name: getattr(settings, name) for name in _FIX}
    if resolved.origin["min_severity"] == "default":
        fix["min_severity"] = None
    planted = RATES if rates is None else parse_rates(rates)
    return Choices(
        strategies=() if curve_only else (tuple(dict.fromkeys(strategies)) or STRATEGIES),
        rates=() if no_curve else planted,
        fix={**fix, "train_values": settings.train_split},
        **rest,
    )


def _check_picture(
    picture: Path | None, *, no_curve: bool, inputs: tuple[str | Path | None, ...]
) -> None:
    if picture is None:
        return
    if no_curve:
        raise SettingError(
            "there is no curve to draw", where="--picture", hint="leave --no-curve out"
        )
    if picture.suffix.lower() != ".svg":
        raise SettingError(
            f"{picture.name} is no SVG file", where="--picture", hint="call it curve.svg"
        )
    check_writable(picture)
    for given in inputs:
        if given is not None and same_file(picture, Path(given)):
            raise OutputError(
                "the picture would replace the input",
                where=f"--picture {picture}",
                hint="give another path",
            )


def _draw(found: Impact, path: Path) -> None:
    from labelaudit.data.write import write_bytes
    from labelaudit.measure.curve_picture import draw_picture

    if found.curve is None:
        return
    picture = draw_picture(
        found.curve,
        title=f"What wrong labels cost: run {found.run_id}",
        description=found.bottleneck,
    )
    write_bytes(path, picture.encode("utf-8"))


def _fix_command(found: Impact, resolved: Resolved, data: str | None) -> str:
    """Give the command that would do what is worth it, with the options of this call."""
    if not found.strategy:
        return ""
    words = ["labelaudit", "fix", found.run_id, "--strategy", found.strategy]
    for name in (*_FIX, "train_split", "store"):
        option = resolved.origin[name]
        if not option.startswith("--") or _STRATEGY_OF.get(name, found.strategy) != found.strategy:
            continue
        value = getattr(resolved.settings, name)
        for one in value if isinstance(value, tuple) else (value,):
            words += [option, str(one)]
    if data is not None:
        words += ["--data", data]
    return shlex.join(words)


def _as_json(found: Impact, command: str) -> bytes:
    from labelaudit.audit.plain import to_plain

    answer = {
        "schema_version": SCHEMA_VERSION,
        "sentences": first_lines(found),
        **to_plain(found),
        "command": command,
    }
    return (json.dumps(answer, indent=2, ensure_ascii=False) + "\n").encode()


def _say_the_rest(terminal: Terminal, found: Impact, command: str) -> None:
    for way, why in found.left_out.items():
        terminal.say(f"left out: {way}: {clean(why)}", style="yellow")
    for notice in found.notices:
        hint = f" ({notice.hint})" if notice.hint else ""
        terminal.say(f"{notice.message}{hint}")
    terminal.say(found.method)
    if command:
        terminal.say(f"to do it: {command}")
    elif found.effects and not found.blind:
        terminal.say(
            "what people would correct is not measured here: "
            f"{shlex.join(['labelaudit', 'fix', found.run_id, '--strategy', 'relabel'])} queues it"
        )
