"""Read a queue that came back, whatever kind of file it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labelaudit.errors import InputError
from labelaudit.review import argilla, label_studio
from labelaudit.review.answers import SHOWN_LABELS, Answer, Filled, Form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUN_COLUMN = "run"
"""The column that names the run a queue was made from, for whoever hands it back."""

FIRST_ROW = 2
"""How a spreadsheet numbers the first row below the header."""

_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_JSON_BEGINS = (b"[{", b'{"')
_HEAD = 256
_AS_WRITTEN = frozenset({"row_id", "new_label", *SHOWN_LABELS})
"""Columns whose outer spaces may count: ids and classes are taken from the data as they are."""
_WANTED = ("row_id", "decision", "new_label", "reviewer", "note", *SHOWN_LABELS)


def read_filled(path: Path) -> Filled:
    """Read a queue that came back, once.

    Parameters
    ----------
    path : Path
        CSV of any delimiter and usual encoding, Parquet, or the JSON that Label Studio or
        Argilla exports; by its content. In a table columns are found by name: `row_id` and
        one of `decision` and `new_label` are needed, others may be missing, added or
        moved, and rows reordered or left out.

    Returns
    -------
    Filled

    Raises
    ------
    InputError
        When it is missing, damaged, or no queue.
    """
    if path.suffix.lower() in _JSON_SUFFIXES or _begins_like_json(path):
        return _read_json(path)
    return _read_table(path)


def _begins_like_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        # What is wrong with the file is said by whoever reads it.
        return False
    bare = b"".join(head.removeprefix(b"\xef\xbb\xbf").split())
    return bare.startswith(_JSON_BEGINS)


def _read_table(path: Path) -> Filled:
    from labelaudit.data.read import read_table

    table = read_table(path).table
    names = {name.strip().casefold(): name for name in reversed(table.column_names)}
    # A column that is called just so is meant, though another differs from it in case only.
    names |= {name: name for name in table.column_names}
    if "row_id" not in names or not {"decision", "new_label"} & names.keys():
        raise InputError(
            "this is not a review queue: it needs the columns row_id and decision",
            where=str(path),
            hint="give the file that `labelaudit fix --strategy relabel` wrote",
        )

    def cells(name: str) -> list[str]:
        if name not in names:
            return [""] * int(table.num_rows)
        texts = [_as_text(value) for value in table.column(names[name]).to_pylist()]
        return texts if name in _AS_WRITTEN else [text.strip() for text in texts]

    rows = zip(*(cells(name) for name in _WANTED), strict=True)
    answers = tuple(
        Answer(**dict(zip(_WANTED, row, strict=True)), place=f"row {place}")
        for place, row in enumerate(rows, FIRST_ROW)
    )
    runs = {run.strip() for run in cells(RUN_COLUMN)} - {""}
    return Filled(path, Form.TABLE, answers, tuple(sorted(runs)))


def _read_json(path: Path) -> Filled:
    objects = _objects(path)
    for form, reader in ((Form.LABEL_STUDIO, label_studio), (Form.ARGILLA, argilla)):
        if any(reader.is_mine(one) for one in objects):
            answers, runs = reader.read_answers(objects, where=str(path))
            return Filled(path, form, tuple(answers), tuple(sorted(runs - {""})))
    raise InputError(
        "the file is JSON, but neither an export of Label Studio nor records of Argilla",
        where=str(path),
        hint="export as JSON (not JSON-MIN) from Label Studio, or Argilla's records with "
        "to_json or to_list",
    )


def _objects(path: Path) -> Sequence[dict[str, Any]]:
    """Read an array of objects, a single one, or one a line."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path)) from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"the file is not UTF-8 (byte {error.start})",
            where=str(path),
            hint="export it again, or save it as UTF-8",
        ) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}", where=str(path)
        ) from None
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError) as error:
        whole = _lines(content, path, error)
    found = whole if isinstance(whole, list) else [whole]
    for number, one in enumerate(found, start=1):
        if not isinstance(one, dict):
            raise InputError(
                f"entry {number} is no JSON object",
                where=str(path),
                hint="give the file as Label Studio or Argilla exported it",
            )
    return found


def _lines(content: str, path: Path, error: Exception) -> list[Any]:
    # Not splitlines: text within JSON may hold other separators of lines.
    written = [
        (number, line) for number, line in enumerate(content.split("\n"), start=1) if line.strip()
    ]
    if len(written) < 2:  # noqa: PLR2004 - one line that is no JSON is no file of lines
        raise _not_json(path, error) from None
    values = []
    for number, line in written:
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError) as fault:
            # Where the first line is no JSON by itself, the file was meant as a whole.
            whole = number == written[0][0]
            raise _not_json(path, error if whole else fault, None if whole else number) from None
    return values


def _not_json(path: Path, error: Exception, line: int | None = None) -> InputError:
    what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return InputError(
        f"not valid JSON: {what}",
        where=str(path) if line is None else f"{path}:{line}",
        hint="export it again; it may have been cut short",
    )


def _as_text(value: object) -> str:
    missing = value is None or value != value  # noqa: PLR0124 - NaN alone differs from itself
    return "" if missing else str(value)
