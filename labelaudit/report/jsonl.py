"""The Audit as JSON lines: the run on the first, then one issue on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.plain import to_plain
from labelaudit.report.json import header, json_bytes

if TYPE_CHECKING:
    from labelaudit.report import Options
    from labelaudit.types import Audit


def render(audit: Audit, options: Options) -> bytes:
    """Write the Audit as JSON lines.

    Parameters
    ----------
    audit : Audit
    options : Options
        `gate` is heeded.

    Returns
    -------
    bytes
        Each line as ``schemas/jsonl.schema.json`` beside this file says. The first has
        ``schema_version`` and all that JSON has but the issues; the others are the issues
        of JSON, in rank order.
    """
    lines = [header(audit, options.gate), *map(to_plain, audit.issues)]
    return b"".join(map(json_bytes, lines))
