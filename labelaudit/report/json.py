"""The Audit as JSON, all but its per-row arrays."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelaudit.report import Options
    from labelaudit.types import Audit

SCHEMA_VERSION = 1
"""Raised when a key is renamed, removed, or means something else."""

_TOP = ("source", "schema", "classes", "settings", "versions", "summary", "models", "notices")
_ACTS_ON_TERMINALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def render(audit: Audit, options: Options) -> bytes:  # noqa: ARG001
    """Write the Audit as JSON.

    Parameters
    ----------
    audit : Audit
    options : Options
        Nothing of it concerns this format.

    Returns
    -------
    bytes
        UTF-8. Keys stand in the order of the dataclasses, those of free mappings are
        sorted; floats have 6 significant digits, NaN is null. Times, run ids and
        whatever else differs between equal runs is left out.
    """
    document: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    document |= {name: plain(getattr(audit, name)) for name in _TOP}
    document["settings"] = plain(audit.settings, exact=True)
    document["issues"] = plain(audit.issues)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    escaped = _ACTS_ON_TERMINALS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # Only a path can hold lone surrogates; what this makes of them is their JSON escape.
    return (escaped + "\n").encode("utf-8", errors="backslashreplace")


def plain(value: object, *, exact: bool = False) -> Any:  # noqa: ANN401
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
        return plain(value.value, exact=exact)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _number(float(value), exact=exact)
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name), exact=exact) for item in fields(value)}
    return _plain_container(value, exact=exact)


def _plain_container(value: object, *, exact: bool) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        texts = {str(key): item for key, item in value.items()}
        return {key: plain(texts[key], exact=exact) for key in sorted(texts)}
    if isinstance(value, set | frozenset):
        return [plain(item, exact=exact) for item in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return [plain(item, exact=exact) for item in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return plain(value.tolist(), exact=exact)
    return value.hex() if isinstance(value, bytes) else str(value)


def _number(value: float, *, exact: bool) -> float | None:
    if not math.isfinite(value):
        return None
    return value if exact else float(f"{value:.6g}")
