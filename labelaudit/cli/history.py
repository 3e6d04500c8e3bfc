"""`labelaudit history`: how the runs of one file follow each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelaudit.audit.run_source import source_path
from labelaudit.audit.runs import RunStore
from labelaudit.cli.console import Terminal
from labelaudit.cli.options import Config, Store, settings_from
from labelaudit.cli.show import check_writable
from labelaudit.data.write import same_file
from labelaudit.errors import OutputError, RunError, SettingError, did_you_mean
from labelaudit.report.wording import clean, count

if TYPE_CHECKING:
    from labelaudit.audit.history import Trend
    from labelaudit.audit.runs import Run
    from labelaudit.report.rows import Rows

_LISTED = 5


def history(
    data: Annotated[
        str | None,
        typer.Argument(
            help="The file whose runs are shown; that of the newest run if left out.",
            show_default=False,
        ),
    ] = None,
    class_name: Annotated[
        str | None,
        typer.Option("--class", help="Only this class.", metavar="LABEL", show_default=False),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", help="Only the newest so many runs. Default: all.", min=1, show_default=False
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture",
            help="Draw the share flagged over the runs, as an SVG file.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every run as JSON.", show_default=False)
    ] = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Follow the flagged share and the noise rate over the kept runs of one file.

    Runs made with other settings or versions than the run before are marked: a jump there

    need not be one of the labels.

    Examples:

      labelaudit history

      labelaudit history data.csv --class spam --limit 10

      labelaudit history --picture trend.svg
    """
    from labelaudit.audit.history import check_class, trend_of

    terminal = Terminal.open()
    runs = RunStore(Path(settings_from(config, store=store).settings.store))
    run = runs.load() if data is None else _newest_of(runs, data)
    if picture is not None:
        _check_picture(picture, run)
    trend = trend_of(runs, run, limit=limit)
    if class_name is not None:
        check_class(trend, class_name)
    if picture is not None:
        _draw(trend, class_name, picture)
    for one in trend.skipped:
        terminal.say(f"left out: run {one.run}: {one.why}", style="yellow")
    if as_json:
        terminal.write(_as_json(trend, class_name))
    else:
        _show(terminal, trend, class_name)
    if picture is not None:
        terminal.say(f"wrote {picture}")


def _newest_of(runs: RunStore, data: str) -> Run:
    wanted = Path(data).absolute()
    seen = set()
    for run_id in reversed(runs.ids()):
        try:
            run = runs.load(run_id)
            path, given = source_path(run), str(run.manifest["source"]["path"])
        except (RunError, LookupError, TypeError):
            # Left out here, it is named with the others once the trend is known.
            continue
        if path is not None and path.absolute() == wanted:
            return run
        seen.add(given)
    listed = f"there are runs of {', '.join(sorted(seen)[:_LISTED])}" if seen else None
    raise RunError(
        f"no run of {data} is kept",
        where=str(runs.runs_path),
        hint=did_you_mean(data, seen) or listed or f"run `labelaudit detect {data}` first",
    )


def _check_picture(picture: Path, run: Run) -> None:
    if picture.suffix.lower() != ".svg":
        raise SettingError(
            f"{picture.name} is no SVG file", where="--picture", hint="call it trend.svg"
        )
    check_writable(picture)
    path = source_path(run)
    if path is not None and same_file(picture, path):
        raise OutputError(
            "the picture would replace the data",
            where=f"--picture {picture}",
            hint="give another path",
        )


def _draw(trend: Trend, class_name: str | None, picture: Path) -> None:
    from labelaudit.data.write import write_bytes
    from labelaudit.report.trend_picture import draw_trend

    write_bytes(picture, draw_trend(trend, class_name).encode("utf-8"))


def _as_json(trend: Trend, class_name: str | None) -> bytes:
    from labelaudit.audit.plain import to_plain

    points = []
    for point in trend.points:
        plain = to_plain(point, exact=True)
        if class_name is not None:
            found = point.of_class(class_name)
            rate = to_plain(point.rate(class_name), exact=True)
            one = {**(to_plain(found, exact=True) or {}), "flagged_rate": rate}
            plain["classes"] = [] if found is None else [one]
        points.append(plain)
    told = {
        "schema_version": 1,
        "source": trend.source,
        "runs": points,
        "earlier": trend.earlier,
        "skipped": to_plain(trend.skipped),
    }
    text = json.dumps(told, indent=2, ensure_ascii=False)
    return (text + "\n").encode("utf-8", "surrogateescape")


def _show(terminal: Terminal, trend: Trend, class_name: str | None) -> None:
    from labelaudit.report.trend import (
        class_trend_rows,
        tell_changes,
        trend_headline,
        trend_rows,
    )

    _line(terminal, trend_headline(trend, class_name))
    table = trend_rows(trend, class_name)
    _line(terminal)
    if table.hidden:
        _line(terminal, f"… after {count(table.hidden)} earlier")
    _print(terminal, table)
    lines = [(point.run, tell_changes(point.changes)) for point in trend.points if point.changes]
    if lines:
        _line(terminal)
    for run, told in lines:
        _line(terminal, f"{run}: {told}")
    if class_name is None:
        classes = class_trend_rows(trend)
        if classes.rows:
            _line(terminal)
            _line(terminal, classes.title)
            _print(terminal, classes)
            if classes.hidden:
                _line(terminal, f"… and {count(classes.hidden)} more")


def _print(terminal: Terminal, table: Rows) -> None:
    from labelaudit.report.grid import Column, fit, print_grid, wrap

    columns = []
    for place, header in enumerate(table.header):
        cells = tuple(row[place] for row in table.rows)
        if place < table.names:
            columns.append(Column(header, tuple(map(clean, cells)), least=24, middle=True))
            continue
        keep = len(table.optional) - table.optional.index(header) if header in table.optional else 0
        columns.append(Column(header, cells, right=True, expendable=keep))
    print_grid(fit(columns, terminal.out.width), terminal.out)
    for line in wrap(table.caption, terminal.out.width):
        _line(terminal, line)


def _line(terminal: Terminal, text: str = "") -> None:
    terminal.out.print(text, markup=False, highlight=False, soft_wrap=True)
