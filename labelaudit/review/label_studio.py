"""The queue in Label Studio's JSON, and its export read back.

Written is the "basic Label Studio JSON format" for import: an array of tasks with `data`
and `predictions`; read is the export called JSON, the same tasks with `annotations`, as
Label Studio 1.x has them (documented under "Label Studio Task Format"). The labelling
configuration, an XML of `View`, `Text`, `Choices` and `TextArea` tags, says what is asked.
Label Studio itself is not needed for either.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.errors import InputError
from labelaudit.review.answers import SHOWN_LABELS, Answer
from labelaudit.review.exchange import AGENT, DECISION, DROP, EVIDENCE, LABEL, NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labelaudit.review.exchange import Sheet
    from labelaudit.types import Label

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIKE_A_VARIABLE = "$"


def tasks_json(sheet: Sheet) -> bytes:
    """Write the tasks to import.

    Parameters
    ----------
    sheet : Sheet

    Returns
    -------
    bytes
        JSON in UTF-8. `data` holds the evidence, the run and the texts; a suggestion is a
        prediction with `model_version` and, where it is known, the out-of-fold probability
        of the suggested class as `score`.
    """
    keys, names = sheet.keys(), choice_names(sheet.classes)
    about = _object_name(keys)
    by_text = {label_text(label): name for label, name in zip(sheet.classes, names, strict=True)}
    tasks = []
    for row in sheet.rows():
        data = {name: "" if row[name] is None else row[name] for name in EVIDENCE}
        data |= {key: row[column] or "" for column, key in keys.items()}
        task: dict[str, Any] = {"data": data}
        suggested = row["suggested_label"]
        if suggested is not None:
            chosen = {
                "id": "suggested",
                "from_name": LABEL,
                "to_name": about,
                "type": "choices",
                "value": {"choices": [by_text[suggested]]},
            }
            prediction: dict[str, Any] = {"model_version": AGENT, "result": [chosen]}
            if row["suggested_confidence"] is not None:
                prediction["score"] = row["suggested_confidence"]
            task["predictions"] = [prediction]
        tasks.append(task)
    text = json.dumps(tasks, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def labeling_config(sheet: Sheet) -> bytes:
    """Write the labelling configuration that the tasks are answered with.

    Parameters
    ----------
    sheet : Sheet

    Returns
    -------
    bytes
        XML in UTF-8.
    """
    keys = sheet.keys()
    about = _object_name(keys)
    shown = [(key, sheet.texts[column]) for column, key in keys.items()] or [(about, "The row")]
    shown += [("given_label", "Given label"), ("reason", "Why it is asked")]
    lines = ["<View>"]
    for key, title in shown:
        lines.append(f"  <Header value={_attribute(title)} size={_attribute('5')}/>")
        lines.append(
            f"  <Text name={_attribute(key)} value={_attribute('$' + key, verbatim=True)}/>"
        )
    to = f"toName={_attribute(about)}"
    lines.append(f"  <Header value={_attribute('Which label is right?')} size={_attribute('5')}/>")
    lines.append(f'  <Choices name="{LABEL}" {to} choice="single">')
    for label, name in zip(sheet.classes, choice_names(sheet.classes), strict=True):
        text = label_text(label)
        alias = "" if name == text else f" alias={_attribute(name)}"
        lines.append(f"    <Choice value={_attribute(text)}{alias}/>")
    lines.append("  </Choices>")
    lines.append(f'  <Choices name="{DECISION}" {to} choice="multiple">')
    lines.append(f'    <Choice value="{DROP}" hint="the row should not be in the data at all"/>')
    lines.append("  </Choices>")
    lines.append(f'  <TextArea name="{NOTE}" {to} placeholder="note" maxSubmissions="1"/>')
    lines.append("</View>")
    return ("\n".join(lines) + "\n").encode("utf-8")


def choice_names(classes: Sequence[Label]) -> tuple[str, ...]:
    """Give the name that stands for each class in the answers.

    Parameters
    ----------
    classes : sequence of Label

    Returns
    -------
    tuple of str
        Its text. Where an attribute of XML cannot hold that, or Label Studio would take it
        for a variable: ``"class-3"``, which the configuration gives as the `alias`.
    """
    texts = [label_text(label) for label in classes]
    taken = set(texts)
    names = []
    for code, text in enumerate(texts):
        name = text
        if not _plain(text):
            name = f"class-{code}"
            while name in taken:
                name += "_"
        names.append(name)
    return tuple(names)


def is_mine(task: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is a task of Label Studio."""
    return isinstance(task.get("data"), dict)


