from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest
from cli_data import measurements, messages

from labelaudit.audit.cards_kept import issue_of, kept_card, make_card
from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings
from labelaudit.data.dataset import load_dataset
from labelaudit.errors import InputError, RunError
from labelaudit.evidence.execute import LocalExecutor

QUICK = Settings(model=("logreg",), jobs=1)


@pytest.fixture(scope="module")
def texts():
    data = load_dataset(messages())
    return data, audit_dataset(data, QUICK, executor=LocalExecutor(1))


def test_the_card_of_an_issue_is_made_again_as_it_was_kept(texts):
    data, audit = texts
    for issue, kept in zip(audit.issues, audit.cards, strict=True):
        made = make_card(audit, data, issue.row, issue.row)
        assert kept_card(audit, issue.row) == kept
        for name in ("row_id", "probabilities", "agree", "disagree", "signs", "text"):
            assert getattr(made, name) == getattr(kept, name), name
        # Each model's own say and the votes of neighbours are not kept.
        assert made.opinions[1:] == kept.opinions[1:]
        assert made.opinions[0].startswith("held out, the models together give")
        assert made.would_change == kept.would_change.partition(" Its neighbours")[0]


def test_a_row_that_is_not_flagged_says_why_not(texts):
    data, audit = texts
    row = int(np.flatnonzero(~audit.flagged)[0])
    assert kept_card(audit, row) is None
    assert issue_of(audit, row) is None
    card = make_card(audit, data, row, row)
    given = data.classes[data.y[row]]
    told = dict(card.probabilities)
    assert told[given] == pytest.approx(audit.self_confidence[row], abs=1e-6)
    # What is kept of the row is the given class alone: of two, that tells both.
    assert set(told) == set(data.classes)
    assert sum(told.values()) == pytest.approx(1, abs=2e-6)
    assert list(told.values()) == sorted(told.values(), reverse=True)
    assert card.would_change.startswith("It would be flagged if its error probability were 0.25")
    assert {one.label for one in card.disagree} == {given}
    assert given not in {one.label for one in card.agree}
    assert card.signs


def test_a_label_on_record_as_right_is_told_as_such(texts):
    data, audit = texts
    row = audit.issues[0].row
    flagged, accepted = audit.flagged.copy(), audit.accepted.copy()
    flagged[row], accepted[row] = False, True
    stands = replace(audit, flagged=flagged, accepted=accepted, issues=audit.issues[1:])
    card = make_card(stands, data, row, row)
    assert card.would_change == (
        "It would be flagged, had nobody put on record that its label is right."
    )


def test_columns_have_the_roles_they_had_in_the_run():
    frame = measurements()
    data = load_dataset(frame)
    audit = audit_dataset(data, QUICK, executor=LocalExecutor(1))
    only = replace(
        audit.schema,
        columns=tuple(one for one in audit.schema.columns if one.name in {"width", "target"}),
    )
    row = audit.issues[0].row
    card = make_card(replace(audit, schema=only), data, row, row)
    assert {sign.name for sign in card.signs} <= {"width"}
    assert all(one.excerpt.startswith("width=") for one in (*card.agree, *card.disagree))
    less = replace(data, table=data.table.drop_columns(["height"]))
    with pytest.raises(RunError, match="no column 'height'"):
        make_card(audit, less, row, row)


def test_classes_are_matched_by_name_where_the_file_has_more_of_them(texts):
    data, audit = texts
    frame = messages()
    frame.loc[239, "label"] = "a new class"
    grown = load_dataset(frame)
    issue = audit.issues[0]
    card = make_card(audit, grown, issue.row, issue.row)
    assert card.probabilities == audit.cards[0].probabilities
    assert {one.label for one in card.agree} == {issue.suggested}
    assert grown.classes != data.classes


def test_a_row_without_a_label_cannot_be_explained():
    frame = messages()
    frame.loc[5, "label"] = None
    data = load_dataset(frame)
    audit = audit_dataset(data, QUICK, executor=LocalExecutor(1))
    with pytest.raises(InputError, match="no label"):
        make_card(audit, data, 5, 5)


def test_a_row_that_no_model_judged_says_so():
    frame = messages()
    frame.loc[[8], "label"] = "rare"
    data = load_dataset(frame)
    audit = audit_dataset(data, QUICK, executor=LocalExecutor(1))
    card = make_card(audit, data, 8, 8)
    assert isnan(card.probabilities[0][1])
    assert any(one.startswith("label-posterior abstains") for one in card.opinions)
    assert card.would_change == ""


def test_of_more_than_two_classes_only_the_given_one_was_kept():
    data = load_dataset(measurements())
    audit = audit_dataset(data, QUICK, executor=LocalExecutor(1))
    row = int(np.flatnonzero(~audit.flagged)[0])
    card = make_card(audit, data, row, row)
    assert [label for label, _ in card.probabilities] == [data.classes[data.y[row]]]


def test_a_class_that_is_gone_from_the_file_is_told_of_no_row(texts):
    _, audit = texts
    frame = messages()
    row = int(np.flatnonzero(~audit.flagged & (audit.given == 0))[0])
    alone = load_dataset(frame.replace({"label": {audit.classes[1]: "another"}}))
    at = int(np.flatnonzero(alone.row_id == audit.row_id[row])[0])
    card = make_card(audit, alone, row, at)
    assert [label for label, _ in card.probabilities] == [audit.classes[0]]
    assert card.probabilities[0][1] == pytest.approx(audit.self_confidence[row], abs=1e-6)
