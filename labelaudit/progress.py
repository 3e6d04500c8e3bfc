"""How the core tells that long work goes on, without knowing who looks at it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Step(Protocol):
    """One piece of long work under way."""

    def advance(self, amount: int = 1) -> None:
        """Say that `amount` more units are done."""


class Progress(Protocol):
    """What the core reports to; the command line draws it."""

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[Step]:
        """Begin a piece of work of `total` units (None: not known beforehand)."""


class _SilentStep:
    def advance(self, amount: int = 1) -> None:
        """Nobody looks."""


class _Silent:
    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Step]:  # noqa: ARG002
        yield _SilentStep()


SILENT: Progress = _Silent()
"""The progress of nobody: the default of every function that takes one."""
