"""What the answers of a filled queue mean, and the plan that they make."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from labelaudit.audit.baseline import RIGHT, accept
from labelaudit.audit.tables import label_text
from labelaudit.data.lookup import Lookup
from labelaudit.errors import InputError, did_you_mean
from labelaudit.remedy.rows import (
    LABEL_CHANGED,
    TRAIN_VALUES,
    RowMatcher,
    label_of,
    same_label,
    split_values,
    training_rows,
)
from labelaudit.review.answers import Form, display_names
from labelaudit.review.label_studio import choice_names
from labelaudit.types import Action, Kind, Plan, Safety

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from labelaudit.audit.baseline import Accepted
    from labelaudit.review.answers import Answer, Filled
    from labelaudit.types import Audit, BoolArray, Dataset, Label

NOT_DECIDED, DISPUTED = "not decided", "reviewers disagree"
"""Why a row of a queue is left alone."""

_SHOWN = 10


class Choice(StrEnum):
    """What a person decided about a row."""

    KEEP = "keep"
    RELABEL = "relabel"
    DROP = "drop"
    SKIP = "skip"


SYNONYMS: Mapping[str, Choice] = {
    **{choice.value: choice for choice in Choice},
    "ok": Choice.KEEP,
    "correct": Choice.KEEP,
    "delete": Choice.DROP,
    "remove": Choice.DROP,
    "": Choice.SKIP,
}
"""The words understood in the column ``decision``; case does not count."""


@dataclass(frozen=True)
class Decision:
    """What was decided about one row.

    Attributes
    ----------
    row_id : str
        As in the run.
    choice : Choice
    label : Label or None
        The label it gets, for `Choice.RELABEL` only.
    reviewer, note : str
        Empty when not given.
    place : str
        Where it was decided first, as ``"row 5"`` or ``"alice.csv row 5"``.
    disputed : bool
        Whether reviewers decided differently; then the choice is `Choice.SKIP`.
    """

    row_id: str
    choice: Choice
    label: Label | None
    reviewer: str
    note: str
    place: str
    disputed: bool = False


def read_decisions(
    filled: Sequence[Filled],
    audit: Audit,
    *,
    allow_new_labels: bool = False,
    skip_conflicts: bool = False,
) -> tuple[Decision, ...]:
    """Make decisions of what reviewers answered.

    Parameters
    ----------
    filled : sequence of Filled
        Queues as they came back, one or several; each may hold several reviewers.
    audit : Audit
        The run that they were made from.
    allow_new_labels : bool
        Whether a label may be one that the data did not have.
    skip_conflicts : bool
        Whether a row that reviewers decided differently is left alone, and no fault.

    Returns
    -------
    tuple of Decision
        One for each row of the data that is named, in the order of the queues; a row that
        is not of the run is passed over while nothing is decided about it. A new label
        without a decision means relabel; relabel without a new label takes the suggested
        one; relabel to the given label means keep. Reviewers who agree are named together.

    Raises
    ------
    InputError
        Naming the first of all the answers that cannot be used: an unknown word, label or
        row, a contradiction, a row whose given or suggested label is not that of the run,
        or two different decisions for one row.
    """
    reader = _Reader(audit, allow_new_labels=allow_new_labels, skip_conflicts=skip_conflicts)
    decided: dict[str, Decision] = {}
    for one, name in zip(filled, display_names(filled), strict=True):
        for answer in one.answers:
            place = f"{name} {answer.place}".strip()
            decision = reader.read(replace(answer, place=place), one.form)
            if decision is None:
                continue
            earlier = decided.get(decision.row_id)
            decided[decision.row_id] = (
                decision if earlier is None else reader.merge(earlier, decision)
            )
    if reader.faults:
        raise unusable(filled, reader.faults)
    return tuple(decided.values())


@dataclass(frozen=True)
class Settled:
    """What becomes of decisions.

    Attributes
    ----------
    plan : Plan
        With the strategy ``"apply"``, in the order of the run's ranking: what changes, and
        the labels that are kept.
    left : mapping of str to str
        The reason for each row, by id, that is left alone.
    """

    plan: Plan
    left: Mapping[str, str]


def settle(
    decisions: Sequence[Decision],
    audit: Audit,
    data: Dataset,
    *,
    run_id: str,
    train_values: Iterable[str] = TRAIN_VALUES,
) -> Settled:
    """Turn decisions into a plan of corrections, drops and labels that were confirmed.

    Parameters
    ----------
    decisions : sequence of Decision
    audit : Audit
        The run that they were read for.
    data : Dataset
        The file as it is now.
    run_id : str
    train_values : iterable of str
        What the split column calls the rows that may change.

    Returns
    -------
    Settled
        Rows not decided, disputed, gone, or changed since the run are left alone; so are
        those of a held-out split, unless their label is kept.

    Raises
    ------
    RefusedError
        When a row is to change, and none is in a training split.
    RunError
        When the run is not one of this data.
    """
    changing = any(one.choice in (Choice.RELABEL, Choice.DROP) for one in decisions)
    training = training_rows(data, train_values) if changing else None
    split = split_values(data)
    matcher = RowMatcher(audit, data)
    position = {str(row_id): row for row, row_id in enumerate(audit.row_id)}
    rank = {row: place for place, row in enumerate(audit.order.tolist())}
    actions: list[Action] = []
    left: dict[str, str] = {}
    for decision in sorted(decisions, key=lambda decision: rank[position[decision.row_id]]):
        row: int | str = DISPUTED if decision.disputed else NOT_DECIDED
        if decision.choice is not Choice.SKIP:
            row = matcher.find(position[decision.row_id])
        if isinstance(row, str):
            left[decision.row_id] = row
            continue
        given = label_of(data.classes, data.y, row)
        if given is None:
            left[decision.row_id] = LABEL_CHANGED
        elif _held_out(decision, row, training) and split is not None:
            left[decision.row_id] = f"held-out split {split[row]!r}"
        else:
            actions.append(_action(decision, row, given))
    skipped = dict(sorted(Counter(left.values()).items()))
    return Settled(Plan("apply", run_id, tuple(actions), skipped), left)


def confirmed_labels(
    plan: Plan,
    decisions: Iterable[Decision],
    data: Dataset,
    *,
    who: str,
    when: date,
    expires: str = "",
) -> tuple[Accepted, ...]:
    """Give the labels that were confirmed as entries of a baseline.

    Parameters
    ----------
    plan : Plan
        Of `settle`; a row that it left alone is not confirmed.
    decisions : iterable of Decision
        What it was made of.
    data : Dataset
        The file as it is now.
    who : str
        Stands in where no reviewer is named.
    when : date
    expires : str
        ISO date of the last day they hold; empty for ever.

    Returns
    -------
    tuple of Accepted
        One for each action that keeps a label: the reviewer, and the note as the reason.
    """
    made = {decision.row_id: decision for decision in decisions}
    return tuple(
        accept(
            str(data.row_id[action.row]),
            int(data.fingerprint[action.row]),
            action.before,
            data.schema,
            decision=RIGHT,
            who=made[action.row_id].reviewer or who,
            when=when,
            why=made[action.row_id].note,
            expires=expires,
        )
        for action in plan.actions
        if action.kind is Kind.KEEP
    )


def digest(decisions: Iterable[Decision]) -> str:
    """Give a hash of what was decided, by whomever and in whatever order.

    Parameters
    ----------
    decisions : iterable of Decision

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    told = sorted((one.row_id, _told(one)) for one in decisions if one.choice is not Choice.SKIP)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def unusable(
    filled: Sequence[Filled], faults: Sequence[str], *, hint: str = "mend them in the queue"
) -> InputError:
    """Give the error that lists the answers that cannot be used.

    Parameters
    ----------
    filled : sequence of Filled
        Where they were read.
    faults : sequence of str
        One for each, with its place; the first of them are shown.
    hint : str
        What to do before the queue is applied again.

    Returns
    -------
    InputError
    """
    number = "1 decision" if len(faults) == 1 else f"{len(faults)} decisions"
    shown = list(faults[:_SHOWN])
    if len(faults) > _SHOWN:
        shown.append(f"and {len(faults) - _SHOWN} more")
    tables = any(one.form is Form.TABLE for one in filled)
    return InputError(
        f"{number} cannot be used:\n  " + "\n  ".join(shown),
        where=", ".join(str(one.path) for one in filled)
        + ("; the header is row 1" if tables else ""),
        hint=f"{hint}, and apply it again; nothing was written",
    )


