"""Two runs compared, for whichever command asks: `diff A B` and `report A B`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.audit.compare import compare_runs
from labelaudit.audit.history import changes_between
from labelaudit.cli.diff_view import Side, runs_json, show_runs
from labelaudit.errors import SettingError
from labelaudit.report import find_format, parse_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.audit.compare import Comparison
    from labelaudit.audit.history import Change
    from labelaudit.audit.runs import Run
    from labelaudit.cli.console import Terminal

FORMATS = ("full", "json", "markdown")
"""What a comparison can be shown as."""


@dataclass(frozen=True)
class TwoRuns:
    """Two runs and how they differ.

    Attributes
    ----------
    before, after : Side
    comparison : Comparison
    changes : tuple of Change
        What besides rows and labels differs.
    """

    before: Side
    after: Side
    comparison: Comparison
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, before: Run, after: Run) -> TwoRuns:
        """Read two runs and compare them.

        Parameters
        ----------
        before, after : Run

        Returns
        -------
        TwoRuns

        Raises
        ------
        RunError
            When one is damaged, or they went by other columns.
        """
        sides = Side(before.id, before.audit()), Side(after.id, after.audit())
        comparison = compare_runs(sides[0].audit, sides[1].audit)
        return cls(*sides, comparison, changes_between(before, after))

    def show(self, terminal: Terminal, form: str, *, limit: int | None) -> None:
        """Print the comparison on stdout.

        Parameters
        ----------
        terminal : Terminal
        form : str
            One of `FORMATS`.
        limit : int or None
            List as many rows of a kind; JSON has all.
        """
        if form == "full":
            show_runs(
                terminal,
                self.before,
                self.after,
                self.comparison,
                limit=limit,
                changes=self.changes,
            )
        else:
            terminal.write(self.render(form, limit=limit))

    def render(self, form: str, *, limit: int | None, with_text: bool = True) -> bytes:
        """Give the comparison as the bytes of a file.

        Parameters
        ----------
        form : str
            ``"json"`` or ``"markdown"``.
        limit : int or None
            List as many rows of a kind; JSON has all.
        with_text : bool
            Whether Markdown may tell the text of rows; JSON never does.

        Returns
        -------
        bytes
        """
        from labelaudit.cli.diff_markdown import runs_markdown

        if form == "json":
            return runs_json(self.before, self.after, self.comparison, changes=self.changes)
        return runs_markdown(
            self.before,
            self.after,
            self.comparison,
            changes=self.changes,
            limit=limit,
            with_text=with_text,
        )


def check_comparable(output_format: str, reports: Sequence[str] | None) -> None:
    """Refuse formats that a comparison does not come in.

    Parameters
    ----------
    output_format : str
    reports : sequence of str or None
        ``FMT=PATH`` each.

    Raises
    ------
    SettingError
    """
    _check(find_format(output_format).name, FORMATS, "--output-format")
    for spec in reports or ():
        _check(parse_report(spec)[0].name, FORMATS[1:], f"--report {spec}")


def _check(name: str, there_are: Sequence[str], where: str) -> None:
    if name not in there_are:
        raise SettingError(
            f"two runs are not compared as {name}",
            where=where,
            hint=f"a comparison comes as {_either(there_are)}; the other formats list the issues "
            "of one run: name that one alone",
        )


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
