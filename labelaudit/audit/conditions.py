"""Conditions of the gate: ``slice:source=web mislabelled.lower95 > 2%`` and the like.

    condition = { scope } metric [ ".lower95" | ".upper95" ] ( ">" | ">=" ) share
    scope     = "slice:" name "=" name | "class:" name
    name      = a word, or any text in quotes, a quote within written twice

Several scopes narrow each other down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from labelaudit.errors import SettingError, did_you_mean
from labelaudit.setting_kinds import parse_share
from labelaudit.types import SEVERITIES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable

FLAGGED, NOISE_RATE = "flagged", "noise_rate"
METRICS = (
    FLAGGED,
    *(level.value for level in reversed(SEVERITIES)),
    *(kind.value for kind in VERDICTS),
    NOISE_RATE,
)
"""What a condition can be about."""

LOWER, UPPER = "lower95", "upper95"
BOUNDS = (LOWER, UPPER)
"""The ends of an interval that a condition can be about."""

_EXAMPLE = "write it as 'mislabelled>2%' or 'slice:source=web flagged>5%'"
_SCOPE = re.compile(r"(slice|class)\s*:\s*")
_QUOTED = r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\''
_COLUMN = re.compile(rf"{_QUOTED}|[^\s\"'=][^\s=]*")
_VALUE = re.compile(rf"(?:{_QUOTED})(?=\s|$)|[^\s\"']\S*")
_METRIC = re.compile(r"[^\s.<>=:]+")
_BOUND = re.compile(r"\.([^\s<>=]*)")
_RELATION = re.compile(r"[<>=!]+")
_PLAIN_COLUMN = re.compile(r"[^\s\"'=][^\s=]*")
_PLAIN_VALUE = re.compile(r"[^\s\"']\S*")


@dataclass(frozen=True)
class Condition:
    """One thing that the gate fails on.

    Attributes
    ----------
    metric : str
        One of `METRICS`.
    limit : float
        In [0, 1].
    bound : str
        One of `BOUNDS`, for that end of the 95 % interval; empty for the share itself.
    reached : bool
        Whether the limit itself fails, too.
    slices : tuple of (str, str)
        Column and value that rows must have; all of them.
    label : str or None
        The given label that rows must have, as text.
    """

    metric: str
    limit: float
    bound: str = ""
    reached: bool = False
    slices: tuple[tuple[str, str], ...] = ()
    label: str | None = None

    def __str__(self) -> str:
        """Write it so that `parse_condition` reads the same."""
        scopes = [
            f"slice:{_written(column, _PLAIN_COLUMN)}={_written(value, _PLAIN_VALUE)} "
            for column, value in self.slices
        ]
        if self.label is not None:
            scopes.append(f"class:{_written(self.label, _PLAIN_VALUE)} ")
        bound = f".{self.bound}" if self.bound else ""
        relation = ">=" if self.reached else ">"
        return f"{''.join(scopes)}{self.metric}{bound}{relation}{write_share(self.limit)}"


def parse_conditions(texts: Iterable[str], where: str = "--fail-on") -> tuple[Condition, ...]:
    """Read several conditions; see `parse_condition`."""
    return tuple(parse_condition(text, where) for text in texts)


def parse_condition(text: str, where: str = "--fail-on") -> Condition:
    """Read one condition.

    Parameters
    ----------
    text : str
        Such as ``"slice:source=web flagged>5%"``.
    where : str
        Where it was given, for the error.

    Returns
    -------
    Condition

    Raises
    ------
    SettingError
        Naming the part that is wrong and what may stand there.
    """
    return _Reader(text, where).condition()


def write_share(share: float) -> str:
    """Write a share in percent where that loses nothing, such as ``2%``."""
    percent = f"{100 * share:g}%"
    return percent if parse_share(percent, "") == share else repr(float(share))


class _Reader:
    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._at = 0

    def condition(self) -> Condition:
        slices: list[tuple[str, str]] = []
        label: str | None = None
        self._skip_spaces()
        while (scope := self._take(_SCOPE)) is not None:
            if scope.group(1) == "slice":
                slices.append((self._column(), self._value("value")))
            elif label is not None:
                self._fail("a row has one class only", "name one class", at=scope.start())
            else:
                label = self._value("class")
            self._skip_spaces()
        start = self._at
        metric, bound = self._metric(), self._bound()
        if metric == NOISE_RATE and (slices or label is not None):
            self._fail(
                "the noise rate of a slice or a class is not estimated",
                "leave the slice or class out, or use mislabelled",
                at=start,
            )
        reached = self._relation()
        return Condition(metric, self._share(), bound, reached, tuple(slices), label)

    def _column(self) -> str:
        found = self._take(_COLUMN)
        if found is None or not self._text.startswith("=", self._at):
            self._fail(
                "no column and value there", "write slice:COLUMN=VALUE, in quotes what has spaces"
            )
        self._at += 1
        return _unquoted(found.group())

    def _value(self, kind: str) -> str:
        found = self._take(_VALUE)
        if found is None:
            self._fail(
                f"no {kind} there, or its quotes do not end",
                f'write the {kind} as it is in the data; "" for an empty one',
            )
        return _unquoted(found.group())

    def _metric(self) -> str:
        found = self._take(_METRIC)
        if found is None:
            self._fail("no metric there", f"{_EXAMPLE}; metrics: {', '.join(METRICS)}")
        name = found.group()
        if name not in METRICS:
            self._fail(
                f"there is no metric {name!r}",
                did_you_mean(name, METRICS) or f"choose {', '.join(METRICS)}",
                at=found.start(),
            )
        return name

    def _bound(self) -> str:
        found = self._take(_BOUND)
        if found is None:
            return ""
        if found.group(1) not in BOUNDS:
            self._fail(
                f"there is no bound {found.group(1)!r}",
                f"choose {' or '.join(BOUNDS)}, the ends of the 95 % interval",
                at=found.start(1),
            )
        return found.group(1)

    def _relation(self) -> bool:
        self._skip_spaces()
        found = self._take(_RELATION)
        if found is None or found.group() not in {">", ">="}:
            self._fail(
                "no > or >= there",
                "a condition fails the gate where a share is greater: " + _EXAMPLE,
                at=self._at if found is None else found.start(),
            )
        return found.group() == ">="

    def _share(self) -> float:
        self._skip_spaces()
        return parse_share(self._text[self._at :], self._place(self._at))

    def _skip_spaces(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _fail(self, what: str, hint: str, *, at: int | None = None) -> NoReturn:
        raise SettingError(what, where=self._place(self._at if at is None else at), hint=hint)

    def _place(self, at: int) -> str:
        part = "at its end" if at >= len(self._text.rstrip()) else f"from character {at + 1}"
        return f"{self._where} {self._text!r}, {part}"


def _unquoted(name: str) -> str:
    quote = name[0]
    return name[1:-1].replace(quote * 2, quote) if quote in {'"', "'"} else name


def _written(name: str, plain: re.Pattern[str]) -> str:
    return name if plain.fullmatch(name) else '"' + name.replace('"', '""') + '"'