class _FaultError(Exception):
    """What is wrong with one row of the queue; gathered, never seen outside."""


class _Reader:
    """Reads rows of a queue, and gathers what is wrong with them."""

    def __init__(self, audit: Audit, *, allow_new_labels: bool, skip_conflicts: bool) -> None:
        self.faults: list[str] = []
        self._audit = audit
        self._allow_new_labels = allow_new_labels
        self._skip_conflicts = skip_conflicts
        self._rows = Lookup((str(row_id), row) for row, row_id in enumerate(audit.row_id))
        by_text = Lookup((label_text(label), label) for label in audit.classes)
        by_name = Lookup(zip(choice_names(audit.classes), audit.classes, strict=True))
        self._labels = dict.fromkeys(Form, by_text) | {Form.LABEL_STUDIO: by_name}

    def read(self, answer: Answer, form: Form) -> Decision | None:
        """Read one answer; None, and a fault if anything was decided, where it cannot be used."""
        try:
            written = self._written(answer, form)
            if written[0] is Choice.SKIP and len(self._rows.find(answer.row_id)) != 1:
                return None
            row = self._row(answer.row_id)
            self._check_shown(row, answer)
            choice, label = self._settle(row, *written)
        except _FaultError as fault:
            self.faults.append(f"{answer.place}: {fault}")
            return None
        return Decision(
            row_id=str(self._audit.row_id[row]),
            choice=choice,
            label=label,
            reviewer=answer.reviewer,
            note=answer.note,
            place=answer.place,
        )

    def merge(self, one: Decision, other: Decision) -> Decision:
        """Make one of two decisions for one row; a fault, or a dispute, where they differ."""
        if one.disputed or other.choice is Choice.SKIP:
            return one
        if one.choice is Choice.SKIP:
            return other
        if (one.choice, one.label) == (other.choice, other.label):
            return replace(
                one,
                reviewer=_joined(one.reviewer, other.reviewer),
                note=_joined(one.note, other.note),
            )
        if not self._skip_conflicts:
            self.faults.append(
                f"{other.place}: {_told(other)}{_by(other)} for {other.row_id!r}, "
                f"but {one.place} has {_told(one)}{_by(one)}"
            )
            return one
        return replace(one, choice=Choice.SKIP, label=None, disputed=True)

    def _row(self, text: str) -> int:
        found = self._rows.find(text)
        if not found:
            raise _FaultError(f"row_id {text!r} is not in the run")
        if len(found) > 1:
            raise _FaultError(f"row_id {text!r} could be one of several rows")
        return found[0]

    def _check_shown(self, row: int, answer: Answer) -> None:
        """Refuse an answer about another label than the run has: people go by what they see."""
        shown = (
            ("given_label", answer.given_label, self._audit.given),
            ("suggested_label", answer.suggested_label, self._audit.suggested),
        )
        for column, text, codes in shown:
            label = label_of(self._audit.classes, codes, row)
            if not text.strip() or label in self._labels[Form.TABLE].find(text):
                continue
            runs = "which has none" if label is None else f"which is {label_text(label)!r}"
            raise _FaultError(
                f"{column} {text!r} is not the run's, {runs}; the right label goes into new_label"
            )

    def _written(self, answer: Answer, form: Form) -> tuple[Choice, Label | None]:
        if answer.fault:
            raise _FaultError(answer.fault)
        word, text = answer.decision.strip(), answer.new_label
        choice = SYNONYMS.get(word.casefold())
        if choice is None:
            raise _FaultError(_unknown_word(word))
        if not word and text.strip():
            choice = Choice.RELABEL
        wanted = bool(text.strip()) and choice is not Choice.SKIP
        return choice, self._label(text, form) if wanted else None

    def _settle(self, row: int, choice: Choice, label: Label | None) -> tuple[Choice, Label | None]:
        if choice is Choice.RELABEL and label is None:
            label = label_of(self._audit.classes, self._audit.suggested, row)
            if label is None:
                raise _FaultError("relabel, but there is no new label and none is suggested")
        given = label_of(self._audit.classes, self._audit.given, row)
        same = label is not None and given is not None and same_label(label, given)
        if choice is not Choice.RELABEL:
            if label is not None and not same:
                raise _FaultError(f"the decision is {choice}, yet there is a new label")
            return choice, None
        return (Choice.KEEP, None) if same else (choice, label)

    def _label(self, text: str, form: Form) -> Label:
        found = self._labels[form].find(text)
        if len(found) == 1:
            return found[0]
        if found:
            could_be = " or ".join(repr(label_text(label)) for label in found)
            raise _FaultError(f"label {text!r} could be {could_be}")
        if self._allow_new_labels:
            return _new_label(text.strip(), self._audit.classes)
        close = did_you_mean(text.strip(), (label_text(label) for label in self._audit.classes))
        raise _FaultError(f"label {text!r} is not a class" + (f"; {close}" if close else ""))


