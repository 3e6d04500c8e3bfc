"""Get rules from where the setting says they are."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.data.rules.parse import KEYS, parse_rules
from labelaudit.errors import SettingError
from labelaudit.setting_kinds import RulesTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.data.rules.rule import Rules

NO_RULES = "none"
"""What stands for "no rules" in place of a file."""


def load_rules(given: str | Mapping[str, Any] | None) -> tuple[Rules, RulesTable] | None:
    """Read the rules that a setting names.

    Parameters
    ----------
    given : str, mapping or None
        A TOML file, or what one would hold; None or ``"none"`` for no rules.

    Returns
    -------
    (Rules, RulesTable) or None
        The rules, and what was written, to be kept with a run.

    Raises
    ------
    SettingError
        When there is no such file, it is no TOML, or a rule cannot be understood.
    """
    if given is None or given == NO_RULES:
        return None
    table = read_rules(Path(given)) if isinstance(given, str) else given
    if not isinstance(table, RulesTable):
        table = RulesTable(table, "rules")
    return parse_rules(table, table.where), table


def read_rules(path: Path) -> RulesTable:
    """Read a file of rules, as they are written.

    Parameters
    ----------
    path : Path
        The rules stand at its top level, or in ``[rules]``.

    Returns
    -------
    RulesTable

    Raises
    ------
    SettingError
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingError("there is no such file of rules", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"cannot read the rules: {error}", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        quotes = "a pattern with a backslash stands in single quotes: matches = '\\d+'"
        raise SettingError(
            f"not valid TOML: {error}",
            where=str(path),
            hint=quotes if "\\" in str(error) else None,
        ) from None
    inner = table.pop("rules", None)
    if inner is None:
        return RulesTable(table, str(path))
    if table:
        raise SettingError(
            f"there is a table [rules], and {next(iter(table))!r} outside of it",
            where=str(path),
            hint=f"put all rules in [rules], or none; they are: {', '.join(KEYS)}",
        )
    if not isinstance(inner, dict):
        raise SettingError("[rules] is not a table", where=str(path))
    return RulesTable(inner, str(path))
