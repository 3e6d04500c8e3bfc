"""Write the schema of the jsonl report anew from that of the json report.

Run it as ``python scripts/write_schemas.py`` after json.schema.json changed. Each file can be
used by itself: a validator that reads no other file understands both.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "labelaudit" / "report" / "schemas"
WHOLE, LINES = FOLDER / "json.schema.json", FOLDER / "jsonl.schema.json"


def of_lines(whole: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of a line, with all definitions that it needs.

    Parameters
    ----------
    whole : dict
        The schema of the json report.

    Returns
    -------
    dict
    """
    return {
        "$schema": whole["$schema"],
        "$id": "urn:labelaudit:report:jsonl:1",
        "title": "A line of labelaudit's jsonl report, schema_version 1",
        "description": "The first line is the run, each other line is an issue; only the first "
        "has schema_version. Written from json.schema.json.",
        "if": {"type": "object", "required": ["schema_version"]},
        "then": {"$ref": "#/$defs/run"},
        "else": {"$ref": "#/$defs/issue"},
        "$defs": whole["$defs"],
    }


def main() -> int:
    """Make jsonl.schema.json what json.schema.json now says."""
    lines = of_lines(json.loads(WHOLE.read_text(encoding="utf-8")))
    LINES.write_text(json.dumps(lines, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
