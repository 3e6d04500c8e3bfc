"""What the user should know about a run, beside its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelaudit.audit.baseline import Baseline, Matched
    from labelaudit.detectors import Spec
    from labelaudit.types import Evidence, Scores, Summary

_SURPRISING, _SURPRISING_BALANCED, _SURPRISING_ROWS = 0.995, 0.98, 200
_SWALLOWED, _SWALLOWED_ROWS, _NAMED = 0.5, 10, 5
_NAMED_ENTRIES = 3


def detector_notices(specs: Mapping[str, Spec], scores: Sequence[Scores]) -> tuple[Notice, ...]:
    """Say where detectors could not do what one would expect of them.

    Parameters
    ----------
    specs : mapping of str to Spec
    scores : sequence of Scores

    Returns
    -------
    tuple of Notice
    """
    notices = []
    if all(spec.corroborates for spec in specs.values()):
        notices.append(
            Notice(
                "corroborates-only",
                f"{', '.join(specs)} only corroborates: rows are ranked, none is called an issue",
                "add --detectors label-posterior",
            )
        )
    notices.extend(
        Notice(
            "uninformative-copies",
            f"{one.details['conflicting_rows']:,} rows share their features with a row of "
            "another label: these features alone do not decide the label, so identical rows "
            "with different labels are not counted as errors",
            "add columns that tell the classes apart",
        )
        for one in scores
        if one.details.get("uninformative")
    )
    notices.extend(
        Notice("detector-warning", f"{one.code}: {message}")
        for one in scores
        for message in one.details.get("warnings", ())
    )
    return tuple(notices)


def nearly_perfect(evidence: Evidence, summary: Summary) -> tuple[Notice, ...]:
    """Say when models agree with the labels more than one should believe.

    Parameters
    ----------
    evidence : Evidence
    summary : Summary

    Returns
    -------
    tuple of Notice
    """
    own = evidence.provenance == "out-of-fold" and evidence.pred_probs is not None
    if not own or summary.judged < _SURPRISING_ROWS:
        return ()
    # Always guessing a class that nearly all rows have agrees with nearly all labels too.
    if not (summary.accuracy > _SURPRISING and summary.balanced_accuracy > _SURPRISING_BALANCED):
        return ()
    return (
        Notice(
            "nearly-perfect",
            f"The models agree with {100 * summary.accuracy:.1f} % of the labels: the data is "
            "very clean and easy, or a column gives the label away, errors included.",
            "look at the columns it learns from; leave one out with --exclude",
        ),
    )


def swallowed_classes(summary: Summary) -> tuple[Notice, ...]:
    """Name the classes most of whose rows are flagged.

    Models that never give a class take all its labels for wrong. That can be right, and it
    can mean that they cannot see the class.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    tuple of Notice
        None for a blind run, which says worse.
    """
    found = [
        one
        for one in summary.classes
        if one.judged >= _SWALLOWED_ROWS and one.flagged > _SWALLOWED * one.judged
    ]
    if not found or summary.blind:
        return ()
    named = ", ".join(
        f"{str(one.label)!r} ({one.flagged:,} of {one.judged:,})" for one in found[:_NAMED]
    )
    more = f" and {len(found) - _NAMED:,} more classes" if len(found) > _NAMED else ""
    return (
        Notice(
            "class-mostly-flagged",
            f"More than half of these classes is flagged: {named}{more}. Either most of their "
            "labels are wrong, or the models cannot tell the class from others.",
            "review some rows of such a class before you act on it",
        ),
    )


def baseline_notices(baseline: Baseline, matched: Matched) -> tuple[Notice, ...]:
    """Say which entries of the baseline are stale.

    Parameters
    ----------
    baseline : Baseline
    matched : Matched

    Returns
    -------
    tuple of Notice
    """
    if not matched.stale:
        return ()
    number = len(matched.stale)
    named = ", ".join(f"{entry.told} ({why})" for entry, why in matched.stale[:_NAMED_ENTRIES])
    more = f" and {number - _NAMED_ENTRIES:,} more" if number > _NAMED_ENTRIES else ""
    entries = "1 entry" if number == 1 else f"{number:,} entries"
    return (
        Notice(
            "stale-baseline",
            f"{entries} of {baseline.name} no longer {'holds' if number == 1 else 'hold'}: "
            f"{named}{more}.",
            "take them out with `labelaudit baseline prune`",
        ),
    )
