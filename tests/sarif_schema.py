"""SARIF held against the schema of its authors; see tests/schemas/README.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parent / "schemas"
OFFICIAL = Draft202012Validator(
    json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
)

# The schema calls this a format, which nothing checks without one more library (RFC 3986).
_URI = re.compile(r"[\w.~!$&'()*+,;=:@/?#\[\]%-]*", re.ASCII)


def the_run(content: bytes | str):
    """Give the one run of a SARIF file, once all of the file is as it has to be."""
    document = json.loads(content)
    OFFICIAL.validate(document)
    (run,) = document["runs"]
    for result in run["results"]:
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert _URI.fullmatch(uri), uri
    return run
