from __future__ import annotations

import json
from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest
from cli_data import measurements, messages
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from labelaudit.audit.cards import CLASSES, NEIGHBOR_EXCERPT, best_other, probabilities_of
from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.plain import cards_from, to_plain
from labelaudit.audit.signs import TEXT
from labelaudit.audit.votes import votes_of
from labelaudit.config import Settings
from labelaudit.data.dataset import dataset_from_arrays, load_dataset
from labelaudit.data.schema import SchemaChoices
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.testing import example
from labelaudit.types import Evidence

QUICK = Settings(model=("logreg",), jobs=1)


def audited(frame, chosen=QUICK):
    data = load_dataset(frame)
    return data, audit_dataset(data, chosen, executor=LocalExecutor(1))


@pytest.fixture(scope="module")
def texts():
    return audited(messages())


@pytest.fixture(scope="module")
def table():
    return audited(measurements())


def check(data, audit):
    """Hold every card to what must be true of any."""
    assert [card.row_id for card in audit.cards] == [one.row_id for one in audit.issues]
    for card, issue in zip(audit.cards, audit.issues, strict=True):
        labels = [label for label, _ in card.probabilities]
        shares = [share for _, share in card.probabilities]
        assert labels.count(issue.given) == 1
        assert len(set(labels)) == len(labels)
        assert shares == [shares[0]] or shares == sorted(shares, reverse=True)
        assert all(isnan(share) or 0 <= share <= 1 for share in shares)
        if issue.suggested is not None and not isnan(shares[0]):
            assert issue.suggested in labels
        for side, wanted in ((card.agree, issue.suggested), (card.disagree, issue.given)):
            assert len(side) <= 3
            alike = [one.similarity for one in side]
            assert alike == sorted(alike, reverse=True)
            for one in side:
                assert one.row != issue.row
                assert data.row_id[one.row] == one.row_id
                assert data.classes[data.y[one.row]] == one.label
                assert one.label == wanted if wanted is not None else one.label != issue.given
                assert 0 <= one.similarity <= 1
                assert len(one.excerpt) <= NEIGHBOR_EXCERPT
        for sign in card.signs:
            assert sign.label in {issue.given, issue.suggested} or issue.suggested is None
            assert 0 < sign.weight <= 1
            assert sign.value or sign.name in card.text
        assert bool(card.signs) == bool(card.signs_basis)
        assert len(card.text) <= TEXT
        assert all(card.opinions)


def test_cards_of_texts(texts):
    data, audit = texts
    assert audit.cards
    check(data, audit)
    card = audit.cards[0]
    issue = audit.issues[0]
    assert card.text == data.table.column("text")[issue.row].as_py()
    assert card.opinions[0].startswith(f"the model holds out for {issue.suggested!r}")
    assert any("nearest rows are" in one for one in card.opinions)
    assert {sign.label for sign in card.signs} >= {issue.suggested}
    assert len(card.agree) == len(card.disagree) == 3
    assert "It would be ambiguous instead of mislabelled" in card.would_change


def test_cards_of_tables(table):
    data, audit = table
    assert audit.cards
    check(data, audit)
    assert {sign.name for card in audit.cards for sign in card.signs} >= {"width", "height"}
    assert all(card.text == "" for card in audit.cards)


def test_cards_survive_being_kept(texts):
    _, audit = texts
    plain = json.loads(json.dumps(to_plain(audit.cards, exact=True), allow_nan=False))
    assert cards_from(plain) == audit.cards


def test_the_same_call_gives_the_same_cards_and_the_order_of_rows_has_no_say(texts):
    _, audit = texts
    frame = messages()
    _, again = audited(frame)
    assert again.cards == audit.cards
    _, moved = audited(frame.sample(frac=1, random_state=1))

    def told(card):
        return (
            card.row_id,
            [(one.row_id, one.label) for one in (*card.agree, *card.disagree)],
            card.signs,
            card.text,
        )

    ours = {card.row_id: told(card) for card in audit.cards}
    theirs = {card.row_id: told(card) for card in moved.cards}
    # Folds are dealt by content, so that the same rows are flagged; all but a few close calls.
    both = ours.keys() & theirs.keys()
    assert len(both) >= 6
    assert all(ours[row_id] == theirs[row_id] for row_id in both)


def test_only_the_first_issues_have_a_card(texts):
    data, audit = texts
    two = audit_dataset(data, QUICK, executor=LocalExecutor(1), cards=2)
    assert two.cards == audit.cards[:2]
    assert two.issues == audit.issues
    assert audit_dataset(data, QUICK, executor=LocalExecutor(1), cards=0).cards == ()


def test_models_are_named_with_their_votes():
    chosen = Settings(model=("logreg", "complement-nb"), jobs=1)
    _, audit = audited(messages(), chosen)
    assert audit.cards[0].opinions[0].startswith("2 of 2 models hold out for ")
    assert "complement-nb" in audit.cards[0].opinions[0]


