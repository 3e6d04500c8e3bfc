"""Find and read the file that settings stand in."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from labelaudit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CONFIG_NAME = "labelaudit.toml"
SECTIONS = ("detect", "fix", "check")
"""Tables of a configuration file that settings may stand in; they only set them in order."""


def read_config(directory: Path, config_file: Path | None) -> tuple[Path | None, dict[str, Any]]:
    """Read the configuration.

    Parameters
    ----------
    directory : Path
        Where the search begins; it goes upward from there, to the nearest `CONFIG_NAME` or
        ``pyproject.toml`` with a table ``tool.labelaudit``.
    config_file : Path or None
        Read this file instead of searching.

    Returns
    -------
    (Path or None, dict)
        None where there is no such file.

    Raises
    ------
    SettingError
        When it cannot be read.
    """
    if config_file is not None:
        table = _load_toml(config_file)
        return config_file, _own_table(config_file, table) or {}
    for folder in (directory, *directory.parents):
        for name in (CONFIG_NAME, "pyproject.toml"):
            path = folder / name
            if path.is_file():
                found = _own_table(path, _load_toml(path))
                if found is not None:
                    return path, found
    return None, {}


def flattened(table: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    """Give each setting of a file with its key, those of a section too.

    Parameters
    ----------
    table : mapping
    where : str
        The file, for errors.

    Yields
    ------
    (str, object)
        Such as ``("folds", 5)`` or ``("detect.folds", 5)``.

    Raises
    ------
    SettingError
    """
    for key, raw in table.items():
        if key not in SECTIONS:
            yield key, raw
            continue
        if not isinstance(raw, dict):
            raise SettingError(f"[{key}] is not a table", where=where)
        yield from ((f"{key}.{inner}", value) for inner, value in raw.items())


def _own_table(path: Path, table: dict[str, Any]) -> dict[str, Any] | None:
    if path.name != "pyproject.toml":
        return table
    own = table.get("tool", {}).get("labelaudit")
    if own is not None and not isinstance(own, dict):
        raise SettingError("[tool.labelaudit] is not a table", where=str(path))
    return own


def _load_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError("there is no such configuration file", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"cannot read the configuration: {error}", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"not valid TOML: {error}", where=str(path)) from None
