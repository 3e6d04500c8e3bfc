"""Turn the nouns into plain values that JSON can hold, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from math import nan
from typing import Any

from labelaudit.types import (
    Band,
    Card,
    ClassSummary,
    Column,
    Dialect,
    Finding,
    Measured,
    ModelReport,
    Neighbor,
    Notice,
    PairSummary,
    Pattern,
    Rate,
    ReliabilityBin,
    Role,
    Round,
    Schema,
    Sign,
    Source,
    Summary,
    Verified,
)


def to_plain(value: object, *, exact: bool = False) -> Any:  # noqa: ANN401
    """Turn a value into what JSON knows.

    Parameters
    ----------
    value : object
        Dataclasses, mappings, sequences, sets, enums, bytes, numbers; all else as text.
    exact : bool
        Keep all digits of floats instead of 6.

    Returns
    -------
    dict, list, str, int, float, bool or None
    """
    if isinstance(value, Enum):
        return to_plain(value.value, exact=exact)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _number(float(value), exact=exact)
    if is_dataclass(value):
        return {
            item.name: to_plain(getattr(value, item.name), exact=exact) for item in fields(value)
        }
    return _plain_container(value, exact=exact)


def _plain_container(value: object, *, exact: bool) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        texts = {str(key): item for key, item in value.items()}
        return {key: to_plain(texts[key], exact=exact) for key in sorted(texts)}
    if isinstance(value, set | frozenset):
        return [to_plain(item, exact=exact) for item in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return [to_plain(item, exact=exact) for item in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return to_plain(value.tolist(), exact=exact)
    return value.hex() if isinstance(value, bytes) else str(value)


def _number(value: float, *, exact: bool) -> float | None:
    if not math.isfinite(value):
        return None
    return value if exact else float(f"{value:.6g}")


def source_from(plain: Mapping[str, Any]) -> Source:
    """Give back a Source."""
    dialect = plain["dialect"]
    if dialect is not None:
        dialect = Dialect(**{**dialect, "bom": bytes.fromhex(dialect["bom"])})
    return Source(**{**plain, "dialect": dialect})


def schema_from(plain: Mapping[str, Any]) -> Schema:
    """Give back a Schema."""
    return Schema(
        tuple(Column(one["name"], Role(one["role"]), one["reason"]) for one in plain["columns"])
    )


def notices_from(plain: list[Mapping[str, Any]]) -> tuple[Notice, ...]:
    """Give back Notices."""
    return tuple(Notice(**one) for one in plain)


def findings_from(plain: list[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Give back Findings."""
    return tuple(
        Finding(**{**one, "rows": tuple(one["rows"]), "columns": tuple(one["columns"])})
        for one in plain
    )


def patterns_from(plain: list[Mapping[str, Any]]) -> tuple[Pattern, ...]:
    """Give back Patterns."""
    numbers = ("expected", "lift", "low", "high", "q_value")
    return tuple(
        Pattern(
            **{
                **one,
                **{name: _nan(one[name]) for name in numbers},
                "conditions": tuple((column, value) for column, value in one["conditions"]),
                "row_ids": tuple(one["row_ids"]),
            }
        )
        for one in plain
    )


def cards_from(plain: list[Mapping[str, Any]]) -> tuple[Card, ...]:
    """Give back Cards."""
    return tuple(
        Card(
            **{
                **one,
                "probabilities": tuple((label, _nan(p)) for label, p in one["probabilities"]),
                "opinions": tuple(one["opinions"]),
                "agree": _neighbors(one["agree"]),
                "disagree": _neighbors(one["disagree"]),
                "signs": tuple(Sign(**sign) for sign in one["signs"]),
            }
        )
        for one in plain
    )


def _neighbors(plain: list[Mapping[str, Any]]) -> tuple[Neighbor, ...]:
    return tuple(Neighbor(**{**one, "similarity": _nan(one["similarity"])}) for one in plain)


def models_from(plain: list[Mapping[str, Any]]) -> tuple[ModelReport, ...]:
    """Give back ModelReports."""
    return tuple(
        ModelReport(**{**one, "accuracy": _nan(one["accuracy"]), "log_loss": _nan(one["log_loss"])})
        for one in plain
    )


def summary_from(plain: Mapping[str, Any]) -> Summary:
    """Give back a Summary."""
    return Summary(
        **{
            **plain,
            "flagged_rate": _rate(plain["flagged_rate"]),
            "noise_rate": _rate(plain["noise_rate"]),
            "noise_rate_estimates": {
                name: _nan(value) for name, value in plain["noise_rate_estimates"].items()
            },
            "accuracy": _nan(plain["accuracy"]),
            "majority": _nan(plain["majority"]),
            "balanced_accuracy": _nan(plain["balanced_accuracy"]),
            "classes": tuple(
                ClassSummary(**{**one, "accuracy": _nan(one["accuracy"])})
                for one in plain["classes"]
            ),
            "pairs": tuple(PairSummary(**one) for one in plain["pairs"]),
            "measured": _measured(plain["measured"]),
            "rounds": tuple(
                Round(**{**one, "overlap": _nan(one["overlap"])}) for one in plain["rounds"]
            ),
            "verified": verified_from(plain["verified"]),
            # Runs kept before it was told have none.
            "reliability": tuple(ReliabilityBin(**one) for one in plain.get("reliability", ())),
        }
    )


def verified_from(plain: Mapping[str, Any] | None) -> Verified | None:
    """Give back what people found in a sample."""
    if plain is None:
        return None
    rates = {name: _rate(plain[name]) for name in ("precision", "missed", "noise_rate")}
    return Verified(**{**plain, **rates})


def _measured(plain: Mapping[str, Any] | None) -> Measured | None:
    if plain is None:
        return None
    bands = tuple(Band(**one) for one in plain["bands"])
    return Measured(**{**plain, "precision": _nan(plain["precision"]), "bands": bands})


def _rate(plain: Mapping[str, Any]) -> Rate:
    return Rate(
        _nan(plain["estimate"]), _nan(plain["low"]), _nan(plain["high"]), str(plain["basis"])
    )


def _nan(value: float | None) -> float:
    return nan if value is None else value
