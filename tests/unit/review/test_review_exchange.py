from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from audit_example import hostile_audit
from hypothesis import given
from hypothesis import strategies as st
from recorder_example import recorder_in
from remedy_example import Flag, example_audit, flags_of, rows_of, write_data

from labelaudit.audit.tables import label_text
from labelaudit.errors import InputError, OutputError
from labelaudit.remedy.plan import plan_fix
from labelaudit.review.answers import Form, run_of
from labelaudit.review.decisions import Choice, read_decisions
from labelaudit.review.label_studio import choice_names
from labelaudit.review.queue import write_queue
from labelaudit.review.read_filled import read_filled
from labelaudit.types import Column, Role, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from labelaudit.review.decisions import Decision
    from labelaudit.types import Audit, Dataset

AUDIT = example_audit((*flags_of((0, 2, 4, 6)), Flag(8, "neg", None, 0.5, "")))
HOSTILE = hostile_audit()


def made_from(tmp_path: Path, audit: Audit) -> Dataset:
    return write_data(tmp_path / "data.csv", rows_of(audit), classes=audit.classes)


def exported(tmp_path: Path, name: str, audit: Audit = AUDIT, data: Dataset | None = None) -> Path:
    """Write the queue for a labelling tool."""
    data = data or made_from(tmp_path, audit)
    plan = plan_fix(audit, data, strategy="relabel", run_id="run-1")
    write_queue(plan, audit, data, tmp_path / name, recorder=recorder_in(tmp_path))
    return tmp_path / name


def decided(path: Path, audit: Audit = AUDIT, **options: bool) -> dict[str, Decision]:
    filled = read_filled(path)
    assert run_of([filled]) == "run-1"
    return {one.row_id: one for one in read_decisions([filled], audit, **options)}


def choices(name: str, *chosen: str, about: str = "text") -> dict[str, Any]:
    """Answer as Label Studio writes it."""
    return {
        "id": "Dx_aB91ISN",
        "from_name": name,
        "to_name": about,
        "type": "choices",
        "origin": "manual",
        "value": {"choices": list(chosen)},
    }


def annotated(*results: Mapping[str, Any], by: object = 7, cancelled: bool = False) -> dict:
    return {
        "id": 1001,
        "result": list(results),
        "was_cancelled": cancelled,
        "ground_truth": False,
        "lead_time": 4.3,
        "completed_by": by,
    }


def answer(path: Path, answers: Mapping[str, list[Mapping[str, Any]]]) -> Path:
    """Fill tasks in as Label Studio exports them."""
    tasks = json.loads(path.read_text(encoding="utf-8"))
    for number, task in enumerate(tasks, start=1):
        annotations = answers.get(task["data"]["row_id"], [])
        task |= {
            "id": number,
            "annotations": annotations,
            "drafts": [],
            "meta": {},
            "total_annotations": len(annotations),
        }
    filled = path.with_name("export.json")
    filled.write_text(json.dumps(tasks), encoding="utf-8")
    return filled


def test_label_studio_tasks(tmp_path: Path) -> None:
    path = exported(tmp_path, "queue.label-studio.json")
    first = json.loads(path.read_text())[0]
    assert first["data"] == {
        "row_id": "r-0",
        "run": "run-1",
        "rank": 1,
        "given_label": "neg",
        "suggested_label": "pos",
        "given_confidence": 0.0625,
        "suggested_confidence": 0.875,
        "error_probability": 0.9375,
        "severity": "medium",
        "verdict": "mislabelled",
        "detectors": "confident-learning",
        "reason": "flagged by confident-learning",
        "excerpt": "text 0",
        "text": "text, 0",
    }
    (suggestion,) = first["predictions"]
    assert suggestion["model_version"].startswith("labelaudit ")
    assert suggestion["score"] == 0.875
    (result,) = suggestion["result"]
    assert (result["from_name"], result["to_name"]) == ("label", "text")
    assert result["value"] == {"choices": ["pos"]}
    unsuggested = json.loads(path.read_text())[-1]
    assert unsuggested["data"]["suggested_label"] == ""
    assert "predictions" not in unsuggested


