"""What the models, the nearest rows and each detector say of a row, a sentence each."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labelaudit.audit.rank import HIGH, MEDIUM
from labelaudit.audit.tables import label_text
from labelaudit.config import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelaudit.types import Label

NAMED_COPIES = 3
"""Copies of a row that are named."""

_ABSTAINS = {
    "label-posterior": "no model judged the row",
    "confident-learning": "no model judged the row",
    "loss-percentile": "no model judged the row",
    "duplicates": "no other labelled row has the same features",
}
_LEAST_CONFIDENCE = 1e-7
_STEPS = (Settings.threshold, MEDIUM, HIGH)
_SINGLE = 1e-7
"""What single precision may take from a number that is one of these steps."""


@dataclass(frozen=True)
class Opinion:
    """One detector's opinion of one row.

    Attributes
    ----------
    code : str
    suspicion : float
        NaN abstains.
    flagged : bool or None
        None where that was not kept.
    error_probability : float or None
        None where the detector gives none.
    reason : str
        Its own words, where it has any.
    facts : mapping
        The details of its Scores, as far as they are known.
    """

    code: str
    suspicion: float
    flagged: bool | None
    error_probability: float | None = None
    reason: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Witness:
    """All that is known of one row.

    Attributes
    ----------
    given : Label
    votes : tuple of (str, Label, float)
        Model, the class it holds the row for, and how probable that is.
    nearest : tuple of Label
        Labels of the most similar rows, nearest first.
    looked_at : int
        Of how many rows those are the nearest; 0 for all.
    copies : tuple of (str, Label)
        Row id and label of the other rows of the same content, by row id.
    opinions : tuple of Opinion
    probabilities : tuple of (Label, float)
        Of the models together; NaN where not judged.
    given_probs : bool
        Whether the user gave the probabilities.
    outlier : str
        Why no class fits, see `labelaudit.audit.verdicts.outlier_reasons`; empty where one
        does, or where that is not known.
    threshold : float or None
        The error probability that label-posterior flags from.
    """

    given: Label
    votes: tuple[tuple[str, Label, float], ...] = ()
    nearest: tuple[Label, ...] = ()
    looked_at: int = 0
    copies: tuple[tuple[str, Label], ...] = ()
    opinions: tuple[Opinion, ...] = ()
    probabilities: tuple[tuple[Label, float], ...] = ()
    given_probs: bool = False
    outlier: str = ""
    threshold: float | None = None


def quoted(label: Label) -> str:
    """Write a class within a sentence."""
    return repr(label_text(label))


def share(value: float) -> str:
    """Write a probability for people.

    Parameters
    ----------
    value : float
        In [0, 1].

    Returns
    -------
    str
        Such as ``0.93``; never 0 when it is not, nor 1, and not rounded up to where rows are
        flagged or a severity begins: 0.498 is ``0.49``, since 0.50 would be medium.
    """
    text = f"{value:.2f}"
    if text == "0.00" and value > 0:
        return "<0.01"
    if text == "1.00" and value <= 1:
        return ">0.99"
    if any(text == f"{step:.2f}" and value < step - _SINGLE for step in _STEPS):
        return f"{value - 0.005:.2f}"
    return text


def say_all(witness: Witness) -> tuple[str, ...]:
    """Say what each witness holds of a row, abstentions included.

    Parameters
    ----------
    witness : Witness

    Returns
    -------
    tuple of str
        The models first, then why it is an outlier, if so, the nearest rows, and the detectors
        in their order.
        Labels and ids are quoted as Python does; other text of the data is as it was.
    """
    asked = {one.code for one in witness.opinions}
    said = [say_models(witness), f"outlier: {witness.outlier}" if witness.outlier else ""]
    if "neighbor-agreement" not in asked:
        said.append(say_nearest(witness))
    said += [_say(one, witness) for one in witness.opinions]
    return tuple(sentence for sentence in said if sentence)


def say_models(witness: Witness) -> str:
    """Say what classes the models hold a row for.

    Parameters
    ----------
    witness : Witness

    Returns
    -------
    str
        Empty where no model took part.
    """
    if not witness.votes:
        return _say_together(witness)
    by_class: dict[str, list[tuple[str, float]]] = {}
    for model, label, probability in witness.votes:
        by_class.setdefault(quoted(label), []).append((model, probability))
    own = quoted(witness.given)
    # Against the given class first, where as many say one as the other.
    camps = sorted(by_class.items(), key=lambda one: (-len(one[1]), one[0] == own, one[0]))
    if witness.given_probs:
        return f"the probabilities given speak for {camps[0][0]} ({share(camps[0][1][0][1])})"
    total = len(witness.votes)
    if total == 1:
        (model, probability) = camps[0][1][0]
        return f"the model holds out for {camps[0][0]} ({model} {share(probability)})"
    first = camps[0][1]
    verb = "holds" if len(first) == 1 else "hold"
    parts = [f"{len(first)} of {total} models {verb} out for {camps[0][0]} ({_each(first)})"]
    parts += [f"{len(camp)} for {label} ({_each(camp)})" for label, camp in camps[1:]]
    return ", ".join(parts)


def _each(camp: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{model} {share(probability)}" for model, probability in camp)


def _say_together(witness: Witness) -> str:
    known = [(label, one) for label, one in witness.probabilities if math.isfinite(one)]
    if not known:
        return ""
    told = ", ".join(f"{share(one)} to {quoted(label)}" for label, one in known[:3])
    return f"held out, the models together give {told}"


def say_nearest(witness: Witness) -> str:
    """Count the nearest rows by their label.

    Parameters
    ----------
    witness : Witness

    Returns
    -------
    str
        Empty where there are none.
    """
    if not witness.nearest:
        return ""
    counted = Counter(map(quoted, witness.nearest))
    own = quoted(witness.given)
    label, most = min(counted.items(), key=lambda one: (-one[1], one[0] == own, one[0]))
    total = len(witness.nearest)
    rows = "its nearest row" if total == 1 else f"{most} of {total} nearest rows"
    told = f"{rows} {'is' if most == 1 else 'are'} {label}"
    if label != own:
        same = counted[own]
        told += f", {same or 'none'} {'is' if same <= 1 else 'are'} {own}"
    return told + (f" (of {witness.looked_at:,} rows looked at)" if witness.looked_at else "")


def say_copies(witness: Witness) -> str:
    """Name the rows of the same content, those with another label first.

    Parameters
    ----------
    witness : Witness

    Returns
    -------
    str
        Empty where there are none.
    """
    own = quoted(witness.given)
    others = [(row_id, quoted(label)) for row_id, label in witness.copies]
    against = [one for one in others if one[1] != own]
    if not others:
        return ""
    if not against:
        rows = f"row {others[0][0]}" if len(others) == 1 else f"{len(others):,} other rows"
        return f"identical to {rows}, labelled {own} too"
    named = "; ".join(f"row {row_id}, labelled {label}" for row_id, label in against[:NAMED_COPIES])
    more = len(against) - NAMED_COPIES
    told = f"identical to {named}" + (f"; and {more:,} more with other labels" if more > 0 else "")
    alike = len(others) - len(against)
    return told + (f"; {alike:,} more carry {own} too" if alike else "")


def _say(one: Opinion, witness: Witness) -> str:
    """Say what a detector thinks, and whether it objects."""
    if one.reason:
        return f"{one.code}: {one.reason}"
    told = {
        "label-posterior": _say_posterior,
        "confident-learning": _say_confident,
        "loss-percentile": _say_loss,
        "neighbor-agreement": _say_neighbors,
        "duplicates": _say_duplicates,
        "rules": _say_rules,
    }.get(one.code, _say_other)(one, witness)
    return f"{one.code} {told}"


def _say_posterior(one: Opinion, witness: Witness) -> str:
    error = one.error_probability
    if error is None or math.isnan(error):
        return f"abstains: {_ABSTAINS[one.code]}"
    if witness.threshold is None:
        return f"holds {quoted(witness.given)} for wrong with probability {share(error)}"
    side = "from" if error >= witness.threshold else "only from"
    return (
        f"holds {quoted(witness.given)} for wrong with probability {share(error)}; "
        f"it flags {side} {witness.threshold:g} on"
    )


def _say_confident(one: Opinion, witness: Witness) -> str:
    if math.isnan(one.suspicion):
        return f"abstains: {_ABSTAINS[one.code]}"
    margin = 2 * one.suspicion - 1
    than = "more" if margin < 0 else "less"
    fact = f"{quoted(witness.given)} is {abs(margin):.2f} {than} probable than the best other class"
    return f"{_flags(one)}{fact}"


def _say_loss(one: Opinion, witness: Witness) -> str:
    if math.isnan(one.suspicion):
        return f"abstains: {_ABSTAINS[one.code]}"
    confidence = max(1 - one.suspicion, _LEAST_CONFIDENCE)
    fact = f"the loss of {quoted(witness.given)} is {abs(math.log(confidence)):.2f} nats"
    percentile = one.facts.get("percentile")
    if one.flagged and isinstance(percentile, float | int):
        within = "its class" if one.facts.get("scope") == "class" else "all rows"
        fact += f", among the highest {100 - percentile:g} % of {within}"
    return f"{_flags(one)}{fact}"


def _say_neighbors(one: Opinion, witness: Witness) -> str:
    nearest = say_nearest(witness)
    if math.isnan(one.suspicion):
        if not nearest:
            return "abstains: no similar row was looked for or found"
        return f"abstained; looked up for this row alone, {nearest}"
    return f"{_flags(one)}{nearest}" if nearest else f"gives suspicion {one.suspicion:.2f}"


def _say_duplicates(one: Opinion, witness: Witness) -> str:
    copies = say_copies(witness)
    if math.isnan(one.suspicion):
        if copies:
            return (
                "abstains, since copies with other labels are too common here to mean anything: "
                + copies
            )
        return f"abstains: {_ABSTAINS[one.code]}"
    return f"{_flags(one)}{copies}" if copies else f"gives suspicion {one.suspicion:.2f}"


def _say_rules(one: Opinion, witness: Witness) -> str:  # noqa: ARG001
    if math.isnan(one.suspicion):
        return "abstains: there is no rule about labels"
    return "flags it: its label breaks a rule" if one.suspicion > 0 else "finds no rule broken"


def _say_other(one: Opinion, witness: Witness) -> str:  # noqa: ARG001
    if math.isnan(one.suspicion):
        return "abstains"
    return f"{_flags(one)}suspicion {one.suspicion:.2f}"


def _flags(one: Opinion) -> str:
    if one.flagged is None:
        return "says: "
    return "objects: " if one.flagged else "does not object: "
