"""The Audit as JSON, all but its per-row arrays."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from labelaudit.audit.expected import flags_wrong
from labelaudit.audit.plain import to_plain
from labelaudit.audit.summarise import wilson
from labelaudit.report.gate_told import gate_plain

if TYPE_CHECKING:
    from labelaudit.audit.gate import Gate
    from labelaudit.report import Options
    from labelaudit.types import Audit, Summary

SCHEMA_VERSION = 1
"""Raised when a key is renamed, removed, or means something else."""

_TOP = (
    "source",
    "schema",
    "classes",
    "settings",
    "versions",
    "summary",
    "models",
    "notices",
    "findings",
    "patterns",
)
_ACTS_ON_TERMINALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def render(audit: Audit, options: Options) -> bytes:
    """Write the Audit as JSON.

    Parameters
    ----------
    audit : Audit
    options : Options
        `gate` is heeded.

    Returns
    -------
    bytes
        UTF-8, as ``schemas/json.schema.json`` beside this file says. Keys stand in the
        order of the dataclasses, those of free mappings are sorted; floats have 6
        significant digits, NaN is null. Times, run ids and whatever else differs between
        equal runs is left out. Each band measured on planted errors has its precision with
        a 95 % interval, and the share of the flagged labels that the run takes for wrong
        stands beside the flagged rate.
    """
    return json_bytes(header(audit, options.gate) | {"issues": to_plain(audit.issues)}, indent=2)


def header(audit: Audit, gate: Gate | None = None) -> dict[str, Any]:
    """Give all of the document but the issues.

    Parameters
    ----------
    audit : Audit
    gate : Gate, optional

    Returns
    -------
    dict
        With the version of its schema first.
    """
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "blind": bool(audit.summary.blind),
        "gate": None if gate is None else gate_plain(gate),
    }
    document |= {name: to_plain(getattr(audit, name)) for name in _TOP}
    _tell_precision(document["summary"], audit.summary)
    document["summary"]["flags_wrong"] = to_plain(flags_wrong(audit))
    document["settings"] = to_plain(audit.settings, exact=True)
    return document


def json_bytes(document: object, *, indent: int | None = None) -> bytes:
    r"""Write plain values as JSON that a terminal shows without harm.

    Parameters
    ----------
    document : object
        As `to_plain` gives it.
    indent : int or None
        None for all on one line.

    Returns
    -------
    bytes
        UTF-8, ended by ``\n``, with no other line break in it where `indent` is None.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)
    escaped = _ACTS_ON_TERMINALS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # Only a path can hold lone surrogates; what this makes of them is their JSON escape.
    return (escaped + "\n").encode("utf-8", errors="backslashreplace")


def _tell_precision(document: dict[str, Any], summary: Summary) -> None:
    bands = () if summary.measured is None else summary.measured.bands
    for position, band in enumerate(bands):
        precision = to_plain(wilson(band.planted, band.rows))
        document["measured"]["bands"][position]["precision"] = precision