def _held_out(decision: Decision, row: int, training: BoolArray | None) -> bool:
    return decision.choice is not Choice.KEEP and training is not None and not training[row]


def _new_label(text: str, classes: Sequence[Label]) -> Label:
    whole = all(isinstance(label, int) and not isinstance(label, bool) for label in classes)
    try:
        return int(text) if whole else text
    except ValueError:
        return text


def _unknown_word(word: str) -> str:
    hint = did_you_mean(word, [known for known in SYNONYMS if known])
    return f"decision {word!r} is none of {', '.join(Choice)}" + (f"; {hint}" if hint else "")


def _told(decision: Decision) -> str:
    if decision.label is not None:
        return f"relabel to {label_text(decision.label)!r}"
    return str(decision.choice)


def _by(decision: Decision) -> str:
    return f" by {decision.reviewer}" if decision.reviewer else ""


def _joined(one: str, other: str) -> str:
    return ", ".join(dict.fromkeys(part for part in (one, other) if part))


def _action(decision: Decision, row: int, given: Label) -> Action:
    kind, after, safety = {
        Choice.KEEP: (Kind.KEEP, given, Safety.SAFE),
        Choice.RELABEL: (Kind.CORRECT, decision.label, Safety.UNSAFE),
        Choice.DROP: (Kind.DROP, None, Safety.UNSAFE),
    }[decision.choice]
    note = f": {decision.note}" if decision.note else ""
    return Action(
        row_id=decision.row_id,
        row=row,
        kind=kind,
        before=given,
        after=after,
        weight=0.0 if kind is Kind.DROP else 1.0,
        reason=f"{_told(decision)}, decided in review{_by(decision)}{note}",
        safety=safety,
    )
