"""Where `labelaudit fix` writes: the changed data, a queue for people, or both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.cli.fix_strategy import RELABEL
from labelaudit.cli.show import check_writable
from labelaudit.errors import SettingError
from labelaudit.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labelaudit.cli.fix_strategy import Chosen
    from labelaudit.types import Dataset, Plan


@dataclass(frozen=True)
class Outputs:
    """The files to write; None for one that is not to be written."""

    data: Path | None
    queue: Path | None
    in_place: bool

    def __str__(self) -> str:
        return " and ".join(str(path) for path in (self.data, self.queue) if path is not None)

    def needed(self, plan: Plan) -> Outputs:
        """Leave out, where there are two, what the plan has nothing for."""
        queued = any(action.kind is Kind.QUEUE for action in plan.actions)
        changed = bool(plan.class_weights) or any(
            action.kind is not Kind.QUEUE for action in plan.actions
        )
        if self.data is not None and self.in_place and not changed:
            return replace(self, data=None, queue=self.queue if queued else None)
        if self.data is None or self.queue is None:
            return self
        # With nothing to do at all the data comes out as it was.
        return replace(
            self,
            data=self.data if changed or not queued else None,
            queue=self.queue if queued else None,
        )


def choose_outputs(
    data: Dataset, chosen: Chosen, *, output: Path | None, queue: Path | None, in_place: bool
) -> Outputs:
    """Settle where to write.

    Parameters
    ----------
    data : Dataset
    chosen : Chosen
    output, queue : Path or None
        What the options gave. Where all rows are queued, `output` names the queue too.
    in_place : bool

    Returns
    -------
    Outputs

    Raises
    ------
    SettingError
        For options that exclude each other, or have nothing to name.
    """
    source = Path(data.source.path)
    if in_place and output is not None:
        raise SettingError(
            "in place means over the input, and --output names a file",
            where="--in-place and --output",
            hint="give one of them",
        )
    if not chosen.changes_data:
        if in_place:
            raise SettingError(
                "a queue is a file of its own",
                where="--in-place",
                hint="leave it out; labelaudit apply carries out what people decide",
            )
        if queue is not None and output is not None:
            raise SettingError(
                "the queue has two names", where="--output and --queue", hint="give one of them"
            )
        return Outputs(None, queue or output or _beside(source, RELABEL), in_place=False)
    if not chosen.queues and queue is not None:
        raise SettingError(
            f"nothing is queued by {chosen.text}",
            where="--queue",
            hint="leave it out, or plan relabel for a verdict",
        )
    name = chosen.strategy if isinstance(chosen.strategy, str) else "fix"
    target = source if in_place else output or _beside(source, name)
    waiting = (queue or _beside(source, RELABEL)) if chosen.queues else None
    if waiting is not None and waiting.absolute() == target.absolute():
        raise SettingError(
            "the changed data and the queue have one name",
            where="--queue",
            hint="name another file",
        )
    return Outputs(target, waiting, in_place=in_place)


def check_outputs(outputs: Outputs, data: Dataset, *, overwrite: bool, strict: bool) -> None:
    """Refuse, before anything is written, what could not be written.

    Parameters
    ----------
    outputs : Outputs
    data : Dataset
    overwrite : bool
        Whether existing files may be replaced.
    strict : bool
        Whether to refuse a file that exists, which may turn out to hold just what would be
        written.

    Raises
    ------
    OutputError
    """
    from labelaudit.data.write import check_output

    source = Path(data.source.path)
    # The name of a queue decides its format; the changed data has that of the input.
    for path, in_place, form in (
        (outputs.data, outputs.in_place, data.source.format),
        (outputs.queue, False, ""),
    ):
        if path is not None:
            check_writable(path)
            check_output(
                path, source, overwrite=overwrite or not strict, in_place=in_place, form=form
            )


def refuse_sources(outputs: Outputs, sources: Iterable[Path]) -> None:
    """Refuse to replace what the run was made from, unless in place.

    Parameters
    ----------
    outputs : Outputs
    sources : iterable of Path

    Raises
    ------
    OutputError
    """
    from labelaudit.data.write import refuse_overwrite_of_input

    for source in sources:
        if outputs.data is not None and not outputs.in_place:
            refuse_overwrite_of_input(outputs.data, source)
        if outputs.queue is not None:
            refuse_overwrite_of_input(outputs.queue, source)


def _beside(source: Path, name: str) -> Path:
    return source.with_name(f"{source.stem}.{name}{source.suffix}")
