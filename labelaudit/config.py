"""Find, validate and resolve settings: command line > environment > file > default.

`Settings` is the one place where a setting is declared: its type, default, bounds and
help text. The command line's options, the environment variables and the configuration
file are all read from it.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from labelaudit.config_file import flattened, read_config
from labelaudit.errors import SettingError, did_you_mean
from labelaudit.setting_kinds import FILTER_BY, MOST_ROUNDS, PARSERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ENV_PREFIX = "LABELAUDIT_"
_NOT_SETTINGS = "LABELAUDIT_BENCH"
"""What variables begin with that the benchmarks read."""


def _setting(
    default: Any,  # noqa: ANN401
    help_text: str,
    *,
    kind: str = "str",
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    in_result: bool = False,
) -> Any:  # noqa: ANN401
    return field(
        default=default,
        metadata={
            "help": help_text,
            "kind": kind,
            "choices": choices,
            "low": low,
            "high": high,
            "in_result": in_result,
        },
    )


@dataclass(frozen=True)
class Settings:
    """Everything that can be chosen, with what holds when nothing is.

    The help text of each field is in its metadata; `describe_settings` lists them.
    """

    label: str | None = _setting(
        None, "Column with the given labels; found by its name if left out.", in_result=True
    )
    id: str | None = _setting(
        None, "Column that names each row; 'none' to go by content.", in_result=True
    )
    text: tuple[str, ...] = _setting(
        (), "Column to treat as text; may be repeated.", kind="strs", in_result=True
    )
    features: tuple[str, ...] = _setting(
        (), "Learn from these columns only; may be repeated.", kind="strs", in_result=True
    )
    exclude: tuple[str, ...] = _setting(
        (), "Column to leave out; may be repeated, patterns allowed.", kind="strs", in_result=True
    )
    embedding: tuple[str, ...] = _setting(
        (),
        "Column (a list, or many such as 'emb_*') that is an embedding.",
        kind="strs",
        in_result=True,
    )
    group: str | None = _setting(
        None, "Column whose equal values are kept in one fold.", in_result=True
    )
    split: str | None = _setting(
        None, "Column that marks training and held-out rows.", in_result=True
    )
    time: str | None = _setting(
        None, "Column that says when: changes over time are looked for.", in_result=True
    )
    slice: tuple[str, ...] = _setting(
        (),
        "Look for slices by this column only; may be repeated; 'none' for none.",
        kind="strs",
        in_result=True,
    )
    missing_label: tuple[str, ...] = _setting(
        (), "Label value that means 'no label'; may be repeated.", kind="strs", in_result=True
    )
    pred_probs: str | None = _setting(
        None,
        "Your own out-of-sample probabilities (Parquet, CSV, .npy) in place of any model.",
        in_result=True,
    )
    model: tuple[str, ...] = _setting(
        (),
        "Model by name, or path.to:factory for your own; may be repeated.",
        kind="words",
        in_result=True,
    )
    effort: str = _setting(
        "default",
        "How much work to spend on models and on checking them.",
        kind="choice",
        choices=("fast", "default", "thorough"),
        in_result=True,
    )
    rounds: str = _setting(
        "0",
        "Fit again this often without the rows whose labels are probably wrong: "
        f"0 to {MOST_ROUNDS}, or until-stable.",
        kind="rounds",
        in_result=True,
    )
    folds: int = _setting(
        5, "Number of cross-validation folds.", kind="int", low=2, high=100, in_result=True
    )
    repeats: int | None = _setting(
        None,
        "Cross-validate this often, with other folds each time. Default: 1; 2 if thorough.",
        kind="int",
        low=1,
        high=100,
        in_result=True,
    )
    seed: int = _setting(
        0, "Seed of everything random.", kind="int", low=0, high=2**32 - 1, in_result=True
    )
    detectors: tuple[str, ...] = _setting(
        (
            "label-posterior",
            "confident-learning",
            "loss-percentile",
            "neighbor-agreement",
            "duplicates",
        ),
        "Detector to run; may be repeated.",
        kind="words",
        in_result=True,
    )
    threshold: float = _setting(
        0.25,
        "Error probability, 0.01 to 1, from which label-posterior flags a label.",
        kind="float",
        low=0.01,
        high=1,
        in_result=True,
    )
    filter_by: str = _setting(
        "prune_by_noise_rate",
        "How confident learning picks rows.",
        kind="choice",
        choices=FILTER_BY,
        in_result=True,
    )
    loss_percentile: float = _setting(
        95.0,
        "Percentile of the out-of-fold loss above which it speaks against a label.",
        kind="float",
        low=0,
        high=100,
        in_result=True,
    )
    loss_scope: str = _setting(
        "overall",
        "Take that percentile over all rows or within each class.",
        kind="choice",
        choices=("overall", "class"),
        in_result=True,
    )
    jobs: int = _setting(
        0,
        "Workers; 0 is one for each core. Never changes the result.",
        kind="int",
        low=0,
        high=1024,
    )
    store: str = _setting(".labelaudit", "Directory that keeps runs and the ledger.")
    max_flagged: float | None = _setting(
        None,
        "Fail when more than this share of labels is flagged. Without any gate option: 5%.",
        kind="share",
    )
    max_high: float | None = _setting(
        None, "Fail when more than this share is flagged with high severity.", kind="share"
    )
    max_mislabelled: float | None = _setting(
        None, "Fail when more than this share is flagged as mislabelled.", kind="share"
    )
    max_ambiguous: float | None = _setting(
        None, "Fail when more than this share is flagged as ambiguous.", kind="share"
    )
    max_outlier: float | None = _setting(
        None, "Fail when more than this share is flagged as an outlier.", kind="share"
    )
    max_duplicate: float | None = _setting(
        None, "Fail when more than this share is flagged as a duplicate conflict.", kind="share"
    )
    max_class_flagged: float | None = _setting(
        None, "Fail when more than this share of any class is flagged.", kind="share"
    )
    fail_on: tuple[str, ...] = _setting(
        (),
        "Fail when this holds, such as 'mislabelled>2%' or 'slice:source=web flagged>5%'; "
        "may be repeated.",
        kind="conditions",
    )
    max_increase: float | None = _setting(
        None,
        "Fail when the flagged share rose by more than this, beyond chance, since an earlier run.",
        kind="share",
    )
    against: str | None = _setting(
        None, "The earlier run; the one before of the same file, with other content, if left out."
    )
    first_run_passes: bool = _setting(
        False,  # noqa: FBT003
        "Let --max-increase pass where no earlier run is kept; a blind run does not.",
        kind="bool",
    )
    baseline: str = _setting(
        "labelaudit-baseline.csv",
        "File of labels that people looked at and let stand; 'none' for no such file.",
        in_result=True,
    )
    rules: str | Mapping[str, Any] | None = _setting(
        None,
        "File of rules that labels keep; the section 'rules' or rules.toml if left out.",
        kind="rules",
        in_result=True,
    )
    allow_inconclusive: bool = _setting(
        False,  # noqa: FBT003
        "Let the gate pass when the run cannot see errors.",
        kind="bool",
    )
    min_severity: str = _setting(
        "medium",
        "Change only rows of at least this severity.",
        kind="choice",
        choices=("low", "medium", "high"),
    )
    min_class_size: int = _setting(
        10, "Leave each class at least this many training rows.", kind="int", low=0
    )
    max_class_loss: float = _setting(
        0.2, "Never drop or correct more than this share of a class.", kind="share"
    )
    weight: float | None = _setting(
        None,
        "One weight for every flagged row; 1 - error probability, 0.05 or more, if left out.",
        kind="float",
        low=0,
        high=1,
    )
    weight_by: str = _setting(
        "error-probability",
        "What downweight goes by; class-balanced then gives each class the same total.",
        kind="choice",
        choices=("error-probability", "class-balanced"),
    )
    min_confidence: float = _setting(
        0.8,
        "Correct a label only where the new one is at least this probable, 0 to 1.",
        kind="float",
        low=0,
        high=1,
    )
    min_agreement: int = _setting(
        2, "Correct a label only where at least this many detectors flag it.", kind="int", low=1
    )
    plan: str | None = _setting(
        None,
        "A strategy for each verdict, such as mislabelled=correct,ambiguous=downweight.",
    )
    safe_only: bool = _setting(
        False,  # noqa: FBT003
        "Leave out what changes or removes labels: no drop, no correct.",
        kind="bool",
    )
    weight_column: str = _setting("sample_weight", "Name of the column that holds the weights.")
    train_split: tuple[str, ...] = _setting(
        ("train", "training"), "Value of the split column that may be changed.", kind="words"
    )


@dataclass(frozen=True)
class Resolved:
    """Settings and where each came from.

    Attributes
    ----------
    settings : Settings
    origin : mapping of str to str
        ``"default"``, the configuration file, the environment variable or the option.
    """

    settings: Settings
    origin: Mapping[str, str]

    @property
    def in_result(self) -> dict[str, Any]:
        """The settings that have a say in the result of `detect`."""
        return {
            item.name: getattr(self.settings, item.name)
            for item in fields(Settings)
            if item.metadata["in_result"]
        }


def result_settings(settings: Settings) -> dict[str, Any]:
    """Give the settings that have a say in the result of `detect`."""
    return Resolved(settings, {}).in_result


def specs() -> dict[str, Field[Any]]:
    """Give the declaration of each setting by name."""
    return {item.name: item for item in fields(Settings)}


def option_name(name: str) -> str:
    """Give the command-line option of a setting."""
    return "--" + name.replace("_", "-")


def resolve(
    options: Mapping[str, Any],
    *,
    environ: Mapping[str, str],
    directory: Path,
    config_file: Path | None = None,
) -> Resolved:
    """Resolve every setting.

    Parameters
    ----------
    options : mapping
        What the command line gave, by setting name; None and empty sequences count as
        not given.
    environ : mapping of str to str
        The environment.
    directory : Path
        Where the search for a configuration file begins; it goes upward from there.
    config_file : Path, optional
        Read this file instead of searching.

    Returns
    -------
    Resolved

    Raises
    ------
    SettingError
        For an unknown or malformed setting, naming the place it was given in; a variable of
        the environment counts as one by its beginning.
    """
    known = specs()
    values: dict[str, Any] = {}
    origin = dict.fromkeys(known, "default")
    _refuse_unknown_variables(environ, known)
    path, table = read_config(directory, config_file)
    for key, raw in flattened(table, str(path)):
        name = key.rpartition(".")[2].replace("-", "_")
        if name not in known:
            raise SettingError(
                f"there is no setting {key!r}",
                where=str(path),
                hint=did_you_mean(name, known) or "`labelaudit config` lists them",
            )
        if origin[name] != "default":
            raise SettingError(f"{name.replace('_', '-')} is set twice", where=f"{path}, {key}")
        values[name] = parse(name, raw, where=f"{path}, {key}")
        origin[name] = str(path)
    for name in known:
        variable = ENV_PREFIX + name.upper()
        if variable in environ:
            values[name] = parse(name, environ[variable], where=variable)
            origin[name] = variable
        given = options.get(name)
        if given is not None and given not in ((), []):
            values[name] = parse(name, given, where=option_name(name))
            origin[name] = option_name(name)
    unknown = set(options) - set(known)
    if unknown:
        raise KeyError(f"not settings: {sorted(unknown)}")
    return Resolved(Settings(**values), origin)


def parse(name: str, raw: Any, *, where: str) -> Any:  # noqa: ANN401
    """Turn one raw value into a setting's own type, or say what is wrong with it.

    Parameters
    ----------
    name : str
        A field of `Settings`.
    raw : object
        Text from the command line or environment, or a TOML value.
    where : str
        Where it was given, for the error.

    Returns
    -------
    object
        Of the type the field of `Settings` has.

    Raises
    ------
    SettingError
    """
    spec = specs()[name].metadata
    value = PARSERS[spec["kind"]](raw, where)
    if spec["choices"] and value not in spec["choices"]:
        raise SettingError(
            f"{value!r} is not a choice",
            where=where,
            hint=did_you_mean(value, spec["choices"]) or f"choose {', '.join(spec['choices'])}",
        )
    low, high = spec["low"], spec["high"]
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"at least {low}" if high is None else f"between {low} and {high}"
        raise SettingError(f"{value} is out of range", where=where, hint=f"it must be {bounds}")
    return value


def _refuse_unknown_variables(environ: Iterable[str], known: Iterable[str]) -> None:
    """Refuse variables that are meant as settings and are none: a typo must not be passed over."""
    variables = [ENV_PREFIX + name.upper() for name in known]
    for name in sorted(environ):
        ours = name.startswith(ENV_PREFIX) and not name.startswith(_NOT_SETTINGS)
        if ours and name not in variables:
            raise SettingError(
                f"there is no setting {name!r}",
                where="the environment",
                hint=did_you_mean(name, variables)
                or f"`labelaudit config` lists them; only settings begin with {ENV_PREFIX}",
            )
