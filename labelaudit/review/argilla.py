"""The queue as records of Argilla, and their responses read back.

Meant are the records of Argilla 2.x: what `Record.to_dict` gives and `Record.from_dict`
takes. An array of them (``.argilla.json``) is what `dataset.records.to_json` writes and
`from_json` reads; ``.argilla.jsonl`` has one a line. Responses are read in the nested form
and in the flat one of `to_list(flatten=True)`; only the flat one tells a response that was
discarded or left as a draft from one that was submitted. Argilla itself is not needed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labelaudit.errors import InputError
from labelaudit.review.answers import SHOWN_LABELS, Answer
from labelaudit.review.exchange import AGENT, DECISION, DROP, EVIDENCE, LABEL, NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labelaudit.review.exchange import Sheet

_SHOWN = ("given_label", "reason")
_IN_METADATA = tuple(name for name in EVIDENCE if name not in ("reason", "excerpt"))
_NO_ANSWER = ("discarded", "draft")


def records_json(sheet: Sheet, *, lines: bool) -> bytes:
    """Write the records.

    Parameters
    ----------
    sheet : Sheet
    lines : bool
        One record a line, instead of one array.

    Returns
    -------
    bytes
        JSON in UTF-8. `fields` are the texts (or an excerpt of the row), the given label
        and the reason; `metadata` holds the run and the rest of the evidence; a suggested
        label is a suggestion of the question ``label``. Questions answered later are
        ``label``, ``decision`` (``drop``) and ``note``.
    """
    keys = sheet.keys()
    records = []
    for row in sheet.rows():
        texts = {key: row[column] or "" for column, key in keys.items()}
        fields = texts or {"excerpt": row["excerpt"] or ""}
        fields |= {name: row[name] or "" for name in _SHOWN}
        suggestions = {}
        if row["suggested_label"] is not None:
            suggestions[LABEL] = {
                "value": row["suggested_label"],
                "score": row["suggested_confidence"],
                "agent": AGENT,
            }
        records.append(
            {
                "id": row["row_id"],
                "fields": fields,
                "metadata": {n: row[n] for n in _IN_METADATA if row[n] is not None},
                "suggestions": suggestions,
                "responses": {},
                "vectors": {},
            }
        )
    if lines:
        text = "".join(
            json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" for one in records
        )
    else:
        text = json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8")


def is_mine(record: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is a record of Argilla."""
    nested = isinstance(record.get("fields"), dict)
    return "id" in record and (nested or any(key.endswith(".responses") for key in record))


def read_answers(
    records: Sequence[Mapping[str, Any]], *, where: str
) -> tuple[list[Answer], set[str]]:
    """Read what users responded.

    Parameters
    ----------
    records : sequence of mapping
    where : str
        The file, for errors.

    Returns
    -------
    answers : list of Answer
        One for each user who responded to a record, and an empty one for a record without
        responses. Discarded ones and drafts say nothing. Suggestions are nobody's answers.
    runs : set of str
        The runs that records name.

    Raises
    ------
    InputError
        When a record does not say which row it is about.
    """
    answers: list[Answer] = []
    runs: set[str] = set()
    for number, record in enumerate(records, start=1):
        metadata = record.get("metadata")
        told = metadata if isinstance(metadata, dict) else record
        row_id = _text(told.get("row_id", record.get("id")))
        if not row_id:
            raise InputError(
                f"record {number} does not say which row it is about",
                where=where,
                hint="log the records that `labelaudit fix --strategy relabel` wrote",
            )
        runs.add(_text(told.get("run")))
        place = f"record {number}"
        shown = {name: _text(told.get(name)) for name in SHOWN_LABELS}
        by_user: dict[str, dict[str, list[str]]] = {}
        for question in (LABEL, DECISION, NOTE):
            for user, texts in _responses(record, question):
                by_user.setdefault(user, {})[question] = texts
        for user, found in by_user.items():
            at = f"{place}, user {user}" if user else place
            answers.append(replace(_answer(row_id, user, found, at), **shown))
        if not by_user:
            answers.append(Answer(row_id, "", "", "", "", place, **shown))
    return answers, runs


def _answer(row_id: str, user: str, found: Mapping[str, list[str]], place: str) -> Answer:
    decision = (found.get(DECISION) or [""])[0]
    # A label that was suggested stays chosen when the row is to go.
    labels = [] if decision == DROP else list(dict.fromkeys(found.get(LABEL, [])))
    return Answer(
        row_id=row_id,
        decision=decision,
        new_label=labels[0] if labels else "",
        reviewer=user,
        note=" ".join(found.get(NOTE, [])),
        place=place,
        fault=f"several labels are chosen: {', '.join(map(repr, labels))}" if labels[1:] else "",
    )


def _responses(record: Mapping[str, Any], question: str) -> Iterator[tuple[str, list[str]]]:
    """Give who responded to a question, and what."""
    nested = record.get("responses")
    of_question = nested.get(question) if isinstance(nested, dict) else None
    for one in of_question if isinstance(of_question, list) else ():
        if isinstance(one, dict) and _text(one.get("status")) not in _NO_ANSWER:
            yield _text(one.get("user_id")), _texts(one.get("value"))
    flat = f"{question}.responses"
    users, states = _list(record, f"{flat}.users"), _list(record, f"{flat}.status")
    for place, value in enumerate(_list(record, flat)):
        state = states[place] if place < len(states) else ""
        if _text(state) not in _NO_ANSWER:
            user = users[place] if place < len(users) else place + 1
            yield _text(user), _texts(value)


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    return value if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    each = value if isinstance(value, list) else [value]
    return [text for text in map(_text, each) if text]


def _text(value: object) -> str:
    return "" if value is None else str(value)
