"""A strategy for each verdict: read it as text, check it, and write it in one way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.errors import SettingError, did_you_mean
from labelaudit.remedy.strategies import STRATEGIES
from labelaudit.types import VERDICTS, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXAMPLE = "mislabelled=correct,ambiguous=downweight"


def parse_by_verdict(text: str, *, where: str = "--plan") -> dict[str, str]:
    """Read ``mislabelled=correct,outlier=relabel``.

    Parameters
    ----------
    text : str
    where : str
        What to call it in an error.

    Returns
    -------
    mapping of str to str
        Strategy by verdict, in the order of `VERDICTS`.

    Raises
    ------
    SettingError
        When it is malformed, or names an unknown verdict or strategy, or a verdict twice.
    """
    found: dict[str, str] = {}
    for part in text.split(","):
        verdict, equals, strategy = (piece.strip() for piece in part.partition("="))
        if not (verdict and equals and strategy):
            raise SettingError(
                f"{part.strip()!r} is not a verdict and its strategy",
                where=where,
                hint=f"write it like {_EXAMPLE}",
            )
        if verdict in found:
            raise SettingError(f"verdict {verdict!r} is named twice", where=where)
        found[verdict] = strategy
    return check_by_verdict(found, where=where)


def check_by_verdict(strategies: Mapping[str, str], *, where: str = "--plan") -> dict[str, str]:
    """Refuse verdicts and strategies that do not exist.

    Parameters
    ----------
    strategies : mapping of str to str
        Strategy by verdict; at least one.
    where : str
        What to call it in an error.

    Returns
    -------
    mapping of str to str
        The same in the order of `VERDICTS`.

    Raises
    ------
    SettingError
    """
    if not strategies:
        raise SettingError("no verdict has a strategy", where=where, hint=f"such as {_EXAMPLE}")
    for verdict, strategy in strategies.items():
        if verdict not in VERDICTS:
            known = [str(one) for one in VERDICTS]
            raise SettingError(
                f"there is no verdict {verdict!r}",
                where=where,
                hint=did_you_mean(verdict, known) or f"there are: {', '.join(known)}",
            )
        check_strategy(strategy, where=where)
    return {str(one): strategies[one] for one in VERDICTS if one in strategies}


def check_strategy(name: str, *, where: str | None = None) -> None:
    """Refuse a strategy that does not exist.

    Parameters
    ----------
    name : str
    where : str, optional
        What to call the place in an error.

    Raises
    ------
    SettingError
    """
    if name not in STRATEGIES:
        raise SettingError(
            f"there is no strategy {name!r}",
            where=where,
            hint=did_you_mean(name, STRATEGIES) or f"there are: {', '.join(STRATEGIES)}",
        )


def canonical(strategies: Mapping[str, str]) -> str:
    """Write strategies by verdict in one way, whatever the order they were given in."""
    return ",".join(f"{one}={strategies[one]}" for one in VERDICTS if one in strategies)


def strategy_for(strategy: str | Mapping[str, str], verdict: Verdict) -> str | None:
    """Give what a plan does with rows of a verdict, or None where it leaves them alone."""
    return strategy if isinstance(strategy, str) else strategy.get(verdict)
