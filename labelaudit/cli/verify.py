"""`labelaudit verify`: what people found in a sample, as the measure of a run."""

from __future__ import annotations

import json
import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.options import Config, Quiet, Store, settings_from
from labelaudit.errors import InputError
from labelaudit.report.verified import people_found
from labelaudit.report.wording import counted, percent, percent_range
from labelaudit.types import Rate

if TYPE_CHECKING:
    from labelaudit.measure.sample import Sample
    from labelaudit.measure.verify import Verification
    from labelaudit.types import Verified

SCHEMA_VERSION = 1
"""Of what ``--json`` prints; raised when a key is renamed, removed, or means something else."""


class OnConflict(StrEnum):
    """What becomes of a row that one calls right and another wrong."""

    ERROR = "error"
    UNSURE = "unsure"


def verify(
    answers: Annotated[
        list[Path], typer.Argument(help="Filled samples, CSV or Parquet; all of one sample.")
    ],
    sample: Annotated[
        str | None,
        typer.Option(
            "--sample", help="The sample they are about; the file names it.", show_default=False
        ),
    ] = None,
    on_conflict: Annotated[
        OnConflict,
        typer.Option(
            "--on-conflict",
            help="What to do with a row that one calls right and another wrong.",
            metavar="error|unsure",
        ),
    ] = OnConflict.ERROR,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON.", show_default=False)
    ] = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Measure a run by what people answered about a sample of it.

    How many flags are right, how many errors were missed, how many labels are wrong.

    The figures are kept with the run and lead its reports from then on.

    An answer that cannot be used stops the whole, and all such are listed.

    Examples:

      labelaudit verify data.sample.csv

      labelaudit verify ann.csv bob.csv --on-conflict unsure --json
    """
    from labelaudit.measure.answers import read_answers, sample_of_answers
    from labelaudit.measure.sample import load_sample
    from labelaudit.measure.verify import keep_verified, verify_sample

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, store=store).settings
    runs = RunStore(Path(settings.store))
    named = sample or sample_of_answers(answers)
    if named is None:
        raise InputError(
            "the answers do not say which sample they are about",
            where=", ".join(map(str, answers)),
            hint="name it with --sample; `labelaudit sample` told it",
        )
    drawn = load_sample(named, runs.samples_path)
    kept = runs.load(drawn.run)
    before = kept.audit().summary.verified
    given = read_answers(answers, drawn, conflicts_are_unsure=on_conflict is OnConflict.UNSURE)
    found = verify_sample(drawn, given)
    keep_verified(found, given, run_path=kept.path, samples=runs.samples_path)
    if as_json:
        document = _document(found, drawn)
        terminal.write((json.dumps(document, indent=2, allow_nan=False) + "\n").encode())
    else:
        _show(terminal, found)
    _say_left_out(terminal, found, drawn)
    if before is not None:
        terminal.say(f"replaces what was kept before: {_in_short(before)}")
    where = "" if store is None else f" --store {shlex.quote(store)}"
    terminal.say(f"kept with run {kept.id}: labelaudit report {kept.id}{where} leads with it")


def _document(found: Verification, drawn: Sample) -> dict[str, Any]:
    from labelaudit.audit.plain import to_plain

    return {
        "schema_version": SCHEMA_VERSION,
        "run": drawn.run,
        "seed": drawn.seed,
        "out_of_reach": drawn.out_of_reach,
        **to_plain(found, exact=True),
    }


def _show(terminal: Terminal, found: Verification) -> None:
    terminal.out.print(Text(people_found(found.verified), "bold"))
    table = Table(box=None, pad_edge=False)
    table.add_column("stratum", overflow="fold")
    for name in ("rows", "sampled", "judged", "wrong", "unsure", "not answered"):
        table.add_column(name, justify="right", no_wrap=True)
    for part in found.strata:
        numbers = (
            *(part.population, part.sampled, part.reviewed),
            *(part.wrong, part.unsure, part.unanswered),
        )
        table.add_row(Text(part.name), *(f"{number:,}" for number in numbers))
    terminal.out.print()
    terminal.out.print(table)
    terminal.out.print()
    _show_figures(terminal, found.verified)
    if found.suggestions_of:
        named = counted(found.suggestions_of, "wrong label")
        terminal.out.print(
            Text(
                "suggested class: the one that people named for "
                f"{_figure(found.suggestions)} of {named} flagged"
            )
        )


def _show_figures(terminal: Terminal, verified: Verified) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("share", "estimate", "95 % interval"):
        table.add_column(name, justify="left" if name == "share" else "right", no_wrap=True)
    for name, rate in (
        ("precision: flagged labels that are wrong", verified.precision),
        ("missed: wrong labels not flagged", verified.missed),
        ("recall: wrong labels flagged", _rest(verified.missed)),
        ("noise rate: wrong labels of all judged", verified.noise_rate),
    ):
        table.add_row(name, percent(rate.estimate), percent_range(rate.low, rate.high))
    terminal.out.print(table)
    terminal.out.print()
    for name, rate in (
        ("precision", verified.precision),
        ("missed, recall", verified.missed),
        ("noise rate", verified.noise_rate),
    ):
        terminal.out.print(Text(f"{name}: {rate.basis}"))


def _figure(rate: Rate) -> str:
    return f"{percent(rate.estimate)} ({percent_range(rate.low, rate.high)})"


def _rest(rate: Rate) -> Rate:
    return Rate(1 - rate.estimate, 1 - rate.high, 1 - rate.low, rate.basis)


def _say_left_out(terminal: Terminal, found: Verification, drawn: Sample) -> None:
    from labelaudit.measure.verify import MOST_LEFT_OUT

    if found.left_out:
        unsure = sum(part.unsure for part in found.strata)
        terminal.say(
            f"left out: {unsure:,} unsure, {found.left_out - unsure:,} not answered, "
            f"of {counted(len(drawn.rows), 'row')}"
        )
    if found.at_random:
        terminal.say("  those are the end of the sample: the rest is a random sample as well")
    elif found.share_left_out > MOST_LEFT_OUT:
        terminal.say(
            f"  up to {percent(found.share_left_out)} of a stratum without an answer: if those "
            "rows are wrong more often than the others, so are the labels they stand for, and "
            "no interval says it",
            style="yellow",
        )
    if drawn.out_of_reach:
        terminal.say(
            f"  {drawn.out_of_reach:,} judged rows were not in the file when the sample was "
            "drawn: the figures do not speak for them",
            style="yellow",
        )


def _in_short(verified: Verified) -> str:
    return (
        f"sample {verified.sample}, {counted(verified.reviewed, 'row')}: precision "
        f"{_figure(verified.precision)}, missed {_figure(verified.missed)}, noise rate "
        f"{_figure(verified.noise_rate)}"
    )
