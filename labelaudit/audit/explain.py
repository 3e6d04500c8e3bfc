"""Say in words why a row is flagged, and show the row in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.opinions import share
from labelaudit.audit.verdicts import outlier_reasons
from labelaudit.types import SEVERITIES, VERDICTS, Issue, Role, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.rank import Ranking
    from labelaudit.types import Dataset, Evidence, FloatArray, Scores

EXCERPT = 300
"""Characters of a row that an issue carries."""
_NAMED_COPIES = 3
_MODEL_DETECTORS = ("label-posterior", "confident-learning")
_EXPLAINED = {*_MODEL_DETECTORS, "loss-percentile", "neighbor-agreement", "duplicates"}


def build_issues(
    data: Dataset,
    evidence: Evidence,
    scores: Sequence[Scores],
    ranking: Ranking,
    verdict: NDArray[np.int8],
) -> tuple[Issue, ...]:
    """Make an Issue of every flagged row, most suspicious first.

    A detector whose details hold `reasons`, a mapping of row to words, is quoted.

    Parameters
    ----------
    data : Dataset
    evidence : Evidence
    scores : sequence of Scores
    ranking : Ranking
    verdict : ndarray of int8, shape (n,)

    Returns
    -------
    tuple of Issue
    """
    rows = ranking.order[ranking.flagged[ranking.order]]
    excerpts = excerpts_of(data, rows)
    copies = _copies(data, scores)
    reasons = outlier_reasons(evidence, rows)
    issues = []
    for place, row in enumerate(rows.tolist()):
        given, suggested = int(data.y[row]), int(ranking.suggested[row])
        detectors = tuple(one.code for one in scores if one.flagged[row])
        issues.append(
            Issue(
                rank=place + 1,
                row_id=str(data.row_id[row]),
                row=row,
                given=data.classes[given],
                suggested=data.classes[suggested] if suggested >= 0 else None,
                given_confidence=_confidence(evidence.pred_probs, row, given),
                suggested_confidence=_confidence(evidence.pred_probs, row, suggested),
                suspicion=float(ranking.suspicion[row]),
                error_probability=float(ranking.error_probability[row]),
                severity=SEVERITIES[ranking.severity[row]],
                verdict=VERDICTS[verdict[row]],
                detectors=detectors,
                excerpt=excerpts[place],
                explanation=_explain(data, evidence, scores, row, detectors, copies)
                + (f"; {reasons[place]}" if VERDICTS[verdict[row]] is Verdict.OUTLIER else ""),
                line=None if data.line is None else int(data.line[row]),
            )
        )
    return tuple(issues)


def _confidence(pred_probs: FloatArray | None, row: int, code: int) -> float:
    return float("nan") if pred_probs is None or code < 0 else float(pred_probs[row, code])


def _explain(
    data: Dataset,
    evidence: Evidence,
    scores: Sequence[Scores],
    row: int,
    detectors: tuple[str, ...],
    copies: Mapping[int, list[int]],
) -> str:
    by_code = {one.code: one for one in scores}
    told = {code: by_code[code].details.get("reasons", {}).get(row) for code in detectors}
    parts = [words for words in told.values() if words]
    by_models = [code for code in detectors if code in _MODEL_DETECTORS]
    if by_models:
        parts.append(_say_models(data, evidence, by_code[by_models[0]], row))
    if "loss-percentile" in detectors:
        details = by_code["loss-percentile"].details
        within = "its class" if details["scope"] == "class" else "all rows"
        parts.append(f"its loss is among the top {100 - details['percentile']:g} % of {within}")
    if "neighbor-agreement" in detectors:
        suggested = data.classes[by_code["neighbor-agreement"].suggested[row]]
        parts.append(f"most of the rows most like it carry {str(suggested)!r}")
    if "duplicates" in detectors:
        parts.append(_name_copies(data, row, copies))
    parts.extend(
        f"flagged by {code} with suspicion {by_code[code].suspicion[row]:.2f}"
        for code in detectors
        if code not in _EXPLAINED and not told[code]
    )
    return "; ".join(parts)


def _say_models(data: Dataset, evidence: Evidence, scores: Scores, row: int) -> str:
    # What they suggest is not always what the issue does: copies have the first say.
    codes = int(data.y[row]), int(scores.suggested[row])
    given, other = (str(data.classes[code]) for code in codes)
    confidences = [_confidence(evidence.pred_probs, row, code) for code in codes]
    told = [share(one) for one in confidences]
    if confidences[0] > confidences[1] and scores.error_probability is not None:
        # The models alone would not object: what they know of the noise does.
        return (
            f"held out, the models give only {told[0]} to the given {given!r} and "
            f"{told[1]} to {other!r}, and {given!r} is often given in its place"
        )
    return f"held out, the models give {told[1]} to {other!r} and {told[0]} to the given {given!r}"


def _copies(data: Dataset, scores: Sequence[Scores]) -> dict[int, list[int]]:
    import numpy as np

    found = [one for one in scores if one.code == "duplicates"]
    if not found or data.feature_key is None or not found[0].flagged.any():
        return {}
    keys = data.feature_key
    rows = np.flatnonzero(np.isin(keys, keys[found[0].flagged]) & (data.y >= 0))
    groups: dict[int, list[int]] = {}
    for row in rows.tolist():
        groups.setdefault(int(keys[row]), []).append(row)
    return groups


def _name_copies(data: Dataset, row: int, copies: Mapping[int, list[int]]) -> str:
    keys = data.feature_key
    group = [] if keys is None else copies.get(int(keys[row]), [])
    others = sorted(
        (other for other in group if data.y[other] != data.y[row]),
        key=lambda other: str(data.row_id[other]),
    )
    named = ", ".join(
        f"{data.row_id[other]} labelled {str(data.classes[data.y[other]])!r}"
        for other in others[:_NAMED_COPIES]
    )
    more = len(others) - _NAMED_COPIES
    return f"its features are identical to those of {named}" + (
        f" and {more:,} more" if more > 0 else ""
    )


def excerpts_of(data: Dataset, rows: NDArray[np.int64], most: int = EXCERPT) -> list[str]:
    """Show rows in short.

    Parameters
    ----------
    data : Dataset
    rows : ndarray of int64, shape (r,)
    most : int
        Characters.

    Returns
    -------
    list of str, length r
        Text if there is any, else the columns that models learn from; on one line each.
    """
    texts = data.schema.names(Role.TEXT)
    names = texts or data.schema.names(Role.NUMERIC, Role.CATEGORICAL, Role.DATETIME)
    if not names:
        return ["" for _ in rows]
    # A wide table would fill the excerpt with its first columns alone: more is not read.
    picked = data.table.select(list(names[:40])).take(rows)
    columns = [picked.column(index).to_pylist() for index in range(picked.num_columns)]
    excerpts = []
    for values in zip(*columns, strict=True):
        if texts:
            excerpt = " | ".join(_one_line(value) for value in values if value is not None)
        else:
            excerpt = ", ".join(
                f"{name}={_one_line(value)}"
                for name, value in zip(names, values, strict=False)
                if value is not None
            )
        excerpts.append(excerpt if len(excerpt) <= most else excerpt[: most - 1] + "…")
    return excerpts


def _one_line(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return " ".join(text[: 4 * EXCERPT].split())
