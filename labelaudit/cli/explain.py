"""`labelaudit explain`: the evidence about one row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.find_row import find_row
from labelaudit.cli.kept import load_data
from labelaudit.cli.options import Config, Quiet, RunArgument, Store, settings_from
from labelaudit.errors import RunError

if TYPE_CHECKING:
    from labelaudit.audit.runs import Run
    from labelaudit.types import Audit, Card


def explain(
    row: Annotated[
        str,
        typer.Argument(
            help="A row id; else '#12' for the issue of that rank, or a row number from 0 on. "
            "'id:17' and 'row:17' say which is meant.",
            show_default=False,
        ),
    ],
    run: RunArgument = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the card as JSON.", show_default=False)
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            "--data", help="The file to look in, if it moved since the run.", show_default=False
        ),
    ] = None,
    store: Store = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Show why a row is flagged, or why not: the evidence, and what would change the verdict.

    The first 500 issues of a run have their card kept. That of any other row is made from

    the data, which has to be there and must not have changed in that row.

    Where a number is both the id of a row and the place of another one, the id is taken, and

    the other row told.

    Examples:

      labelaudit explain review-812

      labelaudit explain '#1'

      labelaudit explain row:17 20260314-0915 --json
    """
    from labelaudit.audit.cards_kept import kept_card
    from labelaudit.cli.explain_view import card_json, print_card

    terminal = Terminal.open(quiet=quiet)
    settings = settings_from(config, store=store).settings
    kept = RunStore(Path(settings.store)).load(run)
    audit = kept.audit()
    more = [*([run] if run else []), *(["--store", store] if store else [])]
    meant = find_row(audit, row, more=more)
    found = meant.row
    if meant.taken:
        terminal.say(f"taken for {meant.taken}: id {audit.row_id[found]}")
    if meant.other:
        terminal.say(meant.other, style="yellow")
    card = kept_card(audit, found) if data is None else None
    if card is None:
        card = _made(terminal, kept, audit, found, data)
    if as_json:
        terminal.write(card_json(audit, found, card, run_id=kept.id))
        return
    print_card(terminal.out, audit, found, card)


def _made(terminal: Terminal, run: Run, audit: Audit, row: int, data: str | None) -> Card:
    """Make a card from the data, unless the row is not what the run saw."""
    from labelaudit.audit.cards_kept import make_card
    from labelaudit.remedy.rows import RowMatcher

    dataset = load_data(terminal, run, audit, data)
    at = RowMatcher(audit, dataset).find(row)
    if isinstance(at, str):
        raise RunError(
            f"the row cannot be explained by this file: {at}",
            where=f"{dataset.source.path}, row {audit.row_id[row]}",
            hint="name the file as it was with --data, or run `labelaudit detect` again",
        )
    if dataset.source.sha256 != audit.source.sha256:
        terminal.say(
            "the file changed since the run: similar rows and signs are those of today",
            style="yellow",
        )
    with terminal.step("evidence of the row"):
        return make_card(audit, dataset, row, at)
