"""Audits with all that is told beside the issues, and one that is as large as they get."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
from audit_example import Flag, example_audit

from labelaudit.types import (
    SEVERITIES,
    VERDICTS,
    Card,
    Finding,
    Neighbor,
    Pattern,
    ReliabilityBin,
    Sign,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.types import Audit, Issue, Label

FINDINGS = (
    Finding(
        "label-leak",
        "Column 'source' gives the label away: it agrees with it in 99.8 % of the rows.",
        "Leave it out with --exclude source.",
        count=1,
        columns=("source",),
        grave=True,
    ),
    Finding(
        "label-spelling",
        "'Pos' and 'pos ' look like spellings of 'pos'.",
        "Correct them, or they are classes of their own.",
        count=23,
        rows=tuple(range(20)),
        columns=("label",),
    ),
    Finding("duplicates", "One row stands in two splits.", "Drop it.", 1, rows=(7,)),
)
PATTERNS = (
    Pattern(
        "pair", "neg given where pos is suggested", (), 400, 2, 0.25, 8.0, 2.25, inf, 0.0001,
        ("r-17", "r-31"), "both of one month",
    ),
    Pattern(
        "slice", "source = web", (("source", "web"),), 120, 3, 1.25, 2.4, 1.1, 5.0, 0.03125,
        ("r-3",),
    ),
    Pattern("group", "film, warm, days", (), 3, 1, 0.1, nan, nan, nan, nan),
)  # fmt: skip
BINS = (
    ReliabilityBin(0.5, 0.6, 40, 0.5625, 0.5),
    ReliabilityBin(0.8, 0.9, 260, 0.84375, 0.8125),
    ReliabilityBin(0.9, 1.0, 500, 0.96875, 0.984375),
)


def card_of(issue: Issue, classes: Sequence[Label], text: str = "") -> Card:
    """Make a card that says something in every part."""
    other = issue.suggested if issue.suggested is not None else classes[0]
    words = [word for word in text.split() if len(word) > 3][:4]
    return Card(
        row_id=issue.row_id,
        probabilities=((other, 0.875), (issue.given, 0.0625)),
        opinions=(f"3 of 3 models hold out for {other}.", f"9 of 10 nearest rows are {other}."),
        agree=(Neighbor("r-1", 1, other, 0.9375, f"much like {text[:60]}"),),
        disagree=(Neighbor("r-2", 2, issue.given, nan, "less like it"),),
        signs=(
            *(
                Sign(word, "", "", 1.0 - place / 8, (other, issue.given)[place % 2])
                for place, word in enumerate(words)
            ),
            Sign("age", "131", "18 to 64", 0.25, other),
        ),
        signs_basis="From the linear model; words alone, not their order.",
        would_change=f"If two of the nearest rows were {issue.given}, it would be ambiguous.",
        text=text or issue.excerpt,
    )


def evidence_audit(audit: Audit | None = None) -> Audit:
    """Give an audit findings, patterns, and a card for each issue but the last."""
    audit = audit or example_audit(n=800)
    cards = tuple(card_of(one, audit.classes, one.excerpt) for one in audit.issues[:-1])
    summary = replace(audit.summary, reliability=BINS)
    return replace(audit, findings=FINDINGS, patterns=PATTERNS, cards=cards, summary=summary)


def hostile_evidence_audit(audit: Audit) -> Audit:
    """Give an audit evidence whose every text is hostile."""
    bad = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\x1b\u202e"
    label = audit.classes[0]
    finding = Finding(bad, bad, bad, 2, (1, 2), (bad,), grave=True)
    ids = tuple(one.row_id for one in audit.issues)
    pattern = Pattern("slice", bad, ((bad, bad),), 10, 5, 1.0, 5.0, 2.0, 9.0, 0.01, ids, bad)
    beside = (Neighbor(bad, 1, label, 0.5, bad),)
    signs = (Sign("alert", "", "", 1.0, label), Sign(bad, bad, bad, 0.5, label))
    cards = tuple(
        Card(one.row_id, ((label, 0.5),), (bad,), beside, beside, signs, bad, bad, bad)
        for one in audit.issues
    )
    return replace(audit, findings=(finding,), patterns=(pattern,), cards=cards)


SCRIPTS = (
    "这部电影非常好看,演员的表演也很出色,强烈推荐给所有人观看,真的是一部难得的佳作",
    "كان الفيلم رائعا من البداية إلى النهاية والتمثيل ممتاز جدا",
    "סרט נהדר עם משחק מצוין ומוזיקה יפה",
    "このレストランの料理はとても美味しかったですが、値段が少し高いです",
)


def scripts_audit() -> Audit:
    """Give one with labels and text in Chinese, Arabic, Hebrew and Japanese."""
    classes = ("إيجابي", "سلبي", "正面评价", "负面评价")
    flags = [
        Flag(
            row,
            classes[row % 4],
            classes[(row + 1 + row // 4) % 4],
            0.95 - row / 32,
            SCRIPTS[row % 4],
            SEVERITIES[2 - row // 5],
            VERDICTS[row % 2],
        )
        for row in range(14)
    ]
    return evidence_audit(example_audit(flags, classes=classes, n=400))


def numbers_audit() -> Audit:
    """Give one whose classes are texts that hold numbers."""
    classes = ("-1", "0.25", "0.5", "10", "2")
    flags = [
        Flag(row, classes[row % 5], classes[(row + 1) % 5], 0.9 - row / 32, f"row {row}")
        for row in range(10)
    ]
    return example_audit(flags, classes=classes, n=100)


def long_words_audit() -> Audit:
    """Give one whose text, labels and ids have no place to break a line at."""
    classes = ("x" * 80, "customer_complaint_" * 5)
    flags = [
        Flag(row, classes[row % 2], classes[1 - row % 2], 0.9, "https://example.org/" + "a" * 400)
        for row in range(4)
    ]
    return evidence_audit(example_audit(flags, classes=classes, n=100))


def large_audit(n: int = 100_000, issues: int = 6_000) -> Audit:
    """Give one of many rows, with thousands of issues of long text, each with a card."""
    generator = np.random.default_rng(0)
    classes = tuple(f"topic number {code:02d} of the newspaper" for code in range(20))
    rows = generator.permutation(n)[:issues]
    vocabulary = [f"word{number}" for number in range(500)]
    flags = [
        Flag(
            int(row),
            classes[row % 20],
            classes[(row + 1 + row // 20 % 19) % 20],
            float(np.float32(1 - place / (issues + 1))),
            " ".join(generator.choice(vocabulary, 40)),
            SEVERITIES[2 - 3 * place // issues],
            VERDICTS[place % 4],
            detectors=("label-posterior", "confident-learning", "loss-percentile"),
        )
        for place, row in enumerate(rows.tolist())
    ]
    audit = example_audit(flags, classes=classes, n=n)
    audit = replace(audit, settings={"loss_percentile": 95.0, "loss_scope": "overall"})
    audit = evidence_audit(audit)
    cards = tuple(replace(card, text=card.text * 8) for card in audit.cards)
    many = tuple(
        replace(PATTERNS[0], name=f"pattern {number}", row_ids=audit.row_id[:2000].tolist())
        for number in range(60)
    )
    return replace(audit, cards=cards, patterns=many)
