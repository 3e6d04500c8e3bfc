"""The entry point: commands, exit codes, and what becomes of every error."""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.text import Text

from labelaudit import __version__
from labelaudit.cli import apply as apply_command
from labelaudit.cli import baseline as baseline_command
from labelaudit.cli import check as check_command
from labelaudit.cli import config as config_command
from labelaudit.cli import detect as detect_command
from labelaudit.cli import detectors as detectors_command
from labelaudit.cli import diff as diff_command
from labelaudit.cli import doctor as doctor_command
from labelaudit.cli import explain as explain_command
from labelaudit.cli import fix as fix_command
from labelaudit.cli import history as history_command
from labelaudit.cli import impact as impact_command
from labelaudit.cli import lint as lint_command
from labelaudit.cli import log as log_command
from labelaudit.cli import report as report_command
from labelaudit.cli import runs as runs_command
from labelaudit.cli import sample as sample_command
from labelaudit.cli import undo as undo_command
from labelaudit.cli import verify as verify_command
from labelaudit.cli import verify_ledger as verify_ledger_command
from labelaudit.cli.console import Terminal, drop, harmless
from labelaudit.cli.in_ci import annotate, in_actions
from labelaudit.cli.interrupted import CODE as INTERRUPTED
from labelaudit.cli.interrupted import MESSAGE as INTERRUPTED_MESSAGE
from labelaudit.cli.origin import blamed, remember
from labelaudit.data.write import write_failure
from labelaudit.errors import LabelauditError, OutputError
from labelaudit.report.wording import clean

DONE, GATE_FAILED, USER_CAN_FIX, OUR_BUG = 0, 1, 2, 3

app = typer.Typer(
    name="labelaudit",
    help=(
        "Find, rank, explain and fix the labels that are probably wrong.\n\n"
        "Start with `labelaudit detect data.csv`."
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


# Newer typer brings its own copy of click, so that class is found through typer itself.
_USAGE_FAULT: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)


def _version(value: bool) -> None:  # noqa: FBT001
    if value:
        typer.echo(f"labelaudit {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _global_options(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(USER_CAN_FIX)


_FIND, _CHANGE, _MEASURE, _GATE, _RECORD = (
    "Find",
    "Change",
    "Measure with people, and prove",
    "Gate",
    "Look back, and look up",
)

for _name, _function, _panel in (
    ("detect", detect_command.detect, _FIND),
    ("doctor", doctor_command.doctor, _FIND),
    ("lint", lint_command.lint, _FIND),
    ("report", report_command.report, _FIND),
    ("explain", explain_command.explain, _FIND),
    ("fix", fix_command.fix, _CHANGE),
    ("apply", apply_command.apply, _CHANGE),
    ("undo", undo_command.undo, _CHANGE),
    ("sample", sample_command.sample, _MEASURE),
    ("verify", verify_command.verify, _MEASURE),
    ("impact", impact_command.impact, _MEASURE),
    ("check", check_command.check, _GATE),
    ("diff", diff_command.diff, _GATE),
    ("runs", runs_command.runs, _RECORD),
    ("history", history_command.history, _RECORD),
    ("log", log_command.log, _RECORD),
    ("verify-ledger", verify_ledger_command.verify_ledger, _RECORD),
    ("detectors", detectors_command.detectors, _RECORD),
    ("config", config_command.config, _RECORD),
):
    app.command(_name, rich_help_panel=_panel)(_function)
app.add_typer(baseline_command.app, name="baseline", rich_help_panel=_GATE)


def run(argv: list[str] | None = None) -> int:
    """Run one command and give its exit code.

    Parameters
    ----------
    argv : list of str, optional
        Without the program's name; those of the process when left out.

    Returns
    -------
    int
        0 done, 1 the gate failed, 2 the user can fix it, 3 our bug, 130 interrupted.
    """
    terminal = Terminal.open()
    remember(None)
    typed = sys.argv[1:] if argv is None else argv
    result: object = DONE
    try:
        # With standalone_mode off, the code of an Exit is returned instead of raised.
        result = app(args=argv, prog_name="labelaudit", standalone_mode=False)
        terminal.finish()
    except LabelauditError as error:
        _tell(terminal, error, typed)
        return USER_CAN_FIX
    except _USAGE_FAULT as error:
        _print_usage_error(terminal, error)
        _annotate(terminal, getattr(error, "format_message", error.__str__)())
        return USER_CAN_FIX
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except BrokenPipeError:
        drop(sys.stdout)
    except Exception as error:  # noqa: BLE001
        refused = _no_room(error)
        if refused is not None:
            _tell(terminal, refused, typed)
            return USER_CAN_FIX
        _print_bug(terminal, error, typed)
        return OUR_BUG
    if result == INTERRUPTED:
        terminal.err.print(Text(INTERRUPTED_MESSAGE))
    return result if isinstance(result, int) else DONE


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Arrow's own pools keep what is freed; the system's gives it back, at no cost in time.
    # Arrow reads this once, when it is first imported, which has not happened yet.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Asked to end, it ends as when interrupted: temporary files are cleared away.
    signal.signal(signal.SIGTERM, _interrupt)
    code = run()
    if code == INTERRUPTED:
        # Leaving normally would wait for the model that each worker thread is fitting.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _no_room(error: Exception) -> OutputError | None:
    """Tell a full disk, of temporary files for one, from a fault of ours."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return write_failure(error, None if error.filename is None else str(error.filename))
    return None


def _tell(terminal: Terminal, error: LabelauditError, typed: list[str]) -> None:
    if error.where is not None:
        error.where = blamed(error.where, typed)
    _print_error(terminal, error)
    _annotate(terminal, error.what, error.where, error.hint)


def _print_error(terminal: Terminal, error: LabelauditError) -> None:
    terminal.err.print(Text.assemble(("error: ", "bold red"), harmless(error.what)))
    if error.where is not None:
        terminal.err.print(Text(f"  where: {harmless(error.where)}"))
    if error.hint is not None:
        terminal.err.print(Text.assemble(("  hint: ", "cyan"), harmless(error.hint)))


def _annotate(terminal: Terminal, *parts: str | None) -> None:
    """Show what was refused where GitHub Actions show it, too: a log is read last."""
    if in_actions():
        annotate(terminal, "error", "\n".join(clean(part) for part in parts if part))


def _print_usage_error(terminal: Terminal, error: Exception) -> None:
    message = getattr(error, "format_message", error.__str__)().rstrip(".")
    terminal.err.print(Text.assemble(("error: ", "bold red"), harmless(message)))
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "labelaudit"
    terminal.err.print(Text.assemble(("  hint: ", "cyan"), f"`{command} --help` shows the usage"))


def _print_bug(terminal: Terminal, error: Exception, typed: list[str]) -> None:
    text = "".join(traceback.format_exception(error))
    report = f"labelaudit {__version__}\npython {sys.version}\narguments {typed}\n\n{text}"
    terminal.err.print(
        Text.assemble(("bug: ", "bold red"), f"{type(error).__name__}: {error}"),
    )
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="labelaudit-crash-", suffix=".log", delete=False, encoding="utf-8"
        ) as file:
            file.write(report)
    except OSError:
        terminal.err.print(Text(report))
        return
    terminal.err.print(Text(f"  This is our fault, not yours. Please send us {Path(file.name)}"))
