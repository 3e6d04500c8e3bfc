"""What `labelaudit impact` scores models against: a test file, or answers of people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.errors import InputError, SettingError
from labelaudit.types import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.cli.console import Terminal
    from labelaudit.types import Audit, Dataset, IntArray

WHERE_RATES = "--rates"


def load_test(terminal: Terminal, audit: Audit, path: str) -> Dataset:
    """Read a test file by the columns of a run.

    Parameters
    ----------
    terminal : Terminal
    audit : Audit
    path : str

    Returns
    -------
    Dataset
        Rows are known by the run's id column where the file has it.

    Raises
    ------
    InputError
        When the file cannot be read, or has no column of labels.
    """
    from labelaudit.data.dataset import load_dataset
    from labelaudit.data.read import read_table
    from labelaudit.data.schema import NO_ID, SchemaChoices

    label, name = audit.schema.one(Role.LABEL), audit.schema.one(Role.ID)
    settings: dict[str, Any] = dict(audit.settings)
    with terminal.step("read test file"):
        read = read_table(Path(path), progress=terminal)
        choices = SchemaChoices(
            label=label,
            id=name if name in read.table.column_names else NO_ID,
            missing_label=tuple(settings["missing_label"]),
            need_features=False,
        )
        try:
            data = load_dataset(read.table, choices)
        except SettingError as error:
            # The user named none of these columns in this call.
            raise InputError(
                f"the test file has not the columns that the run went by: {error.what}",
                where=path,
                hint=f"give a file with the same columns, {label!r} among them",
            ) from error
    return replace(data, source=read.source)


def load_reviewed(
    terminal: Terminal, paths: Sequence[Path], audit: Audit, data: Dataset, samples: Path
) -> IntArray | None:
    """Read what people answered about a sample, as labels of the data.

    Parameters
    ----------
    terminal : Terminal
    paths : sequence of Path
        Files of answers, see `labelaudit verify`.
    audit : Audit
        The run.
    data : Dataset
        n rows.
    samples : Path
        The directory that tells how samples were drawn.

    Returns
    -------
    ndarray of int32, shape (n,), or None
        Codes of `data.classes`; -1 for rows nobody judged, that changed since, or that are
        wrong without a word on what is right. None without files.

    Raises
    ------
    InputError
        When answers cannot be used, or do not say which sample they are about.
    """
    import numpy as np

    from labelaudit.measure.answers import Finding, read_answers, sample_of_answers
    from labelaudit.measure.sample import load_sample
    from labelaudit.measure.sample_table import find_rows

    if not paths:
        return None
    name = sample_of_answers(paths)
    if name is None:
        raise InputError(
            "the answers do not say which sample they are about",
            where=str(paths[0]),
            hint="keep the column that `labelaudit sample` wrote",
        )
    answers = read_answers(paths, load_sample(name, samples), conflicts_are_unsure=True)
    code_of = {label_text(label): code for code, label in enumerate(data.classes)}
    place = dict(zip(map(str, audit.row_id), find_rows(audit, data).tolist(), strict=True))
    reviewed = np.full(data.n_rows, -1, dtype=np.int32)
    open_questions = 0
    for row_id, one in answers.items():
        row = place.get(row_id, -1)
        if row < 0 or one.finding is Finding.UNSURE:
            continue
        right = one.finding is Finding.RIGHT
        reviewed[row] = data.y[row] if right else code_of.get(one.label or "", -1)
        open_questions += int(reviewed[row] < 0)
    if open_questions:
        terminal.say(
            f"{open_questions:,} rows are judged wrong without a word on which class is right: "
            "they are not scored",
            style="yellow",
        )
    return reviewed


def parse_rates(text: str) -> tuple[float, ...]:
    """Read rates such as ``5%,10%,0.2``.

    Parameters
    ----------
    text : str

    Returns
    -------
    tuple of float

    Raises
    ------
    SettingError
        When one is no share.
    """
    from labelaudit.setting_kinds import parse_share

    return tuple(parse_share(part.strip(), WHERE_RATES) for part in text.split(","))