def test_evidence_of_ones_own_has_cards_too():
    data, evidence = example(120, seed=1)
    audit = audit_dataset(data, evidence=evidence)
    check(data, audit)
    assert any(card.agree for card in audit.cards)
    without = audit_dataset(data, evidence=replace(evidence, neighbors=None, distances=None))
    check(data, without)
    assert any("nearest rows" in one for card in without.cards for one in card.opinions)


def test_copies_are_named():
    frame = messages()
    frame.loc[239, ["text", "label"]] = [frame.text[0], frame.label[0]]
    frame.loc[239, "label"] = "ham" if frame.label[0] == "spam" else "spam"
    data, audit = audited(frame)
    check(data, audit)
    card = next(one for one in audit.cards if one.row_id == "m239")
    assert any("identical to row m000" in one for one in card.opinions)
    assert card.agree[0].row_id == "m000"
    assert card.agree[0].similarity == 1
    assert "row m000 were labelled" in card.would_change


def test_data_without_features_has_cards_without_neighbours():
    random = np.random.default_rng(0)
    probs = random.dirichlet([1, 1, 1], 90).astype(np.float32)
    data = dataset_from_arrays(random.choice(["a", "b", "c"], 90))
    audit = audit_dataset(data, evidence=Evidence(pred_probs=probs))
    check(data, audit)
    assert audit.cards
    assert not any(card.agree or card.signs or card.text for card in audit.cards)


@settings(max_examples=15)
@given(st.integers(0, 2**16), st.integers(2, 7), st.data())
def test_what_holds_of_any_card(seed, k, drawn):
    random = np.random.default_rng(seed)
    n = 40
    words = drawn.draw(st.lists(st.text(min_size=1, max_size=8), min_size=3, max_size=12))
    rows = [" ".join(random.choice(words, 4)) + f" x{at}" for at in range(n)]
    names = [f"class {code}" for code in range(k)]
    labels = [*names, *random.choice(names, n - k)]
    data = dataset_from_arrays(labels, np.array(rows, dtype=object))
    probs = random.dirichlet(np.full(k, 0.3), n).astype(np.float32)
    probs[random.random(n) < 0.1] = np.nan
    audit = audit_dataset(data, Settings(threshold=0.01), evidence=Evidence(pred_probs=probs))
    check(data, audit)


def test_the_given_and_the_suggested_class_are_always_told():
    classes = tuple(range(9))
    probs = [0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.03, 0.02]
    told = probabilities_of(classes, probs, 8, 7)
    assert [label for label, _ in told] == [*range(CLASSES), 7, 8]
    nan = float("nan")
    assert probabilities_of(classes, [nan] * 9, 4, 2)[0][0] == 4
    assert isnan(probabilities_of(classes, [nan] * 9, 4, 2)[0][1])
    assert probabilities_of(classes, [*[nan] * 8, 0.5], 8, -1) == ((8, 0.5),)


def test_a_probability_next_to_nothing_is_not_nothing():
    told = dict(probabilities_of(("a", "b"), [2.4e-7, 1 - 2.4e-7], 0, 1))
    assert told["a"] == 2.4e-7


def test_the_best_other_class():
    nan = float("nan")
    assert best_other([0.5, 0.3, 0.2], 0) == 1
    assert best_other([0.5, 0.25, 0.25], 0) == 1
    assert best_other([nan, nan], 1) == 0
    assert best_other([nan, nan, nan], 1) == -1


def test_votes_are_each_models_choice():
    probs = np.array([[0.2, 0.8], [np.nan, np.nan], [0.5, 0.5]], dtype=np.float32)
    votes = votes_of({"m": probs})["m"]
    assert votes.code.tolist() == [1, -1, 0]
    assert np.allclose(votes.probability, [0.8, np.nan, 0.5], equal_nan=True)


def test_cards_of_embeddings_have_neighbours_and_no_signs():
    random = np.random.default_rng(0)
    true = np.arange(120) % 3
    vectors = (np.eye(3)[true] * 3 + random.normal(size=(120, 3))).astype(np.float32)
    given_labels = np.where(np.arange(120) < 6, (true + 1) % 3, true)
    frame = {"vector": list(vectors), "label": [f"c{code}" for code in given_labels]}
    data = load_dataset(pd.DataFrame(frame), SchemaChoices(label="label", embedding=("vector",)))
    audit = audit_dataset(data, QUICK, executor=LocalExecutor(1))
    assert audit.cards
    check(data, audit)
    for card, issue in zip(audit.cards, audit.issues, strict=True):
        assert card.signs == ()
        near = card.agree[0]
        expected = cosine_similarity(vectors[[issue.row]], vectors[[near.row]])[0, 0]
        assert near.similarity == pytest.approx(expected, abs=1e-5)
