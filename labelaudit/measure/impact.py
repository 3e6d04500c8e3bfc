"""Whether fixing labels helps: measured with the same model on the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labelaudit.errors import SettingError, did_you_mean
from labelaudit.measure.curve import RATES, check_rates, draw_curve, planted_ways
from labelaudit.measure.impact_effects import effects_of
from labelaudit.measure.impact_fits import Treatment, run_ways, set_up
from labelaudit.measure.impact_rows import Yardstick, lay_out, slice_values, with_roles
from labelaudit.measure.impact_stats import METHOD, METRICS, score
from labelaudit.measure.impact_ways import (
    NOTHING,
    RANDOM,
    STRATEGIES,
    random_drops,
    strategy_ways,
    touched,
)
from labelaudit.measure.impact_words import answer, curve_answer, verdict
from labelaudit.progress import SILENT
from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelaudit.audit.baseline import Baseline
    from labelaudit.evidence.execute import Executor
    from labelaudit.measure.curve import Curve
    from labelaudit.measure.impact_effects import Effect
    from labelaudit.measure.impact_fits import Bench, Ran
    from labelaudit.progress import Progress
    from labelaudit.types import Audit, Dataset, IntArray


@dataclass(frozen=True)
class Choices:
    """What is measured, and how.

    Attributes
    ----------
    model : str or None
        Name or import path; a quick one by modality if left out.
    folds, repeats : int
        At least 2, at least 1.
    seed : int
    strategies : tuple of str
        Of `STRATEGIES`; empty to compare none.
    rates : tuple of float
        Shares of labels to make wrong, in [0, 0.9]; empty for no curve.
    slices : tuple of str
        Columns to tell effects apart by.
    metric : str
        The one of `METRICS` that decides.
    fix : mapping
        What `labelaudit.remedy.plan.plan_fix` is told besides: floors, limits, train_values.
    """

    model: str | None = None
    folds: int = 5
    repeats: int = 2
    seed: int = 0
    strategies: tuple[str, ...] = STRATEGIES
    rates: tuple[float, ...] = RATES
    slices: tuple[str, ...] = ()
    metric: str = "accuracy"
    fix: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Impact:
    """Whether fixing helps, and whether noise is what limits the models.

    Attributes
    ----------
    answer : str
        Whether it is worth fixing, in words; empty where no strategy was compared.
    verdict : str
        ``"worth fixing"``, ``"not shown"`` or ``"harmful"``; empty likewise.
    strategy : str
        The one that is worth it; empty where none is.
    bottleneck : str
        Whether noise is the bottleneck, in words; empty without a curve.
    blind : str
        Why the run cannot see errors; empty when it can.
    run_id : str
    labels : Yardstick
        What was scored against.
    model, metric : str
    folds, repeats, seed : int
    training_rows : int
        Rows that can be learned from; each fit learns from all but one fold of them.
    effects : tuple of Effect
        Nothing first.
    left_out : mapping of str to str
        Why a strategy is not compared.
    searched_again : bool
        Whether the rows that a fit learns from were searched for errors by themselves, so
        that strategies change other rows than `fix` would; else the run's flags were taken.
    curve : Curve or None
    method : str
        How intervals are made.
    notices : tuple of Notice
    """

    answer: str
    verdict: str
    strategy: str
    bottleneck: str
    blind: str
    run_id: str
    labels: Yardstick
    model: str
    metric: str
    folds: int
    repeats: int
    seed: int
    training_rows: int
    effects: tuple[Effect, ...]
    left_out: Mapping[str, str]
    searched_again: bool
    curve: Curve | None
    method: str
    notices: tuple[Notice, ...]


_BARELY = 0.01

_NOISY = Notice(
    "noisy-yardstick",
    "No labels are known to be right, so models are scored on the given ones: wrong labels "
    "among those hide gains, and can make a strategy that helps look harmful.",
    "give rows whose labels were checked with --test FILE, or judge 100 with labelaudit sample",
)


def measure_impact(
    audit: Audit,
    data: Dataset,
    *,
    run_id: str,
    test: Dataset | None = None,
    reviewed: IntArray | None = None,
    baseline: Baseline | None = None,
    choices: Choices | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Impact:
    """Fit the same model on the data as it is, fixed in several ways, and made worse.

    Every way is fitted on the same training rows, with the same seeds, and scored on the
    same rows, whose labels nobody touches: those of a test file, else those a split column
    holds out, else those people reviewed, else each row when it is held out.

    Parameters
    ----------
    audit : Audit
        The run that says what is to be fixed.
    data : Dataset
        Its file as it is now; n rows.
    run_id : str
    test : Dataset, optional
        Rows whose labels are right, with the same columns.
    reviewed : ndarray of int32, shape (n,), optional
        Labels that people gave, by the classes of `data`; -1 for rows not judged.
    baseline : Baseline, optional
        Labels on record as right, which are not flagged where errors are searched anew.
    choices : Choices, optional
    executor : Executor, optional
        Where models are fitted; on this machine by default.
    progress : Progress

    Returns
    -------
    Impact
        The same for the same data, choices and seed, whatever the executor.

    Raises
    ------
    InputError
        When a column is missing, or too few rows can be scored.
    SettingError
        For an unknown model, strategy, metric or column, or a rate that cannot be planted.
    RefusedError
        When no row is in a training split.
    RunError
        When the run is not one of this data.
    """
    from labelaudit.evidence.execute import LocalExecutor

    choices = choices or Choices()
    executor = executor or LocalExecutor()
    _check(choices)
    rates = check_rates(choices.rates) if choices.rates else ()
    data = with_roles(data, audit)
    test = None if test is None else with_roles(test, audit)
    train_values = tuple(choices.fix.get("train_values", ("train", "training")))
    rows = lay_out(
        data, test=test, reviewed=reviewed, flagged=_flagged(audit, data), train_values=train_values
    )
    sliced = {name: slice_values(name, data, test, n_rows=len(rows.y)) for name in choices.slices}
    with progress.step("encode data"):
        bench = set_up(
            data,
            rows,
            test=test,
            model=choices.model,
            folds=choices.folds,
            repeats=choices.repeats,
            seed=choices.seed,
        )
    yardstick = Yardstick(rows.kind, rows.kind != "held-out rows", len(bench.scored))
    treatments, left_out, searched_again = {}, {}, False
    if choices.strategies:
        found = strategy_ways(
            audit,
            data,
            bench,
            choices.strategies,
            run_id=run_id,
            fix=choices.fix,
            baseline=baseline,
            executor=executor,
            progress=progress,
        )
        treatments, left_out = dict(found.treatments), found.left_out
        searched_again = found.searched_again
    if "drop" in treatments:
        treatments[RANDOM] = random_drops(bench, treatments["drop"])
    untouched = {NOTHING: [Treatment()] * len(bench.fits)}
    plain = run_ways(
        bench,
        untouched,
        executor=executor,
        progress=progress,
        step="fit models on the data as it is",
        confuse=bool(rates),
    )
    fixed = run_ways(
        bench,
        treatments,
        executor=executor,
        progress=progress,
        step="fit models on fixed data",
    )
    effects: tuple[Effect, ...] = ()
    if choices.strategies:
        effects = effects_of(
            bench,
            {**plain.judged, **fixed.judged},
            {way: touched(bench, done) for way, done in {**untouched, **treatments}.items()},
            metric=choices.metric,
            classes=data.classes,
            slices={name: values[bench.scored] for name, values in sliced.items()},
        )
    outcome, best = verdict(effects, choices.metric) if effects else ("", "")
    winner = next((one for one in effects if one.way == best), None)
    gained = 0.0 if winner is None else winner.changes["accuracy"].estimate
    curve, warned = _curve(
        audit,
        data,
        bench,
        rates,
        plain,
        clean=yardstick.clean,
        gained=gained,
        executor=executor,
        progress=progress,
    )
    notices = (
        *(() if yardstick.clean else (_NOISY,)),
        *_weak(bench, plain),
        *rows.notices,
        *bench.plans[0].notices,
        *dict.fromkeys((*plain.notices, *fixed.notices, *warned)),
    )
    return Impact(
        answer=answer(effects, choices.metric, yardstick, left_out) if choices.strategies else "",
        verdict=outcome,
        strategy=best,
        bottleneck="" if curve is None else curve_answer(curve, yardstick, winner),
        blind=audit.summary.blind,
        run_id=run_id,
        labels=yardstick,
        model=bench.model,
        metric=choices.metric,
        folds=bench.design.n_folds,
        repeats=choices.repeats,
        seed=choices.seed,
        training_rows=int((rows.y >= 0).sum()),
        effects=effects,
        left_out=left_out,
        searched_again=searched_again,
        curve=curve,
        method=METHOD,
        notices=notices,
    )


def _check(choices: Choices) -> None:
    for kind, given, known in (
        ("strategy to compare", choices.strategies, STRATEGIES),
        ("metric", (choices.metric,), METRICS),
    ):
        for name in given:
            if name not in known:
                raise SettingError(
                    f"there is no {kind} {name!r}",
                    hint=did_you_mean(name, known) or f"there are: {', '.join(known)}",
                )
    if not choices.strategies and not choices.rates:
        raise SettingError(
            "there is nothing to measure", hint="leave --curve-only or --no-curve out"
        )


def _flagged(audit: Audit, data: Dataset) -> Any:  # noqa: ANN401
    """Tell which rows of the data the run flags, found as `fix` finds them."""
    import numpy as np

    from labelaudit.remedy.rows import RowMatcher

    matcher = RowMatcher(audit, data)
    flagged = np.zeros(data.n_rows, dtype=bool)
    for issue in audit.issues:
        row = matcher.find(issue.row)
        if isinstance(row, int):
            flagged[row] = True
    return flagged


def _weak(bench: Bench, plain: Ran) -> tuple[Notice, ...]:
    """Say so where the model has learned next to nothing: then no way can do it harm or good."""
    import numpy as np

    sums = np.bincount(bench.design.truth, weights=bench.design.weight)
    largest = float(sums.max() / sums.sum())
    accuracy = score(plain.judged[NOTHING], bench.design).accuracy
    if accuracy > largest + _BARELY:
        return ()
    return (
        Notice(
            "weak-model",
            f"The model {bench.model} is no better than naming the largest class "
            f"({100 * accuracy:.1f} % against {100 * largest:.1f} %): little can be told by it.",
            "try another --model, or --metric balanced-accuracy or log-loss",
        ),
    )


def _curve(
    audit: Audit,
    data: Dataset,
    bench: Bench,
    rates: Sequence[float],
    plain: Ran,
    *,
    clean: bool,
    gained: float,
    executor: Executor,
    progress: Progress,
) -> tuple[Curve | None, tuple[Notice, ...]]:
    if not rates or plain.confusions is None:
        return None, ()
    planted = planted_ways(bench, rates, plain.confusions)
    ran = run_ways(
        bench,
        {str(rate): done for rate, done in planted.items()},
        executor=executor,
        progress=progress,
        step="fit models on planted errors",
    )
    judged = {rate: ran.judged[str(rate)] for rate in planted}
    curve = draw_curve(
        bench,
        {0.0: plain.judged[NOTHING], **judged},
        planted,
        summary=audit.summary,
        classes=data.classes,
        clean=clean,
        gained=gained,
    )
    return curve, ran.notices
