"""One threshold held against a run: counted, with its interval, or why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.audit.compare import judged_of, newcombe
from labelaudit.audit.conditions import FLAGGED, LOWER, NOISE_RATE, UPPER, Condition
from labelaudit.audit.gate_slices import rows_meant
from labelaudit.audit.summarise import wilson
from labelaudit.audit.tables import label_text
from labelaudit.detectors import CATALOG
from labelaudit.types import SEVERITIES, VERDICTS, Severity, Verdict

if TYPE_CHECKING:
    from labelaudit.audit.gate_slices import RowsOfRun
    from labelaudit.types import Audit, BoolArray, Rate

_BY_COPIES = "duplicates"
_NONE_JUDGED = "no row could be judged"
_NAMES: dict[str, str] = {
    NOISE_RATE: "noise rate",
    Verdict.DUPLICATE.value: "duplicate conflict",
    **{level.value: f"{level} severity" for level in Severity},
}
MAX_INCREASE = "max_increase"
"""What the condition of a rise begins with; `parse_condition` does not read it."""

NO_EARLIER = "there is no earlier run of this file with other content to count a rise from"
"""Why a first run rises from nothing."""


@dataclass(frozen=True)
class Earlier:
    """The run that a rise is counted from.

    Attributes
    ----------
    run : str
        Its name.
    audit : Audit
    left_out : ndarray of bool, shape (number of its rows,), or None
        Issues that do not count.
    doubt : str
        Why the two runs do not compare; see `made_otherwise`.
    """

    run: str
    audit: Audit
    left_out: BoolArray | None = None
    doubt: str = ""


@dataclass(frozen=True)
class Past:
    """What the earlier run had: `count` of `of` judged rows, and that as a share."""

    run: str
    count: int
    of: int
    share: float


@dataclass(frozen=True)
class Check:
    """One threshold held against the run.

    Attributes
    ----------
    name : str
        ``"flagged"``, ``"high severity"``, ``"mislabelled"``, ``"ambiguous"``,
        ``"outlier"``, ``"duplicate conflict"``, ``"noise rate"``, or one of them in a part
        of the rows: ``"class 'spam' flagged"``, ``"slice source='web' flagged"``;
        ``"rise of flagged"``.
    count : int or None
        Rows that count against it; None for a noise rate, which is no count.
    of : int
        Rows judged, of those that it is about.
    limit : float
        In [0, 1].
    failed : bool
        Whether the share, or the end of its interval that `bound` names, is greater than
        the limit, or reaches it where `reached` says so.
    condition : str
        As `parse_condition` reads it; ``"max_increase>1%"`` for a rise.
    share, low, high : float
        What is held against the limit, and its interval; for a rise the difference of two
        shares. NaN where nothing was judged.
    basis : str
        What the interval stands for.
    bound : str
        ``"lower95"``, ``"upper95"``, or empty for the share itself.
    reached : bool
    reason : str
        Why the answer is worth nothing; empty otherwise.
    past : Past or None
        For a rise.
    waived : str
        Why nothing was held against the limit, as was allowed; empty otherwise.
    """

    name: str
    count: int | None
    of: int
    limit: float
    failed: bool
    condition: str
    share: float
    low: float
    high: float
    basis: str
    bound: str = ""
    reached: bool = False
    reason: str = ""
    past: Past | None = None
    waived: str = ""


def check_condition(
    audit: Audit,
    condition: Condition,
    *,
    rows: RowsOfRun | None = None,
    left_out: BoolArray | None = None,
) -> Check:
    """Hold a run against one condition.

    Parameters
    ----------
    audit : Audit
        n rows.
    condition : Condition
    rows : RowsOfRun, optional
        The data, for slices.
    left_out : ndarray of bool, shape (n,), optional
        Issues that do not count; their rows stay among those judged. A noise rate is no
        count of issues, and they have no say in it.

    Returns
    -------
    Check

    Raises
    ------
    SettingError
        When the condition names a column, value or class that is not there.
    """
    if condition.metric == NOISE_RATE:
        return _check_noise_rate(audit, condition)
    meant = rows_meant(audit, condition, rows)
    return _check_rows(audit, condition, meant, left_out)


def check_each_class(audit: Audit, limit: float, left_out: BoolArray | None = None) -> list[Check]:
    """Hold the flagged share of every class against one limit; see `check_condition`."""
    return [
        _check_rows(
            audit,
            Condition(FLAGGED, limit, label=label_text(label)),
            audit.given == code,
            left_out,
            may_be_empty=True,
        )
        for code, label in enumerate(audit.classes)
    ]


def check_increase(
    audit: Audit,
    earlier: Earlier | None,
    limit: float,
    left_out: BoolArray | None = None,
    *,
    first_passes: bool = False,
) -> Check:
    """Hold the rise of the flagged share since an earlier run against a limit.

    It fails where the low end of the interval exceeds the limit: another seed, or a single
    row more or less, moves the flagged share of the same data by a point or two.

    Parameters
    ----------
    audit : Audit
    earlier : Earlier or None
    limit : float
        In [0, 1]; a difference of shares.
    left_out : ndarray of bool, shape (n,), optional
        Issues that do not count.
    first_passes : bool
        Whether a run that could see passes where there is no earlier one.

    Returns
    -------
    Check
        With Newcombe's interval of the difference, which takes the runs as independent;
        see `labelaudit.audit.compare.newcombe`.
    """
    condition = Condition(MAX_INCREASE, limit, bound=LOWER)
    name = "rise of flagged"
    count, of = _counted(judged_of(audit), audit.flagged, left_out)
    # Whoever cannot see has nothing to compare, with or without an earlier run.
    reason = audit.summary.blind or ("" if of else _NONE_JUDGED)
    if earlier is None:
        told = _check(condition, name, count, of, newcombe(count, of, 0, 0), reason or NO_EARLIER)
        return told if reason or not first_passes else replace(told, reason="", waived=NO_EARLIER)
    before = earlier.audit
    was = _counted(judged_of(before), before.flagged, earlier.left_out)
    if not reason and before.summary.blind:
        reason = f"the earlier run {earlier.run} was blind: {before.summary.blind}"
    reason = reason or earlier.doubt or ("" if was[1] else _NONE_JUDGED)
    past = Past(earlier.run, *was, wilson(*was).estimate)
    return _check(condition, name, count, of, newcombe(count, of, *was), reason, past)


def _check_noise_rate(audit: Audit, condition: Condition) -> Check:
    summary = audit.summary
    name = _NAMES[NOISE_RATE]
    if summary.verified is not None:
        # People looked: what models can see has no say in it.
        verified = summary.verified
        return _check(condition, name, None, verified.reviewed, verified.noise_rate, "")
    reason = summary.blind
    if not reason and summary.noise_rate.estimate != summary.noise_rate.estimate:
        reason = "no noise rate was estimated"
    return _check(condition, name, None, summary.judged, summary.noise_rate, reason)


def _check_rows(
    audit: Audit,
    condition: Condition,
    meant: BoolArray,
    left_out: BoolArray | None,
    *,
    may_be_empty: bool = False,
) -> Check:
    count, of = _counted(meant & judged_of(audit), _issues(audit, condition.metric), left_out)
    part = _part(condition)
    reason = audit.summary.blind
    if not reason and not of and not (may_be_empty and not meant.any()):
        named = f" of {' '.join(part)} ({int(meant.sum()):,} rows)" if part else ""
        reason = f"no row{named} could be judged"
    name = " ".join([*part, _NAMES.get(condition.metric, condition.metric)])
    check = _check(condition, name, count, of, wilson(count, of), reason)
    # What exceeds its limit does so whatever else was not looked for.
    if not reason and not check.failed:
        return replace(check, reason=_not_looked_for(audit, condition.metric))
    return check


def _issues(audit: Audit, metric: str) -> BoolArray:
    issues = audit.flagged
    if metric in tuple(Severity):
        issues = audit.severity == SEVERITIES.index(Severity(metric))
    elif metric != FLAGGED:
        issues = audit.verdict == VERDICTS.index(Verdict(metric))
    return issues


def _counted(judged: BoolArray, issues: BoolArray, left_out: BoolArray | None) -> tuple[int, int]:
    counting = judged & issues if left_out is None else judged & issues & ~left_out
    return int(counting.sum()), int(judged.sum())


def _part(condition: Condition) -> list[str]:
    part = [f"slice {column}={value!r}" for column, value in condition.slices]
    if condition.label is not None:
        part.append(f"class {condition.label!r}")
    return part


def _check(
    condition: Condition,
    name: str,
    count: int | None,
    of: int,
    rate: Rate,
    reason: str,
    past: Past | None = None,
) -> Check:
    held = {LOWER: rate.low, UPPER: rate.high}.get(condition.bound, rate.estimate)
    # NaN is neither: nothing that was not judged can fail.
    failed = held >= condition.limit if condition.reached else held > condition.limit
    return Check(
        name=name,
        count=count,
        of=of,
        limit=condition.limit,
        failed=bool(failed),
        condition=str(condition),
        share=rate.estimate,
        low=rate.low,
        high=rate.high,
        basis=rate.basis,
        bound=condition.bound,
        reached=condition.reached,
        reason=reason,
        past=past,
    )


def _not_looked_for(audit: Audit, metric: str) -> str:
    """Say why no row of the run could have got this verdict, if so."""
    if metric == Verdict.DUPLICATE:
        return _copies_not_looked_for(audit)
    if metric not in tuple(Verdict) or any(map(_flags_by_models, audit.by_detector)):
        return ""
    return f"no detector took part that finds rows that are {metric}"


def _copies_not_looked_for(audit: Audit) -> str:
    if _BY_COPIES not in audit.by_detector:
        return f"nobody looked for duplicate conflicts: {_BY_COPIES} did not take part"
    if not audit.schema.features:
        return "nobody looked for duplicate conflicts: there are no feature columns"
    if "uninformative-copies" in {told.code for told in audit.notices} | {
        told.code for told in audit.findings
    }:
        return "duplicate conflicts were not counted: too many rows share their features"
    return ""


def _flags_by_models(name: str) -> bool:
    if name == _BY_COPIES:
        return False
    # A kept run may name a detector of a package that is not installed here.
    spec = CATALOG.get(name)
    return spec is None or not (spec.corroborates or spec.certain)
