"""Read the keys of one TOML table, and say precisely which of them is wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from labelaudit.data.rules.rule import written
from labelaudit.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.data.rules.rule import Value


class Keys:
    """One table of rules with the keys it may have.

    Parameters
    ----------
    raw : object
        What stands where a table is to stand.
    where : str
        The file and the rule, for errors.
    known : sequence of str
        The keys there are, written with hyphens; underscores are understood too.

    Raises
    ------
    SettingError
        When it is no table, a key is not known, or is there twice.
    """

    def __init__(self, raw: object, where: str, known: Sequence[str]) -> None:
        self.where = where
        if not isinstance(raw, dict):
            raise SettingError(
                f"{_shown(raw)} stands where a table is to stand",
                where=where,
                hint=f"write it with keys such as {', '.join(known[:3])}",
            )
        self._raw: dict[str, Any] = {}
        for given, value in raw.items():
            key = given.replace("_", "-")
            if key not in known:
                raise SettingError(
                    f"there is no key {given!r}",
                    where=where,
                    hint=did_you_mean(key, known) or f"there are: {', '.join(known)}",
                )
            if key in self._raw:
                raise SettingError(f"{key!r} stands there twice", where=where)
            self._raw[key] = value

    def __contains__(self, key: str) -> bool:
        return key in self._raw

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401
        return self._raw[key]

    def refuse(self, what: str, key: str, hint: str | None = None) -> NoReturn:
        """Raise the error of one key.

        Parameters
        ----------
        what : str
            What is wrong.
        key : str
        hint : str, optional

        Raises
        ------
        SettingError
        """
        raise SettingError(what, where=f"{self.where}, {key}", hint=hint)

    def need(self, *keys: str) -> None:
        """Refuse a table that lacks one of these keys."""
        for key in keys:
            if key not in self._raw:
                raise SettingError(f"the key {key!r} is missing", where=self.where)

    def text(self, key: str, default: str = "") -> str:
        """Give a text that is not blank; the default where the key is not there."""
        if key not in self._raw:
            return default
        value = self._raw[key]
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"{_shown(value)} is not a text", key, "write it in quotes")
        return value

    def switch(self, key: str, *, default: bool = False) -> bool:
        """Give true or false."""
        value = self._raw.get(key, default)
        if not isinstance(value, bool):
            self.refuse(f"{_shown(value)} is neither true nor false", key, "write no quotes")
        return value

    def number(self, key: str) -> float | None:
        """Give a finite number, whole ones as int; None where the key is not there."""
        if key not in self._raw:
            return None
        value = self._raw[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            quotes = "write it without quotes" if isinstance(value, str) else None
            self.refuse(f"{_shown(value)} is not a number", key, quotes)
        if not math.isfinite(value):
            self.refuse(f"{value} is no bound", key, "leave the key out where there is none")
        return value

    def value(self, key: str) -> Value:
        """Give a text, a number, true or false."""
        return self._value(self._raw[key], key)

    def values(self, key: str) -> tuple[Value, ...]:
        """Give a list of such values, which is not empty."""
        given = self._raw[key]
        if not isinstance(given, list) or not given:
            self.refuse(f"{_shown(given)} is not a list of values", key, 'write ["a", "b"]')
        return tuple(self._value(one, key) for one in given)

    def labels(self, key: str) -> tuple[str, ...]:
        """Give one label or a list of them, as the label column would hold them."""
        given = self._raw[key]
        return labels_of(given, f"{self.where}, {key}")

    def tables(self, key: str) -> list[object]:
        """Give the tables of ``[[key]]``; none where the key is not there."""
        given = self._raw.get(key, [])
        if not isinstance(given, list):
            self.refuse(
                f"{key} is not a list of rules", key, f"write [[{key}]], in double brackets"
            )
        return given

    def _value(self, given: object, key: str) -> Value:
        if isinstance(given, float) and not math.isfinite(given):
            self.refuse(f"{given} is not a value that a cell can have", key)
        if not isinstance(given, str | int | float | bool):
            self.refuse(
                f"{_shown(given)} is not a text, a number, true or false",
                key,
                "dates are compared as text: write them in quotes, as the file does",
            )
        return given


def labels_of(given: object, where: str) -> tuple[str, ...]:
    """Read one label or a list of them.

    Parameters
    ----------
    given : object
        Text, whole numbers, numbers, true and false.
    where : str
        For errors.

    Returns
    -------
    tuple of str
        As `label_text` writes them; without repetition.

    Raises
    ------
    SettingError
        When there is none, one is blank or no label.
    """
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise SettingError("the list of labels is empty", where=where)
    found: list[str] = []
    for one in listed:
        if not isinstance(one, str | int | float | bool) or not str(one).strip():
            raise SettingError(f"{_shown(one)} is not a label", where=where)
        if label_text(one) in found:
            raise SettingError(f"the label {label_text(one)!r} stands there twice", where=where)
        found.append(label_text(one))
    return tuple(found)


def label_text(label: Value) -> str:
    """Write a label the way reports write the class it becomes.

    Parameters
    ----------
    label : str, int, float or bool

    Returns
    -------
    str
        ``"true"`` for true, ``"1"`` for 1 and 1.0, text as it is.
    """
    if isinstance(label, bool):
        return str(label).lower()
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def columns_of(given: object, where: str) -> tuple[str, ...]:
    """Read a list of column names.

    Parameters
    ----------
    given : object
    where : str
        For errors.

    Returns
    -------
    tuple of str

    Raises
    ------
    SettingError
    """
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not listed:
        raise SettingError(f"{_shown(given)} is not a list of columns", where=where)
    for one in listed:
        if not isinstance(one, str):
            raise SettingError(f"{_shown(one)} is not the name of a column", where=where)
    return tuple(dict.fromkeys(listed))


def _shown(value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return written(value)
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)
