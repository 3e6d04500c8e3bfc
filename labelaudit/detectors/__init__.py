"""Detectors: each turns Dataset and Evidence into an opinion of every row.

`CATALOG` names them without importing any; `create` builds one by name. Third parties
publish a `Spec` by the entry point group ``labelaudit.detectors``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, runtime_checkable

from labelaudit.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labelaudit.types import Dataset, Evidence, Scores

Status = Literal["stable", "preview", "deprecated"]
ENTRY_POINT_GROUP = "labelaudit.detectors"


@runtime_checkable
class Detector(Protocol):
    """A frozen dataclass whose fields are its options."""

    def score(self, data: Dataset, evidence: Evidence) -> Scores:
        """Give an opinion of every row, from its arguments alone.

        Parameters
        ----------
        data : Dataset
            n rows, K classes.
        evidence : Evidence

        Returns
        -------
        Scores
            `suspicion` in [0, 1], higher is worse; NaN where it abstains.
        """


@dataclass(frozen=True)
class Spec:
    """What the catalogue says of a detector.

    Attributes
    ----------
    name : str
    summary : str
        One line.
    needs : tuple of str
        What must be there: ``"pred_probs"``, ``"neighbors"``, ``"features"``.
    status : str
        ``"stable"``, ``"preview"`` or ``"deprecated"``.
    target : str
        ``"module:Class"``, imported only when the detector is built.
    corroborates : bool
        Its flags support other detectors' and never make an issue alone.
    certain : bool
        Its flags rest on no estimate: the label is wrong, whether or not there is another
        to propose. Such a row is mislabelled, and as severe as its suspicion.
    """

    name: str
    summary: str
    needs: tuple[str, ...]
    status: Status
    target: str
    corroborates: bool = False
    certain: bool = False


CATALOG: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            name="label-posterior",
            summary="probability of error, given the models and the label noise (EM)",
            needs=("pred_probs",),
            status="stable",
            target="labelaudit.detectors.label_posterior:LabelPosterior",
        ),
        Spec(
            name="confident-learning",
            summary="disagrees with the confident joint of given and true labels (cleanlab)",
            needs=("pred_probs",),
            status="stable",
            target="labelaudit.detectors.confident_learning:ConfidentLearning",
        ),
        Spec(
            name="loss-percentile",
            summary="out-of-fold cross-entropy above a percentile, overall or per class",
            needs=("pred_probs",),
            status="stable",
            target="labelaudit.detectors.loss_percentile:LossPercentile",
            corroborates=True,
        ),
        Spec(
            name="neighbor-agreement",
            summary="the most similar rows carry another label (after SimiFeat)",
            needs=("neighbors",),
            status="stable",
            target="labelaudit.detectors.neighbor_agreement:NeighborAgreement",
            corroborates=True,
        ),
        Spec(
            name="duplicates",
            summary="identical features, different labels",
            needs=("features",),
            status="stable",
            target="labelaudit.detectors.duplicates:Duplicates",
        ),
        Spec(
            name="rules",
            summary="the label breaks a written rule; takes part where there are rules",
            needs=(),
            status="stable",
            target="labelaudit.detectors.rules:Rules",
            certain=True,
        ),
    )
}
"""The detectors that come with labelaudit."""


def catalog() -> dict[str, Spec]:
    """Give every detector there is: ours, and those that installed packages publish.

    Returns
    -------
    dict of str to Spec

    Raises
    ------
    SettingError
        When two detectors have one name, or an entry point does not give a `Spec`.
    """
    found = dict(CATALOG)
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        spec = entry.load()
        if not isinstance(spec, Spec):
            raise SettingError(
                f"the entry point {entry.name!r} gives {type(spec).__name__}, not a Spec",
                where=entry.value,
                hint="publish a labelaudit.detectors.Spec, or uninstall the package",
            )
        if spec.name in found:
            raise SettingError(
                f"two detectors are named {spec.name!r}",
                where=f"{entry.value} and {found[spec.name].target}",
                hint="uninstall one of the packages that publish them",
            )
        found[spec.name] = spec
    return found


def check_names(names: Iterable[str]) -> None:
    """Refuse names that no detector has.

    Parameters
    ----------
    names : iterable of str

    Raises
    ------
    SettingError
        For the first unknown one.
    """
    specs = catalog()
    for name in names:
        if name not in specs:
            raise SettingError(
                f"there is no detector {name!r}",
                where="--detectors",
                hint=did_you_mean(name, specs) or f"there are: {', '.join(specs)}",
            )


def create(name: str, **options: Any) -> Detector:  # noqa: ANN401
    """Build a detector by its name in the catalogue.

    Parameters
    ----------
    name : str
    **options
        Its fields. Those it does not have are an error.

    Returns
    -------
    Detector

    Raises
    ------
    SettingError
        For an unknown name or option.
    """
    check_names([name])
    specs = catalog()
    module, _, attribute = specs[name].target.partition(":")
    kind = getattr(import_module(module), attribute)
    known = {item.name for item in fields(kind)}
    for option in options:
        if option not in known:
            raise SettingError(
                f"detector {name!r} has no option {option!r}",
                hint=did_you_mean(option, known) or f"it has: {', '.join(sorted(known)) or 'none'}",
            )
    return cast("Detector", kind(**options))
