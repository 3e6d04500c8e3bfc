"""Small handmade Audits for the tests of whatever reads one.

`example_audit` builds any; `CASES` names those that the golden files are made of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from labelaudit.types import (
    SEVERITIES,
    VERDICTS,
    Audit,
    ClassSummary,
    Column,
    Dialect,
    Issue,
    ModelReport,
    Notice,
    PairSummary,
    Rate,
    Role,
    Schema,
    Severity,
    Source,
    Summary,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from labelaudit.types import Label

CONFIDENT, LOSS = "confident-learning", "loss-percentile"


@dataclass(frozen=True)
class Flag:
    """One row to be flagged; `given` and `suggested` are classes."""

    row: int
    given: Label
    suggested: Label | None
    probability: float
    excerpt: str
    severity: Severity = Severity.MEDIUM
    verdict: Verdict = Verdict.MISLABELLED
    detectors: tuple[str, ...] = (CONFIDENT,)
    confidences: tuple[float, float] = (0.0625, 0.875)
    row_id: str = ""
    line: int | None = None


REVIEWS = (
    Flag(
        17,
        "neg",
        "pos",
        0.96875,
        "a wonderful, warm film that stays with you for days after the lights come on",
        Severity.HIGH,
        detectors=(CONFIDENT, LOSS),
        confidences=(0.001, 0.9996),
        line=19,
    ),
    Flag(3, "pos", "neg", 0.78125, "an hour too long", confidences=(0.25, 0.75), line=5),
    Flag(
        31,
        "neg",
        "pos",
        0.5,
        "not bad at all",
        Severity.LOW,
        confidences=(0.375, 0.625),
        line=42,
    ),
)
NOTICES = (
    Notice("rare-classes", "Not judged: the rows of class 'mixed'; fewer than 5.", "merge it"),
    Notice("constant", "Column 'lang' has one value."),
)


def example_audit(
    flags: Sequence[Flag] = REVIEWS,
    *,
    classes: tuple[Label, ...] = ("neg", "pos"),
    n: int = 40,
    missing: int = 0,
    blind: str = "",
    notices: tuple[Notice, ...] = NOTICES,
    estimates: Mapping[str, float] | None = None,
    models: tuple[ModelReport, ...] = (
        ModelReport("complement-nb", 0.875, 0.3125),
        ModelReport("linear-svc", 0.9, 0.25, 1.5),
    ),
) -> Audit:
    """Build an Audit of `n` rows whose labels take turns, with `flags` in rank order.

    The last `missing` rows have no label. Row ids are ``r-0``, ``r-1``, … unless a Flag
    has its own. Arrays, issues and summary agree with each other.
    """
    code = {label: index for index, label in enumerate(classes)}
    given = (np.arange(n) % len(classes)).astype(np.int32)
    given[n - missing :] = -1
    suggested = given.copy()
    row_id = np.array([f"r-{row}" for row in range(n)], dtype=object)
    error = np.linspace(0.0, 0.25, n, dtype=np.float32)
    own = np.linspace(1.0, 0.75, n, dtype=np.float32)
    severity, verdict = np.full(n, -1, np.int8), np.full(n, -1, np.int8)
    for flag in flags:
        given[flag.row] = code[flag.given]
        suggested[flag.row] = -1 if flag.suggested is None else code[flag.suggested]
        row_id[flag.row] = flag.row_id or row_id[flag.row]
        error[flag.row], own[flag.row] = flag.probability, flag.confidences[0]
        severity[flag.row] = SEVERITIES.index(flag.severity)
        verdict[flag.row] = VERDICTS.index(flag.verdict)
    for values in (error, own):
        values[n - missing :] = nan
    flagged = severity >= 0
    issues = tuple(_issue(rank, flag, row_id) for rank, flag in enumerate(flags, start=1))
    rest = np.argsort(np.where(np.isnan(error), np.inf, -error), kind="stable")
    first = np.array([flag.row for flag in flags], dtype=np.int64)
    return Audit(
        source=Source("reviews.csv", "csv", 12345, "ab" * 32, Dialect(bom=b"\xef\xbb\xbf")),
        schema=Schema(
            (
                Column("id", Role.ID, "name"),
                Column("text", Role.TEXT, "free text"),
                Column("label", Role.LABEL, "name"),
            )
        ),
        classes=classes,
        settings={"seed": 0, "folds": 5, "detectors": (CONFIDENT, LOSS), "percentile": 95.0},
        versions={"labelaudit": "0.0.0", "cleanlab": "2.9.0"},
        row_id=row_id,
        fingerprint=np.arange(n, dtype=np.uint64),
        given=given,
        suggested=suggested,
        self_confidence=own,
        suspicion=error,
        error_probability=error,
        flagged=flagged,
        accepted=np.zeros(n, dtype=bool),
        severity=severity,
        verdict=verdict,
        by_detector={CONFIDENT: error, LOSS: np.float32(1) - own},
        order=np.concatenate([first, rest[~flagged[rest]]]),
        issues=issues,
        issue_pred_probs=_pred_probs(issues, classes),
        summary=_summary(given, flags, classes, blind, estimates),
        models=models,
        notices=notices,
    )


def _issue(rank: int, flag: Flag, row_id: Sequence[str]) -> Issue:
    return Issue(
        rank=rank,
        row_id=row_id[flag.row],
        row=flag.row,
        given=flag.given,
        suggested=flag.suggested,
        given_confidence=flag.confidences[0],
        suggested_confidence=flag.confidences[1],
        suspicion=flag.probability,
        error_probability=flag.probability,
        severity=flag.severity,
        verdict=flag.verdict,
        detectors=flag.detectors,
        excerpt=flag.excerpt,
        explanation=f"flagged by {' and '.join(flag.detectors)}",
        line=flag.line,
    )


def _pred_probs(issues: Sequence[Issue], classes: tuple[Label, ...]) -> np.ndarray:
    probs = np.zeros((len(issues), len(classes)), dtype=np.float32)
    for place, issue in enumerate(issues):
        left = (
            1
            - issue.given_confidence
            - (issue.suggested is not None) * max(0.0, issue.suggested_confidence)
        )
        probs[place] = left / max(1, len(classes) - 2)
        if issue.suggested is not None:
            probs[place, classes.index(issue.suggested)] = issue.suggested_confidence
        probs[place, classes.index(issue.given)] = issue.given_confidence
    return probs


def _summary(
    given: np.ndarray,
    flags: Sequence[Flag],
    classes: tuple[Label, ...],
    blind: str,
    estimates: Mapping[str, float] | None,
) -> Summary:
    judged = int((given >= 0).sum())
    if estimates is None:
        estimates = {"confident-joint": 0.0625, "em": 0.09375}
    share = len(flags) / judged
    sizes = [int((given == index).sum()) for index in range(len(classes))]
    pairs: dict[tuple[Label, Label], int] = {}
    for flag in flags:
        if flag.suggested is not None:
            pair = (flag.given, flag.suggested)
            pairs[pair] = pairs.get(pair, 0) + 1
    by_class = [[flag for flag in flags if flag.given == label] for label in classes]
    return Summary(
        rows=len(given),
        labelled=judged,
        missing=len(given) - judged,
        judged=judged,
        flagged=len(flags),
        by_severity={
            name.value: sum(flag.severity is name for flag in flags)
            for name in reversed(SEVERITIES)
        },
        by_verdict={name.value: sum(flag.verdict is name for flag in flags) for name in VERDICTS},
        flagged_rate=Rate(share, share / 2, min(1.0, share * 2 + 0.0625), "95 % Wilson interval"),
        noise_rate=Rate(
            nan if not estimates else sum(estimates.values()) / len(estimates),
            min(estimates.values(), default=nan),
            max(estimates.values(), default=nan),
            "range over estimators",
        ),
        noise_rate_estimates=estimates,
        accuracy=0.9,
        majority=max(sizes) / judged,
        balanced_accuracy=0.890625,
        blind=blind,
        classes=tuple(
            ClassSummary(
                label,
                size,
                size,
                len(found),
                sum(flag.severity is Severity.HIGH for flag in found),
                0.875 if size else nan,
            )
            for label, size, found in zip(classes, sizes, by_class, strict=True)
        ),
        pairs=tuple(
            PairSummary(a, b, number, number / sizes[classes.index(a)])
            for (a, b), number in sorted(pairs.items(), key=lambda item: -item[1])
        ),
    )


def clean_audit() -> Audit:
    """Give one where nothing is flagged."""
    return example_audit((), notices=(), estimates={"confident-joint": 0.0, "em": 0.0078125})


def blind_audit() -> Audit:
    """Give one that cannot see, and where nothing is flagged."""
    reason = "the models tell the classes apart no better than chance (mean AUROC 0.51)"
    return example_audit((), blind=reason, notices=())


def many_classes_audit() -> Audit:
    """Give one with 150 classes of long names that differ at their ends, and 40 issues."""
    classes = tuple(f"department.of.very.long.names.number-{index:03d}" for index in range(150))
    flags = [
        Flag(
            row,
            classes[row % 7],
            classes[row % 7 + 1],
            0.9 - row / 100,
            f"an excerpt of row {row}",
            verdict=VERDICTS[row % 4],
        )
        for row in range(40)
    ]
    return example_audit(flags, classes=classes, n=1500, estimates={"em": 0.25, "joint": 0.03125})


def hostile_audit() -> Audit:
    """Give one whose text is in many scripts, or tries to do something."""
    classes = ("<script>alert(1)</script>", "=cmd()", "[red]no[/red]", "إيجابي", "正面评价")
    texts = (
        "这部电影非常好看，演员的表演也很出色，强烈推荐给所有人观看，真的是一部难得的佳作，值得一看",  # noqa: RUF001
        "كان الفيلم رائعا من البداية إلى النهاية | والتمثيل ممتاز",
        "<script>alert('x')</script> & <b>bold</b> @someone #12 https://example.org",
        "[red]markup[/red] [link](https://example.org) ![image](x.png) `code` ``two`` **bold**",
        "\x1b[31mred\x1b[0m \x07bell \x9b2J \u202eright to left\u202c zero\u200bwidth",
        "=cmd('x'), \"quoted\"; +1 | a\\|b \\",
        "two\nlines\r\nand a\ttab",
        "",
    )
    flags = [
        Flag(
            row,
            classes[row % 5],
            classes[(row + 1) % 5],
            0.9375 - row / 16,
            text,
            SEVERITIES[2 - row // 3],
            row_id=("", "=1+1", "`tick`", "@team", "-5\x1b[2J", "a,b", "[bold]", "\r")[row],
        )
        for row, text in enumerate(texts)
    ]
    audit = example_audit(
        flags,
        classes=classes,
        notices=(
            Notice("odd", "Class '<script>|[red]' has \x1b[31m1 row.", "see www.example.org"),
        ),
    )
    return replace(audit, source=replace(audit.source, path="odd|name\udcff`.csv"))


def integer_audit() -> Audit:
    """Give one with integer labels and rows without a label."""
    flags = (
        Flag(4, 1, 7, 0.75, "age=31, income=1200", Severity.HIGH, detectors=(CONFIDENT, LOSS)),
        Flag(5, -3, 1, 0.5, "age=18, income=0"),
    )
    return example_audit(flags, classes=(-3, 1, 7), missing=4)


def boolean_audit() -> Audit:
    """Give one with boolean labels, nothing suggested and confidences unknown."""
    flag = Flag(
        2,
        True,  # noqa: FBT003
        None,
        0.5,
        "",
        verdict=Verdict.DUPLICATE,
        detectors=("duplicates",),
        confidences=(nan, nan),
        row_id="9f2c66d01be3a481#0",
    )
    return example_audit((flag,), classes=(False, True), models=(), notices=(), estimates={})


CASES: dict[str, Callable[[], Audit]] = {
    "plain": example_audit,
    "clean": clean_audit,
    "blind": blind_audit,
    "many-classes": many_classes_audit,
    "hostile": hostile_audit,
    "integers": integer_audit,
    "booleans": boolean_audit,
}