def test_label_studio_there_and_back(tmp_path: Path) -> None:
    note = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["hm"]}}
    filled = answer(
        exported(tmp_path, "queue.label-studio.json"),
        {
            "r-0": [annotated(choices("label", "pos"), note)],
            "r-2": [annotated(choices("label", "neg"), by={"id": 3, "email": "anna@example.org"})],
            "r-4": [annotated(choices("label", "pos"), choices("decision", "drop"))],
            "r-6": [annotated(choices("label", "pos"), cancelled=True)],
        },
    )
    found = decided(filled)
    assert {row: (one.choice, one.label) for row, one in found.items()} == {
        "r-0": (Choice.RELABEL, "pos"),
        "r-2": (Choice.KEEP, None),
        "r-4": (Choice.DROP, None),
        "r-6": (Choice.SKIP, None),
        "r-8": (Choice.SKIP, None),
    }
    assert (found["r-0"].reviewer, found["r-0"].note) == ("7", "hm")
    assert found["r-0"].place == "task 1, annotation 1001"
    assert found["r-2"].reviewer == "anna@example.org"


def test_label_studio_with_several_annotators(tmp_path: Path) -> None:
    queue = exported(tmp_path, "queue.label-studio.json")
    agreeing = [annotated(choices("label", "pos"), by=one) for one in (1, 2)]
    differing = [annotated(choices("label", one), by=one) for one in ("pos", "neg")]
    assert decided(answer(queue, {"r-0": agreeing}))["r-0"].reviewer == "1, 2"
    filled = answer(queue, {"r-0": agreeing, "r-2": differing})
    with pytest.raises(InputError) as caught:
        decided(filled)
    assert (
        "task 2, annotation 1001: keep by neg for 'r-2', but task 2, annotation 1001 has "
        "relabel to 'pos' by pos"
    ) in caught.value.what
    assert decided(filled, skip_conflicts=True)["r-2"].disputed


def test_label_studio_answers_that_cannot_be_used(tmp_path: Path) -> None:
    queue = exported(tmp_path, "queue.label-studio.json")
    filled = answer(
        queue,
        {
            "r-0": [annotated(choices("label", "pos", "neg"))],
            "r-2": [annotated(choices("label", "positive"))],
        },
    )
    with pytest.raises(InputError) as caught:
        decided(filled)
    assert "several labels are chosen: 'pos', 'neg'" in caught.value.what
    assert "label 'positive' is not a class" in caught.value.what
    other = answer(queue, {"r-0": [annotated(choices("sentiment", "pos"))]})
    with pytest.raises(InputError, match="no annotation answers 'label'"):
        read_filled(other)
    other.write_text(json.dumps([{"data": {"text": "a"}, "annotations": []}]))
    with pytest.raises(InputError, match="task 1 does not say which row") as caught:
        read_filled(other)
    assert "JSON-MIN" in str(caught.value.hint)


def test_tasks_nobody_answered_decide_nothing(tmp_path: Path) -> None:
    path = exported(tmp_path, "queue.label-studio.json")
    assert {one.choice for one in decided(path).values()} == {Choice.SKIP}
    assert read_filled(path).form is Form.LABEL_STUDIO


