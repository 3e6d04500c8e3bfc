"""Reports: an Audit for people and for programs.

`FORMATS` names them without importing any; `render` gives one as bytes and
`write_report` puts it in a file. A report is made from the Audit alone, so that a kept
run can be reported on without the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from labelaudit.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from labelaudit.audit.gate import Gate
    from labelaudit.audit.gate_uncounted import Uncounted
    from labelaudit.audit.history import Trend
    from labelaudit.types import Audit


@dataclass(frozen=True)
class Format:
    """What `FORMATS` says of a format.

    Attributes
    ----------
    name : str
    summary : str
        One line.
    suffix : str
        Of its files, with the dot.
    binary : bool
        Whether it is unfit for a terminal.
    target : str
        ``"module:function"`` of a function ``(Audit, Options) -> bytes``.
    """

    name: str
    summary: str
    suffix: str
    binary: bool
    target: str


@dataclass(frozen=True)
class Kept:
    """Where the run of a report is kept, so that its commands find it again.

    Attributes
    ----------
    run : str
        Its name.
    created : str
        When it was made, ISO 8601.
    store : str
        The directory it lies in; empty for the usual one, which no command has to name.
    """

    run: str
    created: str = ""
    store: str = ""


@dataclass(frozen=True)
class ForCI:
    """What the formats for CI need to know of where they are read.

    Attributes
    ----------
    path : str or None
        The source as seen from the root of the repository, with slashes; None to name it as
        the run does.
    uncounted : Uncounted or None
        Issues that people know of, which are not to shout. Those of a gate have precedence.
    """

    path: str | None = None
    uncounted: Uncounted | None = None


@dataclass(frozen=True)
class Options:
    """What can be chosen about a report; each format heeds what concerns it.

    Attributes
    ----------
    limit : int or None
        Issues that a report for people lists; None for its own default. HTML lists as many of
        them as keep the page small. CSV, JSON, JSON
        lines and Parquet always hold all.
    width : int
        Columns of text that the full report is cut to.
    safe_cells : bool
        Neutralise CSV cells that a spreadsheet would run as a formula.
    include_text : bool
        Tell the text of rows in the formats for CI, too.
    gate : Gate or None
        What was agreed and how the run stands to it; all formats but tables tell it.
    trend : Trend or None
        The runs of the same file up to this one, for HTML.
    kept : Kept or None
        The run itself, for HTML; None where it is not kept.
    for_ci : ForCI
        For the formats for CI.
    """

    limit: int | None = None
    width: int = 100
    safe_cells: bool = False
    include_text: bool = False
    gate: Gate | None = None
    trend: Trend | None = None
    kept: Kept | None = None
    for_ci: ForCI = ForCI()

    @property
    def uncounted(self) -> Uncounted | None:
        """Issues that count in no check."""
        return self.for_ci.uncounted if self.gate is None else self.gate.uncounted


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format(
            name="full",
            summary="the whole report as text, cut to the window",
            suffix=".txt",
            binary=False,
            target="labelaudit.report.terminal:render_full",
        ),
        Format(
            name="concise",
            summary="one line per issue and a summary line",
            suffix=".txt",
            binary=False,
            target="labelaudit.report.terminal:render_concise",
        ),
        Format(
            name="json",
            summary="everything but the scores of unflagged rows, for programs",
            suffix=".json",
            binary=False,
            target="labelaudit.report.json:render",
        ),
        Format(
            name="jsonl",
            summary="the same as lines: the run, then one issue on each, for streams",
            suffix=".jsonl",
            binary=False,
            target="labelaudit.report.jsonl:render",
        ),
        Format(
            name="csv",
            summary="the ranked issues as a table",
            suffix=".csv",
            binary=False,
            target="labelaudit.report.csv:render",
        ),
        Format(
            name="parquet",
            summary="the ranked issues as a typed table",
            suffix=".parquet",
            binary=True,
            target="labelaudit.report.parquet:render",
        ),
        Format(
            name="markdown",
            summary="summary and top issues, fit for a pull-request comment",
            suffix=".md",
            binary=False,
            target="labelaudit.report.markdown:render",
        ),
        Format(
            name="html",
            summary="one page with pictures and evidence that opens offline, for people",
            suffix=".html",
            binary=False,
            target="labelaudit.report.html.page:render",
        ),
        Format(
            name="github",
            summary="annotations of a pull request by GitHub Actions, the most severe issues",
            suffix=".txt",
            binary=False,
            target="labelaudit.report.github:render",
        ),
        Format(
            name="sarif",
            summary="SARIF 2.1.0 for code scanning and editors, the most severe 5,000 issues",
            suffix=".sarif",
            binary=False,
            target="labelaudit.report.sarif:render",
        ),
        Format(
            name="junit",
            summary="JUnit XML, a test case for each threshold of the gate",
            suffix=".xml",
            binary=False,
            target="labelaudit.report.junit:render",
        ),
        Format(
            name="gitlab",
            summary="code quality findings of a GitLab merge request",
            suffix=".json",
            binary=False,
            target="labelaudit.report.gitlab:render",
        ),
    )
}
"""The formats there are."""

CI_FORMATS = ("github", "sarif", "junit", "gitlab")
"""Those that CI reads; without the text of rows unless it is asked for."""


def find_format(name: str) -> Format:
    """Look a format up by its name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Format

    Raises
    ------
    SettingError
        When there is none of that name.
    """
    if name not in FORMATS:
        raise SettingError(
            f"there is no output format {name!r}",
            hint=did_you_mean(name, FORMATS) or f"there are: {', '.join(FORMATS)}",
        )
    return FORMATS[name]


def render(
    audit: Audit,
    format_name: str,
    *,
    limit: int | None = None,
    width: int = Options.width,
    safe_cells: bool = False,
    include_text: bool = False,
    gate: Gate | None = None,
    trend: Trend | None = None,
    kept: Kept | None = None,
    for_ci: ForCI = ForCI(),
) -> bytes:
    """Give a report as the bytes of its file.

    Parameters
    ----------
    audit : Audit
    format_name : str
        A key of `FORMATS`.
    limit : int or None
        Issues that full, concise, markdown and html list; None for the default of each.
    width : int
        Columns of text that the full report is cut to.
    safe_cells : bool
        Neutralise CSV cells that a spreadsheet would run as a formula.
    include_text : bool
        Tell the text of rows in the formats for CI, too: excerpt and explanation.
    gate : Gate or None
        What is told of the gate, and what JUnit makes test cases of.
    trend : Trend or None
        What HTML shows of the runs before.
    kept : Kept or None
        What HTML names the run by.
    for_ci : ForCI
        What the formats for CI need to know.

    Returns
    -------
    bytes
        Text is UTF-8 without colours.

    Raises
    ------
    SettingError
        For an unknown format.
    """
    module, _, attribute = find_format(format_name).target.partition(":")
    function = cast("Callable[[Audit, Options], bytes]", getattr(import_module(module), attribute))
    return function(
        audit, Options(limit, width, safe_cells, include_text, gate, trend, kept, for_ci)
    )


def parse_report(spec: str) -> tuple[Format, Path]:
    """Take a ``FMT=PATH`` apart, so that it can be refused before any work is done.

    Parameters
    ----------
    spec : str

    Returns
    -------
    tuple of Format and Path

    Raises
    ------
    SettingError
        Without a format or a path, for an unknown format, and for ``-`` as the path.
    """
    name, separator, path = spec.partition("=")
    if not (name and separator and path):
        raise SettingError(
            f"{spec!r} does not name a report",
            where="--report",
            hint="write it as FMT=PATH, such as csv=issues.csv",
        )
    form = find_format(name)
    if path == "-":
        raise SettingError(
            "a report copy needs a file",
            where=f"--report {spec}",
            hint=f"use --output-format {name} to print it",
        )
    return form, Path(path)


def write_report(
    audit: Audit,
    spec: str,
    *,
    limit: int | None = None,
    safe_cells: bool = False,
    include_text: bool = False,
    gate: Gate | None = None,
    trend: Trend | None = None,
    kept: Kept | None = None,
    for_ci: ForCI = ForCI(),
) -> Path:
    """Write a report to a file, completely or not at all.

    Parameters
    ----------
    audit : Audit
    spec : str
        ``FMT=PATH``, such as ``csv=issues.csv``.
    limit : int or None
        As for `render`.
    safe_cells : bool
        As for `render`.
    include_text : bool
        As for `render`.
    gate : Gate or None
        As for `render`.
    trend : Trend or None
        As for `render`.
    kept : Kept or None
        As for `render`.
    for_ci : ForCI
        As for `render`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SettingError
        When `spec` cannot be understood.
    OutputError
        When the file cannot be written.
    """
    from labelaudit.data.write import write_bytes

    form, path = parse_report(spec)
    content = render(
        audit,
        form.name,
        limit=limit,
        safe_cells=safe_cells,
        include_text=include_text,
        gate=gate,
        trend=trend,
        kept=kept,
        for_ci=for_ci,
    )
    write_bytes(path, content)
    return path
