"""Turn the nouns into plain values that JSON can hold, and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from labelaudit.types import (
    ClassSummary,
    Column,
    Dialect,
    ModelReport,
    Notice,
    PairSummary,
    Rate,
    Role,
    Schema,
    Source,
    Summary,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_plain(value: Any) -> Any:  # noqa: ANN401
    """Turn a noun, or any nesting of them, into dicts, lists and scalars.

    Parameters
    ----------
    value : object
        A dataclass of `labelaudit.types`, a mapping, a sequence or a scalar.

    Returns
    -------
    object
        NaN becomes None, bytes their hexadecimal text.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value


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
        }
    )


def _rate(plain: Mapping[str, Any]) -> Rate:
    return Rate(
        _nan(plain["estimate"]), _nan(plain["low"]), _nan(plain["high"]), str(plain["basis"])
    )


def _nan(value: float | None) -> float:
    return nan if value is None else value
