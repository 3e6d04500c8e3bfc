"""Correct labels: take the suggested class, or give every class its probability."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from labelaudit.audit.opinions import share as in_words
from labelaudit.audit.tables import label_text
from labelaudit.remedy.candidates import breaks_a_rule, by_rank, make_action
from labelaudit.types import Kind, Safety, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.remedy.candidates import Candidate, FixOptions, Outcome, Target
    from labelaudit.types import Action, Label

_DIGITS = 8
_NO_CLASS = "no class is suggested"
_NO_PROBABILITY = "no error probability is known"


def correct(candidates: Sequence[Candidate], target: Target, options: FixOptions) -> Outcome:
    """Correct the labels that are surely enough wrong, where it is clear what is right.

    The confidence in a class is the probability that it is the true one: the error
    probability, shared among the other classes in proportion to their pred_probs. Where no
    model judged the row, or its label breaks a rule, all of it goes to the suggested class.

    A row is corrected where its verdict is mislabelled (or the strategy was asked for by
    the name of its verdict), enough detectors flag it and, for a hard label, the suggested
    class is probable enough. A soft label says itself how sure it is, and a broken rule
    needs no second detector.

    Parameters
    ----------
    candidates : sequence of Candidate
    target : Target
    options : FixOptions

    Returns
    -------
    tuple of Action, mapping of str to int
        In rank order. A soft label is in the order of `Dataset.classes`, in [0, 1], and
        sums to 1 up to floating point.
    """
    classes = _Classes(target.data.classes, target.run_classes)
    actions: list[Action] = []
    skipped: Counter[str] = Counter()
    for candidate in by_rank(candidates):
        found = _correct_one(candidate, target, options, classes)
        if isinstance(found, str):
            skipped[found] += 1
        else:
            actions.append(found)
    return tuple(actions), dict(sorted(skipped.items()))


class _Classes:
    """The classes of the data, and where the run has them; either may read them otherwise."""

    def __init__(self, data: Sequence[Label], run: Sequence[Label]) -> None:
        self._by_text = {label_text(label): code for code, label in enumerate(data)}
        run_codes = {label_text(label): code for code, label in enumerate(run)}
        self.in_run = [run_codes.get(text, -1) for text in self._by_text]

    def code_of(self, label: Label | None) -> int | None:
        return None if label is None else self._by_text.get(label_text(label))


def _correct_one(
    candidate: Candidate, target: Target, options: FixOptions, classes: _Classes
) -> Action | str:
    """Give the action, or why there is none."""
    unfit = _why_unfit(candidate, options)
    if unfit:
        return unfit
    given = int(target.data.y[candidate.row])
    suggested = classes.code_of(candidate.issue.suggested)
    suggested = None if suggested == given else suggested
    shares = _shares_of_others(candidate, classes.in_run, given, suggested)
    if options.soft:
        return _soft(candidate, shares, given) if shares else _NO_CLASS
    if suggested is None or shares is None:
        return _NO_CLASS
    confidence = candidate.issue.error_probability * shares[suggested]
    if confidence < options.min_confidence:
        return f"confidence below {options.min_confidence:g}"
    return make_action(
        candidate,
        Kind.CORRECT,
        after=target.data.classes[suggested],
        safety=Safety.UNSAFE,
        remark=f"confidence {in_words(confidence)}",
    )


def _why_unfit(candidate: Candidate, options: FixOptions) -> str:
    """Say why a row is not corrected, whatever the class; empty where it may be."""
    issue = candidate.issue
    if issue.verdict is not Verdict.MISLABELLED and not candidate.named:
        return f"verdict {issue.verdict}, and only mislabelled rows are corrected"
    if len(issue.detectors) < options.min_agreement and not breaks_a_rule(issue):
        return f"flagged by fewer than {options.min_agreement} detectors"
    return _NO_PROBABILITY if math.isnan(issue.error_probability) else ""


def _shares_of_others(
    candidate: Candidate, codes: Sequence[int], given: int, suggested: int | None
) -> list[float] | None:
    """Share 1 among the classes but the given one, as models would if it is wrong.

    `codes` are those of the run for the classes of the data, -1 for one it did not know.
    What models gave to a class that the data has no more is not shared.
    """
    if suggested is not None and breaks_a_rule(candidate.issue):
        return [float(code == suggested) for code in range(len(codes))]
    probs = candidate.pred_probs.tolist()
    total = math.fsum(prob for code, prob in enumerate(probs) if code != codes[given])
    if total > 0:
        return [
            probs[code] / total if own != given and code >= 0 else 0.0
            for own, code in enumerate(codes)
        ]
    if suggested is None:
        return None
    return [float(code == suggested) for code in range(len(codes))]


def _soft(candidate: Candidate, shares: Sequence[float], given: int) -> Action | str:
    chance = candidate.issue.error_probability
    whole = math.fsum(shares)
    if whole <= 0:
        return _NO_CLASS
    exact = [chance * share / whole for share in shares]
    exact[given] = 1 - chance
    told = [round(prob, _DIGITS) for prob in exact]
    # What rounding took or gave is too little for the greatest to notice.
    greatest = max(range(len(told)), key=lambda code: (told[code], -code))
    told[greatest] = round(told[greatest] + 1 - math.fsum(told), _DIGITS)
    return make_action(
        candidate,
        Kind.CORRECT,
        after=candidate.given,
        safety=Safety.UNSAFE,
        probabilities=tuple(told),
        remark=f"soft label with {in_words(told[given])} for {label_text(candidate.given)!r}",
    )
