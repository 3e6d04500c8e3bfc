"""Where the command line prints to, and how it draws progress."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.text import Text

from labelaudit.data.write import write_failure
from labelaudit.report.wording import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID

    from labelaudit.progress import Step


class _Console(Console):
    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401
        """Print, and say in words why standard output takes no more."""
        with _failures_named(self.file):
            super().print(*objects, **options)

    def on_broken_pipe(self) -> None:
        """Go on without a reader: what the command does, and its exit code, stay the same."""
        drop(self.file)


@dataclass
class Terminal:
    """Both streams, and how much to say on them.

    stdout is for data, stderr for messages, progress and hints.
    """

    out: Console
    err: Console
    quiet: bool = False
    verbose: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @classmethod
    def open(cls, *, quiet: bool = False, verbose: bool = False) -> Terminal:
        """Take the process's own streams."""
        for stream in (sys.stdout, sys.stderr):
            # An arrow that the window's encoding lacks must not end a run with an error.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        return cls(
            _Console(file=sys.stdout, highlight=False, soft_wrap=False),
            _Console(file=sys.stderr, highlight=False, soft_wrap=True),
            quiet=quiet,
            verbose=verbose,
        )

    def say(self, message: str, *, style: str = "") -> None:
        """Print a message on stderr, unless asked to be quiet."""
        if not self.quiet:
            self.err.print(Text(harmless(message), style=style))

    def detail(self, message: str) -> None:
        """Print on stderr what only those who ask for more want to read."""
        if self.verbose:
            self.err.print(Text(harmless(message), style="dim"))

    def write(self, content: bytes) -> None:
        """Put bytes on stdout, unchanged."""
        try:
            with _failures_named(self.out.file):
                self.out.file.flush()
                stream = getattr(self.out.file, "buffer", None)
                if stream is None:
                    self.out.file.write(content.decode("utf-8"))
                else:
                    stream.write(content)
                    stream.flush()
                self.out.file.flush()
        except BrokenPipeError:
            drop(self.out.file)

    def finish(self) -> None:
        """Print what is held back, while it can still be told that it cannot be."""
        with _failures_named(self.out.file):
            self.out.file.flush()

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Step]:
        """Draw a progress bar, on a terminal only, and time the step."""
        started = perf_counter()
        if self.quiet or not self.err.is_terminal:
            yield _NoBar()
        else:
            with RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=self.err,
                transient=True,
            ) as bars:
                yield _Bar(bars, bars.add_task(name, total=total))
        self.seconds[name] = self.seconds.get(name, 0) + perf_counter() - started
        self.detail(f"{name}: {self.seconds[name]:.1f} s")


class _NoBar:
    def advance(self, amount: int = 1) -> None:
        """Nobody looks."""


class _Bar:
    def __init__(self, bars: RichProgress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, amount: int = 1) -> None:
        self._bars.advance(self._task, amount)


def harmless(message: str) -> str:
    """Make the text of names and cells within a message do nothing to a terminal.

    Parameters
    ----------
    message : str

    Returns
    -------
    str
        Lines and their indentation stay.
    """
    lines = []
    for line in message.split("\n"):
        text = line.lstrip(" ")
        lines.append(" " * (len(line) - len(text)) + clean(text))
    return "\n".join(lines)


@contextmanager
def _failures_named(stream: IO[str]) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if stream is not sys.stdout:
            raise
        # What is still held back would fail again when the process ends.
        drop(stream)
        raise write_failure(error, "standard output") from error


def drop(stream: IO[str]) -> None:
    """Send what is still to be printed there nowhere: the reader of a pipe has gone."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)
