"""Write docs/commands.md, the command reference, from the commands themselves.

Run it as ``make reference``. What it writes depends neither on the width of a window nor on
the versions of what draws help pages.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from typer.models import ArgumentInfo, OptionInfo  # noqa: E402

from labelaudit.cli.main import app  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.models import CommandInfo

PAGE = ROOT / "docs" / "commands.md"
_HEAD = """# Commands

<!-- Written by `make reference`; change the commands instead. -->

Options of a command may stand in any order, before or after its arguments. Most of them can
stand in `labelaudit.toml` or in the environment too (`LABELAUDIT_FOLDS=10`); `labelaudit
config` shows which hold. Every command takes `--help` and `-h`.

`labelaudit --install-completion` teaches the shell to complete commands, options, and the
names of runs, strategies, verdicts, detectors and models; `labelaudit --version` prints the
version.
"""
_EXAMPLES = "Examples:"
_METAVARS = {int: "INTEGER", float: "NUMBER", Path: "FILE"}


@dataclass(frozen=True)
class _Parameter:
    """A parameter of a command, as its function declares it."""

    name: str
    info: Any
    kind: type
    many: bool
    default: object

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty


def reference() -> str:
    """Give the whole page.

    Returns
    -------
    str
        Markdown.
    """
    panels: dict[str, list[str]] = {}
    for found in app.registered_commands:
        panels.setdefault(str(found.rich_help_panel), []).append(_command(str(found.name), found))
    for group in app.registered_groups:
        told = str(group.typer_instance.info.help)
        inside = panels.setdefault(str(group.rich_help_panel), [])
        inside.append(_section(str(group.name), told, None))
        inside += [
            _command(f"{group.name} {found.name}", found)
            for found in group.typer_instance.registered_commands
        ]
    titled = ("\n".join([f"## {panel}\n", *sections]) for panel, sections in panels.items())
    return "\n".join([_HEAD, *titled])


def _command(name: str, found: CommandInfo) -> str:
    return _section(name, inspect.getdoc(found.callback) or "", found.callback)


def _section(name: str, told: str, function: Callable[..., Any] | None) -> str:
    prose, examples = _told(told)
    lines = [f"### labelaudit {name}", "", *prose]
    if function is not None:
        parameters = list(_parameters(function))
        arguments = [one for one in parameters if isinstance(one.info, ArgumentInfo)]
        usage = " ".join(["labelaudit", name, *map(_argument, arguments), "[OPTIONS]"])
        lines += _code([usage])
        if arguments:
            lines += ["| argument | |", "|---|---|"]
            lines += [f"| `{_argument(one)}` | {_cell(one.info.help)} |" for one in arguments]
            lines.append("")
        lines += _options([one for one in parameters if isinstance(one.info, OptionInfo)])
    return "\n".join([*lines, *_code(examples)])


def _parameters(function: Callable[..., Any]) -> Iterator[_Parameter]:
    hints = get_type_hints(function, include_extras=True)
    for name, declared in inspect.signature(function).parameters.items():
        kind, *extras = get_args(hints[name])
        info = next(one for one in extras if isinstance(one, ArgumentInfo | OptionInfo))
        if info.hidden:
            continue
        while get_args(kind):
            many = get_origin(kind) is list
            kind = next(one for one in get_args(kind) if one is not NoneType)
            if many:
                break
        else:
            many = False
        yield _Parameter(name, info, kind, many, declared.default)


def _options(options: list[_Parameter]) -> list[str]:
    panels: dict[str, list[_Parameter]] = {}
    for one in options:
        panels.setdefault(one.info.rich_help_panel or "", []).append(one)
    lines = []
    for panel, inside in panels.items():
        lines += [f"| {panel.lower() or 'option'} | |", "|---|---|"]
        lines += [f"| {_option(one)} | {_cell(_help(one))} |" for one in inside]
        lines.append("")
    return lines


def _option(one: _Parameter) -> str:
    # Within Annotated the first flag lies where a default would.
    first = (one.info.default,) if isinstance(one.info.default, str) else ()
    names = (*first, *(one.info.param_decls or ()))
    named = sorted((name for name in names if name.startswith("-")), key=_long_first)
    value = "" if one.kind is bool else f" {one.info.metavar or _METAVARS.get(one.kind, 'TEXT')}"
    return ", ".join(f"`{name}{value}`" for name in named).replace("|", "\\|")


def _long_first(name: str) -> bool:
    return not name.startswith("--")


def _help(one: _Parameter) -> str:
    text = one.info.help or ""
    # Settings tell their default in their help.
    if one.info.show_default and isinstance(one.default, str | int | float):
        text += "" if one.kind is bool else f" Default: {one.default}."
    return text + (" Required." if one.required else "")


def _argument(one: _Parameter) -> str:
    named = (one.info.metavar or one.name.upper()).strip("[]").removesuffix("...")
    named += "..." if one.many else ""
    return named if one.required else f"[{named}]"


def _told(text: str) -> tuple[list[str], list[str]]:
    """Take a help page apart into paragraphs and the lines of its examples."""
    before, _, after = text.replace("\f", "").partition(_EXAMPLES)
    paragraphs = [" ".join(part.split()) for part in before.split("\n\n")]
    merged: list[str] = []
    for part in filter(None, paragraphs):
        # A blank line within a sentence keeps the help page from running lines together.
        if merged and merged[-1][-1] not in ".:":
            merged[-1] += f" {part}"
        else:
            merged.append(part)
    examples = [line.strip() for line in after.splitlines() if line.strip()]
    return [line for part in merged for line in (_prose(part), "")], examples


def _code(lines: list[str]) -> list[str]:
    return ["```text", *lines, "```", ""] if lines else []


def _cell(text: str | None) -> str:
    return _prose(" ".join((text or "").split())).replace("|", "\\|")


def _prose(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("*", "\\*")


def main() -> None:
    """Write the page."""
    PAGE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
