"""The ways to treat training rows that are compared: what a plan does, and chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from labelaudit.audit.baseline import match_rows
from labelaudit.config import Settings
from labelaudit.errors import RefusedError
from labelaudit.measure.impact_fits import Treatment
from labelaudit.measure.impact_rows import take
from labelaudit.progress import SILENT
from labelaudit.remedy.plan import plan_fix
from labelaudit.remedy.rows import same_label
from labelaudit.types import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.baseline import Baseline
    from labelaudit.evidence.execute import Executor
    from labelaudit.measure.impact_fits import Bench
    from labelaudit.progress import Progress
    from labelaudit.types import Audit, Dataset, Label, Plan

NOTHING, RANDOM = "nothing", "random-drop"
"""The ways that no plan makes."""

STRATEGIES = ("drop", "downweight", "correct")
"""The strategies that are compared: those that change what a model learns by themselves."""


@dataclass(frozen=True)
class Ways:
    """What each way does, fit by fit.

    Attributes
    ----------
    treatments : dict of str to list of Treatment
        By strategy; one for each fit.
    left_out : dict of str to str
        Why a strategy is not compared.
    searched_again : bool
        Whether the training rows were searched for errors by themselves; else the flags of
        the run were taken.
    """

    treatments: dict[str, list[Treatment]]
    left_out: dict[str, str]
    searched_again: bool


def strategy_ways(
    audit: Audit,
    data: Dataset,
    bench: Bench,
    strategies: Sequence[str],
    *,
    run_id: str,
    fix: Mapping[str, Any],
    baseline: Baseline | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Ways:
    """Plan what each strategy would do to the rows that each fit learns from.

    No label that is scored has a say in what is flagged: with a test file the run's own
    flags are taken; with a test split the training rows are searched again by themselves;
    with held-out folds those of each training part are, quickly. Only with probabilities
    of the user's own, which cannot be made again, are the run's flags taken throughout.

    Parameters
    ----------
    audit : Audit
    data : Dataset
        n rows, with the roles of the run.
    bench : Bench
    strategies : sequence of str
        Of `STRATEGIES`.
    run_id : str
    fix : mapping
        What else `plan_fix` is told.
    baseline : Baseline, optional
        Labels on record as right: they are left alone, as by `fix`.
    executor : Executor, optional
    progress : Progress

    Returns
    -------
    Ways
    """
    left_out: dict[str, str] = {}
    if not bench.takes_weights and "downweight" in strategies:
        left_out["downweight"] = f"the model {bench.model} takes no weights"
    wanted = [name for name in strategies if name not in left_out]
    treatments: dict[str, list[Treatment]] = {name: [] for name in wanted}
    parts = _parts(bench, own=audit.settings.get("pred_probs") is not None)
    search = _settings(audit, quick=not bench.rows.apart)
    with progress.step("plan strategies", len(parts)) as bar:
        for rows in parts:
            part, found = data, audit
            if rows is not None:
                part = take(data, rows)
                from labelaudit.audit.detect import audit_dataset

                found = audit_dataset(
                    part,
                    replace(search, slice=("none",)),
                    baseline=baseline,
                    executor=executor,
                    findings=(),
                    cards=0,
                )
            # A run may be older than what is on record by now.
            right = None if baseline is None else match_rows(baseline, part).right
            for name in wanted:
                if name in left_out:
                    continue
                try:
                    plan = plan_fix(found, part, strategy=name, run_id=run_id, right=right, **fix)
                except RefusedError as error:
                    left_out[name] = (
                        error.what if error.hint is None else f"{error.what}; {error.hint}"
                    )
                    continue
                treatments[name].append(treatment_of(plan, part, rows))
            bar.advance()
    n_fits = len(bench.fits)
    return Ways(
        {
            name: list(found) if len(found) == n_fits else found * n_fits
            for name, found in treatments.items()
            if name not in left_out
        },
        {name: left_out[name] for name in sorted(left_out)},
        searched_again=parts[0] is not None,
    )


def _parts(bench: Bench, *, own: bool) -> list[NDArray[np.intp] | None]:
    """Give the rows that are searched for errors by themselves; None for the run as it is."""
    import numpy as np

    if own or bench.rows.kind == "test file":
        return [None]
    if bench.rows.apart:
        return [np.flatnonzero(bench.rows.y >= 0)]
    return [np.flatnonzero(bench.training(fit)) for fit in range(len(bench.fits))]


def _settings(audit: Audit, *, quick: bool) -> Settings:
    """Give the settings of a run again, as tuples where a kept run holds lists."""
    kept = audit.settings
    values: dict[str, Any] = {
        item.name: tuple(kept[item.name]) if isinstance(kept[item.name], list) else kept[item.name]
        for item in fields(Settings)
        if item.name in kept
    }
    settings = Settings(**values)
    return replace(settings, effort="fast", rounds=Settings.rounds) if quick else settings


def treatment_of(plan: Plan, data: Dataset, rows: NDArray[np.intp] | None = None) -> Treatment:
    """Turn a plan into what is done in memory; queued rows are left as they are.

    Parameters
    ----------
    plan : Plan
    data : Dataset
        What it was made for.
    rows : ndarray of int, shape (n rows of data,), optional
        Where those rows are among all rows; in the same places if left out.

    Returns
    -------
    Treatment
    """
    import numpy as np

    def places(kind: Kind) -> NDArray[np.intp]:
        found = [action.row for action in plan.actions if action.kind is kind]
        at = np.asarray(found, dtype=np.intp)
        return at if rows is None else rows[at]

    # Class-balanced weights name rows that are otherwise left alone.
    weighed = (Kind.DOWNWEIGHT, Kind.CORRECT)
    heavy = [one for one in plan.actions if one.kind in weighed and one.weight != 1]
    at = np.asarray([one.row for one in heavy], dtype=np.intp)
    class_weights = None
    if plan.class_weights:
        class_weights = np.ones(len(data.classes))
        for label, weight in plan.class_weights.items():
            class_weights[_code(data, label)] = weight
    corrected = [one.after for one in plan.actions if one.kind is Kind.CORRECT]
    return Treatment(
        dropped=places(Kind.DROP),
        changed=places(Kind.CORRECT),
        codes=np.asarray([_code(data, label) for label in corrected], dtype=np.int32),
        weighted=at if rows is None else rows[at],
        weights=np.asarray([one.weight for one in heavy], dtype=np.float64),
        class_weights=class_weights,
    )


def _code(data: Dataset, label: Label | None) -> int:
    return next(
        code
        for code, own in enumerate(data.classes)
        if label is not None and same_label(own, label)
    )


def random_drops(bench: Bench, drops: Sequence[Treatment]) -> list[Treatment]:
    """Drop as many training rows of each class at random as a strategy drops.

    Parameters
    ----------
    bench : Bench
    drops : sequence of Treatment
        One for each fit.

    Returns
    -------
    list of Treatment
        One for each fit, each with a draw of its own.
    """
    import numpy as np

    drawn = []
    for fit, treatment in enumerate(drops):
        train = bench.training(fit)
        random = np.random.default_rng([bench.seed, 31, fit])
        gone = treatment.dropped[train[treatment.dropped]]
        picked = [np.empty(0, dtype=np.intp)]
        for code, count in sorted(Counter(bench.rows.y[gone].tolist()).items()):
            members = np.flatnonzero(train & (bench.rows.y == code))
            picked.append(random.choice(members, count, replace=False))
        drawn.append(Treatment(dropped=np.sort(np.concatenate(picked))))
    return drawn


@dataclass(frozen=True)
class Touched:
    """How many training rows a way changes, on average over the fits.

    Attributes
    ----------
    dropped, downweighted, corrected : float
    """

    dropped: float = 0.0
    downweighted: float = 0.0
    corrected: float = 0.0


def touched(bench: Bench, treatments: Sequence[Treatment]) -> Touched:
    """Count what a way does to the rows that models learn from.

    Parameters
    ----------
    bench : Bench
    treatments : sequence of Treatment
        One for each fit.

    Returns
    -------
    Touched
    """
    import numpy as np

    counts = []
    for fit, treatment in enumerate(treatments):
        train = bench.training(fit)
        parts = (treatment.dropped, treatment.weighted, treatment.changed)
        counts.append([int(train[rows].sum()) for rows in parts])
    dropped, downweighted, corrected = np.mean(counts, axis=0).tolist()
    return Touched(dropped, downweighted, corrected)
