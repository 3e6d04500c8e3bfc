"""What the shell offers when Tab is pressed: names that exist, quickly, and never an error.

A shell shows whatever goes wrong here in the middle of a half-written line. So nothing does:
where names cannot be found, none are offered.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer  # noqa: TC002 (typer reads the annotations)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Completer = Any
"""What typer takes as `autocompletion`."""


def one_of(names: Iterable[str] | Callable[[], Iterable[str]]) -> Completer:
    """Make a completer that offers fixed names.

    Parameters
    ----------
    names : iterable of str, or callable that gives one
        The callable is only called when Tab is pressed.

    Returns
    -------
    callable
    """

    def complete(incomplete: str) -> list[str]:
        try:
            every = list(names() if callable(names) else names)
        except Exception:  # noqa: BLE001
            return []
        return [name for name in every if name.startswith(incomplete)]

    return complete


def runs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the ids of the kept runs, the newest first."""
    try:
        return [run_id for run_id in reversed(_run_ids(ctx)) if run_id.startswith(incomplete)]
    except Exception:  # noqa: BLE001
        return []


def _run_ids(ctx: typer.Context) -> list[str]:
    from labelaudit.audit.runs import RunStore
    from labelaudit.config import resolve

    options = {"store": ctx.params.get("store")}
    file = ctx.params.get("config")
    found = resolve(
        options,
        environ=os.environ,
        directory=Path.cwd(),
        config_file=None if file is None else Path(file),
    )
    return RunStore(Path(found.settings.store)).ids()


def verdicts() -> list[str]:
    """Give the verdicts there are."""
    from labelaudit.types import VERDICTS

    return [verdict.value for verdict in VERDICTS]


def strategies() -> list[str]:
    """Give the strategies of `fix`."""
    from labelaudit.remedy.strategies import STRATEGIES

    return list(STRATEGIES)


def compared_strategies() -> list[str]:
    """Give the strategies that `impact` compares."""
    from labelaudit.measure.impact_ways import STRATEGIES

    return list(STRATEGIES)


def detectors() -> list[str]:
    """Give the detectors that come with labelaudit."""
    from labelaudit.detectors import CATALOG

    return list(CATALOG)


def models() -> list[str]:
    """Give the models that have a name."""
    from labelaudit.evidence.models import MODELS

    return list(MODELS)


SETTINGS: dict[str, Completer] = {
    "against": runs,
    "detectors": one_of(detectors),
    "model": one_of(models),
}
"""Completers of settings whose values are names but no fixed choices."""
