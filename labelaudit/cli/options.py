"""Options that commands share, with the help text that the settings declare."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli import complete
from labelaudit.cli.origin import remember
from labelaudit.config import Resolved, option_name, resolve, specs
from labelaudit.report import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping


def setting(name: str, *flags: str, panel: str | None = None, **extra: Any) -> Any:  # noqa: ANN401
    """Make the option of a setting: its help, its choices and its default in words.

    Parameters
    ----------
    name : str
        A field of `Settings`.
    *flags : str
        Its flags, where they are not just ``--name``.
    panel : str, optional
        The heading it stands under.
    **extra
        Passed to `typer.Option`.

    Returns
    -------
    typer.models.OptionInfo
    """
    spec = specs()[name]
    if spec.metadata["choices"]:
        extra["autocompletion"] = complete.one_of(spec.metadata["choices"])
    elif name in complete.SETTINGS:
        extra["autocompletion"] = complete.SETTINGS[name]
    text = spec.metadata["help"]
    if spec.metadata["choices"]:
        text += f" One of: {', '.join(spec.metadata['choices'])}."
    default = spec.default
    # Not by equality: a default of 0 is one, and 0 == False.
    if default is not None and default is not False and default != ():
        shown = ", ".join(default) if isinstance(default, tuple) else _show(name, default)
        text += f" Default: {shown}."
    return typer.Option(
        *(flags or (option_name(name),)),
        help=text,
        rich_help_panel=panel,
        show_default=False,
        **extra,
    )


def _show(name: str, value: Any) -> str:  # noqa: ANN401
    if specs()[name].metadata["kind"] == "share":
        return f"{100 * value:g}%"
    return str(value)


RULES_NAME = "rules.toml"
"""A file of rules in the working directory that is found by its name."""

COLUMNS = "Columns"
MODELS = "Models"
DETECTION = "Detection"
GATE = "Gate"
CHANGES = "Changes"

Label = Annotated[str | None, setting("label", panel=COLUMNS, metavar="NAME")]
Id = Annotated[str | None, setting("id", panel=COLUMNS, metavar="NAME")]
TextColumns = Annotated[list[str] | None, setting("text", panel=COLUMNS, metavar="NAME")]
Features = Annotated[list[str] | None, setting("features", panel=COLUMNS, metavar="NAME")]
Exclude = Annotated[list[str] | None, setting("exclude", panel=COLUMNS, metavar="NAME")]
Embedding = Annotated[list[str] | None, setting("embedding", panel=COLUMNS, metavar="NAME")]
Group = Annotated[str | None, setting("group", panel=COLUMNS, metavar="NAME")]
Split = Annotated[str | None, setting("split", panel=COLUMNS, metavar="NAME")]
Time = Annotated[str | None, setting("time", panel=COLUMNS, metavar="NAME")]
Slice = Annotated[list[str] | None, setting("slice", panel=COLUMNS, metavar="NAME")]
MissingLabel = Annotated[list[str] | None, setting("missing_label", panel=COLUMNS, metavar="VALUE")]
PredProbs = Annotated[str | None, setting("pred_probs", panel=MODELS, metavar="FILE")]
Model = Annotated[list[str] | None, setting("model", panel=MODELS, metavar="NAME")]
Folds = Annotated[int | None, setting("folds", panel=MODELS)]
Effort = Annotated[str | None, setting("effort", panel=MODELS, metavar="EFFORT")]
Rounds = Annotated[str | None, setting("rounds", panel=MODELS, metavar="ROUNDS")]
Threshold = Annotated[float | None, setting("threshold", panel=DETECTION)]
Repeats = Annotated[int | None, setting("repeats", panel=MODELS)]
Seed = Annotated[int | None, setting("seed", panel=MODELS)]
Jobs = Annotated[int | None, setting("jobs", "--jobs", "-j", panel=MODELS)]
Detectors = Annotated[list[str] | None, setting("detectors", panel=DETECTION, metavar="NAME")]
FilterBy = Annotated[str | None, setting("filter_by", panel=DETECTION, metavar="WAY")]
LossPercentile = Annotated[float | None, setting("loss_percentile", panel=DETECTION)]
LossScope = Annotated[str | None, setting("loss_scope", panel=DETECTION, metavar="SCOPE")]
MaxFlagged = Annotated[str | None, setting("max_flagged", panel=GATE, metavar="SHARE")]
MaxHigh = Annotated[str | None, setting("max_high", panel=GATE, metavar="SHARE")]
MaxMislabelled = Annotated[str | None, setting("max_mislabelled", panel=GATE, metavar="SHARE")]
MaxAmbiguous = Annotated[str | None, setting("max_ambiguous", panel=GATE, metavar="SHARE")]
MaxOutlier = Annotated[str | None, setting("max_outlier", panel=GATE, metavar="SHARE")]
MaxDuplicate = Annotated[str | None, setting("max_duplicate", panel=GATE, metavar="SHARE")]
MaxClassFlagged = Annotated[str | None, setting("max_class_flagged", panel=GATE, metavar="SHARE")]
FailOn = Annotated[list[str] | None, setting("fail_on", panel=GATE, metavar="CONDITION")]
MaxIncrease = Annotated[str | None, setting("max_increase", panel=GATE, metavar="SHARE")]
Against = Annotated[str | None, setting("against", panel=GATE, metavar="RUN")]
FirstRunPasses = Annotated[
    bool | None, setting("first_run_passes", "--first-run-passes", panel=GATE)
]
Baseline = Annotated[str | None, setting("baseline", panel=GATE, metavar="FILE")]
Rules = Annotated[str | None, setting("rules", panel=DETECTION, metavar="FILE")]
AllowInconclusive = Annotated[
    bool | None, setting("allow_inconclusive", "--allow-inconclusive", panel=GATE)
]
MinSeverity = Annotated[str | None, setting("min_severity", panel=CHANGES, metavar="LEVEL")]
MinClassSize = Annotated[int | None, setting("min_class_size", panel=CHANGES)]
MaxClassLoss = Annotated[str | None, setting("max_class_loss", panel=CHANGES, metavar="SHARE")]
Weight = Annotated[float | None, setting("weight", panel=CHANGES)]
WeightBy = Annotated[str | None, setting("weight_by", panel=CHANGES, metavar="WAY")]
MinConfidence = Annotated[float | None, setting("min_confidence", panel=CHANGES)]
MinAgreement = Annotated[int | None, setting("min_agreement", panel=CHANGES)]
PlanByVerdict = Annotated[str | None, setting("plan", panel=CHANGES, metavar="VERDICT=STRATEGY,…")]
SafeOnly = Annotated[bool | None, setting("safe_only", "--safe-only", panel=CHANGES)]
WeightColumn = Annotated[str | None, setting("weight_column", panel=CHANGES, metavar="NAME")]
TrainSplit = Annotated[list[str] | None, setting("train_split", panel=CHANGES, metavar="VALUE")]
Store = Annotated[str | None, setting("store", metavar="DIR")]

RunArgument = Annotated[
    str | None,
    typer.Argument(
        help="A run, or the beginning of its name; the newest if left out.",
        show_default=False,
        autocompletion=complete.runs,
    ),
]

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Read settings from this file instead of searching."),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print results and errors only.", show_default=False)
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Tell more, timings too.", show_default=False)
]
OutputFormat = Annotated[
    str,
    typer.Option(
        "--output-format",
        "-f",
        help=f"What to print: {', '.join(FORMATS)}. Within GitHub Actions, github adds a "
        "Markdown report to the step summary, too.",
        metavar="FMT",
        autocompletion=complete.one_of(FORMATS),
    ),
]
Report = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        help="Write a copy of the report; may be repeated. markdown=$GITHUB_STEP_SUMMARY is "
        "added to what the page holds.",
        metavar="FMT=PATH",
        show_default=False,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", help="Show this many issues to people. Default: 20.", min=0, show_default=False
    ),
]
SafeCells = Annotated[
    bool,
    typer.Option(
        "--safe-cells",
        help="In CSV, put an apostrophe before cells a spreadsheet would run as a formula.",
        show_default=False,
    ),
]
IncludeText = Annotated[
    bool,
    typer.Option(
        "--include-text",
        help="Tell the text of rows in github, sarif, gitlab and the step summary, too.",
        show_default=False,
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the output if it exists.", show_default=False)
]
Data = Annotated[
    str | None,
    typer.Option(
        "--data", help="The file to change, if it moved since the run.", show_default=False
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Show the plan and change nothing.", show_default=False),
]


def settings_from(config: Path | None, /, **options: Any) -> Resolved:  # noqa: ANN401
    """Resolve settings from a command's options, the environment and the file.

    Models and detectors are looked up here where the command takes them: reading the data
    can take longer than anyone wants to wait for a typo.

    Parameters
    ----------
    config : Path or None
    **options
        By setting name; None where the option was not given.

    Returns
    -------
    Resolved
    """
    resolved = resolve(options, environ=os.environ, directory=Path.cwd(), config_file=config)
    remember(resolved.origin)
    _check_names(resolved, options)
    if resolved.settings.rules is not None or not Path(RULES_NAME).is_file():
        return resolved
    return Resolved(
        replace(resolved.settings, rules=RULES_NAME),
        {**resolved.origin, "rules": f"{RULES_NAME}, found by its name"},
    )


def _check_names(resolved: Resolved, options: Mapping[str, Any]) -> None:
    fitted = resolved.settings.pred_probs is None
    if "model" in options and fitted and resolved.origin["model"] != "default":
        from labelaudit.evidence.models import check_names

        check_names(resolved.settings.model)
    if "detectors" in options and resolved.origin["detectors"] != "default":
        from labelaudit.detectors import check_names as check_detectors

        check_detectors(resolved.settings.detectors)
