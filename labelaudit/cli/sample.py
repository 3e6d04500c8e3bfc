"""`labelaudit sample`: rows for people to judge, so that a run can be measured."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.kept import load_data, protected
from labelaudit.cli.options import (
    Config,
    Overwrite,
    Quiet,
    RunArgument,
    SafeCells,
    Seed,
    Store,
    settings_from,
)
from labelaudit.cli.show import check_writable, warn_of_formulas
from labelaudit.measure.sample import FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.measure.sample import Sample


def sample(
    run: RunArgument = None,
    n: Annotated[int, typer.Option("--n", "-n", help="How many rows.", min=FEWEST)] = 300,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write, CSV or Parquet; beside the data, as DATA.sample.csv, "
            "if left out.",
            show_default=False,
        ),
    ] = None,
    flagged_share: Annotated[
        float,
        typer.Option(
            "--flagged-share",
            help="Share of them to take from the flagged rows; one row of each kind at least.",
            min=0,
            max=1,
        ),
    ] = 0.5,
    seed: Seed = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data", help="The file to draw from, if it moved since the run.", show_default=False
        ),
    ] = None,
    safe_cells: SafeCells = False,
    overwrite: Overwrite = False,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Draw rows at random, flagged and not, for people to judge unbiased.

    The file shows the rows in random order: no suggestion, no score, no flag.

    In its column `answer`, write right, wrong, the true class, or unsure.

    Several people can fill a copy each; `labelaudit verify` takes them all.

    Examples:

      labelaudit sample

      labelaudit sample --n 500 --output spot-check.csv --seed 7
    """
    from labelaudit.measure.answers import ambiguous_words
    from labelaudit.measure.sample import draw_sample, keep_sample
    from labelaudit.measure.sample_table import check_sample_output, find_rows, write_sample

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, seed=seed, store=store).settings
    runs = RunStore(Path(settings.store))
    kept = runs.load(run)
    audit = kept.audit()
    dataset = load_data(terminal, kept, audit, data)
    source = Path(dataset.source.path)
    target = output or source.with_name(f"{source.stem}.sample.csv")
    check_writable(target)
    for given in (dataset.source.path, *map(str, protected(kept))):
        check_sample_output(target, given, overwrite=overwrite)
    place = find_rows(audit, dataset)
    drawn = draw_sample(
        audit,
        run_id=kept.id,
        n=n,
        seed=settings.seed,
        flagged_share=flagged_share,
        reachable=place >= 0,
    )
    keep_sample(drawn, runs.samples_path)
    written = write_sample(
        drawn, audit, dataset, place, target, safe_cells=safe_cells, overwrite=overwrite
    )
    flagged = sum(len(part.rows) for part in drawn.strata if part.flagged)
    terminal.say(
        f"wrote {target}: {written.n_rows:,} rows of run {kept.id}, {flagged:,} of them flagged, "
        f"as sample {drawn.id}"
    )
    _say_share(terminal, drawn, flagged, flagged_share)
    _say_limits(terminal, drawn, written.left_out, n)
    if not safe_cells:
        warn_of_formulas(terminal, written.risky_cells)
    words = ambiguous_words(drawn)
    if words:
        terminal.say(f"  {_listed(words)} mean a class here: answer by other words", style="yellow")
    where = "" if store is None else f" --store {shlex.quote(store)}"
    terminal.say(f"  fill in `answer`, then: labelaudit verify {shlex.quote(str(target))}{where}")


def _say_share(terminal: Terminal, drawn: Sample, flagged: int, share: float) -> None:
    """Say why the sample has another share of flagged rows than was asked for."""
    asked = round(len(drawn.rows) * share)
    there = sum(part.population for part in drawn.strata if part.flagged)
    if flagged == 1 and asked < 1:
        terminal.say("  one is flagged: without one, nothing could be said of precision")
    elif flagged < asked and flagged < there:
        terminal.say("  one is not flagged: without one, nothing could be said of misses")
    elif flagged < asked:
        terminal.say("  there are no more flagged rows to draw, so others fill the sample up")
    elif flagged > asked:
        terminal.say("  there are no more rows that are not flagged, so flagged ones fill it up")


def _say_limits(terminal: Terminal, drawn: Sample, left_out: Sequence[str], n: int) -> None:
    if drawn.out_of_reach:
        terminal.say(
            f"  {drawn.out_of_reach:,} judged rows are not in the file any more or have changed: "
            "the sample does not speak for them",
            style="yellow",
        )
    if len(drawn.rows) < n:
        terminal.say("  that is every row there is to judge")
    if left_out:
        shown = ", ".join(left_out[:3]) + (", …" if len(left_out) > 3 else "")  # noqa: PLR2004
        terminal.say(f"  not shown, for want of room: {len(left_out):,} columns ({shown})")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(repr, words))
