"""The card of any row of a kept run, made when somebody asks for it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from labelaudit.audit.cards import Case, best_other, compose, copies_of, probabilities_of
from labelaudit.audit.opinions import Opinion, Witness
from labelaudit.audit.similar import space_of_data
from labelaudit.audit.tables import label_text
from labelaudit.audit.verdicts import outlier_reason
from labelaudit.audit.would_change import Standing
from labelaudit.detectors import CATALOG
from labelaudit.errors import InputError, RunError
from labelaudit.types import VERDICTS

if TYPE_CHECKING:
    from labelaudit.types import Audit, Card, Dataset, Issue

_POSTERIOR = "label-posterior"


def kept_card(audit: Audit, row: int) -> Card | None:
    """Give the card that was kept of a row.

    Parameters
    ----------
    audit : Audit
    row : int
        0-based position in the run.

    Returns
    -------
    Card or None
        None where none was.
    """
    row_id = str(audit.row_id[row])
    return next((card for card in audit.cards if card.row_id == row_id), None)


def issue_of(audit: Audit, row: int) -> Issue | None:
    """Give the issue of a row, or None where it is not flagged."""
    return next((issue for issue in audit.issues if issue.row == row), None)


def make_card(audit: Audit, data: Dataset, row: int, at: int) -> Card:
    """Make the card of a row from what was kept and from the data.

    What each model said is not kept, nor, of rows that are not flagged, the probabilities
    of other classes than the given one, unless there are but two: the card does without.

    Parameters
    ----------
    audit : Audit
    data : Dataset
        As it is now.
    row, at : int
        0-based position of the row in the run and in `data`; it has not changed since.

    Returns
    -------
    Card

    Raises
    ------
    InputError
        When the row has no label.
    RunError
        When the data lacks a column that the run learned from.
    """
    if audit.given[row] < 0:
        raise InputError(
            "the row has no label, so that there is nothing to explain",
            where=str(audit.row_id[row]),
        )
    data = _as_audited(audit, data)
    space = space_of_data(data, [at], seed=int(audit.settings.get("seed") or 0))
    card = compose(data, [_case(audit, data, row, at)], space)[0]
    return replace(card, row_id=str(audit.row_id[row]))


def _as_audited(audit: Audit, data: Dataset) -> Dataset:
    """Give the columns the roles they had in the run."""
    from labelaudit.data.features import viewer
    from labelaudit.data.identity import feature_keys

    schema, where = audit.schema, data.source.path
    learned = schema.features
    gone = [name for name in learned if name not in data.table.column_names]
    if gone:
        raise RunError(
            f"the file has no column {gone[0]!r}, which the run learned from",
            where=where,
            hint="put the column back, or run `labelaudit detect` again",
        )
    views = [
        (one.name, viewer(one.role, one.name, where))
        for one in schema.columns
        if one.name in learned
    ]
    key = feature_keys(data.table, views) if views else None
    return replace(data, schema=schema, feature_key=key)


def _case(audit: Audit, data: Dataset, row: int, at: int) -> Case:
    issue = issue_of(audit, row)
    code_of = {label_text(label): code for code, label in enumerate(data.classes)}
    codes = [code_of.get(label_text(label), -1) for label in audit.classes]
    given = int(data.y[at])
    suggested = codes[audit.suggested[row]] if audit.suggested[row] >= 0 else -1
    probs = [math.nan] * len(data.classes)
    if issue is not None:
        known = audit.issue_pred_probs[issue.rank - 1].tolist()
        for code, share in zip(codes, known, strict=True):
            if code >= 0:
                probs[code] = share
    probs[given] = float(audit.self_confidence[row])
    if issue is None and len(codes) == 2:  # noqa: PLR2004 - what one leaves, the other has
        other = codes[1 - int(audit.given[row])]
        if other >= 0:
            probs[other] = 1 - probs[given]
    copies = copies_of(data, [at])[0]
    threshold = audit.settings.get("threshold") if _POSTERIOR in audit.by_detector else None
    return Case(
        row=at,
        given=given,
        suggested=suggested,
        rival=suggested if suggested >= 0 else best_other(probs, given),
        witness=Witness(
            given=data.classes[given],
            copies=copies,
            opinions=tuple(_opinion(audit, code, row, issue) for code in audit.by_detector),
            probabilities=probabilities_of(data.classes, probs, given, suggested),
            given_probs=audit.settings.get("pred_probs") is not None,
            outlier="" if issue is None else outlier_reason(issue.explanation),
            threshold=threshold,
        ),
        standing=Standing(
            given=data.classes[given],
            suggested=data.classes[suggested] if suggested >= 0 else None,
            flagged=issue is not None,
            accepted=bool(audit.accepted[row]),
            verdict=VERDICTS[audit.verdict[row]] if issue is not None else None,
            flagged_by=() if issue is None else _deciding(audit, issue),
            error_probability=_posterior(audit, row, issue),
            threshold=threshold,
            lead=probs[suggested] - probs[given] if suggested >= 0 else math.nan,
            copies=copies,
        ),
    )


def _opinion(audit: Audit, code: str, row: int, issue: Issue | None) -> Opinion:
    error = _posterior(audit, row, issue) if code == _POSTERIOR else math.nan
    return Opinion(
        code=code,
        suspicion=float(audit.by_detector[code][row]),
        flagged=_flagged(audit, code, row, issue),
        error_probability=error,
        facts={
            "percentile": audit.settings.get("loss_percentile"),
            "scope": audit.settings.get("loss_scope"),
        },
    )


def _flagged(audit: Audit, code: str, row: int, issue: Issue | None) -> bool | None:
    """Tell whether a detector flags a row, or None where that was not kept."""
    if issue is not None:
        return code in issue.detectors
    # Of rows that are not issues it is known of those whose flag would have made one.
    return False if code in _alone(audit) and not audit.accepted[row] else None


def _alone(audit: Audit) -> set[str]:
    """Name the detectors whose flag makes an issue whatever others think."""
    known = [CATALOG[code] for code in audit.by_detector if code in CATALOG]
    raising = {one.name for one in known if "pred_probs" not in one.needs}
    leading = {_POSTERIOR} if _POSTERIOR in audit.by_detector else {one.name for one in known}
    return {one.name for one in known if not one.corroborates} & (raising | leading)


def _deciding(audit: Audit, issue: Issue) -> tuple[str, ...]:
    alone = _alone(audit)
    return tuple(code for code in issue.detectors if code in alone or code not in CATALOG)


def _posterior(audit: Audit, row: int, issue: Issue | None) -> float:
    """Give the error probability of label-posterior, where that is what was kept."""
    suspicion = audit.by_detector.get(_POSTERIOR)
    if suspicion is None or math.isnan(suspicion[row]):
        return math.nan
    raised = issue is not None and set(_deciding(audit, issue)) - {_POSTERIOR}
    return math.nan if raised else float(audit.error_probability[row])
