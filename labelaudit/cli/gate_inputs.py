"""What the gate needs besides the run: an earlier run, the rows of slices, the way back."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from labelaudit.audit.conditions import write_share
from labelaudit.audit.gate import DEFAULT_MAX_FLAGGED
from labelaudit.audit.run_source import source_path
from labelaudit.cli.kept import load_data
from labelaudit.cli.run_pairs import check_earlier, run_before_of_other_content
from labelaudit.config import Settings, option_name, specs
from labelaudit.errors import RunError
from labelaudit.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labelaudit.audit.conditions import Condition
    from labelaudit.audit.gate_slices import RowsOfRun
    from labelaudit.audit.runs import Run, RunStore
    from labelaudit.cli.console import Terminal
    from labelaudit.types import Audit

LIMITS = tuple(name for name in specs() if name.startswith("max_") and name != "max_class_loss")
"""The settings that hold a share against a limit."""


def earlier_run(
    terminal: Terminal, store: RunStore, run: Run, against: str | None
) -> tuple[Run | None, str]:
    """Find the run that a rise is counted from.

    Parameters
    ----------
    terminal : Terminal
    store : RunStore
    run : Run
    against : str or None
        Its name, or the beginning of it; the one before of the same file if None, past those
        of the very same content: asking twice must not make a rise go away.

    Returns
    -------
    (Run or None, str)
        None where no earlier run of the same file and other content is kept; and what there
        is to say of the choice.

    Raises
    ------
    RunError
        When there is no such run.
    SettingError
        When the run itself is named, a later one, or one of other data.
    """
    if against is not None:
        found = store.load(against)
        check_earlier(store, found, run, f"--against {against}")
        return found, ""
    before, passed = run_before_of_other_content(terminal, store, run)
    if before is None or not passed:
        return before, ""
    return before, (
        f"{counted(passed, 'run')} of the very same content passed over, up to run {before.id}"
    )


def rows_of_run(terminal: Terminal, run: Run, audit: Audit) -> RowsOfRun:
    """Read the data again, and find each row of the run in it.

    Parameters
    ----------
    terminal : Terminal
    run : Run
    audit : Audit

    Returns
    -------
    RowsOfRun
        By position where the file is the very same, else by what the rows are.

    Raises
    ------
    RunError
        When the run was made from stdin, or the file no longer fits it.
    """
    import numpy as np

    from labelaudit.audit.gate_slices import RowsOfRun
    from labelaudit.remedy.rows import RowMatcher

    if source_path(run) is None:
        raise RunError(
            "slices are taken from the data, and stdin cannot be read again",
            where=run.id,
            hint="run `labelaudit detect` on a file, or leave slices out",
        )
    data = load_data(terminal, run, audit, None)
    n = len(audit.row_id)
    if data.source.sha256 == audit.source.sha256:
        return RowsOfRun(data.table, np.arange(n, dtype=np.int64))
    matcher = RowMatcher(audit, data)
    found = [matcher.find(row) for row in range(n)]
    place = [one if isinstance(one, int) else -1 for one in found]
    return RowsOfRun(data.table, np.array(place, dtype=np.int64))


def command_of(
    run: str,
    settings: Settings,
    conditions: Sequence[Condition],
    *,
    against: str | None,
    baseline: str | None,
    new_since: str | None,
    allow_stale: bool,
    config: Path | None,
) -> str:
    """Write the command that asks the gate the same question again.

    Parameters
    ----------
    run : str
        The run that was judged.
    settings : Settings
        Those in force, wherever they came from.
    conditions : sequence of Condition
    against, new_since : str or None
        The runs that were gone by.
    baseline : str or None
        The baseline gone by, or ``"none"``; None where it goes without saying.
    allow_stale : bool
    config : Path or None

    Returns
    -------
    str
        Fit to be pasted into a shell.
    """
    words = ["labelaudit", "check", run]
    limits = {name: getattr(settings, name) for name in LIMITS}
    if not conditions and all(limit is None for limit in limits.values()):
        limits["max_flagged"] = DEFAULT_MAX_FLAGGED
    for name, limit in limits.items():
        if limit is not None:
            words += [option_name(name), write_share(limit)]
    for condition in conditions:
        words += ["--fail-on", str(condition)]
    store = None if settings.store == Settings().store else settings.store
    named = {
        "--against": against,
        "--baseline": baseline,
        "--new-since": new_since,
        "--store": store,
        "--config": None if config is None else str(config),
    }
    for option, value in named.items():
        if value is not None:
            words += [option, value]
    if settings.first_run_passes and settings.max_increase is not None:
        words.append("--first-run-passes")
    words += ["--allow-inconclusive"] if settings.allow_inconclusive else []
    words += ["--allow-stale"] if allow_stale else []
    return shlex.join(words)