@pytest.mark.parametrize(
    "broken",
    [
        {"annotations": None},
        {"annotations": [None, 3]},
        {"annotations": [{"result": None}]},
        {"annotations": [{"result": [None, {"from_name": "label"}]}]},
        {"annotations": [{"result": [{"from_name": "label", "type": "choices", "value": 3}]}]},
        {"annotations": [{"result": [{"from_name": "note", "value": {"text": "x"}}]}]},
    ],
)
def test_odd_exports_decide_nothing(broken: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    both = [annotated(choices("label", "pos"))]
    tasks = [{"data": {"row_id": "r-0"}, "annotations": both}, {"data": {"row_id": "r-2"}} | broken]
    path.write_text(json.dumps(tasks))
    found = {one.row_id: one for one in read_decisions([read_filled(path)], AUDIT)}
    assert (found["r-0"].choice, found["r-2"].choice) == (Choice.RELABEL, Choice.SKIP)


def test_the_configuration_is_the_one_the_tasks_are_answered_with(tmp_path: Path) -> None:
    path = exported(tmp_path, "queue.label-studio.json")
    root = ET.fromstring(path.with_suffix(".xml").read_bytes())  # noqa: S314 - our own
    assert {one.get("name"): one.get("value") for one in root.iter("Text")} == {
        "text": "$text",
        "given_label": "$given_label",
        "reason": "$reason",
    }
    asked = {one.get("name"): one for one in root.iter("Choices")}
    assert [one.get("value") for one in asked["label"]] == ["neg", "pos"]
    assert [one.get("value") for one in asked["decision"]] == ["drop"]
    assert {one.get("toName") for one in asked.values()} == {"text"}


def hostile_data(tmp_path: Path) -> Dataset:
    extra = {"$evil <b> [0]": ("a $b <c>",) * 40, "Row": ("\x1b",) * 40, "Ünï": ("ü",) * 40}
    data = made_from(tmp_path, HOSTILE)
    rows = replace(rows_of(HOSTILE), extra=extra)
    data = write_data(tmp_path / "data.csv", rows, classes=HOSTILE.classes)
    columns = tuple(
        Column(one.name, Role.TEXT, "") if one.name in extra else one for one in data.schema.columns
    )
    return replace(data, schema=Schema(columns))


def test_hostile_text_there_and_back(tmp_path: Path) -> None:
    path = exported(tmp_path, "queue.label-studio.json", HOSTILE, hostile_data(tmp_path))
    root = ET.fromstring(path.with_suffix(".xml").read_bytes())  # noqa: S314 - our own
    names = dict(zip(choice_names(HOSTILE.classes), HOSTILE.classes, strict=True))
    shown = {one.get("alias", one.get("value")): one.get("value") for one in root.iter("Choice")}
    assert shown == {name: name for name in names} | {"drop": "drop"}
    tasks = json.loads(path.read_text(encoding="utf-8"))
    keys = {one.get("value") for one in root.iter("Text")}
    assert keys == {"$text", "$evil_b_0", "$row_2", "$n", "$given_label", "$reason"}
    assert all(key[1:] in tasks[0]["data"] for key in keys)
    assert tasks[0]["data"]["evil_b_0"] == "a $b <c>"
    ids = {task["data"]["row_id"] for task in tasks}
    assert ids == {issue.row_id for issue in HOSTILE.issues}
    for name, label in names.items():
        filled = answer(path, {row: [annotated(choices("label", name))] for row in ids})
        for one in decided(filled, HOSTILE).values():
            assert one.choice is Choice.KEEP or one.label == label


ODD_CLASSES = ("$price", " a", "a", "", "b\nc", "\x00", "class-1", "x  y", "ok", "\ud7ff\uffff")


def test_classes_that_xml_cannot_hold_go_by_another_name() -> None:
    names = choice_names(ODD_CLASSES)
    assert len(set(names)) == len(names)
    assert names[2] == "a"
    assert names[8] == "ok"
    assert names[0] == "class-0"
    assert names[1] == "class-1_"


@given(st.lists(st.text(max_size=4), unique=True, min_size=1))
def test_every_class_has_a_name_of_its_own(classes: list[str]) -> None:
    names = choice_names(tuple(classes))
    assert len(set(names)) == len(names)
    for name in names:
        root = ET.fromstring(f"<a b='{name.translate(ESCAPES)}'/>")  # noqa: S314 - our own
        assert root.get("b") == name


ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", "'": "&apos;"})


def test_odd_classes_there_and_back(tmp_path: Path) -> None:
    classes = ("$price", " a", "a", "b\nc", "class-1")
    flags = flags_of((0,), given="$price", suggested=" a")
    audit = example_audit(flags, classes=classes)
    path = exported(tmp_path, "queue.label-studio.json", audit)
    task = json.loads(path.read_text())[0]
    assert task["predictions"][0]["result"][0]["value"] == {"choices": ["class-1_"]}
    root = ET.fromstring(path.with_suffix(".xml").read_bytes())  # noqa: S314 - our own
    aliases = {one.get("alias"): one.get("value") for one in root.iter("Choice")}
    assert aliases["class-0"] == "\uff04price"
    for name, label in zip(choice_names(classes), classes, strict=True):
        filled = answer(path, {"r-0": [annotated(choices("label", name))]})
        found = decided(filled, audit)["r-0"]
        assert found.label == (None if label == "$price" else label)


def test_without_text_the_excerpt_is_shown(tmp_path: Path) -> None:
    data = made_from(tmp_path, AUDIT)
    columns = tuple(
        Column(one.name, Role.CATEGORICAL, "") if one.role is Role.TEXT else one
        for one in data.schema.columns
    )
    data = replace(data, schema=Schema(columns))
    path = exported(tmp_path, "queue.label-studio.json", AUDIT, data)
    root = ET.fromstring(path.with_suffix(".xml").read_bytes())  # noqa: S314 - our own
    assert {one.get("toName") for one in root.iter("Choices")} == {"excerpt"}
    assert next(root.iter("Text")).get("value") == "$excerpt"
    records = exported(tmp_path, "queue.argilla.json", AUDIT, data)
    assert json.loads(records.read_text())[0]["fields"]["excerpt"] == "text 0"


def test_a_configuration_that_was_edited_is_not_overwritten(tmp_path: Path) -> None:
    path = exported(tmp_path, "queue.label-studio.json")
    config = path.with_suffix(".xml")
    config.write_text("<View/>")
    path.unlink()
    with pytest.raises(OutputError, match="exists already"):
        exported(tmp_path, "queue.label-studio.json")
    assert not path.exists()
    config.unlink()
    exported(tmp_path, "queue.label-studio.json")
    config.unlink()
    exported(tmp_path, "queue.label-studio.json")
    assert config.exists()


def responded(record: dict[str, Any], **answers: tuple[str, str]) -> dict[str, Any]:
    """Respond as Argilla's `Record.to_dict` tells it: question = (user, value)."""
    responses: dict[str, list[dict[str, str]]] = {}
    for question, (user, value) in answers.items():
        name = question.rstrip("_")
        responses.setdefault(name, []).append({"value": value, "user_id": user})
    return record | {"responses": responses, "_server_id": "0b2f"}


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_argilla_there_and_back(suffix: str, tmp_path: Path) -> None:
    path = exported(tmp_path, f"queue.argilla.{suffix}")
    text = path.read_text(encoding="utf-8")
    records = (
        json.loads(text) if suffix == "json" else [json.loads(one) for one in text.splitlines()]
    )
    first = records[0]
    assert first["id"] == first["metadata"]["row_id"] == "r-0"
    assert first["fields"] == {
        "text": "text, 0",
        "given_label": "neg",
        "reason": "flagged by confident-learning",
    }
    assert first["suggestions"]["label"]["value"] == "pos"
    assert first["suggestions"]["label"]["score"] == 0.875
    assert first["suggestions"]["label"]["agent"].startswith("labelaudit ")
    assert (first["responses"], first["vectors"]) == ({}, {})
    assert records[-1]["suggestions"] == {}
    assert {one.choice for one in decided(path).values()} == {Choice.SKIP}
    filled = [
        responded(records[0], label=("u1", "pos"), note=("u1", "hm")),
        responded(records[1], label=("u1", "neg"), label_=("u2", "neg")),
        responded(records[2], label=("u1", "pos"), decision=("u1", "drop")),
        records[3],
    ]
    export = tmp_path / f"export.{suffix}"
    lines = "\n".join(json.dumps(one) for one in filled)
    export.write_text(json.dumps(filled) if suffix == "json" else lines)
    found = decided(export)
    assert {row: (one.choice, one.label) for row, one in found.items()} == {
        "r-0": (Choice.RELABEL, "pos"),
        "r-2": (Choice.KEEP, None),
        "r-4": (Choice.DROP, None),
        "r-6": (Choice.SKIP, None),
    }
    assert (found["r-0"].reviewer, found["r-0"].note) == ("u1", "hm")
    assert found["r-2"].reviewer == "u1, u2"
    assert found["r-0"].place == "record 1, user u1"


def test_argilla_users_who_disagree(tmp_path: Path) -> None:
    (record, *_) = json.loads(exported(tmp_path, "queue.argilla.json").read_text())
    export = tmp_path / "export.json"
    export.write_text(json.dumps([responded(record, label=("u1", "pos"), label_=("u2", "neg"))]))
    with pytest.raises(InputError, match="keep by u2 for 'r-0', but record 1, user u1 has"):
        decided(export)
    assert decided(export, skip_conflicts=True)["r-0"].disputed


def test_argilla_flattened(tmp_path: Path) -> None:
    records = json.loads(exported(tmp_path, "queue.argilla.json").read_text())
    flat = []
    for record in records:
        fields, metadata = record.pop("fields"), record.pop("metadata")
        del record["responses"], record["suggestions"], record["vectors"]
        flat.append(record | fields | metadata | {"label.responses": None})
    flat[0] |= {
        "label.responses": ["pos", "neg", "neg"],
        "label.responses.users": ["u1", "u2", "u3"],
        "label.responses.status": ["submitted", "discarded", "draft"],
    }
    flat[1] |= {"label.responses": ["neg"]}
    export = tmp_path / "export.json"
    export.write_text(json.dumps(flat))
    found = decided(export)
    assert (found["r-0"].choice, found["r-0"].reviewer) == (Choice.RELABEL, "u1")
    assert (found["r-2"].choice, found["r-2"].reviewer) == (Choice.KEEP, "1")
    assert found["r-4"].choice is Choice.SKIP


def test_argilla_with_hostile_text(tmp_path: Path) -> None:
    path = exported(tmp_path, "queue.argilla.jsonl", HOSTILE, hostile_data(tmp_path))
    records = [json.loads(one) for one in path.read_text(encoding="utf-8").split("\n") if one]
    assert {one["id"] for one in records} == {issue.row_id for issue in HOSTILE.issues}
    export = tmp_path / "export.json"
    for label in HOSTILE.classes:
        answers = [responded(one, label=("u", label_text(label))) for one in records]
        export.write_text(json.dumps(answers))
        for one in decided(export, HOSTILE).values():
            assert one.choice is Choice.KEEP or one.label == label


@pytest.mark.parametrize(
    "broken",
    [
        {"responses": None},
        {"responses": {"label": None}},
        {"responses": {"label": [None, {"user_id": "u"}]}},
        {"responses": {"label": [{"value": "pos", "user_id": "u", "status": "discarded"}]}},
        {"metadata": None},
    ],
)
def test_odd_records_decide_nothing(broken: dict[str, Any], tmp_path: Path) -> None:
    (record, *_) = json.loads(exported(tmp_path, "queue.argilla.json").read_text())
    export = tmp_path / "export.json"
    export.write_text(json.dumps([record | broken]))
    (found,) = read_decisions([read_filled(export)], AUDIT)
    assert found.choice is Choice.SKIP


@pytest.mark.parametrize("shown", ["given_label", "suggested_label"])
def test_answers_about_another_label_than_the_run_has(shown: str, tmp_path: Path) -> None:
    tasks = answer(
        exported(tmp_path, "queue.label-studio.json"),
        {"r-0": [annotated(choices("label", "pos"), by="anna")]},
    )
    changed = json.loads(tasks.read_text())
    changed[0]["data"][shown] = "new"
    tasks.write_text(json.dumps(changed))
    with pytest.raises(InputError, match=f"task 1, annotation 1001: {shown} 'new' is not"):
        read_decisions([read_filled(tasks)], AUDIT)
    records = json.loads(exported(tmp_path, "queue.argilla.json").read_text())
    records[1]["metadata"][shown] = "new"
    export = tmp_path / "records.json"
    export.write_text(json.dumps([records[0], responded(records[1], label=("u", "pos"))]))
    with pytest.raises(InputError, match=f"record 2, user u: {shown} 'new' is not"):
        read_decisions([read_filled(export)], AUDIT)


def test_a_record_without_an_id_is_told(tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    export.write_text(json.dumps([{"id": None, "fields": {"text": "a"}}]))
    with pytest.raises(InputError, match="record 1 does not say which row"):
        read_filled(export)


def test_several_kinds_of_files_at_once(tmp_path: Path) -> None:
    tasks = answer(
        exported(tmp_path, "queue.label-studio.json"),
        {"r-0": [annotated(choices("label", "pos"), by="anna")]},
    )
    table = tmp_path / "ben.csv"
    table.write_text("row_id,decision,reviewer\nr-0,relabel,ben\nr-2,drop,ben\n")
    found = read_decisions([read_filled(tasks), read_filled(table)], AUDIT)
    by_id = {one.row_id: one for one in found}
    assert by_id["r-0"].reviewer == "anna, ben"
    assert by_id["r-2"].place == "ben.csv row 3"
