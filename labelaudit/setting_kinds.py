"""The kinds of settings: how raw text or a TOML value becomes a value of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelaudit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_ROUNDS = 20
FILTER_BY = (
    "prune_by_noise_rate",
    "prune_by_class",
    "both",
    "confident_learning",
    "predicted_neq_given",
    "low_normalized_margin",
    "low_self_confidence",
)
"""Ways of cleanlab to pick rows."""


def parse_share(raw: Any, where: str) -> float:  # noqa: ANN401
    """Read a share written as ``5%`` or ``0.05``.

    Parameters
    ----------
    raw : str or float
    where : str
        For the error.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    SettingError
        When it is no number, or outside [0, 1], or ``1``, which could mean either.
    """
    text = str(raw).strip()
    if text == "1":
        raise SettingError(
            "1 could mean 1 % or all of it", where=where, hint="write it as 1% or as 100%"
        )
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = float("nan")
    if isinstance(raw, bool) or not 0 <= share <= 1:
        raise SettingError(f"{raw!r} is not a share", where=where, hint="write it as 5% or as 0.05")
    return share


def _text(raw: Any, where: str) -> str:  # noqa: ANN401
    if not isinstance(raw, str) or not raw.strip():
        raise SettingError(f"{raw!r} is not a text", where=where, hint="give a name in quotes")
    return raw


def _texts(raw: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401
    parts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        raise SettingError(f"{raw!r} is not a list of names", where=where)
    return tuple(_text(part, where).strip() for part in parts)


def _words(raw: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(word for part in _texts(raw, where) for word in _texts(part, where))


def _integer(raw: Any, where: str) -> int:  # noqa: ANN401
    try:
        if isinstance(raw, bool | float):
            raise ValueError  # noqa: TRY004, TRY301
        return int(raw)
    except (TypeError, ValueError):
        raise SettingError(f"{raw!r} is not a whole number", where=where) from None


def _number(raw: Any, where: str) -> float:  # noqa: ANN401
    try:
        if isinstance(raw, bool):
            raise ValueError  # noqa: TRY004, TRY301
        value = float(raw)
    except (TypeError, ValueError):
        value = float("nan")
    if value != value:  # noqa: PLR0124
        raise SettingError(f"{raw!r} is not a number", where=where)
    return value


def _boolean(raw: Any, where: str) -> bool:  # noqa: ANN401
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    value = raw if isinstance(raw, bool) else words.get(str(raw).strip().casefold())
    if value is None:
        raise SettingError(f"{raw!r} is neither true nor false", where=where)
    return value


def _rounds(raw: Any, where: str) -> str:  # noqa: ANN401
    if str(raw).strip() == "until-stable":
        return "until-stable"
    try:
        number = _integer(raw, where)
    except SettingError:
        number = -1
    if not 0 <= number <= MOST_ROUNDS:
        raise SettingError(
            f"{raw!r} is no number of rounds",
            where=where,
            hint=f"give a whole number from 0 to {MOST_ROUNDS}, or until-stable",
        )
    return str(number)


def _conditions(raw: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401
    # Not split at commas: the value of a slice may hold one.
    return _texts([raw] if isinstance(raw, str) else raw, where)


class RulesTable(dict[str, Any]):
    """Rules as they were written, and where, so that every error can name the file.

    Parameters
    ----------
    table : mapping
    where : str

    Attributes
    ----------
    where : str
    """

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        super().__init__(table)
        self.where = where


def _rules(raw: Any, where: str) -> str | RulesTable:  # noqa: ANN401
    if isinstance(raw, RulesTable):
        return raw
    return RulesTable(raw, where) if isinstance(raw, dict) else _text(raw, where)


PARSERS: dict[str, Callable[[Any, str], Any]] = {
    "str": _text,
    "strs": _texts,
    "words": _words,
    "int": _integer,
    "float": _number,
    "share": parse_share,
    "bool": _boolean,
    "choice": _text,
    "rounds": _rounds,
    "conditions": _conditions,
    "rules": _rules,
}
"""The function that reads each kind: a raw value and where it was given, for the error."""