def read_answers(
    tasks: Sequence[Mapping[str, Any]], *, where: str
) -> tuple[list[Answer], set[str]]:
    """Read what annotators answered.

    Parameters
    ----------
    tasks : sequence of mapping
        As exported.
    where : str
        The file, for errors.

    Returns
    -------
    answers : list of Answer
        One for each annotation, and an empty one for a task without any. One that was
        skipped or cancelled says nothing; `completed_by` is the reviewer. Labels are
        named as by `choice_names`. Predictions and drafts are nobody's answers.
    runs : set of str
        The runs that tasks name.

    Raises
    ------
    InputError
        When the tasks are not those of a queue, or were answered by another configuration.
    """
    answers: list[Answer] = []
    runs: set[str] = set()
    strange = understood = 0
    for number, task in enumerate(tasks, start=1):
        data = task.get("data")
        if not isinstance(data, dict) or "row_id" not in data:
            raise InputError(
                f"task {number} does not say which row it is about",
                where=where,
                hint="import the file that `labelaudit fix --strategy relabel` wrote, and "
                "export JSON, not JSON-MIN",
            )
        row_id, runs = _text(data["row_id"]), runs | {_text(data.get("run"))}
        shown = {name: _text(data.get(name)) for name in SHOWN_LABELS}
        place = f"task {_text(task.get('id')) or number}"
        annotations = [one for one in _list(task.get("annotations")) if isinstance(one, dict)]
        for one in annotations:
            found = dict(_answered(one))
            understood += bool(found)
            strange += bool(_list(one.get("result"))) and not found
            answers.append(replace(_answer(row_id, one, found, place), **shown))
        if not annotations:
            answers.append(Answer(row_id, "", "", "", "", place, **shown))
    if strange and not understood:
        raise InputError(
            f"no annotation answers {LABEL!r} or {DECISION!r}",
            where=where,
            hint="label with the configuration that was written beside the tasks",
        )
    return answers, runs


def _answer(
    row_id: str, annotation: Mapping[str, Any], found: Mapping[str, list[str]], place: str
) -> Answer:
    reviewer = _who(annotation.get("completed_by"))
    place = f"{place}, annotation {_text(annotation.get('id'))}".removesuffix(", annotation ")
    if annotation.get("was_cancelled"):
        return Answer(row_id, "", "", reviewer, "", place)
    decision = (found.get(DECISION) or [""])[0]
    # A label that was suggested stays chosen when the row is to go.
    labels = [] if decision == DROP else list(dict.fromkeys(found.get(LABEL, [])))
    fault = f"several labels are chosen: {', '.join(map(repr, labels))}" if labels[1:] else ""
    return Answer(
        row_id=row_id,
        decision=decision,
        new_label=labels[0] if labels else "",
        reviewer=reviewer,
        note=" ".join(found.get(NOTE, [])),
        place=place,
        fault=fault,
    )


def _answered(annotation: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Give what was answered to each of our questions."""
    for one in _list(annotation.get("result")):
        if not isinstance(one, dict) or one.get("from_name") not in (LABEL, DECISION, NOTE):
            continue
        value = one.get("value")
        if not isinstance(value, dict):
            continue
        given = value.get(str(one.get("type")), value.get("text"))
        texts = [_text(each) for each in _list(given)]
        if texts:
            yield str(one["from_name"]), texts


def _who(completed_by: object) -> str:
    if isinstance(completed_by, dict):
        named = (completed_by.get(key) for key in ("email", "username", "id"))
        return next((_text(one) for one in named if one not in (None, "")), "")
    return _text(completed_by)


def _object_name(keys: Mapping[str, str]) -> str:
    return next(iter(keys.values()), "excerpt")


def _plain(text: str) -> bool:
    return (
        bool(text)
        and text == " ".join(text.split())
        and _LIKE_A_VARIABLE not in text
        and not _NOT_XML.search(text)
    )


def _attribute(text: str, *, verbatim: bool = False) -> str:
    """Quote what is shown to people; it is no variable, and holds what XML can."""
    shown = text if verbatim else text.replace(_LIKE_A_VARIABLE, "\uff04")
    return '"' + html.escape(" ".join(_NOT_XML.sub("\ufffd", shown).split())) + '"'


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _text(value: object) -> str:
    return "" if value is None else str(value)
