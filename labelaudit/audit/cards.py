"""The evidence about the first issues: one card each, with all that a person looks at."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelaudit.audit.explain import excerpts_of
from labelaudit.audit.opinions import Opinion, Witness, say_all
from labelaudit.audit.rank import raises
from labelaudit.audit.signs import find_signs
from labelaudit.audit.similar import find_similar, space_of_data
from labelaudit.audit.verdicts import outlier_reason
from labelaudit.audit.would_change import Standing, relabelled_neighbors, would_change
from labelaudit.progress import SILENT
from labelaudit.types import Card, Neighbor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.audit.gather import Gathered
    from labelaudit.audit.similar import Near, Similar, Space
    from labelaudit.config import Settings
    from labelaudit.detectors import Spec
    from labelaudit.progress import Progress
    from labelaudit.types import Dataset, FloatArray, Issue, Label, Scores

CARDS = 500
"""Issues that have a card: as many as one person reads in some days."""

CLASSES = 5
"""Classes whose probability a card tells, besides the given and the suggested one."""

NEIGHBOR_EXCERPT = 160
"""Characters of a similar row that a card carries."""

_DIGITS = 6
"""Significant ones: a probability that is not 0 does not become so."""


@dataclass(frozen=True)
class Case:
    """A row that a card is made of.

    Attributes
    ----------
    row : int
    given, suggested, rival : int
        Classes; `rival` is what the given one is contrasted with where none is suggested.
        -1 for none.
    witness : Witness
        What is known of the row apart from `nearest`, which may be empty.
    standing : Standing
    """

    row: int
    given: int
    suggested: int
    rival: int
    witness: Witness
    standing: Standing


def build_cards(
    data: Dataset,
    gathered: Gathered,
    settings: Settings,
    scores: Sequence[Scores],
    specs: Mapping[str, Spec],
    issues: Sequence[Issue],
    *,
    limit: int = CARDS,
    progress: Progress = SILENT,
) -> tuple[Card, ...]:
    """Gather the evidence about the first issues.

    Parameters
    ----------
    data : Dataset
    gathered : Gathered
    settings : Settings
    scores : sequence of Scores
    specs : mapping of str to Spec
        The catalogue entry of each.
    issues : sequence of Issue
    limit : int
        How many of them have a card.
    progress : Progress

    Returns
    -------
    tuple of Card
        In the order of the issues.
    """
    shown = issues[:limit]
    if not shown:
        return ()
    rows = [issue.row for issue in shown]
    with progress.step("evidence per row"):
        space = gathered.space or space_of_data(data, rows, seed=settings.seed)
        return compose(data, _cases(data, gathered, settings, scores, specs, shown), space)


def compose(data: Dataset, cases: Sequence[Case], space: Space | None) -> tuple[Card, ...]:
    """Look for similar rows and signs, and put all into words.

    Parameters
    ----------
    data : Dataset
    cases : sequence of Case
    space : Space or None
        None where rows cannot be compared.

    Returns
    -------
    tuple of Card
    """
    rows, given = [one.row for one in cases], [one.given for one in cases]
    rival = [one.rival for one in cases]
    ask = not all(one.witness.nearest for one in cases)
    similar = None if space is None else find_similar(space, data, rows, given, rival, nearest=ask)
    if similar is not None:
        rival = [
            code if code >= 0 else _leading(data, found, own)
            for code, found, own in zip(rival, similar, given, strict=True)
        ]
    signs = find_signs(data, rows, given, rival)
    sides = [side for one in similar or () for side in (one.agree, one.disagree)]
    beside = _beside(data, sides)
    cards = []
    for place, case in enumerate(cases):
        witness = case.witness
        if similar is not None and not witness.nearest:
            nearest = tuple(data.classes[data.y[row]] for row in similar[place].nearest)
            part = 0 if space is None or space.rows is None else len(space.rows)
            witness = replace(witness, nearest=nearest, looked_at=part)
        cards.append(
            Card(
                row_id=str(data.row_id[case.row]),
                probabilities=witness.probabilities,
                opinions=say_all(witness),
                agree=beside[2 * place] if beside else (),
                disagree=beside[2 * place + 1] if beside else (),
                signs=signs[place].signs,
                signs_basis=signs[place].basis,
                would_change=would_change(case.standing),
                text=signs[place].text,
            )
        )
    return tuple(cards)


def probabilities_of(
    classes: Sequence[Label], probs: Sequence[float], given: int, suggested: int
) -> tuple[tuple[Label, float], ...]:
    """Choose the classes whose probability is told.

    Parameters
    ----------
    classes : sequence of Label, length K
    probs : sequence of float, length K
        NaN where not known.
    given, suggested : int
        Always among them, where known; -1 for none.

    Returns
    -------
    tuple of (Label, float)
        The most probable first; the given class alone, with NaN, where not judged.
    """
    if math.isnan(probs[given]):
        return ((classes[given], float("nan")),)
    known = [code for code, share in enumerate(probs) if not math.isnan(share)]
    order = sorted(known, key=lambda code: (-probs[code], code))
    told = {*order[:CLASSES], given, *([suggested] if suggested >= 0 else [])}
    return tuple(
        (classes[code], float(f"{probs[code]:.{_DIGITS}g}")) for code in order if code in told
    )


def copies_of(data: Dataset, rows: Sequence[int]) -> list[tuple[tuple[str, Label], ...]]:
    """Name the other labelled rows of the same content as each row.

    Parameters
    ----------
    data : Dataset
    rows : sequence of int, length r

    Returns
    -------
    list of tuple of (str, Label), length r
        Row id and label, by row id.
    """
    import numpy as np

    if data.feature_key is None:
        return [() for _ in rows]
    asked = np.asarray(rows, dtype=np.intp)
    alike: dict[int, list[int]] = defaultdict(list)
    found = np.flatnonzero(np.isin(data.feature_key, data.feature_key[asked]) & (data.y >= 0))
    for row in found.tolist():
        alike[int(data.feature_key[row])].append(row)
    named = []
    for row in asked.tolist():
        others = [one for one in alike[int(data.feature_key[row])] if one != row]
        others.sort(key=lambda one: str(data.row_id[one]))
        named.append(tuple((str(data.row_id[one]), data.classes[data.y[one]]) for one in others))
    return named


def _cases(
    data: Dataset,
    gathered: Gathered,
    settings: Settings,
    scores: Sequence[Scores],
    specs: Mapping[str, Spec],
    issues: Sequence[Issue],
) -> list[Case]:
    import numpy as np

    evidence, classes = gathered.evidence, data.classes
    code_of = {label: code for code, label in enumerate(classes)}
    rows = [issue.row for issue in issues]
    copies = copies_of(data, rows)
    near, far = evidence.neighbors, evidence.distances
    relabelled, leader = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), -1)
    if near is not None and any(one.code == "neighbor-agreement" for one in scores):
        far = None if far is None else far[rows]
        relabelled, leader = relabelled_neighbors(data, data.y[rows], near[rows], far)
    deciding = {one.code for one in _deciding(scores, specs)}
    posterior = next((one for one in scores if one.code == "label-posterior"), None)
    cases = []
    for place, issue in enumerate(issues):
        row, given = issue.row, int(data.y[issue.row])
        suggested = -1 if issue.suggested is None else code_of[issue.suggested]
        probs = _probs(evidence.pred_probs, row, len(classes))
        cases.append(
            Case(
                row=row,
                given=given,
                suggested=suggested,
                rival=suggested if suggested >= 0 else best_other(probs, given),
                witness=Witness(
                    given=issue.given,
                    votes=tuple(
                        (model, classes[votes.code[row]], float(votes.probability[row]))
                        for model, votes in gathered.votes.items()
                        if votes.code[row] >= 0
                    ),
                    nearest=() if near is None else _labels(data, near[row]),
                    copies=copies[place],
                    opinions=tuple(_opinion(one, row) for one in scores),
                    probabilities=probabilities_of(classes, probs, given, suggested),
                    given_probs=evidence.provenance == "user",
                    outlier=outlier_reason(issue.explanation),
                    threshold=None if posterior is None else settings.threshold,
                ),
                standing=Standing(
                    given=issue.given,
                    suggested=issue.suggested,
                    flagged=True,
                    verdict=issue.verdict,
                    flagged_by=tuple(one for one in issue.detectors if one in deciding),
                    error_probability=_error(posterior, row),
                    threshold=None if posterior is None else settings.threshold,
                    lead=probs[suggested] - probs[given] if suggested >= 0 else float("nan"),
                    copies=copies[place],
                    relabelled=int(relabelled[place]),
                    leader=classes[leader[place]] if leader[place] >= 0 else None,
                ),
            )
        )
    return cases


def _deciding(scores: Sequence[Scores], specs: Mapping[str, Spec]) -> list[Scores]:
    """Choose the detectors whose flag makes an issue, as the ranking does."""
    raising = [one for one in scores if raises(specs[one.code])]
    chiefs = [one for one in scores if one.error_probability is not None]
    by_models = [one for one in scores if "pred_probs" in specs[one.code].needs]
    leading = chiefs or by_models or list(scores)
    return raising + [one for one in leading if not specs[one.code].corroborates]


def _opinion(scores: Scores, row: int) -> Opinion:
    return Opinion(
        code=scores.code,
        suspicion=float(scores.suspicion[row]),
        flagged=bool(scores.flagged[row]),
        error_probability=_error(scores, row),
        reason=str(scores.details.get("reasons", {}).get(row, "")),
        facts=scores.details,
    )


def _error(scores: Scores | None, row: int) -> float:
    if scores is None or scores.error_probability is None:
        return float("nan")
    return float(scores.error_probability[row])


def _probs(pred_probs: FloatArray | None, row: int, n_classes: int) -> list[float]:
    if pred_probs is None:
        return [float("nan")] * n_classes
    probs: list[float] = pred_probs[row].tolist()
    return probs


def best_other(probs: Sequence[float], given: int) -> int:
    """Give the most probable class but the given one, or -1 where nothing is known."""
    if len(probs) == 2:  # noqa: PLR2004 - there is but one other
        return 1 - given
    known = [code for code, share in enumerate(probs) if code != given and share >= 0]
    return max(known, key=lambda code: (probs[code], -code), default=-1)


def _labels(data: Dataset, near: NDArray[np.int32]) -> tuple[Label, ...]:
    return tuple(
        data.classes[data.y[row]] for row in near.tolist() if row >= 0 and data.y[row] >= 0
    )


def _leading(data: Dataset, similar: Similar, given: int) -> int:
    """Give the class but the given one that most of the nearest rows carry, or -1."""
    counted = Counter(int(data.y[row]) for row in similar.nearest)
    del counted[given]
    return min(counted, key=lambda code: (-counted[code], code), default=-1)


def _beside(data: Dataset, sides: Sequence[Sequence[Near]]) -> list[tuple[Neighbor, ...]]:
    """Show similar rows in short, each read once."""
    import numpy as np

    if not sides:
        return []
    rows = np.unique(np.array([row for side in sides for row, _ in side], dtype=np.int64))
    excerpts = dict(zip(rows.tolist(), excerpts_of(data, rows, NEIGHBOR_EXCERPT), strict=True))
    return [
        tuple(
            Neighbor(
                row_id=str(data.row_id[row]),
                row=row,
                label=data.classes[data.y[row]],
                similarity=similarity,
                excerpt=excerpts[row],
            )
            for row, similarity in side
        )
        for side in sides
    ]
