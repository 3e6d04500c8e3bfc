"""The answer of an impact measurement in one sentence."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from labelaudit.audit.noise_rate import BLURRED, WIDE
from labelaudit.measure.impact_effects import better_by, is_strategy
from labelaudit.measure.impact_stats import detectable
from labelaudit.measure.impact_ways import RANDOM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelaudit.measure.curve import Curve
    from labelaudit.measure.impact_effects import Effect
    from labelaudit.measure.impact_rows import Yardstick
    from labelaudit.measure.impact_stats import Difference

ALPHA = 0.05

_NAMES = {
    "accuracy": "accuracy",
    "balanced-accuracy": "balanced accuracy",
    "log-loss": "log loss",
}
_YARDSTICKS = {
    "test file": "rows of the test file",
    "test split": "rows of the test split",
    "reviewed rows": "reviewed rows",
    "held-out rows": "held-out rows, whose labels are as noisy as the rest",
}


def amount(value: float, metric: str) -> str:
    """Write a difference: points of a share, or a plain number.

    Parameters
    ----------
    value : float
    metric : str

    Returns
    -------
    str
        ``"1.9"`` for 0.019 of accuracy; never ``"-0.0"``.
    """
    text = f"{value:.3f}" if metric == "log-loss" else f"{100 * value:.1f}"
    return text.removeprefix("-") if float(text) == 0 else text


def interval(change: Difference, metric: str) -> str:
    """Write the ends of an interval, such as ``0.8 to 3.0``."""
    return f"{amount(change.low, metric)} to {amount(change.high, metric)}"


def verdict(effects: Sequence[Effect], metric: str) -> tuple[str, str]:
    """Decide whether fixing is worth it, and by which strategy.

    Parameters
    ----------
    effects : sequence of Effect
    metric : str

    Returns
    -------
    verdict : str
        ``"worth fixing"``, ``"not shown"``, ``"as random"`` (what gains beyond chance gains
        no more than dropping as many rows at random), or ``"harmful"``: every strategy makes
        it worse.
    strategy : str
        The best of those that are beyond chance; empty unless it is worth it.
    """
    tried = [one for one in effects if is_strategy(one.way)]
    shown = [one for one in tried if one.p_corrected <= ALPHA]
    better = [one for one in shown if better_by(one, metric) > 0]
    by_luck = max((better_by(one, metric) for one in effects if one.way == RANDOM), default=0.0)
    if better:
        # Of equals the first: they are listed from the plainest on.
        best = max(better, key=lambda one: better_by(one, metric))
        return ("worth fixing" if better_by(best, metric) > by_luck else "as random"), best.way
    if tried and len(shown) == len(tried):
        return "harmful", ""
    return "not shown", ""


def answer(
    effects: Sequence[Effect], metric: str, yardstick: Yardstick, left_out: Mapping[str, str]
) -> str:
    """Say whether fixing is worth it, by which strategy, by how much and on what labels.

    Parameters
    ----------
    effects : sequence of Effect
    metric : str
    yardstick : Yardstick
    left_out : mapping of str to str
        Why strategies were not compared.

    Returns
    -------
    str
        Sentences; the first is the answer.
    """
    outcome, best = verdict(effects, metric)
    by_way = {one.way: one for one in effects}
    tried = [one for one in effects if is_strategy(one.way)]
    on = f"on {yardstick.rows:,} {_YARDSTICKS[yardstick.kind]}"
    if not tried:
        return f"Nothing to compare: {'; '.join(left_out.values()) or 'no strategy was asked for'}."
    idle = not any(_touches(one) for one in tried)
    if idle:
        return "Nothing to fix: no strategy would change a row that models learn from."
    if outcome == "worth fixing":
        head = (
            f"Worth fixing: `{best}` {_change(by_way[best].changes[metric], metric)} {on}"
            f"{_of_random(by_way, metric)}."
        )
    elif outcome == "as random":
        head = (
            f"Not shown to be worth fixing: `{best}` "
            f"{_change(by_way[best].changes[metric], metric)} {on}{_of_random(by_way, metric)}, so "
            "the gain is not that of finding wrong labels."
        )
    elif outcome == "harmful":
        told = "; ".join(f"`{one.way}` {_change(one.changes[metric], metric)}" for one in tried)
        verdict_words = (
            "Not worth fixing"
            if yardstick.clean
            else "It cannot be told from labels as noisy as the rest whether fixing is worth it"
        )
        head = f"{verdict_words}: {told} {on}{_of_random(by_way, metric)}."
    else:
        head = _not_shown(tried, metric, on, checked=yardstick.clean)
    return " ".join([head, *_worse(tried, metric, outcome, best)])


def _not_shown(tried: Sequence[Effect], metric: str, on: str, *, checked: bool) -> str:
    error = max(one.changes[metric].standard_error for one in tried)
    unit = "" if metric == "log-loss" else " points"
    seen = (
        f"a gain of {amount(detectable(error, len(tried)), metric)}{unit} would have been seen "
        "four times out of five"
        if checked
        else "on labels as noisy as these a gain that is there may well not be seen"
    )
    best = max(tried, key=lambda one: better_by(one, metric))
    most = (
        f"the most is `{best.way}`, which {_change(best.changes[metric], metric)}"
        if better_by(best, metric) > 0
        else "none makes it better at all"
    )
    return (
        f"Not shown to be worth fixing: no strategy's gain in {_NAMES[metric]} is beyond "
        f"chance {on}; {most}; {seen}."
    )


def _worse(tried: Sequence[Effect], metric: str, outcome: str, best: str) -> list[str]:
    """Name what the answer would hide: strategies that do harm, and what the best one costs."""
    told = []
    if outcome != "harmful":
        told = [
            f"`{one.way}` makes it worse: it {_change(one.changes[metric], metric)}."
            for one in tried
            if one.p_corrected <= ALPHA and better_by(one, metric) < 0
        ]
    for one in tried:
        if one.way != best:
            continue
        for name in _NAMES:
            change = one.changes[name]
            if name != metric and better_by(one, name) < 0 and change.p_value <= ALPHA:
                told.append(f"But `{best}` {_change(change, name)}.")
    return told


def _touches(effect: Effect) -> bool:
    done = effect.touched
    return bool(done.dropped or done.downweighted or done.corrected)


def _change(change: Difference, metric: str) -> str:
    verb = "raises" if change.estimate >= 0 else "lowers"
    unit = "" if metric == "log-loss" else " points"
    low, high = sorted((abs(change.low), abs(change.high)))
    if change.low < 0 < change.high:
        # Seen from the side that the verb names.
        side = 1 if change.estimate >= 0 else -1
        low, high = sorted((side * change.low, side * change.high))
    return (
        f"{verb} {_NAMES[metric]} by {amount(abs(change.estimate), metric)}{unit} "
        f"(95 % interval {amount(low, metric)} to {amount(high, metric)})"
    )


def _of_random(by_way: Mapping[str, Effect], metric: str) -> str:
    if RANDOM not in by_way:
        return ""
    change = by_way[RANDOM].changes[metric]
    return (
        f"; dropping as many rows of each class at random as `drop` does changes it by "
        f"{amount(change.estimate, metric)} ({interval(change, metric)})"
    )


def curve_answer(curve: Curve, yardstick: Yardstick, best: Effect | None = None) -> str:
    """Say whether noise is the bottleneck.

    Parameters
    ----------
    curve : Curve
    yardstick : Yardstick
    best : Effect, optional
        The strategy that was shown to be worth it.

    Returns
    -------
    str
    """
    cost = (
        f"each 10 % of wrong labels planted on top of what is there "
        f"{_cost(curve.cost)} on {yardstick.rows:,} {_YARDSTICKS[yardstick.kind]}"
    )
    if curve.noise_rate is None or isnan(curve.gain.estimate):
        return (
            f"Whether noise is the bottleneck is not known: {cost}, but there is no estimate of "
            "how many labels are wrong."
        )
    rate = curve.noise_rate
    whose = "that people found" if curve.verified else "estimated"
    wrong = f"{_percent(rate.estimate)} ({_percent(rate.low)} to {_percent(rate.high)})"
    gain = (
        f"by that, a rough guess of what it would bring to remove the {wrong} {whose} is "
        f"{amount(curve.gain.estimate, 'accuracy')} points ({interval(curve.gain, 'accuracy')})"
    )
    head = {
        "bottleneck": "Noise seems to be the bottleneck",
        "part": "Noise costs something, but seems not to be the bottleneck",
        "not": "Noise is not shown to be the bottleneck",
    }[curve.verdict]
    if curve.verdict != "bottleneck" and rate.basis in {WIDE, BLURRED}:
        head = "Whether noise is the bottleneck cannot be told, for nobody knows how much there is"
    more = ""
    if best is not None and best.changes["accuracy"].estimate > curve.gain.high:
        more = f"; that `{best.way}` was measured to gain more shows the guess to be low"
    return (
        f"{head}: {cost}; {gain}{more}. Noise of another kind than what was planted, such as that "
        "of a rule, may cost more or less."
    )


def _cost(change: Difference) -> str:
    verb = "cost" if change.estimate >= 0 else "bring"
    side = 1 if change.estimate >= 0 else -1
    low, high = sorted((side * change.low, side * change.high))
    return (
        f"{verb} {amount(abs(change.estimate), 'accuracy')} points of accuracy "
        f"(95 % interval {amount(low, 'accuracy')} to {amount(high, 'accuracy')})"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
