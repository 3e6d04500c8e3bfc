"""Find a kept run and the data it was made from again."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit import __version__
from labelaudit.audit.run_source import source_path
from labelaudit.data.schema import WEIGHT_COLUMN, WRITTEN_BY_US
from labelaudit.errors import InputError, RunError, SettingError
from labelaudit.types import Role

if TYPE_CHECKING:
    from labelaudit.audit.runs import Run, RunStore
    from labelaudit.cli.console import Terminal
    from labelaudit.remedy.ledger import JsonlLedger
    from labelaudit.remedy.record import Recorder
    from labelaudit.types import Audit, Dataset, Schema


def protected(run: Run) -> tuple[Path, ...]:
    """Give the files a run was made from, which nothing may replace.

    Parameters
    ----------
    run : Run

    Returns
    -------
    tuple of Path
    """
    path, probs = source_path(run), run.manifest["settings"]["pred_probs"]
    own = () if probs is None else (Path(run.manifest["directory"]) / probs,)
    return own if path is None else (path, *own)


def load_data(
    terminal: Terminal,
    run: Run,
    audit: Audit,
    given: str | None,
    *,
    weight_column: str = WEIGHT_COLUMN,
) -> Dataset:
    """Read the data of a run again, with the columns it had then.

    Parameters
    ----------
    terminal : Terminal
    run : Run
    audit : Audit
    given : str or None
        Another file to read instead.
    weight_column : str
        What labelaudit calls its column of weights, which is no content of a row.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        When the run was made from stdin and no file is given.
    """
    from labelaudit.data.dataset import load_dataset
    from labelaudit.data.schema import NO_ID, SchemaChoices

    path = source_path(run) if given is None else Path(given)
    if path is None:
        raise InputError(
            "the run was made from stdin, which cannot be read again",
            where=run.id,
            hint="name the file that holds the data with --data",
        )
    schema = audit.schema
    settings: dict[str, Any] = dict(audit.settings)
    choices = SchemaChoices(
        label=schema.one(Role.LABEL),
        id=schema.one(Role.ID) or NO_ID,
        split=schema.one(Role.SPLIT),
        text=schema.names(Role.TEXT),
        missing_label=tuple(settings["missing_label"]),
        # A column that the run learned from is content, whatever it is called now.
        weight_column=WEIGHT_COLUMN if weight_column in _content(schema) else weight_column,
        need_features=False,
    )
    with terminal.step("read data"):
        try:
            return load_dataset(path, choices, progress=terminal)
        except SettingError as error:
            # The user named none of these columns in this call.
            raise RunError(
                f"the file has not the columns that the run went by: {error.what}",
                where=str(path),
                hint="put the column back, or run `labelaudit detect` again",
            ) from error


def open_recorder(store: RunStore) -> Recorder:
    """Open what changes are recorded with: the ledger and the versions of a store.

    Parameters
    ----------
    store : RunStore

    Returns
    -------
    Recorder
        In the name of whoever is logged in. Nothing is made before the first change.
    """
    from labelaudit.remedy.record import Recorder
    from labelaudit.remedy.versions import VersionStore

    return Recorder(
        open_ledger(store), VersionStore(store.versions_path), {"labelaudit": __version__}
    )


def _content(schema: Schema) -> frozenset[str]:
    return frozenset(
        column.name
        for column in schema.columns
        if not (column.role is Role.IGNORED and column.reason == WRITTEN_BY_US)
    )


def open_ledger(store: RunStore) -> JsonlLedger:
    """Open the ledger of a store for reading, in the name of whoever is logged in."""
    from labelaudit.remedy.ledger import JsonlLedger

    try:
        who = getpass.getuser()
    except (OSError, KeyError):
        # A container may run under a user id that has no name.
        who = "unknown"
    return JsonlLedger(store.ledger_path, who)
