"""What the formats for CI share: which issues first, how loud, in which words, known by what.

The text of a row stays out of them unless it is asked for: logs of CI are often open to
more people than the data is. Labels and row ids are told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from labelaudit.audit.tables import label_text
from labelaudit.report.wording import clean, decimal
from labelaudit.types import SEVERITIES, Role, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labelaudit.report import Options
    from labelaudit.types import Audit, Issue, Label

_LONGEST_LABEL = 80
_LONGEST_ID = 120
_NOWHERE = {"-": "stdin", "<memory>": "memory"}


def as_seen(audit: Audit, options: Options) -> Audit:
    """Name the source as CI does: from the root of the repository, where that is known.

    Parameters
    ----------
    audit : Audit
    options : Options

    Returns
    -------
    Audit
    """
    path = options.for_ci.path
    return audit if path is None else replace(audit, source=replace(audit.source, path=path))


def parted(audit: Audit, options: Options) -> tuple[list[Issue], list[Issue]]:
    """Part the issues that count from those that people know of.

    Parameters
    ----------
    audit : Audit
    options : Options

    Returns
    -------
    (list of Issue, list of Issue)
        Each as by `by_severity`.
    """
    left = options.uncounted
    issues = by_severity(audit)
    if left is None:
        return issues, []
    return (
        [issue for issue in issues if issue.row not in left.why],
        [issue for issue in issues if issue.row in left.why],
    )


def left_out_told(options: Options, issues: Sequence[Issue]) -> str:
    """Say how many issues are not told, and why.

    Parameters
    ----------
    options : Options
    issues : sequence of Issue
        The second part of `parted`.

    Returns
    -------
    str
        A sentence; empty where there are none.
    """
    left = options.uncounted
    if left is None or not issues:
        return ""
    reasons = Counter(left.why[issue.row] for issue in issues)
    told = ", ".join(f"{number:,} {clean(reason)}" for reason, number in reasons.items())
    return f"Not counted: {told}."


def by_severity(audit: Audit) -> list[Issue]:
    """Put the issues in order, most severe first.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    list of Issue
        By severity, then by rank.
    """
    return sorted(audit.issues, key=lambda issue: (-SEVERITIES.index(issue.severity), issue.rank))


def loudness(audit: Audit, issue: Issue) -> Severity:
    """Say how loud an issue may be.

    Parameters
    ----------
    audit : Audit
    issue : Issue

    Returns
    -------
    Severity
        Its own; low in a blind run, whose issues are guesses.
    """
    return Severity.LOW if audit.summary.blind else issue.severity


def told(audit: Audit, issue: Issue) -> str:
    """Say on one line what is wrong with a row, without its text.

    Parameters
    ----------
    audit : Audit
    issue : Issue

    Returns
    -------
    str
        Harmless text, see `clean`.
    """
    guess = "a guess of a blind run: " if audit.summary.blind else ""
    row_id = _cut(issue.row_id, _LONGEST_ID) or '""'
    return (
        f"{guess}{_fault(issue)}; p(wrong) {decimal(issue.error_probability)}, "
        f"severity {issue.severity.value}; data row {issue.row} (the first is 0), id {row_id}; "
        f"found by {', '.join(map(clean, issue.detectors))}"
    )


def row_text(issue: Issue) -> list[str]:
    """Give what quotes the row: why it is flagged, and its excerpt.

    Parameters
    ----------
    issue : Issue

    Returns
    -------
    list of str
        Harmless lines; without those that are empty.
    """
    return [text for text in (clean(issue.explanation), clean(issue.excerpt)) if text]


def source_file(audit: Audit) -> str | None:
    """Give the file the rows are from, with slashes; None for stdin and for memory.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    str or None
        Relative to where the run was made, if it was given so.
    """
    path = audit.source.path
    return None if path in _NOWHERE else PurePath(path).as_posix()


def source_name(audit: Audit) -> str:
    """Name the source in any case; harmless text."""
    return clean(source_file(audit) or _NOWHERE[audit.source.path])


def source_uri(path: str) -> str:
    """Write a path as a URI reference (RFC 3986), absolute where the path is.

    Parameters
    ----------
    path : str
        As `source_file` gives it; bytes that are no text may stand as lone surrogates.

    Returns
    -------
    str
        ASCII.
    """
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # A lone surrogate that stands for no byte has no bytes to be escaped by.
        raw = path.encode("utf-8", "replace")
    escaped = quote(raw)
    if not PurePath(path).is_absolute():
        return escaped
    return f"file://{'' if escaped.startswith('/') else '/'}{escaped}"


def fingerprints(audit: Audit, issues: Iterable[Issue]) -> list[str]:
    """Name each issue by what its row holds, so that it is known again in another run.

    Parameters
    ----------
    audit : Audit
    issues : iterable of Issue

    Returns
    -------
    list of str
        ``"<32 hexadecimal digits>:<number>"``, unique: a hash of the content of the row
        without its id and of its given label, and an occurrence number from 1 for rows
        that share both. The row's place has no say, nor has the file's name. Where rows
        have no content but id and label, their ids take its place.
    """
    content = audit.fingerprint
    by_id = audit.schema.one(Role.ID) is not None and bool((content == content[:1]).all())
    seen: Counter[str] = Counter()
    names = []
    for issue in issues:
        row = issue.row_id if by_id else f"{int(content[issue.row]):016x}"
        parts = (row, type(issue.given).__name__, label_text(issue.given))
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        name = sha256(text).hexdigest()[:32]
        seen[name] += 1
        names.append(f"{name}:{seen[name]}")
    return names


def _fault(issue: Issue) -> str:
    given = _label(issue.given)
    other = None if issue.suggested is None else _label(issue.suggested)
    if issue.verdict is Verdict.DUPLICATE:
        held = f" labelled {other}" if other else ""
        return f"label {given} conflicts with identical rows{held}"
    if issue.verdict is Verdict.OUTLIER:
        closest = f"; {other} is the closest" if other else ""
        return f"label {given} fits the row badly, as does any{closest}"
    if issue.verdict is Verdict.AMBIGUOUS:
        return f"label {given} is ambiguous: " + (
            f"{other} is about as probable" if other else "no class is clearly ahead"
        )
    return f"label {given} looks wrong" + (f": {other} fits better" if other else "")


def _label(label: Label) -> str:
    return f'"{_cut(label_text(label), _LONGEST_LABEL)}"'


def _cut(text: str, longest: int) -> str:
    shown = clean(text)
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"
